//! Files that are not code: trees of data, container definitions, settings, lists, prose and SQL.

use crate::facts::{
    Comment, Document, Facts, File, Language, Node, NodeKind, Problem, ProblemKind, Role, Span,
};

mod container;
mod json;
mod lines;
mod lock;
mod prose;
mod settings;
mod sql;
mod toml;
mod xml;
mod yaml;

/// Far deeper than anything that a person writes; a tree is dropped recursively.
const DEPTH_MAX: usize = 128;

/// What one reader makes of a text.
#[derive(Default)]
struct Reading {
    document: Option<Document>,
    comments: Vec<Comment>,
    /// Where reading stopped, and why.
    failure: Option<Failure>,
}

struct Failure {
    span: Span,
    kind: ProblemKind,
    message: String,
}

/// Lowers a file that is not code.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let mut reading = read(file);
    let mut facts = Facts::empty();
    let mut problems = Vec::new();
    if let Some(failure) = reading.failure.take() {
        facts.broken.push(failure.span);
        if is_worth_a_problem(file) {
            problems.push(Problem {
                path: file.path.to_string(),
                kind: failure.kind,
                message: failure.message,
            });
        }
    }
    facts.document = reading.document;
    facts.comments = reading.comments;
    (facts, problems)
}

fn read(file: &File) -> Reading {
    if let Some(locked) = lock::read(file.name(), &file.text) {
        return Reading { document: Some(Document::Lock(locked)), ..Reading::default() };
    }
    match file.language {
        Language::Json => json::read(&file.text),
        Language::Yaml => yaml::read(&file.text),
        Language::Toml => toml::read(&file.text),
        Language::Xml => xml::read(&file.text),
        Language::Dockerfile => container::read(&file.text),
        Language::Env => settings::read(&file.text),
        Language::Markdown => prose::read(&file.text),
        Language::Lines => lines::read(file.name(), &file.text),
        Language::Sql => sql::read(&file.text),
        _ => Reading::default(),
    }
}

/// Test data is often broken on purpose, and templates of configuration are no configuration yet.
fn is_worth_a_problem(file: &File) -> bool {
    let is_ours = matches!(file.role, Role::Source | Role::Config | Role::Migration | Role::Script);
    let is_template = file.language == Language::Yaml
        && (file.text.contains("{%") || file.text.replace("${{", "").contains("{{"));
    is_ours && !is_template && !file.text.trim().is_empty()
}

/// A span of byte offsets. Files are capped far below four thousand million bytes.
fn span(start: usize, end: usize) -> Span {
    let number = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(number(start), number(end))
}

/// A comment of which `text` still has blanks around it.
fn comment(text: &str, start: usize, end: usize) -> Comment {
    Comment { text: text.trim().into(), span: span(start, end), documentation: false }
}

fn failure(text: &str, start: usize, kind: ProblemKind, message: String) -> Failure {
    Failure { span: span(start.min(text.len()), text.len()), kind, message }
}

/// The lines of `text` with the offset of each, without their line breaks.
fn lines_with_offsets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = offset;
        offset += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

fn text_node(text: &str, start: usize, end: usize) -> Node {
    Node { kind: NodeKind::Text(text.into()), span: span(start, end) }
}
