//! Rows of routes that are handed to what registers them in a loop: `("GET", "/x", handler)`.

use super::{METHODS, method_named};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Call, Definition, ExpressionRef, Project, Value,
        routes::python::{handed_handler::handler_of, is_python, path_text},
    },
};

/// One row.
pub(super) struct Row<'p> {
    pub(super) method: Text,
    pub(super) path: Text,
    pub(super) handler: Value<'p>,
    pub(super) at: Value<'p>,
}

/// `router.add_route(method, path, handler)`: does it register what the rows of a list say?
pub(super) fn registers(call: Call<'_>) -> bool {
    let is_variable = |position| {
        let given = call.argument(position);
        given.is_some_and(|given| {
            matches!(given.kind(), ExpressionKind::Name(_)) && given.text().is_none()
        })
    };
    call.name() == "add_route" && (0..3).all(is_variable)
}

/// Why a row is only supposed to be registered.
pub(super) fn why(call: Call<'_>) -> String {
    let file = &call.source_file().path;
    let line = call.project.line(call.location());
    format!("registered by {file}:{line}, which goes through rows that it is handed")
}

/// All rows that are written in a project.
pub(super) fn rows(project: &Project) -> impl Iterator<Item = Row<'_>> {
    let files = project.units().filter(|(file, _)| is_python(project, *file));
    let lists = files.flat_map(|(file, unit)| {
        let all = unit.facts.expressions();
        all.filter_map(move |(id, expression)| match &expression.kind {
            ExpressionKind::List(items) if items.len() == 3 => Some(ExpressionRef { file, id }),
            _ => None,
        })
    });
    lists.filter_map(|at| row(project.value(at)))
}

fn row(list: Value<'_>) -> Option<Row<'_>> {
    let items = list.items()?;
    let [method, path, handler] = items.as_slice() else { return None };
    let method = method.text()?;
    let is_method = method == "*" || METHODS.contains(&method.to_ascii_lowercase().as_str());
    let path = Some(path_text(*path)).filter(|path| is_method && path.starts_with('/'))?;
    let is_function = matches!(handler_of(*handler), Definition::Function(_));
    is_function.then(|| Row { method: method_named(method), path, handler: *handler, at: list })
}
