//! Handlers that are methods of an object which is handed to what registers them.

use super::{HANDED_MAX, handed, method};
use crate::{
    facts::ExpressionKind,
    project::{Definition, Origin, Value},
};

/// What a handler stands for: for `site.timeline` the method of the class, also where `site` is a parameter.
pub(in crate::project::routes) fn handler_of(view: Value<'_>) -> Definition {
    let found = view.resolve();
    if matches!(found, Definition::Function(_) | Definition::Class(_)) {
        return found;
    }
    let ExpressionKind::Member { object, name } = view.kind() else { return found };
    match instance(view.sibling(*object), 0) {
        Some(Definition::Instance(class)) => {
            let body = method(view.project.class(class), name);
            body.map_or(found, |body| Definition::Function(body.at))
        }
        _ => found,
    }
}

/// The object that a value is, followed through parameters to the callers.
fn instance(value: Value<'_>, hops: usize) -> Option<Definition> {
    let project = value.project;
    match project.origin(value.at) {
        Origin::Parameter(function, position) if hops < HANDED_MAX => {
            let callers = project.callers_beside(function);
            callers
                .into_iter()
                .find_map(|caller| instance(handed(caller, function, position)?, hops + 1))
        }
        _ => match value.resolve() {
            found @ Definition::Instance(_) => Some(found),
            _ => None,
        },
    }
}
