//! `FastAPI` and Starlette: applications and routers, what they depend on, and where they are included.

use super::{
    Candidate, Draft, Handler, RouteKind, Scope, What, gradio,
    graphql::python::serves_schema,
    python::{
        Registered, ancestry, calls, candidate, candidate_definition, created_path,
        decorators_from, functions, loaded::Loading, method, methods, objects, path_text,
    },
    tree::Tree,
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Body, Call, Definition, ExpressionRef, Location, Project, Type, Value,
        guards::{
            Mode,
            dependency::{asked_by, asked_in},
        },
    },
};

mod starlette;

const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

type Objects = Tree<ExpressionRef>;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut tree = Objects::default();
    for call in calls(project) {
        create(call, &mut tree);
    }
    let mut loaded = Vec::new();
    let appended: Vec<Appended> = calls(project).flat_map(appended).collect();
    for call in calls(project) {
        attach(call, &appended, &mut tree, &mut loaded);
    }
    for loading in loaded {
        loading.hang(&mut tree, is_object);
    }
    for body in functions(project) {
        middleware(body, &mut tree);
    }
    for body in functions(project) {
        for (number, decorator) in body.decorators().enumerate() {
            decorated(body, (number, decorator), &appended, &tree, drafts);
        }
    }
    for call in calls(project) {
        added(call, &tree, drafts);
        whole(call, &tree, drafts);
    }
    starlette::routes(project, &mut tree, drafts);
}

/// Is this the path of an object that carries routes?
fn is_object(path: &str) -> bool {
    is_application(path)
        || matches!(
            path,
            "fastapi.APIRouter()"
                | "fastapi.routing.APIRouter()"
                | "starlette.routing.Router()"
                | "strawberry.fastapi.GraphQLRouter()"
        )
}

fn is_application(path: &str) -> bool {
    matches!(
        path,
        "fastapi.FastAPI()"
            | "fastapi.applications.FastAPI()"
            | "starlette.applications.Starlette()"
    )
}

/// Files the application or router that a call creates.
fn create(call: Call<'_>, tree: &mut Objects) {
    let path = created_path(call);
    if !is_object(&path) {
        return;
    }
    let prefix = call.named("prefix").map(path_text).unwrap_or_default();
    let serves = is_application(&path);
    let scope = if serves { Scope::Global } else { Scope::Router };
    let mut guards = listed_middleware(call.named("middleware"), scope);
    guards.extend(dependencies(call, scope));
    let node = tree.node(call.at());
    node.serves = serves;
    node.prefix = prefix;
    node.guards = guards;
}

/// `dependencies=[Depends(f)]`.
fn dependencies(call: Call<'_>, scope: Scope) -> Vec<Candidate> {
    let Some(listed) = call.named("dependencies") else { return Vec::new() };
    let listed = match listed.items() {
        Some(items) => items,
        None => vec![listed],
    };
    let asked = listed.into_iter().flat_map(|item| asked_in(item, None));
    asked.map(|asked| candidate(asked, scope, Mode::Dependency)).collect()
}

/// What a router depends on from some place on.
struct Appended {
    router: ExpressionRef,
    at: Location,
    guards: Vec<Candidate>,
}

/// `router.dependencies.append(Depends(f))`: for what is registered from here on.
fn appended(call: Call<'_>) -> Vec<Appended> {
    let is_append = matches!(call.name(), "append" | "extend");
    let Some(list) = call.receiver().filter(|_| is_append) else { return Vec::new() };
    let ExpressionKind::Member { object, name } = list.kind() else { return Vec::new() };
    if name != "dependencies" {
        return Vec::new();
    }
    let given: Vec<Value<'_>> =
        call.positional().flat_map(|one| one.items().unwrap_or_else(|| vec![one])).collect();
    let guards = || {
        let asked = given.iter().flat_map(|item| asked_in(*item, None));
        asked.map(|asked| candidate(asked, Scope::Router, Mode::Dependency)).collect()
    };
    let routers = objects(list.sibling(*object), is_object).into_iter();
    routers.map(|router| Appended { router, at: call.location(), guards: guards() }).collect()
}

/// What was appended to the dependencies of a router before something is registered on it.
fn appended_before(all: &[Appended], router: ExpressionRef, place: Location) -> Vec<Candidate> {
    let is_before = |one: &&Appended| {
        one.router == router && one.at.file == place.file && one.at.span.start < place.span.start
    };
    all.iter().filter(is_before).flat_map(|one| one.guards.iter().cloned()).collect()
}

/// `middleware=[Middleware(Guard)]`.
fn listed_middleware(listed: Option<Value<'_>>, scope: Scope) -> Vec<Candidate> {
    let Some(listed) = listed.filter(|listed| !listed.is_null()) else { return Vec::new() };
    let Some(items) = listed.items() else {
        let why = "its middleware is put together where it cannot be read";
        let what = What::Unreadable(why.to_owned());
        return vec![Candidate { what, ..candidate(listed, scope, Mode::Middleware) }];
    };
    items
        .into_iter()
        .filter_map(|item| item.as_call()?.argument(0))
        .map(|class| candidate(class, scope, Mode::Middleware))
        .collect()
}

/// `include_router`, `mount`, `add_middleware`.
fn attach<'p>(
    call: Call<'p>,
    appended: &[Appended],
    tree: &mut Objects,
    loaded: &mut Vec<Loading<'p>>,
) {
    let Some(receiver) = call.receiver() else { return };
    match call.name() {
        "include_router" => {
            let Some(child) = call.argument(0).or_else(|| call.named("router")) else { return };
            let children = objects(child, is_object);
            let prefix = call.named("prefix").or_else(|| call.argument(1));
            let prefix = prefix.map(path_text).unwrap_or_default();
            let parents = objects(receiver, is_object);
            let guards = dependencies(call, Scope::Router);
            if children.is_empty() {
                let loading = Loading::by(call, parents);
                loaded.extend(loading.map(|loading| loading.below(prefix, guards)));
                return;
            }
            for parent in parents {
                let mut chain = appended_before(appended, parent, call.location());
                chain.extend(guards.iter().cloned());
                for &child in &children {
                    tree.hang(child, parent, prefix.clone(), chain.clone());
                }
            }
        }
        "mount" => {
            let child = call.argument(1).or_else(|| call.named("app"));
            let children = child.map(|child| objects(child, is_object)).unwrap_or_default();
            let prefix = call.argument(0).or_else(|| call.named("path"));
            let prefix = prefix.map(path_text).unwrap_or_default();
            for parent in
                if children.is_empty() { Vec::new() } else { objects(receiver, is_object) }
            {
                for &child in &children {
                    tree.hang(child, parent, prefix.clone(), Vec::new());
                    // It is served by the application that it is mounted in.
                    tree.node(child).serves = false;
                }
            }
        }
        "add_middleware" | "middleware" => {
            let guard = match call.name() {
                "add_middleware" => call.argument(0).or_else(|| call.named("middleware_class")),
                // `app.middleware("http")(function)`.
                _ => call.enclosing_calls().next().and_then(|outer| outer.argument(0)),
            };
            let Some(guard) = guard.filter(|guard| guard.at != call.at()) else { return };
            for object in objects(receiver, is_object) {
                let guard = candidate(guard, Scope::Global, Mode::Middleware);
                tree.node(object).guards.insert(0, guard);
            }
        }
        _ => {}
    }
}

/// `@app.middleware("http")` on a function.
fn middleware(body: Body<'_>, tree: &mut Objects) {
    for decorator in body.decorators() {
        let Some(call) = decorator.as_call().filter(|call| call.name() == "middleware") else {
            continue;
        };
        let Some(receiver) = call.receiver() else { continue };
        for object in objects(receiver, is_object) {
            let function = Definition::Function(body.at);
            let guard = candidate_definition(
                body.project,
                function,
                decorator,
                Scope::Global,
                Mode::Middleware,
            );
            tree.node(object).guards.insert(0, guard);
        }
    }
}

/// The kind and methods that a name of a registration stands for.
fn registration(call: Call<'_>) -> Option<(RouteKind, Vec<Text>)> {
    let name = call.name();
    match name {
        "websocket" | "websocket_route" | "add_api_websocket_route" | "add_websocket_route" => {
            Some((RouteKind::WebSocket, vec!["GET".into()]))
        }
        "api_route" | "route" | "add_api_route" | "add_route" => {
            Some((RouteKind::Http, methods(call.named("methods"), &["GET"])))
        }
        name if METHODS.contains(&name) => {
            Some((RouteKind::Http, vec![name.to_ascii_uppercase().into()]))
        }
        _ => None,
    }
}

/// `@router.post("/x", dependencies=[…])` on a function.
fn decorated(
    body: Body<'_>,
    (number, decorator): (usize, Value<'_>),
    appended: &[Appended],
    tree: &Objects,
    drafts: &mut Vec<Draft>,
) {
    let Some(call) = decorator.as_call() else { return };
    let Some((kind, methods)) = registration(call) else { return };
    let Some(receiver) = call.receiver() else { return };
    for object in objects(receiver, is_object) {
        let mut guards = appended_before(appended, object, decorator.location());
        guards.extend(dependencies(call, Scope::Route));
        guards.extend(decorators_from(body, number + 1));
        guards.extend(parameters(body));
        let path =
            call.argument(0).or_else(|| call.named("path")).map(path_text).unwrap_or_default();
        Registered {
            framework: "fastapi",
            kind,
            methods: methods.clone(),
            path: &path,
            at: decorator,
            handler: Handler::Function(body.at),
            guards,
        }
        .drafts(&tree.ways(&object), drafts);
    }
}

/// `router.add_api_route("/x", handler, methods=[…])`.
fn added(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    if !call.name().starts_with("add_") {
        return;
    }
    let Some((kind, methods)) = registration(call) else { return };
    let Some(handler) = call.argument(1).or_else(|| call.named("endpoint")) else { return };
    let Some(receiver) = call.receiver() else { return };
    for object in objects(receiver, is_object) {
        let mut guards = dependencies(call, Scope::Route);
        if let Some(body) = handler.as_function() {
            guards.extend(decorators_from(body, 0));
            guards.extend(parameters(body));
        }
        let path =
            call.argument(0).or_else(|| call.named("path")).map(path_text).unwrap_or_default();
        Registered {
            framework: "fastapi",
            kind,
            methods: methods.clone(),
            path: &path,
            at: call.value(),
            handler: Handler::Expression(handler.at),
            guards,
        }
        .drafts(&tree.ways(&object), drafts);
    }
}

/// `GraphQLRouter(schema)`, `app.mount("/graphql", GraphQL(schema))`, `mount_gradio_app(app, page, path)`: one
/// address for something that has ways in of its own.
fn whole(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let (objects, path, handler) = if call.name() == "mount" {
        let mounted = call.argument(1).or_else(|| call.named("app"));
        let Some(mounted) = mounted.filter(|mounted| serves_schema(*mounted)) else { return };
        let Some(receiver) = call.receiver() else { return };
        let path = call.argument(0).or_else(|| call.named("path"));
        (objects(receiver, is_object), path, mounted)
    } else if gradio::is_mounting(call) {
        let Some(application) = call.argument(0).or_else(|| call.named("app")) else { return };
        let path = call.named("path").or_else(|| call.argument(2));
        (objects(application, is_object), path, call.value())
    } else if is_object(&created_path(call)) && serves_schema(call.value()) {
        (vec![call.at()], call.named("path"), call.value())
    } else {
        return;
    };
    let path = path.map(path_text).unwrap_or_default();
    for object in objects {
        Registered {
            framework: "fastapi",
            kind: RouteKind::Http,
            methods: vec!["POST".into()],
            path: &path,
            at: call.value(),
            handler: Handler::Expression(handler.at),
            guards: Vec::new(),
        }
        .drafts(&tree.ways(&object), drafts);
    }
}

/// What the parameters of a handler, or of the class it is a method of, ask for.
fn parameters(body: Body<'_>) -> Vec<Candidate> {
    let constructor = body.class().and_then(|class| method(class, "__init__"));
    let asked = asked_by(body).into_iter().chain(constructor.map(asked_by).unwrap_or_default());
    let asked =
        asked.map(|(_, asked)| asked).chain(body.class().map(asked_by_class).unwrap_or_default());
    asked.map(|asked| candidate(asked, Scope::Extractor, Mode::Dependency)).collect()
}

/// What the attributes of a class-based view ask for, its own and inherited ones: `user = Depends(f)`.
/// It is one by its decorator, which makes parameters of the attributes.
fn asked_by_class(class: Type<'_>) -> Vec<Value<'_>> {
    if class.class().decorators.is_empty() {
        return Vec::new();
    }
    let mut known: Vec<&Text> = Vec::new();
    let mut asked = Vec::new();
    for class in ancestry(class).0 {
        let here = |id| class.project.value(ExpressionRef { file: class.at.file, id });
        for field in &class.class().fields {
            // The nearest class says what an attribute is.
            if known.contains(&&field.name) {
                continue;
            }
            known.push(&field.name);
            let annotation = field.annotation.map(here);
            asked.extend(annotation.into_iter().flat_map(|value| asked_in(value, None)));
            let value = field.value.map(here);
            asked.extend(value.into_iter().flat_map(|value| asked_in(value, annotation)));
        }
    }
    asked
}
