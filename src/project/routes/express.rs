//! Express and everything shaped like it: applications and routers with `use` in order.
//!
//! An object is the call that made it; registrations are followed through parameters
//! (`routes(app)`), imports and mounts. What stands before a route is what was registered before it, on
//! its own router and on every router that this one is mounted in.

use std::collections::BTreeMap;

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope,
    looped::argument_lists,
    script::{candidate, flattened, inner_handler, is_loaded, path_of},
};
use crate::{
    facts::Text,
    project::{Call, ExpressionRef, Location, Origin, Project, Value},
};

/// The methods that register a handler, as the library spells them.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "all"];

/// How many routers deep mounts are followed; deeper ones do not occur and cycles must end.
const MOUNTS_MAX: usize = 8;

/// Something registered on a router, in order.
struct Registration<'p> {
    order: Vec<u32>,
    kind: Kind,
    /// The path it is for; `None` when it has one that is not a literal.
    path: Option<Text>,
    arguments: Vec<Value<'p>>,
    call: Call<'p>,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Use,
    Route(Text),
}

#[derive(Default)]
struct Routers<'p> {
    registrations: BTreeMap<ExpressionRef, Vec<Registration<'p>>>,
    /// Where each router is mounted: the parent, and which of its registrations does it.
    mounts: BTreeMap<ExpressionRef, Vec<(ExpressionRef, usize)>>,
    /// Registrations that mount what they load by a computed name.
    loads: Vec<(ExpressionRef, usize)>,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut routers = Routers::default();
    for call in project.calls() {
        collect(project, call, &mut routers);
    }
    for registrations in routers.registrations.values_mut() {
        registrations.sort_by(|a, b| a.order.cmp(&b.order));
    }
    let parents: Vec<ExpressionRef> = routers.registrations.keys().copied().collect();
    for parent in parents {
        let found: Vec<(ExpressionRef, usize)> = routers.registrations[&parent]
            .iter()
            .enumerate()
            .filter(|(_, registration)| registration.kind == Kind::Use)
            .flat_map(|(number, registration)| {
                let children =
                    registration.arguments.iter().filter_map(|argument| router_of(*argument));
                children.map(move |child| (child, number))
            })
            .collect();
        let loads =
            routers.registrations[&parent].iter().enumerate().filter(|(_, registration)| {
                registration.kind == Kind::Use
                    && registration.arguments.iter().any(|argument| is_loaded(*argument))
            });
        routers.loads.extend(loads.map(|(number, _)| (parent, number)));
        for (child, number) in found {
            routers.mounts.entry(child).or_default().push((parent, number));
        }
    }
    for (&router, registrations) in &routers.registrations {
        for (number, registration) in registrations.iter().enumerate() {
            if let Kind::Route(method) = &registration.kind {
                drafts.extend(routers.drafts(project, router, number, registration, method));
            }
        }
    }
}

/// Is this the path of an application or router object?
fn is_router_path(path: &str) -> bool {
    matches!(
        path,
        "express()"
            | "express.Router()"
            | "express.Express()"
            | "express.Application()"
            | "express.IRouter()"
            | "express-promise-router()"
            | "router()"
            | "connect()"
    )
}

/// The router that an argument is.
fn router_of(value: Value<'_>) -> Option<ExpressionRef> {
    let definition = value.project.resolve_value(value.at);
    let path = value.project.path_of(&definition);
    if !is_router_path(&path) {
        return None;
    }
    match value.project.origin(value.at) {
        Origin::Created(at) => Some(at),
        _ => None,
    }
}

/// Can this stand before a handler: no router, and no module that may hold one?
fn is_handler(value: Value<'_>) -> bool {
    router_of(value).is_none() && !is_loaded(value)
}

/// Files a call under the object it registers something on.
fn collect<'p>(project: &'p Project, call: Call<'p>, routers: &mut Routers<'p>) {
    if !call.source_file().language.is_script() {
        return;
    }
    let name = call.name();
    let is_method = METHODS.contains(&name);
    if !is_method && name != "use" {
        return;
    }
    let Some(receiver) = call.receiver() else { return };
    let (object, chained) = match chained_route(receiver) {
        Some((object, route)) => (object, Some(route)),
        None => (receiver, None),
    };
    let handed_in = || matches!(project.origin(object.at), Origin::Parameter(..));
    if !is_router_path(&object.path()) && !handed_in() {
        return;
    }
    let position = call.location().span.end;
    let lists = argument_lists(call);
    let behind = routers_behind(project, object, position);
    for ((router, order), arguments) in
        behind.iter().flat_map(|behind| lists.iter().map(move |list| (behind, list.clone())))
    {
        let (path, rest) = match chained {
            Some(route) => (route.argument(0).and_then(Value::text).map(Text::from), arguments),
            None => split_path(arguments),
        };
        let kind = match name {
            "use" => Kind::Use,
            // A guard for every path is a `use` in other words.
            "all" if path.as_deref().is_some_and(|path| path.ends_with('*')) => Kind::Use,
            "all" => Kind::Route("ANY".into()),
            method => Kind::Route(method.to_ascii_uppercase().into()),
        };
        // `app.get("name")` reads a setting.
        if rest.is_empty() {
            continue;
        }
        routers.registrations.entry(*router).or_default().push(Registration {
            order: order.clone(),
            kind,
            path,
            arguments: flattened(rest),
            call,
        });
    }
}

/// `app.route("/x").all(a).get(b)`: the application and the call of `route`.
fn chained_route(receiver: Value<'_>) -> Option<(Value<'_>, Call<'_>)> {
    let mut value = receiver;
    loop {
        let call = value.as_call()?;
        let object = call.receiver()?;
        if call.name() == "route" {
            return Some((object, call));
        }
        if !METHODS.contains(&call.name()) {
            return None;
        }
        value = object;
    }
}

/// The leading path, unless the first argument is a handler already.
fn split_path(arguments: Vec<Value<'_>>) -> (Option<Text>, Vec<Value<'_>>) {
    let Some(first) = arguments.first() else { return (Some(Text::default()), arguments) };
    let listed = first.items().and_then(|items| items.first()?.text().map(Text::from));
    let Some(path) = listed.or_else(|| path_of(*first)) else {
        return (Some(Text::default()), arguments);
    };
    (Some(path), arguments.into_iter().skip(1).collect())
}

/// The router objects that an expression may be, each with the position of the registration in it.
fn routers_behind(
    project: &Project,
    object: Value<'_>,
    position: u32,
) -> Vec<(ExpressionRef, Vec<u32>)> {
    fn follow(
        project: &Project,
        at: ExpressionRef,
        order: &[u32],
        found: &mut Vec<(ExpressionRef, Vec<u32>)>,
        hops: usize,
    ) {
        match project.origin(at) {
            Origin::Created(created) if is_router_path(&project.value(created).path()) => {
                found.push((created, order.to_vec()));
            }
            Origin::Parameter(function, parameter) if hops < MOUNTS_MAX => {
                for caller in project.callers_beside(function) {
                    if let Some(argument) = caller.argument(parameter as usize) {
                        let mut order = order.to_vec();
                        order.insert(0, caller.location().span.end);
                        follow(project, argument.at, &order, found, hops + 1);
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    follow(project, object.at, &[position], &mut found, 0);
    found
}

impl<'p> Routers<'p> {
    /// One draft for each way in which the router of a route is mounted.
    fn drafts(
        &self,
        project: &'p Project,
        router: ExpressionRef,
        number: usize,
        registration: &Registration<'p>,
        method: &Text,
    ) -> Vec<Draft> {
        let Some((&handler, before)) = registration.arguments.split_last() else {
            return Vec::new();
        };
        let (handler, wrappers) = inner_handler(handler);
        let mut mount = Mount::Resolved;
        let local = registration.path.clone().unwrap_or_else(|| {
            mount = Mount::Partial;
            Text::from("/:?")
        });
        let mut prefixes = self.prefixes(router, &mut Vec::new());
        let mut drafts = Vec::new();
        let is_application = is_application(project, router);
        if prefixes.is_empty() && !is_application {
            mount = Mount::Partial;
            if let Some((load, prefix)) = self.loaded(router) {
                let file = &project.file(load.file).path;
                let line = project.line(load);
                let why = format!("mounted by {file}:{line}, which loads files by a computed name");
                mount = Mount::Dynamic(why);
                prefixes.push(prefix);
            }
        }
        let alone = [Prefix::default()];
        let prefixes = if prefixes.is_empty() { &alone[..] } else { &prefixes };
        for prefix in prefixes {
            let mut chain = prefix.chain(self);
            chain.extend(self.before(router, number, &local));
            chain.extend(self.behind(router, number, &local));
            chain.extend(before.iter().map(|&guard| candidate(guard, Scope::Route)));
            // A library's guard may stand last, before a handler that is registered elsewhere.
            if handler.as_function().is_none() {
                chain.push(candidate(handler, Scope::Route));
            }
            chain.extend(wrappers.iter().cloned());
            drafts.push(Draft {
                kind: RouteKind::Http,
                method: method.clone(),
                path: join_paths(&prefix.path, &local),
                framework: "express",
                location: registration.call.location_of_name(),
                handler: Handler::Expression(handler.at),
                chain,
                mount: mount.clone(),
                root: Some(Root::Router(project.value(router).location())),
            });
        }
        drafts
    }

    /// What was registered on a router before a route and applies to its path.
    fn before(&self, router: ExpressionRef, number: usize, path: &str) -> Vec<Candidate> {
        let registrations = &self.registrations[&router];
        let kind = &registrations[number].kind;
        registrations[..number]
            .iter()
            .filter(|earlier| {
                // A handler for the same method and path that was registered earlier runs first.
                earlier.kind == Kind::Use
                    || earlier.kind == *kind && earlier.path.as_deref() == Some(path)
            })
            .filter(|registration| {
                registration.path.as_deref().is_some_and(|prefix| covers(prefix, path))
            })
            .flat_map(|registration| registration.arguments.iter())
            .filter(|argument| is_handler(**argument))
            .map(|&argument| candidate(argument, Scope::Router))
            .collect()
    }

    /// What was registered on a router after a route and would apply to its path: it never runs.
    fn behind(&self, router: ExpressionRef, number: usize, path: &str) -> Vec<Candidate> {
        let later = self.registrations[&router][number + 1..].iter();
        later
            .filter(|later| later.kind == Kind::Use)
            .filter(|later| later.path.as_deref().is_some_and(|prefix| covers(prefix, path)))
            .flat_map(|later| later.arguments.iter())
            .filter(|argument| is_handler(**argument))
            .map(|&argument| candidate(argument, Scope::Behind))
            .collect()
    }

    /// The first place that may mount a router of another file by loading it.
    fn loaded(&self, router: ExpressionRef) -> Option<(Location, Prefix)> {
        let &(parent, number) = self.loads.iter().find(|(parent, number)| {
            self.registrations[parent][*number].call.at().file != router.file
        })?;
        let registration = &self.registrations[&parent][number];
        let path = registration.path.clone().unwrap_or_else(|| "/:?".into());
        let location = registration.call.location();
        Some((location, Prefix { path, steps: vec![(parent, number)] }))
    }

    /// Every way from the application down to `router`.
    fn prefixes(&self, router: ExpressionRef, visited: &mut Vec<ExpressionRef>) -> Vec<Prefix> {
        if visited.contains(&router) || visited.len() > MOUNTS_MAX {
            return Vec::new();
        }
        visited.push(router);
        let mut prefixes = Vec::new();
        for &(parent, number) in self.mounts.get(&router).into_iter().flatten() {
            let above = self.prefixes(parent, visited);
            let local =
                self.registrations[&parent][number].path.clone().unwrap_or_else(|| "/:?".into());
            let alone = [Prefix::default()];
            for prefix in if above.is_empty() { &alone[..] } else { &above } {
                let mut steps = prefix.steps.clone();
                steps.push((parent, number));
                prefixes.push(Prefix { path: join_paths(&prefix.path, &local), steps });
            }
        }
        visited.pop();
        prefixes
    }
}

/// A way down to a router: the mounts on it.
#[derive(Clone, Default)]
struct Prefix {
    path: Text,
    steps: Vec<(ExpressionRef, usize)>,
}

impl Prefix {
    fn chain(&self, routers: &Routers<'_>) -> Vec<Candidate> {
        let mut chain = Vec::new();
        for &(parent, number) in &self.steps {
            let mount = &routers.registrations[&parent][number];
            let path = mount.path.clone().unwrap_or_default();
            chain.extend(routers.before(parent, number, &path));
            let guards = mount.arguments.iter().filter(|argument| is_handler(**argument));
            chain.extend(guards.map(|&guard| candidate(guard, Scope::Router)));
        }
        chain
    }
}

fn is_application(project: &Project, router: ExpressionRef) -> bool {
    matches!(
        project.value(router).path().as_str(),
        "express()" | "express.Application()" | "express.Express()"
    )
}

/// Does a middleware for `prefix` see requests for `path`?
pub(super) fn covers(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('*').trim_end_matches('/');
    if prefix.is_empty() {
        return true;
    }
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    prefix.split('/').filter(|segment| !segment.is_empty()).all(|wanted| {
        segments.next().is_some_and(|segment| {
            segment == wanted || segment.starts_with(':') || wanted.starts_with(':')
        })
    })
}

/// Joins a prefix and a path with one `/` between.
pub(super) fn join_paths(prefix: &str, path: &str) -> Text {
    let joined = format!("{}/{}", prefix.trim_end_matches('/'), path.trim_start_matches('/'));
    let trimmed = if joined.len() > 1 { joined.trim_end_matches('/') } else { &joined };
    Text::from(if trimmed.is_empty() { "/" } else { trimmed })
}

impl Call<'_> {
    /// The place of the call's name: in a chain over several lines, the line of this link.
    pub(super) fn location_of_name(self) -> Location {
        let location = self.location();
        let callee = self.callee_value();
        let start = callee
            .location()
            .span
            .end
            .saturating_sub(u32::try_from(self.name().len()).unwrap_or(0));
        let span = crate::facts::Span::new(start.max(location.span.start), location.span.end);
        let chained = self.receiver().is_some_and(|receiver| receiver.as_call().is_some());
        if chained { Location { span, ..location } } else { location }
    }
}
