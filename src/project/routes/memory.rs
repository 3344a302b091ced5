//! What a handler changes in the memory of its program: prototypes keep their data in lists and maps.

use crate::{
    facts::{ExpressionKind, Facts, Operator, Pattern, StatementKind, Text, vocabulary::Meaning},
    project::{
        Body, Call, Declaration, FunctionRef, In, Project, Value, guards::split_words,
        names::Origin,
    },
};

/// Methods that change the list or map that they are called on.
const CHANGING: [&str; 18] = [
    "add",
    "addAll",
    "append",
    "appendleft",
    "clear",
    "computeIfAbsent",
    "delete",
    "extend",
    "pop",
    "popitem",
    "push",
    "put",
    "putIfAbsent",
    "remove",
    "set",
    "setdefault",
    "splice",
    "unshift",
];

/// Words in the names of what nobody would miss: it speeds up, counts or limits.
const BESIDE: [&str; 22] = [
    "active",
    "attempts",
    "cache",
    "cached",
    "clients",
    "connections",
    "counter",
    "counters",
    "counts",
    "events",
    "hits",
    "limit",
    "limiter",
    "limits",
    "listeners",
    "locks",
    "logs",
    "memo",
    "metrics",
    "pending",
    "rate",
    "seen",
];

/// Does a handler, or what it calls, change data that the program keeps?
pub(super) fn changes(project: &Project, handler: FunctionRef) -> bool {
    project.reaches_body(handler, |body| {
        body.calls_within().any(|call| changes_receiver(body, call)) || assigns(body)
    })
}

/// `orders.push(order)`
fn changes_receiver(body: Body<'_>, call: Call<'_>) -> bool {
    CHANGING.contains(&call.name())
        && call.callee().is_none()
        && call.receiver().is_some_and(|receiver| is_kept(body, receiver))
}

/// `orders[id] = order`, `orders = orders.filter(…)`, `delete orders[id]`, and Go's `delete(orders, id)`
fn assigns(body: Body<'_>) -> bool {
    let (file, span) = (body.at.file, body.function().span);
    let facts = body.project.facts(file);
    let value = |id| body.project.value(In { file, id });
    let places = |target: &Pattern| match target {
        Pattern::Place(place) => is_place_kept(body, value(*place)),
        _ => false,
    };
    let by_statement =
        facts.statements.iter().filter(|statement| span.contains(statement.span)).any(
            |statement| match &statement.kind {
                StatementKind::Bind { target, value: Some(new), .. } => {
                    places(target)
                        || target.as_name().is_some_and(|name| replaces(body, value(*new), name))
                }
                _ => false,
            },
        );
    let inside = || facts.expressions().filter(|(_, expression)| span.contains(expression.span));
    by_statement
        || inside().any(|(_, expression)| match &expression.kind {
            ExpressionKind::Assign { target, .. } => is_place_kept(body, value(*target)),
            ExpressionKind::Operation { operator: Operator::Delete, operands } => {
                operands.iter().any(|&operand| is_place_kept(body, value(operand)))
            }
            ExpressionKind::Call { callee, arguments, .. } => {
                matches!(value(*callee).kind(), ExpressionKind::Name(name) if name == "delete")
                    && arguments.first().is_some_and(|first| is_kept(body, value(first.value)))
            }
            _ => false,
        })
}

/// An element or a field of something that is kept.
fn is_place_kept(body: Body<'_>, place: Value<'_>) -> bool {
    let container = match place.kind() {
        ExpressionKind::Index { object, .. } | ExpressionKind::Member { object, .. } => {
            place.sibling(*object)
        }
        _ => return false,
    };
    is_kept(body, container) || is_place_kept(body, container)
}

/// `orders = append(orders, order)`: a name of the file's top level gets a new value that is made of the old one.
fn replaces(body: Body<'_>, new: Value<'_>, name: &Text) -> bool {
    let declarations = body.unit().index.declarations(Facts::TOP_LEVEL, name);
    let is_store_at_top = declarations.iter().any(|declaration| match declaration {
        Declaration::Bound { value: Some(first), .. } => is_store(new.sibling(*first)),
        _ => false,
    });
    let is_old =
        |value: &Value<'_>| matches!(value.kind(), ExpressionKind::Name(other) if other == name);
    is_store_at_top && !is_beside(name) && new.descendants().iter().any(is_old)
}

/// A list or map that outlives the call of the body.
fn is_kept(body: Body<'_>, container: Value<'_>) -> bool {
    let (ExpressionKind::Name(name) | ExpressionKind::Member { name, .. }) = container.kind()
    else {
        return false;
    };
    let Origin::Created(at) = container.project.origin(container.at) else { return false };
    let made = container.project.value(at);
    !is_beside(name) && is_store(made) && is_around(made.function(), body)
}

fn is_store(made: Value<'_>) -> bool {
    match made.kind() {
        ExpressionKind::List(_) | ExpressionKind::Object(_) => true,
        _ => made.as_call().is_some_and(|call| call.means(Meaning::MemoryStore)),
    }
}

fn is_beside(name: &str) -> bool {
    split_words(name).iter().any(|word| BESIDE.contains(&word.as_str()))
}

/// Is one function the top level of a file, or around another?
fn is_around(outer: Body<'_>, inner: Body<'_>) -> bool {
    let is_same_file = outer.at.file == inner.at.file && outer.at != inner.at;
    outer.is_top_level() || is_same_file && outer.function().span.contains(inner.function().span)
}
