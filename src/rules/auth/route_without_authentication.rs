use std::collections::{BTreeMap, BTreeSet};

use super::open_routes::{confidence, failing_guard, is_answered, needs_authentication, severity};
use crate::{
    facts::Text,
    project::{
        Project, Route,
        routes::{Root, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    // Procedures, actions and connections have rules of their own.
    let routes = project.routes().iter().filter(|route| route.kind == RouteKind::Http);
    let asked: Vec<&Route> = routes.filter(|route| needs_authentication(project, route)).collect();
    let unguarded = unguarded_folders(&asked);
    for route in asked {
        let subject = format!("{} {}", route.method, route.path);
        if !is_answered(sites, route, &subject) {
            gap(project, sites, route, subject, &unguarded);
        }
    }
}

/// In how many routes of an unguarded application one may be guarded all the same: a cron job's secret in one
/// handler is no guard that the others forgot.
const GUARDED_ONE_IN: usize = 10;

/// The folders of applications that have no guard: what all their routes miss is the same. Where a guard is at hand
/// in most files, each of the others forgot it on its own.
fn unguarded_folders<'r>(routes: &[&'r Route]) -> BTreeSet<&'r Text> {
    let mut counted: BTreeMap<&Text, (usize, usize)> = BTreeMap::new();
    for route in routes {
        if let Some(Root::Folder(folder)) = &route.root {
            let (all, guarded) = counted.entry(folder).or_default();
            *all += 1;
            *guarded += usize::from(!route.asks_nobody());
        }
    }
    let without =
        counted.into_iter().filter(|(_, (all, guarded))| guarded * GUARDED_ONE_IN <= *all);
    without.map(|(folder, _)| folder).collect()
}

fn gap(
    project: &Project,
    sites: &mut Sites,
    route: &Route,
    subject: String,
    unguarded: &BTreeSet<&Text>,
) {
    if let Some((guard, _)) = failing_guard(project, route) {
        // The rules about guards show it, once for all routes behind this one.
        let reason = format!("`{}` stands before it and refuses nobody", guard.name);
        sites.dependent_gap(route.location, subject, reason).because(guard.location, "this guard");
        return;
    }
    let message = if route.changes_for_strangers() {
        format!("`{subject}` changes data for anybody who calls it")
    } else {
        format!("`{subject}` hands data to anybody who calls it")
    };
    let site = sites
        .gap(route.location, subject, message)
        .severity(severity(route))
        .confidence(confidence(route));
    let mut site = match &route.root {
        Some(Root::Router(root)) => {
            let file = &project.file(root.file).path;
            site.root(format!("{file}:{}", root.span.start))
                .because(*root, "registered here, with nothing before it that refuses a stranger")
        }
        Some(Root::Folder(folder)) if unguarded.contains(folder) => {
            site.root(format!("routes of {folder}/"))
        }
        Some(Root::Folder(_)) | None => site,
    };
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    if let Some(handler) = route.handler {
        site.because(project.body(handler).location(), "this handler answers");
    }
}
