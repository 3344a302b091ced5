//! What stands before all fields of a server: the function that makes its context, the middleware of the route
//! that it answers, and what rewrites its schema.

use crate::{
    facts::{StatementKind, vocabulary::Meaning},
    project::{
        Body, Call, Origin, Value,
        guards::Mode,
        routes::{Candidate, Scope, What},
    },
};

/// What stands before the fields of what a call makes, a server or a schema.
pub(super) fn before(made: Call<'_>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = context(made).into_iter().collect();
    let project = made.project;
    for call in project.calls().filter(|call| call.source_file().language.is_script()) {
        if is_given(call, made) {
            found.extend(rewrites(call));
            found.extend(context(call));
            found.extend(on_route(call));
        } else if call.option("schema").given().is_some_and(|schema| is_made(schema, made)) {
            found.extend(context(call));
        }
    }
    found
}

/// Is this a call that gets what was made as its first argument, or around which it is written?
fn is_given(call: Call<'_>, made: Call<'_>) -> bool {
    call.at() != made.at() && call.argument(0).is_some_and(|first| is_made(first, made))
}

fn is_made(value: Value<'_>, made: Call<'_>) -> bool {
    let call = match value.as_call() {
        Some(call) => call,
        None => match value.project.origin(value.at) {
            Origin::Created(at) if at == made.at() => return true,
            Origin::Created(at) if at != value.at => match value.project.call(at) {
                Some(call) => call,
                None => return false,
            },
            _ => return false,
        },
    };
    // `guarded(makeSchema())` is the schema again.
    call.at() == made.at()
        || call.argument(0).and_then(Value::as_call).is_some_and(|inner| inner.at() == made.at())
}

/// `{ context: async ({ req }) => … }`: who gets no context gets no field.
fn context(call: Call<'_>) -> Option<Candidate> {
    let context = call.option("context").given()?;
    context.as_function()?;
    Some(candidate(context, Mode::Dependency, What::Expression(context.at)))
}

/// `app.use("/graphql", requireUser, expressMiddleware(server))`: what is written before it.
fn on_route(call: Call<'_>) -> Vec<Candidate> {
    let around = call.enclosing_calls().next();
    let Some(around) = around.filter(|around| matches!(around.name(), "use" | "all" | "post"))
    else {
        return Vec::new();
    };
    let earlier = around.positional().take_while(|argument| argument.at != call.at());
    earlier
        .filter(|argument| argument.text().is_none())
        .map(|guard| candidate(guard, Mode::Middleware, What::Expression(guard.at)))
        .collect()
}

/// `guarded(schema)`: what goes through all fields and may refuse is not read.
fn rewrites(call: Call<'_>) -> Option<Candidate> {
    let maps =
        |inner: Call<'_>| inner.detail(Meaning::WrapHandler, "role") == Some("schema-rewrite");
    let refuses = |body: &Body<'_>| body.calls_within().any(maps) && may_refuse(*body);
    let rewriting = call.callee().filter(refuses)?;
    let why = format!("`{}` puts checks before fields by what the types say", rewriting.name());
    Some(candidate(call.callee_value(), Mode::Dependency, What::Unreadable(why)))
}

fn may_refuse(body: Body<'_>) -> bool {
    let facts = &body.unit().facts;
    let within = body.function().span;
    let throws = facts.statements.iter().any(|statement| {
        matches!(statement.kind, StatementKind::Throw(_)) && within.contains(statement.span)
    });
    throws || body.calls_within().any(|call| call.means(Meaning::Reject))
}

fn candidate(value: Value<'_>, mode: Mode, what: What) -> Candidate {
    Candidate {
        what,
        name: value.source().lines().next().unwrap_or_default().into(),
        location: value.location(),
        scope: Scope::Global,
        mode,
    }
}
