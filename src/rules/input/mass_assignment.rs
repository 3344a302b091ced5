use super::reach::{Question, Relevance, ask, report};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Judgement, Kills, Origin, Role, Use},
        routes::Authentication,
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let treated = Kills::PROJECTED | Kills::VALIDATED | Kills::TEXT | Kills::DOUBTFUL;
    let question = Question {
        meanings: &[Meaning::DatabaseWrite],
        treated,
        becomes: "is written to a record as a whole, with whatever fields it has",
        fine: "what is written",
    };
    ask(project, sites, &question, |found| relevance(project, found));
    let page = Question {
        meanings: &[Meaning::RenderTemplate],
        treated,
        becomes: "is all that a page is made of, and may hold settings of the template engine",
        fine: "what the page is made of",
    };
    ask(project, sites, &page, |found| match found.role {
        Role::Subject => Relevance::IfReached,
        _ => Relevance::None,
    });
    privileges(project, sites);
}

/// Writes of objects; a query takes its values one by one.
fn relevance(project: &Project, found: &Use) -> Relevance {
    let Some(call) = found.call(project) else { return Relevance::None };
    let is_query = call.means(Meaning::SqlQuery) || matches!(call.name(), "delete" | "remove");
    let is_from_request = found.reaching(Kills::NONE, &[Origin::Request]).next().is_some();
    if found.role == Role::Subject && !is_query && is_from_request {
        Relevance::Full
    } else {
        Relevance::None
    }
}

/// Whoever may come in without an account chooses what the account may do.
fn privileges(project: &Project, sites: &mut Sites) {
    for found in project.flows().of(&[Meaning::DatabaseWrite]) {
        let is_shipped = project.file(found.at.file).is_shipped();
        if found.role != Role::Privilege || !is_shipped || !is_open(project, found) {
            continue;
        }
        if let Judgement::Reached(flow) = found.judge(Kills::VALIDATED, &[Origin::Request]) {
            report(project, sites, found, flow, "decides what the account may do");
        }
    }
}

/// Do all ways in that lead here let everybody in?
fn is_open(project: &Project, found: &Use) -> bool {
    let mut routes = project.routes_of(found.function).peekable();
    routes.peek().is_some()
        && routes.all(|route| matches!(route.authentication, Authentication::None))
}
