//! Documents, cut into sections.

use crate::{
    facts::{Document, Language, Role, Span},
    project::{FileId, Project, Unit},
};

/// A heading and what stands below it, up to the next heading.
pub(super) struct Section<'p> {
    pub level: u8,
    pub title: &'p str,
    pub text: &'p str,
    pub span: Span,
}

impl Section<'_> {
    /// Words outside markup; what is left of a template to fill in does not count.
    pub(super) fn words(&self) -> usize {
        let plain = self.text.lines().filter(|line| !is_residue(line));
        plain
            .flat_map(str::split_whitespace)
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .count()
    }

    pub(super) fn items(&self) -> usize {
        let is_item = |line: &&str| {
            let line = line.trim_start();
            (line.starts_with("- ")
                || line.starts_with("* ")
                || line.starts_with('|')
                || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok()))
                && !is_residue(line)
                && line.split_whitespace().count() >= 3
        };
        self.text.lines().filter(is_item).count()
    }
}

/// A line that a template left to be filled in.
fn is_residue(line: &str) -> bool {
    let line = line.trim();
    let is_slot = |open: char, close: char| line.starts_with(open) && line.ends_with(close);
    line.is_empty()
        || is_slot('<', '>')
        || is_slot('{', '}')
        || is_slot('[', ']') && !line.starts_with("[ ]") && !line.starts_with("[x]")
        || line.starts_with("TBD")
        || line.to_ascii_lowercase().contains("lorem ipsum")
        || line.starts_with("TODO")
}

/// The documents of the project that people read: what was handed to tools as a prompt is left out.
pub(super) fn documents(project: &Project) -> impl Iterator<Item = (FileId, &Unit)> {
    project.units().filter(|(_, unit)| {
        let name = unit.file.name().to_ascii_uppercase();
        let is_prompt =
            ["AGENTS", "CLAUDE", "GEMINI", "COPILOT"].iter().any(|own| name.starts_with(own));
        let is_foreign = matches!(unit.file.role, Role::Vendored | Role::Generated | Role::Test);
        unit.file.language == Language::Markdown
            && !is_prompt
            && !is_foreign
            && matches!(unit.facts.document, Some(Document::Prose(_)))
    })
}

/// The sections of a document, the whole of it first where it starts without a heading.
pub(super) fn sections(unit: &Unit) -> Vec<Section<'_>> {
    let Some(Document::Prose(prose)) = &unit.facts.document else { return Vec::new() };
    let text = &*unit.file.text;
    let end_of_file = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let starts =
        prose.headings.iter().map(|(_, line)| line.span.start).skip(1).chain([end_of_file]);
    prose
        .headings
        .iter()
        .zip(starts)
        .map(|((level, line), end)| Section {
            level: *level,
            title: &line.text,
            text: unit.file.slice(Span { start: line.span.end, end: end.max(line.span.end) }),
            span: line.span,
        })
        .collect()
}
