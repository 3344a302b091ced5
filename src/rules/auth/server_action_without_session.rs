use super::{
    common::{EFFECTS, READS, has_word, is_server, reaches_any},
    open_routes::is_answered,
};
use crate::{
    facts::{Text, vocabulary::Meaning},
    gap::Severity,
    project::{FunctionRef, Project, Route, guards::split_words, routes::RouteKind},
    rules::Sites,
};

/// Actions that strangers are meant to call, by the words of their names.
const OPEN: [&str; 31] = [
    "login",
    "signin",
    "signup",
    "signout",
    "logout",
    "register",
    "authenticate",
    "forgot",
    "reset",
    "verify",
    "newsletter",
    "subscribe",
    "unsubscribe",
    "contact",
    "waitlist",
    "feedback",
    "locale",
    "language",
    "theme",
    "consent",
    "cookie",
    "cookies",
    "oauth",
    "otp",
    "magic",
    "callback",
    "resend",
    "session",
    "setup",
    "onboarding",
    "captcha",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let is_action = |route: &&Route| route.kind == RouteKind::Action && !route.is_demonstration();
    let actions = project.routes().iter().filter(is_action);
    for route in actions.filter(|route| is_server(project, route.location.file)) {
        let Some(handler) = route.handler else { continue };
        let writes = reaches_any(project, handler, &EFFECTS);
        let reads = reaches_any(project, handler, &READS);
        if is_open(route) || issues_session(project, handler) || !writes && !reads {
            continue;
        }
        let subject = format!("action {}", called(route));
        if !is_answered(sites, route, &subject) {
            gap(project, sites, route, subject, writes);
        }
    }
}

fn gap(project: &Project, sites: &mut Sites, route: &Route, subject: String, writes: bool) {
    let name = called(route);
    let message = if writes {
        format!("anybody can call the server action `{name}`, and it changes data")
    } else {
        format!("anybody can call the server action `{name}`, and it returns stored data")
    };
    let severe = ["delete", "remove", "role", "admin", "payment", "refund", "permission", "user"];
    let severity = match (writes, has_word(&name, &severe)) {
        (true, true) => Severity::Critical,
        (true, false) => Severity::High,
        (false, _) => Severity::Medium,
    };
    let mut site = sites.gap(route.location, subject, message).severity(severity);
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    if let Some(handler) = route.handler {
        let effect = project.body(handler).calls_within().find(|call| {
            call.meanings().any(|meaning| EFFECTS.contains(&meaning) || READS.contains(&meaning))
        });
        if let Some(effect) = effect {
            site.because(effect.location(), "reached without a check of the session");
        }
    }
}

/// What people call it: its own name, or its address where all actions have the same name.
fn called(route: &Route) -> Text {
    if route.path.starts_with('/') { route.path.clone() } else { route.handler_name.clone() }
}

fn is_open(route: &Route) -> bool {
    let words = split_words(&called(route));
    let pair = |first: &str, second: &str| {
        words.windows(2).any(|pair| pair[0] == first && pair[1] == second)
    };
    route.public.is_some()
        || words.iter().any(|word| OPEN.contains(&word.as_str()))
        || pair("sign", "in")
        || pair("sign", "up")
        || pair("sign", "out")
        || pair("log", "in")
        || pair("log", "out")
}

/// Who signs people in cannot ask for a session first.
fn issues_session(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &[Meaning::ComparePassword, Meaning::IssueToken])
}
