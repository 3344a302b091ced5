use super::common::{has_word, is_server, server_calls};
use crate::{
    facts::vocabulary::Meaning,
    gap::Severity,
    project::{Call, Project, Value, guards::split_words, views::Setting},
    rules::Sites,
};

/// Cookies with which somebody is signed in, by the words of their names.
const SESSION: [&str; 9] =
    ["session", "sid", "token", "jwt", "auth", "refresh", "access", "sessionid", "connect"];

/// Cookies that scripts are meant to read.
const READABLE: [&str; 6] = ["csrf", "xsrf", "theme", "locale", "consent", "state"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::SetCookie) {
        match call.argument(0).and_then(Value::text) {
            Some(name) if is_session(name) && !is_removal(call) => judge(call, name, sites),
            name if !is_removal(call) => switched_off(call, name.unwrap_or("cookie"), sites),
            _ => {}
        }
    }
    settings(project, sites);
}

fn is_session(name: &str) -> bool {
    let words = split_words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&SESSION) && !has(&READABLE)
}

fn judge(call: Call<'_>, name: &str, sites: &mut Sites) {
    let flags = [
        ("http_only", "HttpOnly", ["httpOnly", "httponly", "HttpOnly"]),
        ("secure", "Secure", ["secure", "secure", "Secure"]),
        ("same_site", "SameSite", ["sameSite", "samesite", "SameSite"]),
    ];
    let subject = format!("cookie {name}");
    let mut missing = Vec::new();
    let mut is_hidden = false;
    for (key, shown, usual) in flags {
        let told = call.detail(Meaning::SetCookie, key);
        match call.any_option(told.into_iter().chain(usual)) {
            Setting::Given(value) if value.boolean() == Some(false) => missing.push(shown),
            Setting::Given(_) => {}
            Setting::Unknown => is_hidden = true,
            Setting::Absent => missing.push(shown),
        }
    }
    // The browser's own default is as good as `Lax`.
    if missing == ["SameSite"] {
        missing.clear();
    }
    let place = call.location();
    if missing.is_empty() && is_hidden {
        sites.unknown(place, subject, "its options are put together elsewhere");
    } else if missing.is_empty() {
        sites.holds(place, subject, "scripts and plain connections do not get it");
    } else {
        let message = format!("the cookie `{name}` is set without {}", missing.join(" and "));
        let severity = if missing.contains(&"HttpOnly") { Severity::Medium } else { Severity::Low };
        sites.gap(place, subject, message).severity(severity);
    }
}

/// What any other cookie holds is not known, but somebody wrote that it may go over a plain connection.
fn switched_off(call: Call<'_>, name: &str, sites: &mut Sites) {
    let words = split_words(name);
    if words.iter().any(|word| READABLE.contains(&word.as_str())) {
        return;
    }
    // `cookie.setSecure(false)`, or an option of the call that makes the cookie.
    let secure = match call.detail(Meaning::SetCookie, "switch") {
        Some(_) => call.argument(0),
        None => call.any_option(["secure", "Secure"]).given(),
    };
    if secure.and_then(Value::boolean) == Some(false) {
        let message = "the cookie is set with Secure switched off";
        sites.gap(call.location(), format!("cookie {name}"), message).severity(Severity::Low);
    }
}

/// A cookie that is emptied is no longer worth protecting.
fn is_removal(call: Call<'_>) -> bool {
    let emptied = call.argument(1).is_some_and(|value| value.text() == Some("") || value.is_null());
    let ended = ["maxAge", "max_age"].iter().any(|name| {
        call.option(name).given().and_then(Value::number).is_some_and(|age| age <= 0.0)
    });
    emptied || ended || has_word(call.name(), &["delete", "clear", "remove"])
}

/// `SESSION_COOKIE_SECURE = False`, written out.
fn settings(project: &Project, sites: &mut Sites) {
    use crate::{
        facts::{ExpressionKind, Pattern, StatementKind},
        project::In,
    };

    for (file, unit) in project.units().filter(|&(file, _)| is_server(project, file)) {
        for statement in &unit.facts.statements {
            let StatementKind::Bind { target: Pattern::Name(name), value: Some(value), .. } =
                &statement.kind
            else {
                continue;
            };
            let is_flag = matches!(
                name.as_str(),
                "SESSION_COOKIE_SECURE"
                    | "SESSION_COOKIE_HTTPONLY"
                    | "CSRF_COOKIE_SECURE"
                    | "JWT_COOKIE_SECURE"
            );
            if !is_flag || !matches!(unit.facts[*value].kind, ExpressionKind::Bool(_)) {
                continue;
            }
            let value = project.value(In { file, id: *value });
            let subject = name.to_string();
            if value.boolean() == Some(false) {
                sites.gap(value.location(), subject, format!("`{name}` is switched off"));
            } else {
                sites.holds(value.location(), subject, "switched on");
            }
        }
    }
}
