//! Koa: middleware in order on the application, routes on routers of `koa-router` and `@koa/router`.

use super::{
    Draft,
    express::{covers, join_paths},
    looped::argument_lists,
    ordered::{Dialect, Kind, Place, Routers},
    script::{flattened, is_loaded, path_of, paths_of},
};
use crate::{
    facts::Text,
    project::{Call, Project, Value, guards::Mode},
};

const KOA: Dialect = Dialect {
    framework: "koa",
    is_router: |path| is_application(path) || is_router(path),
    serves: is_application,
    links: &[
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "del",
        "head",
        "options",
        "all",
        "use",
        "param",
        "prefix",
        "register",
        "routes",
        "middleware",
    ],
    covers,
    isolates: is_application,
    mode: Mode::Middleware,
};

/// The methods that register a handler, as the libraries spell them.
const METHODS: [&str; 9] =
    ["get", "post", "put", "patch", "delete", "del", "head", "options", "all"];

fn is_application(path: &str) -> bool {
    matches!(path, "koa()" | "koa.default()")
}

fn is_router(path: &str) -> bool {
    matches!(
        path,
        "koa-router()" | "@koa/router()" | "koa-router.Router()" | "@koa/router.Router()"
    )
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut routers = Routers::new(project, &KOA);
    if !routers.is_used() {
        return;
    }
    for call in project.calls() {
        if is_router(&format!("{}()", call.path())) {
            let prefix = call.option("prefix").given().and_then(Value::text);
            if let Some(prefix) = prefix {
                routers.set_prefix(call.at(), prefix);
            }
        }
    }
    for call in project.calls().filter(|call| routers.may_register(*call)).collect::<Vec<_>>() {
        let name = call.name();
        if !METHODS.contains(&name) && !matches!(name, "use" | "prefix") {
            continue;
        }
        let Some(receiver) = call.receiver() else { continue };
        for place in routers.places(receiver, call.location().span.end) {
            match name {
                "prefix" => {
                    if let Some(prefix) = call.argument(0).and_then(Value::text) {
                        routers.set_prefix(place.router, prefix);
                    }
                }
                "use" => middleware(call, &place, &mut routers),
                method => route(call, method, &place, &mut routers),
            }
        }
    }
    routers.drafts(drafts);
}

/// `router.get("name", "/path", guard, handler)`; the name may be left out.
fn route<'p>(call: Call<'p>, method: &str, place: &Place, routers: &mut Routers<'p>) {
    for mut arguments in argument_lists(call) {
        let is_named = arguments.len() > 2
            && arguments[..2].iter().all(|argument| path_of(*argument).is_some());
        if is_named {
            arguments.remove(0);
        }
        let (paths, rest) = split_paths(arguments);
        // `ctx.get("Accept")` reads a header.
        if rest.is_empty() {
            continue;
        }
        for path in paths {
            let covers_all = path.as_deref().is_some_and(|path| path.ends_with(['*', ')']));
            let kind = match method {
                // A guard for every path is a `use` in other words.
                "all" if covers_all => Kind::Use,
                "all" => Kind::Route("ANY".into()),
                "del" => Kind::Route("DELETE".into()),
                method => Kind::Route(method.to_uppercase().into()),
            };
            routers.add(call, place, kind, path, flattened(rest.clone()));
        }
    }
}

/// `app.use(guard)`, `router.use("/path", guard, nested.routes())`.
fn middleware<'p>(call: Call<'p>, place: &Place, routers: &mut Routers<'p>) {
    for arguments in argument_lists(call) {
        let (paths, rest) = split_paths(arguments);
        let parts: Vec<Value<'p>> = flattened(rest).into_iter().flat_map(composed).collect();
        for path in paths {
            for &part in &parts {
                one_middleware(call, part, path.clone(), place, routers);
            }
        }
    }
}

fn one_middleware<'p>(
    call: Call<'p>,
    part: Value<'p>,
    path: Option<Text>,
    place: &Place,
    routers: &mut Routers<'p>,
) {
    if part.as_call().is_some_and(|part| part.name() == "allowedMethods") {
        return;
    }
    let (path, part) = mounted(part).map_or((path.clone(), part), |(below, part)| {
        (path.map(|path| join_paths(&path, below)), part)
    });
    let kind = match routers.router(part) {
        Some(child) => Kind::Mount(child),
        None if is_loaded(part) => Kind::Load,
        None => Kind::Use,
    };
    routers.add(call, place, kind, path, vec![part]);
}

/// `mount("/path", application)` of koa-mount.
fn mounted(value: Value<'_>) -> Option<(&str, Value<'_>)> {
    let call = value.as_call().filter(|call| call.path() == "koa-mount")?;
    match (call.argument(0)?, call.argument(1)) {
        (path, Some(part)) => Some((path.text()?, part)),
        (part, None) => Some(("", part)),
    }
}

/// `compose([first, second])` of koa-compose.
fn composed(value: Value<'_>) -> Vec<Value<'_>> {
    let list = value.as_call().filter(|call| call.path() == "koa-compose");
    let items = list.and_then(|call| call.argument(0)).and_then(Value::items);
    items.unwrap_or_else(|| vec![value])
}

/// The leading paths; none stands for all.
fn split_paths(arguments: Vec<Value<'_>>) -> (Vec<Option<Text>>, Vec<Value<'_>>) {
    let Some(&first) = arguments.first() else { return (Vec::new(), arguments) };
    let Some(paths) = paths_of(first) else { return (vec![Some(Text::default())], arguments) };
    let paths = paths.into_iter().map(Some).collect();
    (paths, arguments.into_iter().skip(1).collect())
}
