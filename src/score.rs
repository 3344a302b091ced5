//! 6. Verdicts to scores.
//!
//! A rule scores `1 − √(V / (V + G))` by its sites, or its level. A dimension is the weighted mean of its
//! rules against a prior that asks for evidence. The overall score is the weighted mean of dimensions and
//! the weakest core dimension, capped while something critical is open. All of it is a pure function of
//! the verdicts and of `rules/scoring.toml`.

use std::collections::BTreeSet;

use crate::gap::{Answer, Confidence, Dimension, RuleId, Severity, Site, Verdict};

mod rule;
mod scale;
#[cfg(test)]
mod tests;

pub use scale::{Profile, Scale};

/// All that the score depends on.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i> {
    pub verdicts: &'i [Verdict],
    /// Files that never reach users (tests, examples, documentation): a gap in one brings no cap.
    pub not_shipped: &'i BTreeSet<String>,
    /// The share of source lines that were lowered, 0 to 1.
    pub lowered: f64,
    pub profile: Profile,
}

/// The score of a project. All numbers have two decimals and are rounded down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Score {
    /// 0 to 100; none when nothing could be scored.
    pub value: Option<f64>,
    /// What is left if everything unknown or only declared is a gap. Gates compare this.
    pub low: Option<f64>,
    /// What is reached if all of that holds.
    pub high: Option<f64>,
    /// With every suppression and declaration ignored.
    pub strict: Option<f64>,
    /// `A` to `E`.
    pub grade: Option<char>,
    /// The share of applicable weight that code evidence decided, 0 to 1.
    pub assurance: f64,
    /// What holds the score down, lowest first.
    pub caps: Vec<Cap>,
    /// Every dimension, in the order of reports.
    pub dimensions: Vec<DimensionScore>,
    /// Every rule that applies, in the order of the verdicts.
    pub rules: Vec<RuleScore>,
}

/// The most that a project can reach while a site is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    pub at: f64,
    pub rule: RuleId,
    /// The first site of that rule which brings the cap.
    pub path: String,
    pub line: u32,
}

/// The score of a family of rules.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionScore {
    pub dimension: Dimension,
    /// None where there is not enough to score.
    pub score: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The weight of its rules that apply and were decided.
    pub weight: f64,
}

/// The score of a rule, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleScore {
    pub rule: RuleId,
    /// None where nothing was decided.
    pub score: Option<f64>,
    pub low: f64,
    pub high: f64,
    pub weight: f64,
}

/// Which sites count, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Without what is suppressed; declared controls by their credit.
    Headline,
    /// As if nobody had suppressed or declared anything.
    Strict,
}

impl Reading {
    fn counts(self, site: &Site) -> bool {
        self == Self::Strict || !site.is_suppressed()
    }
}

/// Scores a project.
pub fn compute(input: &Input, scale: &Scale) -> Score {
    let headline = Sums::of(input, Reading::Headline, scale);
    let strict = Sums::of(input, Reading::Strict, scale);
    let caps = caps(input, Reading::Headline, scale);
    let strict_caps = self::caps(input, Reading::Strict, scale);

    let value = headline.overall(input, scale);
    Score {
        value: value.map(|interval| rounded_down(capped(interval.value, &caps))),
        low: value.map(|interval| rounded_down(capped(interval.low, &caps) * input.lowered)),
        high: value.map(|interval| rounded_down(capped(interval.high, &caps))),
        strict: strict
            .overall(input, scale)
            .map(|interval| rounded_down(capped(interval.value, &strict_caps))),
        grade: value.map(|interval| scale.grade(rounded_down(capped(interval.value, &caps)))),
        assurance: rounded_down(headline.assurance() * input.lowered),
        dimensions: headline.dimensions(scale),
        rules: headline.rules,
        caps,
    }
}

/// The rules of a project, and what their dimensions add up to.
struct Sums {
    rules: Vec<RuleScore>,
    dimensions: Vec<Sum>,
    /// Weight of all rules that apply, and of the part of them that was decided.
    applicable: f64,
    decided: f64,
}

/// The rules of one dimension.
struct Sum {
    dimension: Dimension,
    /// Of the rules that were decided: weight, and weight times score.
    weight: f64,
    scored: f64,
    /// Of all that apply.
    weight_applicable: f64,
    low: f64,
    high: f64,
}

#[derive(Clone, Copy)]
struct Interval {
    value: f64,
    low: f64,
    high: f64,
}

impl Sums {
    fn of(input: &Input, reading: Reading, scale: &Scale) -> Self {
        let dimensions = Dimension::ALL.map(Sum::empty).into_iter().collect();
        let mut sums = Self { rules: Vec::new(), dimensions, applicable: 0.0, decided: 0.0 };
        for verdict in input.verdicts {
            let Some(outcome) = rule::outcome(verdict, reading, scale) else { continue };
            let weight = scale.weight_of_rule(verdict.severity);
            sums.applicable += weight;
            sums.decided += weight * outcome.decided;
            let sum = sums.dimensions.iter_mut().find(|sum| sum.dimension == verdict.dimension);
            if let Some(sum) = sum {
                sum.add(weight, outcome);
            }
            sums.rules.push(RuleScore {
                rule: verdict.rule.clone(),
                score: outcome.value.map(rounded_down),
                low: rounded_down(outcome.low),
                high: rounded_down(outcome.high),
                weight,
            });
        }
        sums
    }

    /// None where no dimension has enough to score.
    fn overall(&self, input: &Input, scale: &Scale) -> Option<Interval> {
        let over = |is_in: &dyn Fn(&Sum) -> bool, score: &dyn Fn(&Sum) -> f64| {
            let sums: Vec<&Sum> = self.dimensions.iter().filter(|sum| is_in(sum)).collect();
            mean_and_weakest(&sums, score, input.profile, scale)
        };
        let prior = scale.evidence.prior;
        let is_scored = |sum: &Sum| sum.weight >= scale.evidence.minimum;
        let may_be_scored = |sum: &Sum| sum.weight_applicable >= scale.evidence.minimum;
        let (low, high) = (|sum: &Sum| sum.low(prior), |sum: &Sum| sum.high(prior));

        let value = over(&is_scored, &|sum| sum.value(prior))?;
        // Whether a dimension is scored at all may hang on what is unknown: the interval covers both.
        Some(Interval {
            value,
            low: over(&may_be_scored, &low)?.min(over(&is_scored, &low)?),
            high: over(&may_be_scored, &high)?.max(over(&is_scored, &high)?),
        })
    }

    fn assurance(&self) -> f64 {
        if self.applicable > 0.0 { self.decided / self.applicable } else { 0.0 }
    }

    fn dimensions(&self, scale: &Scale) -> Vec<DimensionScore> {
        let prior = scale.evidence.prior;
        self.dimensions
            .iter()
            .map(|sum| {
                let is_scored = sum.weight >= scale.evidence.minimum;
                let shown = |number: f64| is_scored.then(|| rounded_down(number));
                DimensionScore {
                    dimension: sum.dimension,
                    score: shown(sum.value(prior)),
                    low: shown(sum.low(prior)),
                    high: shown(sum.high(prior)),
                    weight: sum.weight,
                }
            })
            .collect()
    }
}

impl Sum {
    const fn empty(dimension: Dimension) -> Self {
        Self { dimension, weight: 0.0, scored: 0.0, weight_applicable: 0.0, low: 0.0, high: 0.0 }
    }

    fn add(&mut self, weight: f64, outcome: rule::Outcome) {
        if let Some(value) = outcome.value {
            self.weight += weight;
            self.scored += weight * value;
        }
        self.weight_applicable += weight;
        self.low += weight * outcome.low;
        self.high += weight * outcome.high;
    }

    fn value(&self, prior: f64) -> f64 {
        100.0 * self.scored / (self.weight + prior)
    }

    fn low(&self, prior: f64) -> f64 {
        100.0 * self.low / (self.weight_applicable + prior)
    }

    fn high(&self, prior: f64) -> f64 {
        100.0 * self.high / (self.weight_applicable + prior)
    }
}

fn mean_and_weakest(
    sums: &[&Sum],
    score: &dyn Fn(&Sum) -> f64,
    profile: Profile,
    scale: &Scale,
) -> Option<f64> {
    let weight_of = |sum: &Sum| scale.weight_of_dimension(sum.dimension, profile);
    let weight: f64 = sums.iter().map(|sum| weight_of(sum)).sum();
    if weight <= 0.0 {
        return None;
    }
    let mean = sums.iter().map(|sum| weight_of(sum) * score(sum)).sum::<f64>() / weight;
    let core = sums.iter().filter(|sum| scale.is_core(sum.dimension));
    // Without any core dimension the mean stands for it.
    let weakest = core.map(|sum| score(sum)).reduce(f64::min).unwrap_or(mean);
    Some(scale.overall.mean * mean + scale.overall.weakest * weakest)
}

/// One cap for each rule that brings one, lowest first, then by rule.
fn caps(input: &Input, reading: Reading, scale: &Scale) -> Vec<Cap> {
    let mut caps: Vec<Cap> = input
        .verdicts
        .iter()
        .filter_map(|verdict| {
            let sites = verdict.sites.iter().filter(|site| reading.counts(site));
            sites
                .filter_map(|site| Some((cap_of(verdict, site, input, scale)?, site)))
                .min_by(|(at, _), (other, _)| at.total_cmp(other))
                .map(|(at, site)| Cap {
                    at,
                    rule: verdict.rule.clone(),
                    path: site.place.path.to_string(),
                    line: site.place.line,
                })
        })
        .collect();
    caps.sort_by(|a, b| a.at.total_cmp(&b.at).then_with(|| a.rule.cmp(&b.rule)));
    caps
}

fn cap_of(verdict: &Verdict, site: &Site, input: &Input, scale: &Scale) -> Option<f64> {
    let Answer::Gap { severity, confidence, .. } = &site.answer else { return None };
    if *verdict.rule == *scale.caps.no_verified_test.rule {
        return Some(scale.caps.no_verified_test.at);
    }
    if *confidence < Confidence::Likely || input.not_shipped.contains(&*site.place.path) {
        return None;
    }
    match severity {
        Severity::Critical => Some(scale.caps.critical),
        Severity::High => Some(scale.caps.high),
        Severity::Medium | Severity::Low => None,
    }
}

fn capped(value: f64, caps: &[Cap]) -> f64 {
    caps.iter().fold(value, |value, cap| value.min(cap.at))
}

/// Two decimals, rounded down: a score never looks better than it is. The margin keeps 58.1, which no
/// binary number is, from becoming 58.09.
pub(crate) fn rounded_down(value: f64) -> f64 {
    (value * 100.0 + 1e-6).floor() / 100.0
}
