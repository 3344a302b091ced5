//! gRPC services of Go: types that implement a generated interface, and the interceptors of their servers.

use std::collections::BTreeSet;

use super::{
    super::{Candidate, Draft, Mount, Scope, What},
    Service, bound, certificate, class_of,
    listed::{Listed, listed_arguments, unseen},
    methods_asked, taken_types, takes_stream,
};
use crate::{
    facts::Role,
    project::{Body, Call, Origin, Value, guards::Mode},
};

/// Go: `pb.RegisterGreeterServer(server, &greeter{})`.
pub(super) fn routes(call: Call<'_>, drafts: &mut Vec<Draft>) {
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
    let methods = methods_asked(class, call.callee(), 1).into_iter().filter(|method| {
        let taken = taken_types(*method);
        taken.len() == 2 && taken[0].ends_with("context.Context") || takes_stream(*method)
    });
    let service = Service {
        name: name.into(),
        framework: "grpc-go",
        methods: methods.collect(),
        chain,
        stream_chain: Some(of_streams),
        mount,
        root,
    };
    service.drafts(drafts);
}

fn is_generated(body: Body<'_>) -> bool {
    let file = body.project.file(body.at.file);
    file.role == Role::Generated || file.name().ends_with(".pb.go")
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
    for given in listed_arguments(made, 0) {
        match given {
            Listed::Value(value) => option(value, kind, &mut chain),
            Listed::Unseen(value) => chain.push(unseen(value)),
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
    if !is_interceptor {
        return;
    }
    for given in listed_arguments(call, 0) {
        let interceptor = match given {
            Listed::Value(value) => value,
            Listed::Unseen(value) => {
                chain.push(unseen(value));
                continue;
            }
        };
        let chosen = chosen(interceptor);
        // `auth.UnaryServerInterceptor(check)`: what it is given decides.
        let given = made(chosen, "auth").and_then(|inner| inner.argument(0));
        let (value, mode) = match given {
            Some(given) => (given, Mode::Dependency),
            None => (chosen, Mode::Middleware),
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

/// `selector.UnaryServerInterceptor(inner, match)`: the interceptor that stands before some methods.
fn chosen(interceptor: Value<'_>) -> Value<'_> {
    made(interceptor, "selector").and_then(|made| made.argument(0)).unwrap_or(interceptor)
}

/// The call of a package of this name that made an interceptor.
fn made<'p>(interceptor: Value<'p>, package: &str) -> Option<Call<'p>> {
    interceptor.as_call().filter(|call| {
        matches!(call.name(), "UnaryServerInterceptor" | "StreamServerInterceptor")
            && call.path().contains(package)
    })
}
