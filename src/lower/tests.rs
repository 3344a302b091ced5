use std::sync::Arc;

use crate::facts::{Lines, Role, Runtime};

use super::*;

/// More repetitions than any limit lets through, save for shapes that are flat to their parser.
const REPETITIONS_MAX: usize = 31_000;

fn file(language: Language, text: String) -> File {
    File {
        path: "deep".into(),
        language,
        role: Role::Source,
        runtime: Runtime::Unknown,
        tracked: true,
        lines: Lines::of(&text),
        text: Arc::from(text),
    }
}

/// The deepest file of this shape that is let through.
fn deepest(language: Language, shape: [&str; 5]) -> File {
    let [before, open, middle, close, after] = shape;
    let nested = |depth: usize| {
        format!("{before}{}{middle}{}{after}", open.repeat(depth), close.repeat(depth))
    };
    let (mut passes, mut fails) = (1, REPETITIONS_MAX);
    while fails - passes > 1 {
        let depth = usize::midpoint(passes, fails);
        if depth::too_deep(&nested(depth), language).is_none() {
            passes = depth;
        } else {
            fails = depth;
        }
    }
    file(language, nested(passes))
}

#[test]
fn the_deepest_files_let_through_do_not_end_the_process() {
    use Language::{Go, Java, JavaScript, Python, Rust, TypeScript, Vue};
    let script = [
        ["x = ", "(", "1", ")", ""],
        ["x = ", "[", "1", "]", ""],
        ["", "{", "", "}", ""],
        ["x = ", "f(", "1", ")", ""],
        ["x = ", "!", "1", "", ""],
        ["x = ", "typeof ", "1", "", ""],
        ["x = ", "a + ", "1", "", ""],
        ["x = ", "'a' + ", "b", "", ""],
        ["x = a", ".b", "", "", ""],
        ["x = a", ".b()", "", "", ""],
        ["x = f", "()", "", "", ""],
        ["x = ", "a ? b : ", "c", "", ""],
        ["x = ", "a => ", "1", "", ""],
        ["", "a = ", "1", "", ""],
        ["", "if (a) ", "b", "", ""],
        ["", "if (a) {b} else ", "{}", "", ""],
        ["x = ", "`${", "1", "}`", ""],
        ["x = ", "a ** ", "1", "", ""],
        ["x = ", "() => {", "", "}", ""],
        ["", "a: ", "b", "", ""],
    ];
    let elements = [["x = ", "<a>", "b", "</a>", ""], ["x = <a>", "<b/>,", "", "", "</a>"]];
    let types = [
        ["type X = ", "A<", "B", ">", ";"],
        ["type X = ", "A<B, ", "C", ">", ";"],
        ["type X = ", "keyof ", "A", "", ";"],
        ["type X = ", "A extends B ? C : ", "D", "", ";"],
        ["type X = ", "A extends B<C,D> ? E : ", "F", "", ";"],
    ];
    let python = [
        ["x = ", "(", "1", ")", ""],
        ["x = ", "[", "1", "]", ""],
        ["x = ", "not ", "1", "", ""],
        ["x = ", "-", "1", "", ""],
        ["x = ", "a + ", "1", "", ""],
        ["x = ", "'a' + ", "b", "", ""],
        ["x = a", ".b", "", "", ""],
        ["x = a", ".b()", "", "", ""],
        ["x = a", "[0]", "", "", ""],
        ["x = ", "lambda: ", "1", "", ""],
        ["x = ", "lambda a, b: ", "1", "", ""],
        ["x = ", "a if b else ", "c", "", ""],
        ["x = ", "a ** ", "1", "", ""],
        ["if a:\n  b\n", "elif a:\n  b\n", "", "", ""],
    ];
    let rust = [
        ["fn f() {", "{", "", "}", "}"],
        ["fn f() { x(", "(", "1", ")", ")}"],
        ["fn f() {", "if a {", "", "}", "}"],
        ["fn f() { ", "if a {b} else ", "{}", "", "}"],
        ["fn f() { x = ", "!", "1;", "", "}"],
        ["fn f() { x = ", "&", "1;", "", "}"],
        ["fn f() { x = ", "a + ", "1;", "", "}"],
        ["fn f() { x = a", ".b()", ";", "", "}"],
        ["fn f() { x = a", "?", ";", "", "}"],
        ["fn f() { x = ", "|a, b| ", "1;", "", "}"],
        ["fn f() { x = ", "return ", "1;", "", "}"],
        ["fn f() { x = a", " as T", ";", "", "}"],
        ["type X = ", "A<", "B", ">", ";"],
        ["type X = ", "&", "B", "", ";"],
        ["type X = ", "fn() -> ", "B", "", ";"],
        ["type X = ", "[", "B", "; 1]", ";"],
        ["fn f() { a!", "(", "1", ")", "}"],
    ];
    let go = [
        ["package a\nvar x = ", "(", "1", ")", ""],
        ["package a\nvar x = ", "!", "1", "", ""],
        ["package a\nvar x = ", "a + ", "1", "", ""],
        ["package a\nvar x = ", "a - ", "1", "", ""],
        ["package a\nvar x = a", ".b()", "", "", ""],
        ["package a\nvar x ", "[]", "b", "", ""],
        ["package a\nvar x ", "func() ", "b", "", ""],
        ["package a\nvar x ", "A[", "B", "]", ""],
        ["package a\nfunc f() {", "if a {", "", "}", "}"],
        ["package a\nfunc f() {", "if a {b()} else ", "{}", "", "}"],
        ["package a\nvar x = ", "func() {", "", "}", ""],
        ["package a\nvar x = ", "&T{a: ", "1", "}", ""],
    ];
    let java = [
        ["class A { Object x = ", "(", "1", ")", ";}"],
        ["class A { Object x = ", "!", "1", "", ";}"],
        ["class A { Object x = ", "a + ", "1", "", ";}"],
        ["class A { Object x = ", "a - ", "1", "", ";}"],
        ["class A { Object x = a", ".b()", "", "", ";}"],
        ["class A { Object x = ", "(A) ", "1", "", ";}"],
        ["class A { Object x = ", "a -> ", "1", "", ";}"],
        ["class A { Object x = ", "a ? b : ", "1", "", ";}"],
        ["class A { ", "A<", "B", ">", " x;}"],
        ["class A { ", "A<B, ", "C", ">", " x;}"],
        ["", "class A {", "", "}", ""],
        ["class A { void f() {", "if (a) ", "b();", "", "}}"],
        ["class A { void f() {", "if (a) {} else ", "b();", "", "}}"],
        ["class A { Object x = ", "new A() {{", "", "}}", ";}"],
    ];
    let all_of = |language: Language, shapes: &[[&str; 5]]| {
        shapes.iter().map(|shape| deepest(language, *shape)).collect::<Vec<_>>()
    };
    let files: Vec<File> = [
        all_of(JavaScript, &script),
        all_of(JavaScript, &elements),
        all_of(TypeScript, &script),
        all_of(TypeScript, &types),
        all_of(Vue, &[["<script>\nx = ", "!", "1", "", "\n</script>"]]),
        all_of(Python, &python),
        all_of(Rust, &rust),
        all_of(Go, &go),
        all_of(Java, &java),
    ]
    .concat();
    // The process is still there afterwards, and nothing failed inside.
    let (facts, problems) = on_large_stacks(|| all(&files));
    assert_eq!(facts.len(), files.len());
    let failed: Vec<_> =
        problems.iter().filter(|problem| problem.kind == ProblemKind::Internal).collect();
    assert_eq!(failed, Vec::<&Problem>::new());
}

#[test]
fn too_deep_a_file_is_a_problem_and_wholly_broken() {
    let (facts, problems) = all(&[
        file(Language::Go, "package a".to_owned()),
        file(Language::JavaScript, "(".repeat(100_000)),
    ]);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].kind, ProblemKind::TooDeep);
    assert!(facts[0].broken.is_empty());
    assert_eq!(facts[1].broken, [Span::new(0, 100_000)]);
    assert_eq!(facts[1].functions.len(), 1);
}
