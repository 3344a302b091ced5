//! 7. One value, many formats.
//!
//! A [`Report`] holds all that reporters may know, as plain values; each format is a function of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::gap::{
    self, Answer, Confidence, Dimension, Evidence, Place, RuleAnswer, RuleId, Scored, Severity,
    Status,
};

pub mod escape;
pub mod explain;
pub mod frame;
mod group;
pub mod json;
pub mod output;
pub mod routes;
pub mod style;
pub mod terminal;
pub mod verdict;

pub use frame::Frame;
pub use routes::RouteRow;
pub use style::Look;
pub use verdict::{Gate, Threshold, Verdict};

/// Everything that a report may say.
#[derive(Clone, Debug)]
pub struct Report {
    pub tool: Tool,
    /// The scanned folder or file, as the user wrote it.
    pub target: String,
    pub verdict: Verdict,
    pub score: Score,
    pub phases: Vec<Phase>,
    /// In the order of [`Dimension::ALL`].
    pub dimensions: Vec<DimensionScore>,
    /// By rule name.
    pub rules: Vec<RuleResult>,
    /// Worst first.
    pub gaps: Vec<Gap>,
    pub credits: Vec<Credit>,
    /// Places for which a rule could not tell.
    pub unknowns: Vec<Unknown>,
    pub routes: Vec<RouteRow>,
    pub coverage: Coverage,
    pub problems: Vec<Problem>,
}

/// What a report is made of.
#[derive(Debug, Default)]
pub struct Parts {
    pub target: String,
    pub verdicts: Vec<gap::Verdict>,
    /// The texts of all rules in `verdicts`.
    pub texts: BTreeMap<RuleId, Arc<RuleText>>,
    pub score: Score,
    pub dimensions: Vec<DimensionScore>,
    pub rule_scores: BTreeMap<RuleId, RuleScore>,
    pub phases: Vec<Phase>,
    pub routes: Vec<RouteRow>,
    pub coverage: Coverage,
    pub problems: Vec<Problem>,
    /// Gaps that are less sure are left out of the report and of the gate; the score keeps them.
    pub min_confidence: Option<Confidence>,
}

/// The program and its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    pub name: &'static str,
    pub version: &'static str,
    /// The version of the rule set: year and month.
    pub rules: &'static str,
}

impl Tool {
    /// This build.
    pub const fn this() -> Self {
        Self { name: "gapcheck", version: env!("CARGO_PKG_VERSION"), rules: "2026.11" }
    }
}

/// The overall score. Numbers are 0 to 100.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// Missing when nothing could be scored.
    pub value: Option<f64>,
    /// Unknown and declared sites counted as gaps; what gates compare.
    pub low: Option<f64>,
    /// Unknown and declared sites counted as holding.
    pub high: Option<f64>,
    /// Every suppression, exclusion and declaration ignored.
    pub strict: Option<f64>,
    /// The share of weight decided by evidence in code, 0 to 1.
    pub assurance: f64,
    /// A to E.
    pub grade: Option<char>,
    pub caps: Vec<Cap>,
}

/// A limit on the score, and the site that sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    pub at: f64,
    pub rule: RuleId,
    pub path: Arc<str>,
    pub line: u32,
}

/// The score of one dimension; without numbers where there is not enough to score.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionScore {
    pub dimension: Dimension,
    pub score: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The summed weight of the rules that apply.
    pub weight: f64,
}

/// The score of one rule, 0 to 1, and its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RuleScore {
    pub score: Option<f64>,
    pub weight: f64,
}

/// A list of controls that must all be there before a project may enter a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    pub id: String,
    pub met: bool,
    pub unmet: Vec<RuleId>,
    pub unknown: Vec<RuleId>,
}

/// What a rule has to say about itself; written once in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    pub id: RuleId,
    pub title: String,
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    /// `file` or `project`: what must be known to judge it.
    pub needs: String,
    pub scored: Scored,
    /// The first phase that requires it.
    pub phase: Option<String>,
    pub effort_minutes: u32,
    pub why: String,
    pub counts: String,
    pub does_not_count: String,
    pub fix: String,
    pub failure_modes: Vec<String>,
    /// Behavioural tests to write before the fix.
    pub tests: Vec<String>,
    pub log_events: Vec<String>,
    pub done_when: Vec<String>,
    pub standards: Vec<String>,
}

/// The answer of one rule with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    pub text: Arc<RuleText>,
    pub answer: RuleAnswer,
    /// Numbers of sites.
    pub holds: usize,
    pub gaps: usize,
    pub unknown: usize,
    pub score: RuleScore,
    /// The rule failed inside: the run is incomplete.
    pub failed: bool,
}

/// Sites of one rule with one root cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    pub text: Arc<RuleText>,
    /// The worst of its places.
    pub severity: Severity,
    /// The surest of its places.
    pub confidence: Confidence,
    pub message: String,
    pub place: Place,
    pub fingerprint: String,
    /// Open as long as any place is.
    pub status: Status,
    pub evidence: Vec<Evidence>,
    /// All places, `place` first; never empty.
    pub places: Vec<GapPlace>,
    pub frame: Option<Frame>,
}

/// One site of a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct GapPlace {
    pub place: Place,
    pub subject: String,
    pub severity: Severity,
    pub status: Status,
    pub fingerprint: String,
}

/// A control that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    pub rule: RuleId,
    pub path: Arc<str>,
    pub line: u32,
    pub fact: String,
}

/// A place for which a rule could not tell, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub rule: RuleId,
    pub path: Arc<str>,
    pub line: u32,
    pub subject: String,
    pub reason: String,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Files.
    pub walked: usize,
    pub lowered: usize,
    /// Lowered, but with regions that did not parse.
    pub partial: usize,
    pub failed: usize,
    /// Files that were not read, by reason.
    pub skipped: BTreeMap<String, usize>,
    /// By the name that people use: `TypeScript`.
    pub languages: BTreeMap<String, Extent>,
    /// Languages that are not lowered.
    pub not_assessed: BTreeMap<String, Extent>,
}

/// How much there is of a language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub files: usize,
    pub lines: usize,
}

/// Something that could not be read, parsed, judged or applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub path: String,
    /// A short fixed name: `unreadable`, `did-not-parse`, `configuration`.
    pub kind: String,
    pub message: String,
    /// With it the run cannot be called complete.
    pub makes_incomplete: bool,
}

impl Report {
    /// Joins the parts. `line` gives the text of a source line without its secrets.
    ///
    /// The verdict is *incomplete* until [`Report::judge`] was called.
    pub fn new(parts: Parts, line: &dyn Fn(&Place) -> Option<String>) -> Self {
        let Parts { verdicts, texts, rule_scores, mut problems, .. } = parts;
        let mut rules: Vec<RuleResult> = verdicts
            .iter()
            .filter_map(|verdict| {
                let text = texts.get(&verdict.rule)?;
                let score = rule_scores.get(&verdict.rule).copied().unwrap_or_default();
                Some(rule_result(verdict, text, score))
            })
            .collect();
        rules.sort_by(|a, b| a.text.id.cmp(&b.text.id));
        problems.sort();
        problems.dedup();
        Self {
            tool: Tool::this(),
            target: parts.target,
            verdict: Verdict::default(),
            score: parts.score,
            phases: parts.phases,
            dimensions: parts.dimensions,
            gaps: group::gaps(&verdicts, &texts, parts.min_confidence, line),
            credits: credits(&verdicts),
            unknowns: unknowns(&verdicts),
            rules,
            routes: parts.routes,
            coverage: parts.coverage,
            problems,
        }
    }

    /// Decides whether the run passed.
    pub fn judge(&mut self, gate: &Gate) {
        self.verdict = Verdict::of(self, gate);
    }

    /// The gaps that count: not suppressed, not in the baseline.
    pub fn open_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.gaps.iter().filter(|gap| gap.status == Status::Open)
    }

    /// The names of all rules that ran.
    pub fn rule_names(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| &*rule.text.id).collect()
    }
}

fn rule_result(verdict: &gap::Verdict, text: &Arc<RuleText>, score: RuleScore) -> RuleResult {
    let counted = |wanted: fn(&Answer) -> bool| {
        verdict.sites.iter().filter(|site| site.counts() && wanted(&site.answer)).count()
    };
    RuleResult {
        text: Arc::clone(text),
        answer: verdict.answer(),
        holds: counted(|answer| matches!(answer, Answer::Holds { .. })),
        gaps: counted(|answer| matches!(answer, Answer::Gap { .. })),
        unknown: counted(|answer| matches!(answer, Answer::Unknown { .. })),
        score,
        failed: verdict.failed,
    }
}

fn credits(verdicts: &[gap::Verdict]) -> Vec<Credit> {
    let mut credits: Vec<Credit> = sites(verdicts)
        .filter_map(|(rule, site)| match &site.answer {
            Answer::Holds { fact, .. } => Some(Credit {
                rule: rule.clone(),
                path: site.place.path.clone(),
                line: site.place.line,
                fact: fact.clone(),
            }),
            _ => None,
        })
        .collect();
    credits.sort_by(|a, b| {
        (&a.rule, &a.path, a.line, &a.fact).cmp(&(&b.rule, &b.path, b.line, &b.fact))
    });
    credits
}

fn unknowns(verdicts: &[gap::Verdict]) -> Vec<Unknown> {
    let mut unknowns: Vec<Unknown> = sites(verdicts)
        .filter_map(|(rule, site)| match &site.answer {
            Answer::Unknown { reason, .. } => Some(Unknown {
                rule: rule.clone(),
                path: site.place.path.clone(),
                line: site.place.line,
                subject: site.subject.clone(),
                reason: reason.clone(),
            }),
            _ => None,
        })
        .collect();
    unknowns.sort_by(|a, b| {
        (&a.rule, &a.path, a.line, &a.subject).cmp(&(&b.rule, &b.path, b.line, &b.subject))
    });
    unknowns
}

fn sites(verdicts: &[gap::Verdict]) -> impl Iterator<Item = (&RuleId, &gap::Site)> {
    verdicts
        .iter()
        .flat_map(|verdict| verdict.sites.iter().map(move |site| (&verdict.rule, site)))
        .filter(|(_, site)| site.counts())
}

/// Two decimals, rounded down: a score never looks better than it is.
pub fn rounded_down(number: f64) -> f64 {
    // The small addition keeps 0.29 * 100 = 28.999… at 29.
    (number * 100.0 + 1e-6).floor() / 100.0
}
