//! Results that say themselves whether they failed: `{"error": …}` or a message in place of claims.

use super::{
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{EntryKey, ExpressionKind, Operator},
    project::Value,
};

/// Is this the key under which a result says that it failed?
pub(super) fn is_failure_key(key: &str) -> bool {
    matches!(key, "error" | "errors" | "err" | "error_message")
}

/// Is this value, when returned, a failure: an object with an error, a message in words?
pub(super) fn is_failure(value: Value<'_>) -> bool {
    match value.kind() {
        ExpressionKind::Object(entries) => entries
            .iter()
            .any(|entry| matches!(&entry.key, EntryKey::Name(key) if is_failure_key(key))),
        ExpressionKind::Text(text) => text.contains(' '),
        _ => false,
    }
}

impl<'p> Walker<'_, 'p> {
    /// For a test of such a result: the truth that means success. `isinstance(result, str)`,
    /// `result.get("error")`, `result["error"]`.
    pub(super) fn asks_outcome(&mut self, test: Value<'p>, path: &mut Path) -> Option<bool> {
        let mut is_outcome = |value: Value<'p>| {
            self.evaluate(value.at.id, &mut path.clone()) == Some(Label::Outcome)
        };
        match test.kind() {
            ExpressionKind::Call { .. } => {
                let call = test.as_call()?;
                let first = call.argument(0)?;
                match call.name() {
                    "isinstance" if is_outcome(first) => {
                        Some(call.argument(1).is_none_or(|kind| kind.source() != "str"))
                    }
                    "get" if first.text().is_some_and(is_failure_key) => {
                        call.receiver().filter(|receiver| is_outcome(*receiver)).map(|_| false)
                    }
                    _ => None,
                }
            }
            ExpressionKind::Index { object, index } => {
                let key = test.sibling(*index);
                let asks = key.kind().as_text().is_some_and(is_failure_key);
                (asks && is_outcome(test.sibling(*object))).then_some(false)
            }
            ExpressionKind::Operation { operator: Operator::InstanceOf, operands } => {
                let [value, kind] = operands.as_slice() else { return None };
                let is_message = test.sibling(*kind).source() == "str";
                is_outcome(test.sibling(*value)).then_some(!is_message)
            }
            _ => None,
        }
    }
}
