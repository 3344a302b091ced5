//! actix-web: applications, scopes and resources built by chains of calls, functions that configure
//! them, and handlers with a route attribute.

use std::collections::BTreeSet;

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
    express::join_paths,
    rust::{
        branch_values, candidate, extractors, is_read, is_test, path_text, paths, unserved, written,
    },
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Body, Call, Declaration, Definition, FunctionRef, In, Location, Project, Value,
        guards::Mode,
    },
};

/// The attributes and builders that name a method.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// How many functions and variables deep services are followed.
const HOPS_MAX: usize = 12;

/// One route on its way up through the scopes around it.
#[derive(Clone)]
struct Entry<'p> {
    method: Text,
    path: Text,
    handler: Value<'p>,
    location: Location,
    /// Outermost first.
    chain: Vec<Candidate>,
}

#[derive(Default)]
struct Reader {
    /// The handlers and configuring functions that were reached from an application.
    reached: BTreeSet<FunctionRef>,
    hops: usize,
    /// Where an application is handed to something that cannot be followed.
    unclear: Option<Location>,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut reader = Reader::default();
    let applications: Vec<Call<'_>> = project
        .calls()
        .filter(|call| is_read(call.source_file()) && is_application(call.path()))
        .filter(|call| !is_test(call.function()))
        .collect();
    for application in applications {
        let entries = reader.service(top_of(application.value()));
        let root = application.location();
        for entry in entries {
            drafts.push(draft(project, entry, Mount::Resolved, Some(root)));
        }
    }
    let rest: Vec<Body<'_>> = project
        .functions()
        .filter(|body| is_read(&body.unit().file) && !is_test(*body))
        .filter(|body| !body.unit().facts.imports.is_empty())
        .collect();
    let mount = unserved(project, reader.unclear);
    for body in &rest {
        if configures(*body) && !reader.reached.contains(&body.at) {
            for entry in reader.configured(*body) {
                drafts.push(draft(project, entry, mount.clone(), None));
            }
        }
    }
    for body in &rest {
        if !reader.reached.contains(&body.at) {
            for entry in attributed(*body) {
                drafts.push(draft_of(project, entry, Handler::Function(body.at), mount.clone()));
            }
        }
    }
}

fn draft(project: &Project, entry: Entry<'_>, mount: Mount, root: Option<Location>) -> Draft {
    let handler = match entry.handler.as_function() {
        Some(body) => Handler::Function(body.at),
        None => Handler::Expression(entry.handler.at),
    };
    Draft { root: root.map(Root::Router), ..draft_of(project, entry, handler, mount) }
}

fn draft_of(project: &Project, entry: Entry<'_>, handler: Handler, mount: Mount) -> Draft {
    let mut chain = entry.chain;
    if let Handler::Function(function) = handler {
        chain.extend(extractors(project, function, &["from_request"]));
    }
    Draft {
        kind: RouteKind::Http,
        method: entry.method,
        path: join_paths("", &entry.path),
        framework: "actix-web",
        location: entry.location,
        handler,
        chain,
        mount,
        root: None,
    }
}

fn is_application(path: &str) -> bool {
    matches!(path, "actix_web.App.new" | "actix_web.app.App.new" | "App.new")
}

/// The longest chain that starts at `value`.
fn top_of(value: Value<'_>) -> Value<'_> {
    let mut top = value;
    let index = &value.project.unit(value.at.file).index;
    let ancestors: Vec<_> = index.ancestors(value.at.id).collect();
    for pair in ancestors.chunks(2) {
        let [member, call] = pair else { break };
        let is_link = matches!(top.sibling(*member).kind(), ExpressionKind::Member { object, .. }
            if *object == top.at.id);
        let next = top.sibling(*call);
        let calls_it = matches!(next.kind(), ExpressionKind::Call { callee, .. }
            if *callee == *member);
        if !is_link || !calls_it {
            break;
        }
        top = next;
    }
    top
}

/// Does a function configure what it is given: `fn routes(config: &mut ServiceConfig)`?
fn configures(body: Body<'_>) -> bool {
    let facts = &body.unit().facts;
    body.function().plain_parameters().any(|parameter| {
        parameter.annotation.and_then(|it| facts.last_segment(it)) == Some("ServiceConfig")
    })
}

/// The route attributes of a handler.
fn attributed(body: Body<'_>) -> Vec<Entry<'_>> {
    let from_actix = body
        .unit()
        .facts
        .imports
        .iter()
        .any(|import| import.module == "actix_web" || import.module.starts_with("actix_web::"));
    let mut entries = Vec::new();
    for call in body.decorators().filter_map(Value::as_call) {
        let name = match call.path().strip_prefix("actix_web.") {
            Some(name) => name,
            None if from_actix => call.path(),
            None => continue,
        };
        let Some(path) = call.argument(0).and_then(path_text) else { continue };
        let methods: Vec<Text> = match name {
            "route" => call
                .arguments()
                .iter()
                .filter(|argument| argument.name.as_deref() == Some("method"))
                .filter_map(|argument| call.value().sibling(argument.value).text())
                .map(Text::from)
                .collect(),
            name if METHODS.contains(&name) => vec![name.to_ascii_uppercase().into()],
            _ => continue,
        };
        let mut chain = Vec::new();
        if let Some(wrapped) = call.named("wrap").and_then(Value::text)
            && let Definition::Function(function) =
                body.project.resolve_export(body.at.file, wrapped)
        {
            chain.push(Candidate {
                what: What::Definition(Definition::Function(function)),
                name: Text::from(wrapped),
                location: call.location(),
                scope: Scope::Route,
                mode: Mode::Middleware,
            });
        }
        entries.extend(methods.into_iter().map(|method| Entry {
            method,
            path: path.clone(),
            handler: call.value(),
            location: call.location(),
            chain: chain.clone(),
        }));
    }
    entries
}

impl Reader {
    /// What a service serves: an application, scope, resource, or a handler with an attribute.
    fn service<'p>(&mut self, value: Value<'p>) -> Vec<Entry<'p>> {
        if self.hops > HOPS_MAX {
            return Vec::new();
        }
        self.hops += 1;
        let entries = self.service_inner(value.unwrapped());
        self.hops -= 1;
        entries
    }

    fn service_inner<'p>(&mut self, value: Value<'p>) -> Vec<Entry<'p>> {
        let project = value.project;
        if let ExpressionKind::List(items) = value.kind() {
            return items.iter().flat_map(|&item| self.service(value.sibling(item))).collect();
        }
        if let Some(call) = value.as_call() {
            return self.chain(call);
        }
        if let Some(body) = value.as_function() {
            self.reached.insert(body.at);
            let entries = attributed(body).into_iter();
            return entries.map(|entry| Entry { handler: value, ..entry }).collect();
        }
        if let Some((scope, Declaration::Bound { value: Some(bound), .. })) =
            project.binding(value.at)
        {
            return self.service(project.value(In { file: scope.file, id: *bound }));
        }
        branch_values(value).into_iter().flat_map(|value| self.service(value)).collect()
    }

    /// A chain of calls: what each link adds, the prefix of the start, and what wraps the whole.
    fn chain<'p>(&mut self, call: Call<'p>) -> Vec<Entry<'p>> {
        let mut links = Vec::new();
        let mut start = call;
        while let Some(receiver) = start.receiver().and_then(|value| value.unwrapped().as_call()) {
            links.push(start);
            start = receiver;
        }
        let on_value = start
            .receiver()
            .is_some_and(|receiver| matches!(receiver.kind(), ExpressionKind::Name(_)))
            && start.callee().is_none()
            && !is_builder(start);
        if on_value {
            links.push(start);
        }
        links.reverse();
        let mut entries =
            if on_value || is_builder(start) { Vec::new() } else { self.function(start) };
        // A builder wraps all that it holds, also what is added after; the last wrap is outermost.
        let (wraps, adds): (Vec<Call<'p>>, Vec<Call<'p>>) =
            links.into_iter().partition(|link| matches!(link.name(), "wrap" | "wrap_fn"));
        for link in adds.into_iter().chain(wraps) {
            self.link(link, &mut entries);
        }
        let takes_path = matches!(start.name(), "scope" | "resource" | "new");
        let Some(given) = start.argument(0).filter(|_| takes_path && is_builder(start)) else {
            return entries;
        };
        let below = |prefix: Text| {
            let entries = entries.iter().cloned();
            entries.map(move |entry| Entry { path: join_paths(&prefix, &entry.path), ..entry })
        };
        paths(given).into_iter().flat_map(below).collect()
    }

    fn function<'p>(&mut self, call: Call<'p>) -> Vec<Entry<'p>> {
        let Some(body) = call.callee() else { return Vec::new() };
        let returned: Vec<Value<'p>> = body.returned().collect();
        returned.into_iter().flat_map(|value| self.service(value)).collect()
    }

    fn link<'p>(&mut self, link: Call<'p>, entries: &mut Vec<Entry<'p>>) {
        let arguments: Vec<Value<'p>> = link.positional().collect();
        match (link.name(), &arguments[..]) {
            ("service", [service, ..]) => entries.extend(self.service(*service)),
            ("configure", [configure, ..]) => {
                let body = match configure.as_call() {
                    // `configure(routes(state))`: a function that returns the closure.
                    Some(call) => call.callee().and_then(|body| {
                        let closure = body.returned().next()?;
                        closure.as_function()
                    }),
                    None => configure.as_function(),
                };
                if body.is_none() {
                    self.unclear.get_or_insert_with(|| configure.location());
                }
                entries.extend(body.into_iter().flat_map(|body| self.configured(body)));
            }
            ("route", [path, route]) => {
                let path = path_text(*path).unwrap_or_else(|| "/{?}".into());
                entries.extend(self.route(*route, link, &path));
            }
            ("route", [route]) => entries.extend(self.route(*route, link, "")),
            ("to" | "to_async", [handler]) => entries.push(Entry {
                method: "ANY".into(),
                path: Text::default(),
                handler: *handler,
                location: link.location_of_name(),
                chain: Vec::new(),
            }),
            // `web::resource("/x").post(create)`
            (name, [handler]) if METHODS.contains(&name) => entries.push(Entry {
                method: name.to_ascii_uppercase().into(),
                path: Text::default(),
                handler: *handler,
                location: link.location_of_name(),
                chain: Vec::new(),
            }),
            ("wrap" | "wrap_fn", [middleware, ..]) => {
                let guard = guard(*middleware);
                for entry in entries.iter_mut() {
                    entry.chain.splice(0..0, guard.clone());
                }
            }
            _ => {}
        }
    }

    /// What a configuring function adds to what it is given.
    fn configured<'p>(&mut self, body: Body<'p>) -> Vec<Entry<'p>> {
        if self.hops > HOPS_MAX {
            return Vec::new();
        }
        self.reached.insert(body.at);
        let Some(name) = body.function().plain_parameters().next().and_then(|it| it.name()) else {
            return Vec::new();
        };
        self.hops += 1;
        let mut entries = Vec::new();
        for call in body.calls() {
            let is_start = call.receiver().is_some_and(
                |receiver| matches!(receiver.kind(), ExpressionKind::Name(root) if root == name),
            );
            if is_start {
                entries.extend(self.service(top_of(call.value())));
            } else if gives(call, name) {
                match call.callee() {
                    Some(body) => entries.extend(self.configured(body)),
                    None => {
                        self.unclear.get_or_insert_with(|| call.location());
                    }
                }
            }
        }
        self.hops -= 1;
        entries
    }

    /// `web::post().guard(x).to(handler)`.
    fn route<'p>(&mut self, route: Value<'p>, link: Call<'p>, path: &str) -> Option<Entry<'p>> {
        let mut method = Text::from("ANY");
        let mut handler = None;
        let mut chain = Vec::new();
        let mut next = route.unwrapped().as_call();
        while let Some(call) = next {
            match call.name() {
                "to" | "to_async" => handler = call.argument(0),
                "wrap" => chain.extend(call.argument(0).into_iter().flat_map(guard)),
                "method" => {
                    let written = call.argument(0).map(Value::source).unwrap_or_default();
                    method = written.rsplit("::").next().unwrap_or("ANY").into();
                }
                name if METHODS.contains(&name) => method = name.to_ascii_uppercase().into(),
                _ => {}
            }
            next = call.receiver().and_then(|receiver| receiver.unwrapped().as_call());
        }
        let handler = handler?;
        self.reached.extend(handler.as_function().map(|body| body.at));
        let location = link.location_of_name();
        Some(Entry { method, path: path.into(), handler, location, chain })
    }
}

/// Is what is configured handed on by a call: `registry.apply(config)`?
fn gives(call: Call<'_>, name: &str) -> bool {
    call.positional().any(|argument| {
        matches!(argument.unwrapped().kind(), ExpressionKind::Name(given) if given == name)
    })
}

fn is_builder(call: Call<'_>) -> bool {
    let path = call.path();
    is_application(path)
        || matches!(
            path,
            "actix_web.web.scope"
                | "actix_web.web.resource"
                | "actix_web.Scope.new"
                | "actix_web.Resource.new"
                | "actix_web.scope"
                | "actix_web.resource"
                | "web.scope"
                | "web.resource"
        )
        // `use actix_web::web::*;`
        || matches!(path, "scope" | "resource")
            && call.project.facts(call.location().file).imports.iter().any(|import| {
                import.glob && import.module.starts_with("actix_web")
            })
}

/// The guard in a middleware.
fn guard(value: Value<'_>) -> Vec<Candidate> {
    let project = value.project;
    let function = |body: Body<'_>, mode: Mode| {
        vec![Candidate {
            what: What::Definition(Definition::Function(body.at)),
            name: written(value),
            location: value.location(),
            scope: Scope::Router,
            mode,
        }]
    };
    if let Some(call) = value.as_call() {
        let last = call.path().rsplit('.').next().unwrap_or_default();
        let argument = call.argument(0).and_then(Value::as_function);
        match (last, argument) {
            ("from_fn", Some(body)) => return function(body, Mode::Middleware),
            // The validator decides, whatever the scheme.
            ("bearer" | "basic" | "with_fn", Some(body)) => {
                return function(body, Mode::Dependency);
            }
            _ => {}
        }
    }
    let bound = match project.binding(value.at) {
        Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
            Some(project.value(In { file: scope.file, id: *bound }))
        }
        _ => None,
    };
    if let Some(bound) = bound.filter(|bound| bound.as_call().is_some()) {
        return guard(bound);
    }
    let class = match value.resolve() {
        Definition::Instance(class) | Definition::Class(class) => Some(class),
        _ => None,
    };
    match class.and_then(|class| service_call(project.class(class))) {
        Some(body) => function(body, Mode::Middleware),
        None => vec![candidate(value, Scope::Router, Mode::Middleware)],
    }
}

/// `call` of the service that a `Transform` of this project makes.
fn service_call(transform: crate::project::Type<'_>) -> Option<Body<'_>> {
    let makes = transform.method("new_transform")?;
    makes.calls_within().find_map(|call| match call.target() {
        Definition::Class(class) | Definition::Instance(class) => {
            call.project.class(*class).method("call")
        }
        _ => None,
    })
}
