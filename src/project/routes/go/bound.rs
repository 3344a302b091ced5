//! What a name may be bound to where a router is used.

use super::super::grpc::connect;
use crate::{
    facts::{ExpressionKind, FunctionId, StatementId},
    project::{Body, Declaration, FunctionRef, In, Step, Value},
};

/// One of the things that a name may stand for.
pub(super) enum Bound<'p> {
    Value(Value<'p>),
    Parameter(FunctionRef, usize),
}

/// What a name may be bound to where it is used: the last value it certainly got, and those it may have
/// got since.
pub(super) fn bound_values(name: Value<'_>) -> Vec<Bound<'_>> {
    let project = name.project;
    let ExpressionKind::Name(text) = name.kind() else { return Vec::new() };
    let unit = project.unit(name.at.file);
    let used_in = name.function();
    let mut next = Some(used_in.at.id);
    while let Some(function) = next {
        let declared = unit.index.declarations(function, text);
        let mut found = Vec::new();
        for declaration in declared.iter().rev() {
            match declaration {
                Declaration::Parameter(number, steps) if steps.is_empty() => {
                    let scope = In { file: name.at.file, id: function };
                    found.push(Bound::Parameter(scope, *number));
                    return found;
                }
                Declaration::Bound { statement, value: Some(value), steps }
                    if is_whole(name.sibling(*value), steps) =>
                {
                    let bound = name.sibling(*value);
                    let is_later = function == used_in.at.id
                        && bound.location().span.end > name.location().span.start;
                    if is_later {
                        continue;
                    }
                    found.push(Bound::Value(bound));
                    if is_certain(used_in, function, *statement, name) {
                        return found;
                    }
                }
                _ => {}
            }
        }
        if !found.is_empty() {
            return found;
        }
        next = unit.facts[function].parent;
    }
    match project.bound(name.at) {
        Some(at) if at != name.at => vec![Bound::Value(project.value(at))],
        _ => Vec::new(),
    }
}

/// Does the statement that binds a name run on every way to where the name is used?
fn is_certain(
    used_in: Body<'_>,
    function: FunctionId,
    statement: StatementId,
    name: Value<'_>,
) -> bool {
    let index = &used_in.unit().index;
    let Some((around, _)) = index.statement(statement).parent else { return true };
    let used_at = name.statement().filter(|_| function == used_in.at.id);
    used_at.is_some_and(|used_at| {
        index.enclosing(used_at.id).any(|(enclosing, _)| enclosing == around)
    })
}

/// Is what is bound all that a call yields, or the first of it? The second of two is the handler where a call
/// makes the handler of a service.
fn is_whole(value: Value<'_>, steps: &[Step]) -> bool {
    match steps {
        [] | [Step::Item(0)] => true,
        [Step::Item(1)] => value.as_call().is_some_and(connect::makes_handler),
        _ => false,
    }
}
