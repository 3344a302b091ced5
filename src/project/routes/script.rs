//! What the frameworks of JavaScript share: how paths, handlers and middleware are written.

use super::{Candidate, Scope, What, wrapped::unwrapped};
use crate::{
    facts::{ExpressionKind, Operator, Text, vocabulary::Meaning},
    project::{Call, Origin, Project, Value, guards::Mode},
};

/// Does a file of the project import something whose name starts so?
pub(super) fn imports(project: &Project, start: &str) -> bool {
    let mut imports = project.units().flat_map(|(_, unit)| &unit.facts.imports);
    imports.any(|import| import.module.starts_with(start))
}

/// The path that an argument is, as far as it is written.
pub(super) fn path_of(value: Value<'_>) -> Option<Text> {
    match value.constant().kind() {
        ExpressionKind::Text(path) => Some(path.clone()),
        ExpressionKind::Regex(pattern) => Some(Text::from(format!("/{pattern}/"))),
        ExpressionKind::Concat(_) => template_path(value),
        // `configured || "/api"`: where it is served if nobody says otherwise.
        ExpressionKind::Operation { operator: Operator::Or | Operator::Default, operands } => {
            operands.last().and_then(|&default| path_of(value.constant().sibling(default)))
        }
        _ => None,
    }
}

/// The paths that an argument is: one, or a list of them.
pub(super) fn paths_of(value: Value<'_>) -> Option<Vec<Text>> {
    let listed = value.items().and_then(|items| items.into_iter().map(path_of).collect());
    let listed = listed.filter(|paths: &Vec<Text>| !paths.is_empty());
    listed.or_else(|| path_of(value).map(|path| vec![path]))
}

/// `${prefix}/users` with a known prefix; the unknown parts become parameters.
fn template_path(value: Value<'_>) -> Option<Text> {
    let ExpressionKind::Concat(parts) = value.constant().kind() else { return None };
    let constant = value.constant();
    let mut path = String::new();
    for &part in parts {
        match constant.sibling(part).text() {
            Some(text) => path.push_str(text),
            None => path.push_str(":?"),
        }
    }
    Some(path.into())
}

/// Lists of handlers count as their items.
pub(super) fn flattened(arguments: Vec<Value<'_>>) -> Vec<Value<'_>> {
    arguments
        .into_iter()
        .flat_map(|argument| argument.items().unwrap_or_else(|| vec![argument]))
        .collect()
}

/// Is this a module whose name is computed: `require(path.join(folder, file))`?
pub(super) fn is_loaded(value: Value<'_>) -> bool {
    let path = value.project.path_of(&value.project.resolve_value(value.at));
    path.starts_with("require()") || path.starts_with("import()")
}

/// The handler inside what wraps it, wherever the wrapped one was made: `module.exports = wrap(handler)`.
pub(super) fn inner_handler(handler: Value<'_>) -> (Value<'_>, Vec<Candidate>) {
    let project = handler.project;
    let made = project.bound(handler.at).map_or(handler, |at| project.value(at));
    let (inner, wrappers) = unwrapped(project, made);
    // A library's middleware that takes a function stays what it is.
    if wrappers.is_empty() || inner.as_function().is_none() {
        return (handler, Vec::new());
    }
    (inner, wrappers)
}

/// A middleware in a guard's position.
pub(super) fn candidate(value: Value<'_>, scope: Scope) -> Candidate {
    let is_choice = value.as_call().is_some_and(|call| call.path() == "hono/combine.some");
    let what = if is_choice {
        What::Unreadable("any one of several guards is enough here".to_owned())
    } else {
        What::Expression(declared_middleware(value).at)
    };
    Candidate {
        what,
        name: Text::from(first_line(value.source())),
        location: value.location(),
        scope,
        mode: Mode::Middleware,
    }
}

/// The function in a call that only gives it a type: `createMiddleware(async (c, next) => …)`.
fn declared_middleware(value: Value<'_>) -> Value<'_> {
    let made = made_by(value).filter(|call| call.means(Meaning::WrapHandler));
    made.and_then(|call| call.argument(0)).unwrap_or(value)
}

/// The call that made a value, wherever it stands.
pub(super) fn made_by(value: Value<'_>) -> Option<Call<'_>> {
    match value.project.origin(value.at) {
        Origin::Created(made) => value.project.call(made),
        _ => None,
    }
}

pub(super) fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.char_indices().nth(80).map_or(line, |(end, _)| &line[..end])
}
