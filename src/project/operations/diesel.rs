//! Diesel's query builder: the table is a module, its columns are what is in it.

use super::{Operation, OperationKind, chained, filters::Filters, is_key};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Value},
};

/// How deep conditions are nested that people write.
const DEPTH_MAX: u32 = 6;

/// `posts::table.filter(posts::id.eq(key)).first(c)`, `diesel::delete(posts::table.filter(…))`,
/// `diesel::update(posts::table).filter(…)`.
pub(super) fn read(call: Call<'_>) -> Option<Operation<'_>> {
    let mut calls = vec![call];
    calls.extend(chained(call));
    let (entity, kind) = match write_kind(call) {
        Some(kind) => (table(call.argument(0)?)?, kind),
        None => (table(call.receiver()?)?, surrounding_kind(call, &calls)),
    };
    let mut filters = Filters::default();
    for next in &calls {
        match next.name() {
            "filter" | "or_filter" => {
                for condition in next.positional() {
                    compare(&mut filters, condition, DEPTH_MAX);
                }
            }
            "find" => next.argument(0).into_iter().for_each(|key| filters.pair("id", key)),
            _ => {}
        }
    }
    let by_key = filters.found.iter().any(|filter| is_key(&filter.field));
    let kind = if kind == OperationKind::List && by_key { OperationKind::Read } else { kind };
    let Filters { found, is_opaque, .. } = filters;
    Some(Operation { call, entity, kind, filters: found, is_opaque, data: None })
}

/// The kind of `diesel::update(…)` and its like.
fn write_kind(call: Call<'_>) -> Option<OperationKind> {
    match call.path() {
        "diesel.update" => Some(OperationKind::Update),
        "diesel.delete" => Some(OperationKind::Delete),
        "diesel.insert_into" | "diesel.replace_into" => Some(OperationKind::Create),
        _ => None,
    }
}

/// A query of a table: what encloses it, or how it ends, says what it is for.
fn surrounding_kind<'p>(call: Call<'p>, calls: &[Call<'p>]) -> OperationKind {
    if let Some(kind) = call.enclosing_calls().find_map(write_kind) {
        return kind;
    }
    let is_one = calls.iter().any(|next| matches!(next.name(), "first" | "get_result"));
    if is_one { OperationKind::Read } else { OperationKind::List }
}

/// `posts` of `posts::table`.
fn table(value: Value<'_>) -> Option<Text> {
    let ExpressionKind::Member { object, name } = value.unwrapped().kind() else { return None };
    if name != "table" {
        return None;
    }
    match value.sibling(*object).kind() {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => Some(name.clone()),
        _ => None,
    }
}

/// `posts::id.eq(key).and(…)`.
fn compare<'p>(filters: &mut Filters<'p>, condition: Value<'p>, depth: u32) {
    let Some(call) = condition.as_call().filter(|_| depth > 0) else {
        filters.is_opaque = true;
        return;
    };
    let column = call.receiver().map(Value::unwrapped);
    match call.name() {
        "eq" | "eq_any" | "is" => {
            if let Some(ExpressionKind::Member { name, .. }) = column.map(Value::kind)
                && let Some(value) = call.argument(0)
            {
                filters.pair(name, value);
            }
        }
        "and" | "or" | "nullable" | "assume_not_null" => {
            for part in column.into_iter().chain(call.positional()) {
                compare(filters, part, depth - 1);
            }
        }
        _ => {}
    }
}
