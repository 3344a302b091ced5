use crate::{
    facts::vocabulary::Meaning,
    gap::{Confidence, Severity},
    project::{
        Project, Route,
        routes::{Authentication, GuardUse, Mount, RouteKind, Scope},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_asked(project, route)) {
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

/// Server actions, jobs and tools have rules of their own; so has what is public by its purpose.
fn is_asked(project: &Project, route: &Route) -> bool {
    let is_request = matches!(route.kind, RouteKind::Http | RouteKind::Rpc | RouteKind::GraphQl);
    is_request
        && route.ships(project)
        && route.public.is_none()
        && (route.mutates || is_private(project, route))
}

/// A read is private when its handler touches files, a model or money, or stored data that is somebody's.
fn is_private(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler else { return false };
    if greets_strangers(route) {
        return false;
    }
    let touches = |meaning: Meaning| {
        matches!(
            meaning,
            Meaning::DatabaseWrite
                | Meaning::FileRead
                | Meaning::FileWrite
                | Meaning::FileDelete
                | Meaning::ModelCall
                | Meaning::Payment
                | Meaning::SendMail
        )
    };
    let reads = |meaning: Meaning| {
        matches!(meaning, Meaning::DatabaseRead | Meaning::SqlQuery | Meaning::DocumentQuery)
    };
    project.reaches(handler, touches)
        || project.reaches(handler, reads) && !reads_catalogue(project, route)
}

/// A read that asks who is calling and answers everybody was meant to be open: the caller's name only
/// adds to the answer.
fn greets_strangers(route: &Route) -> bool {
    let asks = |guard: &GuardUse| guard.scope == Scope::Extractor && guard.assessment.greets;
    route.guards.iter().any(asks)
}

/// Does the path name something that is stored, belongs to nobody and has no sensitive column?
fn reads_catalogue(project: &Project, route: &Route) -> bool {
    let named = route.path.split('/').filter(|segment| !segment.starts_with([':', '{', '<', '[']));
    let mut entities = named.filter_map(|segment| {
        let singular = segment.strip_suffix('s').unwrap_or(segment);
        project.entities().get(segment).or_else(|| project.entities().get(singular))
    });
    entities.next_back().is_some_and(|entity| {
        !entity.is_owned() && !entity.is_person() && entity.sensitive_columns().next().is_none()
    })
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
