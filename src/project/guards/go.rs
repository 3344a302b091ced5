//! Where Go keeps who is calling: values of a context, under keys of the project's own.

use super::{path::Label, split_words};
use crate::{
    facts::{ExpressionKind, Language},
    project::Value,
};

/// Words in keys under which an identity is kept.
const IDENTITY_WORDS: [&str; 14] = [
    "user",
    "userid",
    "username",
    "auth",
    "authenticated",
    "authentication",
    "authorized",
    "claims",
    "account",
    "principal",
    "identity",
    "uid",
    "subject",
    "loggedin",
];

/// `ctx.Value(userKey)`, `c.Get("user")`, `c.Locals("claims")`: an identity filled in earlier.
pub(super) fn context_label(value: Value<'_>) -> Option<Label> {
    let call = value.as_call()?;
    let is_context = matches!(
        call.name(),
        "Value" | "Get" | "MustGet" | "GetString" | "GetInt" | "GetUint" | "Locals"
    );
    if !is_context || call.source_file().language != Language::Go {
        return None;
    }
    let receiver = call.receiver()?;
    let path = receiver.path();
    let written = receiver.source();
    let from_context = path.ends_with("Context()")
        || path.ends_with("Ctx()")
        || written.ends_with("Context()")
        || matches!(written, "ctx" | "c" | "context");
    let key = call.argument(0).filter(|_| from_context && call.arguments().len() == 1)?;
    let name = match key.kind() {
        ExpressionKind::Text(text) => text.as_str(),
        _ => key.source(),
    };
    let words = split_words(name);
    words.iter().any(|word| IDENTITY_WORDS.contains(&word.as_str())).then_some(Label::Identity)
}
