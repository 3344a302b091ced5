use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    gap::Confidence,
    project::{Call, Project, Value},
    rules::{Sites, common::server_calls},
};

/// From here on a limit is none, in bytes.
const LARGEST: f64 = 50.0 * 1024.0 * 1024.0;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::BodyLimit) {
        judge_limit(call, sites);
    }
    if !has_proxy_limit(project) {
        judge_unlimited(project, sites);
    }
}

/// A limit that is set, or a reader of bodies with one of its own.
fn judge_limit(call: Call<'_>, sites: &mut Sites) {
    let Some(options) = call.detail(Meaning::BodyLimit, "limit") else { return };
    let (at, subject) = (call.location(), call.name());
    let Some(value) = call.any_option(options.split(',')).given() else {
        if call.detail(Meaning::BodyLimit, "default").is_some_and(|default| default != "none") {
            sites.holds(at, subject, "its library limits the size of bodies");
        }
        return;
    };
    match bytes(value) {
        Some(size) if size >= LARGEST => {
            sites.gap(at, subject, "it takes bodies of any size that matters");
        }
        Some(_) => {
            sites.holds(at, subject, "the size of bodies is limited");
        }
        None => {}
    }
}

/// A size as it is written: `"500mb"`, `52428800`, `Infinity`.
fn bytes(value: Value<'_>) -> Option<f64> {
    if let Some(number) = value.number() {
        return Some(number);
    }
    if matches!(value.kind(), ExpressionKind::Name(name) if name == "Infinity") {
        return Some(f64::INFINITY);
    }
    let text = value.text()?.trim().to_ascii_lowercase();
    let length = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
    let (number, unit) = text.split_at(length.unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "b" => 1.0,
        "k" | "kb" => 1024.0,
        "m" | "mb" => 1024.0 * 1024.0,
        "g" | "gb" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// Go reads a body to its end, however long it is, unless it is told a limit.
fn judge_unlimited(project: &Project, sites: &mut Sites) {
    let is_go = |call: &Call<'_>| call.source_file().language == Language::Go;
    let limit = server_calls(project, Meaning::BodyLimit).find(is_go);
    for call in server_calls(project, Meaning::ReadToEnd).filter(is_go) {
        if !call.argument(0).is_some_and(is_body_of_request) {
            continue;
        }
        let (at, subject) = (call.location(), call.name());
        if let Some(limit) = limit {
            let fact = "the program limits the size of bodies";
            sites.holds(at, subject, fact).because(limit.location(), "limited here");
        } else {
            let message = "the body of a request is read to its end, however long it is";
            let draft = sites.gap(at, subject, message).confidence(Confidence::Heuristic);
            draft.root("no limit for bodies");
        }
    }
}

/// `r.Body`, and not the body of an answer.
fn is_body_of_request(value: Value<'_>) -> bool {
    let ExpressionKind::Member { object, name } = value.unwrapped().kind() else { return false };
    let path = value.sibling(*object).path();
    name == "Body"
        && (value.project.vocabulary().has(&path, Meaning::RequestObject)
            || path.ends_with(".Request"))
}

/// A proxy in front that is set up in this repository.
fn has_proxy_limit(project: &Project) -> bool {
    project.units().any(|(_, unit)| {
        unit.file.text.contains("client_max_body_size")
            || unit.file.text.contains("maxRequestBodyBytes")
    })
}
