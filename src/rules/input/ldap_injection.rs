use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::LdapQuery],
        treated: Kills::FILTER,
        becomes: "becomes part of a search filter of a directory",
        fine: "the search filter",
    };
    ask(project, sites, &question, |found| {
        if found.is_text { Relevance::Full } else { Relevance::IfReached }
    });
}
