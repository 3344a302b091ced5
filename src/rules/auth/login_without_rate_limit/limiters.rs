//! What keeps somebody from trying one password after the other.

use super::super::{
    branches::are_alternatives,
    common::{has_word, is_server, last_name, reaches_any},
};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    project::{Body, Call, FunctionRef, In, Origin, Project, Route, Value, guards::split_words},
};

/// Something in the chain or in the body that counts attempts.
pub(super) fn limited(project: &Project, route: &Route) -> Option<String> {
    let by_guard = route.guards.iter().find(|guard| has_word(&guard.name, &LIMIT_WORDS));
    if let Some(guard) = by_guard {
        return Some(format!("`{}` stands before it", guard.name));
    }
    if registered_with_limiter(project, route) {
        return Some("a limiter stands before it".to_owned());
    }
    let handler = route.handler?;
    let body = project.body(handler);
    let decorated = body.decorators().any(|decorator| {
        let parts = decorator.descendants();
        decorator.as_call().is_some_and(|call| call.means(Meaning::RateLimit))
            || project.vocabulary().has(&decorator.path(), Meaning::RateLimit)
            || parts
                .into_iter()
                .any(|part| last_name(part).is_some_and(|name| has_word(name, &LIMIT_WORDS)))
    });
    if decorated {
        return Some("a decorator limits attempts".to_owned());
    }
    if is_limited(body, CALLS_MAX) || mentions_lockout(project, handler) {
        return Some("attempts are counted".to_owned());
    }
    None
}

/// How many calls deep a password may be compared.
const CALLS_MAX: usize = 4;

/// Does a function count attempts before it, or what it calls, compares a password? Of several ways to sign
/// in each must.
fn is_limited(body: Body<'_>, depth: usize) -> bool {
    let project = body.project;
    let compares = |callee: &Body<'_>| reaches_any(project, callee.at, &[Meaning::ComparePassword]);
    let limits = |call: Call<'_>| {
        let callee = call.callee().filter(|callee| !compares(callee));
        counts(call) || callee.is_some_and(|callee| callee.calls_within().any(counts))
    };
    let limiting: Vec<Call<'_>> = body.calls_within().filter(|call| limits(*call)).collect();
    let mut comparing = body.calls_within().filter(|call| {
        call.means(Meaning::ComparePassword)
            || call.callee().is_some_and(|callee| compares(&callee))
    });
    let is_covered = |call: Call<'_>| {
        limiting.iter().any(|limiter| !are_alternatives(*limiter, call))
            || depth > 0 && call.callee().is_some_and(|callee| is_limited(callee, depth - 1))
    };
    match comparing.next() {
        None => !limiting.is_empty(),
        Some(first) => is_covered(first) && comparing.all(is_covered),
    }
}

/// `TokenBucket.authorize_attempt(user)`, `verifyCaptcha(token)`, `limiter.check(ip)`.
fn counts(call: Call<'_>) -> bool {
    const COUNTING: [&str; 12] = [
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
    ];
    let words = split_words(call.path());
    call.means(Meaning::RateLimit)
        || words.last().is_some_and(|last| last == "attempt")
        || words.windows(2).any(|pair| pair[0] == "token" && pair[1] == "bucket")
        || has_word(call.name(), &COUNTING)
        || call.name().to_ascii_lowercase().contains("ratelimit")
}

const LIMIT_WORDS: [&str; 9] = [
    "limiter",
    "ratelimit",
    "throttle",
    "throttler",
    "throttling",
    "limit",
    "brute",
    "slow",
    "captcha",
];

/// `app.post("/login", loginLimiter, login)`: a limiter is no guard, and stands among the arguments.
fn registered_with_limiter(project: &Project, route: &Route) -> bool {
    let facts = project.facts(route.location.file);
    let unit = project.unit(route.location.file);
    let names_limiter = |id| {
        let value = project.value(In { file: route.location.file, id });
        let by_name = last_name(value).is_some_and(|name| has_word(name, &LIMIT_WORDS));
        let made = value.constant();
        let call =
            value.as_call().or_else(|| made.as_call()).or_else(|| match project.origin(value.at) {
                Origin::Created(at) => project.call(at),
                _ => None,
            });
        by_name || call.is_some_and(|call| call.means(Meaning::RateLimit))
    };
    let touching = facts.expressions().filter(|(_, expression)| {
        expression.span.contains(route.location.span)
            || route.location.span.contains(expression.span)
    });
    for (_, expression) in touching {
        if let ExpressionKind::Call { arguments, .. } = &expression.kind
            && arguments.iter().any(|argument| names_limiter(argument.value))
        {
            return true;
        }
    }
    // A limiter on the same path, mounted on its own: `app.use("/api/auth", limiter)`.
    unit.facts.expressions().any(|(id, expression)| {
        let ExpressionKind::Call { arguments, .. } = &expression.kind else { return false };
        let Some(call) = project.call(In { file: route.location.file, id }) else { return false };
        let path = call.argument(0).and_then(Value::text);
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
pub(super) fn covers(limiter: Call<'_>, route: &str) -> bool {
    let path = limiter.argument(0).and_then(Value::text);
    path.is_none_or(|path| route.starts_with(path.trim_end_matches(['*', '/'])))
}

/// Limiters that are mounted before many routes.
pub(super) fn mounted_limiters(project: &Project) -> Vec<Call<'_>> {
    let found = project.calls().filter(|call| is_server(project, call.file)).filter(|call| {
        let is_mount =
            matches!(call.name(), "use" | "register" | "add_middleware" | "wrap" | "layer" | "Use");
        let gives_limiter = call.positional().any(|value| {
            let made = match project.origin(value.at) {
                Origin::Created(at) => project.call(at),
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
