//! GraphQL servers of Python: the fields of the root types of each schema, and what stands before them.
//!
//! A schema is made out of classes (Strawberry, Graphene) or of objects on which resolvers are registered
//! (Ariadne). It is served by a view or an application that some other framework has a route for: what
//! stands before that route stands before every field.

use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{
        Body, Call, ExpressionRef, Location, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Draft, Handler, Mount, RouteKind, Scope,
            python::{calls, candidate, candidate_definition, method},
        },
    },
};

mod ariadne;
mod graphene;
mod mounts;
mod strawberry;

pub(in crate::project::routes) use mounts::serves_schema;

/// The options of a schema that name its roots, with the type and the method of their fields.
const ROOTS: [(&str, &str, &str); 3] = [
    ("query", "Query", "QUERY"),
    ("mutation", "Mutation", "MUTATION"),
    ("subscription", "Subscription", "SUBSCRIPTION"),
];

/// One way into a schema: a field of a root type.
struct Field {
    /// As it is written in Python, below the names of the fields that lead to it.
    name: String,
    location: Location,
    handler: Handler,
    guards: Vec<Candidate>,
}

/// The fields of one root type.
struct Root {
    name: &'static str,
    method: &'static str,
    fields: Vec<Field>,
}

/// A schema and what could be read of it.
struct Schema {
    at: ExpressionRef,
    framework: &'static str,
    roots: Vec<Root>,
    /// What runs before each resolver.
    guards: Vec<Candidate>,
    /// Is a part of it put together where it cannot be read?
    is_partial: bool,
}

/// Takes the routes of views that answer for a schema out of the drafts, and puts its fields in their place.
/// The frameworks that have these routes come first.
pub(in crate::project::routes) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let schemas: Vec<Schema> = calls(project).filter_map(schema).collect();
    let mut mounts = mounts::found(project, drafts, &schemas);
    for schema in &schemas {
        let before = mounts::before(&mounts, schema);
        for root in &schema.roots {
            for field in &root.fields {
                let mut chain = before.map(|mount| mount.chain.clone()).unwrap_or_default();
                chain.extend(schema.guards.iter().cloned());
                chain.extend(field.guards.iter().cloned());
                drafts.push(Draft {
                    kind: RouteKind::GraphQl,
                    method: root.method.into(),
                    path: Text::from(format!("{}.{}", root.name, field.name)),
                    framework: schema.framework,
                    location: field.location,
                    handler: field.handler.clone(),
                    chain,
                    mount: before.map_or(Mount::Partial, |mount| mount.mount.clone()),
                    root: None,
                });
            }
        }
    }
    mounts.sort_by_key(|mount| std::cmp::Reverse(mount.number));
    for mount in mounts {
        if mounts::is_listed(&mount, &schemas) {
            drafts.remove(mount.number);
        } else {
            let why = "the fields of its schema are put together where they cannot be read";
            drafts[mount.number].mount = Mount::Dynamic(why.to_owned());
        }
    }
}

/// The schema that a call makes.
fn schema(call: Call<'_>) -> Option<Schema> {
    let library = call.detail(Meaning::WebApplication, "roots")?;
    let mut schema = Schema {
        at: call.at(),
        framework: "ariadne",
        roots: Vec::new(),
        guards: extensions(call),
        is_partial: false,
    };
    if library == "ariadne" {
        schema.roots = ariadne::roots(call);
        schema.is_partial = schema.roots.is_empty();
        return Some(schema);
    }
    let is_graphene = library == "graphene";
    schema.framework = if is_graphene { "graphene" } else { "strawberry" };
    schema.guards.extend(if is_graphene { graphene::middleware(call.project) } else { Vec::new() });
    for (position, (option, name, method)) in ROOTS.into_iter().enumerate() {
        let given = call.named(option).or_else(|| call.argument(position));
        let Some(given) = given.filter(|given| !given.is_null()) else { continue };
        let fields =
            if is_graphene { graphene::fields(given, method) } else { strawberry::fields(given) };
        match fields {
            Some(fields) => schema.roots.push(Root { name, method, fields }),
            None => schema.is_partial = true,
        }
    }
    Some(schema)
}

/// What a schema or a view is told to run around operations and resolvers.
fn extensions(call: Call<'_>) -> Vec<Candidate> {
    let listed = ["extensions", "middleware"].into_iter().filter_map(|option| call.named(option));
    let items = listed.flat_map(|listed| listed.items().unwrap_or_else(|| vec![listed]));
    items.map(|item| around(item, Scope::Global)).collect()
}

/// Something that runs around resolvers: an object or class with `resolve`, or with a step before the operation,
/// or a function that takes the next.
fn around(item: Value<'_>, scope: Scope) -> Candidate {
    use crate::project::Definition;

    let definition = item.resolve();
    let (Definition::Class(class) | Definition::Instance(class)) = definition else {
        return candidate(item, scope, Mode::Middleware);
    };
    let class = item.project.class(class);
    let steps = [
        ("resolve", Mode::Middleware),
        ("on_operation", Mode::Dependency),
        ("on_execute", Mode::Dependency),
        ("on_request_start", Mode::Dependency),
        ("request_started", Mode::Dependency),
    ];
    let step = steps.into_iter().find_map(|(name, mode)| Some((method(class, name)?, mode)));
    match step {
        Some((body, mode)) => {
            let function = Definition::Function(body.at);
            candidate_definition(item.project, function, item, scope, mode)
        }
        None => candidate(item, scope, Mode::Dependency),
    }
}

/// The function that answers, or what stands in its place.
fn answered_by(resolver: Value<'_>) -> (Handler, Option<Body<'_>>) {
    match resolver.as_function() {
        Some(body) => (Handler::Function(body.at), Some(body)),
        None => (Handler::Expression(resolver.at), None),
    }
}
