//! Checks that many functions share.

use std::collections::BTreeSet;

use super::{Grader, Level, call::missing_arguments, path::Label, summary::Asked};
use crate::{
    facts::ExpressionKind,
    project::{Call, FunctionRef, Value},
};

/// A check that so many functions ask is not there for one purpose.
const ASKING_MIN: usize = 3;

impl<'p> Grader<'p> {
    /// Does a handler ask who is calling as others do: `await requireRole(["ADMIN"])`? Where people sign in, what they
    /// hand in is verified by what is there for that alone.
    pub fn asks_as_others_do(&mut self, handler: FunctionRef) -> bool {
        let calls = self.project.body(handler).calls_within();
        calls.filter(|call| !is_told_to_differ(*call)).any(|call| self.is_shared_check(call))
    }

    fn is_shared_check(&mut self, call: Call<'p>) -> bool {
        let Some(callee) = call.callee() else { return false };
        let asking: BTreeSet<FunctionRef> =
            self.project.callers(callee.at).map(|call| call.function().at).collect();
        if asking.len() < ASKING_MIN {
            return false;
        }
        let missing = missing_arguments(call, callee);
        let summary = self.summary(callee.at, Asked { missing, ..Asked::default() });
        let tells = |label: &Label| {
            matches!(label, Label::Identity | Label::Proof | Label::Failure | Label::Outcome)
        };
        summary.on_return.max(summary.on_true) >= Level::Identity
            || summary.fields.iter().any(|(_, label)| tells(label))
    }
}

/// `parseRequest(request, schema, { skipAuth: true })`
fn is_told_to_differ(call: Call<'_>) -> bool {
    let switches = |given: Value<'_>| match given.kind() {
        ExpressionKind::Object(entries) => {
            entries.iter().any(|entry| given.sibling(entry.value).boolean().is_some())
        }
        _ => false,
    };
    call.positional().any(switches)
}
