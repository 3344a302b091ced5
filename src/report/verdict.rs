//! Did the run pass? Computed once, from a value that starts as *incomplete*.

use serde::{Deserialize, Serialize};

use super::{Report, style::count};
use crate::{gap::Severity, score::rounded_down};

/// What a run concluded, with reasons for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing may be concluded; also the state before anything was judged.
    Incomplete(Vec<String>),
    /// The gate failed.
    Fail(Vec<String>),
    Pass,
}

impl Default for Verdict {
    fn default() -> Self {
        Self::Incomplete(vec!["the run did not reach its end".to_owned()])
    }
}

/// What a run must meet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gate {
    pub threshold: Threshold,
    /// Compared with the low end of the score's interval.
    pub min_score: Option<f64>,
    /// Only some rules were asked for: there may rightly be nothing to score.
    pub is_partial: bool,
}

/// The least severity at which an open gap fails the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Threshold {
    None,
    Low,
    Medium,
    High,
    #[default]
    Critical,
}

impl Threshold {
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::None => None,
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
        }
    }
}

impl Verdict {
    pub(super) fn of(report: &Report, gate: &Gate) -> Self {
        let mut reasons = incomplete(report, gate);
        let is_incomplete = !reasons.is_empty();
        reasons.extend(open_gaps(report, gate.threshold));
        reasons.extend(gate.min_score.and_then(|minimum| low_score(report, minimum)));
        match (is_incomplete, reasons.is_empty()) {
            (true, _) => Self::Incomplete(reasons),
            (false, false) => Self::Fail(reasons),
            (false, true) => Self::Pass,
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Incomplete(_) => "incomplete",
            Self::Fail(_) => "fail",
            Self::Pass => "pass",
        }
    }

    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Incomplete(reasons) | Self::Fail(reasons) => reasons,
            Self::Pass => &[],
        }
    }

    /// 0 passed, 1 the gate failed, 2 incomplete.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail(_) => 1,
            Self::Incomplete(_) => 2,
        }
    }
}

fn incomplete(report: &Report, gate: &Gate) -> Vec<String> {
    let mut reasons = Vec::new();
    if report.coverage.lowered + report.coverage.partial == 0 {
        reasons.push("nothing to assess".to_owned());
    }
    let broken = report.problems.iter().filter(|problem| problem.makes_incomplete);
    reasons.extend(broken.map(|problem| format!("{}: {}", problem.path, problem.message)));
    let failed = report.rules.iter().filter(|rule| rule.failed);
    reasons.extend(failed.map(|rule| format!("{}: internal error", rule.text.id)));
    let needs_score = gate.min_score.is_some() || !gate.is_partial;
    if reasons.is_empty() && needs_score && report.score.low.is_none() {
        reasons.push("too little was found to score".to_owned());
    }
    reasons
}

fn open_gaps(report: &Report, threshold: Threshold) -> Option<String> {
    let threshold = threshold.severity()?;
    let number = report.open_gaps().filter(|gap| gap.severity >= threshold).count();
    let kind = match threshold {
        Severity::Critical => "open critical gap".to_owned(),
        Severity::Low => "open gap".to_owned(),
        other => format!("open gap of {other} severity or worse"),
    };
    let kind = if number == 1 { kind } else { kind.replacen("gap", "gaps", 1) };
    (number > 0).then(|| format!("{number} {kind}"))
}

fn low_score(report: &Report, minimum: f64) -> Option<String> {
    let low = rounded_down(report.score.low?);
    (low < minimum).then(|| format!("score {low} (low end) is below the minimum of {minimum}"))
}

/// `3 gaps, 1 suppressed`, for summaries.
pub(super) fn tally(report: &Report) -> String {
    let open = report.open_gaps().count();
    let accepted = report.gaps.len() - open;
    let mut text = count(open, "open gap");
    if accepted > 0 {
        text = format!("{text}, {accepted} accepted or suppressed");
    }
    text
}
