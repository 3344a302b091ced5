//! tonic: services that implement a generated trait, and the interceptors of their servers.

use super::{
    super::{Candidate, Draft, Mount, Scope, What, rust},
    Service, bound, certificate, class_of,
};
use crate::{
    facts::{ExpressionKind, ParameterKind},
    project::{Body, Call, Definition, In, Type, Value, guards::Mode},
};

/// tonic: `impl Greeter for MyGreeter`, made a server of by `GreeterServer`.
pub(super) fn routes<'p>(block: Type<'p>, drafts: &mut Vec<Draft>) {
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
        methods,
        chain,
        stream_chain: None,
        mount: if served.is_empty() { Mount::Partial } else { Mount::Resolved },
        root: served.first().map_or_else(|| block.location(), |call| call.location()),
    };
    service.drafts(drafts);
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
