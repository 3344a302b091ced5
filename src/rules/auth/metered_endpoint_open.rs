use super::common::{has_word, is_server, reaches_any, subject};
use crate::{
    facts::vocabulary::Meaning,
    gap::Severity,
    project::{
        Call, Project,
        routes::{Authentication, RouteKind},
    },
    rules::Sites,
};

const METERED: [Meaning; 2] = [Meaning::ModelCall, Meaning::Payment];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_server(project, route.location.file)) {
        let is_entry = !route.is_demonstration()
            && matches!(
                route.kind,
                RouteKind::Http
                    | RouteKind::Action
                    | RouteKind::Rpc
                    | RouteKind::Edge
                    | RouteKind::WebSocket
            );
        let Some(handler) =
            route.handler.filter(|&handler| is_entry && reaches_any(project, handler, &METERED))
        else {
            continue;
        };
        // That a function of its own is open is said of it elsewhere.
        let is_open_function =
            route.kind == RouteKind::Edge && route.authentication == Authentication::None;
        let is_behind_edge = route.edge.is_some();
        if is_open_function || is_behind_edge || matches!(route.public, Some("webhook" | "cron")) {
            continue;
        }
        let subject = subject(route);
        let is_limited = reaches_any(project, handler, &[Meaning::RateLimit])
            || route.guards.iter().any(|guard| {
                has_word(&guard.name, &["limiter", "limit", "ratelimit", "throttle", "quota"])
            })
            || project.body(handler).calls_within().any(|call: Call<'_>| {
                has_word(
                    call.name(),
                    &["ratelimit", "limiter", "quota", "throttle", "credits", "limit"],
                )
            })
            || project.body(handler).decorators().any(|decorator| {
                decorator
                    .as_call()
                    .is_some_and(|call| call.means(Meaning::RateLimit) || call.name() == "limit")
            })
            || limits_everything(project);
        // Whoever was sent a token is known.
        let is_guarded = !matches!(route.authentication, Authentication::None)
            || route.public == Some("capability");
        let spends = project
            .body(handler)
            .calls_within()
            .find(|call| call.meanings().any(|meaning| METERED.contains(&meaning)));
        match (is_guarded, is_limited) {
            (true, true) => {
                sites.holds(route.location, subject, "known callers, and only so many calls");
            }
            (true, false) => {
                let message =
                    format!("`{subject}` spends money on each call, as often as one caller likes");
                let site = sites.gap(route.location, subject, message).severity(Severity::Medium);
                if let Some(call) = spends {
                    site.because(call.location(), "paid for here");
                }
            }
            (false, true) => {
                sites
                    .holds(route.location, subject, "anybody may call it, only so often")
                    .credit(0.5);
            }
            (false, false) => {
                let message = format!("`{subject}` spends money for anybody who calls it");
                let site = sites.gap(route.location, subject, message);
                if let Some(call) = spends {
                    site.because(call.location(), "paid for here");
                }
            }
        }
    }
}

/// A limiter that is registered for the whole application.
fn limits_everything(project: &Project) -> bool {
    project.calls().any(|call| {
        matches!(call.name(), "use" | "register" | "add_middleware" | "Use" | "layer")
            && call.source_file().is_shipped()
            && call.positional().any(|value| {
                let made = match project.origin(value.at) {
                    crate::project::Origin::Created(at) => project.call(at),
                    _ => None,
                };
                value.as_call().or(made).is_some_and(|inner| inner.means(Meaning::RateLimit))
                    || project.vocabulary().has(&value.path(), Meaning::RateLimit)
            })
    })
}
