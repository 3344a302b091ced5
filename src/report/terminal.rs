//! The report for people.
//!
//! First the score, then each dimension in one line, then the gaps, the worst in full. It fits a screen
//! or two by default; nothing in it needs colour to be understood.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use super::{
    Extent, Report, Trust, Trusted, Verdict,
    escape::{Untrusted, disarm_lines},
    style::{Ink, Look, count, cut, cut_front, pad, width_of, with_thousands, wrap},
    verdict::tally,
};
use crate::{
    gap::{RuleAnswer, Severity},
    score::{Cap, rounded_down},
};

mod gaps;

/// Columns before what explains the score.
const INDENT: usize = 14;

/// Lists that close the report show this many entries; `--verbose` shows all.
const LIST_LENGTH: usize = 5;

/// The report as text that ends in a line break.
pub fn render(report: &Report, look: Look) -> String {
    let mut page = Page { look, text: String::new() };
    header(report, &mut page);
    score(report, &mut page);
    dimensions(report, &mut page);
    gaps::write(report, &mut page);
    already_good(report, &mut page);
    trusted(report, &mut page);
    not_assessed(report, &mut page);
    problems(report, &mut page);
    next(report, &mut page);
    verdict(report, &mut page);
    disarm_lines(&page.text).into_owned()
}

/// Text in the making.
struct Page {
    look: Look,
    text: String,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn blank(&mut self) {
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A title in a narrow column and paragraphs beside it.
    fn beside(&mut self, title: &str, paragraphs: &[String]) {
        const COLUMN: usize = 16;
        let mut title = self.look.paint(Ink::Strong, &pad(title, COLUMN));
        for paragraph in paragraphs {
            for line in wrap(paragraph, self.look.width - COLUMN) {
                self.line(&format!("{title}{line}"));
                title = " ".repeat(COLUMN);
            }
        }
    }
}

fn header(report: &Report, page: &mut Page) {
    let languages = &report.coverage.languages;
    let total = |part: fn(&Extent) -> usize| languages.values().map(part).sum::<usize>();
    let mut by_size: Vec<(&String, &Extent)> = languages.iter().collect();
    by_size.sort_by_key(|(name, extent)| (!extent.is_code, Reverse(extent.lines), *name));
    let names: Vec<&str> = by_size.iter().take(4).map(|(name, _)| name.as_str()).collect();
    let name = format!("{} {}", report.tool.name, report.tool.version);
    let mut facts = count(total(|extent| extent.files), "file");
    let _ = write!(facts, ", {} lines", with_thousands(total(|extent| extent.lines)));
    if !names.is_empty() {
        let _ = write!(facts, ": {}", names.join(", "));
    }
    if by_size.len() > names.len() {
        facts.push('…');
    }
    let target = shown(&report.target);
    let left = page.look.width.saturating_sub(width_of(&name) + 6);
    let facts = cut(&facts, left.saturating_sub(width_of(&target).min(8)));
    let target = cut_front(&target, left.saturating_sub(width_of(&facts)));
    let name = page.look.paint(Ink::Strong, &name);
    page.line(&format!("{name}   {target}   {facts}"));
    page.blank();
}

fn score(report: &Report, page: &mut Page) {
    let score = &report.score;
    let Some(value) = score.value else {
        page.line("  Readiness   –   not enough to score");
        page.blank();
        return;
    };
    let whole =
        |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |it| whole(it).to_string());
    let mut line =
        format!("  Readiness   {} / 100", page.look.paint(Ink::Strong, &whole(Some(value))));
    if let Some(grade) = score.grade {
        let _ = write!(line, "   grade {grade}");
    }
    let _ = write!(line, "   [{}-{}]", whole(score.low), whole(score.high));
    let _ = write!(line, "   assurance {} %", self::whole(score.assurance * 100.0));
    let _ = write!(line, "   strict {}", whole(score.strict));
    page.line(&line);
    caps(&score.caps, page);
    page.blank();
}

/// What holds the score down: the lowest bound with its place, the others in one line.
fn caps(caps: &[Cap], page: &mut Page) {
    let Some(lowest) = caps.first() else { return };
    let (lowest, others): (Vec<&Cap>, Vec<&Cap>) =
        caps.iter().partition(|cap| page.look.verbose || cap.at <= lowest.at);
    for cap in lowest {
        let reason = format!("held at {} or less by {}", rounded_down(cap.at), cap.rule);
        let place = place(&cap.path, cap.line);
        let left = page.look.width.saturating_sub(INDENT + width_of(&reason) + 2);
        if left > 12 {
            page.line(&format!("{:INDENT$}{reason}  {}", "", cut_front(&place, left)));
        } else {
            page.line(&format!("{:INDENT$}{reason}", ""));
            page.line(&format!("{:INDENT$}{}", "", cut_front(&place, page.look.width - INDENT)));
        }
    }
    if let Some(next) = others.first() {
        let bound = rounded_down(next.at);
        let rules = count(others.len(), "rule");
        page.line(&format!("{:INDENT$}then at {bound} or less: {rules} more (-v)", ""));
    }
}

/// The whole number below: 59.9 must not read as 60 next to a gate at 60.
fn whole(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "scores lie between 0 and 100")]
    let whole = (number + 1e-6).floor() as i64;
    whole
}

fn dimensions(report: &Report, page: &mut Page) {
    const BEFORE_SUMMARY: usize = 34;
    for dimension in &report.score.dimensions {
        let name = pad(dimension.dimension.name(), 14);
        let Some(score) = dimension.score else {
            page.line(&page.look.paint(Ink::Faint, &format!("  {name}   –  not enough to score")));
            continue;
        };
        let filled = usize::try_from((whole(score) + 5) / 10).unwrap_or(0).min(10);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(10 - filled));
        let ink = match score {
            _ if score >= 80.0 => Ink::Good,
            _ if score >= 50.0 => Ink::Severity(Severity::Medium),
            _ => Ink::Severity(Severity::High),
        };
        let summary = dimension_summary(report, dimension.dimension);
        let summary = cut(&summary, page.look.width - BEFORE_SUMMARY);
        let bar = page.look.paint(ink, &bar);
        page.line(&format!("  {name} {:>3}  {bar}  {summary}", whole(score)));
    }
    page.blank();
}

/// The rule that costs the dimension most, and how many others have gaps.
fn dimension_summary(report: &Report, dimension: crate::gap::Dimension) -> String {
    let rules = || report.rules.iter().filter(|rule| rule.text.dimension == dimension);
    let with_gaps = rules().filter(|rule| rule.answer == RuleAnswer::Gap);
    let Some(worst) = with_gaps.max_by_key(|rule| (rule.text.severity, rule.gaps)) else {
        let holding = rules().filter(|rule| rule.answer == RuleAnswer::Holds).count();
        let unknown = rules().filter(|rule| rule.answer == RuleAnswer::Unknown).count();
        let held = format!("{} met", count(holding, "control"));
        return if unknown == 0 { held } else { format!("{held}, {unknown} not known") };
    };
    let (_, name) = worst.text.id.split_once('/').unwrap_or(("", &worst.text.id));
    let looked_at = worst.gaps + worst.holds + worst.unknown;
    let numbers =
        if looked_at > 1 { format!(" {} of {looked_at}", worst.gaps) } else { String::new() };
    let others = rules().filter(|rule| rule.answer == RuleAnswer::Gap).count() - 1;
    let others =
        if others > 0 { format!(", {} more", count(others, "rule")) } else { String::new() };
    format!("{name}{numbers}{others}")
}

fn already_good(report: &Report, page: &mut Page) {
    let mut by_rule: BTreeMap<&str, Vec<&super::Credit>> = BTreeMap::new();
    for credit in &report.credits {
        by_rule.entry(&credit.rule).or_default().push(credit);
    }
    // Rules that hold everywhere, the weightiest first.
    let mut held: Vec<_> =
        report.rules.iter().filter(|rule| rule.answer == RuleAnswer::Holds).collect();
    held.sort_by_key(|rule| Reverse((rule.text.severity, rule.holds)));
    let length = if page.look.verbose { held.len() } else { LIST_LENGTH };
    let mut paragraphs: Vec<String> = held
        .iter()
        .filter_map(|rule| {
            let credits = by_rule.get(&*rule.text.id)?;
            let first = credits.first()?;
            let place = place(&first.path, first.line);
            let others = match credits.len() - 1 {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            Some(format!("{}: {} ({place}{others})", rule.text.id, shown(&first.fact)))
        })
        .take(length)
        .collect();
    if held.len() > paragraphs.len() && !paragraphs.is_empty() {
        paragraphs.push(format!("and {} more", count(held.len() - paragraphs.len(), "control")));
    }
    page.beside("Already good", &paragraphs);
}

/// What is taken from people's word, apart from what was seen.
fn trusted(report: &Report, page: &mut Page) {
    let paragraphs: Vec<String> = report
        .trusted
        .iter()
        .map(|trusted| {
            let Trusted { capability, provider, scope, evidence, review_by, .. } = trusted;
            let counts = match trusted.trust {
                Trust::Counts => {
                    let ways = count(trusted.routes, "way");
                    format!("{ways} in, not verified, until {review_by}")
                }
                Trust::Overdue => format!("counts for nothing: review was due by {review_by}"),
                Trust::Contradicted => {
                    "counts for nothing: the repository shows the opposite".into()
                }
                Trust::Unused => "no rule asks for it yet".into(),
            };
            let evidence = evidence.as_deref().unwrap_or("no evidence named");
            let text = format!(
                "{capability} by {provider} for {}: {counts} ({evidence})",
                scope.join(", ")
            );
            shown(&text)
        })
        .collect();
    page.beside("Trusted", &paragraphs);
}

fn not_assessed(report: &Report, page: &mut Page) {
    let mut paragraphs: Vec<String> = report
        .coverage
        .not_assessed
        .iter()
        .map(|(language, extent)| count(extent.files, &format!("{} file", shown(language))))
        .collect();
    if report.coverage.failed + report.coverage.partial > 0 {
        let number = report.coverage.failed + report.coverage.partial;
        paragraphs.push(format!("{} did not parse, wholly or in part", count(number, "file")));
    }
    let mut reasons: BTreeMap<&str, Vec<&super::Unknown>> = BTreeMap::new();
    for unknown in &report.unknowns {
        reasons.entry(&unknown.reason).or_default().push(unknown);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, unknowns)| Reverse(unknowns.len()));
    let length = if page.look.verbose { reasons.len() } else { 3 };
    for (reason, unknowns) in reasons.iter().take(length) {
        let first = unknowns[0];
        let number = count(unknowns.len(), "place");
        paragraphs.push(format!(
            "{number}: {} ({})",
            shown(reason),
            place(&first.path, first.line)
        ));
    }
    if reasons.len() > length {
        let others = reasons[length..].iter().map(|(_, unknowns)| unknowns.len()).sum();
        paragraphs.push(format!("{} for other reasons", count(others, "place")));
    }
    page.beside("Not assessed", &paragraphs);
}

fn problems(report: &Report, page: &mut Page) {
    let length = if page.look.verbose { report.problems.len() } else { LIST_LENGTH };
    let mut paragraphs: Vec<String> = report
        .problems
        .iter()
        .take(length)
        .map(|problem| format!("{}: {}", shown(&problem.path), shown(&problem.message)))
        .collect();
    if report.problems.len() > length {
        paragraphs.push(format!("and {} more: gapcheck check -v", report.problems.len() - length));
    }
    page.beside("Problems", &paragraphs);
}

fn next(report: &Report, page: &mut Page) {
    let mut paragraphs = Vec::new();
    if let Some(worst) = report.open_gaps().next() {
        paragraphs.push(format!("gapcheck explain {}", worst.text.id));
    }
    if let Some(phase) = report.phases.iter().find(|phase| !phase.met) {
        let needed = phase.unmet.len() + phase.unknown.len();
        paragraphs.push(format!("{} needs {} more", phase.id, count(needed, "control")));
    }
    page.beside("Next", &paragraphs);
}

fn verdict(report: &Report, page: &mut Page) {
    page.blank();
    let (label, ink) = match report.verdict {
        Verdict::Pass => ("PASS", Ink::Good),
        Verdict::Fail(_) => ("FAIL", Ink::Severity(Severity::Critical)),
        Verdict::Incomplete(_) => ("INCOMPLETE", Ink::Severity(Severity::High)),
    };
    let reasons: Vec<String> =
        report.verdict.reasons().iter().map(|reason| shown(reason)).collect();
    let text = if reasons.is_empty() { tally(report) } else { reasons.join("; ") };
    let column = width_of(label) + 2;
    let mut head = page.look.paint(ink, &pad(label, column));
    for line in wrap(&text, page.look.width - column) {
        page.line(&format!("{head}{line}"));
        head = " ".repeat(column);
    }
}

fn place(path: &str, line: u32) -> String {
    format!("{}:{line}", shown(path))
}

fn shown(text: &str) -> String {
    Untrusted(text).to_string()
}
