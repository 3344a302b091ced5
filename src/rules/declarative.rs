//! Rules without code: clauses over one fact, a call with a meaning.
//!
//! The grammar is closed. A question that needs two facts, an order, a count or a choice is a detector.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::Sites;
use crate::{
    facts::{ExpressionKind, Language, Role, vocabulary::Meaning},
    gap::RuleText,
    project::{Call, Origin, Project, views::Setting},
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
        for call in project.calls_with(self.each.call_means) {
            let file = call.source_file();
            let in_language =
                self.each.language.is_empty() || self.each.language.contains(&file.language);
            if !in_language || self.unless.file_role.contains(&file.role) {
                continue;
            }
            let subject = call.path();
            match self.judge(call) {
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

    fn judge(&self, call: Call) -> Judgement {
        let covers =
            |outer: Call| self.unless.in_meaning.iter().any(|&meaning| outer.means(meaning));
        if let Some(outer) = call.enclosing_calls().find(|outer| covers(*outer)) {
            return Judgement::Holds(format!("inside `{}`", outer.name()));
        }
        let judgements = [self.forbid.judge(call), self.require.judge(call)];
        let worst = judgements.into_iter().flatten().max_by_key(Judgement::badness);
        // Nothing required and nothing forbidden: that the call is there is the gap.
        worst.unwrap_or(Judgement::Gap)
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
    Unknown(String),
    Gap,
}

impl Judgement {
    const fn badness(&self) -> u8 {
        match self {
            Self::Holds(_) => 0,
            Self::Unknown(_) => 1,
            Self::Gap => 2,
        }
    }
}

impl Forbid {
    /// None where nothing is forbidden.
    fn judge(&self, call: Call) -> Option<Judgement> {
        let mut judgement = None;
        for (name, forbidden) in &self.option_value {
            let unknown =
                || Judgement::Unknown(format!("the value of `{name}` is not written here"));
            let next = match option(call, name) {
                Setting::Given(value) => match Literal::of(value.constant().kind()) {
                    Some(literal) if forbidden.0.contains(&literal) => return Some(Judgement::Gap),
                    Some(_) => Judgement::Holds(format!("`{name}` has a safe value")),
                    None => unknown(),
                },
                Setting::Absent => Judgement::Holds(format!("`{name}` keeps its default")),
                Setting::Unknown => unknown(),
            };
            if !matches!(judgement, Some(Judgement::Unknown(_))) {
                judgement = Some(next);
            }
        }
        judgement
    }
}

impl Require {
    /// None where nothing is required.
    fn judge(&self, call: Call) -> Option<Judgement> {
        let mut judgement = None;
        for name in &self.option {
            match option(call, name) {
                Setting::Given(_) => return Some(Judgement::Holds(format!("`{name}` is set"))),
                Setting::Absent => {}
                Setting::Unknown => {
                    let reason = format!("`{name}` may be set where it cannot be seen");
                    judgement = Some(Judgement::Unknown(reason));
                }
            }
        }
        judgement.or_else(|| (!self.option.is_empty()).then_some(Judgement::Gap))
    }
}

/// The option, at the call itself or where its client was built.
fn option<'p>(call: Call<'p>, name: &str) -> Setting<'p> {
    match (call.option(name), client_of(call)) {
        (Setting::Absent, Client::Built(client)) => client.option(name),
        (Setting::Absent, Client::Unseen) => Setting::Unknown,
        (own, _) => own,
    }
}

/// What a call is made on.
enum Client<'p> {
    /// A module or a type, which carries no options.
    None,
    Built(Call<'p>),
    /// A value that could not be traced to where it was built.
    Unseen,
}

fn client_of(call: Call<'_>) -> Client<'_> {
    let Some(receiver) = call.receiver() else { return Client::None };
    match call.project.origin(receiver.at) {
        Origin::Created(at) => {
            let built = call.project.value(at).as_call();
            built.map_or(Client::None, Client::Built)
        }
        Origin::Parameter(..) => Client::Unseen,
        Origin::Unknown if call.path().starts_with('?') => Client::Unseen,
        Origin::Unknown => Client::None,
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
