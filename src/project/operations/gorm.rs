//! GORM: the entity is the type of what a query fills, the conditions are texts or values.

use super::{Operation, OperationKind, filters::Filters, is_key, sql};
use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{Call, Definition, Value},
};

/// How many calls one chain has that people write.
const CHAIN_MAX: usize = 12;

/// `db.First(&post, id)`, `db.Where("id = ?", id).First(&post)`, `db.Model(&post).Where(…).Update(…)`.
pub(super) fn read(call: Call<'_>) -> Option<Operation<'_>> {
    if !call.means(Meaning::DatabaseRead) && !call.means(Meaning::DatabaseWrite) {
        return None;
    }
    let kind = match call.name() {
        "First" | "Take" | "Last" => OperationKind::Read,
        "Find" | "Scan" | "Count" | "Pluck" => OperationKind::List,
        "Create" => OperationKind::Create,
        "Save" | "Update" | "Updates" | "UpdateColumn" => OperationKind::Update,
        "Delete" => OperationKind::Delete,
        _ => return None,
    };
    let mut filters = Filters::default();
    let mut model =
        call.argument(0).filter(|_| !matches!(call.name(), "Update" | "Count" | "Pluck"));
    if matches!(call.name(), "First" | "Take" | "Last" | "Find" | "Delete") {
        condition(&mut filters, call, 1);
    }
    let mut before = call.receiver().and_then(Value::as_call);
    for _ in 0..CHAIN_MAX {
        let Some(link) = before else { break };
        match link.name() {
            "Where" | "Or" | "Not" => condition(&mut filters, link, 0),
            "Model" => model = link.argument(0),
            "Scopes" => filters.is_opaque = true,
            _ => {}
        }
        before = link.receiver().and_then(Value::as_call);
    }
    let by_key = filters.found.iter().any(|filter| is_key(&filter.field));
    let kind = if kind == OperationKind::List && by_key { OperationKind::Read } else { kind };
    let Filters { found, is_opaque, .. } = filters;
    Some(Operation { call, entity: entity(model?)?, kind, filters: found, is_opaque, data: None })
}

/// The type behind `&post`, `&[]Post{}`, `Post{}`.
fn entity(model: Value<'_>) -> Option<Text> {
    model.descendants().into_iter().find_map(|part| match part.resolve() {
        Definition::Instance(class) | Definition::Class(class) => {
            Some(Text::from(model.project.class(class).name()))
        }
        _ => None,
    })
}

/// `"id = ? AND user_id = ?", id, user`, or a single key.
fn condition<'p>(filters: &mut Filters<'p>, call: Call<'p>, position: usize) {
    let Some(first) = call.argument(position) else { return };
    let Some(text) = first.text() else {
        let is_key = call.name() != "Where";
        if is_key {
            filters.pair("id", first)
        } else {
            filters.object(first)
        }
        return;
    };
    for (column, mark) in sql::compared(text) {
        let number = text[..mark.start()].matches('?').count();
        match call.argument(position + 1 + number).filter(|_| mark.as_str() == "?") {
            Some(value) => filters.pair(column, value),
            None => filters.found.push(super::Filter { field: column.into(), value: None }),
        }
    }
}
