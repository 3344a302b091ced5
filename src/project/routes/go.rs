//! Go: the standard library's multiplexer, gorilla/mux, chi, gin, echo, fiber and httprouter.
//!
//! All of them register handlers on router objects. A router is known by what made it, and followed
//! through parameters, closures, fields and what functions return (`go/routers.rs`); a handler is
//! followed through what is wrapped around it (`go/handlers.rs`).

use super::{Candidate, Draft, Mount, Root, RouteKind, Scope, What, grpc};
use crate::{
    facts::{CallStyle, ExpressionKind, Text},
    project::{Call, ExpressionRef, Location, Project, Value, guards::Mode},
};

mod bound;
mod frames;
mod gorilla;
mod handlers;
mod library;
mod routers;

use frames::Frame;
use handlers::Answer;
use library::Library;
use routers::{Key, Link, Position, Routers, Use};

/// A handler on a router, as registered.
struct Registration<'p> {
    library: Library,
    keys: Vec<Key>,
    methods: Vec<Text>,
    path: Text,
    call: Call<'p>,
    handler: Value<'p>,
    frame: Frame<'p>,
    /// Stand before this handler alone, outermost first.
    guards: Vec<Candidate>,
    at: Position,
    location: Location,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let calls: Vec<Call<'_>> =
        project.calls().filter(|call| routers::is_read(project, call.file)).collect();
    if calls.is_empty() {
        return;
    }
    let mut routers = Routers::new(project);
    let mut registrations = Vec::new();
    for &call in &calls {
        if !serve(call, &mut routers) {
            nest(call, &mut routers);
            registrations.extend(runs(call, &routers));
        }
    }
    // A mount is a registration whose handler is another router.
    let mut answering: Vec<Answering> = Vec::new();
    for registration in registrations {
        for target in routers.targets(registration.handler, &registration.frame) {
            match target.answer {
                Answer::Router(child) => {
                    mount(&registration, &child, (target.chain, target.strips), &mut routers);
                }
                answer => {
                    let found = Answering::of(&registration, answer, target.chain);
                    match answering.iter_mut().find(|known| known.is_another_run(&found)) {
                        // What differs between the runs was not seen.
                        Some(known) => known.location = registration.call.location_of_name(),
                        None => answering.push(found),
                    }
                }
            }
        }
    }
    for &call in &calls {
        uses(call, &mut routers);
    }
    let mounted: Vec<_> = answering.iter().filter_map(Answering::service).collect();
    for found in answering {
        found.drafts(&routers, drafts);
    }
    for &call in calls.iter().filter(|call| !mounted.contains(&call.at())) {
        let why = "where the handler of the service is mounted cannot be followed".to_owned();
        grpc::connect::routes(call, &[], Mount::Dynamic(why), drafts);
    }
}

/// What answers a registration, with all that a draft shows of it.
struct Answering {
    library: Library,
    keys: Vec<Key>,
    methods: Vec<Text>,
    path: Text,
    answer: Answer,
    /// What stands before this handler alone, outermost first.
    chain: Vec<Candidate>,
    at: Position,
    location: Location,
}

impl Answering {
    fn of(registration: &Registration<'_>, answer: Answer, wrappers: Vec<Candidate>) -> Self {
        let mut chain = registration.guards.clone();
        chain.extend(wrappers);
        Self {
            library: registration.library,
            keys: registration.keys.clone(),
            methods: registration.methods.clone(),
            path: registration.path.clone(),
            answer,
            chain,
            at: registration.at,
            location: registration.location,
        }
    }

    fn service(&self) -> Option<ExpressionRef> {
        match self.answer {
            Answer::Service(made) => Some(made),
            _ => None,
        }
    }

    /// Does the same call register the same handler under the same path?
    fn is_another_run(&self, other: &Self) -> bool {
        self.at == other.at
            && self.path == other.path
            && self.methods == other.methods
            && self.keys == other.keys
            && self.answer == other.answer
    }

    fn drafts(&self, routers: &Routers<'_>, drafts: &mut Vec<Draft>) {
        for key in &self.keys {
            for way in routers.ways(key, self.at, &self.path) {
                let mut chain = way.chain;
                let own = self.chain.iter().cloned();
                chain.extend(own.map(|guard| guard.below(&way.strips)));
                let mount = routers.mount(&way.top);
                match &self.answer {
                    Answer::Service(made) => {
                        let made = routers.project.call(*made);
                        made.into_iter().for_each(|made| {
                            grpc::connect::routes(made, &chain, mount.clone(), drafts);
                        });
                    }
                    Answer::Handler(handler) => {
                        let root = routers.location(&way.top, self.location);
                        drafts.extend(self.methods.iter().map(|method| Draft {
                            kind: RouteKind::Http,
                            method: method.clone(),
                            path: way.path.clone(),
                            framework: self.library.name(),
                            location: self.location,
                            handler: handler.clone(),
                            chain: chain.clone(),
                            mount: mount.clone(),
                            root: Some(Root::Router(root)),
                        }));
                    }
                    Answer::Router(_) => {}
                }
            }
        }
    }
}

/// `http.ListenAndServe(address, wrap(mux))`, `http.Server{Handler: wrap(mux)}`.
fn serve<'p>(call: Call<'p>, routers: &mut Routers<'p>) -> bool {
    let handler = match call.path() {
        "net/http.ListenAndServe" | "net/http.Serve" | "net/http.ServeTLS" => call.argument(1),
        "net/http.ListenAndServeTLS" => call.argument(3),
        "net/http.Server" if call.style() == CallStyle::Struct => call.named("Handler"),
        _ => return false,
    };
    let Some(handler) = handler else { return true };
    for target in routers.targets(handler, &Frame::default()) {
        if let (Answer::Router(child), false) = (target.answer, target.chain.is_empty()) {
            let link = Link {
                parent: Key::Server,
                prefix: Text::default(),
                guards: target.chain,
                strips: Text::default(),
                at: Position::of(handler),
                is_alias: false,
            };
            routers.add_mount(child, link);
        }
    }
    true
}

/// A function that is given a router below this one: `r.Route("/x", func(r chi.Router) {…})`.
fn nest<'p>(call: Call<'p>, routers: &mut Routers<'p>) {
    let position = match call.name() {
        "Route" => 1,
        "Group" => 0,
        _ => return,
    };
    let Some(receiver) = call.receiver() else { return };
    if !matches!(routers.library(receiver), Some(Library::Chi | Library::Fiber)) {
        return;
    }
    let Some(body) = call.argument(position).and_then(Value::as_function) else { return };
    let receivers = body.function().parameters.len() - body.function().plain_parameters().count();
    let prefix = match position {
        1 => call.argument(0).map(|path| Frame::default().path_text(path)).unwrap_or_default(),
        _ => Text::default(),
    };
    for parent in routers.keys(receiver) {
        let link = Link {
            parent,
            prefix: prefix.clone(),
            guards: Vec::new(),
            strips: Text::default(),
            at: Position::of(call.value()),
            is_alias: false,
        };
        routers.add_mount(Key::Parameter(body.at, receivers), link);
    }
}

fn mount(
    registration: &Registration<'_>,
    child: &Key,
    (wrappers, strips): (Vec<Candidate>, Text),
    routers: &mut Routers<'_>,
) {
    // Only where the prefix is taken away do the paths of the inner router continue it.
    let continues = !strips.is_empty() || registration.methods.is_empty();
    let prefix = if continues {
        Text::from(registration.path.trim_end_matches("/*"))
    } else {
        Text::default()
    };
    for parent in &registration.keys {
        let mut guards = registration.guards.clone();
        guards.extend(wrappers.iter().cloned());
        let link = Link {
            parent: parent.clone(),
            prefix: prefix.clone(),
            guards,
            strips: strips.clone(),
            at: registration.at,
            is_alias: false,
        };
        routers.add_mount(child.clone(), link);
    }
}

/// `router.Use(guard)`, and fiber's `app.Use("/path", guard)`.
fn uses<'p>(call: Call<'p>, routers: &mut Routers<'p>) {
    if !matches!(call.name(), "Use" | "Pre") {
        return;
    }
    let Some(receiver) = call.receiver() else { return };
    let Some(library) = routers.library(receiver) else { return };
    let mut given: Vec<Value<'p>> = call.positional().collect();
    let mut prefix = Text::default();
    if library == Library::Fiber
        && let Some(path) = given.first().and_then(|first| first.text())
    {
        prefix = path.into();
        given.remove(0);
    }
    let ordered = library.is_ordered() && !is_echo_application(library, receiver);
    for key in routers.keys(receiver) {
        for guard in guards(library, given.clone()) {
            let guard = Candidate { scope: Scope::Router, ..guard };
            let at = Position::of(call.value());
            let added = Use { guard, at, ordered, prefix: prefix.clone() };
            routers.add_use(key.clone(), added, 0);
        }
    }
}

/// Echo's application runs its middleware before every route, whenever it was added.
fn is_echo_application(library: Library, receiver: Value<'_>) -> bool {
    let path = receiver.path();
    library == Library::Echo && (path.ends_with(".New()") || path.ends_with(".Echo()"))
}

/// The handlers that a call registers, one for each time that it runs.
fn runs<'p>(call: Call<'p>, routers: &Routers<'p>) -> Vec<Registration<'p>> {
    let Some(first) = registration(call, routers, Frame::default()) else { return Vec::new() };
    let mut frames = routers.frames(call);
    match frames.len() {
        1 if frames[0].at.is_none() => vec![first],
        _ => {
            let frames = frames.drain(..);
            let runs = frames.filter_map(|frame| registration(call, routers, frame));
            // Paths that are told apart only in part are those of one table.
            let whole = |run: Registration<'p>| {
                let is_whole = !run.path.contains(frames::UNKNOWN);
                if is_whole { run } else { Registration { path: first.path.clone(), ..run } }
            };
            runs.map(whole).collect()
        }
    }
}

/// The handler that a call registers in one run.
fn registration<'p>(
    call: Call<'p>,
    routers: &Routers<'p>,
    frame: Frame<'p>,
) -> Option<Registration<'p>> {
    if matches!(call.path(), "net/http.HandleFunc" | "net/http.Handle") {
        return standard(call, vec![Key::Default], frame);
    }
    let receiver = call.receiver()?;
    let library = routers.library(receiver)?;
    if library == Library::Gorilla {
        return gorilla_route(call, routers, frame);
    }
    let name = call.name();
    let verb = library.verb(name);
    let (methods, path, rest): (Vec<Text>, Text, usize) = match (library, name) {
        (_, _) if verb.is_some() => {
            (verb.map(Text::from).into_iter().collect(), frame.path_text(call.argument(0)?), 1)
        }
        (Library::Standard, "Handle" | "HandleFunc") => {
            let keys = routers.keys(receiver);
            return standard(call, keys, frame);
        }
        (Library::Chi, "Handle" | "HandleFunc") => {
            (vec!["ANY".into()], frame.path_text(call.argument(0)?), 1)
        }
        // What is mounted continues the path, and is asked for every method.
        (Library::Chi | Library::Fiber, "Mount") => {
            (Vec::new(), frame.path_text(call.argument(0)?), 1)
        }
        (Library::Chi, "Method" | "MethodFunc")
        | (Library::Gin | Library::HttpRouter, "Handle")
        | (Library::HttpRouter, "Handler" | "HandlerFunc")
        | (Library::Echo | Library::Fiber, "Add")
        | (Library::Gin | Library::Echo, "Match") => {
            let methods = frame.methods(call.argument(0)?);
            (methods, frame.path_text(call.argument(1)?), 2)
        }
        _ => return None,
    };
    let mut given: Vec<Value<'p>> = call.positional().skip(rest).collect();
    let handler = match library {
        // Echo has the handler first.
        Library::Echo if !given.is_empty() => given.remove(0),
        _ => given.pop()?,
    };
    Some(Registration {
        library,
        keys: routers.keys(receiver),
        location: frame.place(call, &path),
        methods,
        path,
        call,
        handler,
        guards: guards(library, given),
        at: Position::of(call.value()),
        frame,
    })
}

/// `mux.HandleFunc("POST /orders/{id}", handler)`.
fn standard<'p>(call: Call<'p>, keys: Vec<Key>, frame: Frame<'p>) -> Option<Registration<'p>> {
    let first = call.argument(0)?;
    let second = call.argument(1);
    // One call may yield both: `mux.Handle(shopconnect.NewOrdersServiceHandler(orders))`.
    let is_service = || first.as_call().is_some_and(grpc::connect::makes_handler);
    let handler = second.or_else(|| is_service().then_some(first))?;
    let pattern = if second.is_some() { frame.path_text(first) } else { "/".into() };
    let (method, path) = match pattern.split_once([' ', '\t']) {
        Some((method, path)) if method.chars().all(char::is_uppercase) => (method, path.trim()),
        _ => ("ANY", pattern.as_str()),
    };
    // `example.com/path` names a host, and what is not known before the first slash is mostly a configured base.
    let path = path.find('/').map_or(path, |start| &path[start..]);
    Some(Registration {
        library: Library::Standard,
        keys,
        methods: vec![method.into()],
        path: path.trim_end_matches("{$}").into(),
        call,
        handler,
        guards: Vec::new(),
        at: Position::of(call.value()),
        location: frame.place(call, path),
        frame,
    })
}

/// A chain of gorilla/mux, read at its outermost call.
fn gorilla_route<'p>(
    call: Call<'p>,
    routers: &Routers<'p>,
    frame: Frame<'p>,
) -> Option<Registration<'p>> {
    let unit = call.project.unit(call.file);
    let parent = unit.index.expression(call.id()).parent;
    let is_inner = parent.is_some_and(|parent| {
        matches!(&unit.facts[parent].kind,
            ExpressionKind::Member { name, .. } if name != "Subrouter")
    });
    if is_inner {
        return None;
    }
    let chain = gorilla::Chain::of(call.value(), routers, &frame);
    let handler = chain.handler?;
    let mut methods = chain.methods;
    if methods.is_empty() {
        methods.push("ANY".into());
    }
    let at = chain.at?;
    Some(Registration {
        library: Library::Gorilla,
        keys: routers.keys(chain.router),
        location: frame.place(at, &chain.path),
        methods,
        path: chain.path,
        call,
        handler,
        guards: Vec::new(),
        at: Position::of(call.value()),
        frame,
    })
}

/// Middlewares of a library, in order.
fn guards(library: Library, given: Vec<Value<'_>>) -> Vec<Candidate> {
    let mode = match library {
        Library::Gin => Mode::Hook,
        Library::Fiber => Mode::Middleware,
        _ => Mode::Wrapper,
    };
    given.into_iter().map(|guard| candidate(guard, mode.clone(), Scope::Route)).collect()
}

/// Something in a guard's position, named as it is written.
fn candidate(value: Value<'_>, mode: Mode, scope: Scope) -> Candidate {
    let line = value.source().lines().next().unwrap_or_default();
    let name = line.char_indices().nth(80).map_or(line, |(end, _)| &line[..end]);
    Candidate {
        what: What::Expression(value.at),
        name: name.into(),
        location: value.location(),
        scope,
        mode,
    }
}
