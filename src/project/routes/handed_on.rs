//! Handlers that do nothing themselves: they hand all that they were given to another function.

use super::Handler;
use crate::{
    facts::{ExpressionKind, StatementKind, Text, vocabulary::Meaning},
    project::{Body, Call, FunctionRef, In, Project, Value, guards::split_words},
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

/// The function of this project that is given what answers among its options, and that asks somewhere who is
/// calling: `withUser({ handler: async () => … })`, also where a handler calls it with its request. Which callers it
/// lets through to one of its options is not followed.
pub(super) fn among_options(project: &Project, handler: &Handler) -> Option<Text> {
    let function = match handler {
        Handler::Function(function) => project.body(*function),
        Handler::Expression(at) => {
            let value = project.value(*at).unwrapped();
            // A call stands for the function that it returns, too.
            if let Some(call) = value.as_call() {
                return asking(call);
            }
            value.as_function()?
        }
    };
    answered_by_options(function)
}

/// `(request) => answer({ request, handler })`
fn answered_by_options(handler: Body<'_>) -> Option<Text> {
    let request = handler.function().parameters.first()?.name()?;
    let is_request =
        |value: Value<'_>| matches!(value.kind(), ExpressionKind::Name(name) if name == request);
    let calls = handler.returned().filter_map(|returned| returned.unwrapped().as_call());
    calls.filter(|call| options(*call).any(is_request)).find_map(asking)
}

/// What a call is, if a function is among its options and it asks who is calling.
fn asking(call: Call<'_>) -> Option<Text> {
    const ASKS: [Meaning; 4] = [
        Meaning::ReadIdentity,
        Meaning::VerifyCredential,
        Meaning::EnforceAuthentication,
        Meaning::RequireCredential,
    ];
    let asks = |call: Call<'_>| {
        let words = split_words(call.name());
        call.meanings().any(|meaning| ASKS.contains(&meaning))
            || words.iter().any(|word| matches!(word.as_str(), "authenticate" | "authorize"))
    };
    let callee =
        call.callee().filter(|_| options(call).any(|given| given.as_function().is_some()))?;
    let name = call.callee_value().source().lines().next().unwrap_or_default();
    call.project.reaches_call(callee.at, asks).then(|| name.into())
}

/// The values of the objects that a call is given.
fn options(call: Call<'_>) -> impl Iterator<Item = Value<'_>> {
    call.positional().flat_map(|given| {
        let entries = match given.kind() {
            ExpressionKind::Object(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(move |entry| given.sibling(entry.value))
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
