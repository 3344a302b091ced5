//! Guards that are there and refuse nobody: one gap for each guard, with the routes behind it as places.

use super::{
    common::subject,
    open_routes::{confidence, failing_guard, severity},
};
use crate::{
    facts::Span,
    gap::Severity,
    project::{
        Call, FunctionRef, Location, Project, Route,
        guards::Weakness,
        routes::{GuardUse, Scope},
    },
    rules::Sites,
};

/// Writes a gap for each open route whose guard has one of these weaknesses, and what guards prove elsewhere.
pub(super) fn collect(
    project: &Project,
    sites: &mut Sites,
    kinds: &[Weakness],
    message: impl Fn(&GuardUse) -> String,
) {
    for route in project.routes() {
        match failing_guard(project, route) {
            // What a middleware of Next.js does not see has a rule of its own.
            Some((guard, _)) if route.framework == "next" && guard.scope == Scope::Behind => {}
            Some((guard, weakness)) if kinds.contains(&weakness) => {
                gap(project, sites, route, guard, message(guard));
            }
            Some(_) => {}
            None => holds(project, sites, route),
        }
    }
}

pub(super) fn gap(
    project: &Project,
    sites: &mut Sites,
    route: &Route,
    guard: &GuardUse,
    message: String,
) {
    let place = place_of(project, guard);
    // Whoever calls this knows no secret at all.
    let found = match guard.assessment.weakness {
        Some(Weakness::FailsOpen | Weakness::PresenceOnly) if route.mutates => Severity::Critical,
        Some(Weakness::FailsOpen | Weakness::PresenceOnly) => Severity::High,
        _ => severity(route),
    };
    let root = match guard.function {
        Some(_) => format!("{}:{}", project.file(place.file).path, place.span.start),
        None => guard.name.to_string(),
    };
    sites
        .gap(route.location, subject(route), message)
        .severity(found)
        .confidence(confidence(route))
        .root(root)
        .because(guard.location, "stands before it")
        .because(guard.assessment.decided_at.unwrap_or(place), &guard.assessment.why);
}

fn holds(project: &Project, sites: &mut Sites, route: &Route) {
    if !route.authentication.holds() {
        return;
    }
    if let Some(guard) = route.guards.iter().max_by_key(|guard| guard.assessment.grade) {
        sites.holds(place_of(project, guard), &*guard.name, &guard.assessment.why);
    }
}

/// Does a guard's body, or a function that it calls, say anything of what somebody may do?
pub(super) fn says_role(project: &Project, guard: FunctionRef) -> bool {
    const SPEAKING: [&str; 8] =
        ["role", "admin", "super", "staff", "permission", "scope", "privilege", "authori"];
    let body = project.body(guard);
    let parts = body.calls_within().filter_map(Call::callee).chain([body]);
    let mut written = parts.map(|part| {
        // Its own name is what is asked about.
        let declared = part.function();
        let span = Span::new(declared.name_span.end.min(declared.span.end), declared.span.end);
        part.unit().file.slice(span).to_ascii_lowercase()
    });
    written.any(|text| SPEAKING.iter().any(|word| text.contains(word)))
}

/// Where a guard is written, or else attached.
pub(super) fn place_of(project: &Project, guard: &GuardUse) -> Location {
    guard.function.map_or(guard.location, |function| project.body(function).location())
}
