//! Flask and what is shaped like it (Quart, Sanic): applications, blueprints, hooks, resource classes.

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope,
    python::{
        Registered, attribute, calls, candidate, candidate_definition, created_path,
        decorators_behind, decorators_from, functions, method, methods, objects, path_text,
        unwrapped, viewed_class,
    },
    tree::{Tree, Way},
};
use crate::{
    facts::Text,
    project::{Body, Call, Definition, ExpressionRef, In, Project, Type, Value, guards::Mode},
};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

type Objects = Tree<ExpressionRef>;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut tree = Objects::default();
    for call in calls(project) {
        create(call, &mut tree);
        attach(call, &mut tree);
    }
    let mut everywhere = Vec::new();
    for body in functions(project) {
        for decorator in body.decorators() {
            let (name, receiver) = member(decorator);
            let Some(when) = When::of(name, decorator.as_call().and_then(|call| call.argument(0)))
            else {
                continue;
            };
            let function = Definition::Function(body.at);
            hook(when, receiver, &function, decorator, &mut tree, &mut everywhere);
        }
    }
    for call in calls(project) {
        let given = call.argument(1).or_else(|| call.named("attach_to"));
        let Some(when) = When::of(call.name(), given) else { continue };
        let Some(hooked) = call.argument(0) else { continue };
        let function = hooked.resolve();
        if matches!(function, Definition::Function(_)) {
            hook(when, call.receiver(), &function, hooked, &mut tree, &mut everywhere);
        }
    }
    for application in tree.applications() {
        tree.node(application).guards.extend(everywhere.iter().cloned());
    }
    let first = drafts.len();
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
    if let Some((folder, why)) = loader(project) {
        for draft in &mut drafts[first..] {
            let file = project.file(draft.location.file);
            if draft.mount == Mount::Partial && file.path.starts_with(&*folder) {
                draft.mount = Mount::Dynamic(why.clone());
            }
        }
    }
}

/// What registers blueprints out of modules that it imports by computed names, and the folder it stands in.
fn loader(project: &Project) -> Option<(String, String)> {
    let loads = |call: &Call<'_>| {
        let is_mount = matches!(call.name(), "register_blueprint" | "blueprint");
        let Some(given) = call.argument(0).filter(|_| is_mount) else { return false };
        let mut inside = call.function().calls_within();
        objects(given, is_object).is_empty()
            && inside
                .any(|call| matches!(call.name(), "import_module" | "__import__" | "import_string"))
    };
    let call = calls(project).find(loads)?;
    let file = call.source_file();
    let line = project.line(call.location());
    let why = format!("mounted by {}:{line}, which loads files by a computed name", file.path);
    Some((file.folder().to_owned(), why))
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
    let version = call.named("version").and_then(Value::number);
    let prefix = match named {
        Some(prefix) => path_text(prefix),
        // A namespace without a path has its name for one.
        None if path.ends_with("amespace()") => {
            let name = call.argument(0).map(path_text).unwrap_or_default();
            Text::from(format!("/{name}"))
        }
        None => Text::default(),
    };
    // Sanic puts the version first.
    let prefix = match version {
        Some(version) => Text::from(format!("/v{version}/{}", prefix.trim_start_matches('/'))),
        None => prefix,
    };
    let decorators = call.named("decorators").and_then(Value::items).unwrap_or_default();
    let node = tree.node(call.at());
    node.serves = is_application(&path);
    node.prefix = prefix;
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
fn attach(call: Call<'_>, tree: &mut Objects) {
    let Some(receiver) = call.receiver() else { return };
    let is_mount = matches!(
        call.name(),
        "register_blueprint" | "blueprint" | "register_api" | "add_namespace" | "init_app"
    );
    let Some(given) = call.argument(0).filter(|_| is_mount) else { return };
    let (child, parent) =
        if call.name() == "init_app" { (receiver, given) } else { (given, receiver) };
    let children = objects(child, is_object);
    if children.is_empty() {
        return;
    }
    let named = call
        .named("url_prefix")
        .or_else(|| call.named("path"))
        .or_else(|| call.argument(1).filter(|_| call.name() == "add_namespace"));
    for parent in objects(parent, is_object) {
        for &child in &children {
            match named.filter(|named| !named.is_null()) {
                Some(prefix) => tree.hang_instead(child, parent, path_text(prefix)),
                None => tree.hang(child, parent, Text::default(), Vec::new()),
            }
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
    function: &Definition,
    at: Value<'_>,
    tree: &mut Objects,
    everywhere: &mut Vec<Candidate>,
) {
    let Some(receiver) = receiver else { return };
    let found = objects(receiver, is_object);
    if found.is_empty() {
        return;
    }
    let guard = |scope| candidate_definition(at.project, function.clone(), at, scope, Mode::Hook);
    if when == When::BeforeAll {
        everywhere.push(guard(Scope::Global));
        return;
    }
    for object in found {
        let node = tree.node(object);
        let scope = match (when, node.serves) {
            (When::After, _) => Scope::Behind,
            (_, true) => Scope::Global,
            (_, false) => Scope::Router,
        };
        node.guards.push(guard(scope));
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
        .drafts(&tree.ways(&object), drafts);
    }
}

/// `@ns.route("/x")` on a class.
fn decorated_class(class: Type<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    for &id in &class.class().decorators {
        let decorator = class.project.value(In { file: class.at.file, id });
        let Some(call) = decorator.as_call().filter(|call| call.name() == "route") else {
            continue;
        };
        let Some(receiver) = call.receiver() else { continue };
        for object in objects(receiver, is_object) {
            let ways = tree.ways(&object);
            for path in call.positional().map(path_text) {
                class_routes(class, &path, decorator, &[], &ways, drafts);
            }
        }
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

/// `api.add_resource(Class, "/x", "/x/<id>")`.
fn resource(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let Some(receiver) = call.receiver() else { return };
    let Some(Definition::Class(class)) = call.argument(0).map(Value::resolve) else { return };
    let class = call.project.class(class);
    for object in objects(receiver, is_object) {
        let ways = tree.ways(&object);
        for path in call.positional().skip(1).map(path_text) {
            class_routes(class, &path, call.value(), &[], &ways, drafts);
        }
    }
}

/// The methods of a resource or view class, each behind the class's own decorators.
fn class_routes(
    class: Type<'_>,
    path: &str,
    at: Value<'_>,
    wrappers: &[Candidate],
    ways: &[Way<ExpressionRef>],
    drafts: &mut Vec<Draft>,
) {
    let listed =
        ["decorators", "method_decorators"].into_iter().filter_map(|name| attribute(class, name));
    let listed: Vec<Value<'_>> = listed.collect();
    for name in METHODS {
        let Some(method) = method(class, name) else { continue };
        let mut guards = wrappers.to_vec();
        // A list for all methods, or one for each.
        let on_class = listed.iter().flat_map(|list| {
            let own = list.entry(name).given().and_then(Value::items);
            own.or_else(|| list.items()).unwrap_or_default()
        });
        guards.extend(on_class.map(|guard| candidate(guard, Scope::Class, Mode::Wrapper)));
        guards.extend(decorators_from(method, 0));
        Registered {
            framework: "flask",
            kind: RouteKind::Http,
            methods: vec![name.to_ascii_uppercase().into()],
            path,
            at,
            handler: Handler::Function(method.at),
            guards,
        }
        .drafts(ways, drafts);
    }
}
