use super::*;
use Language::{Go, Java, JavaScript, Notebook, Python, Rust, TypeScript};

const DEEP: usize = 100_000;

#[track_caller]
fn refused(language: Language, text: &str) {
    assert!(too_deep(text, language).is_some(), "{language:?}: {}", &text[..60.min(text.len())]);
}

#[track_caller]
fn accepted(language: Language, text: &str) {
    let start = &text[..60.min(text.len())];
    assert_eq!(too_deep(text, language), None, "{language:?}: {start}");
}

#[test]
fn brackets() {
    for language in [JavaScript, TypeScript, Python, Rust, Go, Java] {
        for bracket in ["(", "[", "{", "f(", "if (a) {", "[ // ]\n", "(\"))))\","] {
            refused(language, &bracket.repeat(DEEP));
        }
        accepted(language, &format!("x = {}1{};", "(".repeat(200), ")".repeat(200)));
    }
    refused(Rust, &"( /* ) /* ) */ ) */".repeat(DEEP));
    refused(Rust, &"( r#\")\")\"# ".repeat(DEEP));
    refused(Rust, &"( '\"' ".repeat(DEEP));
    refused(JavaScript, &"`${".repeat(DEEP));
    refused(JavaScript, &"(/[)/]\"/ ".repeat(DEEP));
    refused(Python, &"f'{".repeat(DEEP));
    refused(Python, &"(f'{x:)}' + ".repeat(DEEP));
}

#[test]
fn operators_without_brackets() {
    for language in [JavaScript, TypeScript, Python, Rust, Go, Java] {
        for run in ["!", "- ", "-\n", "~", "a + ", "a +\n", "a\n+ ", "a.", "a\n.b()", "a ? b : "] {
            refused(language, &run.repeat(DEEP));
        }
        refused(language, &format!("f{}", "()".repeat(DEEP)));
        refused(language, &"\"a\" + ".repeat(DEEP));
    }
    for run in ["typeof ", "await\n", "new\n", "a => ", "a =>\n", "a = ", "a: ", "a instanceof\n"] {
        refused(JavaScript, &run.repeat(DEEP));
    }
    for run in ["not ", "lambda: ", "lambda a, b: ", "a and ", "a if b else "] {
        refused(Python, &run.repeat(DEEP));
    }
    refused(Python, &format!("({}", "a and\n".repeat(DEEP)));
    for run in ["&", "&'a ", "*const ", "|a, b| ", "return ", "a as ", "move || "] {
        refused(Rust, &run.repeat(DEEP));
    }
}

#[test]
fn statements_without_brackets() {
    for run in ["if (a) ", "if (a)\n", "while (a)\n", "for (;;)\n", "do\n"] {
        refused(JavaScript, &run.repeat(DEEP));
        refused(Java, &run.repeat(DEEP));
    }
    for branch in ["if (a) { b } else ", "if (a) {\n}\nelse\n", "if a { b(); } else "] {
        refused(JavaScript, &branch.repeat(DEEP));
        refused(Rust, &branch.repeat(DEEP));
        refused(Go, &branch.repeat(DEEP));
        accepted(Go, &format!("{} {{}}", branch.repeat(300)));
    }
    let indented: String = (0..2_000).map(|depth| " ".repeat(depth) + "if a:\n").collect();
    refused(Python, &indented);
    accepted(Python, &(0..60).map(|depth| " ".repeat(depth) + "if a:\n").collect::<String>());
}

#[test]
fn types_and_elements() {
    for language in [TypeScript, Rust, Java, Go] {
        refused(language, &"A<".repeat(DEEP));
        refused(language, &"A<B, ".repeat(DEEP));
    }
    refused(JavaScript, &"<a>".repeat(DEEP));
    refused(JavaScript, &"<a>,".repeat(DEEP));
    refused(TypeScript, &"keyof ".repeat(DEEP));
}

#[test]
fn a_notebook_is_its_code() {
    let cell = |code: &str| {
        serde_json::json!({"cells": [{"cell_type": "code", "source": [code]}]}).to_string()
    };
    refused(Notebook, &cell(&"(".repeat(DEEP)));
    accepted(Notebook, &cell("print(1)"));
}

#[test]
fn hiding_in_text_is_noticed() {
    // A regular expression after a condition looks like a division, and its quote like a string.
    refused(JavaScript, &format!("x = {{}}\n/\"/; {}", "(".repeat(DEEP)));
    refused(JavaScript, &format!("<p>`</p>; {}", "!".repeat(DEEP)));
}

#[test]
fn long_but_flat_code_passes() {
    for language in [JavaScript, TypeScript, Python, Rust, Go, Java] {
        accepted(language, &format!("x = [{}];", "1, ".repeat(DEEP)));
        accepted(language, &format!("x = [{}];", "{a: -1, b: [2, x.y]},\n".repeat(DEEP)));
        accepted(language, &format!("x = {}\"z\";", "\"a\" + ".repeat(2_000)));
        accepted(language, &"call(a.b, 1 + 2)\n".repeat(DEEP));
        accepted(language, &"\"a (b\", \"c) d\",\n".repeat(DEEP));
        let mark = if language == Python { "#" } else { "//" };
        accepted(
            language,
            &format!("{mark} an old (note of (somebody: don't do that\n").repeat(2_000),
        );
        accepted(
            language,
            &format!("{mark} an old (note) by the author: don't (ever)\n").repeat(DEEP),
        );
    }
    accepted(JavaScript, &"await call(a.b)\n".repeat(DEEP));
    accepted(JavaScript, &"function a(b){return b/2}".repeat(DEEP));
    accepted(JavaScript, &"if (a) return b\n".repeat(2_000));
    let rows = "<div className=\"a\" {...b}>\n  <Icon/> Some text, it's <b>bold</b>\n</div>\n";
    accepted(JavaScript, &format!("return (\n<main>\n{}</main>)", rows.repeat(3_000)));
    accepted(TypeScript, &format!("type Icon =\n{}", "  | \"name\"\n".repeat(10_000)));
    accepted(TypeScript, &"const f = <T>(a: T): T => a\n".repeat(1_000));
    accepted(Rust, &"'a' => 1, 'b'..='c' if a < b => { x }\n".repeat(1_000));
    accepted(Go, &"\tName string `json:\"name\"`\n".repeat(DEEP));
    accepted(Python, &"    name: str = field(default=\"a\")\n".repeat(DEEP));
}
