use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Kills, Role, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::DatabaseWrite],
        treated: Kills::PROJECTED | Kills::VALIDATED | Kills::TEXT | Kills::DOUBTFUL,
        becomes: "is written to a record as a whole, with whatever fields it has",
        fine: "what is written",
    };
    ask(project, sites, &question, |found| relevance(project, found));
}

/// Writes of objects; a query takes its values one by one.
fn relevance(project: &Project, found: &Use) -> Relevance {
    let Some(call) = found.call(project) else { return Relevance::None };
    let is_query = call.means(Meaning::SqlQuery) || matches!(call.name(), "delete" | "remove");
    let is_from_request = found.flows.iter().any(|flow| {
        matches!(
            flow.from,
            crate::project::flow::From::Source(crate::project::flow::Origin::Request, _)
        )
    });
    if found.role == Role::Subject && !is_query && is_from_request {
        Relevance::Full
    } else {
        Relevance::None
    }
}
