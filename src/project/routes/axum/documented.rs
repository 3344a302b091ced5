//! Routes whose path stands in an attribute of the handler, and pages of documentation.

use super::super::rust::path_text;
use super::{Entry, METHODS, serving};
use crate::project::{Call, Value};

/// `routes!(list, create)` of utoipa: the path stands in the attribute of each handler.
pub(super) fn with_documented<'p>(call: Call<'p>, mut before: Vec<Entry<'p>>) -> Vec<Entry<'p>> {
    let macro_call = call.argument(0).and_then(Value::as_call);
    for handler in macro_call.into_iter().flat_map(Call::positional) {
        let Some(body) = handler.as_function() else { continue };
        let attribute = body.decorators().find_map(|decorator| {
            decorator.as_call().filter(|call| call.path().ends_with("utoipa.path"))
        });
        let Some(attribute) = attribute else { continue };
        let path = attribute.named("path").and_then(path_text).unwrap_or_default();
        let verb = attribute
            .positional()
            .find_map(|argument| METHODS.iter().find(|(method, _)| *method == argument.source()));
        let verb = verb.map_or("ANY", |&(_, verb)| verb);
        before.push(Entry { path, location: handler.location(), ..serving(verb, handler) });
    }
    before
}

/// Pages of documentation that are merged into a router as one value.
pub(super) fn documentation(call: Call<'_>) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::new();
    let mut link = call;
    loop {
        let path = link.path();
        let is_start = path.starts_with("utoipa_swagger_ui.SwaggerUi.new")
            || path.starts_with("utoipa_rapidoc.RapiDoc.")
            || path.starts_with("utoipa_redoc.Redoc.")
            || path.starts_with("utoipa_scalar.Scalar.");
        let is_path = matches!(link.name(), "url" | "new" | "with_url" | "path" | "with_openapi");
        if let (true, Some(path)) = (is_path, link.argument(0).and_then(path_text)) {
            let entry = Entry { path, ..serving("GET", call.value()) };
            entries.push(Entry { location: link.location_of_name(), ..entry });
        }
        match link.receiver().and_then(Value::as_call) {
            Some(receiver) => link = receiver,
            None => return is_start.then_some(entries),
        }
    }
}
