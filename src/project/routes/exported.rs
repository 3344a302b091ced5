//! Handlers that a file exports, taken out of what wraps them.

use super::{
    Candidate, Handler,
    wrapped::{bound_value, unwrapped},
};
use crate::{
    facts::{Export, Text, vocabulary::Meaning},
    project::{Call, Definition, ExpressionRef, FileId, In, Origin, Project, Value},
};

/// What an export stands for: the innermost function, and the wrappers around it, outermost first.
pub(super) fn exported(
    project: &Project,
    file: FileId,
    export: &Export,
) -> Option<(Handler, Vec<Candidate>)> {
    let bound = export.value.and_then(|id| bound_value(project.value(In { file, id })));
    if let Some(value) = bound {
        return Some(innermost(project, value));
    }
    let name = if export.from.is_some() {
        export.name_there.as_deref().unwrap_or("default")
    } else {
        export.name.as_str()
    };
    let definition = match &export.from {
        Some(from) => match project.modules().resolve(project.file(file), from) {
            Some(module) => project.resolve_export(module, name),
            None => Definition::External(Text::from(format!("{from}.{name}"))),
        },
        None => project.resolve_export(file, name),
    };
    match definition {
        Definition::Function(function) => Some((Handler::Function(function), Vec::new())),
        Definition::Value(at) => Some(innermost(project, project.value(at))),
        _ => export
            .value
            .map(|id| (Handler::Expression(In { file, id }), Vec::new()))
            .filter(|_| export.from.is_none()),
    }
}

/// The function inside what wraps a handler, and the wrappers.
pub(super) fn innermost(project: &Project, value: Value<'_>) -> (Handler, Vec<Candidate>) {
    let (inner, chain) = unwrapped(project, value);
    (Handler::Expression(inner.at), chain)
}

/// Does the handler hand every request to an application inside: Hono's `handle(app)`, tRPC's
/// `fetchRequestHandler({ router })`? Then the ways in are those of the application.
pub(super) fn is_served_by_another(project: &Project, handler: &Handler) -> bool {
    let mounts = |call: Call<'_>| call.detail(Meaning::RegisterRoute, "role") == Some("mount");
    match handler {
        Handler::Function(function) => project.body(*function).calls_within().any(mounts),
        Handler::Expression(at) => {
            let value = project.value(*at);
            let path = value.path();
            let rows = project.vocabulary().rows_of(&path);
            value.as_call().is_some_and(mounts)
                || is_of_application(value)
                || rows.iter().any(|(_, row)| row.detail("role") == Some("mount"))
                || value.as_function().is_some_and(|body| body.calls_within().any(mounts))
        }
    }
}

/// `app`, `app.fetch`, of an application made here or elsewhere, and set up where it is made:
/// `new Hono().basePath("/api")`.
fn is_of_application(value: Value<'_>) -> bool {
    let project = value.project;
    let object = value.object().unwrap_or(value);
    let Origin::Created(made) = project.origin(object.at) else { return false };
    let mut chain = std::iter::successors(project.call(made), |call| call.receiver()?.as_call());
    chain.any(|call| call.means(Meaning::WebApplication))
}

/// One of an exported object of handlers: `export default { fetch(request) { … } }`.
pub(super) fn member_of(
    project: &Project,
    file: FileId,
    export: &Export,
    name: &str,
) -> Option<ExpressionRef> {
    let object = project.value(In { file, id: export.value? }).unwrapped();
    Some(object.entry(name).given()?.at)
}
