//! What Flask calls a route: `notes.add`, the names of its blueprint and of its function.

use super::is_object;
use crate::project::{Body, Location, Value, routes::python::objects};

/// The name of a route by the decorator that registers it, without the blueprints that its own hangs on.
pub(in crate::project::routes) fn endpoint(
    handler: Body<'_>,
    registered: Location,
) -> Option<String> {
    let mut decorators = handler.decorators();
    let call = decorators.find(|decorator| decorator.location() == registered)?.as_call()?;
    let own = match call.named("endpoint") {
        Some(named) => named.text()?.to_owned(),
        None => handler.function().name.to_string(),
    };
    let object = objects(call.receiver()?, is_object).first().copied()?;
    let created = handler.project.call(object)?;
    if !created.path().ends_with("Blueprint") {
        return Some(own);
    }
    let blueprint = created.argument(0).and_then(Value::text)?;
    Some(format!("{blueprint}.{own}"))
}
