//! The JSON report, version 1: a contract. Fields may be added; none is removed or renamed.
//!
//! The format has structs of its own, so that a change inside cannot change it by accident.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{
    Coverage, Credit, Extent, Gap, GapPlace, Phase, Problem, Report, RuleResult, Tool, Trusted,
    Unknown, Verdict,
    escape::{is_deceptive, starts_server_command},
};
use crate::{
    gap::{Confidence, Dimension, Evidence, Needs, RuleAnswer, Scored, Severity, Status},
    score::{Cap, DimensionScore, RuleScore, Score, rounded_down},
};

mod routes;

pub(super) use routes::RouteV1;

/// The report as JSON text that ends in a line break.
pub fn render(report: &Report) -> String {
    text_of(&ReportV1::from(report))
}

/// Any of the formats here as text that ends in a line break.
///
/// What could act on a terminal or a server is written as a `\u` escape; whoever parses the JSON gets
/// the original text. Outside strings JSON has no such character but the line break, and inside it
/// has no line break, so the escapes can be put in afterwards.
pub(super) fn text_of(value: &impl Serialize) -> String {
    let raw = serde_json::to_string_pretty(value)
        .expect("plain structs with string keys always serialise");
    let mut text = String::with_capacity(raw.len() + 1);
    let mut previous = ' ';
    for (offset, character) in raw.char_indices() {
        let rest = &raw[offset + character.len_utf8()..];
        let is_command = character == '#' && previous == '#' && starts_server_command(rest);
        if is_command || (is_deceptive(character) && character != '\n') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
        previous = character;
    }
    text.push('\n');
    text
}

#[derive(Serialize)]
struct ReportV1<'a> {
    schema: &'static str,
    tool: ToolV1,
    verdict: VerdictV1<'a>,
    score: ScoreV1<'a>,
    phases: Vec<PhaseV1<'a>>,
    dimensions: Vec<DimensionV1>,
    rules: Vec<RuleV1<'a>>,
    gaps: Vec<GapV1<'a>>,
    credits: Vec<CreditV1<'a>>,
    unknowns: Vec<UnknownV1<'a>>,
    routes: Vec<RouteV1<'a>>,
    trusted: Vec<TrustedV1<'a>>,
    coverage: CoverageV1<'a>,
    problems: Vec<ProblemV1<'a>>,
}

impl<'a> From<&'a Report> for ReportV1<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            schema: "gapcheck/report/v1",
            tool: report.tool.clone().into(),
            verdict: (&report.verdict).into(),
            score: (&report.score).into(),
            phases: report.phases.iter().map(Into::into).collect(),
            dimensions: report.score.dimensions.iter().map(Into::into).collect(),
            rules: report.rules.iter().map(Into::into).collect(),
            gaps: report.gaps.iter().map(Into::into).collect(),
            credits: report.credits.iter().map(Into::into).collect(),
            unknowns: report.unknowns.iter().map(Into::into).collect(),
            routes: report.routes.iter().map(Into::into).collect(),
            trusted: report.trusted.iter().map(Into::into).collect(),
            coverage: (&report.coverage).into(),
            problems: report.problems.iter().map(Into::into).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ToolV1 {
    name: &'static str,
    version: &'static str,
    rules: &'static str,
}

impl From<Tool> for ToolV1 {
    fn from(tool: Tool) -> Self {
        Self { name: tool.name, version: tool.version, rules: tool.rules }
    }
}

#[derive(Serialize)]
struct VerdictV1<'a> {
    status: &'static str,
    reasons: &'a [String],
}

impl<'a> From<&'a Verdict> for VerdictV1<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        Self { status: verdict.name(), reasons: verdict.reasons() }
    }
}

#[derive(Serialize)]
struct ScoreV1<'a> {
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    strict: Option<f64>,
    assurance: f64,
    grade: Option<char>,
    caps: Vec<CapV1<'a>>,
}

impl<'a> From<&'a Score> for ScoreV1<'a> {
    fn from(score: &'a Score) -> Self {
        Self {
            value: score.value.map(rounded_down),
            low: score.low.map(rounded_down),
            high: score.high.map(rounded_down),
            strict: score.strict.map(rounded_down),
            assurance: rounded_down(score.assurance),
            grade: score.grade,
            caps: score.caps.iter().map(Into::into).collect(),
        }
    }
}

#[derive(Serialize)]
struct CapV1<'a> {
    at: f64,
    rule: &'a str,
    path: &'a str,
    line: u32,
}

impl<'a> From<&'a Cap> for CapV1<'a> {
    fn from(cap: &'a Cap) -> Self {
        Self { at: cap.at, rule: &cap.rule, path: &cap.path, line: cap.line }
    }
}

#[derive(Serialize)]
struct PhaseV1<'a> {
    id: &'a str,
    met: bool,
    unmet: Vec<&'a str>,
    unknown: Vec<&'a str>,
}

impl<'a> From<&'a Phase> for PhaseV1<'a> {
    fn from(phase: &'a Phase) -> Self {
        Self {
            id: &phase.id,
            met: phase.met,
            unmet: phase.unmet.iter().map(|rule| &**rule).collect(),
            unknown: phase.unknown.iter().map(|rule| &**rule).collect(),
        }
    }
}

#[derive(Serialize)]
struct DimensionV1 {
    id: Dimension,
    score: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    weight: f64,
}

impl From<&DimensionScore> for DimensionV1 {
    fn from(score: &DimensionScore) -> Self {
        Self {
            id: score.dimension,
            score: score.score.map(rounded_down),
            low: score.low.map(rounded_down),
            high: score.high.map(rounded_down),
            weight: score.weight,
        }
    }
}

#[derive(Serialize)]
struct RuleV1<'a> {
    id: &'a str,
    title: &'a str,
    dimension: Dimension,
    severity: Severity,
    answer: RuleAnswer,
    holds: usize,
    gaps: usize,
    unknown: usize,
    needs: Needs,
    scored: Scored,
    score: Option<f64>,
    weight: f64,
    standards: &'a [String],
}

impl<'a> From<&'a RuleResult> for RuleV1<'a> {
    fn from(rule: &'a RuleResult) -> Self {
        let (text, score): (_, Option<&RuleScore>) = (&*rule.text, rule.score.as_ref());
        Self {
            id: &text.id,
            title: &text.title,
            dimension: text.dimension,
            severity: text.severity,
            answer: rule.answer,
            holds: rule.holds,
            gaps: rule.gaps,
            unknown: rule.unknown,
            needs: text.needs,
            scored: text.scored,
            score: score.and_then(|score| score.score).map(rounded_down),
            weight: score.map_or(0.0, |score| score.weight),
            standards: &text.standards,
        }
    }
}

#[derive(Serialize)]
struct GapV1<'a> {
    rule: &'a str,
    severity: Severity,
    confidence: Confidence,
    message: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    fingerprint: &'a str,
    status: &'static str,
    evidence: Vec<EvidenceV1<'a>>,
    places: Vec<PlaceV1<'a>>,
    effort_minutes: u32,
    fix: &'a str,
}

impl<'a> From<&'a Gap> for GapV1<'a> {
    fn from(gap: &'a Gap) -> Self {
        Self {
            rule: &gap.text.id,
            severity: gap.severity,
            confidence: gap.confidence,
            message: &gap.message,
            path: &gap.place.path,
            line: gap.place.line,
            column: gap.place.column,
            end_line: gap.place.end_line,
            fingerprint: &gap.fingerprint,
            status: status_name(&gap.status),
            evidence: gap.evidence.iter().map(Into::into).collect(),
            places: gap.places.iter().map(Into::into).collect(),
            effort_minutes: gap.text.effort_minutes,
            fix: &gap.text.fix,
        }
    }
}

fn status_name(status: &Status) -> &'static str {
    match status {
        Status::Open => "open",
        Status::Baseline => "baseline",
        Status::Suppressed(_) => "suppressed",
    }
}

#[derive(Serialize)]
struct EvidenceV1<'a> {
    path: &'a str,
    line: u32,
    note: &'a str,
}

impl<'a> From<&'a Evidence> for EvidenceV1<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self { path: &evidence.place.path, line: evidence.place.line, note: &evidence.note }
    }
}

#[derive(Serialize)]
struct PlaceV1<'a> {
    path: &'a str,
    line: u32,
    end_line: u32,
    subject: &'a str,
    severity: Severity,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionV1<'a>>,
    fingerprint: &'a str,
}

impl<'a> From<&'a GapPlace> for PlaceV1<'a> {
    fn from(gap_place: &'a GapPlace) -> Self {
        Self {
            path: &gap_place.place.path,
            line: gap_place.place.line,
            end_line: gap_place.place.end_line,
            subject: &gap_place.subject,
            severity: gap_place.severity,
            status: status_name(&gap_place.status),
            suppression: match &gap_place.status {
                Status::Suppressed(suppression) => {
                    Some(SuppressionV1 { reason: suppression.reason, text: &suppression.text })
                }
                Status::Open | Status::Baseline => None,
            },
            fingerprint: &gap_place.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct SuppressionV1<'a> {
    reason: crate::gap::SuppressionReason,
    text: &'a str,
}

#[derive(Serialize)]
struct CreditV1<'a> {
    rule: &'a str,
    path: &'a str,
    line: u32,
    fact: &'a str,
}

impl<'a> From<&'a Credit> for CreditV1<'a> {
    fn from(credit: &'a Credit) -> Self {
        Self { rule: &credit.rule, path: &credit.path, line: credit.line, fact: &credit.fact }
    }
}

#[derive(Serialize)]
struct UnknownV1<'a> {
    rule: &'a str,
    path: &'a str,
    line: u32,
    subject: &'a str,
    reason: &'a str,
}

impl<'a> From<&'a Unknown> for UnknownV1<'a> {
    fn from(unknown: &'a Unknown) -> Self {
        Self {
            rule: &unknown.rule,
            path: &unknown.path,
            line: unknown.line,
            subject: &unknown.subject,
            reason: &unknown.reason,
        }
    }
}

#[derive(Serialize)]
struct TrustedV1<'a> {
    capability: &'a str,
    provider: &'a str,
    scope: &'a [String],
    evidence: Option<&'a str>,
    owner: Option<&'a str>,
    review_by: &'a str,
    state: &'static str,
    routes: usize,
}

impl<'a> From<&'a Trusted> for TrustedV1<'a> {
    fn from(trusted: &'a Trusted) -> Self {
        Self {
            capability: &trusted.capability,
            provider: &trusted.provider,
            scope: &trusted.scope,
            evidence: trusted.evidence.as_deref(),
            owner: trusted.owner.as_deref(),
            review_by: &trusted.review_by,
            state: trusted.trust.name(),
            routes: trusted.routes,
        }
    }
}

#[derive(Serialize)]
struct CoverageV1<'a> {
    files: FilesV1<'a>,
    languages: BTreeMap<String, ExtentV1>,
    not_assessed: Vec<NotAssessedV1>,
}

#[derive(Serialize)]
struct FilesV1<'a> {
    walked: usize,
    lowered: usize,
    partial: usize,
    failed: usize,
    skipped: &'a BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct ExtentV1 {
    files: usize,
    lines: usize,
}

impl From<&Extent> for ExtentV1 {
    fn from(extent: &Extent) -> Self {
        Self { files: extent.files, lines: extent.lines }
    }
}

#[derive(Serialize)]
struct NotAssessedV1 {
    language: String,
    files: usize,
    lines: usize,
}

impl<'a> From<&'a Coverage> for CoverageV1<'a> {
    fn from(coverage: &'a Coverage) -> Self {
        let languages = coverage.languages.iter();
        let not_assessed = coverage.not_assessed.iter();
        Self {
            files: FilesV1 {
                walked: coverage.walked,
                lowered: coverage.lowered,
                partial: coverage.partial,
                failed: coverage.failed,
                skipped: &coverage.skipped,
            },
            languages: languages
                .map(|(name, extent)| (name.to_lowercase(), extent.into()))
                .collect(),
            not_assessed: not_assessed
                .map(|(name, extent)| NotAssessedV1 {
                    language: name.to_lowercase(),
                    files: extent.files,
                    lines: extent.lines,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct ProblemV1<'a> {
    path: &'a str,
    kind: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Problem> for ProblemV1<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self { path: &problem.path, kind: &problem.kind, message: &problem.message }
    }
}
