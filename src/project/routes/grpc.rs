//! gRPC: services that implement a generated trait or interface, and the interceptors of their servers.

use std::collections::BTreeSet;

use super::{Candidate, Draft, Handler, Mount, RouteKind, Scope, What, rust};
use crate::{
    facts::{ClassKind, ExpressionKind, File, Language, ParameterKind, Role, Text},
    project::{
        Body, Call, ClassRef, Declaration, Definition, In, Location, Origin, Project, Type, Value,
        guards::{Assessment, Grade, Mode},
    },
};

/// gRPC has one verb.
const METHOD: &str = "CALL";

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let implementations = project.units().filter(|(_, unit)| rust::is_read(&unit.file));
    for (file, unit) in implementations {
        for (id, class) in unit.facts.classes() {
            if class.kind == ClassKind::Implementation {
                tonic(project.class(In { file, id }), drafts);
            }
        }
    }
    let calls = project.calls().filter(|call| is_go(call.source_file()));
    for call in calls {
        registered(call, drafts);
    }
}

fn is_go(file: &File) -> bool {
    file.language == Language::Go
        && !matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

/// One service and what its server puts before it.
struct Service<'p> {
    name: Text,
    framework: &'static str,
    class: Type<'p>,
    /// What stands before methods that answer once.
    chain: Vec<Candidate>,
    /// What stands before those that are given a stream, where that is something else.
    stream_chain: Option<Vec<Candidate>>,
    mount: Mount,
    root: Location,
}

impl<'p> Service<'p> {
    fn drafts(&self, methods: impl Iterator<Item = Body<'p>>, drafts: &mut Vec<Draft>) {
        for method in methods {
            let of_streams = self.stream_chain.as_ref().filter(|_| takes_stream(method));
            let chain = of_streams.unwrap_or(&self.chain);
            drafts.push(Draft {
                kind: RouteKind::Grpc,
                method: METHOD.into(),
                path: Text::from(format!("/{}/{}", self.name, method.function().name)),
                framework: self.framework,
                location: method.location(),
                handler: Handler::Function(method.at),
                chain: chain.clone(),
                mount: self.mount.clone(),
                root: Some(self.root),
            });
        }
    }
}

/// tonic: `impl Greeter for MyGreeter`, made a server of by `GreeterServer`.
fn tonic<'p>(block: Type<'p>, drafts: &mut Vec<Draft>) {
    let project = block.project;
    let facts = project.facts(block.at.file);
    let Some(name) = block.class().bases.first().and_then(|&base| facts.last_segment(base)) else {
        return;
    };
    let methods: Vec<Body<'p>> = block.methods().filter(|method| takes_request(*method)).collect();
    // tonic's own traits are for interceptors.
    let is_own = block.base_paths().any(|path| path.starts_with("tonic."));
    if methods.is_empty() || is_own {
        return;
    }
    let server = format!("{name}Server");
    let served: Vec<Call<'p>> = project
        .calls()
        .filter(|call| rust::is_read(call.source_file()) && !rust::is_test(call.function()))
        .filter(|call| makes_server(*call, &server) && is_given(*call, block))
        .collect();
    let chain = served.first().map(|call| intercepted(*call)).unwrap_or_default();
    let service = Service {
        name: name.into(),
        framework: "tonic",
        class: block,
        chain,
        stream_chain: None,
        mount: if served.is_empty() { Mount::Partial } else { Mount::Resolved },
        root: served.first().map_or_else(|| block.location(), |call| call.location()),
    };
    service.drafts(methods.into_iter(), drafts);
}

/// `request: tonic::Request<Asked>`, beside the receiver.
fn takes_request(method: Body<'_>) -> bool {
    let parameters = &method.function().parameters;
    let has_receiver = parameters.iter().any(|one| one.kind == ParameterKind::Receiver);
    let request = method.function().plain_parameters().next();
    let annotation = request.and_then(|request| request.annotation);
    has_receiver
        && annotation.is_some_and(|id| {
            let annotation = method.project.value(In { file: method.at.file, id });
            let ExpressionKind::Index { object, .. } = annotation.kind() else { return false };
            matches!(&*annotation.sibling(*object).path(), "tonic.Request" | "tonic.Request()")
        })
}

/// `GreeterServer::new(…)`, `GreeterServer::with_interceptor(…)`.
fn makes_server(call: Call<'_>, server: &str) -> bool {
    let made_of =
        call.receiver().map(|receiver| receiver.source().rsplit("::").next() == Some(server));
    matches!(call.name(), "new" | "with_interceptor" | "from_arc") && made_of == Some(true)
}

/// Is what a server is made of this type? Where that is not known, the folder tells.
fn is_given(call: Call<'_>, block: Type<'_>) -> bool {
    let given = call.argument(0).map(bound);
    // `NoteService::default()`, which is derived.
    let made_of = |value: Value<'_>| match value.as_call()?.receiver()?.resolve() {
        Definition::Class(class) => Some(class),
        _ => None,
    };
    match given.and_then(|value| class_of(value).or_else(|| made_of(value))) {
        Some(class) => call.project.type_of(class) == block.project.type_of(block.at),
        None => call.source_file().folder() == block.project.file(block.at.file).folder(),
    }
}

/// What stands before a service: its own interceptor, what wraps it, and the layers of the server.
fn intercepted(made: Call<'_>) -> Vec<Candidate> {
    let mut chain = Vec::new();
    let builds = made.function();
    for call in builds.calls_within() {
        match call.name() {
            "client_ca_root" => chain.push(certificate(call)),
            "layer" if call.callee_value().path().contains("Server.builder()") => {
                let layer = call.argument(0).map(bound);
                let by = layer.and_then(Value::as_call).filter(|layer| {
                    matches!(layer.name(), "interceptor" | "interceptor_fn" | "async_interceptor")
                });
                let interceptor = by.and_then(|by| by.argument(0)).or(layer);
                chain.extend(interceptor.map(|value| interceptor_candidate(value, Scope::Global)));
            }
            _ => {}
        }
    }
    let own = (made.name() == "with_interceptor").then(|| made.argument(1)).flatten();
    let around = made.enclosing_calls().find(|outer| {
        outer.receiver().is_some_and(|receiver| receiver.source().ends_with("InterceptedService"))
    });
    let around = around.and_then(|outer| outer.argument(1));
    chain.extend(own.or(around).map(|value| interceptor_candidate(value, Scope::Route)));
    chain
}

/// What a name was bound to where it stands.
fn bound(value: Value<'_>) -> Value<'_> {
    match value.project.binding(value.at) {
        Some((scope, Declaration::Bound { value: Some(id), .. })) => {
            value.project.value(In { file: scope.file, id: *id })
        }
        _ => value,
    }
}

fn interceptor_candidate(value: Value<'_>, scope: Scope) -> Candidate {
    let candidate = rust::candidate(value, scope, Mode::Dependency);
    // A type of this project that is one decides in its `call`.
    let class = match bound(value).resolve() {
        Definition::Instance(class) | Definition::Class(class) => Some(class),
        _ => None,
    };
    let call = class.and_then(|class| value.project.class(class).method("call"));
    match call {
        Some(method) => {
            Candidate { what: What::Definition(Definition::Function(method.at)), ..candidate }
        }
        None if value.as_function().is_none()
            && matches!(value.resolve(), Definition::Parameter(..)) =>
        {
            let why = format!("the interceptor `{}` is handed in", candidate.name);
            Candidate { what: What::Unreadable(why), ..candidate }
        }
        None => candidate,
    }
}

/// Only those come in who show a certificate.
fn certificate(call: Call<'_>) -> Candidate {
    Candidate {
        what: What::Assessed(Assessment {
            grade: Some(Grade::G3),
            why: "callers have to show a certificate".to_owned(),
            decided_at: Some(call.location()),
            role: false,
            weakness: None,
        }),
        name: call.name().into(),
        location: call.location(),
        scope: Scope::Global,
        mode: Mode::Dependency,
    }
}

/// Go: `pb.RegisterGreeterServer(server, &greeter{})`.
fn registered(call: Call<'_>, drafts: &mut Vec<Draft>) {
    let name = call.name().strip_prefix("Register").and_then(|name| name.strip_suffix("Server"));
    let Some(name) = name.filter(|name| !name.is_empty() && call.callee().is_none_or(is_generated))
    else {
        return;
    };
    let (Some(server), Some(given)) = (call.argument(0), call.argument(1)) else { return };
    let Some(class) = class_of(given) else { return };
    let class = call.project.class(class);
    let (chain, mount) = if let Some(made) = made_by(server) {
        ([options(made, "Unary"), options(made, "Stream")], Mount::Resolved)
    } else {
        let why = format!("`{}` is made where it cannot be followed", server.source());
        ([Vec::new(), Vec::new()], Mount::Dynamic(why))
    };
    let [chain, of_streams] = chain;
    let root = call.location();
    let service = Service {
        name: name.into(),
        framework: "grpc-go",
        class,
        chain,
        stream_chain: Some(of_streams),
        mount,
        root,
    };
    service.drafts(remote_methods(service.class), drafts);
}

fn is_generated(body: Body<'_>) -> bool {
    let file = body.project.file(body.at.file);
    file.role == Role::Generated || file.name().ends_with(".pb.go")
}

fn class_of(value: Value<'_>) -> Option<ClassRef> {
    match value.project.resolve_value(value.at) {
        Definition::Instance(class) | Definition::Class(class) => Some(class),
        _ => match value.project.origin(value.at) {
            // `NewGreeter(store)`: what the function says it returns.
            Origin::Created(made) => {
                let body = value.project.call(made)?.callee()?;
                let returns = body.function().returns?;
                match value.project.instance_of(In { file: body.at.file, id: returns }) {
                    Definition::Instance(class) => Some(class),
                    _ => None,
                }
            }
            _ => None,
        },
    }
}

/// `grpc.NewServer(…)`, wherever the server was made.
fn made_by(server: Value<'_>) -> Option<Call<'_>> {
    let project = server.project;
    let mut pending = vec![server];
    let mut seen = BTreeSet::new();
    while let Some(value) = pending.pop() {
        if !seen.insert(value.at) || seen.len() > 16 {
            continue;
        }
        match project.origin(value.at) {
            Origin::Created(made) => {
                let call = project.call(made)?;
                if call.path().ends_with("google.golang.org/grpc.NewServer") {
                    return Some(call);
                }
                pending.extend(call.callee().into_iter().flat_map(Body::returned));
            }
            Origin::Parameter(function, position) => {
                let callers = project.callers(function);
                pending.extend(callers.filter_map(|caller| caller.argument(position as usize)));
            }
            Origin::Unknown => {}
        }
    }
    None
}

/// The interceptors of a kind among the options of a server.
fn options(made: Call<'_>, kind: &str) -> Vec<Candidate> {
    let mut chain = Vec::new();
    for argument in made.arguments() {
        let value = made.value().sibling(argument.value).unwrapped();
        let items = if argument.spread { value.items() } else { Some(vec![value]) };
        match items {
            Some(items) => items.into_iter().for_each(|item| option(item, kind, &mut chain)),
            None => chain.push(Candidate {
                what: What::Unreadable(
                    "the options of the server are put together elsewhere".into(),
                ),
                name: value.source().into(),
                location: value.location(),
                scope: Scope::Global,
                mode: Mode::Middleware,
            }),
        }
    }
    let inside = made.function().calls_within();
    let verifies = |call: &Call<'_>| {
        call.named("ClientAuth")
            .is_some_and(|value| value.source().ends_with("RequireAndVerifyClientCert"))
    };
    chain.extend(inside.filter(verifies).map(certificate));
    chain
}

fn option(value: Value<'_>, kind: &str, chain: &mut Vec<Candidate>) {
    let Some(call) = bound(value.unwrapped()).as_call() else { return };
    let named = call.name().trim_start_matches("Chain");
    let is_interceptor = named.strip_prefix(kind) == Some("Interceptor");
    for interceptor in call.positional().filter(|_| is_interceptor) {
        // `auth.UnaryServerInterceptor(check)`: what it is given decides.
        let inner = interceptor.as_call().filter(|inner| {
            matches!(inner.name(), "UnaryServerInterceptor" | "StreamServerInterceptor")
                && inner.path().contains("auth")
        });
        let given = inner.and_then(|inner| inner.argument(0));
        let (value, mode) = match given {
            Some(given) => (given, Mode::Dependency),
            None => (interceptor, Mode::Middleware),
        };
        chain.push(Candidate {
            what: What::Expression(value.at),
            name: value.source().lines().next().unwrap_or_default().into(),
            location: value.location(),
            scope: Scope::Global,
            mode,
        });
    }
}

/// The methods of a service: exported, and given a context or a stream.
fn remote_methods(class: Type<'_>) -> impl Iterator<Item = Body<'_>> {
    let project = class.project;
    let blocks = project.implementations(class.at).iter().map(|&block| project.class(block));
    let methods = std::iter::once(class).chain(blocks).flat_map(Type::methods);
    methods.filter(|method| {
        let taken = taken_types(*method);
        let is_unary = taken.len() == 2 && taken[0].ends_with("context.Context");
        let is_exported = method.function().name.starts_with(char::is_uppercase);
        is_exported && (is_unary || takes_stream(*method))
    })
}

fn taken_types(method: Body<'_>) -> Vec<&str> {
    let annotations = method.function().plain_parameters().filter_map(|one| one.annotation);
    annotations.map(|id| method.project.value(In { file: method.at.file, id }).source()).collect()
}

/// Go: is the last of what a method is given the stream that it answers on?
fn takes_stream(method: Body<'_>) -> bool {
    taken_types(method)
        .last()
        .is_some_and(|last| last.ends_with("Server") || last.contains("StreamingServer["))
}
