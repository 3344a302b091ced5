use super::reach::{source_of, subject};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Flow, From, Kills, Origin, Role},
    },
    rules::{Sites, common::is_server},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let limits = project.flows().of(&[Meaning::DatabaseRead]);
    for found in limits.filter(|found| found.role == Role::Limit) {
        let location = found.location(project);
        if !is_server(project, location.file) {
            continue;
        }
        let is_chosen = |flow: &&Flow| {
            matches!(flow.from, From::Source(Origin::Request, _) | From::RequestObject(_))
        };
        let mut chosen = found.flows.iter().filter(is_chosen).peekable();
        if chosen.peek().is_none() {
            if found.flows.is_empty() {
                sites.holds(location, subject(project, found), "how many rows it reads is fixed");
            }
            continue;
        }
        // A number is converted, and so has all treatments but a maximum.
        let fits_schema =
            |flow: &Flow| flow.kills.any(Kills::VALIDATED) && !flow.kills.all(Kills::ALLOWED);
        let is_capped = |flow: &Flow| flow.kills.any(Kills::CAPPED) || fits_schema(flow);
        let Some(flow) = chosen.find(|flow| !is_capped(flow)) else {
            sites.holds(location, subject(project, found), "how many rows it reads has a maximum");
            continue;
        };
        let message = match source_of(project, flow) {
            Some(source) => format!("`{source}` from the request decides how many rows are read"),
            None => "data of the request decides how many rows are read".to_owned(),
        };
        let mut draft = sites.gap(location, subject(project, found), message);
        for step in &flow.steps {
            draft = draft.because(step.location, &step.note);
        }
    }
}
