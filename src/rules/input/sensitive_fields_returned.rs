use crate::{
    facts::{Entry, ExpressionKind, Language, Text, vocabulary::Meaning},
    project::{
        Body, Call, Project, Value,
        entities::Entity,
        operations::{self, Operation, OperationKind},
    },
    rules::{Sites, common::bindings},
};

/// Options and methods that choose which columns are read.
const PROJECTIONS: [&str; 12] = [
    "select",
    "omit",
    "attributes",
    "projection",
    "fields",
    "exclude",
    "only",
    "defer",
    "values",
    "values_list",
    "columns",
    "include_fields",
];

/// Calls that yield numbers or groups and no rows.
const COUNTING: [&str; 6] = ["count", "exists", "aggregate", "sum", "scalar", "group"];

/// How deep an answer is looked into.
const DEPTH_MAX: usize = 4;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes() {
        let Some(body) = route.handler.map(|handler| project.body(handler)) else { continue };
        let file = project.file(body.at.file);
        if !file.is_shipped() || file.language == Language::Python && has_model(body) {
            continue;
        }
        for operation in operations::in_function(body) {
            judge(project, body, &operation, sites);
        }
    }
}

fn judge(project: &Project, body: Body<'_>, operation: &Operation<'_>, sites: &mut Sites) {
    let Some(entity) = project.entities().get(&operation.entity) else { return };
    let Some(column) = entity.columns.iter().find(|column| is_secret(column)) else { return };
    if operation.kind == OperationKind::Delete {
        return;
    }
    let Some(answer) = answers(body).into_iter().find(|&value| is_whole(value, operation.call, 0))
    else {
        return;
    };
    let (at, subject) = (answer.location(), operation.entity.as_str());
    if is_projected(operation.call) {
        sites.holds(at, subject, "only chosen columns are read");
    } else if is_hidden(project, body, entity) {
        sites.unknown(at, subject, "its definition, or the handler, may leave columns out");
    } else {
        let message = format!("a whole `{subject}` is answered, with its `{column}`");
        sites.gap(at, subject, message).because(operation.call.location(), "read here as a whole");
    }
}

/// Columns that nobody outside may see, whatever they may do.
fn is_secret(column: &Text) -> bool {
    let plain: String =
        column.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    plain.contains("password") && !plain.contains("changed") && !plain.ends_with("at")
        || matches!(
            plain.as_str(),
            "salt"
                | "hash"
                | "passwd"
                | "otp"
                | "otpsecret"
                | "totpsecret"
                | "secret"
                | "resettoken"
                | "apikey"
                | "refreshtoken"
                | "privatekey"
                | "twofactorsecret"
        )
}

/// What the handler answers with.
fn answers(body: Body<'_>) -> Vec<Value<'_>> {
    let responds = |call: &Call<'_>| {
        call.means(Meaning::Respond) || matches!(call.name(), "json" | "send" | "jsonify")
    };
    // Frameworks of Python turn rows into an answer only where a handler returns them.
    if body.project.file(body.at.file).language == Language::Python {
        return body.returned().collect();
    }
    body.calls_within().filter(responds).flat_map(Call::positional).collect()
}

/// Is `value` what `call` read, or an object that holds it as it is?
fn is_whole(value: Value<'_>, call: Call<'_>, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let value = value.unwrapped();
    match value.kind() {
        ExpressionKind::Call { .. } => on_chain(value, call),
        ExpressionKind::Name(name) => {
            let bound = bindings(value, name);
            bound.into_iter().any(|bound| on_chain(bound.unwrapped(), call))
        }
        ExpressionKind::Object(entries) => entries
            .iter()
            .any(|entry: &Entry| is_whole(value.sibling(entry.value), call, depth + 1)),
        _ => false,
    }
}

/// `User.find().sort()`: is `call` the call that `value` hangs on?
fn on_chain(value: Value<'_>, call: Call<'_>) -> bool {
    let mut next = value.as_call();
    while let Some(link) = next {
        let name = link.name().to_ascii_lowercase();
        if COUNTING.iter().any(|word| name.contains(word)) {
            return false;
        }
        if link.at() == call.at() {
            return true;
        }
        next = link.receiver().and_then(|receiver| receiver.unwrapped().as_call());
    }
    false
}

/// Does the query, or one more call of its chain, choose columns?
fn is_projected(call: Call<'_>) -> bool {
    let chosen = |call: Call<'_>| {
        PROJECTIONS.contains(&call.name())
            || PROJECTIONS.iter().any(|name| call.option(name).given().is_some())
            // `query(User.id, User.name)`
            || call.name() == "query"
                && call
                    .positional()
                    .any(|value| matches!(value.kind(), ExpressionKind::Member { .. }))
            // `find(filter, "name email")`
            || call.argument(1).is_some_and(|second| second.text().is_some())
    };
    chosen(call)
        || call.enclosing_calls().any(chosen)
        || crate::rules::common::chained(call).into_iter().any(chosen)
}

/// Does the definition of the entity hide columns, or the handler take one away?
fn is_hidden(project: &Project, body: Body<'_>, entity: &Entity) -> bool {
    let defined = &project.file(entity.location.file).text;
    let hides = |text: &str| {
        ["select: false", "toJSON", "defaultScope", "@Exclude", "toObject", "hidden"]
            .iter()
            .any(|sign| text.contains(sign))
    };
    let handler = project.file(body.at.file).slice(body.function().span);
    let takes_away = handler.contains("delete ")
        || handler.contains("assword = undefined")
        || handler.contains("assword = null")
        || handler.contains("assword: undefined")
        || handler.contains("assword: false");
    takes_away || hides(defined)
}

/// Does a declared model decide what is answered?
fn has_model(body: Body<'_>) -> bool {
    let function = body.function();
    function.returns.is_some()
        || function.decorators.iter().any(|&id| {
            let at = crate::project::In { file: body.at.file, id };
            body.project.call(at).is_none_or(|call| call.named("response_model").is_some())
        })
}
