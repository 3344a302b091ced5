use super::common::{has_word, is_server};
use crate::{
    facts::{Language, vocabulary::Meaning},
    gap::Severity,
    project::{Call, Project, Value, routes::RouteKind, views::Setting},
    rules::Sites,
};

/// One question for the whole project: where sessions travel in cookies, what keeps other sites out?
pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    exemptions(project, sites);
    let Some(session) = cookie_session(project) else { return };
    let has_writes = project.routes().iter().any(|route| {
        route.kind == RouteKind::Http && route.mutates && is_server(project, route.location.file)
    });
    if !has_writes {
        return;
    }
    let subject = "cookie session";
    let place = session.location();
    if let Some(guard) = protection(project) {
        sites
            .holds(place, subject, format!("`{}` asks for a token", guard.name()))
            .because(guard.location(), "registered here");
        return;
    }
    match same_site(session) {
        Setting::Given(value)
            if matches!(
                value.text().map(str::to_ascii_lowercase).as_deref(),
                Some("lax" | "strict")
            ) || value.boolean() == Some(true) =>
        {
            sites.holds(place, subject, "the cookie does not travel with requests of other sites");
        }
        Setting::Given(value)
            if value.text().is_some_and(|text| text.eq_ignore_ascii_case("none")) =>
        {
            sites
                .gap(place, subject, "the session's cookie travels with requests of every site, and no token is asked for")
                .severity(Severity::High);
        }
        Setting::Given(_) | Setting::Unknown => {
            sites.unknown(place, subject, "the cookie's options are put together elsewhere");
        }
        Setting::Absent => {
            sites.gap(place, subject, "sessions travel in a cookie, and nothing keeps other sites from sending requests with it");
        }
    }
}

/// The call that keeps who is signed in in a cookie.
fn cookie_session(project: &Project) -> Option<Call<'_>> {
    project.calls().filter(|call| is_server(project, call.file)).find(|call| {
        let is_store = call.means(Meaning::SetCookie) && call.means(Meaning::TakesSecretKey)
            || call.means(Meaning::PopulateIdentity) && call.means(Meaning::TakesSecretKey);
        let is_session_library = is_store || call.path().ends_with("aiohttp_session.setup");
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
    let by_call = project.calls().filter(|call| is_server(project, call.file)).find(|call| {
        let registers = call
            .positional()
            .any(|value| project.vocabulary().has(&value.path(), Meaning::CsrfProtection));
        let compares_origin = has_word(call.name(), &["csrf", "xsrf"]) && call.callee().is_some();
        call.means(Meaning::CsrfProtection) || registers || compares_origin
    });
    by_call
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
            || !route.authentication.holds();
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
