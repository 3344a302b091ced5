//! What is written about a rule, once: for `explain`, for every report and for the table of rules.

use serde::{Deserialize, Serialize};

use super::{Confidence, Dimension, RuleId, Scored, Severity};

/// A rule as people read it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleText {
    pub id: RuleId,
    pub dimension: Dimension,
    /// The gap in one line, without a full stop at its end.
    pub title: String,
    /// The severity that the rule declares, which is its weight in the score; single sites may differ.
    pub severity: Severity,
    /// How sure the rule is, where a site does not say otherwise.
    pub confidence: Confidence,
    pub phase: Phase,
    pub needs: Needs,
    pub scored: Scored,
    /// How long closing one gap takes somebody who knows the code.
    pub effort_minutes: u32,
    /// The version of gapcheck that brought the rule.
    pub since: String,
    /// Why it matters.
    pub why: String,
    /// What counts as a gap.
    pub counts: String,
    /// What looks like a gap and is none.
    pub does_not_count: String,
    /// How to close it.
    pub fix: String,
    pub remedy: Remedy,
    /// Entries of published standards, with their edition where numbers moved: `OWASP API2:2023`.
    pub standards: Vec<String>,
}

/// The first phase whose gate asks for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Prototype,
    Staging,
    Production,
    /// No gate asks for it.
    None,
}

/// What has to be known to judge one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// One file is enough.
    File,
    /// Files have to be joined.
    Project,
}

/// What to specify before a gap is closed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// What can go wrong, and must be handled.
    pub failure_modes: Vec<String>,
    /// Behaviour to put under test before the code changes.
    pub tests_first: Vec<String>,
    /// Events to log.
    #[serde(default)]
    pub log_events: Vec<String>,
    /// How to tell that it is closed.
    pub done_when: String,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prototype => "prototype",
            Self::Staging => "staging",
            Self::Production => "production",
            Self::None => "none",
        }
    }
}
