//! Starlette's own tables: `Route("/x", endpoint)` in lists, `Mount`, endpoint classes.

use super::{Objects, RouteKind, is_object, listed_middleware};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Call, Definition, ExpressionRef, Project, Value,
        routes::{
            Draft, Handler, Scope,
            graphql::python::serves_schema,
            python::{
                Registered, calls, created_path, decorators_from, method, methods, objects,
                path_text, unwrapped,
            },
            tree::Way,
        },
    },
};

/// The methods that an endpoint class answers by functions of the same name.
const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

/// What an endpoint class for connections answers by, the first of which lets in.
const CONNECTION: [&str; 3] = ["on_connect", "dispatch", "on_receive"];

/// How many lists in lists are followed.
const DEPTH_MAX: usize = 8;

pub(super) fn routes(project: &Project, tree: &mut Objects, drafts: &mut Vec<Draft>) {
    let carriers: Vec<Call<'_>> = calls(project).filter(|call| is_carrier(*call)).collect();
    let mounts = carriers.iter().copied().filter(|call| is_mount(*call));
    mounts.for_each(|mount| mounted(mount, &carriers, tree));
    for call in calls(project) {
        match call.path() {
            "starlette.routing.Route" | "fastapi.routing.APIRoute" => {
                route(call, RouteKind::Http, &carriers, tree, drafts);
            }
            "starlette.routing.WebSocketRoute" | "fastapi.routing.APIWebSocketRoute" => {
                route(call, RouteKind::WebSocket, &carriers, tree, drafts);
            }
            _ if is_mount(call) => of_schema(call, tree, drafts),
            _ => {}
        }
    }
}

/// Does a call make something that carries a table?
fn is_carrier(call: Call<'_>) -> bool {
    is_mount(call) || is_object(&created_path(call))
}

fn is_mount(call: Call<'_>) -> bool {
    matches!(
        call.path(),
        "starlette.routing.Mount" | "starlette.routing.Host" | "fastapi.routing.Mount"
    )
}

/// Hangs a mount on what carries it, and on the mount the application that is mounted.
fn mounted(mount: Call<'_>, carriers: &[Call<'_>], tree: &mut Objects) {
    let path = mount.argument(0).or_else(|| mount.named("path"));
    let node = tree.node(mount.at());
    // A host is no part of the path.
    if !mount.path().ends_with("Host") {
        node.prefix = path.map(path_text).unwrap_or_default();
    }
    node.guards = listed_middleware(mount.named("middleware"), Scope::Router);
    for parent in parents(mount, carriers, tree) {
        tree.hang(mount.at(), parent, Text::default(), Vec::new());
    }
    let application = mount.argument(1).or_else(|| mount.named("app"));
    for child in application.map(|app| objects(app, is_object)).unwrap_or_default() {
        tree.hang(child, mount.at(), Text::default(), Vec::new());
        // It is served by the application that it is mounted in.
        tree.node(child).serves = false;
    }
}

/// What carries the table that an entry stands in.
fn parents(entry: Call<'_>, carriers: &[Call<'_>], tree: &Objects) -> Vec<ExpressionRef> {
    if let Some(around) = entry.enclosing_calls().find(|call| is_carrier(*call)) {
        return vec![around.at()];
    }
    let mut is_readable = true;
    let mut found = Vec::new();
    for carrier in carriers {
        let listed = carrier.named("routes").or_else(|| {
            carrier.argument(1).filter(|second| is_mount(*carrier) && second.items().is_some())
        });
        let Some(listed) = listed else { continue };
        match holds(listed, entry, 0) {
            Some(true) => found.push(carrier.at()),
            Some(false) => {}
            None => is_readable = false,
        }
    }
    // With one application, and tables that are put together elsewhere, there is no doubt which one it is for.
    match tree.applications().as_slice() {
        [only] if found.is_empty() && !is_readable => vec![*only],
        _ => found,
    }
}

/// Is an entry in a list, which may be put together from others? `None` where that is not written.
fn holds(listed: Value<'_>, entry: Call<'_>, depth: usize) -> Option<bool> {
    let listed = listed.constant();
    let any = |parts: &[Value<'_>]| {
        let answers: Vec<_> = parts.iter().map(|part| holds(*part, entry, depth + 1)).collect();
        if answers.contains(&Some(true)) {
            return Some(true);
        }
        answers.into_iter().all(|answer| answer.is_some()).then_some(false)
    };
    if depth > DEPTH_MAX {
        return None;
    }
    match listed.kind() {
        ExpressionKind::List(items) => {
            let (list, place) = (listed.location(), entry.location());
            if list.file == place.file && list.span.contains(place.span) {
                return Some(true);
            }
            let spreads = items.iter().filter_map(|&item| match listed.sibling(item).kind() {
                ExpressionKind::Spread(inner) => Some(listed.sibling(*inner)),
                _ => None,
            });
            any(&spreads.collect::<Vec<_>>())
        }
        ExpressionKind::Operation { operands, .. } => {
            any(&operands.iter().map(|&part| listed.sibling(part)).collect::<Vec<_>>())
        }
        ExpressionKind::Call { .. } => {
            let made = listed.as_call()?.callee()?;
            any(&made.returned().collect::<Vec<_>>())
        }
        _ => None,
    }
}

fn route(
    call: Call<'_>,
    kind: RouteKind,
    carriers: &[Call<'_>],
    tree: &Objects,
    drafts: &mut Vec<Draft>,
) {
    let Some(endpoint) = call.argument(1).or_else(|| call.named("endpoint")) else { return };
    let path = call.argument(0).or_else(|| call.named("path")).map(path_text).unwrap_or_default();
    let found = parents(call, carriers, tree);
    let ways: Vec<Way<ExpressionRef>> = if found.is_empty() {
        tree.ways(&call.at())
    } else {
        found.iter().flat_map(|parent| tree.ways(parent)).collect()
    };
    let (view, wrappers) = unwrapped(endpoint);
    for (methods, handler) in handlers(call, kind, view) {
        let mut guards = listed_middleware(call.named("middleware"), Scope::Route);
        guards.extend(wrappers.iter().cloned());
        if let Handler::Function(function) = handler {
            guards.extend(decorators_from(call.project.body(function), 0));
        }
        Registered {
            framework: "starlette",
            kind,
            methods,
            path: &path,
            at: call.value(),
            handler,
            guards,
        }
        .drafts(&ways, drafts);
    }
}

/// `Mount("/graphql", GraphQL(schema))`: one address for a whole schema.
fn of_schema(mount: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let mounted = mount.argument(1).or_else(|| mount.named("app"));
    let Some(mounted) = mounted.filter(|mounted| serves_schema(*mounted)) else { return };
    Registered {
        framework: "starlette",
        kind: RouteKind::Http,
        methods: vec!["POST".into()],
        path: "",
        at: mount.value(),
        handler: Handler::Expression(mounted.at),
        guards: Vec::new(),
    }
    .drafts(&tree.ways(&mount.at()), drafts);
}

/// The methods and handlers of a function or an endpoint class.
fn handlers(call: Call<'_>, kind: RouteKind, view: Value<'_>) -> Vec<(Vec<Text>, Handler)> {
    match view.resolve() {
        Definition::Function(function) => {
            vec![(methods(call.named("methods"), &["GET"]), Handler::Function(function))]
        }
        Definition::Class(class) if kind == RouteKind::WebSocket => {
            let class = call.project.class(class);
            let first = CONNECTION.iter().find_map(|name| method(class, name));
            let handler =
                first.map_or(Handler::Expression(view.at), |method| Handler::Function(method.at));
            vec![(vec!["GET".into()], handler)]
        }
        Definition::Class(class) => {
            let class = call.project.class(class);
            let answered = METHODS.iter().filter_map(|name| {
                let method = method(class, name)?;
                Some((vec![name.to_ascii_uppercase().into()], Handler::Function(method.at)))
            });
            answered.collect()
        }
        _ => vec![(methods(call.named("methods"), &["GET"]), Handler::Expression(view.at))],
    }
}
