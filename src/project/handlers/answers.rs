//! Which calls and values tell somebody that something failed.

use super::words::{is_state_of_failure, speaks_of_failure};
use crate::{
    facts::{EntryKey, ExpressionKind},
    project::{Call, Value},
};

/// Levels of logs that somebody is told to look at.
pub(super) fn is_loud(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "warn",
        "err",
        "exception",
        "fatal",
        "critical",
        "severe",
        "crit",
        "print",
        "send",
        "msg",
        "log",
    ]
    .iter()
    .any(|level| name.starts_with(level))
}

/// Does a call log the exception that is being handled by itself?
pub(super) fn carries_cause(call: Call<'_>) -> bool {
    call.name() == "exception" || call.named("exc_info").is_some()
}

/// Asks something of the error, or changes its form, and tells nobody.
pub(super) fn is_question(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "isinstance",
        "str",
        "String",
        "repr",
        "type",
        "Is",
        "As",
        "includes",
        "isAxiosError",
        "hasattr",
        "getattr",
        "stringify",
        "parse",
        "startsWith",
        "test",
        "match",
        "has",
        "log",
        "matches",
        "is",
        "contains",
        "drop",
    ];
    NAMES.contains(&name)
}

/// `next(…)`, `reject(…)`, `abort(…)`, `fail(…)`: the caller is told, whatever is given.
pub(super) fn is_refusal(call: Call<'_>) -> bool {
    const NAMES: [&str; 12] = [
        "reject",
        "abort",
        "fail",
        "Abort",
        "AbortWithStatus",
        "AbortWithError",
        "Fatal",
        "Fatalf",
        "panic",
        "Err",
        "interrupt",
        "notFound",
    ];
    let name = call.name();
    NAMES.contains(&name) || (name == "next" && call.arguments().len() == 1)
}

/// Names of functions that put something before the user's eyes, or send him elsewhere.
pub(super) fn is_telling(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "alert",
        "notify",
        "enqueueSnackbar",
        "showToast",
        "showError",
        "toast",
        "flash",
        "redirect",
        "navigate",
        "openSnackbar",
        "showNotification",
        "addNotification",
    ];
    let is_callback =
        name.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    NAMES.contains(&name) || is_callback
}

/// Builds an error: `errors.New(…)`, `fmt.Errorf(…)`, `Err(…)`, `new SomeError(…)`, or names one.
pub(super) fn is_error_constructor(value: Value<'_>) -> bool {
    let names_error = |name: &str| {
        name == "Err"
            || name.starts_with("Err")
            || name.ends_with("Error")
            || name.ends_with("Exception")
            || name == "Errorf"
            || name.starts_with("err")
    };
    let last = |value: Value<'_>| match value.kind() {
        ExpressionKind::Call { .. } | ExpressionKind::Name(_) | ExpressionKind::Member { .. } => {
            let facts = value.project.facts(value.at.file);
            let name = facts.last_segment(value.at.id).unwrap_or_default();
            names_error(name) || value.path().starts_with("errors.")
        }
        _ => false,
    };
    match value.kind() {
        ExpressionKind::List(items) => {
            items.iter().any(|&item| last(value.sibling(item).unwrapped()))
        }
        _ => last(value),
    }
}

/// An object with `error: …`, `success: false`, `ok: false`, or a text that speaks of a failure.
pub(super) fn tells_failure(value: Value<'_>) -> bool {
    value.descendants().iter().any(|part| match part.kind() {
        ExpressionKind::Text(text) => speaks_of_failure(text),
        ExpressionKind::Object(entries) => entries.iter().any(|entry| match &entry.key {
            EntryKey::Name(key) => {
                let is_failure = is_state_of_failure(key);
                is_failure && !matches!(value.sibling(entry.value).kind(), ExpressionKind::Null)
            }
            _ => false,
        }),
        _ => false,
    })
}
