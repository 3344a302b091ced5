//! The numbers of `rules/scoring.toml`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::gap::{Dimension, Severity};

/// Weights, caps and grades.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    schema: u32,
    severities: BTreeMap<Severity, f64>,
    dimensions: BTreeMap<Dimension, DimensionWeight>,
    pub(super) evidence: Evidence,
    pub(super) overall: Overall,
    pub(super) caps: Caps,
    grades: Grades,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DimensionWeight {
    weight: f64,
    /// Its weakest counts again in the overall score.
    #[serde(default)]
    core: bool,
    /// Its weight where models act through tools.
    agents: Option<f64>,
    /// Its weight under the profile `regulated`.
    regulated: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    pub(super) prior: f64,
    pub(super) minimum: f64,
    pub(super) unknown: f64,
    pub(super) dependent: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overall {
    pub(super) mean: f64,
    pub(super) weakest: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Caps {
    pub(super) critical: f64,
    pub(super) high: f64,
    pub(super) no_verified_test: RuleCap,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleCap {
    pub(super) at: f64,
    /// The rule whose gap brings the cap.
    pub(super) rule: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grades {
    #[serde(rename = "A")]
    a: f64,
    #[serde(rename = "B")]
    b: f64,
    #[serde(rename = "C")]
    c: f64,
    #[serde(rename = "D")]
    d: f64,
}

/// What else a weight depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Models act through tools in this project.
    pub has_agents: bool,
    pub is_regulated: bool,
}

impl Scale {
    /// The scale of this version.
    ///
    /// # Errors
    /// When the embedded file is wrong, which a test excludes.
    pub fn embedded() -> Result<Self> {
        Self::parse(include_str!("../../rules/scoring.toml")).context("rules/scoring.toml")
    }

    fn parse(text: &str) -> Result<Self> {
        let scale: Self = toml::from_str(text)?;
        ensure!(scale.schema == 1, "schema {} is not known; this version reads 1", scale.schema);
        ensure!(scale.severities.len() == 4, "every severity needs a weight");
        ensure!(scale.dimensions.len() == Dimension::ALL.len(), "every dimension needs a weight");
        let weights = scale.dimensions.values().flat_map(|dimension| {
            [Some(dimension.weight), dimension.agents, dimension.regulated].into_iter().flatten()
        });
        let is_positive = |weight: f64| weight.is_finite() && weight > 0.0;
        ensure!(
            weights.chain(scale.severities.values().copied()).all(is_positive),
            "a weight must be more than 0"
        );
        Ok(scale)
    }

    pub(super) fn weight_of_rule(&self, severity: Severity) -> f64 {
        self.severities.get(&severity).copied().unwrap_or_default()
    }

    pub(super) fn weight_of_dimension(&self, dimension: Dimension, profile: Profile) -> f64 {
        let Some(own) = self.dimensions.get(&dimension) else { return 0.0 };
        let agents = own.agents.filter(|_| profile.has_agents);
        let regulated = own.regulated.filter(|_| profile.is_regulated);
        agents.or(regulated).unwrap_or(own.weight)
    }

    pub(super) fn is_core(&self, dimension: Dimension) -> bool {
        self.dimensions.get(&dimension).is_some_and(|own| own.core)
    }

    /// The grade of a value: `A` to `E`.
    pub fn grade(&self, value: f64) -> char {
        let Grades { a, b, c, d } = self.grades;
        [(a, 'A'), (b, 'B'), (c, 'C'), (d, 'D')]
            .into_iter()
            .find_map(|(from, grade)| (value >= from).then_some(grade))
            .unwrap_or('E')
    }
}
