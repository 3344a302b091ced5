//! Rocket: handlers with a route attribute, mounted by `routes![…]`; guards are types in the signature.

use std::collections::BTreeMap;

use super::{
    Draft, Handler, Mount, RouteKind,
    express::join_paths,
    rust::{extractors, is_of_library, is_read, is_test, path_text, unserved},
};
use crate::{
    facts::{CallStyle, ExpressionKind, Text},
    project::{Body, Call, FunctionRef, Location, Project, Value},
};

/// The attributes that make a function a handler.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "route"];

/// The ways in which a parameter takes itself out of a request, or out of its body.
const EXTRACTOR_METHODS: [&str; 2] = ["from_request", "from_data"];

/// How many functions deep lists of routes are followed.
const HOPS_MAX: usize = 6;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let Mounts { prefixes, unclear } = mounts(project);
    for body in project.functions().filter(|body| is_read(&body.unit().file) && !is_test(*body)) {
        let Some((attribute, method)) = attribute(body) else { continue };
        let uri = attribute
            .named("uri")
            .or_else(|| attribute.positional().find(|argument| argument.text().is_some()));
        let path = uri.and_then(path_text).unwrap_or_default();
        let alone = [Text::default()];
        let found = prefixes.get(&body.at);
        let mount = if found.is_some() { Mount::Resolved } else { unserved(project, unclear) };
        let takes_socket = body.function().plain_parameters().any(|parameter| {
            let facts = &body.unit().facts;
            parameter.annotation.and_then(|it| facts.last_segment(it)) == Some("WebSocket")
        });
        for prefix in found.map_or(&alone[..], Vec::as_slice) {
            drafts.push(Draft {
                kind: if takes_socket { RouteKind::WebSocket } else { RouteKind::Http },
                method: method.clone(),
                path: join_paths(prefix, &path),
                framework: "rocket",
                location: attribute.location(),
                handler: Handler::Function(body.at),
                chain: extractors(project, body.at, &EXTRACTOR_METHODS),
                mount: mount.clone(),
                root: None,
            });
        }
    }
}

/// The route attribute of a handler and its method.
fn attribute(body: Body<'_>) -> Option<(Call<'_>, Text)> {
    body.decorators().filter_map(Value::as_call).find_map(|call| {
        let name = call.path().strip_prefix("rocket.").unwrap_or(call.path());
        let is_known = METHODS.contains(&name);
        // Without a path of its own the name comes from `#[macro_use] extern crate rocket`.
        let from_elsewhere = name == call.path() && imports(body, "actix_web");
        if !is_known || from_elsewhere {
            return None;
        }
        let method = match name {
            "route" => call
                .argument(0)
                .filter(|argument| matches!(argument.kind(), ExpressionKind::Name(_)))
                .map_or("ANY", Value::source),
            name => name,
        };
        Some((call, method.to_ascii_uppercase().into()))
    })
}

fn imports(body: Body<'_>, module: &str) -> bool {
    body.unit().facts.imports.iter().any(|import| import.module.starts_with(module))
}

/// What the applications mount.
#[derive(Default)]
struct Mounts {
    /// The prefixes under which each handler is mounted.
    prefixes: BTreeMap<FunctionRef, Vec<Text>>,
    /// Where something is mounted that cannot be followed.
    unclear: Option<Location>,
}

fn mounts(project: &Project) -> Mounts {
    let mut mounts = Mounts::default();
    let calls = project.calls().filter(|call| {
        call.name() == "mount" && is_read(call.source_file()) && !is_test(call.function())
    });
    for call in calls {
        let (Some(prefix), Some(list)) = (call.argument(0), call.argument(1)) else { continue };
        let prefix = prefix_text(prefix);
        let mut handlers = Vec::new();
        listed(list, &mut handlers, 0);
        if handlers.is_empty() && is_unclear(list) {
            mounts.unclear.get_or_insert_with(|| list.location());
        }
        for handler in handlers {
            let prefixes = mounts.prefixes.entry(handler).or_default();
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix.clone());
            }
        }
    }
    mounts
}

/// Is this no list that is written here, and nothing that a library serves by itself?
fn is_unclear(list: Value<'_>) -> bool {
    let is_written = |call: Call<'_>| {
        call.callee().is_some()
            || call.name().ends_with("routes") && call.style() == CallStyle::Macro
    };
    !is_of_library(list) && !list.as_call().is_some_and(is_written)
}

/// A prefix; parts that are configured elsewhere are left out.
fn prefix_text(value: Value<'_>) -> Text {
    if let Some(parts) = value.as_call().filter(|call| call.name() == "concat") {
        let parts = parts.receiver().and_then(Value::items).unwrap_or_default();
        return parts.into_iter().filter_map(Value::text).collect();
    }
    let text = path_text(value).unwrap_or_default();
    Text::from(text.replace("{?}", ""))
}

/// The handlers in an expression that makes a list of routes.
fn listed(value: Value<'_>, handlers: &mut Vec<FunctionRef>, hops: usize) {
    if hops > HOPS_MAX {
        return;
    }
    for part in value.constant().descendants() {
        if let Some(call) = part.as_call() {
            collect(call, handlers, hops);
        }
    }
    if let ExpressionKind::Name(_) = value.kind() {
        // A variable that lists were appended to: all that its function makes.
        for call in value.function().calls_within() {
            collect(call, handlers, hops);
        }
    }
}

fn collect(call: Call<'_>, handlers: &mut Vec<FunctionRef>, hops: usize) {
    if call.name().ends_with("routes") && call.callee().is_none() {
        let found = call.positional().filter_map(Value::as_function).map(|body| body.at);
        handlers.extend(found);
        return;
    }
    let Some(body) = call.callee().filter(|body| hops < HOPS_MAX && returns_routes(*body)) else {
        return;
    };
    for inner in body.calls_within() {
        collect(inner, handlers, hops + 1);
    }
}

fn returns_routes(body: Body<'_>) -> bool {
    body.function().returns.is_some_and(|returns| {
        let span = body.unit().facts[returns].span;
        body.unit().file.slice(span).contains("Route")
    })
}
