//! Ways in that should know who is calling.

use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project, Route,
        routes::{Authentication, GuardUse, RouteKind, Scope},
    },
};

/// It should know who is calling, and does not. Whatever else it should do with that hangs on this.
pub(super) fn is_open(project: &Project, route: &Route) -> bool {
    route.authentication == Authentication::None && needs_authentication(project, route)
}

/// Server actions, jobs and tools have rules of their own; so has what is public by its purpose.
pub(super) fn needs_authentication(project: &Project, route: &Route) -> bool {
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
    let named = route
        .path
        .split(['/', '.', ' '])
        .filter(|segment| !segment.starts_with([':', '{', '<', '[']));
    let mut entities = named.filter_map(|segment| {
        let singular = segment.strip_suffix('s').unwrap_or(segment);
        project.entities().get(segment).or_else(|| project.entities().get(singular))
    });
    entities.next_back().is_some_and(|entity| {
        !entity.is_owned() && !entity.is_person() && entity.sensitive_columns().next().is_none()
    })
}
