//! Handlers that a file exports, taken out of what wraps them.

use super::{
    Candidate, Handler,
    wrapped::{bound_value, unwrapped},
};
use crate::{
    facts::{Export, Text},
    project::{Definition, FileId, In, Project, Value},
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
