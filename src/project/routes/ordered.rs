//! Routers whose parts run in the order in which they were registered: Hono, Koa.
//!
//! All that hangs on one application is laid out as one list. What stands before a route is what comes
//! earlier in that list and is for its path.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope,
    express::join_paths,
    script::{candidate, inner_handler, path_of},
};
use crate::{
    facts::Text,
    project::{Call, ExpressionRef, Origin, Project, Value, guards::Mode},
};

/// How many routers deep mounts are followed; deeper ones do not occur and cycles must end.
const MOUNTS_MAX: usize = 8;

/// How many calls and names an object is followed through.
const STEPS_MAX: usize = 64;

/// More entries of one application are cut: only generated projects have them.
const ENTRIES_MAX: usize = 4096;

/// What tells one framework from another.
pub(super) struct Dialect {
    pub(super) framework: &'static str,
    /// Is this the path of an application or a router?
    pub(super) is_router: fn(&str) -> bool,
    /// Is it one that serves, rather than one that must hang on another?
    pub(super) serves: fn(&str) -> bool,
    /// Methods that answer with the router they are called on, or with what stands for it.
    pub(super) links: &'static [&'static str],
    /// Does a middleware for the first path see requests for the second?
    pub(super) covers: fn(&str, &str) -> bool,
    /// Does what is registered on a router run for the routes of that router only, once it hangs on
    /// one with this path?
    pub(super) isolates: fn(&str) -> bool,
    /// How what stands before a handler hands the request on.
    pub(super) mode: Mode,
}

/// Something registered on a router.
pub(super) struct Registration<'p> {
    /// Its place among all that is registered on the router.
    pub(super) order: Vec<u32>,
    pub(super) kind: Kind,
    /// The path it is for; `None` when it has one that is not a literal.
    pub(super) path: Option<Text>,
    pub(super) arguments: Vec<Value<'p>>,
    pub(super) call: Call<'p>,
    /// What a library checks and guards by itself before the handler.
    pub(super) before: Vec<Value<'p>>,
    /// The paths that it is not for, as the whole application has them.
    pub(super) skipped: Vec<Text>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Runs for every method, and may hand the request on.
    Use,
    Route(Text),
    /// Hangs another router here.
    Mount(ExpressionRef),
    /// Hangs here what it loads by a computed name.
    Load,
}

/// A router that an expression may be.
pub(super) struct Place {
    pub(super) router: ExpressionRef,
    /// The path that the expression adds to those of the router: `app.basePath("/api")`.
    pub(super) base: Text,
    /// The position of a registration on it.
    pub(super) order: Vec<u32>,
}

/// All routers of a framework.
pub(super) struct Routers<'p> {
    project: &'p Project,
    dialect: &'static Dialect,
    registrations: BTreeMap<ExpressionRef, Vec<Registration<'p>>>,
    /// What a router puts before all of its paths.
    prefixes: BTreeMap<ExpressionRef, Text>,
}

/// One entry in the list of an application.
struct Entry<'r, 'p> {
    path: Text,
    registration: &'r Registration<'p>,
    router: ExpressionRef,
    /// What loaded the router, if its name was computed.
    loaded_by: Option<Call<'p>>,
    /// Where in the list its reach ends.
    until: usize,
}

/// A list that is being laid out.
struct Layout<'r, 'p> {
    entries: Vec<Entry<'r, 'p>>,
    visited: Vec<ExpressionRef>,
    /// The routers that the first one to load files hangs on itself.
    loose: Vec<ExpressionRef>,
    loaded_by: Option<Call<'p>>,
}

impl<'p> Routers<'p> {
    pub(super) fn new(project: &'p Project, dialect: &'static Dialect) -> Self {
        Self { project, dialect, registrations: BTreeMap::new(), prefixes: BTreeMap::new() }
    }

    /// Is the framework used at all?
    pub(super) fn is_used(&self) -> bool {
        let makes = |call: Call<'_>| (self.dialect.is_router)(&format!("{}()", call.path()));
        self.project.calls().any(makes)
    }

    /// May this call register something: is it made on a router, or on something that was handed in?
    pub(super) fn may_register(&self, call: Call<'p>) -> bool {
        let path = call.path();
        let is_on_router =
            || path.match_indices("().").any(|(at, _)| (self.dialect.is_router)(&path[..at + 2]));
        call.source_file().language.is_script() && (path.starts_with("?.") || is_on_router())
    }

    pub(super) fn register(&mut self, router: ExpressionRef, registration: Registration<'p>) {
        self.registrations.entry(router).or_default().push(registration);
    }

    /// Registers what takes its place at `place`, with nothing of its own before it.
    pub(super) fn add(
        &mut self,
        call: Call<'p>,
        place: &Place,
        kind: Kind,
        path: Option<Text>,
        arguments: Vec<Value<'p>>,
    ) {
        let (order, before, skipped) = (place.order.clone(), Vec::new(), Vec::new());
        let registration = Registration { order, kind, path, arguments, call, before, skipped };
        self.register(place.router, registration);
    }

    pub(super) fn set_prefix(&mut self, router: ExpressionRef, prefix: &str) {
        self.prefixes.insert(router, prefix.into());
    }

    /// The routers that `object` may be, for a registration at `position` of its file.
    pub(super) fn places(&self, object: Value<'p>, position: u32) -> Vec<Place> {
        let mut found = Vec::new();
        let mut pending = vec![(object, Text::default(), vec![position])];
        for _ in 0..STEPS_MAX {
            let Some((value, base, order)) = pending.pop() else { break };
            match self.project.origin(value.at) {
                Origin::Created(created) => {
                    self.climb(self.project.value(created), base, order, &mut pending, &mut found);
                }
                Origin::Parameter(function, parameter) if order.len() < MOUNTS_MAX => {
                    for caller in self.project.callers_beside(function) {
                        if let Some(argument) = caller.argument(parameter as usize) {
                            let mut order = order.clone();
                            order.insert(0, caller.location().span.end);
                            pending.push((argument, base.clone(), order));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The router that a value is.
    pub(super) fn router(&self, value: Value<'p>) -> Option<ExpressionRef> {
        self.places(value, 0).into_iter().next().map(|place| place.router)
    }

    /// Goes down a chain of calls to the object that it starts at: `new Hono().get(…).post(…)`.
    fn climb(
        &self,
        created: Value<'p>,
        base: Text,
        order: Vec<u32>,
        pending: &mut Vec<(Value<'p>, Text, Vec<u32>)>,
        found: &mut Vec<Place>,
    ) {
        let (mut value, mut base) = (created, base);
        for _ in 0..STEPS_MAX * 8 {
            if (self.dialect.is_router)(&value.path()) {
                found.push(Place { router: value.at, base, order });
                return;
            }
            let Some(call) = value.as_call() else { return };
            let Some(receiver) = call.receiver() else { return };
            if !self.dialect.links.contains(&call.name()) {
                return;
            }
            if call.name() == "basePath" {
                let added: Text =
                    call.argument(0).and_then(path_of).unwrap_or_else(|| "/:?".into());
                base = join_paths(&added, &base);
            }
            if receiver.as_call().is_none() {
                pending.push((receiver, base, order));
                return;
            }
            value = receiver.unwrapped();
        }
    }

    /// The routes of all applications.
    pub(super) fn drafts(mut self, drafts: &mut Vec<Draft>) {
        for (router, registrations) in &mut self.registrations {
            // What another file adds comes after what the router's own file does.
            let is_elsewhere =
                |registration: &Registration<'_>| registration.call.file != router.file;
            registrations
                .sort_by(|a, b| (is_elsewhere(a), &a.order).cmp(&(is_elsewhere(b), &b.order)));
        }
        let loose = self.loose();
        let mounted = self.mounted();
        for &router in self.registrations.keys() {
            if mounted.contains(&router) || loose.contains(&router) {
                continue;
            }
            let mut layout = Layout {
                entries: Vec::new(),
                visited: Vec::new(),
                loose: loose.clone(),
                loaded_by: None,
            };
            self.lay_out(router, "", &mut layout);
            let path = self.project.value(router).path();
            let is_served = (self.dialect.serves)(&path);
            self.read(&layout.entries, is_served, drafts);
        }
    }

    fn mounted(&self) -> BTreeSet<ExpressionRef> {
        let all = self.registrations.values().flatten();
        let children = all.filter_map(|registration| match registration.kind {
            Kind::Mount(child) => Some(child),
            _ => None,
        });
        children.collect()
    }

    /// The routers that nothing mounts, below the folder of something that loads files by computed names.
    fn loose(&self) -> Vec<ExpressionRef> {
        let all = self.registrations.values().flatten();
        let loads: Vec<Call<'p>> = all
            .filter(|registration| registration.kind == Kind::Load)
            .map(|registration| registration.call)
            .collect();
        let mounted = self.mounted();
        let is_loose = |router: &&ExpressionRef| {
            let file = self.project.file(router.file);
            !mounted.contains(router)
                && loads.iter().any(|load| {
                    load.file != router.file && file.path.starts_with(load.source_file().folder())
                })
        };
        self.registrations.keys().filter(is_loose).copied().collect()
    }

    fn lay_out<'r>(&'r self, router: ExpressionRef, prefix: &str, layout: &mut Layout<'r, 'p>) {
        let is_cut = layout.entries.len() > ENTRIES_MAX || layout.visited.len() > MOUNTS_MAX;
        if is_cut || layout.visited.contains(&router) {
            return;
        }
        layout.visited.push(router);
        let own = self.prefixes.get(&router).map_or("", Text::as_str);
        let prefix = join_paths(prefix, own);
        for registration in self.registrations.get(&router).into_iter().flatten() {
            let local = registration.path.as_deref().unwrap_or("/:?");
            let path = join_paths(&prefix, local);
            match registration.kind {
                Kind::Mount(child) => self.hang(router, child, &path, layout),
                Kind::Load => {
                    let outer = layout.loaded_by.replace(registration.call);
                    for child in std::mem::take(&mut layout.loose) {
                        self.hang(router, child, &path, layout);
                    }
                    layout.loaded_by = outer;
                }
                Kind::Use | Kind::Route(_) => layout.entries.push(Entry {
                    path,
                    registration,
                    router,
                    loaded_by: layout.loaded_by,
                    until: usize::MAX,
                }),
            }
        }
        layout.visited.pop();
    }

    fn hang<'r>(
        &'r self,
        parent: ExpressionRef,
        child: ExpressionRef,
        path: &str,
        layout: &mut Layout<'r, 'p>,
    ) {
        let start = layout.entries.len();
        self.lay_out(child, path, layout);
        if (self.dialect.isolates)(&self.project.value(parent).path()) {
            let end = layout.entries.len();
            for entry in &mut layout.entries[start..] {
                entry.until = entry.until.min(end);
            }
        }
    }

    fn read(&self, entries: &[Entry<'_, 'p>], is_served: bool, drafts: &mut Vec<Draft>) {
        for (number, entry) in entries.iter().enumerate() {
            let Kind::Route(method) = &entry.registration.kind else { continue };
            let Some((&handler, before)) = entry.registration.arguments.split_last() else {
                continue;
            };
            let (handler, wrappers) = inner_handler(handler);
            let mut chain = self.earlier(entries, number, method);
            chain.extend(self.later(entries, number));
            let own = entry.registration.before.iter().chain(before);
            chain.extend(own.map(|&guard| candidate(guard, Scope::Route)));
            // A library's guard may stand last, before a handler that is registered elsewhere.
            if handler.as_function().is_none() {
                chain.push(candidate(handler, Scope::Route));
            }
            chain.extend(wrappers);
            for guard in chain.iter_mut().filter(|guard| guard.mode == Mode::Middleware) {
                guard.mode.clone_from(&self.dialect.mode);
            }
            drafts.push(Draft {
                kind: RouteKind::Http,
                method: method.clone(),
                path: entry.path.clone(),
                framework: self.dialect.framework,
                location: entry.registration.call.location_of_name(),
                handler: Handler::Expression(handler.at),
                chain,
                mount: self.mount(entry, is_served),
                root: Some(Root::Router(self.project.value(entry.router).location())),
            });
        }
    }

    /// What stands before a route in the list of its application and is for its path.
    fn earlier(&self, entries: &[Entry<'_, 'p>], number: usize, method: &Text) -> Vec<Candidate> {
        let route = &entries[number];
        let runs_before = |earlier: &&Entry<'_, 'p>| {
            let is_same = match &earlier.registration.kind {
                // A handler for the same method and path that was registered earlier runs first.
                Kind::Route(other) => other == method && earlier.path == route.path,
                _ => false,
            };
            earlier.until > number && (is_same || self.is_for(earlier, &route.path))
        };
        candidates(entries[..number].iter().filter(runs_before), Scope::Router)
    }

    /// What is registered on the same router after a route and would be for its path: it never runs.
    fn later(&self, entries: &[Entry<'_, 'p>], number: usize) -> Vec<Candidate> {
        let route = &entries[number];
        let later = entries[number + 1..].iter();
        let runs_never =
            later.filter(|later| later.router == route.router && self.is_for(later, &route.path));
        candidates(runs_never, Scope::Behind)
    }

    /// Is this middleware that sees requests for a path?
    fn is_for(&self, entry: &Entry<'_, 'p>, path: &str) -> bool {
        let is_skipped = |pattern: &Text| (self.dialect.covers)(pattern, path);
        entry.registration.kind == Kind::Use
            && entry.registration.path.is_some()
            && !entry.registration.skipped.iter().any(is_skipped)
            && (self.dialect.covers)(&entry.path, path)
    }

    fn mount(&self, entry: &Entry<'_, 'p>, is_served: bool) -> Mount {
        if let Some(load) = entry.loaded_by {
            let file = &load.source_file().path;
            let line = self.project.line(load.location());
            let why = format!("mounted by {file}:{line}, which loads files by a computed name");
            return Mount::Dynamic(why);
        }
        let is_known = is_served && entry.registration.path.is_some();
        if is_known { Mount::Resolved } else { Mount::Partial }
    }
}

fn candidates<'r, 'p: 'r>(
    entries: impl Iterator<Item = &'r Entry<'r, 'p>>,
    scope: Scope,
) -> Vec<Candidate> {
    let guards = entries.flat_map(|entry| entry.registration.arguments.iter());
    guards.map(|&guard| candidate(guard, scope)).collect()
}
