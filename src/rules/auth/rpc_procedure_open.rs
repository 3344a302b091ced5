use super::{
    common::operations_of,
    open_routes::{confidence, is_answered, needs_authentication},
};
use crate::{
    gap::Severity,
    project::{
        Project, Route,
        guards::split_words,
        routes::{Root, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let procedures = project.routes().iter().filter(|route| {
        matches!(
            route.kind,
            RouteKind::Rpc | RouteKind::GraphQl | RouteKind::Grpc | RouteKind::Tool
        )
    });
    for route in procedures.filter(|route| needs_authentication(project, route)) {
        let way = match route.kind {
            RouteKind::Tool => route.kind.name().into(),
            _ => route.method.to_lowercase(),
        };
        let subject = format!("{way} {}", route.path);
        let is_left = !is_answered(sites, route, &subject);
        if is_left && (route.mutates || reads_of_somebody(project, route)) {
            gap(project, sites, route, subject);
        }
    }
}

/// Most queries are open on purpose, and say so by what they are built on. Those that read what belongs to
/// somebody are not meant to be.
fn reads_of_somebody(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler else { return false };
    operations_of(project, handler).any(|operation| {
        let entity = project.entities().get(&operation.entity);
        operation.owner_filters().next().is_some()
            || entity.is_some_and(|entity| {
                entity.is_owned()
                    || entity.is_person()
                    || entity.sensitive_columns().next().is_some()
            })
    })
}

fn gap(project: &Project, sites: &mut Sites, route: &Route, subject: String) {
    let does = if route.mutates { "changes data for" } else { "hands data to" };
    let message = format!("`{subject}` {does} anybody who calls it");
    let mut site = sites
        .gap(route.location, subject, message)
        .severity(severity(route))
        .confidence(confidence(route));
    if let Some(Root::Router(root)) = route.root {
        let file = &project.file(root.file).path;
        site =
            site.root(format!("{file}:{}", root.span.start)).because(root, "part of this router");
    }
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    if let Some(handler) = route.handler {
        site.because(project.body(handler).location(), "this answers");
    }
}

/// Words in the name of a procedure behind which money, people or the whole system stand.
const PRIVILEGED: [&str; 12] = [
    "admin",
    "user",
    "users",
    "role",
    "permission",
    "payment",
    "payments",
    "refund",
    "billing",
    "delete",
    "remove",
    "export",
];

fn severity(route: &Route) -> Severity {
    let words = split_words(&route.path);
    let privileged = words.iter().any(|word| PRIVILEGED.contains(&word.as_str()));
    match (route.mutates, privileged) {
        (true, true) => Severity::Critical,
        (true, false) | (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    }
}
