//! The server that a service is added to, and what that puts before it.

use super::super::{
    super::{Candidate, Mount, Scope, What, rust},
    bound, certificate,
};
use crate::project::{Body, Call, Declaration, Definition, ExpressionRef, In, Value, guards::Mode};

/// How many variables and functions a server is followed through.
const HOPS_MAX: usize = 12;

/// Where a service is served.
pub(super) struct Served {
    /// Outermost first.
    pub(super) chain: Vec<Candidate>,
    pub(super) mount: Mount,
}

/// What stands before the service that a call makes a server of: the layers of the server it is added to, and its
/// own interceptor.
pub(super) fn served(made: Call<'_>) -> Served {
    let mut server = Server::default();
    match adding(made) {
        Some(adds) => server.follow(adds.receiver(), 0),
        // Handed to something else, such as another way to serve.
        None => made.function().calls_within().for_each(|call| server.layer(call)),
    }
    let own = (made.name() == "with_interceptor").then(|| made.argument(1)).flatten();
    let around = made.enclosing_calls().find(|outer| {
        outer.receiver().is_some_and(|receiver| receiver.source().ends_with("InterceptedService"))
    });
    let around = around.and_then(|outer| outer.argument(1));
    server.chain.extend(own.or(around).map(|value| interceptor(value, Scope::Route)));
    let mount = server.unclear.map_or(Mount::Resolved, Mount::Dynamic);
    Served { chain: server.chain, mount }
}

/// The call that adds to a server what another call made, there or by the name that it was bound to.
fn adding(made: Call<'_>) -> Option<Call<'_>> {
    let adds =
        |call: &Call<'_>| call.name() == "add_service" || call.name() == "add_optional_service";
    let around = made.enclosing_calls().find(adds);
    around.or_else(|| {
        let is_made = |at: ExpressionRef| {
            at.file == made.file
                && made.project.value(at).location().span.contains(made.location().span)
        };
        made.function().calls_within().filter(adds).find(|call| {
            let given = call.argument(0);
            given.and_then(|given| call.project.bound(given.at)).is_some_and(is_made)
        })
    })
}

#[derive(Default)]
struct Server {
    chain: Vec<Candidate>,
    /// Why it is not known what stands before it.
    unclear: Option<String>,
}

impl Server {
    /// Reads the chain of calls that makes a server from its end: what was called last comes last.
    fn follow(&mut self, server: Option<Value<'_>>, hops: usize) {
        let Some(server) = server.map(Value::unwrapped).filter(|_| hops < HOPS_MAX) else { return };
        let project = server.project;
        if let Some(call) = server.as_call() {
            match (call.receiver(), call.callee()) {
                (_, Some(body)) => {
                    body.returned().take(1).for_each(|value| self.follow(Some(value), hops + 1));
                }
                (Some(receiver), None) => self.follow(Some(receiver), hops + 1),
                (None, None) => {}
            }
            return self.layer(call);
        }
        match project.binding(server.at) {
            Some((scope, Declaration::Bound { value: Some(value), .. })) => {
                let value = project.value(In { file: scope.file, id: *value });
                match routed(server) {
                    Some(adds) => self.follow(adds.receiver(), hops + 1),
                    None => self.follow(Some(value), hops + 1),
                }
            }
            Some((scope, Declaration::Parameter(number, _))) => {
                let body = project.body(scope);
                if let Some(given) = given(body, *number) {
                    self.follow(Some(given), hops + 1);
                } else {
                    let name = body.display_name();
                    self.unclear = Some(format!("which server `{name}` adds to is not known here"));
                }
            }
            _ => {}
        }
    }

    fn layer(&mut self, call: Call<'_>) {
        match call.name() {
            "tls_config" => {
                let mut within = call.function().calls_within();
                self.chain
                    .extend(within.find(|call| call.name() == "client_ca_root").map(certificate));
            }
            "layer" if call.callee_value().path().contains("Server.builder()") => {
                let layers = call.argument(0).map(layers).unwrap_or_default();
                self.chain.extend(layers.into_iter().map(candidate));
            }
            _ => {}
        }
    }
}

/// `server.add_routes(builder.routes())`, for the builder that a service is added to.
fn routed(builder: Value<'_>) -> Option<Call<'_>> {
    let mut calls = builder.function().calls_within().filter(|call| call.name() == "add_routes");
    calls.find(|call| {
        let given = call.argument(0).and_then(Value::as_call).and_then(Call::receiver);
        given.is_some_and(|given| {
            given.source() == builder.source() && builder.project.bound(given.at).is_some()
        })
    })
}

/// What the one caller of a function gives it.
fn given(body: Body<'_>, number: usize) -> Option<Value<'_>> {
    let receivers = body.function().parameters.len() - body.function().plain_parameters().count();
    let call = body.project.callers(body.at).next()?;
    call.argument(number.checked_sub(receivers)?)
}

/// The layers in `ServiceBuilder::new().layer(a).layer(b).into_inner()`, or the one that is given.
fn layers(value: Value<'_>) -> Vec<Value<'_>> {
    let value = bound(value);
    let call = value.as_call().filter(|call| call.callee_value().path().contains("ServiceBuilder"));
    let Some(call) = call else { return vec![value] };
    let mut found =
        call.receiver().filter(|before| before.as_call().is_some()).map(layers).unwrap_or_default();
    found.extend(
        call.argument(0).filter(|_| call.name() == "layer").map(layers).unwrap_or_default(),
    );
    found
}

/// A layer of a server: an interceptor, or one whose service decides.
fn candidate(layer: Value<'_>) -> Candidate {
    let by = layer.as_call().filter(|call| {
        let path = call.path();
        matches!(call.name(), "interceptor" | "interceptor_fn" | "async_interceptor")
            || path.ends_with("InterceptorLayer.new")
    });
    if let Some(asked) = by.and_then(|by| by.argument(0)) {
        return interceptor(asked, Scope::Global);
    }
    let plain = rust::candidate(layer, Scope::Global, Mode::Dependency);
    match rust::layered(layer) {
        Some(service) => Candidate {
            what: What::Definition(Definition::Function(service.at)),
            mode: Mode::Middleware,
            ..plain
        },
        None => plain,
    }
}

fn interceptor(value: Value<'_>, scope: Scope) -> Candidate {
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
