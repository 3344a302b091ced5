use super::common::{has_word, is_server, reaches_any, subject};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    gap::Severity,
    project::{
        FunctionRef, Project, Route,
        guards::split_words,
        routes::{RouteKind, Scope, middleware_names},
    },
    rules::Sites,
};

mod limiters;

use limiters::{covers, limited, mounted_limiters};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let mounted = mounted_limiters(project);
    let listed = middleware_names(project).into_iter().find(|name| {
        name.text().is_some_and(|path| project.vocabulary().has(path, Meaning::RateLimit))
    });
    for route in project.routes() {
        // A route may be written in a specification; what it does, its handler says.
        if !is_server(project, route.handler.map_or(route.location.file, |handler| handler.file)) {
            continue;
        }
        let Some(kind) = guessable(project, route) else { continue };
        let subject = subject(route);
        if let Some(fact) = limited(project, route) {
            sites.holds(route.location, subject, fact);
        } else if let Some(limiter) = mounted.iter().find(|limiter| covers(**limiter, &route.path))
        {
            sites
                .holds(route.location, subject, "a limiter stands before the whole application")
                .credit(0.8)
                .because(limiter.location(), "mounted here");
        } else if let Some(limiter) = listed {
            sites
                .holds(route.location, subject, "a limiter stands before the whole application")
                .because(limiter.location(), "listed here");
        } else {
            let message = format!("`{subject}` lets {kind} be tried without limit");
            let severity = if kind == "passwords" { Severity::Medium } else { Severity::High };
            let site = sites.gap(route.location, subject, message).severity(severity);
            if let Some(handler) = route.handler {
                let place = project.body(handler).location();
                site.because(place, "no limiter, lockout or captcha is reached");
            }
        }
    }
}

/// What a stranger can try here, if anything: the route must do it itself, not leave it to a provider.
fn guessable(project: &Project, route: &Route) -> Option<&'static str> {
    let is_entry = matches!(
        route.kind,
        RouteKind::Http | RouteKind::Action | RouteKind::Rpc | RouteKind::Edge
    );
    if !is_entry || !route.is_written_to() {
        return None;
    }
    let name = format!("{} {}", route.path, route.handler_name);
    if has_word(&name, &["logout", "signout", "register", "signup", "refresh"]) {
        return None;
    }
    let signs_in =
        has_word(&name, &["login", "signin", "authenticate", "token", "session", "sessions"])
            || split_words(&name)
                .windows(2)
                .any(|pair| matches!(pair[0].as_str(), "sign" | "log") && pair[1] == "in");
    if signs_in && is_left_to_library(project, route) {
        return Some("passwords");
    }
    let handler = route.handler?;
    // Who is known already is asked for the password once more.
    let is_known = route.authentication.holds()
        && !(signs_in && route.guards.iter().all(|guard| guard.scope == Scope::Inline));
    if is_known {
        return None;
    }
    if reaches_any(project, handler, &[Meaning::ComparePassword]) {
        return Some("passwords");
    }
    let looks_up = reaches_any(
        project,
        handler,
        &[Meaning::DatabaseRead, Meaning::SqlQuery, Meaning::DocumentQuery],
    );
    if signs_in && looks_up && reads(project, handler, &["password", "passwd", "pwd"]) {
        return Some("passwords");
    }
    let is_code = has_word(&name, &["otp", "2fa", "mfa", "totp"]) && looks_up;
    if is_code && reads(project, handler, &["code", "otp", "totp", "token", "pin"]) {
        return Some("codes");
    }
    let is_reset = has_word(&name, &["forgot", "forgotpassword"])
        && reaches_any(project, handler, &[Meaning::SendMail]);
    is_reset.then_some("mails")
}

/// A view of a library that takes the password, or a strategy before the handler that compares it:
/// `LoginView.as_view()`, `passport.authenticate("local")`.
fn is_left_to_library(project: &Project, route: &Route) -> bool {
    let signs_in = |path: &str| project.vocabulary().has(path, Meaning::SignInView);
    let class = route.handler.and_then(|handler| project.body(handler).class());
    let view = route.handler_name.trim_end_matches("()").trim_end_matches(".as_view");
    route.guards.iter().any(|guard| has_word(&guard.name, &["local", "ldap", "ldapauth"]))
        || class.is_some_and(|class| class.base_paths().any(|base| signs_in(&base)))
        || signs_in(view)
}

/// Does a handler name one of these?
fn reads(project: &Project, handler: FunctionRef, words: &[&str]) -> bool {
    let body = project.body(handler);
    body.unit().facts.expressions().any(|(_, expression)| {
        body.function().span.contains(expression.span)
            && match &expression.kind {
                ExpressionKind::Name(name)
                | ExpressionKind::Member { name, .. }
                | ExpressionKind::Text(name) => has_word(name, words),
                _ => false,
            }
    })
}
