//! Does this end the request with a refusal?

use super::{go, split_words};
use crate::{
    facts::{CallStyle, Entry, EntryKey, ExpressionKind, Span, StatementKind, vocabulary::Meaning},
    project::{Body, Call, In, Project, Value},
};

/// Names of errors and helpers that refuse: matched against whole words of what is written.
const REFUSING_WORDS: [&str; 18] = [
    "unauthorized",
    "unauthorised",
    "unauthenticated",
    "forbidden",
    "denied",
    "notauthenticated",
    "notauthorized",
    "401",
    "403",
    "login",
    "signin",
    "accessdenied",
    "invalidtoken",
    "invalidcredentials",
    "notfound",
    "404",
    "expired",
    "invalid",
];

/// Statuses of answers that refuse, or say that nothing was done.
fn is_refusing_status(text: &str) -> bool {
    matches!(
        text,
        "400"
            | "401"
            | "402"
            | "403"
            | "404"
            | "405"
            | "407"
            | "409"
            | "410"
            | "419"
            | "422"
            | "429"
            | "500"
            | "503"
    )
}

/// Is this value, when returned or sent, a refusal?
pub(super) fn is_refusal(project: &Project, value: Value<'_>) -> bool {
    // `found.orElseThrow(NotFoundException::new)` answers with what was found.
    if let Some(call) = value.as_call().filter(|call| hands_found_on(call.name())) {
        return call.receiver().is_some_and(|receiver| is_refusal(project, receiver));
    }
    let parts = value.descendants();
    let undecided = undecided(project, &parts);
    for part in &parts {
        if undecided.iter().any(|span| span.contains(part.location().span)) {
            continue;
        }
        match part.kind() {
            ExpressionKind::Number(number) if is_refusing_status(number) => return true,
            ExpressionKind::Call { .. } => {
                let call = part.as_call();
                if call.is_some_and(|call| call_refuses(project, call) || makes_error(call)) {
                    return true;
                }
            }
            ExpressionKind::Object(entries)
                if entries.iter().any(|entry| says_failure(*part, entry)) =>
            {
                return true;
            }
            ExpressionKind::Member { name, .. } | ExpressionKind::Name(name)
                if names_refusal(name) || go::is_refusing_status(name) =>
            {
                return true;
            }
            ExpressionKind::Text(text) => {
                let lower = text.to_ascii_lowercase();
                let short = lower.len() <= 60;
                if short && REFUSING_TEXTS.iter().any(|refusal| lower.contains(refusal)) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// Is this how a value is handed on that is there, and refused where it is not?
fn hands_found_on(name: &str) -> bool {
    matches!(
        name,
        "orElseThrow"
            | "ok_or"
            | "ok_or_else"
            | "map_err"
            | "into_outcome"
            | "or_forward"
            | "or_error"
    )
}

/// Where an answer depends on a test and only one of its sides refuses: `200 if ok else 400`.
fn undecided(project: &Project, parts: &[Value<'_>]) -> Vec<Span> {
    let choices = parts.iter().filter(|part| match part.kind() {
        ExpressionKind::Conditional { then, otherwise, .. } => {
            let refuses = [*then, *otherwise].map(|side| is_refusal(project, part.sibling(side)));
            refuses[0] != refuses[1]
        }
        _ => false,
    });
    choices.map(|part| part.location().span).collect()
}

/// `{ error: "Not allowed" }`, `{ success: false }`.
fn says_failure(object: Value<'_>, entry: &Entry) -> bool {
    let EntryKey::Name(key) = &entry.key else { return false };
    let value = object.sibling(entry.value);
    match key.as_str() {
        "error" | "errors" => {
            matches!(value.kind(), ExpressionKind::Text(_) | ExpressionKind::Concat(_))
        }
        "success" | "ok" => matches!(value.kind(), ExpressionKind::Bool(false)),
        _ => false,
    }
}

const REFUSING_TEXTS: [&str; 12] = [
    "unauthorized",
    "unauthenticated",
    "forbidden",
    "/login",
    "/signin",
    "/sign-in",
    "/auth",
    "access denied",
    "not authorized",
    "not authenticated",
    "permission denied",
    "not logged in",
];

/// Does this call refuse by itself?
pub(super) fn call_refuses(project: &Project, call: Call<'_>) -> bool {
    refuses_itself(call) || call.callee().is_some_and(|callee| always_refuses(project, callee))
}

/// Is one of the first things that a function of this project does, whatever it is given, a refusal?
fn always_refuses(project: &Project, callee: Body<'_>) -> bool {
    let facts = project.facts(callee.at.file);
    let stated =
        callee.function().body.iter().filter_map(|&statement| match facts[statement].kind {
            StatementKind::Expression(value) => {
                project.call(In { file: callee.at.file, id: value })
            }
            _ => None,
        });
    stated.into_iter().any(|call| call.means(Meaning::Reject) && unless(call).is_none())
}

fn refuses_itself(call: Call<'_>) -> bool {
    if is_made_for_later(call) {
        return false;
    }
    if call.means(Meaning::Reject) {
        return unless(call).is_none();
    }
    if call.means(Meaning::Respond) {
        let given = call.detail(Meaning::Respond, "status");
        let position = given.and_then(|status| status.parse::<usize>().ok());
        if let Some(status) = position.and_then(|position| call.argument(position)) {
            return status.number().is_some_and(|status| status >= 400.0);
        }
    }
    // A form to sign in with, shown by a library, lets the rest run.
    !call.means(Meaning::ReadIdentity) && names_refusal(call.name())
}

/// `unauthorized = HTTPException(401)` refuses where it is raised.
fn is_made_for_later(call: Call<'_>) -> bool {
    let is_constructor =
        call.style() == CallStyle::New || call.name().starts_with(char::is_uppercase);
    let Some(statement) = call.value().statement().filter(|_| is_constructor) else { return false };
    let kind = &call.project.facts(statement.file)[statement.id].kind;
    matches!(kind, StatementKind::Bind { value: Some(value), .. } if *value == call.id())
}

/// What a call demands that refuses otherwise: `ctx.assert(ctx.state.user, 401)`.
pub(super) fn unless(call: Call<'_>) -> Option<Value<'_>> {
    let position = call.detail(Meaning::Reject, "unless")?.parse().ok()?;
    call.argument(position)
}

/// Does this send an answer, so that the handler does not run any more?
pub(super) fn sends_answer(call: Call<'_>) -> bool {
    let only_prepares = matches!(call.name(), "code" | "status" | "header" | "type");
    !only_prepares
        && (call.means(Meaning::Respond)
            || call.means(Meaning::Reject)
            || call.means(Meaning::Redirect)
            || names_refusal(call.name()))
}

/// `new ApiError(…)`, returned or turned into an answer.
fn makes_error(call: Call<'_>) -> bool {
    let name = call.name();
    call.style() == CallStyle::New && (name.ends_with("Error") || name.ends_with("Exception"))
}

fn names_refusal(name: &str) -> bool {
    // `session.IsExpired()`, `isUnauthorized(error)`: a question refuses nobody.
    let words = split_words(name);
    if words.len() > 1 && matches!(words[0].as_str(), "is" | "has" | "was" | "are") {
        return false;
    }
    let mut plain = name.to_ascii_lowercase();
    plain.retain(|character| character.is_ascii_alphanumeric());
    REFUSING_WORDS.iter().any(|word| match *word {
        // Short words must be the whole of a prefix or suffix, or `catalogin` would refuse.
        "login" | "signin" => {
            plain == *word || plain.starts_with("redirectto") && plain.ends_with(word)
        }
        // `get_object_or_404` answers with what it found, if it found it.
        "401" | "403" | "404" => {
            plain.strip_suffix(word).is_some_and(|before| !before.ends_with("or"))
        }
        "invalid" | "expired" | "denied" => plain.starts_with(word) || plain.ends_with(word),
        _ => plain.contains(word),
    })
}
