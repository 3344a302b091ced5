use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Kills, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::FilePath],
        treated: Kills::PATH | Kills::NO_PARENT,
        becomes: "becomes part of the path of a file",
        fine: "the path",
    };
    ask(project, sites, &question, |found| relevance(project, found));
}

/// Joining is no access; a constant path is no question.
fn relevance(project: &Project, found: &Use) -> Relevance {
    let Some(call) = found.call(project) else { return Relevance::None };
    if matches!(call.name(), "join" | "Join") || found.flows.is_empty() {
        return Relevance::None;
    }
    // `sendFile(name, { root })` stays below the root.
    if call.option("root").given().is_some() || call.name() == "send_from_directory" {
        return Relevance::None;
    }
    let is_from_request = found.flows.iter().any(|flow| {
        matches!(
            flow.from,
            crate::project::flow::From::Source(crate::project::flow::Origin::Request, _)
                | crate::project::flow::From::RequestObject(_)
        )
    });
    if is_from_request { Relevance::Full } else { Relevance::None }
}
