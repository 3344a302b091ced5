use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::XpathQuery],
        treated: Kills::QUOTE,
        becomes: "becomes part of an XPath expression",
        fine: "the expression",
    };
    ask(project, sites, &question, |found| {
        if found.is_text { Relevance::Full } else { Relevance::IfReached }
    });
}
