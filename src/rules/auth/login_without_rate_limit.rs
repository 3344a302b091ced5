use super::common::{has_word, is_server, reaches_any, subject};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    gap::Severity,
    project::{Call, FunctionRef, In, Project, Route, routes::RouteKind},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let mounted = mounted_limiters(project);
    for route in project.routes().iter().filter(|route| is_server(project, route.location.file)) {
        let Some(handler) = route.handler else { continue };
        let Some(kind) = guessable(project, route, handler) else { continue };
        let subject = subject(route);
        if let Some(fact) = limited(project, route, handler) {
            sites.holds(route.location, subject, fact);
        } else if let Some(limiter) = mounted.iter().find(|limiter| covers(**limiter, &route.path))
        {
            sites
                .holds(route.location, subject, "a limiter stands before the whole application")
                .credit(0.8)
                .because(limiter.location(), "mounted here");
        } else {
            let message = format!("`{subject}` lets {kind} be tried without limit");
            let severity = if kind == "passwords" { Severity::Medium } else { Severity::High };
            let site = sites.gap(route.location, subject, message).severity(severity);
            site.because(
                project.body(handler).location(),
                "no limiter, lockout or captcha is reached",
            );
        }
    }
}

/// What a stranger can try here, if anything: the route must do it itself, not leave it to a provider.
fn guessable(project: &Project, route: &Route, handler: FunctionRef) -> Option<&'static str> {
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
            || crate::project::guards::split_words(&name)
                .windows(2)
                .any(|pair| matches!(pair[0].as_str(), "sign" | "log") && pair[1] == "in");
    if reaches_any(project, handler, &[Meaning::ComparePassword]) && !route.authentication.holds()
        || reaches_any(project, handler, &[Meaning::ComparePassword]) && signs_in
    {
        return Some("passwords");
    }
    let looks_up = reaches_any(
        project,
        handler,
        &[Meaning::DatabaseRead, Meaning::SqlQuery, Meaning::DocumentQuery],
    );
    if signs_in && looks_up && reads_password(project, handler) {
        return Some("passwords");
    }
    let is_code = has_word(&name, &["otp", "2fa", "mfa", "totp"]) && looks_up;
    if is_code {
        return Some("codes");
    }
    let is_reset = has_word(&name, &["forgot", "forgotpassword"])
        && reaches_any(project, handler, &[Meaning::SendMail]);
    is_reset.then_some("mails")
}

fn reads_password(project: &Project, handler: FunctionRef) -> bool {
    let body = project.body(handler);
    body.unit().facts.expressions().any(|(_, expression)| {
        body.function().span.contains(expression.span)
            && matches!(&expression.kind, ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } if has_word(name, &["password", "passwd", "pwd"]))
    })
}

/// Something in the chain or in the body that counts attempts.
fn limited(project: &Project, route: &Route, handler: FunctionRef) -> Option<String> {
    let by_guard = route.guards.iter().find(|guard| has_word(&guard.name, &LIMIT_WORDS));
    if let Some(guard) = by_guard {
        return Some(format!("`{}` stands before it", guard.name));
    }
    if reaches_any(project, handler, &[Meaning::RateLimit]) {
        return Some("attempts are limited in the handler".to_owned());
    }
    let body = project.body(handler);
    let decorated = body.decorators().any(|decorator| {
        let parts = decorator.descendants();
        decorator.as_call().is_some_and(|call| call.means(Meaning::RateLimit))
            || project.vocabulary().has(&decorator.path(), Meaning::RateLimit)
            || parts.into_iter().any(|part| {
                super::common::last_name(part).is_some_and(|name| has_word(name, &LIMIT_WORDS))
            })
    });
    if decorated {
        return Some("a decorator limits attempts".to_owned());
    }
    if registered_with_limiter(project, route) {
        return Some("a limiter stands before it".to_owned());
    }
    let counts = |call: Call<'_>| {
        has_word(
            call.name(),
            &[
                "attempts",
                "lockout",
                "locked",
                "captcha",
                "recaptcha",
                "turnstile",
                "throttle",
                "throttled",
                "ratelimit",
                "limiter",
                "bruteforce",
                "hcaptcha",
            ],
        )
    };
    let own = body.calls_within().any(|call| {
        counts(call)
            || call.name().to_ascii_lowercase().contains("ratelimit")
            || call.callee().is_some_and(|callee| {
                callee.calls_within().any(|inner| counts(inner) || inner.means(Meaning::RateLimit))
            })
    });
    if own || mentions_lockout(project, handler) {
        return Some("attempts are counted".to_owned());
    }
    None
}

const LIMIT_WORDS: [&str; 7] =
    ["limiter", "ratelimit", "throttle", "limit", "brute", "slow", "captcha"];

/// `app.post("/login", loginLimiter, login)`: a limiter is no guard, and stands among the arguments.
fn registered_with_limiter(project: &Project, route: &Route) -> bool {
    let facts = project.facts(route.location.file);
    let unit = project.unit(route.location.file);
    let names_limiter = |id| {
        let value = project.value(In { file: route.location.file, id });
        let by_name =
            super::common::last_name(value).is_some_and(|name| has_word(name, &LIMIT_WORDS));
        let made = value.constant();
        let call =
            value.as_call().or_else(|| made.as_call()).or_else(|| match project.origin(value.at) {
                crate::project::Origin::Created(at) => project.call(at),
                _ => None,
            });
        by_name || call.is_some_and(|call| call.means(Meaning::RateLimit))
    };
    let touching = facts.expressions().filter(|(_, expression)| {
        expression.span.contains(route.location.span)
            || route.location.span.contains(expression.span)
    });
    for (id, expression) in touching {
        if let ExpressionKind::Call { arguments, .. } = &expression.kind {
            if arguments.iter().any(|argument| names_limiter(argument.value)) {
                return true;
            }
            let _ = id;
        }
    }
    // A limiter on the same path, mounted on its own: `app.use("/api/auth", limiter)`.
    unit.facts.expressions().any(|(id, expression)| {
        let ExpressionKind::Call { arguments, .. } = &expression.kind else { return false };
        let Some(call) = project.call(In { file: route.location.file, id }) else { return false };
        let path = call.argument(0).and_then(crate::project::Value::text);
        call.name() == "use"
            && path.is_some_and(|path| !path.is_empty() && route.path.starts_with(path))
            && arguments.iter().any(|argument| names_limiter(argument.value))
    })
}

/// A lock on the account, counted in its row.
fn mentions_lockout(project: &Project, handler: FunctionRef) -> bool {
    let body = project.body(handler);
    let mut bodies = vec![body];
    bodies.extend(body.calls_within().filter_map(Call::callee));
    bodies.into_iter().any(|body| {
        body.unit().facts.expressions().any(|(_, expression)| {
            body.function().span.contains(expression.span)
                && matches!(&expression.kind, ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } if has_word(name, &["attempts", "lockout", "lockeduntil", "locked"]))
        })
    })
}

/// A limiter without a path covers every route, one with a path those below it.
fn covers(limiter: Call<'_>, route: &str) -> bool {
    let path = limiter.argument(0).and_then(crate::project::Value::text);
    path.is_none_or(|path| route.starts_with(path.trim_end_matches(['*', '/'])))
}

/// Limiters that are mounted before many routes.
fn mounted_limiters(project: &Project) -> Vec<Call<'_>> {
    let found = project.calls().filter(|call| is_server(project, call.file)).filter(|call| {
        let is_mount =
            matches!(call.name(), "use" | "register" | "add_middleware" | "wrap" | "layer" | "Use");
        let gives_limiter = call.positional().any(|value| {
            let made = match project.origin(value.at) {
                crate::project::Origin::Created(at) => project.call(at),
                _ => None,
            };
            let direct = value.as_call().or(made);
            direct.is_some_and(|inner| inner.means(Meaning::RateLimit))
                || project.vocabulary().has(&value.path(), Meaning::RateLimit)
        });
        is_mount && gives_limiter
            || call.means(Meaning::RateLimit)
                && ["default_limits", "application_limits"]
                    .iter()
                    .any(|name| call.option(name).given().is_some())
    });
    found.collect()
}
