//! Markup that a page asks its own server for: `fetch("/rows").then((answer) => answer.text()).then(show)`.
//!
//! The server made it, and escapes where it makes it; what a template of it leaves unescaped is found there.

use crate::{
    facts::{EntryKey, ExpressionKind, Pattern, StatementKind},
    project::{Call, In, Value},
};

/// Is a value the whole answer to such a request?
pub(super) fn is_of_own_server(value: Value<'_>) -> bool {
    let Some((function, 0)) = written(value).as_parameter() else { return false };
    let project = value.project;
    let index = &project.unit(function.file).index;
    let Some(literal) = index.literal_of(function.id) else { return false };
    let literal = project.value(In { file: function.file, id: literal });
    let asking = index.ancestors(literal.at.id).find_map(|at| literal.sibling(at).as_call());
    asking.is_some_and(|call| is_taken(call, literal) && !names_another(call))
}

/// What `element.innerHTML` is set to, where the place itself is what was found.
fn written(value: Value<'_>) -> Value<'_> {
    let Some(statement) = value.statement() else { return value };
    match value.project.facts(statement.file)[statement.id].kind {
        StatementKind::Bind { target: Pattern::Place(place), value: Some(bound), .. }
            if place == value.at.id =>
        {
            value.sibling(bound)
        }
        _ => value,
    }
}

/// Is what a function is given by this call the text of the answer?
fn is_taken(call: Call<'_>, taker: Value<'_>) -> bool {
    let is_argument = call.positional().any(|argument| argument.at == taker.at);
    match call.name() {
        "ajax" => call.positional().any(|options| is_entry(options, "success", taker)),
        "get" | "post" | "load" | "done" => is_argument,
        "then" => is_argument && call.receiver().and_then(Value::as_call).is_some_and(reads_text),
        _ => false,
    }
}

fn is_entry(options: Value<'_>, key: &str, value: Value<'_>) -> bool {
    let ExpressionKind::Object(entries) = options.kind() else { return false };
    entries.iter().any(|entry| {
        matches!(&entry.key, EntryKey::Name(name) if name == key) && entry.value == value.at.id
    })
}

/// `.then((answer) => answer.text())`
fn reads_text(call: Call<'_>) -> bool {
    let reader = call.argument(0).and_then(Value::as_function);
    call.name() == "then"
        && reader.is_some_and(|body| body.calls().any(|inner| inner.name() == "text"))
}

/// Does it say which other server is asked?
fn names_another(call: Call<'_>) -> bool {
    let parts = call.value().descendants();
    parts.into_iter().filter_map(Value::text).any(|text| text.starts_with("http"))
}
