//! What a rule hands on: sites with their answers, and the gaps made of them for display.
//!
//! Plain data that names files by path: score and report read it without knowing the project.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

mod text;

pub use text::{Needs, Phase, Remedy, RuleText};

/// The credit of a control that a platform provides by declaration alone, with evidence; without, it is
/// less. What is seen in the repository is credited higher.
pub const CREDIT_DECLARED: f64 = 0.7;

/// The credit of a declaration that names no evidence.
pub const CREDIT_BARE: f64 = 0.4;

/// A rule's name, which is its path: `auth/route-without-authentication`.
pub type RuleId = Arc<str>;

/// A place that a person can open. Lines and columns count from 1, columns in code points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub path: Arc<str>,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// A place that supports an answer, and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    pub place: Place,
    pub note: String,
}

/// What a rule says of one place that it looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The control is there. `fact` says in a few words what was seen; `credit` is 1, or less where a
    /// platform provides it with a known weakness.
    Holds {
        fact: String,
        credit: f64,
    },
    Gap {
        message: String,
        severity: Severity,
        confidence: Confidence,
    },
    /// Why it cannot be told. With `counts_as_gap` the site depends on one that is a gap itself.
    Unknown {
        reason: String,
        counts_as_gap: bool,
    },
}

/// One entry of the ledger: a rule looked at a subject in a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// What was looked at, for people: `POST /users`, `stripe.charges.create`, `the project`.
    pub subject: String,
    pub place: Place,
    pub answer: Answer,
    pub evidence: Vec<Evidence>,
    /// Sites of one rule with the same root are shown as one gap. Usually the place and name of a
    /// missing mount guard or of a client's constructor.
    pub root: Option<String>,
    /// Stable across moves within a file: see [`crate::rules::fingerprint`].
    pub fingerprint: String,
    pub status: Status,
}

/// Whether a gap counts in the gate and in the score.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Open,
    /// Known before, listed in the baseline.
    Baseline,
    Suppressed(Suppression),
}

/// Why a site is not to be acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub reason: SuppressionReason,
    pub text: String,
}

/// The reasons that a suppression may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressionReason {
    /// Leaves the score.
    FalsePositive,
    /// Leaves the score.
    NotApplicable,
    /// Stays in the strict score.
    AcceptedRisk,
    /// Stays in the strict score.
    ProvidedElsewhere,
}

/// All that one rule says.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub rule: RuleId,
    pub dimension: Dimension,
    /// The severity that the rule declares: the weight in the score, whatever single sites have.
    pub severity: Severity,
    pub scored: Scored,
    /// For `scored = "level"`: 0, .5, .8 or 1. Below .5 the answer is a gap.
    pub level: Option<f64>,
    pub sites: Vec<Site>,
    /// The rule failed inside; it answers unknown and the run is incomplete.
    pub failed: bool,
}

/// The answer of a whole rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAnswer {
    Gap,
    Holds,
    Unknown,
    NotApplicable,
}

impl Verdict {
    /// Gap if any site is a gap, else unknown if any is, else holds if any holds.
    /// Suppressed sites that leave the score are passed over.
    pub fn answer(&self) -> RuleAnswer {
        let mut answer = if self.failed { RuleAnswer::Unknown } else { RuleAnswer::NotApplicable };
        for site in self.sites.iter().filter(|site| site.counts()) {
            match site.answer {
                Answer::Gap { .. } => return RuleAnswer::Gap,
                Answer::Unknown { .. } => answer = RuleAnswer::Unknown,
                Answer::Holds { .. } if answer == RuleAnswer::NotApplicable => {
                    answer = RuleAnswer::Holds;
                }
                Answer::Holds { .. } => {}
            }
        }
        answer
    }
}

impl Site {
    /// It holds because somebody declared so, not because it was seen.
    pub fn is_declared(&self) -> bool {
        matches!(self.answer, Answer::Holds { credit, .. } if credit <= CREDIT_DECLARED)
    }

    pub fn is_suppressed(&self) -> bool {
        matches!(self.status, Status::Suppressed(_))
    }

    /// Is it part of the score? A suppression as false positive or not applicable takes it out.
    pub fn counts(&self) -> bool {
        !matches!(
            &self.status,
            Status::Suppressed(Suppression {
                reason: SuppressionReason::FalsePositive | SuppressionReason::NotApplicable,
                ..
            })
        )
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// How sure the rule is of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    Heuristic,
    Likely,
    Certain,
}

impl Confidence {
    /// Its mass in the score.
    pub const fn mass(self) -> f64 {
        match self {
            Self::Heuristic => 0.5,
            Self::Likely => 0.8,
            Self::Certain => 0.95,
        }
    }
}

/// How a rule is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scored {
    /// By its sites.
    Sites,
    /// One question about the whole project, answered in steps.
    Level,
}

/// A family of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    Auth,
    Input,
    Secrets,
    Security,
    Errors,
    Observability,
    Tests,
    Traceability,
    Ai,
    Delivery,
}

impl Dimension {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Auth,
        Self::Input,
        Self::Secrets,
        Self::Security,
        Self::Errors,
        Self::Observability,
        Self::Tests,
        Self::Traceability,
        Self::Ai,
        Self::Delivery,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Input => "input",
            Self::Secrets => "secrets",
            Self::Security => "security",
            Self::Errors => "errors",
            Self::Observability => "observability",
            Self::Tests => "tests",
            Self::Traceability => "traceability",
            Self::Ai => "ai",
            Self::Delivery => "delivery",
        }
    }
}

impl FromStr for Dimension {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == name).ok_or(())
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Severity {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// One step lower; low stays low.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Confidence {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heuristic => "heuristic",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
