//! Ways into an application that lead past what asks who is calling.

use std::collections::BTreeSet;

use crate::{
    project::{Exposure, Location, Project, Route},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let exposures = project.exposures();
    let mut seen: BTreeSet<Location> = BTreeSet::new();
    for route in project.routes().iter().filter(|route| is_meant_to_be_known(route)) {
        if let Some((past, asking)) = exposures.past(project, route)
            && !past.is_narrower(asking)
            && seen.insert(past.location)
        {
            let message =
                format!("{} leads past {}, which asks who is calling", past.name, asking.name);
            sites.gap(past.location, &past.name, message).because(asking.location, "asked here");
        }
        let declared = project.declarations().platform(&route.path);
        if let (Some(platform), Some(open)) = (declared, exposures.everybody(project, route))
            && seen.insert(open.location)
        {
            let (provider, name) = (&platform.provider, &open.name);
            let message = format!(
                "`{provider}` is declared to ask who is calling, and {name} lets everybody in"
            );
            sites.gap(open.location, name, message);
        }
    }
    let is_relied_on = |exposure: &&Exposure| {
        let mut edges = project.routes().iter().filter_map(|route| route.edge.as_ref());
        edges.any(|edge| edge.location == Some(exposure.location))
    };
    for exposure in exposures.asking().filter(is_relied_on) {
        sites.holds(
            exposure.location,
            &exposure.name,
            "it asks who is calling before a request arrives",
        );
    }
}

/// Neither open by its purpose nor guarded by its own code.
fn is_meant_to_be_known(route: &Route) -> bool {
    route.public.is_none() && !route.authentication.holds() && route.edge.is_none()
}
