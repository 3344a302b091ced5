//! What code says and does that stands in for something else.

use crate::{
    facts::{CallStyle, ExpressionKind, Span, StatementKind, vocabulary::Meaning},
    project::{Body, In, Location, Value},
};

/// Words with which code admits that it only pretends.
const ADMISSIONS: [&str; 22] = [
    "in a real implementation",
    "in a real app",
    "in a real-world",
    "in a real world",
    "in a real system",
    "in a real scenario",
    "in real implementation",
    "in real app",
    "in a production app",
    "in a production environment",
    "in production, this",
    "in production this",
    "in production you",
    "in production we",
    "replace this with",
    "replace with real",
    "replace with actual",
    "mock implementation",
    "dummy implementation",
    "stub implementation",
    "for demo purposes",
    "for demonstration purposes",
];

const PRETENCES: [&str; 6] =
    ["simulate", "simulating", "simulated", "mocked", "fake ", "placeholder"];

/// The comment in or right above a function that admits that it pretends.
pub(super) fn admission(body: Body<'_>) -> Option<Location> {
    let span = body.function().span;
    let file = &body.unit().file;
    let comments = body.unit().facts.comments.iter();
    let near = comments.filter(|comment| {
        let above = comment.span.end <= span.start
            && file.slice(Span { start: comment.span.end, end: span.start }).trim().len() < 40
            && file.slice(Span { start: comment.span.end, end: span.start }).matches('\n').count()
                <= 1;
        span.contains(comment.span) || above
    });
    let found = near.into_iter().find(|comment| {
        let text = comment.text.as_str().to_ascii_lowercase();
        ADMISSIONS.iter().any(|words| text.contains(words))
            || PRETENCES.iter().any(|words| text.starts_with(words))
            || text.starts_with("for now") && text.contains("return")
    })?;
    Some(Location { file: body.at.file, span: found.span })
}

/// A value that is the same for everybody: `true`, `{ id: 1 }`, `Ok(())`.
pub(super) fn is_fixed(value: Value<'_>) -> bool {
    let all = |ids: &[_]| ids.iter().all(|&id| is_fixed(value.sibling(id)));
    match value.kind() {
        ExpressionKind::Text(_) | ExpressionKind::Number(_) | ExpressionKind::Bool(_) => true,
        ExpressionKind::Object(entries) => {
            !entries.is_empty() && entries.iter().all(|entry| is_fixed(value.sibling(entry.value)))
        }
        ExpressionKind::List(items) => !items.is_empty() && all(items),
        ExpressionKind::Await(inner) | ExpressionKind::Cast { value: inner, .. } => {
            is_fixed(value.sibling(*inner))
        }
        // `Ok(true)`, `User(id=1)`, `Promise.resolve(true)`
        ExpressionKind::Call { arguments, style, .. } => {
            let name = value.as_call().map(|call| call.name()).unwrap_or_default();
            let is_construction = matches!(style, CallStyle::New | CallStyle::Struct)
                || matches!(name, "Ok" | "Some" | "resolve")
                || name.starts_with(char::is_uppercase);
            let is_empty_success = name == "Ok"
                && arguments
                    .iter()
                    .all(|one| matches!(value.sibling(one.value).kind(), ExpressionKind::Null));
            is_construction
                && (is_empty_success
                    || !arguments.is_empty()
                        && arguments.iter().all(|one| is_fixed(value.sibling(one.value))))
        }
        _ => false,
    }
}

/// What a function yields on every path, if that is fixed: its only return.
pub(super) fn fixed_answer(body: Body<'_>) -> Option<Value<'_>> {
    let facts = &body.unit().facts;
    let mut returned: Vec<Value<'_>> = body.returned().collect();
    if returned.is_empty() {
        let &last = body.function().body.last()?;
        let StatementKind::Expression(id) = facts[last].kind else { return None };
        let is_value = body.unit().file.language == crate::facts::Language::Rust;
        returned.extend(is_value.then(|| body.project.value(In { file: body.at.file, id })));
    }
    let (first, rest) = returned.split_first()?;
    (is_fixed(*first) && rest.iter().all(|&value| is_fixed(value))).then_some(*first)
}

/// A variable that is bound to a success without asking anybody: `const match = true`.
pub(super) fn assumed_success(body: Body<'_>, after: Location) -> Option<Location> {
    let facts = &body.unit().facts;
    body.statements().iter().find_map(|&id| {
        let StatementKind::Bind { value: Some(value), .. } = facts[id].kind else { return None };
        let is_true = matches!(facts[value].kind, ExpressionKind::Bool(true));
        let follows = facts[id].span.start >= after.span.end;
        let between =
            body.unit().file.slice(Span { start: after.span.end, end: facts[id].span.start });
        (is_true && follows && between.matches('\n').count() <= 2)
            .then_some(Location { file: body.at.file, span: facts[id].span })
    })
}

/// Does it wait, as if it worked?
pub(super) fn waits(body: Body<'_>) -> bool {
    body.calls_within().any(|call| {
        call.means(Meaning::Sleep) || matches!(call.name(), "setTimeout" | "sleep" | "delay")
    })
}

/// Does it, or what it calls, do anything but compute?
pub(super) fn does_anything(body: Body<'_>) -> bool {
    body.calls_within().any(|call| {
        let quiet =
            call.means(Meaning::Log) || call.means(Meaning::Print) || call.means(Meaning::Sleep);
        let is_plain = matches!(
            call.name(),
            "setTimeout" | "resolve" | "next" | "Ok" | "Some" | "info" | "print"
        ) || matches!(call.style(), CallStyle::Struct)
            || call.name().starts_with(char::is_uppercase);
        !quiet && !is_plain
    })
}

/// The words of a name: `verifyToken`, `verify_token`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || character.is_uppercase() && was_lower {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().expect("it starts with one").extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
