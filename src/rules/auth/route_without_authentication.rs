use super::open_routes::{confidence, failing_guard, is_answered, needs_authentication, severity};
use crate::{
    project::{Project, Route, routes::RouteKind},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    // Procedures, actions and connections have rules of their own.
    let routes = project.routes().iter().filter(|route| route.kind == RouteKind::Http);
    for route in routes.filter(|route| needs_authentication(project, route)) {
        let subject = format!("{} {}", route.method, route.path);
        if !is_answered(sites, route, &subject) {
            gap(project, sites, route, subject);
        }
    }
}

fn gap(project: &Project, sites: &mut Sites, route: &Route, subject: String) {
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
    let mut site = match route.root {
        Some(root) => {
            let file = &project.file(root.file).path;
            site.root(format!("{file}:{}", root.span.start))
                .because(root, "registered here, with nothing before it that refuses a stranger")
        }
        None => site,
    };
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    if let Some(handler) = route.handler {
        site.because(project.body(handler).location(), "this handler answers");
    }
}
