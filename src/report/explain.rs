//! A rule's text for people, and the list of rules.

use std::{fmt::Write as _, slice};

use serde::Serialize;

use super::{
    Tool, json,
    style::{Ink, Look, cut, pad, width_of, wrap},
};
use crate::gap::{Confidence, Dimension, Needs, Phase, RuleText, Scored, Severity};

/// Everything that a rule says about itself.
pub fn terminal(text: &RuleText, look: Look) -> String {
    let mut page = String::new();
    let severity = look.paint(Ink::Severity(text.severity), text.severity.name());
    let id = look.paint(Ink::Strong, &text.id);
    let _ = writeln!(page, "{id}\n{}\n", text.title);
    let phase = match text.phase {
        Phase::None => String::new(),
        phase => format!(", needed for {}", phase.name()),
    };
    let _ = writeln!(
        page,
        "{severity}, {}{phase}; about {} minutes to close",
        text.confidence, text.effort_minutes
    );
    section(&mut page, "Why it matters", &text.why, look);
    section(&mut page, "What counts", &text.counts, look);
    section(&mut page, "What does not count", &text.does_not_count, look);
    section(&mut page, "Fix", &text.fix, look);
    list(&mut page, "Tests to write first", &text.remedy.tests_first, look);
    list(&mut page, "How it can fail", &text.remedy.failure_modes, look);
    list(&mut page, "Log events", &text.remedy.log_events, look);
    list(&mut page, "Done when", slice::from_ref(&text.remedy.done_when), look);
    list(&mut page, "Standards", &text.standards, look);
    page
}

fn section(page: &mut String, title: &str, text: &str, look: Look) {
    if text.trim().is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{}", look.paint(Ink::Strong, title));
    for line in text.trim().lines() {
        if line.trim().is_empty() {
            page.push('\n');
        }
        for wrapped in wrap(line, look.width - 2) {
            let _ = writeln!(page, "  {wrapped}");
        }
    }
}

fn list(page: &mut String, title: &str, items: &[String], look: Look) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{}", look.paint(Ink::Strong, title));
    for item in items {
        for (index, line) in wrap(item, look.width - 4).iter().enumerate() {
            let bullet = if index == 0 { "- " } else { "  " };
            let _ = writeln!(page, "  {bullet}{line}");
        }
    }
}

/// One line a rule: severity, name, title.
pub fn rules_terminal(texts: &[&RuleText], look: Look) -> String {
    let widest = texts.iter().map(|text| width_of(&text.id)).max().unwrap_or(0);
    let mut page = String::new();
    for text in texts {
        let severity = look.paint(Ink::Severity(text.severity), &pad(text.severity.name(), 8));
        let title = cut(&text.title, look.width.saturating_sub(widest + 12).max(20));
        let _ = writeln!(page, "{severity}  {}  {title}", pad(&text.id, widest));
    }
    page
}

/// All rules for machines.
pub fn rules_json(texts: &[&RuleText]) -> String {
    #[derive(Serialize)]
    struct RulesV1<'a> {
        schema: &'static str,
        tool: json::ToolV1,
        rules: Vec<RuleTextV1<'a>>,
    }
    json::text_of(&RulesV1 {
        schema: "gapcheck/rules/v1",
        tool: Tool::this().into(),
        rules: texts.iter().map(|text| RuleTextV1::from(*text)).collect(),
    })
}

#[derive(Serialize)]
struct RuleTextV1<'a> {
    id: &'a str,
    title: &'a str,
    dimension: Dimension,
    severity: Severity,
    confidence: Confidence,
    needs: Needs,
    scored: Scored,
    phase: Option<Phase>,
    effort_minutes: u32,
    why: &'a str,
    fix: &'a str,
    standards: &'a [String],
}

impl<'a> From<&'a RuleText> for RuleTextV1<'a> {
    fn from(text: &'a RuleText) -> Self {
        Self {
            id: &text.id,
            title: &text.title,
            dimension: text.dimension,
            severity: text.severity,
            confidence: text.confidence,
            needs: text.needs,
            scored: text.scored,
            phase: Some(text.phase).filter(|phase| *phase != Phase::None),
            effort_minutes: text.effort_minutes,
            why: &text.why,
            fix: &text.fix,
            standards: &text.standards,
        }
    }
}
