use std::collections::BTreeSet;

use super::calls;
use crate::{
    facts::{EntryKey, ExpressionKind, Text, vocabulary::Meaning},
    project::{Body, Call, Location, Project, guards::split_words, views::Setting},
    rules::Sites,
};

/// The parts of a record, each with the words that stand for it.
const PARTS: [(&str, &[&str]); 9] = [
    (
        "request id",
        &["request", "run", "trace", "correlation", "session", "conversation", "thread", "chat"],
    ),
    (
        "actor",
        &["user", "actor", "account", "customer", "tenant", "owner", "member", "uid", "author"],
    ),
    ("time", &["timestamp", "time", "at", "date", "created", "now"]),
    ("model", &["model"]),
    ("parameters", &["temperature", "params", "parameters", "settings", "options", "config"]),
    ("prompt", &["prompt", "question", "query", "messages", "input", "message", "instructions"]),
    ("context", &["context", "documents", "docs", "sources", "chunks", "retrieved", "citations"]),
    (
        "output",
        &[
            "output",
            "response",
            "answer",
            "completion",
            "content",
            "reply",
            "result",
            "text",
            "analysis",
            "summary",
        ],
    ),
    (
        "outcome",
        &[
            "latency", "duration", "tokens", "usage", "cost", "status", "outcome", "finish",
            "elapsed", "score",
        ],
    ),
];

/// So many of the nine make a record.
const PARTS_MIN: usize = 4;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let recorder = recorder(project);
    for model_call in calls::of(project).filter(calls::ModelCall::is_text) {
        let call = model_call.call;
        let (at, subject) = (call.location(), format!("`{}`", call.path()));
        if let Some(place) = recorder.or_else(|| records_by_option(call)) {
            sites
                .holds(at, subject, "a library records every call of a model")
                .credit(0.78)
                .because(place, "set up here");
            continue;
        }
        match best_record(project, call) {
            Some((parts, place)) if parts.len() >= PARTS_MIN => {
                let credit = share(parts.len());
                let fact = format!("recorded with {} of nine parts", parts.len());
                sites.holds(at, subject, fact).credit(credit).because(place, "written here");
            }
            Some((parts, place)) => {
                let listed = parts.into_iter().collect::<Vec<_>>().join(", ");
                let message = format!("what is recorded of this decision is only: {listed}");
                sites.gap(at, subject, message).because(place, "written here");
            }
            None => {
                sites.gap(
                    at,
                    subject,
                    "nothing records what was asked, of which model, and what came of it",
                );
            }
        }
    }
}

fn share(parts: usize) -> f64 {
    let parts = u32::try_from(parts).unwrap_or(9);
    f64::from(parts) / 9.0
}

/// A library that records calls of models, if one is called or decorates something.
fn recorder(project: &Project) -> Option<Location> {
    let shipped = |call: &Call| call.source_file().is_shipped();
    let called = project.calls_with(Meaning::TraceModel).find(shipped).map(Call::location);
    called.or_else(|| {
        let shipped = project.functions().filter(|body| body.unit().file.is_shipped());
        shipped.flat_map(Body::decorators).find_map(|decorator| {
            let traces = project.vocabulary().has(&decorator.path(), Meaning::TraceModel);
            traces.then(|| decorator.location())
        })
    })
}

/// A switch at the call that turns telemetry on.
fn records_by_option(call: Call<'_>) -> Option<Location> {
    match call.any_option(["experimental_telemetry", "telemetry"]) {
        Setting::Given(value) => match value.entry("isEnabled") {
            Setting::Given(enabled) if enabled.boolean() == Some(false) => None,
            _ => Some(value.location()),
        },
        _ => None,
    }
}

/// The fullest record that the function of the call, or one that calls it, writes behind it.
fn best_record(project: &Project, call: Call<'_>) -> Option<(BTreeSet<&'static str>, Location)> {
    let own = call.function();
    let mut functions = vec![(own, call.location().span.start)];
    for caller in project.callers(own.at).take(8) {
        functions.push((caller.function(), caller.location().span.start));
    }
    let records = functions.into_iter().flat_map(|(body, after)| {
        body.calls_within()
            .filter(move |other| other.location().span.start > after || is_deferred(*other))
            .filter(|other| writes_record(project, *other))
            .map(|other| (parts_of(other), other.location()))
            .filter(|(parts, _)| parts.contains("output") || parts.contains("prompt"))
    });
    records.max_by_key(|(parts, place)| (parts.len(), std::cmp::Reverse(*place)))
}

/// In a callback that runs at the end, wherever it is written.
fn is_deferred(call: Call<'_>) -> bool {
    call.function().function().name.to_ascii_lowercase().contains("finish")
}

fn writes_record(project: &Project, call: Call<'_>) -> bool {
    let is_record = |meaning: Meaning| {
        matches!(meaning, Meaning::Log | Meaning::DatabaseWrite | Meaning::AuditTrail)
    };
    call.meanings().any(is_record)
        || call.callee().is_some_and(|callee| project.reaches(callee.at, is_record))
}

/// Which parts the names in the arguments speak of.
fn parts_of(call: Call<'_>) -> BTreeSet<&'static str> {
    let mut names: Vec<Text> = Vec::new();
    for argument in call.arguments() {
        names.extend(argument.name.clone());
        let value = call.value().sibling(argument.value);
        for part in value.descendants().into_iter().chain(value.constant().descendants()) {
            match part.kind() {
                ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => {
                    names.push(name.clone());
                }
                ExpressionKind::Object(entries) => {
                    names.extend(entries.iter().filter_map(|entry| match &entry.key {
                        EntryKey::Name(key) => Some(key.clone()),
                        _ => None,
                    }));
                }
                _ => {}
            }
            // A record that is built in a statement of its own and handed on by its name.
            if let Some(inner) = part.as_call() {
                names.extend(inner.arguments().iter().filter_map(|argument| argument.name.clone()));
            }
        }
    }
    let words: BTreeSet<String> = names.iter().flat_map(|name| split_words(name)).collect();
    let spoken = PARTS.iter().filter(|(_, known)| known.iter().any(|word| words.contains(*word)));
    spoken.map(|(part, _)| *part).collect()
}
