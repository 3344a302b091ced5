use super::{
    common::has_word,
    flows::{bound_names, handlers, values, with_callees},
};
use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{Body, Call, Project, Route, Value},
    rules::Sites,
};

/// Keys of an answer that hold what only the mailbox may see.
const SECRETS: [&str; 12] = [
    "resetToken",
    "reset_token",
    "resetLink",
    "reset_link",
    "resetUrl",
    "reset_url",
    "otp",
    "resetCode",
    "reset_code",
    "verificationCode",
    "verification_token",
    "verificationToken",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (route, body) in
        handlers(project, &["forgot", "reset", "recover", "forgotpassword", "resetpassword"])
    {
        if body.project.reaches(body.at, is_provider) {
            continue;
        }
        let subject = super::common::subject(route);
        let before = sites.len();
        asks_for_nothing(route, body, &subject, sites);
        answers_with_secret(route, body, &subject, sites);
        trusts_host(body, &subject, sites);
        if sites.len() == before {
            sites.holds(route.location, subject, "it asks for what only the mailbox holds");
        }
    }
}

/// A service does the reset.
fn is_provider(meaning: Meaning) -> bool {
    meaning == Meaning::EnforceAuthentication
}

/// A new password for whatever address is sent along.
fn asks_for_nothing(route: &Route, body: Body<'_>, subject: &str, sites: &mut Sites) {
    const PROOFS: [&str; 11] = [
        "token",
        "code",
        "otp",
        "old",
        "current",
        "uidb64",
        "signature",
        "answer",
        "pin",
        "jwt",
        "secret",
    ];
    let own = names_in(body);
    let takes = |words: &[&str]| own.iter().any(|name| has_word(name, words));
    let takes_password = takes(&["password", "newpassword", "pwd"]);
    let takes_account = takes(&["email", "username"]);
    let stores = body.project.reaches(body.at, |meaning| meaning == Meaning::DatabaseWrite);
    let hashes = body.project.reaches(body.at, |meaning| meaning == Meaning::HashPassword);
    let is_open = !route.authentication.holds() && takes_anything(body);
    let mut parts = with_callees(body).into_iter();
    let proven = parts.any(|part| names_in(part).iter().any(|name| has_word(name, &PROOFS)));
    if is_open && takes_password && takes_account && stores && hashes && !proven {
        let message = format!("`{subject}` sets a new password for whatever account is named");
        sites.gap(route.location, subject, message).severity(Severity::Critical);
    }
}

/// Can a caller say anything? In Python the request may come from the library, elsewhere it is handed in.
fn takes_anything(body: Body<'_>) -> bool {
    body.unit().file.language == Language::Python
        || body.function().plain_parameters().next().is_some()
}

/// All names and short texts in a function: fields of the request, variables, keys.
fn names_in(body: Body<'_>) -> Vec<&str> {
    let mut names = bound_names(body);
    names.extend(values(body).filter_map(|value| match value.kind() {
        ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) => Some(name.as_str()),
        ExpressionKind::Text(text) if text.len() < 24 => Some(text.as_str()),
        _ => None,
    }));
    names
}

/// What should reach the mailbox alone stands in the answer.
fn answers_with_secret(route: &Route, body: Body<'_>, subject: &str, sites: &mut Sites) {
    let answers = body.calls_within().filter(|call| call.means(Meaning::Respond));
    let sent = answers.flat_map(|call| call.positional().collect::<Vec<_>>());
    let objects = sent.chain(body.returned()).map(Value::unwrapped);
    let asks_only = has_word(&route.path, &["forgot", "forgotpassword", "recover"]);
    for object in objects {
        let mut keys = SECRETS.iter().copied().chain(asks_only.then_some("token"));
        let found = keys.find_map(|key| {
            let value = object.entry(key).given()?;
            let is_value = !matches!(
                value.kind(),
                ExpressionKind::Text(_) | ExpressionKind::Bool(_) | ExpressionKind::Null
            );
            (is_value && !is_conditional(value)).then_some((key, value))
        });
        if let Some((key, value)) = found {
            let message = format!("`{key}` is sent to whoever asks, and not to the mailbox alone");
            sites.gap(value.location(), subject, message);
        }
    }
}

/// `DEBUG ? token : undefined`
fn is_conditional(value: Value<'_>) -> bool {
    matches!(value.kind(), ExpressionKind::Conditional { .. } | ExpressionKind::Operation { .. })
}

/// The link in the mail leads to the host that the caller names.
fn trusts_host(body: Body<'_>, subject: &str, sites: &mut Sites) {
    for part in with_callees(body) {
        let links = values(part).filter(|value| matches!(value.kind(), ExpressionKind::Concat(_)));
        let named = links.flat_map(Value::descendants).find(|piece| is_host(*piece));
        if let Some(host) = named {
            let message = "the link in the mail is built from a header that the caller chooses";
            sites.gap(host.location(), subject, message).confidence(Confidence::Likely);
            return;
        }
    }
}

fn is_host(value: Value<'_>) -> bool {
    let of_request = |object: Value<'_>| {
        let written = object.source();
        matches!(written, "req" | "request" | "ctx" | "c" | "r" | "req.headers" | "request.headers")
    };
    match value.kind() {
        ExpressionKind::Member { object, name } => {
            matches!(
                name.as_str(),
                "host" | "hostname" | "origin" | "host_url" | "url_root" | "Host"
            ) && of_request(value.sibling(*object))
        }
        ExpressionKind::Index { index, object } => {
            let key = value.sibling(*index).kind().as_text();
            key.is_some_and(|key| matches!(key, "host" | "origin" | "Host" | "Origin"))
                && of_request(value.sibling(*object))
        }
        ExpressionKind::Call { .. } => value.as_call().is_some_and(reads_host),
        _ => false,
    }
}

/// `req.get("host")`
fn reads_host(call: Call<'_>) -> bool {
    let key = call.argument(0).and_then(Value::text).map(str::to_ascii_lowercase);
    call.name() == "get_host"
        || matches!(call.name(), "get" | "header")
            && key.is_some_and(|key| matches!(key.as_str(), "host" | "origin"))
}
