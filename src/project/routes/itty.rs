//! itty-router: handlers in the order in which they were registered. One that returns nothing hands the request on.

use super::{
    Draft,
    express::covers,
    ordered::{Dialect, Kind, Place, Routers},
    script::flattened,
};
use crate::{
    facts::Text,
    project::{Call, Project, Value, guards::Mode},
};

const ITTY: Dialect = Dialect {
    framework: "itty-router",
    is_router,
    serves: is_router,
    links: &METHODS,
    covers,
    isolates: |_| true,
    mode: Mode::Hook,
};

/// The methods that register a handler.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "all"];

fn is_router(path: &str) -> bool {
    matches!(path, "itty-router.Router()" | "itty-router.AutoRouter()" | "itty-router.IttyRouter()")
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut routers = Routers::new(project, &ITTY);
    if !routers.is_used() {
        return;
    }
    for call in project.calls() {
        if is_router(&format!("{}()", call.path())) {
            let base = call.option("base").given().and_then(Value::text);
            routers.set_prefix(call.at(), base.unwrap_or_default());
            // `AutoRouter({ before: [guard] })`.
            let before = call.option("before").given().and_then(Value::items).unwrap_or_default();
            if !before.is_empty() {
                let place = Place { router: call.at(), base: Text::default(), order: vec![0] };
                routers.add(call, &place, Kind::Use, Some(Text::default()), before);
            }
        }
    }
    let registers = |call: &Call<'_>| METHODS.contains(&call.name()) && routers.may_register(*call);
    for call in project.calls().filter(registers).collect::<Vec<_>>() {
        let Some(receiver) = call.receiver() else { continue };
        for place in routers.places(receiver, call.location().span.end) {
            registered(call, &place, &mut routers);
        }
    }
    routers.drafts(drafts);
}

/// `router.get("/path", guard, handler)`, `router.all("*", guard)`, `router.all("/inner/*", inner.fetch)`.
fn registered<'p>(call: Call<'p>, place: &Place, routers: &mut Routers<'p>) {
    let Some(written) = call.argument(0) else { return };
    let arguments = flattened(call.positional().skip(1).collect());
    let Some(&last) = arguments.last() else { return };
    let path = written.text();
    let is_for_all = path.is_some_and(|path| path.ends_with('*'));
    let path = path.map(|path| Text::from(path.trim_end_matches('*').trim_end_matches('/')));
    // A router below has its whole path in its own base.
    if let Some(child) = routers.router(last.object().unwrap_or(last)) {
        let (guards, whole) = (&arguments[..arguments.len() - 1], Some(Text::default()));
        if !guards.is_empty() {
            routers.add(call, place, Kind::Use, path, guards.to_vec());
        }
        routers.add(call, place, Kind::Mount(child), whole, vec![last]);
        return;
    }
    let kind = match call.name() {
        "all" if is_for_all => Kind::Use,
        "all" => Kind::Route("ANY".into()),
        method => Kind::Route(method.to_uppercase().into()),
    };
    let path = if kind == Kind::Use { path } else { written.text().map(Text::from) };
    routers.add(call, place, kind, path, arguments);
}
