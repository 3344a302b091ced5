use std::collections::BTreeSet;

use super::reach::{Question, Relevance, ask};
use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    project::{
        Definition, FunctionRef, Project, Value,
        flow::{From, Kills, Role, Use},
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
        if found.role != Role::Subject
            || sends_given_request(project, found)
            || refuses_inner_addresses(project, found)
        {
            Relevance::None
        } else {
            Relevance::Full
        }
    });
}

/// `client.Do(request)` with a parameter: the type alone does not make it the request that came in. Go refuses to send
/// that one on unless its `RequestURI` is emptied, so whoever calls made this one.
fn sends_given_request(project: &Project, found: &Use) -> bool {
    let Some(call) = found.call(project) else { return false };
    call.source_file().language == Language::Go
        && call.argument(0).and_then(Value::as_parameter).is_some()
        && found.flows.iter().all(|flow| !matches!(flow.from, From::Source(..)))
        && !project.facts(found.function.file).expressions().any(|(_, expression)| {
            matches!(&expression.kind, ExpressionKind::Member { name, .. } if name == "RequestURI")
        })
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
