//! Queries that look for a row by its password.

use super::{
    super::common::{has_word, with_bindings},
    is_about_people, is_hashed, is_password, root_of,
    rows::is_as_typed,
};
use crate::{
    facts::{EntryKey, ExpressionKind, vocabulary::Meaning},
    project::{Call, Value},
    rules::Sites,
};

const MESSAGE: &str = "the password is compared with one that is stored in plain text";

/// What an account is looked for by, besides its password.
const ACCOUNT: [&str; 7] = ["email", "mail", "username", "user", "name", "login", "phone"];

/// `User.findOne({ email, password })`, `User.query.filter_by(username=name, password=given)`
pub(super) fn in_filter(call: Call<'_>, sites: &mut Sites) {
    let asks = call.means(Meaning::DatabaseRead)
        || call.means(Meaning::DocumentQuery)
        || matches!(call.name(), "filter_by" | "filter" | "get");
    if !asks || !is_about_people(call) {
        return;
    }
    let named = call.arguments().iter().filter_map(|argument| {
        Some((argument.name.as_deref()?, call.value().sibling(argument.value)))
    });
    let named: Vec<(&str, Value<'_>)> = named.collect();
    let objects = call.positional().map(|value| {
        let whole = value.constant();
        fields_of(whole.entry("where").given().map_or(whole, Value::constant))
    });
    for fields in objects.chain([named]) {
        let knows_account = fields.iter().any(|(name, _)| has_word(name, &ACCOUNT));
        let given = fields.iter().find(|(name, value)| is_password(name) && is_as_typed(*value));
        if let Some((_, value)) = given.filter(|_| knows_account) {
            sites.gap(value.location(), "password query", MESSAGE).root(root_of(*value));
        }
    }
}

/// The fields of an object that are written one by one.
fn fields_of(object: Value<'_>) -> Vec<(&str, Value<'_>)> {
    let ExpressionKind::Object(entries) = object.kind() else { return Vec::new() };
    let fields = entries.iter().filter_map(|entry| match &entry.key {
        EntryKey::Name(name) => Some((name.as_str(), object.sibling(entry.value))),
        _ => None,
    });
    fields.collect()
}

/// `SELECT … WHERE email = ? AND password = ?`, and rows written with a password as typed.
pub(super) fn in_sql(call: Call<'_>, sites: &mut Sites) {
    if !call.means(Meaning::SqlQuery) && !call.means(Meaning::SqlRaw) {
        return;
    }
    let Some(query) = call.argument(0) else { return };
    let text = literal_text(query.constant());
    let lower = text.to_ascii_lowercase();
    let Some(start) = lower.find("where") else { return };
    let filters = &lower[start..];
    let compares = split_words_with_sign(filters);
    let given: Vec<Value<'_>> = call.positional().skip(1).flat_map(with_bindings).collect();
    let hashed =
        given.into_iter().any(is_hashed) || with_bindings(query).into_iter().any(is_hashed);
    if compares && lower.trim_start().starts_with("select") && !hashed {
        sites.gap(call.location(), "password query", MESSAGE).root(root_of(call.value()));
    }
}

/// `password = ` followed by a value that is handed in.
fn split_words_with_sign(filters: &str) -> bool {
    let mut rest = filters;
    while let Some(at) = rest.find("password") {
        let before = rest[..at].chars().next_back();
        let after = rest[at + "password".len()..].trim_start_matches(['"', '`', ']']);
        let is_whole =
            !before.is_some_and(|character| character.is_alphanumeric() || character == '_');
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        let handed_in = value.is_some_and(|value| {
            value.starts_with(['?', '$', ':', '%', '\'', '"', '{', '\u{0}', '@'])
        });
        if is_whole && handed_in {
            return true;
        }
        rest = &rest[at + "password".len()..];
    }
    false
}

/// The literal parts of a text, with a mark where something is put in.
fn literal_text(value: Value<'_>) -> String {
    match value.kind() {
        ExpressionKind::Text(text) => text.to_string(),
        ExpressionKind::Concat(parts) => {
            let parts = parts.iter().map(|&part| match value.sibling(part).kind() {
                ExpressionKind::Text(text) => text.to_string(),
                _ => "\u{0}".to_owned(),
            });
            parts.collect()
        }
        _ => String::new(),
    }
}
