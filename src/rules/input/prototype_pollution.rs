use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::MergeObjects],
        treated: Kills::VALIDATED | Kills::TEXT,
        becomes: "is merged into an object, with whatever keys it has",
        fine: "what is merged",
    };
    ask(project, sites, &question, |found| {
        if found.flows.is_empty() { Relevance::None } else { Relevance::Full }
    });
}
