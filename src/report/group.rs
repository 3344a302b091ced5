//! Sites to gaps: sites of one rule with one root cause are shown as one.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{Frame, Gap, GapPlace};
use crate::gap::{
    Answer, Confidence, Place, RuleId, RuleText, Scored, Severity, Site, Status, Verdict,
};

/// The gaps of all rules, worst first.
pub(super) fn gaps(
    verdicts: &[Verdict],
    texts: &BTreeMap<RuleId, Arc<RuleText>>,
    min_confidence: Option<Confidence>,
    line: &dyn Fn(&Place) -> Option<String>,
) -> Vec<Gap> {
    let mut groups: BTreeMap<(&RuleId, &str), Vec<Found>> = BTreeMap::new();
    for verdict in verdicts {
        for found in verdict.sites.iter().filter_map(Found::of) {
            if min_confidence.is_none_or(|minimum| found.confidence >= minimum) {
                let root = found.site.root.as_deref().unwrap_or(&found.site.fingerprint);
                groups.entry((&verdict.rule, root)).or_default().push(found);
            }
        }
    }
    let mut gaps: Vec<Gap> = groups
        .into_iter()
        .filter_map(|((rule, _), found)| gap(texts.get(rule)?, found, line))
        .collect();
    gaps.sort_by(|a, b| order(a).cmp(&order(b)));
    gaps
}

/// A site whose answer is *gap*.
struct Found<'v> {
    site: &'v Site,
    message: &'v str,
    severity: Severity,
    confidence: Confidence,
}

impl<'v> Found<'v> {
    fn of(site: &'v Site) -> Option<Self> {
        match &site.answer {
            Answer::Gap { message, severity, confidence } => {
                Some(Self { site, message, severity: *severity, confidence: *confidence })
            }
            _ => None,
        }
    }
}

fn gap(
    text: &Arc<RuleText>,
    mut found: Vec<Found>,
    line: &dyn Fn(&Place) -> Option<String>,
) -> Option<Gap> {
    found.sort_by(|a, b| {
        let key = |found: &Found| (rank(&found.site.status), Reverse(found.severity));
        key(a).cmp(&key(b)).then_with(|| a.site.place.cmp(&b.site.place))
    });
    let first = found.first()?;
    let place = first.site.place.clone();
    // An accepted place must not make the open ones look worse, nor the other way round.
    let alike =
        || found.iter().filter(|other| rank(&other.site.status) == rank(&first.site.status));
    Some(Gap {
        text: Arc::clone(text),
        severity: first.severity,
        confidence: alike().map(|found| found.confidence).max().unwrap_or(first.confidence),
        message: first.message.to_owned(),
        fingerprint: first.site.fingerprint.clone(),
        status: first.site.status.clone(),
        evidence: first.site.evidence.clone(),
        frame: Some(&place)
            // A question about the whole project has no line that shows the gap.
            .filter(|_| text.scored == Scored::Sites)
            .and_then(|place| Frame::new(place, &line(place)?)),
        places: found
            .iter()
            .map(|found| GapPlace {
                place: found.site.place.clone(),
                subject: found.site.subject.clone(),
                severity: found.severity,
                status: found.site.status.clone(),
                fingerprint: found.site.fingerprint.clone(),
            })
            .collect(),
        place,
    })
}

/// Open places come first: a gap is open as long as one of its places is.
fn rank(status: &Status) -> u8 {
    match status {
        Status::Open => 0,
        Status::Baseline => 1,
        Status::Suppressed(_) => 2,
    }
}

fn order(gap: &Gap) -> impl Ord {
    (
        rank(&gap.status),
        Reverse(gap.severity),
        Reverse(gap.confidence),
        Reverse(gap.places.len()),
        gap.text.id.clone(),
        gap.place.clone(),
        gap.fingerprint.clone(),
    )
}
