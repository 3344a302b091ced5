use super::reach::{report, subject};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Flow, From, Kills, Origin, Role},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for found in project.flows().of(&[Meaning::Payment]) {
        let location = found.location(project);
        if !project.file(location.file).is_shipped() || found.role != Role::Argument {
            continue;
        }
        let chosen = found.flows.iter().find(|flow| is_amount(project, flow));
        match chosen {
            Some(flow) => {
                report(project, sites, found, flow, "decides what is paid");
            }
            None => {
                sites.holds(location, subject(project, found), "no amount comes from the request");
            }
        }
    }
}

/// A number that the client sends stays the client's number when it is converted.
fn is_amount(project: &Project, flow: &Flow) -> bool {
    const WORDS: [&str; 8] =
        ["amount", "price", "total", "cost", "discount", "fee", "credits", "tax"];

    let is_from_request = matches!(flow.from, From::Source(Origin::Request, _));
    let is_listed = flow.kills.all(Kills::ALLOWED) && !flow.kills.all(Kills::COERCED);
    let says_amount = flow.steps.iter().any(|step| {
        let text = project.file(step.location.file).slice(step.location.span).to_lowercase();
        let note = step.note.to_lowercase();
        WORDS.iter().any(|word| note.contains(word) || text.len() < 120 && text.contains(word))
    });
    is_from_request && !is_listed && says_amount
}
