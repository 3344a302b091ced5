//! Conditions: objects of columns, comparisons, and calls such as `eq(column, value)`.

use super::Filter;
use crate::{
    facts::{EntryKey, ExpressionKind, Operator, Text},
    project::{Call, Value},
};

/// The filters that were read, and whether others may be hidden.
#[derive(Default)]
pub(super) struct Filters<'p> {
    pub(super) found: Vec<Filter<'p>>,
    pub(super) is_opaque: bool,
    /// The call that led to the function in which the filters stand.
    through: Option<Call<'p>>,
}

/// How deep conditions are nested that people write.
const DEPTH_MAX: u32 = 6;

impl<'p> Filters<'p> {
    /// Filters of a function that is read for one call of it.
    pub(super) fn through(call: Option<Call<'p>>) -> Self {
        Self { through: call, ..Self::default() }
    }

    /// What stands behind a name: a constant, or what the call hands in for a parameter.
    pub(super) fn whole(&self, value: Value<'p>) -> Value<'p> {
        let handed_in = self.through.and_then(|call| {
            let callee = call.callee()?;
            let (function, number) = value.as_parameter()?;
            call.passed(callee, number).filter(|_| callee.at == function)
        });
        handed_in.unwrap_or(value).constant()
    }

    /// `{ id, userId: user.id, AND: [{…}], author: { id } }`.
    pub(super) fn object(&mut self, value: Value<'p>) {
        self.object_at(value, DEPTH_MAX);
    }

    fn object_at(&mut self, value: Value<'p>, depth: u32) {
        let whole = self.whole(value);
        let ExpressionKind::Object(entries) = whole.kind() else {
            self.is_opaque = true;
            return;
        };
        if depth == 0 {
            self.is_opaque = true;
            return;
        }
        for entry in entries {
            let inner = whole.sibling(entry.value);
            match &entry.key {
                EntryKey::Name(key) if matches!(key.as_str(), "AND" | "OR" | "$and" | "$or") => {
                    for item in inner.items().unwrap_or_else(|| vec![inner]) {
                        self.object_at(item, depth - 1);
                    }
                }
                EntryKey::Name(key) => {
                    if is_negation(key) || is_negated(inner) {
                        continue;
                    }
                    if let ExpressionKind::Object(_) = inner.kind() {
                        let mut nested = Self::through(self.through);
                        nested.object_at(inner, depth - 1);
                        // `id: { in: ids }` is about the column, `author: { id }` about the relation.
                        for filter in nested.found {
                            let is_operator = matches!(
                                filter.field.as_str(),
                                "equals" | "in" | "$eq" | "$in" | "is" | "some" | "has"
                            );
                            let field = if is_operator { key.clone() } else { filter.field };
                            self.found.push(Filter { field, value: filter.value });
                        }
                    }
                    self.found.push(Filter { field: key.clone(), value: Some(inner) });
                }
                EntryKey::Spread | EntryKey::Computed(_) => self.is_opaque = true,
            }
        }
    }

    /// Named arguments: `get(pk=1, user=u)`, with Django's `field__lookup`.
    pub(super) fn named(&mut self, call: Call<'p>) {
        for argument in call.arguments() {
            let value = call.value().sibling(argument.value);
            match &argument.name {
                Some(name) => {
                    for part in name.split("__") {
                        self.found.push(Filter { field: part.into(), value: Some(value) });
                    }
                }
                None if argument.spread => self.is_opaque = true,
                None => {}
            }
        }
    }

    /// `E.id == key`, `eq(posts.id, id)`, `and(…, …)`.
    pub(super) fn condition(&mut self, value: Value<'p>) {
        self.condition_at(value, DEPTH_MAX);
    }

    fn condition_at(&mut self, value: Value<'p>, depth: u32) {
        if depth == 0 {
            self.is_opaque = true;
            return;
        }
        match value.kind() {
            ExpressionKind::Operation { operator, operands } => {
                match (operator, operands.as_slice()) {
                    (Operator::Equal | Operator::In, [column, other]) => {
                        self.compare(value.sibling(*column), value.sibling(*other));
                    }
                    (_, operands) => {
                        for &operand in operands {
                            self.condition_at(value.sibling(operand), depth - 1);
                        }
                    }
                }
            }
            ExpressionKind::Call { .. } => {
                let Some(call) = value.as_call() else { return };
                match call.name() {
                    "eq" | "inArray" | "is_" | "in_" => {
                        let column =
                            call.receiver().filter(|_| matches!(call.name(), "is_" | "in_"));
                        let (column, other) = match column {
                            Some(column) => (Some(column), call.argument(0)),
                            None => (call.argument(0), call.argument(1)),
                        };
                        if let (Some(column), Some(other)) = (column, other) {
                            self.compare(column, other);
                        }
                    }
                    "and" | "or" | "and_" | "or_" | "Q" | "col" => {
                        self.named(call);
                        for argument in call.positional() {
                            self.condition_at(argument, depth - 1);
                        }
                    }
                    _ => self.made(call),
                }
            }
            ExpressionKind::Function(_) | ExpressionKind::Name(_) => self.is_opaque = true,
            _ => {}
        }
    }

    /// `teamOf({ teamId, userId: user.id })`: what a function makes a condition of, by the names it has there.
    fn made(&mut self, call: Call<'p>) {
        for argument in call.positional() {
            let ExpressionKind::Object(entries) = argument.kind() else { continue };
            for entry in entries {
                if let EntryKey::Name(key) = &entry.key {
                    self.pair(key, argument.sibling(entry.value));
                }
            }
        }
    }

    fn compare(&mut self, column: Value<'p>, other: Value<'p>) {
        for (column, other) in [(column, other), (other, column)] {
            if let ExpressionKind::Member { name, .. } = column.unwrapped().kind() {
                self.found.push(Filter { field: name.clone(), value: Some(other) });
            }
        }
    }

    pub(super) fn pair(&mut self, field: &str, value: Value<'p>) {
        self.found.push(Filter { field: Text::from(field), value: Some(value) });
    }
}

/// `{ not: id }`: what it must not be picks no row.
fn is_negated(value: Value<'_>) -> bool {
    let ExpressionKind::Object(entries) = value.kind() else { return false };
    !entries.is_empty()
        && entries.iter().all(|entry| matches!(&entry.key, EntryKey::Name(key) if is_negation(key)))
}

fn is_negation(key: &str) -> bool {
    matches!(key, "not" | "NOT" | "notIn" | "$ne" | "$nin" | "$not" | "$nor")
}
