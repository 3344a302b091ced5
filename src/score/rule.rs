//! The score of one rule.

use super::{Reading, Scale};
use crate::gap::{Answer, Scored, Site, Verdict};

/// What one rule brings into its dimension, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    /// None where nothing was decided.
    pub(super) value: Option<f64>,
    /// Unknown and declared sites count as gaps.
    pub(super) low: f64,
    /// They count as holding.
    pub(super) high: f64,
    /// The share of its sites that code evidence decided.
    pub(super) decided: f64,
}

/// The masses of a rule's sites.
#[derive(Default)]
struct Ledger {
    gaps: f64,
    holds: f64,
}

/// The outcome of a rule, or none if it does not apply.
pub(super) fn outcome(verdict: &Verdict, reading: Reading, scale: &Scale) -> Option<Outcome> {
    if verdict.failed {
        return Some(Outcome { value: None, low: 0.0, high: 1.0, decided: 0.0 });
    }
    let sites: Vec<&Site> = verdict.sites.iter().filter(|site| reading.counts(site)).collect();
    if sites.is_empty() {
        return None;
    }
    let decided = share_decided(&sites);
    Some(match verdict.scored {
        Scored::Sites => of_sites(&sites, reading, decided, scale),
        Scored::Level => of_level(verdict.level, &sites, reading, decided),
    })
}

fn of_sites(sites: &[&Site], reading: Reading, decided: f64, scale: &Scale) -> Outcome {
    let (mut value, mut low, mut high) = (Ledger::default(), Ledger::default(), Ledger::default());
    for site in sites {
        match &site.answer {
            Answer::Gap { confidence, .. } => {
                for ledger in [&mut value, &mut low, &mut high] {
                    ledger.gaps += confidence.mass();
                }
            }
            Answer::Holds { credit, .. } if site.is_declared() => {
                match reading {
                    Reading::Headline => value.holds += credit,
                    Reading::Strict => value.gaps += scale.evidence.unknown,
                }
                low.gaps += scale.evidence.unknown;
                high.holds += 1.0;
            }
            Answer::Holds { credit, .. } => {
                for ledger in [&mut value, &mut low, &mut high] {
                    ledger.holds += credit;
                }
            }
            Answer::Unknown { counts_as_gap: true, .. } => {
                for ledger in [&mut value, &mut low, &mut high] {
                    ledger.gaps += scale.evidence.dependent;
                }
            }
            Answer::Unknown { counts_as_gap: false, .. } => {
                low.gaps += scale.evidence.unknown;
                high.holds += 1.0;
            }
        }
    }
    Outcome {
        value: value.score(),
        low: low.score().unwrap_or(0.0),
        high: high.score().unwrap_or(1.0),
        decided,
    }
}

fn of_level(level: Option<f64>, sites: &[&Site], reading: Reading, decided: f64) -> Outcome {
    let is_declared = sites.iter().any(|site| site.is_declared());
    let is_unknown = sites.iter().any(|site| matches!(site.answer, Answer::Unknown { .. }));
    let Some(level) = level else {
        return Outcome { value: None, low: 0.0, high: 1.0, decided };
    };
    let credit = sites.iter().find_map(|site| match site.answer {
        Answer::Holds { credit, .. } => Some(credit),
        _ => None,
    });
    let reached = level * credit.unwrap_or(1.0);
    let seen = if is_declared { 0.0 } else { reached };
    Outcome {
        value: Some(if reading == Reading::Strict { seen } else { reached }),
        low: seen,
        high: if is_unknown || is_declared { 1.0 } else { reached },
        decided,
    }
}

impl Ledger {
    /// `1 − √(V / (V + G))`: the first gap costs most, and a larger project may have more of them.
    fn score(&self) -> Option<f64> {
        let all = self.gaps + self.holds;
        (all > 0.0).then(|| 1.0 - (self.gaps / all).sqrt())
    }
}

fn share_decided(sites: &[&Site]) -> f64 {
    let is_unknown =
        |answer: &Answer| matches!(answer, Answer::Unknown { counts_as_gap: false, .. });
    let is_decided = |site: &&&Site| !is_unknown(&site.answer) && !site.is_declared();
    let decided = sites.iter().filter(is_decided).count();
    #[allow(clippy::cast_precision_loss, reason = "counts of sites are far below 2^52")]
    let share = decided as f64 / sites.len() as f64;
    share
}
