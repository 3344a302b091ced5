//! Tables that object mappers declare in code.

use super::{Entities, Entity};
use crate::{
    facts::{ClassKind, EntryKey, ExpressionKind, Language, StatementKind, Text},
    project::{Call, Location, Project, Type, Value, operations::chained},
};

pub(super) fn read(project: &Project, entities: &mut Entities) {
    for (file, unit) in project.units() {
        if !unit.file.language.is_code() || unit.file.role == crate::facts::Role::Test {
            continue;
        }
        for (id, _) in unit.facts.classes() {
            let class = project.class(crate::project::In { file, id });
            if is_mapped(class, unit.file.language) {
                let fields = class.class().fields.iter().map(|field| field.name.clone());
                let name = Text::from(class.name());
                entities.add(Entity {
                    name,
                    columns: fields.collect(),
                    location: class.location(),
                });
            }
        }
        if unit.file.language.is_script() {
            for call in project.calls_in(file) {
                declared_by_call(call, entities);
            }
        }
    }
}

/// A class whose fields are columns.
fn is_mapped(class: Type<'_>, language: Language) -> bool {
    let facts = class.project.facts(class.at.file);
    let marked = |names: &[&str]| {
        class.class().decorators.iter().any(|&decorator| {
            facts.last_segment(decorator).is_some_and(|name| names.contains(&name))
        })
    };
    match language {
        Language::Python => {
            let is_model = class.base_paths().any(|base| {
                base.ends_with("models.Model")
                    || base.ends_with(".Model")
                    || base == "Base"
                    || base.ends_with("#Base")
                    || base.contains("DeclarativeBase")
                    || base.ends_with("SQLModel")
            });
            let has_columns = class.class().fields.iter().any(|field| {
                field.value.is_some_and(|value| {
                    facts.last_segment(value).is_some_and(|name| {
                        matches!(name, "Column" | "mapped_column" | "relationship" | "ForeignKey")
                    })
                })
            });
            // `class Item(ItemBase, table=True)`: SQLModel's own mark.
            let is_table = class.class().options.iter().any(|(name, _)| name == "table");
            let is_shape = class.base_paths().any(|base| base.ends_with("SQLModel"));
            is_table || is_model && !is_shape || has_columns
        }
        Language::Java => marked(&["Entity", "Document", "Table"]),
        Language::Go => {
            class.class().kind == ClassKind::Structure
                && class.class().fields.iter().any(|field| {
                    field.decorators.iter().any(|&tag| {
                        facts[tag].kind.as_text().is_some_and(|tag| {
                            tag.contains("gorm:") || tag.contains("db:") || tag.contains("bson:")
                        })
                    })
                })
        }
        _ if language.is_script() => marked(&["Entity", "Schema", "Table", "ObjectType"]),
        _ => false,
    }
}

/// `pgTable("posts", {…})`, `model("Post", new Schema({…}))`, `define("Post", {…})`.
fn declared_by_call(call: Call<'_>, entities: &mut Entities) {
    let Some(name) = call.argument(0).and_then(Value::text) else { return };
    let columns = match call.name() {
        "pgTable" | "mysqlTable" | "sqliteTable" | "define" | "createTable" => {
            let mut columns = call.argument(1).map(keys).unwrap_or_default();
            // Kysely adds them one by one.
            let added = chained(call).into_iter().filter(|next| next.name() == "addColumn");
            columns.extend(added.filter_map(|next| Some(next.argument(0)?.text()?.into())));
            columns
        }
        "model" => {
            let schema = call.argument(1).and_then(schema_call);
            schema.and_then(|schema| schema.argument(0)).map(keys).unwrap_or_default()
        }
        _ => return,
    };
    let location: Location = call.location();
    // Queries name the variable, the database the table.
    if let Some(bound) = bound_name(call).filter(|bound| *bound != name) {
        entities.add(Entity { name: bound.into(), columns: columns.clone(), location });
    }
    entities.add(Entity { name: name.into(), columns, location });
}

fn schema_call(value: Value<'_>) -> Option<Call<'_>> {
    if let Some(call) = value.as_call() {
        return Some(call);
    }
    match value.project.origin(value.at) {
        crate::project::Origin::Created(at) => value.project.call(at),
        _ => None,
    }
}

/// The names in an object literal.
pub(super) fn keys(value: Value<'_>) -> Vec<Text> {
    let ExpressionKind::Object(entries) = value.constant().kind() else { return Vec::new() };
    let names = entries.iter().filter_map(|entry| match &entry.key {
        EntryKey::Name(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}

fn bound_name(call: Call<'_>) -> Option<&str> {
    let statement = call.value().statement()?;
    match &call.project.facts(call.file)[statement.id].kind {
        StatementKind::Bind { target, .. } => target.as_name().map(Text::as_str),
        _ => None,
    }
}
