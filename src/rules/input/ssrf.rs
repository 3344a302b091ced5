use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Kills, Role},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::HttpRequest],
        treated: Kills::URL,
        becomes: "chooses the host that the server sends a request to",
        fine: "the host of the request",
    };
    ask(project, sites, &question, |found| {
        if found.role == Role::Subject { Relevance::Full } else { Relevance::None }
    });
}
