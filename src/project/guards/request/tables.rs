//! Tests that look the request up in a table: `openMethods[info.FullMethod]`, `_, ok := public[path]`.

use super::Request;
use crate::{
    facts::{EntryKey, ExpressionKind},
    project::{Declaration, In, Step, Value},
};

impl Request {
    /// What a table holds under a part of the request; `false` for what it does not hold.
    pub(super) fn entry(&self, table: Value<'_>, key: Value<'_>) -> Option<bool> {
        let part = self.part(key)?;
        for (text, value) in entries(table)? {
            if self.is_part(&part, text)? {
                return value.boolean();
            }
        }
        Some(false)
    }

    /// For the second of what a look-up in a map of Go yields: does the map hold the request?
    pub(super) fn was_found(&self, name: Value<'_>) -> Option<bool> {
        let (scope, declaration) = name.project.binding(name.at)?;
        let Declaration::Bound { value: Some(id), steps, .. } = declaration else { return None };
        let looked_up = name.project.value(In { file: scope.file, id: *id });
        let ExpressionKind::Index { object, index } = looked_up.kind() else { return None };
        let part = self.part(looked_up.sibling(*index)).filter(|_| *steps == [Step::Item(1)])?;
        let mut entries = entries(looked_up.sibling(*object))?.into_iter();
        entries.try_fold(false, |found, (text, _)| Some(found | self.is_part(&part, text)?))
    }
}

/// The keys and values of a table that is written in the project.
fn entries(table: Value<'_>) -> Option<Vec<(&str, Value<'_>)>> {
    let table = table.constant();
    let ExpressionKind::Object(entries) = table.kind() else { return None };
    entries
        .iter()
        .map(|entry| match &entry.key {
            EntryKey::Name(name) => Some((name.as_str(), table.sibling(entry.value))),
            EntryKey::Computed(key) => {
                Some((table.sibling(*key).text()?, table.sibling(entry.value)))
            }
            EntryKey::Spread => None,
        })
        .collect()
}

/// `GET` of `http.MethodGet`.
pub(super) fn method_named(value: Value<'_>) -> Option<&str> {
    let ExpressionKind::Member { name, .. } = value.kind() else { return None };
    name.strip_prefix("Method")
}
