//! Flask and what is shaped like it (Quart, Sanic): applications, blueprints, hooks, resource classes.

use super::{
    Candidate, Draft, Handler, RouteKind, Scope,
    python::{
        Registered, calls, candidate, candidate_definition, created_path, decorators_behind,
        decorators_from, functions, loaded::Loading, methods, objects, path_text, unwrapped,
        viewed_class,
    },
    tree::Tree,
};
use crate::{
    facts::Text,
    project::{Body, Call, Definition, ExpressionRef, In, Project, Type, Value, guards::Mode},
};

mod endpoint;
mod resources;

pub(super) use endpoint::endpoint;
use resources::{class_routes, decorated_class, resource};

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
    for (loading, is_namespace) in loaded {
        loading.hang(&mut tree, |path| {
            !path.ends_with("Api()") && path.ends_with("amespace()") == is_namespace
        });
    }
    let mut everywhere = Vec::new();
    for body in functions(project) {
        for decorator in body.decorators() {
            let (name, receiver) = member(decorator);
            let Some(when) = When::of(name, decorator.as_call().and_then(|call| call.argument(0)))
            else {
                continue;
            };
            hook(when, receiver, body, decorator, &mut tree, &mut everywhere);
        }
    }
    for call in calls(project) {
        let given = call.argument(1).or_else(|| call.named("attach_to"));
        let Some(when) = When::of(call.name(), given) else { continue };
        let Some(hooked) = call.argument(0) else { continue };
        if let Definition::Function(function) = hooked.resolve() {
            let body = project.body(function);
            hook(when, call.receiver(), body, hooked, &mut tree, &mut everywhere);
        }
    }
    for call in calls(project) {
        appended(call, &mut tree);
    }
    for application in tree.applications() {
        tree.node(application).guards.extend(everywhere.iter().cloned());
    }
    for body in functions(project) {
        for (number, decorator) in body.decorators().enumerate() {
            decorated(body, number, decorator, &tree, drafts);
        }
    }
    for (file, unit) in project.units() {
        for (id, _) in unit.facts.classes() {
            let class = project.class(In { file, id });
            decorated_class(class, &tree, drafts);
            attached_class(class, &tree, drafts);
        }
    }
    for call in calls(project) {
        match call.name() {
            "add_url_rule" | "add_route" => rule(call, &tree, drafts),
            "add_resource" => resource(call, &tree, drafts),
            _ => {}
        }
    }
}

fn is_object(path: &str) -> bool {
    is_application(path)
        || matches!(
            path,
            "flask.Blueprint()"
                | "flask.blueprints.Blueprint()"
                | "quart.Blueprint()"
                | "sanic.Blueprint()"
                | "sanic.blueprints.Blueprint()"
                | "sanic.Blueprint.group()"
                | "flask_smorest.Blueprint()"
                | "flask_openapi3.APIBlueprint()"
                | "apiflask.APIBlueprint()"
                | "flask_restful.Api()"
                | "flask_restplus.Api()"
                | "flask_restx.Api()"
                | "flask_smorest.Api()"
                | "flask_restx.Namespace()"
                | "flask_restplus.Namespace()"
                | "flask_restx.Api().namespace()"
                | "flask_restplus.Api().namespace()"
        )
}

fn is_application(path: &str) -> bool {
    matches!(
        path,
        "flask.Flask()"
            | "flask.app.Flask()"
            | "quart.Quart()"
            | "sanic.Sanic()"
            | "sanic.Sanic.get_app()"
            | "flask_openapi3.OpenAPI()"
            | "apiflask.APIFlask()"
    )
}

/// Files the application, blueprint, interface or namespace that a call creates.
fn create(call: Call<'_>, tree: &mut Objects) {
    let path = created_path(call);
    if !is_object(&path) {
        return;
    }
    let named =
        call.named("url_prefix").or_else(|| call.named("prefix")).or_else(|| call.named("path"));
    let prefix = match named {
        Some(prefix) => path_text(prefix),
        // A namespace without a path has its name for one.
        None if path.ends_with("amespace()") => {
            let name = call.argument(0).map(path_text).unwrap_or_default();
            Text::from(format!("/{name}"))
        }
        None => Text::default(),
    };
    let decorators = call.named("decorators").and_then(Value::items).unwrap_or_default();
    let node = tree.node(call.at());
    node.serves = is_application(&path);
    node.prefix = prefix;
    if path.starts_with("sanic.") {
        node.first = version(call);
    }
    node.guards = decorators
        .into_iter()
        .map(|guard| candidate(guard, Scope::Router, Mode::Wrapper))
        .collect();
    let parent = match path.as_str() {
        path if path.ends_with("Api()") => call.argument(0).or_else(|| call.named("app")),
        path if path.ends_with(".namespace()") => call.receiver(),
        _ => None,
    };
    for parent in parent.map(|parent| objects(parent, is_object)).unwrap_or_default() {
        tree.hang(call.at(), parent, Text::default(), Vec::new());
    }
    if path.ends_with(".group()") {
        for child in call.positional().flat_map(|child| objects(child, is_object)) {
            tree.hang(child, call.at(), Text::default(), Vec::new());
        }
    }
}

/// `register_blueprint` and its kin.
fn attach<'p>(call: Call<'p>, tree: &mut Objects, loaded: &mut Vec<(Loading<'p>, bool)>) {
    let Some(receiver) = call.receiver() else { return };
    let is_mount = matches!(
        call.name(),
        "register_blueprint" | "blueprint" | "register_api" | "add_namespace" | "init_app"
    );
    let Some(given) = call.argument(0).filter(|_| is_mount) else { return };
    let is_namespace = call.name() == "add_namespace";
    let (child, parent) =
        if call.name() == "init_app" { (receiver, given) } else { (given, receiver) };
    // Sanic takes several at once.
    let listed = child.items().unwrap_or_else(|| vec![child]);
    let children: Vec<_> = listed.into_iter().flat_map(|one| objects(one, is_object)).collect();
    let parents = objects(parent, is_object);
    let named = call
        .named("url_prefix")
        .or_else(|| call.named("path"))
        .or_else(|| call.argument(1).filter(|_| is_namespace))
        .filter(|named| !named.is_null());
    if children.is_empty() {
        // Whatever else is given an application is no blueprint.
        if call.name() == "init_app" {
            return;
        }
        let Some(loading) = Loading::by(call, parents) else { return };
        let loading = match named {
            Some(prefix) => loading.instead(path_text(prefix)),
            None => loading,
        };
        loaded.push((loading, is_namespace));
        return;
    }
    for parent in parents {
        for &child in &children {
            match named {
                Some(prefix) => tree.hang_instead(child, parent, path_text(prefix)),
                None => tree.hang(child, parent, Text::default(), Vec::new()),
            }
        }
    }
}

/// What Sanic puts before the paths of an object or of one route: `version=2`.
fn version(call: Call<'_>) -> Text {
    let Some(given) = call.named("version") else { return Text::default() };
    let number = given.number().map(|number| number.to_string());
    let Some(version) = number.or_else(|| given.text().map(str::to_owned)) else {
        return Text::default();
    };
    let prefix = call.named("version_prefix").and_then(Value::text).unwrap_or("/v");
    Text::from(format!("{prefix}{}", version.trim_start_matches('v')))
}

/// `group.append(blueprint)`: what the group was given before is nothing to the blueprints that come later.
fn appended(call: Call<'_>, tree: &mut Objects) {
    let Some(receiver) = call.receiver().filter(|_| matches!(call.name(), "append" | "insert"))
    else {
        return;
    };
    let Some(child) = call.positional().last() else { return };
    let place = call.location();
    for group in objects(receiver, |path| path == "sanic.Blueprint.group()") {
        let is_later = |guard: &Candidate| {
            guard.location.file != place.file || guard.location.span.start > place.span.start
        };
        tree.copy(&group, call.at(), is_later);
        for child in objects(child, is_object) {
            tree.hang(child, call.at(), Text::default(), Vec::new());
        }
    }
}

/// The last name of `app.before_request` or `app.before_request(…)`, and what it is taken from.
fn member(decorator: Value<'_>) -> (&str, Option<Value<'_>>) {
    use crate::facts::ExpressionKind;

    if let Some(call) = decorator.as_call() {
        return (call.name(), call.receiver());
    }
    match decorator.kind() {
        ExpressionKind::Member { object, name } => (name, Some(decorator.sibling(*object))),
        _ => ("", None),
    }
}

/// When a function that an application is given runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    /// Before the handlers of all blueprints, whichever it is given.
    BeforeAll,
    /// When the handler is done.
    After,
}

impl When {
    /// By what it is registered with, and what that is given: `@app.middleware("response")`.
    fn of(name: &str, given: Option<Value<'_>>) -> Option<Self> {
        match name {
            "before_request" | "on_request" => Some(Self::Before),
            "before_app_request" => Some(Self::BeforeAll),
            "after_request" | "after_app_request" | "on_response" => Some(Self::After),
            "middleware" | "register_middleware" => match given.and_then(Value::text) {
                Some("response") => Some(Self::After),
                _ => Some(Self::Before),
            },
            _ => None,
        }
    }
}

/// Files a function that runs before or after the handlers of an application or blueprint.
fn hook(
    when: When,
    receiver: Option<Value<'_>>,
    function: Body<'_>,
    at: Value<'_>,
    tree: &mut Objects,
    everywhere: &mut Vec<Candidate>,
) {
    let Some(receiver) = receiver else { return };
    let found = objects(receiver, is_object);
    if found.is_empty() {
        return;
    }
    let guards = |scope| {
        let definition = Definition::Function(function.at);
        let own = candidate_definition(at.project, definition, at, scope, Mode::Hook);
        let around =
            decorators_from(function, 0).into_iter().filter(|one| one.location != at.location());
        let around = around.map(|one| Candidate { scope, ..one });
        around.chain([own]).collect::<Vec<_>>()
    };
    if when == When::BeforeAll {
        everywhere.extend(guards(Scope::Global));
        return;
    }
    for object in found {
        let node = tree.node(object);
        let scope = match (when, node.serves) {
            (When::After, _) => Scope::Behind,
            (_, true) => Scope::Global,
            (_, false) => Scope::Router,
        };
        node.guards.extend(guards(scope));
    }
}

/// The methods of `@app.route("/x", methods=[…])` or `@app.post("/x")`.
fn registered_methods(call: Call<'_>) -> Option<Vec<Text>> {
    match call.name() {
        "route" => Some(methods(call.named("methods"), &["GET"])),
        name if METHODS.contains(&name) => Some(vec![name.to_ascii_uppercase().into()]),
        _ => None,
    }
}

fn decorated(
    body: Body<'_>,
    number: usize,
    decorator: Value<'_>,
    tree: &Objects,
    drafts: &mut Vec<Draft>,
) {
    let Some(call) = decorator.as_call() else { return };
    let (kind, methods) = match registered_methods(call) {
        Some(methods) => (RouteKind::Http, methods),
        None if call.name() == "websocket" => (RouteKind::WebSocket, vec!["GET".into()]),
        None => return,
    };
    let Some(receiver) = call.receiver() else { return };
    let path = call.argument(0).or_else(|| call.named("rule")).map(path_text).unwrap_or_default();
    // Decorators above the registration wrap a function that nobody serves.
    let mut guards = decorators_from(body, number + 1);
    guards.extend(decorators_behind(body, number));
    for object in objects(receiver, is_object) {
        Registered {
            framework: "flask",
            kind,
            methods: methods.clone(),
            path: &path,
            at: decorator,
            handler: Handler::Function(body.at),
            guards: guards.clone(),
        }
        .drafts(&tree.ways_behind(&object, &version(call)), drafts);
    }
}

/// Sanic: `class Notes(HTTPMethodView, attach=app, uri="/notes")`.
fn attached_class(class: Type<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let option = |wanted: &str| {
        let (_, id) = class.class().options.iter().find(|(name, _)| name == wanted)?;
        Some(class.project.value(In { file: class.at.file, id: *id }))
    };
    let (Some(application), Some(uri)) = (option("attach"), option("uri")) else { return };
    for object in objects(application, is_object) {
        class_routes(class, &path_text(uri), uri, &[], &tree.ways(&object), drafts);
    }
}

/// `app.add_url_rule("/x", view_func=login_required(view))`.
fn rule(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let Some(receiver) = call.receiver() else { return };
    let found = objects(receiver, is_object);
    let is_rule = call.name() == "add_url_rule";
    // Flask: path, endpoint, view; Sanic: view, path.
    let (path, view) = if is_rule {
        (
            call.argument(0).or_else(|| call.named("rule")),
            call.named("view_func").or_else(|| call.argument(2)),
        )
    } else {
        (
            call.argument(1).or_else(|| call.named("uri")),
            call.argument(0).or_else(|| call.named("handler")),
        )
    };
    let Some(view) = view.filter(|_| !found.is_empty()) else { return };
    let path = path.map(path_text).unwrap_or_default();
    let (view, guards) = unwrapped(view.constant());
    for object in found {
        let ways = tree.ways(&object);
        if let Some(class) = viewed_class(view) {
            class_routes(class, &path, call.value(), &guards, &ways, drafts);
            continue;
        }
        let mut guards = guards.clone();
        guards.extend(view.as_function().into_iter().flat_map(|body| decorators_from(body, 0)));
        Registered {
            framework: "flask",
            kind: RouteKind::Http,
            methods: methods(call.named("methods"), &["GET"]),
            path: &path,
            at: call.value(),
            handler: Handler::Expression(view.at),
            guards,
        }
        .drafts(&ways, drafts);
    }
}
