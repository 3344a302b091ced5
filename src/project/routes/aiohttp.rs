//! aiohttp's server: tables of routes, the router of an application, applications in applications.

use super::{
    Candidate, Draft, Handler, RouteKind, Scope,
    python::{
        Registered, calls, candidate, created_path, decorators_from, functions,
        handed_handler::handler_of, is_python, loaded::Loading, method, objects, path_text,
        unwrapped,
    },
    tree::{Tree, Way},
};
use crate::{
    facts::Text,
    project::{Call, Definition, ExpressionRef, In, Project, Type, Value, guards::Mode},
};

mod rows;

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

type Objects = Tree<ExpressionRef>;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut tree = Objects::default();
    for call in calls(project) {
        create(call, &mut tree);
    }
    let mut loaded = Vec::new();
    for call in calls(project) {
        attach(call, &mut tree, &mut loaded);
    }
    for loading in loaded {
        loading.hang(&mut tree, is_object);
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
    for (file, unit) in project.units().filter(|(file, _)| is_python(project, *file)) {
        for (id, _) in unit.facts.classes() {
            decorated_class(project.class(In { file, id }), &tree, drafts);
        }
    }
}

/// `@routes.view("/x")` on a class.
fn decorated_class(class: Type<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    for &id in &class.class().decorators {
        let decorator = class.project.value(In { file: class.at.file, id });
        let Some(call) = decorator.as_call().filter(|call| call.name() == "view") else { continue };
        let Some((_, path)) = registration(call, "view", 0) else { continue };
        for object in call.receiver().map(|of| objects(of, is_object)).unwrap_or_default() {
            class_answers(class, "ANY", &path, decorator, &tree.ways(&object), drafts);
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
fn attach<'p>(call: Call<'p>, tree: &mut Objects, loaded: &mut Vec<Loading<'p>>) {
    let Some(receiver) = call.receiver() else { return };
    match call.name() {
        "add_subapp" => {
            let prefix = call.argument(0).map(path_text).unwrap_or_default();
            let children = call.argument(1).map(applications).unwrap_or_default();
            if children.is_empty() {
                let loading = Loading::by(call, applications(receiver));
                loaded.extend(loading.map(|loading| loading.below(prefix, Vec::new())));
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
                loaded.extend(Loading::by(call, applications(receiver)));
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
            let method = method_named(call.argument(first)?.text()?);
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
    let Some(receiver) = call.receiver() else { return };
    if name == "route"
        && let Some((resource, path)) = resource(receiver)
    {
        let Some(method) = call.argument(0).and_then(Value::text) else { return };
        let Some(handler) = call.argument(1).or_else(|| call.named("handler")) else { return };
        let method = method_named(method);
        for object in resource {
            answers(call.value(), handler, &method, &path, &tree.ways(&object), drafts);
        }
        return;
    }
    if rows::registers(call) {
        for row in rows::rows(call.project) {
            for object in applications(receiver) {
                let ways = tree.ways(&object).into_iter();
                let ways: Vec<_> = ways.map(|way| way.supposed(rows::why(call))).collect();
                answers(row.at, row.handler, &row.method, &row.path, &ways, drafts);
            }
        }
        return;
    }
    let Some((method, path)) = registration(call, name, 0) else { return };
    let place = if name == "route" { 2 } else { 1 };
    let Some(handler) = call.argument(place).or_else(|| call.named("handler")) else { return };
    for object in applications(receiver) {
        answers(call.value(), handler, &method, &path, &tree.ways(&object), drafts);
    }
}

/// The applications and the path of what `app.router.add_resource("/x")` made.
fn resource(value: Value<'_>) -> Option<(Vec<ExpressionRef>, Text)> {
    let made = value.as_call().or_else(|| value.project.call(value.project.bound(value.at)?))?;
    let receiver = made.receiver().filter(|_| made.name() == "add_resource")?;
    let path = made.argument(0).or_else(|| made.named("path")).map(path_text)?;
    Some((applications(receiver), path))
}

/// What aiohttp calls every method is no method.
fn method_named(written: &str) -> Text {
    if written == "*" { "ANY".into() } else { written.to_ascii_uppercase().into() }
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
        answers(call.value(), handler, &method, &path, &tree.ways(object), drafts);
    }
}

/// The routes of a handler that is a function or a view class.
fn answers(
    at: Value<'_>,
    handler: Value<'_>,
    registered: &Text,
    path: &str,
    ways: &[Way<ExpressionRef>],
    drafts: &mut Vec<Draft>,
) {
    let (view, mut guards) = unwrapped(handler);
    let handler = match handler_of(view) {
        Definition::Class(class) => {
            let class = at.project.class(class);
            class_answers(class, registered, path, at, ways, drafts);
            return;
        }
        Definition::Function(function) => {
            guards.extend(decorators_from(at.project.body(function), 0));
            Handler::Function(function)
        }
        _ => Handler::Expression(view.at),
    };
    Registered {
        framework: "aiohttp",
        kind: RouteKind::Http,
        methods: vec![registered.clone()],
        path,
        at,
        handler,
        guards,
    }
    .drafts(ways, drafts);
}

/// The methods of a view class that answer.
fn class_answers(
    class: Type<'_>,
    registered: &str,
    path: &str,
    at: Value<'_>,
    ways: &[Way<ExpressionRef>],
    drafts: &mut Vec<Draft>,
) {
    for name in METHODS {
        let verb = Text::from(name.to_ascii_uppercase());
        let Some(body) = method(class, name) else { continue };
        if registered == "ANY" || registered == verb {
            Registered {
                framework: "aiohttp",
                kind: RouteKind::Http,
                methods: vec![verb],
                path,
                at,
                handler: Handler::Function(body.at),
                guards: decorators_from(body, 0),
            }
            .drafts(ways, drafts);
        }
    }
}
