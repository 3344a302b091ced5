use std::collections::BTreeSet;

use super::reach::{Question, Relevance, ask};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    project::{
        Definition, FunctionRef, Project,
        flow::{Kills, Role, Use},
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
        if found.role != Role::Subject || refuses_inner_addresses(project, found) {
            Relevance::None
        } else {
            Relevance::Full
        }
    });
}

/// Questions about an address that tell the inside of a network from the outside.
const ADDRESS_QUESTIONS: [&str; 9] = [
    "IsPrivate",
    "IsLoopback",
    "IsGlobalUnicast",
    "is_private",
    "is_loopback",
    "is_global",
    "isPrivate",
    "isLoopbackAddress",
    "isSiteLocalAddress",
];

/// Is the request sent by a client whose connections ask where an address belongs? The check stands in
/// a dialer or a transport that the function builds or is handed to.
fn refuses_inner_addresses(project: &Project, found: &Use) -> bool {
    const CALLS_MAX: usize = 4;
    let mut seen = BTreeSet::from([found.function]);
    let mut frontier = vec![found.function];
    for _ in 0..CALLS_MAX {
        let mut next = Vec::new();
        for at in frontier {
            if asks_for_addresses(project, at) {
                return true;
            }
            for call in project.body(at).calls_within() {
                let called: Vec<FunctionRef> = match call.target() {
                    Definition::Function(function) => vec![*function],
                    Definition::Class(class) => {
                        project.class(*class).methods().map(|method| method.at).collect()
                    }
                    _ => Vec::new(),
                };
                next.extend(called.into_iter().filter(|function| seen.insert(*function)));
            }
        }
        frontier = next;
    }
    false
}

fn asks_for_addresses(project: &Project, function: FunctionRef) -> bool {
    let facts = project.facts(function.file);
    let span = facts[function.id].span;
    facts.expressions().any(|(_, expression)| match &expression.kind {
        ExpressionKind::Member { name, .. } => {
            ADDRESS_QUESTIONS.contains(&name.as_str()) && span.contains(expression.span)
        }
        _ => false,
    })
}
