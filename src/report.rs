//! 7. One value, many formats.
//!
//! A [`Report`] holds all that reporters may know, as plain values; each format is a function of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    gap::{
        self, Answer, Confidence, Evidence, Place, RuleAnswer, RuleId, RuleText, Severity, Status,
    },
    score::{RuleScore, Score},
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
    /// By rule name.
    pub rules: Vec<RuleResult>,
    /// Worst first.
    pub gaps: Vec<Gap>,
    pub credits: Vec<Credit>,
    /// Places for which a rule could not tell.
    pub unknowns: Vec<Unknown>,
    pub routes: Vec<RouteRow>,
    /// What a platform is declared to provide, in the order of the configuration.
    pub trusted: Vec<Trusted>,
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
    pub phases: Vec<Phase>,
    pub routes: Vec<RouteRow>,
    pub trusted: Vec<Trusted>,
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

/// A list of controls that must all be there before a project may enter a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    pub id: String,
    pub met: bool,
    pub unmet: Vec<RuleId>,
    pub unknown: Vec<RuleId>,
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
    /// Missing where the rule does not apply.
    pub score: Option<RuleScore>,
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
    /// A programming language, and no data or prose.
    pub is_code: bool,
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

/// Something that the configuration says a platform provides, and that nothing in the repository shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// `authn.edge`, `rate-limit` and the like.
    pub capability: String,
    pub provider: String,
    /// Paths and prefixes of routes.
    pub scope: Vec<String>,
    pub evidence: Option<String>,
    pub owner: Option<String>,
    /// `YYYY-MM-DD`
    pub review_by: String,
    pub trust: Trust,
    /// How many ways in it answers for.
    pub routes: usize,
}

/// Whether a declaration counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Counts,
    /// It should have been reviewed by now.
    Overdue,
    /// The repository shows the opposite.
    Contradicted,
    /// No rule asks for it yet.
    Unused,
}

impl Trust {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Overdue => "overdue",
            Self::Contradicted => "contradicted",
            Self::Unused => "unused",
        }
    }
}

impl Report {
    /// Joins the parts. `line` gives the text of a source line without its secrets.
    ///
    /// The verdict is *incomplete* until [`Report::judge`] was called.
    pub fn new(parts: Parts, line: &dyn Fn(&Place) -> Option<String>) -> Self {
        let Parts { verdicts, texts, score, mut problems, .. } = parts;
        let mut rules: Vec<RuleResult> = verdicts
            .iter()
            .filter_map(|verdict| {
                let text = texts.get(&verdict.rule)?;
                let score = score.rules.iter().find(|score| score.rule == verdict.rule);
                Some(rule_result(verdict, text, score.cloned()))
            })
            .collect();
        rules.sort_by(|a, b| a.text.id.cmp(&b.text.id));
        problems.sort();
        problems.dedup();
        Self {
            tool: Tool::this(),
            target: parts.target,
            verdict: Verdict::default(),
            score,
            phases: parts.phases,
            gaps: group::gaps(&verdicts, &texts, parts.min_confidence, line),
            credits: credits(&verdicts),
            unknowns: unknowns(&verdicts),
            rules,
            routes: parts.routes,
            trusted: parts.trusted,
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

fn rule_result(
    verdict: &gap::Verdict,
    text: &Arc<RuleText>,
    score: Option<RuleScore>,
) -> RuleResult {
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
