//! A rule: its texts, and how it looks for gaps. Loaded from `<dimension>/<rule>.toml`.

use std::{fmt, str::FromStr, sync::Arc};

use serde::Deserialize;

use super::{
    Inspect,
    declarative::{Clauses, Each, Forbid, Require, Unless},
};
use crate::gap::{Confidence, Dimension, Needs, Phase, Remedy, RuleId, RuleText, Scored, Severity};

/// A rule that can be run.
#[derive(Clone, Debug)]
pub struct Rule {
    pub text: RuleText,
    pub matching: Matching,
}

/// How a rule looks for gaps.
#[derive(Clone, Debug)]
pub enum Matching {
    /// By the clauses of its file.
    Clauses(Clauses),
    /// By a function of the same name.
    Detector(Inspect),
}

/// Why a rule file was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Path of the file, as it was given.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// The key at fault, where there is one.
    pub key: Option<String>,
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: ", self.path, self.line)?;
        if let Some(key) = &self.key {
            write!(formatter, "`{key}`: ")?;
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    /// The version of this file format.
    schema: u32,
    title: String,
    severity: Severity,
    confidence: Confidence,
    phase: Phase,
    needs: Needs,
    scored: Scored,
    effort_minutes: u32,
    since: String,
    why: String,
    counts: String,
    does_not_count: String,
    fix: String,
    #[serde(default)]
    standards: Vec<String>,
    remedy: Remedy,
    each: Option<Each>,
    #[serde(default)]
    require: Require,
    #[serde(default)]
    forbid: Forbid,
    #[serde(default)]
    unless: Unless,
}

impl Rule {
    /// Reads the rule at `path`, whose last two segments are its dimension and its name. A rule has
    /// clauses, or a detector of the same name, never both.
    ///
    /// # Errors
    /// Names the file, the line and the key that is missing, unknown or of no use.
    pub fn parse(path: &str, text: &str, detector: Option<Inspect>) -> Result<Self, RuleError> {
        let fail = |key: Option<&str>, message: String| RuleError {
            path: path.to_owned(),
            line: key.map_or(1, |key| line_of_key(text, key)),
            key: key.map(str::to_owned),
            message,
        };
        let (dimension, id) = id_of(path).map_err(|message| fail(None, message))?;
        let file: RuleFile =
            toml::from_str(text).map_err(|error| toml_error(path, text, &error))?;
        check(&file).map_err(|(key, message)| fail(Some(key), message))?;

        let clauses = clauses_of(&file).map_err(|(key, message)| fail(Some(key), message))?;
        let matching = match (detector, clauses) {
            (Some(inspect), None) => Matching::Detector(inspect),
            (None, Some(clauses)) => Matching::Clauses(clauses),
            (Some(_), Some(_)) => {
                let message = "a rule with a detector has no clauses of its own".to_owned();
                return Err(fail(Some("each"), message));
            }
            (None, None) => {
                let message = "the rule has neither clauses (`[each]`) nor a detector".to_owned();
                return Err(fail(None, message));
            }
        };
        let text = RuleText {
            id,
            dimension,
            title: file.title,
            severity: file.severity,
            confidence: file.confidence,
            phase: file.phase,
            needs: file.needs,
            scored: file.scored,
            effort_minutes: file.effort_minutes,
            since: file.since,
            why: file.why.trim().to_owned(),
            counts: file.counts.trim().to_owned(),
            does_not_count: file.does_not_count.trim().to_owned(),
            fix: file.fix.trim().to_owned(),
            remedy: file.remedy,
            standards: file.standards,
        };
        Ok(Self { text, matching })
    }

    pub fn id(&self) -> &RuleId {
        &self.text.id
    }
}

/// What the types cannot hold: texts that say nothing, clauses that cannot match.
fn check(file: &RuleFile) -> Result<(), (&'static str, String)> {
    if file.schema != 1 {
        let message = format!("{} is not known; this version reads schema 1", file.schema);
        return Err(("schema", message));
    }
    let texts = [
        ("title", &file.title),
        ("since", &file.since),
        ("why", &file.why),
        ("counts", &file.counts),
        ("does_not_count", &file.does_not_count),
        ("fix", &file.fix),
        ("done_when", &file.remedy.done_when),
    ];
    if let Some((key, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
        return Err((key, "must say something".to_owned()));
    }
    if file.title.contains('\n') || file.title.ends_with('.') {
        return Err(("title", "must be one line without a full stop at its end".to_owned()));
    }
    let lists =
        [("failure_modes", &file.remedy.failure_modes), ("tests_first", &file.remedy.tests_first)];
    if let Some((key, _)) = lists.iter().find(|(_, list)| list.is_empty()) {
        return Err((key, "must have at least one entry".to_owned()));
    }
    if file.effort_minutes == 0 {
        return Err(("effort_minutes", "must be at least 1".to_owned()));
    }
    Ok(())
}

fn clauses_of(file: &RuleFile) -> Result<Option<Clauses>, (&'static str, String)> {
    let Some(each) = file.each.clone() else {
        let rest = [
            ("require", file.require != Require::default()),
            ("forbid", file.forbid != Forbid::default()),
            ("unless", file.unless != Unless::default()),
        ];
        return match rest.into_iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err((key, "says nothing without `[each]`".to_owned())),
            None => Ok(None),
        };
    };
    if file.scored == Scored::Level {
        return Err(("scored", "clauses look at sites; a level needs a detector".to_owned()));
    }
    let clauses = Clauses {
        each,
        require: file.require.clone(),
        forbid: file.forbid.clone(),
        unless: file.unless.clone(),
    };
    clauses.check()?;
    Ok(Some(clauses))
}

fn id_of(path: &str) -> Result<(Dimension, RuleId), String> {
    let mut segments = path.rsplit('/');
    let name = segments.next().and_then(|name| name.strip_suffix(".toml")).unwrap_or_default();
    let folder = segments.next().unwrap_or_default();
    let dimension = Dimension::from_str(folder).map_err(|()| {
        let dimensions = Dimension::ALL.map(Dimension::name).join(", ");
        format!("`{folder}` is not a dimension; a rule stands in one of: {dimensions}")
    })?;
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    if name.is_empty()
        || !name.split('-').all(|word| !word.is_empty() && word.chars().all(is_plain))
    {
        return Err(format!(
            "`{name}` is not a rule name: small letters and digits, joined by `-`"
        ));
    }
    Ok((dimension, Arc::from(format!("{folder}/{name}"))))
}

fn toml_error(path: &str, text: &str, error: &toml::de::Error) -> RuleError {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.get(..start).unwrap_or_default();
    let line_text = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
    RuleError {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        key: line_text.split_once('=').map(|(key, _)| key.trim().to_owned()),
        message: error.message().to_owned(),
    }
}

/// The line that sets `key`, or that opens the table of that name; 1 if none does.
fn line_of_key(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix('[').unwrap_or(line).strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
    };
    text.lines().position(sets).map_or(1, |index| index + 1)
}
