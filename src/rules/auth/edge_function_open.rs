use super::{
    common::{EFFECTS, is_server, reaches_any, subject},
    open_routes::is_answered,
    privileged_client_without_user_check::privileged_use,
    senders::proves_sender,
};
use crate::{
    facts::vocabulary::Meaning,
    gap::Severity,
    project::{
        Body, Call, FunctionRef, Project, Route,
        guards::Weakness,
        routes::{GuardUse, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_asked(project, route)) {
        let Some(handler) = route.handler else { continue };
        let subject = subject(route);
        if is_answered(sites, route, &subject) {
            continue;
        }
        if let Some(fact) = proves_sender(project, handler) {
            sites.holds(route.location, subject, fact);
        } else if asks_for_user(project, handler) {
            sites.holds(route.location, subject, "it asks who is calling").credit(0.8);
        } else if spends(project, handler) {
            gap(project, sites, route, project.body(handler));
        }
    }
}

fn is_asked(project: &Project, route: &Route) -> bool {
    route.kind == RouteKind::Edge
        && route.public.is_none()
        && is_server(project, route.location.file)
}

fn gap(project: &Project, sites: &mut Sites, route: &Route, handler: Body<'_>) {
    let asks_for_key =
        |guard: &&GuardUse| guard.assessment.weakness == Some(Weakness::PresenceOnly);
    let callers = match route.guards.iter().find(asks_for_key) {
        Some(_) => "anybody with the public key of the site",
        None => "anybody on the internet",
    };
    let privileged = privileged_use(project, handler.at);
    let severity = match privileged {
        Some(_) if route.mutates => Severity::Critical,
        _ => Severity::High,
    };
    let message = format!("{callers} can call `{}`", route.path);
    // What is missing is the same helper in each of them.
    let mut site = sites
        .gap(route.location, subject(route), message)
        .severity(severity)
        .root(format!("functions of {}", route.framework));
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    let does = |call: &Call<'_>| call.meanings().any(|meaning| EFFECTS.contains(&meaning));
    if let Some(effect) = privileged.or_else(|| handler.calls_within().find(does)) {
        site.because(effect.location(), "reached without a check of who is calling");
    }
}

fn spends(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &EFFECTS) || privileged_use(project, handler).is_some()
}

/// The user is read from the token, here or in a helper, and the answer depends on it.
fn asks_for_user(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &[Meaning::ReadIdentity, Meaning::VerifyCredential])
}
