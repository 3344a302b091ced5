//! What decorators note on a handler for guards to read: `@Public()`, `@Roles("admin")`.

use std::collections::BTreeMap;

use super::{
    super::script::made_by,
    decorator::{self, Decorator},
};
use crate::{
    facts::ExpressionKind,
    project::{FunctionRef, Project, Value},
};

/// The notes on a handler and its class, by key; those of the handler win. Whether each is true.
pub(in super::super) fn metadata(
    project: &Project,
    handler: FunctionRef,
) -> BTreeMap<String, bool> {
    let method = project.body(handler);
    if !project.file(handler.file).language.is_script() {
        return BTreeMap::new();
    }
    let class = method.class().map(decorator::of_class).unwrap_or_default();
    let mut notes = BTreeMap::new();
    for decorator in class.into_iter().chain(decorator::of_method(method)) {
        notes.extend(note(decorator));
    }
    notes
}

fn note(decorator: Decorator<'_>) -> Option<(String, bool)> {
    let call = decorator.call?;
    if call.name() == "SetMetadata" {
        let is_true = call.argument(1).is_none_or(|value| value.boolean() != Some(false));
        return Some((note_key(call.argument(0)?)?, is_true));
    }
    // `const Roles = Reflector.createDecorator()`.
    let is_true = call.argument(0).is_none_or(|value| value.boolean() != Some(false));
    Some((created(call.callee_value())?, is_true))
}

/// The key of a note: a text, or a decorator that was created to be one.
pub(in crate::project) fn note_key(value: Value<'_>) -> Option<String> {
    if let Some(text) = value.text() {
        return Some(text.to_owned());
    }
    if let Some(key) = created(value) {
        return Some(key);
    }
    // A member of an enumeration, or a symbol: as it is written.
    matches!(value.kind(), ExpressionKind::Name(_) | ExpressionKind::Member { .. })
        .then(|| value.source().to_owned())
}

fn created(value: Value<'_>) -> Option<String> {
    let made = made_by(value).filter(|made| made.name() == "createDecorator")?;
    let at = made.location();
    Some(format!("{}:{}", value.project.file(at.file).path, at.span.start))
}
