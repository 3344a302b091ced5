//! The syntax of suppressions in comments.

use std::ops::RangeInclusive;

use super::Date;
use crate::{
    config::RulePattern,
    facts::{Comment, Facts, File},
    gap::SuppressionReason,
};

/// What starts a directive.
const MARK: &str = "gapcheck:";

/// One suppression as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Directive {
    /// The line of the comment.
    pub line: u32,
    /// The lines of code that it means.
    pub lines: RangeInclusive<u32>,
    pub rules: Vec<String>,
    pub reason: SuppressionReason,
    pub text: String,
    until: Option<Date>,
}

/// The line and what is wrong there.
pub(super) type Wrong = (u32, String);

/// The directives in the comments of a file.
pub(super) fn directives(file: &File, facts: &Facts) -> Vec<Result<Directive, Wrong>> {
    let marked = facts.comments.iter().filter(|comment| comment.text.contains(MARK));
    marked.flat_map(|comment| in_comment(file, facts, comment)).collect()
}

fn in_comment(file: &File, facts: &Facts, comment: &Comment) -> Vec<Result<Directive, Wrong>> {
    let first_line = file.lines.line_of(comment.span.start);
    let last_line = file.lines.line_of(comment.span.end.saturating_sub(1).max(comment.span.start));
    let lines = meant_lines(file, facts, comment, first_line, last_line);
    comment
        .text
        .lines()
        .filter_map(|line| line.trim_start_matches([' ', '\t', '*']).strip_prefix(MARK))
        .map(|rest| parse(rest.trim()).map_err(|message| (first_line, message)))
        .map(|parsed| {
            parsed.map(|directive| Directive {
                line: first_line,
                lines: lines.clone(),
                ..directive
            })
        })
        .collect()
}

/// Its own line when code stands before it, else the next line that is more than comment.
fn meant_lines(
    file: &File,
    facts: &Facts,
    comment: &Comment,
    first_line: u32,
    last_line: u32,
) -> RangeInclusive<u32> {
    let column = file.lines.position_of(&file.text, comment.span.start).column;
    let before = file.lines.text_of(&file.text, first_line).chars().take(column as usize - 1);
    // The middle of a JSX comment, `{/* … */}`, stands behind a brace that is no code of its own.
    if before.filter(|character| *character != '{').any(|character| !character.is_whitespace()) {
        return first_line..=first_line;
    }
    let count = u32::try_from(file.lines.count(&file.text)).unwrap_or(u32::MAX);
    let is_comment = |line: u32| {
        facts.comments.iter().any(|other| {
            let start = file.lines.position_of(&file.text, other.span.start);
            let end = file.lines.line_of(other.span.end.saturating_sub(1).max(other.span.start));
            let before = file.lines.text_of(&file.text, start.line).chars();
            let leads = before.take(start.column as usize - 1).all(char::is_whitespace);
            leads && (start.line..=end).contains(&line)
        })
    };
    let is_code =
        |line: &u32| !file.lines.text_of(&file.text, *line).trim().is_empty() && !is_comment(*line);
    let next = (last_line + 1..=count).find(is_code).unwrap_or(last_line);
    next..=next
}

/// `ignore[rule, rule] reason -- text [until=2027-01-31]`
fn parse(text: &str) -> Result<Directive, String> {
    const FORM: &str = "write `gapcheck: ignore[rule] reason -- why`";
    let rest = text.strip_prefix("ignore").ok_or_else(|| format!("not understood: {FORM}"))?;
    let rest =
        rest.trim_start().strip_prefix('[').ok_or_else(|| format!("names no rule: {FORM}"))?;
    let (rules, rest) = rest.split_once(']').ok_or_else(|| format!("`]` is missing: {FORM}"))?;
    let rules: Vec<String> = rules
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .map(str::to_owned)
        .collect();
    if rules.is_empty() {
        return Err(format!("names no rule: {FORM}"));
    }
    let (code, why) = rest.split_once("--").unwrap_or((rest, ""));
    let reason = reason(code.trim())?;
    let (why, until) = split_until(why.trim())?;
    if why.is_empty() {
        return Err(format!("gives no reason in words: {FORM}"));
    }
    Ok(Directive { line: 0, lines: 0..=0, rules, reason, text: why, until })
}

fn reason(code: &str) -> Result<SuppressionReason, String> {
    const CODES: &str = "false-positive, not-applicable, accepted-risk or provided-elsewhere";
    match code {
        "false-positive" => Ok(SuppressionReason::FalsePositive),
        "not-applicable" => Ok(SuppressionReason::NotApplicable),
        "accepted-risk" => Ok(SuppressionReason::AcceptedRisk),
        "provided-elsewhere" => Ok(SuppressionReason::ProvidedElsewhere),
        "" => Err(format!("gives no reason: one of {CODES}")),
        other => Err(format!("unknown reason `{other}`: one of {CODES}")),
    }
}

/// The words, and the date at their end, with or without brackets.
fn split_until(why: &str) -> Result<(String, Option<Date>), String> {
    let Some((words, date)) = why.rsplit_once("until=") else { return Ok((why.to_owned(), None)) };
    let date = date.trim().trim_end_matches(']').trim();
    let until = date.parse::<Date>().map_err(|error| error.to_string())?;
    Ok((words.trim_end().trim_end_matches('[').trim_end().to_owned(), Some(until)))
}

impl Directive {
    /// Refuses unknown rules and what has expired.
    pub(super) fn check(self, known: &[&str], today: Date) -> Result<Self, Wrong> {
        for rule in &self.rules {
            if let Err(error) = RulePattern::new(rule).check(known) {
                return Err((self.line, format!("suppression of an {error}")));
            }
        }
        match self.until {
            Some(until) if until < today => {
                Err((self.line, format!("suppression expired on {until}")))
            }
            _ => Ok(self),
        }
    }
}
