use super::common::{function_at, has_word, is_server};
use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    gap::Severity,
    project::{
        Call, Project, Route, Value,
        routes::{RouteKind, middleware_names},
        views::Setting,
    },
    rules::Sites,
};

/// One question for the whole project: where sessions travel in cookies, what keeps other sites out?
pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    exemptions(project, sites);
    let has_writes = project.routes().iter().any(|route| {
        route.kind == RouteKind::Http && route.mutates && is_server(project, route.location.file)
    });
    if !has_writes {
        return;
    }
    let listed = middleware_names(project);
    let named = |meaning: Meaning| {
        let has = |value: &Value<'_>| {
            value.text().is_some_and(|path| project.vocabulary().has(path, meaning))
        };
        listed.iter().copied().find(has)
    };
    let session = cookie_session(project);
    let by_name = named(Meaning::SessionStore);
    let Some(place) = session.map(Call::location).or_else(|| by_name.map(Value::location)) else {
        return;
    };
    let protection = protection(project)
        .map(|guard| (guard.name(), guard.location()))
        .or_else(|| named(Meaning::CsrfProtection).map(|name| (name.source(), name.location())));
    if let Some((name, registered)) = protection {
        sites
            .holds(place, SUBJECT, format!("`{name}` asks for a token"))
            .because(registered, "registered here");
    } else if let Some(session) = session {
        of_cookie(session, sites);
    } else {
        sites.gap(place, SUBJECT, UNPROTECTED);
    }
}

const SUBJECT: &str = "cookie session";

const UNPROTECTED: &str =
    "sessions travel in a cookie, and nothing keeps other sites from sending requests with it";

/// Without a token it is left to the cookie to stay within the site.
fn of_cookie(session: Call<'_>, sites: &mut Sites) {
    let place = session.location();
    match same_site(session) {
        Setting::Given(value)
            if matches!(
                value.text().map(str::to_ascii_lowercase).as_deref(),
                Some("lax" | "strict")
            ) || value.boolean() == Some(true) =>
        {
            sites.holds(place, SUBJECT, "the cookie does not travel with requests of other sites");
        }
        Setting::Given(value)
            if value.text().is_some_and(|text| text.eq_ignore_ascii_case("none")) =>
        {
            sites
                .gap(place, SUBJECT, "the session's cookie travels with requests of every site, and no token is asked for")
                .severity(Severity::High);
        }
        Setting::Given(_) | Setting::Unknown => {
            sites.unknown(place, SUBJECT, "the cookie's options are put together elsewhere");
        }
        Setting::Absent => {
            sites.gap(place, SUBJECT, UNPROTECTED);
        }
    }
}

/// The call that keeps who is signed in in a cookie.
fn cookie_session(project: &Project) -> Option<Call<'_>> {
    project.calls().filter(|call| is_server(project, call.file)).find(|call| {
        let is_store = call.means(Meaning::SetCookie) && call.means(Meaning::TakesSecretKey)
            || call.means(Meaning::PopulateIdentity) && call.means(Meaning::TakesSecretKey);
        let is_session_library = is_store || call.detail(Meaning::SessionStore, "cookie").is_some();
        let sets_session = call.means(Meaning::SetCookie)
            && call.argument(0).and_then(Value::text).is_some_and(|name| {
                has_word(name, &["session", "sid", "token", "jwt", "auth"])
                    && !has_word(name, &["csrf", "xsrf"])
            });
        is_session_library || sets_session
    })
}

fn same_site(session: Call<'_>) -> Setting<'_> {
    let direct = session.any_option(["sameSite", "samesite", "same_site", "SameSite"]);
    if !direct.is_absent() {
        return direct;
    }
    // `setup(app, RedisStorage(redis, samesite="Lax"))`
    let storage = session.positional().filter_map(|given| given.constant().as_call());
    if let Some(given) =
        storage.map(|call| call.option("samesite")).find(|given| !given.is_absent())
    {
        return given;
    }
    match session.option("cookie") {
        Setting::Given(cookie) => cookie.entry("sameSite"),
        // Starlette's default is `lax`.
        Setting::Absent
            if session.source_file().language == Language::Python
                && session.means(Meaning::PopulateIdentity) =>
        {
            Setting::Unknown
        }
        other => other,
    }
}

fn protection(project: &Project) -> Option<Call<'_>> {
    project.calls().filter(|call| is_server(project, call.file)).find(|call| {
        let registers = call
            .positional()
            .any(|value| project.vocabulary().has(&value.path(), Meaning::CsrfProtection));
        // Making a token, or showing it, asks for none.
        let compares_origin = has_word(call.name(), &["csrf", "xsrf"])
            && !has_word(call.name(), &["generate", "create", "make", "get", "set", "render"])
            && call.callee().is_some();
        call.means(Meaning::CsrfProtection) || registers || compares_origin
    })
}

/// Handlers that are taken out of a protection that stands before all others.
fn exemptions(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_server(project, route.location.file)) {
        let Some(handler) = route.handler else { continue };
        let body = project.body(handler);
        let exempt = body
            .decorators()
            .find(|decorator| super::common::last_name(*decorator) == Some("csrf_exempt"));
        let Some(exempt) = exempt else { continue };
        let needs_none = matches!(route.public, Some("webhook" | "cron" | "login"))
            || project.reaches(handler, |meaning| {
                matches!(
                    meaning,
                    Meaning::VerifySignature
                        | Meaning::VerifyCredential
                        | Meaning::ConstantTimeCompare
                )
            })
            || !route.authentication.holds()
            || asks_for_header(project, route);
        if !needs_none {
            let subject = super::common::subject(route);
            sites.gap(
                exempt.location(),
                &subject,
                format!("`{subject}` is taken out of the protection against other sites"),
            );
        }
    }
}

/// Does what stands before a handler look for a header? Other sites cannot make a browser send one.
fn asks_for_header(project: &Project, route: &Route) -> bool {
    let guards = route.guards.iter().flat_map(|guard| {
        let decides = guard.assessment.decided_at.and_then(|place| function_at(project, place));
        guard.function.map(|function| project.body(function)).into_iter().chain(decides)
    });
    guards.into_iter().any(|guard| {
        let facts = &guard.unit().facts;
        let mut within = facts
            .expressions()
            .filter(|(_, expression)| guard.function().span.contains(expression.span));
        within.any(|(_, expression)| match &expression.kind {
            ExpressionKind::Member { name, .. } => name == "headers",
            ExpressionKind::Text(text) => text.starts_with("HTTP_"),
            _ => false,
        })
    })
}
