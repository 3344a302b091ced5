//! JavaScript, TypeScript, JSX and TSX, and the scripts of Vue and Svelte components, through oxc.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

use crate::facts::{
    ExpressionId, Facts, File, Function, FunctionId, Language, Problem, ProblemKind, Span, Text,
};

mod class;
mod comment;
mod component;
mod element;
mod expression;
mod function;
mod module;
mod pattern;
mod statement;
mod types;

/// Lowers a file of one of the four languages.
///
/// oxc does not build a tree for a file with a serious error: such a file gives empty facts, all of it
/// broken. After a lesser error the tree is whole, and only the places named by the errors are broken.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    match file.language {
        Language::Vue | Language::Svelte => component::lower(file),
        _ => lower_script(file, &file.text, &source_types(file)),
    }
}

/// Lowers the script of a template, whose offsets are those of `file`.
pub(super) fn lower_template(file: &File, script: &str) -> Facts {
    let types = [SourceType::jsx().with_script(true), SourceType::jsx()];
    let (facts, problems) = lower_script(file, script, &types);
    if problems.is_empty() { facts } else { Facts::empty() }
}

/// Lowers `source` as one expression in `function`; none if it is not one.
pub(super) fn lower_expression(
    facts: Facts,
    function: FunctionId,
    source: &str,
    base: u32,
) -> (Facts, Option<ExpressionId>) {
    let mut lowering = Lowering::resume(facts, source, base);
    lowering.function = function;
    let value = lowering.template_value(None);
    (lowering.facts, value)
}

/// Lowers `source`, whose offsets are those of `file`, read as the first of `types` that fits.
fn lower_script(file: &File, source: &str, types: &[SourceType]) -> (Facts, Vec<Problem>) {
    let allocator = Allocator::default();
    let Some(parsed) = parse(&allocator, source, types) else {
        return (Facts::empty(), Vec::new());
    };
    let lines: Vec<u32> = parsed
        .diagnostics
        .errors()
        .filter_map(|error| error.labels.first())
        .map(|label| file.lines.line_of(label.offset()))
        .collect();
    if parsed.panicked {
        let mut facts = Facts::empty();
        facts.broken.push(Span::new(0, offset(source.len())));
        return (facts, vec![did_not_parse(file, "the file", lines.first().copied())]);
    }

    let mut lowering = Lowering::new(source, 0);
    lowering.program(&parsed.program);
    let mut problems = Vec::new();
    if parsed.diagnostics.has_errors() {
        let labels = parsed.diagnostics.errors().flat_map(|error| &error.labels);
        lowering
            .facts
            .broken
            .extend(labels.map(|label| Span::new(label.offset(), label.offset() + label.len())));
        problems.push(did_not_parse(file, "a part", lines.first().copied()));
    }
    (lowering.facts, problems)
}

/// The first reading without errors; else the one with the fewest, a tree before none.
fn parse<'a>(
    allocator: &'a Allocator,
    source: &'a str,
    types: &[SourceType],
) -> Option<ParserReturn<'a>> {
    let mut best: Option<ParserReturn<'a>> = None;
    for &source_type in types {
        let parsed =
            Parser::new(allocator, source, source_type).with_options(parse_options()).parse();
        let badness =
            |parsed: &ParserReturn<'_>| (parsed.panicked, parsed.diagnostics.errors().count());
        let new = badness(&parsed);
        if best.as_ref().is_none_or(|best| new < badness(best)) {
            best = Some(parsed);
        }
        if new == (false, 0) {
            break;
        }
    }
    best
}

fn parse_options() -> ParseOptions {
    ParseOptions {
        allow_return_outside_function: true,
        preserve_parens: false,
        enable_ident_hashes: false,
        ..ParseOptions::default()
    }
}

/// What a file may be, by its name, most likely first. The name of a JavaScript file says little:
/// it may hold JSX, types that a build step strips, or a script in sloppy mode.
fn source_types(file: &File) -> Vec<SourceType> {
    let name = file.name();
    if name.ends_with(".d.ts") || name.ends_with(".d.mts") || name.ends_with(".d.cts") {
        vec![SourceType::d_ts()]
    } else if name.ends_with(".tsx") {
        vec![SourceType::tsx(), SourceType::tsx().with_script(true)]
    } else if file.language == Language::TypeScript {
        vec![SourceType::ts(), SourceType::ts().with_script(true)]
    } else {
        vec![SourceType::jsx(), SourceType::tsx(), SourceType::jsx().with_script(true)]
    }
}

fn did_not_parse(file: &File, what: &str, line: Option<u32>) -> Problem {
    let place = line.map(|line| format!(" near line {line}")).unwrap_or_default();
    let language = match file.language {
        Language::TypeScript => "TypeScript",
        Language::Vue => "a Vue component",
        Language::Svelte => "a Svelte component",
        _ => "JavaScript",
    };
    Problem {
        path: file.path.to_string(),
        kind: ProblemKind::DidNotParse,
        message: format!("{what} does not parse as {language}{place}"),
    }
}

/// The state of lowering one file.
struct Lowering<'s> {
    facts: Facts,
    /// What the parser read.
    source: &'s str,
    /// Where `source` starts in the file.
    base: u32,
    /// The function whose body is being lowered.
    function: FunctionId,
    /// How many TypeScript namespaces are open: their exports are not the module's.
    namespaces: u32,
}

/// The name that an anonymous function or class takes from what it is bound to.
#[derive(Clone)]
struct Label {
    text: Text,
    span: Span,
}

impl<'s> Lowering<'s> {
    fn new(source: &'s str, base: u32) -> Self {
        let mut facts = Facts::empty();
        let span = Span::new(base, base + offset(source.len()));
        let top_level = facts.function_mut(Facts::TOP_LEVEL);
        *top_level = Function { span, name_span: span, ..Function::top_level() };
        Self::resume(facts, source, base)
    }

    /// Goes on at the top level with another piece of the same file.
    fn resume(facts: Facts, source: &'s str, base: u32) -> Self {
        Self { facts, source, base, function: Facts::TOP_LEVEL, namespaces: 0 }
    }

    fn span(&self, span: oxc_span::Span) -> Span {
        Span::new(self.base + span.start, self.base + span.end)
    }

    fn slice(&self, span: oxc_span::Span) -> &'s str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// Longer literals say nothing more, and embedded data can be very long.
const TEXT_BYTES_MAX: usize = 4096;

/// A literal, cut at 4 KiB.
fn text(value: &str) -> Text {
    Text::from(&value[..value.floor_char_boundary(TEXT_BYTES_MAX)])
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ExpressionKind, Lines, Role, Runtime};

    fn file(path: &str, language: Language, source: &str) -> File {
        File {
            path: path.into(),
            language,
            role: Role::Source,
            runtime: Runtime::Unknown,
            tracked: true,
            text: source.into(),
            lines: Lines::of(source),
        }
    }

    /// The source of every call, in the order of the source.
    fn calls(file: &File) -> Vec<&str> {
        let (facts, _) = lower(file);
        let mut spans: Vec<_> = facts
            .expressions()
            .filter(|(_, expression)| matches!(expression.kind, ExpressionKind::Call { .. }))
            .map(|(_, expression)| expression.span)
            .collect();
        spans.sort_unstable();
        spans.into_iter().map(|span| file.slice(span)).collect()
    }

    #[test]
    fn places_in_components_are_those_of_the_file() {
        let source = "<p :a='é(1)' @b=\"c(); d()\">é</p>\n<script>e(\n2)</script>\n";
        let vue = file("a.vue", Language::Vue, source);
        assert_eq!(calls(&vue), ["é(1)", "c()", "d()", "e(\n2)"]);
        let source = "<b>{@html f(1)}</b><script lang=\"ts\">g(x as T)</script>";
        let svelte = file("a.svelte", Language::Svelte, source);
        assert_eq!(calls(&svelte), ["f(1)", "g(x as T)"]);
    }

    #[test]
    fn javascript_may_hold_types_or_be_sloppy() {
        for source in ["let a: string = b();", "with (a) { b() }", "<A b={b()} />"] {
            let script = file("a.js", Language::JavaScript, source);
            assert_eq!(lower(&script).1, [], "{source}");
            assert_eq!(calls(&script), ["b()"]);
        }
    }

    #[test]
    fn a_file_without_a_tree_is_broken_as_a_whole_and_says_where() {
        let (facts, problems) = lower(&file("a.ts", Language::TypeScript, "a();\nlet secret = ;"));
        assert_eq!(facts.broken, [Span::new(0, 19)]);
        assert_eq!(problems[0].kind, ProblemKind::DidNotParse);
        assert_eq!(problems[0].message, "the file does not parse as TypeScript near line 2");
    }

    #[test]
    fn unclosed_markup_ends_without_a_problem() {
        let sources =
            ["<", "<a", "<a b", "<a b=", "<a b='", "<a =>", "<!-", "{", "<script", "é<é {"];
        for source in sources {
            for language in [Language::Vue, Language::Svelte] {
                assert_eq!(lower(&file("a", language, source)).1, [], "{source}");
            }
        }
    }

    #[test]
    fn long_literals_are_cut_between_characters() {
        assert_eq!(text(&"é".repeat(3000)).len(), TEXT_BYTES_MAX);
        assert_eq!(text(&format!("a{}", "é".repeat(3000))).len(), TEXT_BYTES_MAX - 1);
    }
}
