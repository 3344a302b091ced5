//! aiohttp's server: tables of routes, the router of an application, applications in applications.

use super::{
    Candidate, Draft, Handler, RouteKind, Scope,
    python::{
        Registered, calls, candidate, created_path, decorators_from, functions, method, objects,
        path_text, unwrapped,
    },
    tree::{Tree, Way},
};
use crate::{
    facts::Text,
    project::{Call, Definition, ExpressionRef, Project, Value, guards::Mode},
};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

type Objects = Tree<ExpressionRef>;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut tree = Objects::default();
    for call in calls(project) {
        create(call, &mut tree);
        attach(call, &mut tree);
    }
    for call in calls(project) {
        added(call, &tree, drafts);
        listed(call, &tree, drafts);
    }
    for body in functions(project) {
        for (number, decorator) in body.decorators().enumerate() {
            let Some(call) = decorator.as_call() else { continue };
            let Some((method, path)) = registration(call, call.name(), 0) else { continue };
            let Some(receiver) = call.receiver() else { continue };
            for object in objects(receiver, is_object) {
                Registered {
                    framework: "aiohttp",
                    kind: RouteKind::Http,
                    methods: vec![method.clone()],
                    path: &path,
                    at: decorator,
                    handler: Handler::Function(body.at),
                    guards: decorators_from(body, number + 1),
                }
                .drafts(&tree.ways(&object), drafts);
            }
        }
    }
}

fn is_object(path: &str) -> bool {
    is_application(path) || path == "aiohttp.web.RouteTableDef()"
}

fn is_application(path: &str) -> bool {
    matches!(path, "aiohttp.web.Application()" | "aiohttp.web_app.Application()")
}

/// The application that an expression or its `router` is.
fn applications(value: Value<'_>) -> Vec<ExpressionRef> {
    use crate::facts::ExpressionKind;

    match value.kind() {
        ExpressionKind::Member { object, name }
            if matches!(name.as_str(), "router" | "middlewares") =>
        {
            objects(value.sibling(*object), is_application)
        }
        // `setup(app.router)`, `router = app.router`.
        _ => {
            let found = objects(value, is_application);
            let bound = value.project.bound(value.at).filter(|bound| *bound != value.at);
            match bound.map(|bound| value.project.value(bound)) {
                Some(bound) if found.is_empty() && bound.as_call().is_none() => applications(bound),
                _ => found,
            }
        }
    }
}

fn create(call: Call<'_>, tree: &mut Objects) {
    let path = created_path(call);
    if !is_object(&path) {
        return;
    }
    let listed = call.named("middlewares").and_then(Value::items).unwrap_or_default();
    let node = tree.node(call.at());
    node.serves = is_application(&path);
    node.guards = listed.into_iter().map(middleware).collect();
}

fn middleware(value: Value<'_>) -> Candidate {
    candidate(value, Scope::Global, Mode::Middleware)
}

/// `add_subapp`, `add_routes(table)`, `middlewares.append(guard)`.
fn attach(call: Call<'_>, tree: &mut Objects) {
    let Some(receiver) = call.receiver() else { return };
    match call.name() {
        "add_subapp" => {
            let prefix = call.argument(0).map(path_text).unwrap_or_default();
            let children = call.argument(1).map(applications).unwrap_or_default();
            if children.is_empty() {
                return;
            }
            for parent in applications(receiver) {
                for &child in &children {
                    tree.hang(child, parent, prefix.clone(), Vec::new());
                    tree.node(child).serves = false;
                }
            }
        }
        "add_routes" => {
            let Some(table) = call.argument(0) else { return };
            let children = objects(table, |path| path == "aiohttp.web.RouteTableDef()");
            if children.is_empty() {
                return;
            }
            for parent in applications(receiver) {
                for &child in &children {
                    tree.hang(child, parent, Text::default(), Vec::new());
                }
            }
        }
        "append" | "extend" if receiver.source().ends_with("middlewares") => {
            let given: Vec<Value<'_>> = call
                .positional()
                .flat_map(|argument| argument.items().unwrap_or_else(|| vec![argument]))
                .collect();
            for object in applications(receiver) {
                tree.node(object).guards.extend(given.iter().copied().map(middleware));
            }
        }
        _ => {}
    }
}

/// The method and path of `get("/x")` or `route("GET", "/x")`, whose arguments begin at `first`.
fn registration(call: Call<'_>, name: &str, first: usize) -> Option<(Text, Text)> {
    let path = |position| call.argument(position).or_else(|| call.named("path")).map(path_text);
    match name {
        "route" => {
            let method = call.argument(first)?.text()?.to_ascii_uppercase();
            let method = if method == "*" { "ANY".into() } else { Text::from(method) };
            Some((method, path(first + 1)?))
        }
        "view" => Some(("ANY".into(), path(first)?)),
        name if METHODS.contains(&name) => Some((name.to_ascii_uppercase().into(), path(first)?)),
        _ => None,
    }
}

/// `app.router.add_get("/x", handler)`.
fn added(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let Some(name) = call.name().strip_prefix("add_") else { return };
    let Some((method, path)) = registration(call, name, 0) else { return };
    let place = if name == "route" { 2 } else { 1 };
    let Some(handler) = call.argument(place).or_else(|| call.named("handler")) else { return };
    let Some(receiver) = call.receiver() else { return };
    for object in applications(receiver) {
        answers(call, handler, &method, &path, &tree.ways(&object), drafts);
    }
}

/// `web.get("/x", handler)` in a list of routes.
fn listed(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let Some(name) = call.path().strip_prefix("aiohttp.web.") else { return };
    let Some((method, path)) = registration(call, name, 0) else { return };
    let place = if name == "route" { 2 } else { 1 };
    let Some(handler) = call.argument(place).or_else(|| call.named("handler")) else { return };
    let adding = calls(call.project).filter(|adding| {
        adding.name() == "add_routes"
            && adding.argument(0).is_some_and(|list| {
                let (list, place) = (list.constant().location(), call.location());
                list.file == place.file && list.span.contains(place.span)
            })
    });
    let mut found: Vec<ExpressionRef> =
        adding.filter_map(Call::receiver).flat_map(applications).collect();
    found.dedup();
    let alone = [call.at()];
    for object in if found.is_empty() { &alone[..] } else { &found } {
        answers(call, handler, &method, &path, &tree.ways(object), drafts);
    }
}

/// The routes of a handler that is a function or a view class.
fn answers(
    call: Call<'_>,
    handler: Value<'_>,
    registered: &Text,
    path: &str,
    ways: &[Way<ExpressionRef>],
    drafts: &mut Vec<Draft>,
) {
    let (view, wrappers) = unwrapped(handler);
    let mut found = Vec::new();
    match view.resolve() {
        Definition::Class(class) => {
            let class = call.project.class(class);
            for name in METHODS {
                let verb = Text::from(name.to_ascii_uppercase());
                if let Some(body) = method(class, name)
                    && (registered == "ANY" || *registered == verb)
                {
                    found.push((verb, Handler::Function(body.at)));
                }
            }
        }
        Definition::Function(function) => {
            found.push((registered.clone(), Handler::Function(function)));
        }
        _ => found.push((registered.clone(), Handler::Expression(view.at))),
    }
    for (method, handler) in found {
        let mut guards = wrappers.clone();
        if let Handler::Function(function) = handler {
            guards.extend(decorators_from(call.project.body(function), 0));
        }
        Registered {
            framework: "aiohttp",
            kind: RouteKind::Http,
            methods: vec![method],
            path,
            at: call.value(),
            handler,
            guards,
        }
        .drafts(ways, drafts);
    }
}
