use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Call, Project,
        flow::{Kills, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::Deserialize],
        treated: Kills::SIGNED,
        becomes: "is turned into objects by a loader that can run code",
        fine: "the data",
    };
    ask(project, sites, &question, |found| relevance(project, found));
}

fn relevance(project: &Project, found: &Use) -> Relevance {
    match found.call(project) {
        Some(call) if is_unsafe(call) => Relevance::IfReached,
        _ => Relevance::None,
    }
}

/// Loaders that only make plain data are parsers; others are told by an option.
fn is_unsafe(call: Call<'_>) -> bool {
    if call.means(Meaning::ParseText) {
        return false;
    }
    if let Some(option) = call.detail(Meaning::Deserialize, "unsafe_option") {
        return call.option(option).given().is_some_and(|value| value.boolean() == Some(true));
    }
    let Some(option) = call.detail(Meaning::Deserialize, "safe_option") else { return true };
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let given = call.option(name).given().or_else(|| call.argument(1));
    let is_safe = given.is_some_and(|given| {
        if value.is_empty() {
            given.boolean() == Some(true)
        } else {
            let last = given.source().rsplit('.').next().unwrap_or_default();
            last.ends_with(value) || last == "BaseLoader"
        }
    });
    !is_safe
}
