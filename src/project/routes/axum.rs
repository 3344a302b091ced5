//! axum: routers built by chains of calls, across functions and files.
//!
//! A router is an expression; what it serves is found by following the chain to where it starts,
//! through variables, functions that return routers and routers handed in as parameters. A layer
//! covers what was added before it on the same router.

mod documented;
mod layers;
mod missed;
mod recognised;

use std::collections::BTreeSet;

use documented::{documentation, with_documented};
use recognised::{creates_router, is_inside_chain, is_router, is_served, is_unclear};

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope,
    express::join_paths,
    rust::{branch_values, extractors, is_read, is_test, path_text, unserved},
};
use crate::{
    facts::{ExpressionKind, File, Text},
    project::{Body, Call, Declaration, ExpressionRef, In, Location, Project, Value},
};

/// The methods that register a handler on a method router, with what they serve.
const METHODS: [(&str, &str); 10] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("trace", "TRACE"),
    ("connect", "CONNECT"),
    ("any", "ANY"),
];

/// The ways in which a handler parameter takes itself out of a request.
const EXTRACTOR_METHODS: [&str; 4] =
    ["from_request_parts", "from_request", "decode_request_parts", "decode_request"];

/// Steps one router may take to read: real ones need some hundreds, and branches must not multiply.
const STEPS_MAX: u32 = 20_000;

/// How many functions deep routers are followed.
const HOPS_MAX: usize = 12;

/// One route on its way up through the routers around it.
#[derive(Clone)]
struct Entry<'p> {
    method: Text,
    path: Text,
    handler: Option<Value<'p>>,
    location: Location,
    /// Outermost first.
    chain: Vec<Candidate>,
    /// The router it hangs on.
    router: Location,
}

impl Entry<'_> {
    /// The same route inside a router that takes its prefix away.
    fn below(self, prefix: &str) -> Self {
        let chain = self.chain.into_iter().map(|guard| guard.below(prefix)).collect();
        Self { path: join_paths(prefix, &self.path), chain, ..self }
    }
}

/// The call that a function's body is being read for: its arguments are the parameters.
#[derive(Clone, Copy)]
struct Frame<'f, 'p> {
    call: Call<'p>,
    outer: Option<&'f Frame<'f, 'p>>,
    depth: usize,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let tops: Vec<Value<'_>> = project
        .units()
        .filter(|(_, unit)| names_routers(&unit.file))
        .flat_map(|(file, _)| project.calls_in(file))
        .filter(|call| is_router(call.value(), 0) && !is_inside_chain(*call))
        .filter(|call| !is_test(call.function()))
        .map(Call::value)
        .collect();
    let mut seen_inside = BTreeSet::new();
    let mut found = Vec::new();
    let mut unclear = None;
    for top in tops {
        let mut reader =
            Reader { steps: STEPS_MAX, seen: BTreeSet::new(), layers: Vec::new(), unclear: None };
        let entries = reader.router(top, None);
        unclear = unclear.or(reader.unclear);
        reader.seen.remove(&top.at);
        seen_inside.extend(reader.seen);
        found.push((top, entries));
    }
    for (top, entries) in found {
        if seen_inside.contains(&top.at) {
            continue;
        }
        let mount = if is_served(top) { Mount::Resolved } else { unserved(project, unclear) };
        drafts.extend(entries.into_iter().filter_map(|entry| draft(project, entry, &mount)));
    }
}

/// A file that builds or joins routers has the word.
fn names_routers(file: &File) -> bool {
    is_read(file) && (file.text.contains("Router") || file.text.contains("router"))
}

fn draft(project: &Project, entry: Entry<'_>, mount: &Mount) -> Option<Draft> {
    let handler = entry.handler?;
    let mut chain = entry.chain;
    let mut kind = RouteKind::Http;
    if let Some(body) = handler.as_function() {
        chain.extend(extractors(project, body.at, &EXTRACTOR_METHODS));
        if takes_socket(body) {
            kind = RouteKind::WebSocket;
        }
    }
    Some(Draft {
        kind,
        method: entry.method,
        path: entry.path,
        framework: "axum",
        location: entry.location,
        handler: Handler::Expression(handler.at),
        chain,
        mount: mount.clone(),
        root: Some(Root::Router(entry.router)),
    })
}

fn takes_socket(body: Body<'_>) -> bool {
    let facts = &body.unit().facts;
    body.function().plain_parameters().filter_map(|parameter| parameter.annotation).any(
        |annotation| facts.last_segment(annotation).is_some_and(|name| name == "WebSocketUpgrade"),
    )
}

struct Reader {
    steps: u32,
    /// The expressions that were read as part of this router.
    seen: BTreeSet<ExpressionRef>,
    /// Variables being followed, so that a cycle ends.
    layers: Vec<ExpressionRef>,
    /// Where something is mounted that cannot be followed.
    unclear: Option<Location>,
}

impl Reader {
    /// What a router serves.
    fn router<'p>(&mut self, value: Value<'p>, frame: Option<&Frame<'_, 'p>>) -> Vec<Entry<'p>> {
        self.steps = self.steps.saturating_sub(1);
        let value = value.unwrapped();
        let depth = frame.map_or(0, |frame| frame.depth);
        if self.steps == 0 || depth > HOPS_MAX || self.layers.contains(&value.at) {
            return Vec::new();
        }
        self.seen.insert(value.at);
        self.layers.push(value.at);
        let entries = match value.kind() {
            ExpressionKind::Call { .. } => match value.as_call() {
                Some(call) => self.call(call, frame),
                None => Vec::new(),
            },
            ExpressionKind::Name(_) => self.variable(value, frame),
            ExpressionKind::Branches(_) => {
                let values = branch_values(value);
                self.any_of(values, frame)
            }
            ExpressionKind::Conditional { then, otherwise, .. } => {
                let values = vec![value.sibling(*then), value.sibling(*otherwise)];
                self.any_of(values, frame)
            }
            _ => Vec::new(),
        };
        self.layers.pop();
        entries
    }

    /// What a router serves that hangs on another.
    fn mounted<'p>(&mut self, value: Value<'p>, frame: Option<&Frame<'_, 'p>>) -> Vec<Entry<'p>> {
        let found = self.router(value, frame);
        if found.is_empty() && is_unclear(value) {
            self.unclear.get_or_insert_with(|| value.location());
        }
        found
    }

    /// Several routers of which one is used: each route once.
    fn any_of<'p>(
        &mut self,
        values: Vec<Value<'p>>,
        frame: Option<&Frame<'_, 'p>>,
    ) -> Vec<Entry<'p>> {
        let mut entries: Vec<Entry<'p>> = Vec::new();
        for value in values {
            for entry in self.router(value, frame) {
                let is_same = |known: &Entry<'p>| {
                    known.location == entry.location
                        && known.method == entry.method
                        && known.path == entry.path
                };
                if !entries.iter().any(is_same) {
                    entries.push(entry);
                }
            }
        }
        entries
    }

    fn variable<'p>(&mut self, value: Value<'p>, frame: Option<&Frame<'_, 'p>>) -> Vec<Entry<'p>> {
        let project = value.project;
        match project.binding(value.at) {
            Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
                self.router(project.value(In { file: scope.file, id: *bound }), frame)
            }
            Some((scope, Declaration::Parameter(number, _))) => {
                let Some(frame) = frame else { return Vec::new() };
                let body = project.body(scope);
                let is_method =
                    body.function().plain_parameters().count() < body.function().parameters.len();
                let position = number.checked_sub(usize::from(is_method));
                let argument = if frame.call.callee().map(|callee| callee.at) != Some(scope) {
                    None
                } else if let Some(position) = position {
                    frame.call.argument(position)
                } else {
                    frame.call.receiver()
                };
                argument.map_or_else(Vec::new, |argument| self.router(argument, frame.outer))
            }
            _ => Vec::new(),
        }
    }

    fn call<'p>(&mut self, call: Call<'p>, frame: Option<&Frame<'_, 'p>>) -> Vec<Entry<'p>> {
        if creates_router(call.path()) {
            return Vec::new();
        }
        if let Some(documentation) = documentation(call) {
            return documentation;
        }
        let name = call.name();
        let is_link = call.receiver().is_some_and(|receiver| is_router(receiver, 0));
        if !is_link {
            return self.function(call, frame);
        }
        let before = call.receiver().map_or_else(Vec::new, |receiver| self.router(receiver, frame));
        match name {
            "route" | "route_service" | "api_route" | "route_with_tsr" | "typed_route" => {
                self.with_route(call, before)
            }
            "routes" => with_documented(call, before),
            "nest" | "nest_api_service" | "nest_service" => {
                let prefix = call.argument(0).and_then(path_text).unwrap_or_else(|| "/{?}".into());
                let nested =
                    call.argument(1).map_or_else(Vec::new, |router| self.mounted(router, frame));
                let nested = nested.into_iter().map(|entry| entry.below(&prefix));
                before.into_iter().chain(nested).collect()
            }
            "merge" | "fallback_service" => {
                let merged =
                    call.argument(0).map_or_else(Vec::new, |router| self.mounted(router, frame));
                before.into_iter().chain(merged).collect()
            }
            "layer" | "route_layer" => match call.argument(0) {
                Some(layer) => covered(before, &self.layer(layer)),
                None => before,
            },
            // `router.with_our_routes(x)`: an extension written in this project.
            _ => match call.callee() {
                Some(_) if before.is_empty() => self.function(call, frame),
                _ => before,
            },
        }
    }

    /// A function that returns a router, or hands on one that it is given.
    fn function<'p>(&mut self, call: Call<'p>, frame: Option<&Frame<'_, 'p>>) -> Vec<Entry<'p>> {
        let Some(body) = call.callee() else {
            // `Ok(router)`, `Box::new(router)`.
            let inner = call.positional().find(|argument| is_router(*argument, 0));
            return inner.map_or_else(Vec::new, |inner| self.router(inner, frame));
        };
        let depth = frame.map_or(0, |frame| frame.depth) + 1;
        let inner = Frame { call, outer: frame, depth };
        let returned = body.returned().collect();
        self.any_of(returned, Some(&inner))
    }

    fn with_route<'p>(&mut self, call: Call<'p>, mut before: Vec<Entry<'p>>) -> Vec<Entry<'p>> {
        let (Some(path), Some(methods)) = (call.argument(0), call.argument(1)) else {
            return before;
        };
        let path = path_text(path).unwrap_or_else(|| "/{?}".into());
        let location = call.location_of_name();
        let missed = self.missed_layers(call);
        for mut entry in self.methods(methods) {
            entry.chain.extend(missed.iter().cloned());
            entry.path.clone_from(&path);
            entry.location = location;
            before.push(entry);
        }
        before
    }

    /// What a method router serves: `get(list).post(create)`.
    fn methods<'p>(&mut self, value: Value<'p>) -> Vec<Entry<'p>> {
        self.steps = self.steps.saturating_sub(1);
        let value = value.unwrapped();
        if self.steps == 0 || self.layers.contains(&value.at) {
            return Vec::new();
        }
        self.layers.push(value.at);
        let entries = match value.kind() {
            ExpressionKind::Call { .. } => match value.as_call() {
                Some(call) => self.method_call(call),
                None => Vec::new(),
            },
            ExpressionKind::Branches(_) => {
                branch_values(value).into_iter().flat_map(|value| self.methods(value)).collect()
            }
            ExpressionKind::Name(_) => match value.project.binding(value.at) {
                Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
                    self.methods(value.project.value(In { file: scope.file, id: *bound }))
                }
                _ => vec![serving("ANY", value)],
            },
            _ => vec![serving("ANY", value)],
        };
        self.layers.pop();
        entries
    }

    fn method_call<'p>(&mut self, call: Call<'p>) -> Vec<Entry<'p>> {
        let name = call.name();
        let on_methods =
            call.receiver().filter(|receiver| receiver.unwrapped().as_call().is_some());
        let mut before = Vec::new();
        if let Some(receiver) = on_methods {
            before = self.methods(receiver);
        }
        if matches!(name, "layer" | "route_layer") {
            let layer = call.argument(0).map_or_else(Vec::new, |layer| self.layer(layer));
            return covered(before, &layer);
        }
        let plain = name.trim_end_matches("_service").trim_end_matches("_with");
        let verb = METHODS.iter().find(|(method, _)| *method == plain).map(|&(_, verb)| verb);
        match (verb, name) {
            (Some(verb), _) => {
                before.extend(call.argument(0).map(|handler| self.handler(verb, handler)));
                before
            }
            (None, "on" | "on_service") => {
                let filter = call.argument(0).map(Value::source).unwrap_or_default();
                let filter = filter.rsplit("::").next().unwrap_or_default();
                let verb = METHODS.iter().find(|(_, verb)| *verb == filter);
                let verb = verb.map_or("ANY", |&(_, verb)| verb);
                before.extend(call.argument(1).map(|handler| self.handler(verb, handler)));
                before
            }
            (None, _) if !before.is_empty() => before,
            (None, _) => match call.callee() {
                Some(body) => body.returned().flat_map(|value| self.methods(value)).collect(),
                None => vec![serving("ANY", call.value())],
            },
        }
    }

    /// A handler with the layers of its own: `get(list.layer(x))`.
    fn handler<'p>(&mut self, verb: &str, handler: Value<'p>) -> Entry<'p> {
        let mut chain = Vec::new();
        let mut handler = handler.unwrapped();
        while let Some(call) = handler.as_call().filter(|call| call.name() == "layer") {
            let Some(receiver) = call.receiver() else { break };
            let mut layers = call.argument(0).map_or_else(Vec::new, |layer| self.layer(layer));
            layers.append(&mut chain);
            chain = layers;
            handler = receiver.unwrapped();
        }
        Entry { chain, ..serving(verb, handler) }
    }
}

fn covered<'p>(entries: Vec<Entry<'p>>, layers: &[Candidate]) -> Vec<Entry<'p>> {
    entries
        .into_iter()
        .map(|mut entry| {
            entry.chain.splice(0..0, layers.iter().cloned());
            entry
        })
        .collect()
}

fn serving<'p>(verb: &str, handler: Value<'p>) -> Entry<'p> {
    Entry {
        method: verb.into(),
        path: Text::default(),
        handler: Some(handler),
        location: handler.location(),
        chain: Vec::new(),
        router: handler.function().location(),
    }
}
