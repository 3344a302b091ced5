//! Where a schema is served, and what stands before that.

use super::{Schema, extensions};
use crate::{
    facts::{
        Text,
        vocabulary::{Meaning, Row},
    },
    project::{
        Body, Call, Definition, ExpressionRef, Origin, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Draft, Handler, Mount, Scope, What,
            python::{ancestry, candidate, created_path, is_python},
        },
    },
};

/// A route that answers for a schema.
pub(super) struct Mounted {
    /// Its number among the drafts.
    pub(super) number: usize,
    /// The schema; `None` where it is not written which.
    schema: Option<ExpressionRef>,
    /// What stands before it, and in it before it asks the schema.
    pub(super) chain: Vec<Candidate>,
    pub(super) mount: Mount,
}

/// That a handler asks a schema, and which one.
struct Asked<'p> {
    schema: Option<Value<'p>>,
}

/// The drafts that answer for a schema.
pub(super) fn found(project: &Project, drafts: &[Draft], schemas: &[Schema]) -> Vec<Mounted> {
    let in_python =
        drafts.iter().enumerate().filter(|(_, draft)| is_python(project, draft.location.file));
    let found = in_python.filter_map(|(number, draft)| {
        let mut chain = draft.chain.clone();
        let schema = match &draft.handler {
            Handler::Function(function) => {
                let body = project.body(*function);
                let asked = asked(body)?;
                chain.push(Candidate {
                    what: What::Definition(Definition::Function(*function)),
                    name: body.name(),
                    location: body.location(),
                    scope: Scope::Router,
                    mode: Mode::Handler,
                });
                asked.schema
            }
            Handler::Expression(at) => {
                let call = made_by(project.value(*at))?;
                let row = server(call)?;
                chain.extend(contexts(call));
                chain.extend(extensions(call));
                schema_of(call, row)
            }
        };
        let schema = schema.and_then(|schema| made_at(schema, schemas));
        Some(Mounted { number, schema, chain, mount: draft.mount.clone() })
    });
    found.collect()
}

/// What stands before the fields of a schema: where it is served more than once, the way with the fewest
/// guards is the one that strangers take.
pub(super) fn before<'m>(mounts: &'m [Mounted], schema: &Schema) -> Option<&'m Mounted> {
    let named = || mounts.iter().filter(|mount| mount.schema == Some(schema.at));
    let nameless = || mounts.iter().filter(|mount| mount.schema.is_none());
    let fewest = |mount: &&Mounted| mount.chain.len();
    named().min_by_key(fewest).or_else(|| nameless().min_by_key(fewest))
}

/// Are the fields listed that a route answers for?
pub(super) fn is_listed(mount: &Mounted, schemas: &[Schema]) -> bool {
    let mut served = schemas.iter().filter(|schema| mount.schema.is_none_or(|at| at == schema.at));
    served.clone().next().is_some() && served.all(|schema| !schema.is_partial)
}

/// Is this an application that answers for a schema?
pub(in crate::project::routes) fn serves_schema(value: Value<'_>) -> bool {
    made_by(value).and_then(server).is_some()
}

/// The call that made the application or view that answers.
fn made_by(value: Value<'_>) -> Option<Call<'_>> {
    value.as_call().or_else(|| match value.project.origin(value.at) {
        Origin::Created(at) => value.project.call(at),
        _ => None,
    })
}

/// What the vocabulary says of the server that a call makes, or whose view it is.
fn server(call: Call<'_>) -> Option<&Row> {
    let paths = if call.name() == "as_view" {
        match call.receiver()?.resolve() {
            Definition::Class(class) => ancestry(call.project.class(class)).1,
            definition => vec![call.project.path_of(&definition)],
        }
    } else {
        vec![created_path(call)]
    };
    paths.iter().find_map(|path| row_of(call.project, path))
}

fn row_of<'p>(project: &'p Project, path: &Text) -> Option<&'p Row> {
    let path = path.strip_suffix("()").unwrap_or(path);
    let rows = project.vocabulary().rows_of(path).into_iter().map(|(_, row)| row);
    let mut serving = rows.filter(|row| row.means.contains(&Meaning::WebApplication));
    serving.find(|row| row.detail("schema").is_some())
}

fn schema_of<'p>(call: Call<'p>, row: &Row) -> Option<Value<'p>> {
    let position = row.detail("schema").unwrap_or_default();
    if position == "receiver" {
        return call.receiver();
    }
    let by_position = || call.argument(position.parse().ok()?);
    call.named("schema").or_else(|| by_position().filter(|_| call.name() != "as_view"))
}

/// The schema that a handler hands what was sent to, by a function of the library: `graphql_sync(schema, data)`.
/// A query that is written in the handler is no way in.
fn asked(handler: Body<'_>) -> Option<Asked<'_>> {
    let project = handler.project;
    // A view of the library whose method is overridden.
    let is_view = handler
        .class()
        .is_some_and(|class| ancestry(class).1.iter().any(|path| row_of(project, path).is_some()));
    if is_view {
        return Some(Asked { schema: None });
    }
    handler.calls_within().find_map(|call| {
        let row = row_of(project, &call.path().into())?;
        let is_written = call.positional().any(|given| given.text().is_some());
        (!is_written).then(|| Asked { schema: schema_of(call, row) })
    })
}

/// Which of the schemas a value is.
fn made_at(value: Value<'_>, schemas: &[Schema]) -> Option<ExpressionRef> {
    let made = made_by(value)?.at();
    schemas.iter().map(|schema| schema.at).find(|&at| at == made)
}

/// The functions that make what resolvers are given. One that fails refuses the request.
fn contexts(call: Call<'_>) -> impl Iterator<Item = Candidate> {
    let given = ["context_getter", "context_value", "get_context"]
        .into_iter()
        .filter_map(move |option| call.named(option));
    given.map(|given| candidate(given, Scope::Router, Mode::Dependency))
}
