//! Options and interceptors of Go that are put together before they are handed over: `options...`.

use super::super::{Candidate, Scope, What};
use crate::{
    facts::{ExpressionKind, ParameterKind},
    project::{Call, Declaration, FunctionRef, In, Value, guards::Mode},
};

/// How many lists and functions are followed to what they hold.
const DEPTH_MAX: usize = 6;

/// One of the things that are handed over.
#[derive(Clone, Copy)]
pub(super) enum Listed<'p> {
    Value(Value<'p>),
    /// A list that is put together where it cannot be seen.
    Unseen(Value<'p>),
}

/// The arguments of a call from a position on, with those that a list holds.
pub(super) fn listed_arguments(call: Call<'_>, first: usize) -> Vec<Listed<'_>> {
    arguments(call, first, 0)
}

/// What cannot be seen may refuse strangers.
pub(super) fn unseen(value: Value<'_>) -> Candidate {
    let why = "what stands before the service is put together elsewhere";
    Candidate {
        what: What::Unreadable(why.into()),
        name: value.source().lines().next().unwrap_or_default().into(),
        location: value.location(),
        scope: Scope::Global,
        mode: Mode::Middleware,
    }
}

fn arguments(call: Call<'_>, first: usize, depth: usize) -> Vec<Listed<'_>> {
    let given = call.arguments().iter().skip(first).flat_map(|argument| {
        let value = call.value().sibling(argument.value);
        if argument.spread { list(value, depth) } else { vec![Listed::Value(value)] }
    });
    given.collect()
}

fn list(value: Value<'_>, depth: usize) -> Vec<Listed<'_>> {
    if depth > DEPTH_MAX {
        return vec![Listed::Unseen(value)];
    }
    let value = value.unwrapped();
    match value.kind() {
        ExpressionKind::List(items) => {
            items.iter().map(|&item| Listed::Value(value.sibling(item))).collect()
        }
        ExpressionKind::Call { .. } => {
            let Some(call) = value.as_call() else { return vec![Listed::Unseen(value)] };
            if call.name() == "append" && call.callee().is_none() {
                let before = call.argument(0).map(|before| list(before, depth + 1));
                let before = before.unwrap_or_default().into_iter();
                return before.chain(arguments(call, 1, depth + 1)).collect();
            }
            match call.callee() {
                Some(callee) => {
                    callee.returned().flat_map(|returned| list(returned, depth + 1)).collect()
                }
                None => vec![Listed::Unseen(value)],
            }
        }
        ExpressionKind::Name(_) => named(value, depth),
        _ => vec![Listed::Unseen(value)],
    }
}

/// All that a name was made to hold before it is used, or what callers hand over for it.
fn named(name: Value<'_>, depth: usize) -> Vec<Listed<'_>> {
    let Some((scope, declarations)) = name.declarations() else {
        return vec![Listed::Unseen(name)];
    };
    let used_at = name.location().span.start;
    let mut found = Vec::new();
    for declaration in declarations {
        match declaration {
            Declaration::Parameter(number, _) => return handed(name, scope, *number, depth),
            Declaration::Bound { value: Some(id), .. } => {
                let value = name.project.value(In { file: scope.file, id: *id });
                if value.location().span.end <= used_at {
                    found.extend(without_itself(value, name, depth));
                }
            }
            // `var options []grpc.ServerOption` holds nothing yet.
            _ => {}
        }
    }
    found
}

/// `options = append(options, one)`: what is added; what was there before is known.
fn without_itself<'p>(value: Value<'p>, name: Value<'p>, depth: usize) -> Vec<Listed<'p>> {
    let grows = value.as_call().filter(|call| {
        let before = call.argument(0);
        call.name() == "append" && before.is_some_and(|before| before.source() == name.source())
    });
    match grows {
        Some(call) => arguments(call, 1, depth + 1),
        None => list(value, depth + 1),
    }
}

fn handed(name: Value<'_>, function: FunctionRef, number: usize, depth: usize) -> Vec<Listed<'_>> {
    let project = name.project;
    let parameters = &project.body(function).function().parameters;
    let before = parameters.iter().take(number);
    let receivers = before.filter(|one| one.kind == ParameterKind::Receiver).count();
    let is_rest = parameters[number].kind == ParameterKind::Rest;
    let mut callers = project.callers_beside(function).peekable();
    if callers.peek().is_none() {
        return vec![Listed::Unseen(name)];
    }
    let given = callers.flat_map(|caller| match caller.argument(number - receivers) {
        Some(value) if !is_rest => list(value, depth + 1),
        _ if is_rest => arguments(caller, number - receivers, depth + 1),
        _ => vec![Listed::Unseen(name)],
    });
    given.collect()
}
