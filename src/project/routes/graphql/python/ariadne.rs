//! Ariadne: resolvers that are registered on objects for the root types.

use super::{Field, Root, answered_by};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Call, ExpressionRef, Origin, Project, Value,
        routes::python::{calls, decorators_behind, decorators_from, functions},
    },
};

/// The roots that the objects handed to `make_executable_schema` are for.
pub(super) fn roots(schema: Call<'_>) -> Vec<Root> {
    let project = schema.project;
    let is_schema =
        |call: &Call<'_>| call.detail(Meaning::WebApplication, "roots") == Some("ariadne");
    let is_alone = calls(project).filter(is_schema).count() == 1;
    let bound: Vec<ExpressionRef> = schema
        .positional()
        .flat_map(|given| given.items().unwrap_or_else(|| vec![given]))
        .filter_map(|given| created(project, given))
        .collect();
    let mut roots = Vec::new();
    for object in calls(project) {
        // With one schema there is no doubt which one an object is for.
        let Some((name, method)) =
            root(object).filter(|_| is_alone || bound.contains(&object.at()))
        else {
            continue;
        };
        let registers = if method == "SUBSCRIPTION" { "source" } else { "field" };
        let fields = registered(project, object.at(), registers);
        roots.push(Root { name, method, fields });
    }
    roots
}

fn created(project: &Project, value: Value<'_>) -> Option<ExpressionRef> {
    match project.origin(value.at) {
        Origin::Created(at) => Some(at),
        _ => value.as_call().map(Call::at),
    }
}

/// The root type that an object is for.
fn root(call: Call<'_>) -> Option<(&'static str, &'static str)> {
    let named = || call.argument(0).and_then(Value::text);
    match call.path().strip_prefix("ariadne.")? {
        "QueryType" => Some(("Query", "QUERY")),
        "MutationType" => Some(("Mutation", "MUTATION")),
        "SubscriptionType" => Some(("Subscription", "SUBSCRIPTION")),
        "ObjectType" => match named()? {
            "Query" => Some(("Query", "QUERY")),
            "Mutation" => Some(("Mutation", "MUTATION")),
            _ => None,
        },
        _ => None,
    }
}

/// The resolvers that are registered by `@object.field("name")` or `object.set_field("name", …)`.
fn registered(project: &Project, object: ExpressionRef, registers: &str) -> Vec<Field> {
    let is_object = |call: Call<'_>| {
        call.receiver().and_then(|receiver| created(project, receiver)) == Some(object)
    };
    let name_of = |call: Call<'_>| Some(call.argument(0)?.text()?.to_owned());
    let mut fields = Vec::new();
    for body in functions(project) {
        for (number, decorator) in body.decorators().enumerate() {
            let Some(call) = decorator.as_call().filter(|call| call.name() == registers) else {
                continue;
            };
            let Some(name) = name_of(call).filter(|_| is_object(call)) else { continue };
            let mut guards = decorators_from(body, number + 1);
            guards.extend(decorators_behind(body, number));
            let handler = crate::project::routes::Handler::Function(body.at);
            fields.push(Field { name, location: decorator.location(), handler, guards });
        }
    }
    for call in calls(project).filter(|call| call.name().strip_prefix("set_") == Some(registers)) {
        let (Some(name), Some(resolver)) = (name_of(call), call.argument(1)) else { continue };
        if is_object(call) {
            let (handler, body) = answered_by(resolver);
            let guards = body.map(|body| decorators_from(body, 0)).unwrap_or_default();
            fields.push(Field { name, location: call.location(), handler, guards });
        }
    }
    fields
}
