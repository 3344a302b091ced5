//! Handlers that do nothing themselves: they hand all that they were given to another function.

use crate::{
    facts::{ExpressionKind, StatementKind, Text},
    project::{Body, Call, FunctionRef, In, Project},
};

/// Names that handlers have for the request, or for what carries it.
const REQUEST_NAMES: [&str; 9] =
    ["req", "request", "_req", "_request", "ctx", "context", "event", "r", "args"];

/// The function that gets the whole request: `return handle(req, res)`.
pub(super) fn taker(handler: Body<'_>, call: Call<'_>) -> Option<FunctionRef> {
    call.callee().filter(|_| takes_all(handler, call)).map(|callee| callee.at)
}

/// The call whose answer is the handler's, where it cannot be followed: what stands in front of what it
/// does stands in there, if anywhere.
pub(super) fn to_unseen(project: &Project, function: FunctionRef) -> Option<Text> {
    let handler = project.body(function);
    let first = handler.function().parameters.first().and_then(|parameter| parameter.name())?;
    if !REQUEST_NAMES.contains(&first.as_str()) {
        return None;
    }
    let facts = project.facts(function.file);
    let within = handler.function().span;
    facts.statements.iter().find_map(|statement| {
        let StatementKind::Return(Some(value)) = statement.kind else { return None };
        let call = project.value(In { file: function.file, id: value }).unwrapped().as_call()?;
        let is_own = within.contains(statement.span) && call.function().at == function;
        let is_unseen = call.callee().is_none() && call.meanings().next().is_none();
        (is_own && is_unseen && takes_all(handler, call))
            .then(|| call.callee_value().source().lines().next().unwrap_or_default().into())
    })
}

fn takes_all(handler: Body<'_>, call: Call<'_>) -> bool {
    let parameters = &handler.function().parameters;
    let is_given = |name: &Text| {
        let names = call.positional().filter_map(|given| match given.kind() {
            ExpressionKind::Name(given) => Some(given),
            _ => None,
        });
        names.into_iter().any(|given| given == name)
    };
    let mut names = parameters.iter().map(|parameter| parameter.name());
    !parameters.is_empty() && names.all(|name| name.is_some_and(is_given))
}
