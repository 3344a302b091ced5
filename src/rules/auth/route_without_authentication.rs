use super::open_routes::needs_authentication;
use crate::{
    gap::{Confidence, Severity},
    project::{
        Project, Route,
        routes::{Authentication, Mount, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    // Procedures, actions and connections have rules of their own.
    let routes = project.routes().iter().filter(|route| route.kind == RouteKind::Http);
    for route in routes.filter(|route| needs_authentication(project, route)) {
        let subject = format!("{} {}", route.method, route.path);
        match route.authentication {
            Authentication::Proven | Authentication::Library => {
                sites.holds(route.location, subject, &route.reason);
            }
            Authentication::Checked => {
                sites
                    .holds(route.location, subject, &route.reason)
                    .credit(Confidence::Likely.mass());
            }
            Authentication::Named => {
                let ask = format!("{}; declare it under [[guard]] in gapcheck.toml", route.reason);
                sites.unknown(route.location, subject, ask);
            }
            Authentication::Unknown => {
                sites.unknown(route.location, subject, &route.reason);
            }
            Authentication::None => gap(project, sites, route, subject),
        }
    }
}

fn gap(project: &Project, sites: &mut Sites, route: &Route, subject: String) {
    let message = if route.mutates {
        format!("`{subject}` changes data for anybody who calls it")
    } else {
        format!("`{subject}` hands data to anybody who calls it")
    };
    let confidence = match route.mount {
        Mount::Resolved => Confidence::Likely,
        Mount::Partial | Mount::Dynamic(_) => Confidence::Heuristic,
    };
    let site = sites
        .gap(route.location, subject, message)
        .severity(severity(route))
        .confidence(confidence);
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

/// Words in a path behind which money, people or the whole system stand.
const PRIVILEGED: [&str; 9] =
    ["admin", "internal", "users", "user", "payments", "payment", "billing", "delete", "export"];

fn severity(route: &Route) -> Severity {
    let path = route.path.to_ascii_lowercase();
    let privileged = path.split(['/', '-', '_']).any(|word| PRIVILEGED.contains(&word));
    match (route.mutates, privileged) {
        (true, true) => Severity::Critical,
        (true, false) | (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    }
}
