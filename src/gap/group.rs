//! Sites with one root cause, shown as one gap.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Answer, Confidence, RuleId, Severity, Site, Status, Verdict};

/// One gap of the report: the gap sites of one rule that share a root cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    pub rule: RuleId,
    /// The highest among its sites.
    pub severity: Severity,
    /// The highest among its sites of that severity.
    pub confidence: Confidence,
    /// What the first site of that severity and confidence says.
    pub message: String,
    /// At least one, in order of place. Each keeps its own fingerprint, status and severity.
    pub sites: Vec<Site>,
}

impl Gap {
    /// Open if any site is, else in the baseline if any is; suppressed only if all are.
    pub fn status(&self) -> &Status {
        let statuses = || self.sites.iter().map(|site| &site.status);
        statuses()
            .find(|status| **status == Status::Open)
            .or_else(|| statuses().find(|status| **status == Status::Baseline))
            .or_else(|| statuses().next())
            .unwrap_or(&Status::Open)
    }
}

/// The gaps of one verdict, by root cause; a site without a root is a gap of its own.
/// Sorted by severity, worst first, then by place.
pub fn group(verdict: &Verdict) -> Vec<Gap> {
    let mut by_root: BTreeMap<(Option<&str>, usize), Vec<&Site>> = BTreeMap::new();
    for (number, site) in verdict.sites.iter().enumerate() {
        if matches!(site.answer, Answer::Gap { .. }) {
            let alone = if site.root.is_some() { 0 } else { number };
            by_root.entry((site.root.as_deref(), alone)).or_default().push(site);
        }
    }
    let mut gaps: Vec<Gap> =
        by_root.into_values().filter_map(|sites| gap_of(&verdict.rule, &sites)).collect();
    sort(&mut gaps);
    gaps
}

/// The gaps of all verdicts, sorted by severity, worst first, then by rule, path and line.
pub fn group_all(verdicts: &[Verdict]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = verdicts.iter().flat_map(group).collect();
    sort(&mut gaps);
    gaps
}

fn gap_of(rule: &RuleId, sites: &[&Site]) -> Option<Gap> {
    // `max_by_key` takes the last of equals, hence the reversal: the first place speaks for the group.
    let (severity, confidence, message) = sites
        .iter()
        .rev()
        .filter_map(|site| match &site.answer {
            Answer::Gap { message, severity, confidence } => Some((severity, confidence, message)),
            _ => None,
        })
        .max_by_key(|(severity, confidence, _)| (*severity, *confidence))?;
    Some(Gap {
        rule: rule.clone(),
        severity: *severity,
        confidence: *confidence,
        message: message.clone(),
        sites: sites.iter().map(|site| (*site).clone()).collect(),
    })
}

fn sort(gaps: &mut [Gap]) {
    gaps.sort_by(|a, b| order(a).cmp(&order(b)));
}

fn order(gap: &Gap) -> (Reverse<Severity>, &str, Option<&super::Place>, &str) {
    let place = gap.sites.first().map(|site| &site.place);
    (Reverse(gap.severity), &gap.rule, place, &gap.message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gap::{Dimension, Place, Scored};

    fn site(line: u32, root: Option<&str>, severity: Severity) -> Site {
        Site {
            subject: format!("line {line}"),
            place: Place {
                path: Arc::from("a.py"),
                line,
                column: 1,
                end_line: line,
                end_column: 2,
            },
            answer: Answer::Gap {
                message: format!("gap in line {line}"),
                severity,
                confidence: Confidence::Likely,
            },
            evidence: Vec::new(),
            root: root.map(str::to_owned),
            fingerprint: line.to_string(),
            status: Status::Open,
        }
    }

    fn verdict(sites: Vec<Site>) -> Verdict {
        Verdict {
            rule: Arc::from("auth/x"),
            dimension: Dimension::Auth,
            severity: Severity::High,
            scored: Scored::Sites,
            level: None,
            sites,
            failed: false,
        }
    }

    #[test]
    fn sites_of_one_root_are_one_gap_with_its_highest_severity() {
        let gaps = group(&verdict(vec![
            site(1, Some("router"), Severity::High),
            site(2, None, Severity::Medium),
            site(3, Some("router"), Severity::Critical),
            site(4, None, Severity::High),
        ]));
        let seen: Vec<_> =
            gaps.iter().map(|gap| (gap.severity, gap.sites.len(), gap.message.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Critical, 2, "gap in line 3"),
                (Severity::High, 1, "gap in line 4"),
                (Severity::Medium, 1, "gap in line 2"),
            ]
        );
    }

    #[test]
    fn one_open_site_keeps_its_gap_open() {
        let mut verdict = verdict(vec![
            site(1, Some("router"), Severity::High),
            site(2, Some("router"), Severity::High),
        ]);
        verdict.sites[0].status = Status::Baseline;
        assert_eq!(group(&verdict)[0].status(), &Status::Open);
        verdict.sites[1].status = Status::Baseline;
        assert_eq!(group(&verdict)[0].status(), &Status::Baseline);
    }
}
