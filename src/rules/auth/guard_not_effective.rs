use super::{
    common::{has_word, subject},
    open_routes::needs_authentication,
    weak_guards::{self, place_of, says_role},
};
use crate::{
    gap::{Confidence, Severity},
    project::{
        Project, Route,
        guards::{Grade, Weakness},
        routes::{GuardUse, Scope},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    weak_guards::collect(project, sites, &[Weakness::Disabled, Weakness::Greets], |guard| {
        let name = &guard.name;
        match guard.assessment.weakness {
            _ if guard.scope == Scope::Behind => {
                format!("`{name}` is attached where this route does not pass it")
            }
            Some(Weakness::Greets) => format!("`{name}` asks who is calling and refuses nobody"),
            _ => format!("`{name}` is switched off"),
        }
    });
    for route in project.routes().iter().filter(|route| needs_authentication(project, route)) {
        if let Some(guard) = route.guards.iter().find(|guard| forgets_role(project, guard)) {
            without_role(project, route, guard, sites);
        }
    }
}

/// A guard that is called after administrators and lets everybody pass who is signed in.
fn forgets_role(project: &Project, guard: &GuardUse) -> bool {
    const NAMES: [&str; 5] = ["superuser", "superadmin", "admin", "administrator", "staff"];
    let is_attached = !matches!(guard.scope, Scope::Inline | Scope::Matcher | Scope::Behind);
    let refuses = guard.assessment.grade >= Some(Grade::G2) && !guard.assessment.role;
    is_attached
        && refuses
        && has_word(guard.name.split('(').next().unwrap_or_default(), &NAMES)
        && guard.function.is_some_and(|function| !says_role(project, function))
}

fn without_role(project: &Project, route: &Route, guard: &GuardUse, sites: &mut Sites) {
    let place = place_of(project, guard);
    let message =
        format!("`{}` lets everybody pass who is signed in, of whatever role", guard.name);
    sites
        .gap(route.location, subject(route), message)
        .severity(Severity::High)
        .confidence(Confidence::Heuristic)
        .root(format!("{}:{}", project.file(place.file).path, place.span.start))
        .because(place, "nothing in it asks for a role");
}
