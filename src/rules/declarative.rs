//! Rules without code: clauses over one fact, a call with a meaning.
//!
//! The grammar is closed. A question that needs two facts, an order, a count or a choice is a detector.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::Sites;
use crate::{
    facts::{
        Entry, EntryKey, ExpressionId, ExpressionKind, Facts, Language, Role, vocabulary::Meaning,
    },
    gap::RuleText,
    project::{Call, Client, Project},
};

/// The clauses of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Clauses {
    pub each: Each,
    pub require: Require,
    pub forbid: Forbid,
    pub unless: Unless,
}

/// Which calls are looked at. Every one is a site.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// Calls that mean this, by the vocabulary.
    pub call_means: Meaning,
    /// Only in these languages; empty: in all.
    #[serde(default, deserialize_with = "one_or_many")]
    pub language: Vec<Language>,
}

/// What each call must have. Without it the call is a gap.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// One of these options, as a named argument or as a key of an object among the arguments; at the
    /// call itself or where its client was built.
    #[serde(deserialize_with = "one_or_many")]
    pub option: Vec<String>,
}

/// What no call may have.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbid {
    /// Options with the literal values that make a call a gap, at the call or at its client.
    pub option_value: BTreeMap<String, Forbidden>,
}

/// Literal values of one option.
#[derive(Clone, Debug, PartialEq)]
pub struct Forbidden(Vec<Literal>);

/// A literal as a rule file writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    Bool(bool),
    Number(i64),
    Text(String),
}

/// Calls that are passed over.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// In files of these roles.
    #[serde(default, deserialize_with = "one_or_many")]
    pub file_role: Vec<Role>,
    /// Inside a call that means one of these (a deadline around a request): it holds.
    #[serde(default, deserialize_with = "one_or_many")]
    pub in_meaning: Vec<Meaning>,
}

impl Clauses {
    /// Answers for every call that the clauses speak of.
    pub fn inspect(&self, rule: &RuleText, project: &Project, sites: &mut Sites) {
        for call in project.calls_meaning(self.each.call_means) {
            let file = project.file(call.file);
            let in_language =
                self.each.language.is_empty() || self.each.language.contains(&file.language);
            if !in_language || self.unless.file_role.contains(&file.role) {
                continue;
            }
            let subject = call.path.as_str();
            match self.judge(project, &call) {
                Judgement::Holds(fact) => {
                    sites.holds(call.location(), subject, fact);
                }
                Judgement::Gap => {
                    sites.gap(call.location(), subject, &rule.title);
                }
                Judgement::Unknown(reason) => {
                    sites.unknown(call.location(), subject, reason);
                }
            }
        }
    }

    fn judge(&self, project: &Project, call: &Call) -> Judgement {
        let covering =
            self.unless.in_meaning.iter().find(|meaning| project.is_inside_call(call, **meaning));
        if covering.is_some() {
            return Judgement::Holds("inside a call that covers it".to_owned());
        }
        let options = Options::of(project, call);
        if let Some(option) = self.forbid.matched(&options) {
            return option;
        }
        self.require.judged(&options, &self.forbid)
    }

    /// What the types cannot hold.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.forbid.option_value.values().any(|values| values.0.is_empty()) {
            return Err(("option_value", "an option without values forbids nothing".to_owned()));
        }
        Ok(())
    }

    /// These clauses with one of them left out, and its name, for each one that can be left out. The
    /// fixtures of a rule have to tell each from the whole.
    pub fn each_clause_dropped(&self) -> Vec<(&'static str, Self)> {
        let mut dropped = Vec::new();
        let mut without = |name, change: fn(&mut Self)| {
            let mut clauses = self.clone();
            change(&mut clauses);
            if clauses != *self {
                dropped.push((name, clauses));
            }
        };
        without("each.language", |clauses| clauses.each.language.clear());
        without("require.option", |clauses| clauses.require.option.clear());
        without("forbid.option_value", |clauses| clauses.forbid.option_value.clear());
        without("unless.file_role", |clauses| clauses.unless.file_role.clear());
        without("unless.in_meaning", |clauses| clauses.unless.in_meaning.clear());
        dropped
    }
}

enum Judgement {
    Holds(String),
    Gap,
    Unknown(String),
}

impl Forbid {
    /// A gap if an option has a forbidden value, unknown if its value is not a literal.
    fn matched(&self, options: &Options) -> Option<Judgement> {
        let mut unknown = None;
        for (name, value) in &options.named {
            let Some(forbidden) = self.option_value.get(*name) else { continue };
            match value {
                Some(literal) if forbidden.0.contains(literal) => return Some(Judgement::Gap),
                Some(_) => {}
                None => {
                    let reason = format!("the value of `{name}` is not written here");
                    unknown = Some(Judgement::Unknown(reason));
                }
            }
        }
        unknown
    }
}

impl Require {
    fn judged(&self, options: &Options, forbid: &Forbid) -> Judgement {
        let has = |name: &&String| options.named.iter().any(|(option, _)| option == name);
        if let Some(name) = self.option.iter().find(has) {
            return Judgement::Holds(format!("`{name}` is set"));
        }
        let asks_for_options = !self.option.is_empty() || !forbid.option_value.is_empty();
        match &options.unseen {
            Some(reason) if asks_for_options => Judgement::Unknown(reason.clone()),
            _ if self.option.is_empty() && asks_for_options => {
                Judgement::Holds("no option weakens it".to_owned())
            }
            _ => Judgement::Gap,
        }
    }
}

/// The options that a call gets, itself or from its client.
#[derive(Default)]
struct Options<'p> {
    /// With their values where these are literals.
    named: Vec<(&'p str, Option<Literal>)>,
    /// Why there may be more.
    unseen: Option<String>,
}

impl<'p> Options<'p> {
    fn of(project: &'p Project, call: &Call) -> Self {
        let mut options = Self::default();
        options.add_arguments(project.facts(call.file), call.expression);
        match project.client_of(call) {
            Client::None => {}
            Client::Built(client) => {
                options.add_arguments(project.facts(client.file), client.expression);
            }
            Client::Unknown => {
                options.unseen =
                    Some("the client it is called on was built out of sight".to_owned());
            }
        }
        options
    }

    fn add_arguments(&mut self, facts: &'p Facts, call: ExpressionId) {
        let ExpressionKind::Call { arguments, .. } = &facts[call].kind else { return };
        for argument in arguments {
            if argument.spread {
                self.unseen = Some("its arguments are spread from elsewhere".to_owned());
            } else if let Some(name) = &argument.name {
                self.named.push((name, Literal::of(&facts[argument.value].kind)));
            } else if let ExpressionKind::Object(entries) = &facts[argument.value].kind {
                self.add_entries(facts, entries);
            }
        }
    }

    fn add_entries(&mut self, facts: &'p Facts, entries: &'p [Entry]) {
        for entry in entries {
            match &entry.key {
                EntryKey::Name(name) => {
                    self.named.push((name, Literal::of(&facts[entry.value].kind)));
                }
                EntryKey::Computed(_) | EntryKey::Spread => {
                    self.unseen = Some("its options are spread from elsewhere".to_owned());
                }
            }
        }
    }
}

impl Literal {
    fn of(kind: &ExpressionKind) -> Option<Self> {
        match kind {
            ExpressionKind::Bool(value) => Some(Self::Bool(*value)),
            ExpressionKind::Number(digits) => digits.parse().ok().map(Self::Number),
            ExpressionKind::Text(text) => Some(Self::Text(text.to_string())),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Forbidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_or_many(deserializer).map(Self)
    }
}

/// A single value stands for a list of one.
fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }

    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(value) => vec![value],
        OneOrMany::Many(values) => values,
    })
}
