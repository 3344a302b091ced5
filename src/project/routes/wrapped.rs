//! Handlers that stand inside calls: `withUser(handler)`, `catchErrors(async (req, res) => …)`.

use super::{Candidate, Scope, What};
use crate::{
    facts::{ExpressionKind, Facts},
    project::{Declaration, Definition, Project, Value, guards::Mode},
};

/// How many wrappers around one handler are followed.
const WRAPPERS_MAX: usize = 8;

/// Takes a handler out of the calls that wrap it; each of them may guard it.
pub(super) fn unwrapped<'p>(project: &'p Project, value: Value<'p>) -> (Value<'p>, Vec<Candidate>) {
    let mut value = value.unwrapped();
    let mut chain = Vec::new();
    for _ in 0..WRAPPERS_MAX {
        if let Some(bound) = bound_value(value).filter(|bound| bound.as_call().is_some()) {
            value = bound.unwrapped();
        }
        let Some(call) = value.as_call() else { break };
        let is_handler = |argument: &Value<'_>| {
            let wraps_another = argument.as_call().is_some_and(|inner| inner.argument(0).is_some());
            argument.as_function().is_some() || wraps_another
        };
        let Some(inner) = call.positional().find(is_handler) else { break };
        let callee = call.callee_value();
        // A library's wrapper is judged with its options, one of this project by its body.
        let judged = match project.resolve_value(callee.at) {
            Definition::External(_) => value,
            _ => callee,
        };
        chain.push(Candidate {
            what: What::Expression(judged.at),
            name: callee.source().lines().next().unwrap_or_default().into(),
            location: callee.location(),
            scope: Scope::Wrapper,
            mode: Mode::Wrapper,
        });
        value = inner.unwrapped();
    }
    (value, chain)
}

/// The value that an exported name is bound to here, if it is the whole of it.
pub(super) fn bound_value(value: Value<'_>) -> Option<Value<'_>> {
    let ExpressionKind::Name(name) = value.kind() else { return Some(value) };
    let unit = value.project.unit(value.at.file);
    let declarations = unit.index.declarations(Facts::TOP_LEVEL, name);
    declarations.iter().rev().find_map(|declaration| match declaration {
        Declaration::Bound { value: Some(bound), steps, .. } if steps.is_empty() => {
            Some(value.sibling(*bound))
        }
        _ => None,
    })
}
