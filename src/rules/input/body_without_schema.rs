use std::collections::BTreeMap;

use super::reach::source_of;
use crate::{
    facts::vocabulary::Meaning,
    project::{
        FunctionRef, Project,
        flow::{Flow, From, Kills, Origin, Role, Use},
    },
    rules::Sites,
};

/// Effects for which the shape of what comes in matters.
const EFFECTS: [Meaning; 6] = [
    Meaning::DatabaseWrite,
    Meaning::SqlQuery,
    Meaning::DocumentQuery,
    Meaning::SendMail,
    Meaning::ModelCall,
    Meaning::Payment,
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (_, uses) in by_reader(project) {
        let is_open = |flow: &Flow| !flow.kills.any(Kills::VALIDATED);
        let open = uses.iter().find(|(_, flow)| is_open(flow));
        let Some((found, flow)) = open.or_else(|| uses.first()) else { continue };
        let Some(first) = flow.steps.first() else { continue };
        let source = source_of(project, flow).unwrap_or("the body");
        if open.is_none() {
            sites.holds(first.location, source, "it is checked against a schema before it is used");
            continue;
        }
        let message = format!("`{source}` takes effect without being checked against a schema");
        sites
            .gap(first.location, source, message)
            .because(found.location(project), "takes effect here");
    }
}

/// The bodies of requests that take effect, by the function that reads them.
fn by_reader(project: &Project) -> BTreeMap<FunctionRef, Vec<(&Use, &Flow)>> {
    let mut readers: BTreeMap<FunctionRef, Vec<(&Use, &Flow)>> = BTreeMap::new();
    for found in project.flows().of(&EFFECTS).filter(|found| found.role == Role::Argument) {
        for flow in &found.flows {
            let From::Source(Origin::Request, read) = flow.from else { continue };
            let file = project.file(read.file);
            if file.is_shipped() && is_body(project, flow) && !flow.kills.all(Kills::ALLOWED) {
                readers.entry(found.function).or_default().push((found, flow));
            }
        }
    }
    readers
}

/// Is it the body, and not a header or a part of the path?
fn is_body(project: &Project, flow: &Flow) -> bool {
    let Some(first) = flow.steps.first() else { return false };
    let text = project.file(first.location.file).slice(first.location.span);
    ["body", "json", "Body", "JSON", "form", "Form", "data", "POST", "payload"]
        .iter()
        .any(|word| text.contains(word))
}
