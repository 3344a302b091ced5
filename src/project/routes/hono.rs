//! Hono: applications with `use` in order, mounted in each other with `route`.

use super::{
    Draft,
    express::join_paths,
    looped::argument_lists,
    ordered::{Dialect, Kind, Place, Registration, Routers},
    script::{flattened, is_loaded, made_by, paths_of},
};
use crate::{
    facts::{ExpressionKind, Text, vocabulary::Meaning},
    project::{Call, Project, Value, guards::Mode},
};

const HONO: Dialect = Dialect {
    framework: "hono",
    is_router,
    serves: is_router,
    links: &[
        "get", "post", "put", "patch", "delete", "options", "all", "on", "use", "route", "mount",
        "basePath", "notFound", "onError", "openapi", "doc", "doc31",
    ],
    covers,
    isolates: |_| false,
    mode: Mode::Middleware,
};

/// The methods that register a handler.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "options", "all"];

fn is_router(path: &str) -> bool {
    matches!(
        path,
        "hono.Hono()"
            | "hono/tiny.Hono()"
            | "hono/quick.Hono()"
            | "@hono/hono.Hono()"
            | "@hono/zod-openapi.OpenAPIHono()"
            | "hono/factory.createFactory().createApp()"
    )
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut routers = Routers::new(project, &HONO);
    if !routers.is_used() {
        return;
    }
    for call in project.calls().filter(|call| routers.may_register(*call)).collect::<Vec<_>>() {
        let Some(receiver) = call.receiver() else { continue };
        let found = registered(call);
        if found.is_empty() {
            continue;
        }
        for place in routers.places(receiver, call.location().span.end) {
            for one in &found {
                one.add_to(&mut routers, &place, call);
            }
        }
    }
    routers.drafts(drafts);
}

/// What one call registers, before it is known on which application.
struct Registered<'p> {
    what: What,
    path: Option<Text>,
    arguments: Vec<Value<'p>>,
    before: Vec<Value<'p>>,
    skipped: Vec<Text>,
}

#[derive(Clone)]
enum What {
    Use,
    Route(Text),
    Mount,
}

impl<'p> Registered<'p> {
    fn add_to(&self, routers: &mut Routers<'p>, place: &Place, call: Call<'p>) {
        let kind = match &self.what {
            What::Use => Kind::Use,
            What::Route(method) => Kind::Route(method.clone()),
            What::Mount => {
                let Some(&child) = self.arguments.first() else { return };
                match routers.router(child) {
                    Some(child) => Kind::Mount(child),
                    None if is_loaded(child) => Kind::Load,
                    None => return,
                }
            }
        };
        let path = self.path.as_ref();
        routers.register(
            place.router,
            Registration {
                order: place.order.clone(),
                kind,
                path: path.map(|path| join_paths(&place.base, path)),
                arguments: self.arguments.clone(),
                call,
                before: self.before.clone(),
                skipped: self.skipped.clone(),
            },
        );
    }
}

fn registered(call: Call<'_>) -> Vec<Registered<'_>> {
    let name = call.name();
    if name == "openapi" {
        return described(call).into_iter().collect();
    }
    if !METHODS.contains(&name) && !matches!(name, "use" | "on" | "route") {
        return Vec::new();
    }
    let lists = if call.arguments().iter().any(|argument| argument.spread) {
        vec![spread_arguments(call)]
    } else {
        argument_lists(call)
    };
    lists.into_iter().flat_map(|arguments| read(name, arguments)).collect()
}

fn read<'p>(name: &str, mut arguments: Vec<Value<'p>>) -> Vec<Registered<'p>> {
    let mut methods = vec![Text::from(if name == "all" { "ANY" } else { name }.to_uppercase())];
    if name == "on" && !arguments.is_empty() {
        let given = arguments.remove(0);
        let given = given.items().unwrap_or_else(|| vec![given]);
        methods = given.into_iter().filter_map(Value::text).map(Text::from).collect();
    }
    let (paths, rest) = split_paths(arguments, name == "use");
    // `c.get("user")` reads what was set before.
    if rest.is_empty() {
        return Vec::new();
    }
    let arguments = flattened(rest);
    let mut found = Vec::new();
    for path in paths {
        for method in &methods {
            let covers_all = path.as_deref().is_some_and(|path| path.ends_with('*'));
            let what = match name {
                "use" => {
                    found
                        .extend(arguments.iter().flat_map(|&part| middleware(part, path.as_ref())));
                    continue;
                }
                "route" => What::Mount,
                // Files are no way in.
                _ if is_static(&arguments) => What::Use,
                // A guard for every path is a `use` in other words.
                "all" if covers_all => What::Use,
                _ => What::Route(method.clone()),
            };
            let arguments = arguments.clone();
            let (before, skipped) = (Vec::new(), Vec::new());
            found.push(Registered { what, path: path.clone(), arguments, before, skipped });
        }
    }
    found
}

/// One middleware, or those that `every(…)` and `except(paths, …)` of hono/combine put together.
fn middleware<'p>(part: Value<'p>, path: Option<&Text>) -> Vec<Registered<'p>> {
    let combined = part.as_call().filter(|call| call.path().starts_with("hono/combine."));
    let registered = |arguments: Vec<Value<'p>>, skipped: Vec<Text>| {
        let path = path.cloned();
        Registered { what: What::Use, path, arguments, before: Vec::new(), skipped }
    };
    match combined.map(|call| (call, call.name())) {
        Some((call, "every")) => {
            call.positional().flat_map(|inner| middleware(inner, path)).collect()
        }
        Some((call, "except")) => {
            let skipped = call.argument(0).and_then(paths_of);
            let inner = call.positional().skip(1).collect();
            // Where a function chooses what is skipped, nothing is known to be guarded.
            skipped.map(|skipped| registered(inner, skipped)).into_iter().collect()
        }
        _ => vec![registered(vec![part], Vec::new())],
    }
}

/// Does the last of these serve files?
fn is_static(arguments: &[Value<'_>]) -> bool {
    let last = arguments.last().and_then(|last| last.as_call());
    last.is_some_and(|call| call.name() == "serveStatic")
}

/// The leading paths, unless the first argument is a handler already.
fn split_paths(
    arguments: Vec<Value<'_>>,
    is_optional: bool,
) -> (Vec<Option<Text>>, Vec<Value<'_>>) {
    let Some(&first) = arguments.first() else { return (Vec::new(), arguments) };
    let paths = match paths_of(first) {
        Some(paths) => paths.into_iter().map(Some).collect(),
        None if is_optional => return (vec![Some("*".into())], arguments),
        // A path that is computed, or none at all: `app.get(handler)`.
        None if arguments.len() > 1 && first.as_function().is_none() => vec![None],
        None => return (vec![Some(Text::default())], arguments),
    };
    (paths, arguments.into_iter().skip(1).collect())
}

/// Arguments with `...factory.createHandlers(guard, handler)` among them.
fn spread_arguments(call: Call<'_>) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    for argument in call.arguments() {
        let value = call.value().sibling(argument.value);
        if !argument.spread {
            found.push(value);
            continue;
        }
        let value = match value.kind() {
            ExpressionKind::Spread(inner) => value.sibling(*inner),
            _ => value,
        };
        match made_by(value).filter(|made| made.name() == "createHandlers") {
            Some(made) => found.extend(made.positional()),
            None => found.extend(value.items().unwrap_or_default()),
        }
    }
    found
}

/// `app.openapi(createRoute({ method, path, middleware, request }), handler)`.
fn described(call: Call<'_>) -> Option<Registered<'_>> {
    let route = made_by(call.argument(0)?).filter(|made| made.name() == "createRoute")?;
    let options = route.argument(0)?;
    let text = |name: &str| options.entry(name).given().and_then(Value::text).map(Text::from);
    let guards = options.entry("middleware").given().map(|given| flattened(vec![given]));
    let mut before = guards.unwrap_or_default();
    // The library checks what is described before it calls the handler.
    before.extend(Some(route.value()).filter(|_| route.means(Meaning::ValidateSchema)));
    Some(Registered {
        what: What::Route(text("method")?.to_uppercase()),
        path: text("path"),
        arguments: call.argument(1).into_iter().collect(),
        before,
        skipped: Vec::new(),
    })
}

/// `/admin/*` covers `/admin` and all below it, `/admin` only itself.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut wanted = pattern.split('/').filter(|segment| !segment.is_empty()).peekable();
    while let Some(segment) = wanted.next() {
        if segment == "*" && wanted.peek().is_none() {
            return true;
        }
        let Some(given) = segments.next() else { return false };
        // A parameter of the route may be anything else than what the pattern names.
        if segment != given && !segment.starts_with([':', '{', '*']) {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_covers_what_it_says() {
        assert!(covers("/*", "/"));
        assert!(covers("/admin/*", "/admin"));
        assert!(covers("/admin/*", "/admin/users/:id"));
        assert!(covers("/users/:id", "/users/:id"));
        assert!(!covers("/admin", "/admin/users"));
        assert!(covers("/users/:id", "/users/me"));
        assert!(!covers("/users/me", "/users/:id"));
        assert!(!covers("/admin/*", "/administrators"));
    }
}
