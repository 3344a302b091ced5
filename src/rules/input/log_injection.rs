use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::Log, Meaning::Print],
        treated: Kills::LINE,
        becomes: "is written into a log line as it is",
        fine: "the message",
    };
    ask(project, sites, &question, |found| {
        if found.is_text { Relevance::IfReached } else { Relevance::None }
    });
}
