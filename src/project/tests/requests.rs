//! What tests ask the application for.

use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, FunctionRef, Location, Project, Value},
};

/// A request that a test makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Upper case; `ANY` where it is not written, as for a page that is visited.
    pub method: Text,
    /// The path without host and query; `{}` for parts that are not literal.
    pub path: Text,
    pub location: Location,
}

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Is a call of this name to a test client a request, and not the making of the client?
pub(super) fn is_asking(name: &str) -> bool {
    let others = [
        "goto",
        "visit",
        "perform",
        "inject",
        "oneshot",
        "call_service",
        "exchange",
        "Test",
        "url",
        "contains",
    ];
    let name_lower = name.to_ascii_lowercase();
    METHODS.contains(&name_lower.as_str()) || others.contains(&name) || name == "request"
}

/// The requests directly in `function`, in source order.
pub(super) fn of(project: &Project, function: FunctionRef) -> Vec<Request> {
    project.body(function).calls().filter_map(request).collect()
}

fn request(call: Call<'_>) -> Option<Request> {
    let name = call.name().to_ascii_lowercase();
    let first = call.argument(0);
    let text = |value: Value<'_>| match value.constant().kind() {
        ExpressionKind::Text(text) => Some(text.as_str().to_ascii_uppercase()),
        ExpressionKind::Name(_) | ExpressionKind::Member { .. } => {
            let last = value.source().rsplit(['.', ':']).next()?.to_ascii_uppercase();
            Some(last.strip_prefix("METHOD").map_or(last.clone(), ToOwned::to_owned))
        }
        _ => None,
    };
    let is_method = |text: &String| METHODS.contains(&text.to_ascii_lowercase().as_str());
    let (method, path) = if METHODS.contains(&name.as_str()) {
        (name.to_ascii_uppercase(), path_of(first?)?)
    } else if let Some(method) = first.and_then(text).filter(is_method)
        && let Some(path) = call.argument(1).and_then(path_of)
    {
        // `client.request("GET", "/x")`, `httptest.NewRequest("GET", "/x", nil)`
        (method, path)
    } else if matches!(name.as_str(), "goto" | "visit" | "uri" | "with_uri" | "fetch" | "request") {
        let path = path_of(first?)?;
        let method = call.option("method").given().and_then(text).filter(is_method);
        (method.unwrap_or_else(|| "ANY".to_owned()), path)
    } else {
        let url = call.option("url").given().and_then(path_of)?;
        let method = call.option("method").given().and_then(text).filter(is_method)?;
        (method, url)
    };
    Some(Request { method: method.into(), path: path.into(), location: call.location() })
}

/// A path of this application: `/users/1?x=1`, `http://localhost:3000/users`, `f"{base}/users/{id}"`.
fn path_of(value: Value<'_>) -> Option<String> {
    let constant = value.constant();
    let template = match constant.kind() {
        ExpressionKind::Text(text) => text.to_string(),
        ExpressionKind::Concat(parts) => {
            let texts = parts
                .iter()
                .map(|&part| constant.sibling(part).kind().as_text().unwrap_or("{}").to_owned());
            texts.collect()
        }
        _ => return None,
    };
    let is_local = |host: &str| {
        let host = host.split(':').next().unwrap_or_default();
        matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "testserver" | "test" | "{}")
    };
    let path = match template.split_once("://") {
        Some((_, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if !is_local(host) {
                return None;
            }
            format!("/{path}")
        }
        None => template,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    (path.starts_with('/') || path.starts_with("{}/")).then(|| path.to_owned())
}
