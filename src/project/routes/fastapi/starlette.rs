//! Starlette's own tables: `Route("/x", endpoint)` in lists, `Mount`, endpoint classes.

use super::{Objects, RouteKind};
use crate::{
    facts::Text,
    project::{
        Call, Definition, ExpressionRef, Project, Value,
        routes::{
            Draft, Handler,
            express::join_paths,
            graphql::python::serves_schema,
            python::{Registered, calls, decorators_from, method, methods, path_text, unwrapped},
            tree::Way,
        },
    },
};

/// The methods that an endpoint class answers by functions of the same name.
const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

pub(super) fn routes(project: &Project, tree: &Objects, drafts: &mut Vec<Draft>) {
    let mounts: Vec<Call<'_>> = calls(project)
        .filter(|call| {
            matches!(call.path(), "starlette.routing.Mount" | "starlette.routing.Router")
        })
        .collect();
    for call in calls(project) {
        let kind = match call.path() {
            "starlette.routing.Mount" => {
                of_schema(call, &mounts, tree, drafts);
                continue;
            }
            "starlette.routing.Route" | "fastapi.routing.APIRoute" => RouteKind::Http,
            "starlette.routing.WebSocketRoute" | "fastapi.routing.APIWebSocketRoute" => {
                RouteKind::WebSocket
            }
            _ => continue,
        };
        route(call, kind, &mounts, tree, drafts);
    }
}

fn route(
    call: Call<'_>,
    kind: RouteKind,
    mounts: &[Call<'_>],
    tree: &Objects,
    drafts: &mut Vec<Draft>,
) {
    let Some(endpoint) = call.argument(1).or_else(|| call.named("endpoint")) else { return };
    let local = call.argument(0).or_else(|| call.named("path")).map(path_text).unwrap_or_default();
    let path = join_paths(&prefix(call, mounts), &local);
    let ways = ways(call, tree);
    let (view, guards) = unwrapped(endpoint);
    for (methods, handler) in handlers(call, view) {
        let mut guards = guards.clone();
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

/// The ways to a table. With one application there is no doubt which one it is for.
fn ways(call: Call<'_>, tree: &Objects) -> Vec<Way<ExpressionRef>> {
    match tree.applications().as_slice() {
        [only] => tree.ways(only),
        _ => tree.ways(&call.at()),
    }
}

/// `Mount("/graphql", GraphQL(schema))`: one address for a whole schema.
fn of_schema(call: Call<'_>, mounts: &[Call<'_>], tree: &Objects, drafts: &mut Vec<Draft>) {
    let mounted = call.argument(1).or_else(|| call.named("app"));
    let Some(mounted) = mounted.filter(|mounted| serves_schema(*mounted)) else { return };
    let local = call.argument(0).or_else(|| call.named("path")).map(path_text).unwrap_or_default();
    Registered {
        framework: "starlette",
        kind: RouteKind::Http,
        methods: vec!["POST".into()],
        path: &join_paths(&prefix(call, mounts), &local),
        at: call.value(),
        handler: Handler::Expression(mounted.at),
        guards: Vec::new(),
    }
    .drafts(&ways(call, tree), drafts);
}

/// The methods and handlers of a function or an endpoint class.
fn handlers(call: Call<'_>, view: Value<'_>) -> Vec<(Vec<Text>, Handler)> {
    match view.resolve() {
        Definition::Function(function) => {
            vec![(methods(call.named("methods"), &["GET"]), Handler::Function(function))]
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

/// The prefixes of the mounts whose list holds the route, written in place or by name.
fn prefix(call: Call<'_>, mounts: &[Call<'_>]) -> Text {
    let place = call.location();
    let mut around: Vec<(u32, Text)> = Vec::new();
    for mount in mounts.iter().filter(|mount| mount.at() != call.at()) {
        let listed = mount.named("routes").or_else(|| mount.argument(1));
        let Some(list) = listed.map(Value::constant) else { continue };
        let holds = list.location();
        if holds.file == place.file && holds.span.contains(place.span) {
            let prefix = mount.argument(0).or_else(|| mount.named("path"));
            around.push((holds.span.start, prefix.map(path_text).unwrap_or_default()));
        }
    }
    around.sort();
    around.iter().fold(Text::default(), |path, (_, prefix)| join_paths(&path, prefix))
}
