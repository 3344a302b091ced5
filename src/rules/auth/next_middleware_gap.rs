use super::{
    common::subject,
    open_routes::{failing_guard, needs_authentication},
    weak_guards,
};
use crate::{
    facts::{Span, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{
        FileId, Project, Route, Unit,
        guards::Grade,
        routes::{GuardUse, RouteKind, Scope},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let handlers = project
        .routes()
        .iter()
        .filter(|route| route.kind == RouteKind::Http && route.framework == "next");
    for route in handlers.filter(|route| needs_authentication(project, route)) {
        if let Some((guard, _)) = failing_guard(project, route) {
            if guard.scope == Scope::Behind {
                let message = format!("the middleware never sees `{}`", route.path);
                weak_guards::gap(project, sites, route, guard, message);
            }
        } else if route.authentication.holds() {
            relied_on(project, route, sites);
        }
    }
    for (file, unit) in project.units() {
        misplaced(project, file, unit, sites);
    }
}

/// A handler that counts on the middleware alone.
fn relied_on(project: &Project, route: &Route, sites: &mut Sites) {
    let mut keeping = route.guards.iter().filter(|guard| keeps(guard));
    let Some(first) = keeping.next() else { return };
    let asks = route.handler.is_some_and(|handler| project.reaches(handler, asks_who_is_calling));
    let is_alone = first.scope == Scope::Matcher && keeping.all(|one| one.scope == Scope::Matcher);
    if asks || !is_alone {
        sites.holds(route.location, subject(route), "it asks itself who is calling");
        return;
    }
    let file = &project.file(first.location.file).path;
    sites
        .gap(route.location, subject(route), "nothing but the middleware refuses strangers here")
        .severity(Severity::Medium)
        .confidence(Confidence::Heuristic)
        .root(&**file)
        .because(first.location, "what goes round this is let in");
}

const fn asks_who_is_calling(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::ReadIdentity | Meaning::VerifyCredential | Meaning::EnforceAuthentication
    )
}

fn keeps(guard: &GuardUse) -> bool {
    guard.assessment.grade >= Some(Grade::G2)
}

/// A middleware in a folder where the framework does not look for one.
fn misplaced(project: &Project, file: FileId, unit: &Unit, sites: &mut Sites) {
    let name = unit.file.name();
    let stem = name.split('.').next().unwrap_or(name);
    let exports = |wanted: &str| unit.facts.exports.iter().any(|export| export.name == wanted);
    let is_middleware = matches!(stem, "middleware" | "proxy")
        && unit.file.language.is_script()
        && unit.file.is_shipped()
        && exports("config")
        && (exports(stem) || exports("default"));
    let imports_library =
        unit.facts.imports.iter().any(|import| import.module.starts_with("next/server"));
    let last = unit.file.folder().rsplit('/').next().unwrap_or_default();
    if is_middleware && imports_library && matches!(last, "app" | "pages" | "api" | "lib" | "utils")
    {
        let has_package =
            project.names().binary_search(&format!("{}/package.json", unit.file.folder())).is_ok();
        if !has_package {
            let message =
                format!("`{}` never runs: it has to stand in the root or in `src`", unit.file.path);
            sites
                .gap(project.location(file, Span::default()), "middleware", message)
                .confidence(Confidence::Certain);
        }
    }
}
