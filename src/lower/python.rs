//! Python: the tree of `ruff_python_parser` to facts.
//!
//! The parser recovers from errors: a file that does not parse still gives the facts of all the rest,
//! and the lines around each error are marked as broken.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ModModule, PySourceType, Stmt};
use ruff_python_parser::{Parsed, parse_unchecked_source};
use ruff_text_size::{Ranged, TextRange};

use crate::facts::{
    Comment, ExpressionId, ExpressionKind, Facts, File, FunctionId, Problem, ProblemKind, Span,
    StatementId, StatementKind, Text,
};

mod binary;
mod class;
mod expression;
mod function;
mod import;
mod pattern;
mod statement;
mod text;

/// Lowers one Python file.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let parsed = parse_unchecked_source(&file.text, PySourceType::Python);
    let facts = lower_parsed(&file.text, &parsed, Head::Docstring);
    let problems = problem_of(&file.path, &facts).into_iter().collect();
    (facts, problems)
}

/// What a string at the head of a module is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    Docstring,
    /// In a notebook it is only a value.
    Value,
}

/// The facts of a parsed module; spans are offsets into `source`.
pub(super) fn lower_parsed(source: &str, parsed: &Parsed<ModModule>, head: Head) -> Facts {
    let mut lowering = Lowering::new(source);
    let body = &parsed.syntax().body;
    let body = if head == Head::Docstring { lowering.take_docstring(body) } else { body };
    let block = lowering.block(body);
    let mut facts = lowering.facts;
    let top_level = facts.function_mut(Facts::TOP_LEVEL);
    top_level.body = block;
    top_level.span = Span::new(0, u32::try_from(source.len()).unwrap_or(u32::MAX));
    top_level.name_span = top_level.span;
    add_comments(&mut facts, source, parsed);
    facts.broken = broken_regions(&facts, source, parsed);
    facts
}

/// The problem to report when parts of a file did not parse.
pub(super) fn problem_of(path: &str, facts: &Facts) -> Option<Problem> {
    let message = match facts.broken.len() {
        0 => return None,
        1 => "1 place is not valid Python".to_owned(),
        count => format!("{count} places are not valid Python"),
    };
    Some(Problem { path: path.to_owned(), kind: ProblemKind::DidNotParse, message })
}

fn add_comments(facts: &mut Facts, source: &str, parsed: &Parsed<ModModule>) {
    for token in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let text = source.get(token.range().to_std_range()).unwrap_or_default();
        facts.comments.push(Comment {
            text: Text::from(text.trim_start_matches('#').trim()),
            span: span_of(token.range()),
            documentation: false,
        });
    }
    facts.comments.sort_by_key(|comment| comment.span);
}

/// The lines of each syntax error, widened to the simple statements that they touch.
fn broken_regions(facts: &Facts, source: &str, parsed: &Parsed<ModModule>) -> Vec<Span> {
    if parsed.errors().is_empty() {
        return Vec::new();
    }
    let mut simple: Vec<Span> = facts
        .statements
        .iter()
        .filter(|statement| !holds_statements(&statement.kind))
        .map(|statement| statement.span)
        .collect();
    simple.sort_unstable();
    // The body of a lambda lies inside another statement; without it the spans are apart.
    simple.dedup_by(|next, previous| previous.contains(*next));
    let mut broken: Vec<Span> = parsed
        .errors()
        .iter()
        .map(|error| {
            let lines = lines_around(source, span_of(error.location));
            let first = simple.partition_point(|span| span.end < lines.start);
            let after = simple.partition_point(|span| span.start <= lines.end);
            simple.get(first..after).unwrap_or_default().iter().fold(lines, |all, span| {
                Span::new(all.start.min(span.start), all.end.max(span.end))
            })
        })
        .collect();
    broken.sort_unstable();
    broken.dedup_by(|next, previous| {
        let joined = previous.touches(*next);
        if joined {
            previous.end = previous.end.max(next.end);
        }
        joined
    });
    broken
}

fn holds_statements(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::If { .. }
            | StatementKind::Loop { .. }
            | StatementKind::Match { .. }
            | StatementKind::Try { .. }
            | StatementKind::With { .. }
            | StatementKind::Block(_)
            | StatementKind::Function(_)
            | StatementKind::Class(_)
    )
}

/// `span`, widened to whole lines.
fn lines_around(source: &str, span: Span) -> Span {
    let offset = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let bytes = source.as_bytes();
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = (span.start as usize).min(bytes.len());
    let end = (span.end as usize).clamp(start, bytes.len());
    let before = bytes[..start].iter().rposition(is_break).map_or(0, |position| position + 1);
    let after = bytes[end..].iter().position(is_break).map_or(bytes.len(), |length| end + length);
    Span::new(offset(before), offset(after))
}

fn span_of(range: TextRange) -> Span {
    Span::new(range.start().to_u32(), range.end().to_u32())
}

/// Turns one module into facts. Definitions are numbered when they are met, so that functions and
/// classes stand in source order.
struct Lowering<'s> {
    facts: Facts,
    source: &'s str,
    /// The function whose body is being lowered.
    function: FunctionId,
    /// Inside `if TYPE_CHECKING:`, where imports serve annotations only.
    is_type_checking: bool,
}

impl<'s> Lowering<'s> {
    fn new(source: &'s str) -> Self {
        Self { facts: Facts::empty(), source, function: Facts::TOP_LEVEL, is_type_checking: false }
    }

    fn add(&mut self, kind: ExpressionKind, node: impl Ranged) -> ExpressionId {
        self.facts.add_expression(kind, span_of(node.range()))
    }

    fn add_statement(&mut self, kind: StatementKind, node: impl Ranged) -> StatementId {
        self.facts.add_statement(kind, span_of(node.range()))
    }

    /// Keeps a leading string as documentation and returns the statements after it.
    fn take_docstring<'b>(&mut self, body: &'b [Stmt]) -> &'b [Stmt] {
        match body.split_first() {
            Some((Stmt::Expr(statement), rest)) => match statement.value.as_ref() {
                Expr::StringLiteral(string) => {
                    self.add_string_comment(string.value.to_str(), statement.range(), true);
                    rest
                }
                _ => body,
            },
            _ => body,
        }
    }

    /// A string that stands alone says something to readers and nothing to the interpreter.
    fn add_string_comment(&mut self, text: &str, range: TextRange, documentation: bool) {
        self.facts.comments.push(Comment {
            text: Text::from(text.trim()),
            span: span_of(range),
            documentation,
        });
    }

    fn source_of(&self, range: TextRange) -> &'s str {
        self.source.get(range.to_std_range()).unwrap_or_default()
    }
}
