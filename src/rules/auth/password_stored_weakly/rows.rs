//! Passwords that are written to a row or a document.

use super::{
    super::common::{bindings, has_word, last_name, names_of},
    PEOPLE, is_about_people, is_hashed, is_password, is_server, password_name, root_of,
};
use crate::{
    facts::{
        CallStyle, EntryKey, ExpressionKind, Language, Pattern, StatementKind, vocabulary::Meaning,
    },
    project::{Call, Definition, In, Location, Project, Value},
    rules::Sites,
};

/// A row or document with a password in it.
pub(super) fn written(call: Call<'_>, sites: &mut Sites) {
    let leaves_it_to_others = call.name() == "rpc" || call.path().contains("auth.");
    let writes = call.means(Meaning::DatabaseWrite) && !leaves_it_to_others;
    let builds_row = call.style() == CallStyle::New && is_saved(call)
        || call.source_file().language == Language::Python && builds_model(call);
    if !(writes || builds_row)
        || has_word(call.name(), &["user", "superuser", "account", "password"])
            && has_word(call.name(), &["create", "set"])
    {
        return;
    }
    for argument in call.arguments() {
        let value = call.value().sibling(argument.value);
        if argument.name.as_deref().is_some_and(is_password) {
            judge(value, table(call), sites);
            judge_literal(call, value, sites);
        }
        for part in value.constant().descendants() {
            let ExpressionKind::Object(entries) = part.kind() else { continue };
            for entry in entries {
                if let EntryKey::Name(key) = &entry.key
                    && is_password(key)
                    && !is_query(call, part)
                {
                    judge(part.sibling(entry.value), table(call), sites);
                    judge_literal(call, part.sibling(entry.value), sites);
                }
            }
        }
    }
}

/// `where: {…}` and `select: {…}` are not written.
fn is_query(call: Call<'_>, object: Value<'_>) -> bool {
    ["where", "select", "include", "omit", "attributes", "orderBy"].iter().any(|name| {
        call.option(name)
            .given()
            .is_some_and(|given| given.location().span.contains(object.location().span))
    })
}

/// A password as it came in, and nothing made of it.
pub(super) fn is_as_typed(value: Value<'_>) -> bool {
    let inner = value.unwrapped();
    let is_given = match inner.kind() {
        ExpressionKind::Name(name) => {
            is_password(name) && !bindings(inner, name).into_iter().any(is_hashed)
        }
        ExpressionKind::Member { name, .. } => is_password(name),
        ExpressionKind::Index { .. } | ExpressionKind::Call { .. } => {
            password_name(inner).is_some_and(is_password)
        }
        _ => false,
    };
    is_given && !is_hashed(value)
}

/// An object that something later calls `save` on.
fn is_saved(call: Call<'_>) -> bool {
    call.function().calls().any(|other| {
        other.name() == "save" && other.means(Meaning::DatabaseWrite) || other.name() == "save"
    })
}

/// A class of the project with a column for the password.
fn builds_model(call: Call<'_>) -> bool {
    let Definition::Class(class) = call.target() else { return false };
    let class = call.project.class(*class);
    let is_mapped = class.base_paths().any(|base| {
        base.ends_with(".Model")
            || base == "Base"
            || base.ends_with("#Base")
            || base.contains("DeclarativeBase")
    });
    let is_model = is_mapped || class.class().options.iter().any(|(name, _)| name == "table");
    let hashes = class
        .methods()
        .any(|method| method.calls_within().any(|call| call.means(Meaning::HashPassword)));
    let is_schema =
        class.base_paths().any(|base| base.contains("BaseModel") || base.contains("Schema"));
    // A form or an update that is never a row of its own is a schema too.
    let is_stored = call.project.entities().get(class.name()).is_some();
    is_model && is_stored && !hashes && !is_schema
}

/// `user.password = given`, before the user is saved.
pub(super) fn assigned(project: &Project, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|&(file, _)| is_server(project, file)) {
        let by_statement =
            unit.facts.statements.iter().filter_map(|statement| match statement.kind {
                StatementKind::Bind {
                    target: Pattern::Place(place), value: Some(value), ..
                } => Some((place, value)),
                _ => None,
            });
        let by_expression =
            unit.facts.expressions().filter_map(|(_, expression)| match expression.kind {
                ExpressionKind::Assign { target, operator: None, value } => Some((target, value)),
                _ => None,
            });
        for (target, value) in by_statement.chain(by_expression) {
            let [target, value] = [target, value].map(|id| project.value(In { file, id }));
            let ExpressionKind::Member { object, name } = target.kind() else { continue };
            let whose = last_name(target.sibling(*object)).unwrap_or_default();
            if is_password(name) && has_word(whose, &PEOPLE) && is_saved_in(target) {
                judge(value, None, sites);
            }
        }
    }
}

/// Does the function that the value stands in write what it changed?
fn is_saved_in(value: Value<'_>) -> bool {
    value.function().calls().any(|call| {
        call.means(Meaning::DatabaseWrite) || matches!(call.name(), "save" | "commit" | "flush")
    })
}

fn judge(value: Value<'_>, table: Option<Location>, sites: &mut Sites) {
    if is_as_typed(value) {
        let message = "the password is stored as it was typed";
        let draft = sites.gap(value.location(), "stored password", message).root(root_of(value));
        if let Some(table) = table {
            draft.because(table, "the table that keeps it");
        }
    }
}

/// The declaration of the table that a call is about, if it has a column for the password.
fn table(call: Call<'_>) -> Option<Location> {
    let names = names_of(call.callee_value());
    let entities = names.iter().filter_map(|name| call.project.entities().get(name));
    let mut tables =
        entities.filter(|entity| entity.columns.iter().any(|column| is_password(column)));
    let location = tables.next()?.location;
    // A table that is only known from this call says nothing more.
    (!location.span.contains(call.location().span)).then_some(location)
}

/// An account that is made with a password of the code; what looks like a digest may be one.
fn judge_literal(call: Call<'_>, value: Value<'_>, sites: &mut Sites) {
    const LENGTH_MAX: usize = 32;

    let Some(text) = value.text() else { return };
    let is_plain = !text.is_empty() && text.len() < LENGTH_MAX && !text.starts_with(['$', '{']);
    if is_plain && is_about_people(call) {
        let message = "the password is stored as it stands in the code";
        sites.gap(value.location(), "stored password", message).root(root_of(value));
    }
}
