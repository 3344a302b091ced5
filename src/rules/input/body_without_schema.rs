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

mod declared;

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
    declared::collect(project, sites);
    for (_, uses) in by_reader(project) {
        let is_open = |flow: &Flow| !flow.kills.any(Kills::VALIDATED | Kills::SHAPED);
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
            // The fields of a form are texts, which is what a query or a mail takes.
            let is_text = flow.kills.any(Kills::TEXT) && is_form(project, flow);
            let is_converted = flow.kills.all(Kills::ALLOWED);
            if file.is_shipped() && is_body(project, flow) && !is_text && !is_converted {
                readers.entry(found.function).or_default().push((found, flow));
            }
        }
    }
    readers
}

/// Is it the body, and not a header or a part of the path?
fn is_body(project: &Project, flow: &Flow) -> bool {
    const WORDS: [&str; 6] = ["body", "json", "Body", "JSON", "data", "payload"];
    is_form(project, flow) || WORDS.iter().any(|word| read_as(project, flow).contains(word))
}

fn is_form(project: &Project, flow: &Flow) -> bool {
    ["form", "Form", "POST"].iter().any(|word| read_as(project, flow).contains(word))
}

fn read_as<'p>(project: &'p Project, flow: &Flow) -> &'p str {
    let location = flow.steps.first().map(|first| first.location);
    location.map_or("", |location| project.file(location.file).slice(location.span))
}
