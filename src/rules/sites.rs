//! What a detector writes into: one entry for each place that it looked at.

use std::{cmp::Reverse, collections::BTreeMap, marker::PhantomData};

use super::fingerprint::{fingerprint, normalised};
use crate::{
    gap::{Answer, Confidence, Evidence, Place, RuleText, Scored, Severity, Site, Status, Verdict},
    project::{Location, Project},
};

/// The ledger of one rule while it runs.
///
/// A detector answers *holds*, *gap* or *unknown* for each site. The order of its calls does not matter.
/// If it answers twice for one subject in one place, the worse answer stands.
pub struct Sites<'p> {
    rule: &'p RuleText,
    project: &'p Project,
    entries: Vec<Entry>,
    levels: Vec<(Level, Entry)>,
}

/// How far a project got with a question about the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Absent,
    /// A file, folder or dependency of that name exists, empty or unused.
    Named,
    /// It has the content that the question is about.
    Substantive,
    /// It is reached from an entry point, run by the pipeline, or applied to what it is for.
    Wired,
    /// A test or a step of the pipeline fails without it.
    Exercised,
}

/// An entry that was just made; chain what else is known about it.
pub struct Draft<'s, Kind> {
    entry: &'s mut Entry,
    project: &'s Project,
    kind: PhantomData<Kind>,
}

/// Marks a [`Draft`] of a site that holds.
pub struct OfHolds;
/// Marks a [`Draft`] of a gap.
pub struct OfGap;
/// Marks a [`Draft`] of a site that could not be judged, or of a level.
pub struct OfOther;

struct Entry {
    location: Location,
    subject: String,
    answer: Answer,
    evidence: Vec<Evidence>,
    root: Option<String>,
    identity: Option<String>,
}

impl<'p> Sites<'p> {
    pub(super) fn new(rule: &'p RuleText, project: &'p Project) -> Self {
        Self { rule, project, entries: Vec::new(), levels: Vec::new() }
    }

    /// The control is there; `fact` says in a few words what was seen.
    pub fn holds(
        &mut self,
        place: impl Into<Location>,
        subject: impl Into<String>,
        fact: impl Into<String>,
    ) -> Draft<'_, OfHolds> {
        self.add(place.into(), subject.into(), Answer::Holds { fact: fact.into(), credit: 1.0 })
    }

    /// The control is missing, with the severity and the confidence that the rule declares.
    pub fn gap(
        &mut self,
        place: impl Into<Location>,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Draft<'_, OfGap> {
        let (severity, confidence) = (self.rule.severity, self.rule.confidence);
        let answer = Answer::Gap { message: message.into(), severity, confidence };
        self.add(place.into(), subject.into(), answer)
    }

    /// It cannot be told, for this reason.
    pub fn unknown(
        &mut self,
        place: impl Into<Location>,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Draft<'_, OfOther> {
        let answer = Answer::Unknown { reason: reason.into(), counts_as_gap: false };
        self.add(place.into(), subject.into(), answer)
    }

    /// It presumes another control that is missing here: unknown, and counted as a gap.
    pub fn dependent_gap(
        &mut self,
        place: impl Into<Location>,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) -> Draft<'_, OfOther> {
        let answer = Answer::Unknown { reason: reason.into(), counts_as_gap: true };
        self.add(place.into(), subject.into(), answer)
    }

    /// Evidence for a level, of a rule that is `scored = "level"`. The highest level that is reported
    /// stands; `text` says what was seen, or below [`Level::Substantive`], what is missing.
    pub fn level(
        &mut self,
        level: Level,
        place: impl Into<Location>,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Draft<'_, OfOther> {
        let answer = if level >= Level::Substantive {
            Answer::Holds { fact: text.into(), credit: 1.0 }
        } else {
            let (severity, confidence) = (self.rule.severity, self.rule.confidence);
            Answer::Gap { message: text.into(), severity, confidence }
        };
        self.levels.push((level, Entry::new(place.into(), subject.into(), answer)));
        let (_, entry) = self.levels.last_mut().expect("it was pushed a line above");
        Draft { entry, project: self.project, kind: PhantomData }
    }

    /// Is there an entry already?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.levels.is_empty()
    }

    /// How many answers were given so far.
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.levels.len()
    }

    fn add<Kind>(
        &mut self,
        location: Location,
        subject: String,
        answer: Answer,
    ) -> Draft<'_, Kind> {
        self.entries.push(Entry::new(location, subject, answer));
        let entry = self.entries.last_mut().expect("it was pushed a line above");
        Draft { entry, project: self.project, kind: PhantomData }
    }

    /// All that the rule said, sorted by place, each site once and with its fingerprint.
    pub(super) fn into_verdict(mut self) -> Verdict {
        let level = self.take_level();
        let mut sites = judged_once(self.project, self.entries);
        number_equals(&self.rule.id, &mut sites);
        Verdict {
            rule: self.rule.id.clone(),
            dimension: self.rule.dimension,
            severity: self.rule.severity,
            scored: self.rule.scored,
            level: level.map(Level::value).filter(|_| self.rule.scored == Scored::Level),
            sites: sites.into_iter().map(|(site, _)| site).collect(),
            failed: false,
        }
    }

    /// The highest level, whose entry becomes the site. Of equals the one in the first place.
    fn take_level(&mut self) -> Option<Level> {
        let levels = std::mem::take(&mut self.levels);
        let (level, entry) =
            levels.into_iter().min_by(|(level, entry), (other_level, other)| {
                let by_level = other_level.cmp(level);
                by_level.then_with(|| entry.order().cmp(&other.order()))
            })?;
        self.entries.push(entry);
        Some(level)
    }
}

impl Level {
    /// Its share of the rule's weight.
    pub const fn value(self) -> f64 {
        match self {
            Self::Absent | Self::Named => 0.0,
            Self::Substantive => 0.5,
            Self::Wired => 0.8,
            Self::Exercised => 1.0,
        }
    }
}

#[allow(clippy::return_self_not_must_use, reason = "the entry is in the ledger already")]
impl<Kind> Draft<'_, Kind> {
    /// Another place that shows it, and what is to be seen there.
    pub fn because(self, place: impl Into<Location>, note: impl Into<String>) -> Self {
        let evidence = Evidence { place: open(self.project, place.into()), note: note.into() };
        self.entry.evidence.push(evidence);
        self
    }

    /// Sites of one rule with an equal root are shown as one gap.
    pub fn root(self, key: impl Into<String>) -> Self {
        self.entry.root = Some(key.into());
        self
    }

    /// What the fingerprint is made of instead of the code in this place: for a secret, whose value must
    /// not enter it, and for a place that stands for something not written there.
    pub fn identity(self, text: impl Into<String>) -> Self {
        self.entry.identity = Some(text.into());
        self
    }
}

#[allow(clippy::return_self_not_must_use, reason = "the entry is in the ledger already")]
impl Draft<'_, OfHolds> {
    /// Less than 1 where a platform provides the control with a known weakness, or by declaration.
    pub fn credit(self, share: f64) -> Self {
        if let Answer::Holds { credit, .. } = &mut self.entry.answer {
            *credit = share.clamp(0.0, 1.0);
        }
        self
    }
}

#[allow(clippy::return_self_not_must_use, reason = "the entry is in the ledger already")]
impl Draft<'_, OfGap> {
    pub fn severity(self, found: Severity) -> Self {
        if let Answer::Gap { severity, .. } = &mut self.entry.answer {
            *severity = found;
        }
        self
    }

    pub fn confidence(self, found: Confidence) -> Self {
        if let Answer::Gap { confidence, .. } = &mut self.entry.answer {
            *confidence = found;
        }
        self
    }
}

impl Entry {
    fn new(location: Location, subject: String, answer: Answer) -> Self {
        Self { location, subject, answer, evidence: Vec::new(), root: None, identity: None }
    }

    fn order(&self) -> (Location, &str, Reverse<u8>, &str) {
        (self.location, &self.subject, Reverse(badness(&self.answer)), text_of(&self.answer))
    }
}

/// The place of `location`, as a person opens it.
pub(super) fn open(project: &Project, location: Location) -> Place {
    let file = project.file(location.file);
    let start = file.lines.position_of(&file.text, location.span.start);
    let end = file.lines.position_of(&file.text, location.span.end.max(location.span.start));
    Place {
        path: file.path.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// What the fingerprint of a site is made of, besides rule and path.
type Identity = (String, String);

/// The entries as sites in the order of their places, one for each subject and place.
fn judged_once(project: &Project, mut entries: Vec<Entry>) -> Vec<(Site, Identity)> {
    entries.sort_by(|a, b| a.order().cmp(&b.order()));
    entries.dedup_by(|later, first| {
        (later.location, &later.subject) == (first.location, &first.subject)
    });
    let mut sites: Vec<_> = entries.into_iter().map(|entry| site(project, entry)).collect();
    // Numbers of files follow paths today; the order of a report must not depend on it.
    sites.sort_by(|(a, _), (b, _)| a.place.cmp(&b.place).then_with(|| a.subject.cmp(&b.subject)));
    sites
}

fn site(project: &Project, entry: Entry) -> (Site, Identity) {
    let location = entry.location;
    let text = entry.identity.unwrap_or_else(|| {
        normalised(project.file(location.file), project.facts(location.file), location.span)
    });
    let site = Site {
        subject: entry.subject,
        place: open(project, location),
        answer: entry.answer,
        evidence: entry.evidence,
        root: entry.root,
        fingerprint: String::new(),
        status: Status::Open,
    };
    (site, (project.symbol_at(location), text))
}

/// Gives each site its fingerprint. The ordinal tells sites apart that agree in everything else.
fn number_equals(rule: &str, sites: &mut [(Site, Identity)]) {
    let mut seen: BTreeMap<(&str, &Identity), usize> = BTreeMap::new();
    for (site, identity) in sites {
        let Site { place, fingerprint: own, .. } = site;
        let ordinal = seen.entry((&place.path, identity)).or_default();
        *own = fingerprint(rule, &place.path, &identity.0, &identity.1, *ordinal);
        *ordinal += 1;
    }
}

const fn badness(answer: &Answer) -> u8 {
    match answer {
        Answer::Holds { .. } => 0,
        Answer::Unknown { counts_as_gap: false, .. } => 1,
        Answer::Unknown { counts_as_gap: true, .. } => 2,
        Answer::Gap { .. } => 3,
    }
}

fn text_of(answer: &Answer) -> &str {
    match answer {
        Answer::Holds { fact, .. } => fact,
        Answer::Gap { message, .. } => message,
        Answer::Unknown { reason, .. } => reason,
    }
}
