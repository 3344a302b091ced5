//! tonic: services that implement a generated trait, and the interceptors of their servers.

use super::{
    super::{Draft, Mount, rust},
    Service, bound, class_of,
};
use crate::{
    facts::{ExpressionKind, ParameterKind},
    project::{Body, Call, Definition, In, Type, Value},
};

mod serving;

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
    let made = project
        .calls()
        .filter(|call| rust::is_read(call.source_file()) && !rust::is_test(call.function()))
        .find(|call| makes_server(*call, &server) && is_given(*call, block));
    let served = made.map(serving::served);
    let service = Service {
        name: name.into(),
        framework: "tonic",
        methods,
        chain: served.as_ref().map(|served| served.chain.clone()).unwrap_or_default(),
        stream_chain: None,
        root: made.map_or_else(|| block.location(), Call::location),
        mount: served.map_or(Mount::Partial, |served| served.mount),
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
