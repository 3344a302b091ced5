//! Connect for Go: `mux.Handle(shopconnect.NewOrdersServiceHandler(&orders{}, connect.WithInterceptors(…)))`.
//!
//! What such a call makes is a path and a handler, mounted like any other; `routes/go` follows where to.

use super::{
    super::{Candidate, Draft, Mount, Scope, What},
    Service, bound, class_of,
    listed::{Listed, listed_arguments, unseen},
    methods_asked, taken_types, takes_stream,
};
use crate::{
    facts::{Role, Text},
    project::{Body, Call, ClassRef, Definition, Type, Value, guards::Mode},
};

/// The name of the service that a call makes a handler of, and the type that implements it.
fn made(call: Call<'_>) -> Option<(&str, ClassRef)> {
    let name = call.name().strip_prefix("New")?.strip_suffix("Handler")?;
    let is_generated = |callee: Body<'_>| {
        let file = callee.project.file(callee.at.file);
        file.role == Role::Generated || file.name().ends_with(".connect.go")
    };
    if name.is_empty() || !call.callee().is_none_or(is_generated) {
        return None;
    }
    let package = call.receiver()?.source();
    let class = class_of(call.argument(0)?)?;
    let mut methods = methods_asked(call.project.class(class), None, 0).into_iter();
    (package.ends_with("connect") || methods.any(takes_request)).then_some((name, class))
}

/// Is this a call that makes the path and the handler of a service?
pub(in super::super) fn makes_handler(call: Call<'_>) -> bool {
    made(call).is_some()
}

/// The ways into the service that a call makes the handler of, behind `before`.
pub(in super::super) fn routes(
    call: Call<'_>,
    before: &[Candidate],
    mount: Mount,
    drafts: &mut Vec<Draft>,
) {
    let Some((name, class)) = made(call) else { return };
    let class = call.project.class(class);
    let methods = methods_asked(class, call.callee(), 0).into_iter();
    let methods = methods.filter(|method| {
        takes_request(*method) || takes_stream(*method) || taken_types(*method).len() == 2
    });
    let chain = |wraps: &str| {
        let mut chain = before.to_vec();
        interceptors(call, wraps, &mut chain);
        chain
    };
    let service = Service {
        name: full_name(call, name),
        framework: "connect",
        methods: methods.filter(|method| takes_context(*method)).collect(),
        chain: chain("WrapUnary"),
        stream_chain: Some(chain("WrapStreamingHandler")),
        mount,
        root: call.location(),
    };
    service.drafts(drafts);
}

/// `shop.v1.OrdersService`, where the generated code is there to say so.
fn full_name(call: Call<'_>, name: &str) -> Text {
    let constant = call
        .callee()
        .map(|callee| call.project.resolve_export(callee.at.file, &format!("{name}Name")));
    let full = match constant {
        Some(Definition::Value(at)) => call.project.value(at).text(),
        _ => None,
    };
    full.unwrap_or(name).into()
}

fn takes_context(method: Body<'_>) -> bool {
    taken_types(method).first().is_some_and(|first| first.ends_with("context.Context"))
}

/// `req *connect.Request[shopv1.Order]`
fn takes_request(method: Body<'_>) -> bool {
    let is_request = |taken: &&str| taken.trim_start_matches('*').contains(".Request[");
    taken_types(method).iter().any(is_request)
}

/// What stands before methods of a kind among the options of a handler.
fn interceptors(call: Call<'_>, wraps: &str, chain: &mut Vec<Candidate>) {
    for given in listed_arguments(call, 1) {
        let option = match given {
            Listed::Value(value) => bound(value.unwrapped()).as_call(),
            Listed::Unseen(value) => {
                chain.push(unseen(value));
                continue;
            }
        };
        let Some(option) = option.filter(|option| option.name() == "WithInterceptors") else {
            continue;
        };
        chain.extend(listed_arguments(option, 0).into_iter().filter_map(|given| match given {
            Listed::Value(value) => interceptor(value, wraps),
            Listed::Unseen(value) => Some(unseen(value)),
        }));
    }
}

/// An interceptor: a type that wraps methods of each kind, or a function, which stands before those alone that
/// answer once.
fn interceptor(value: Value<'_>, wraps: &str) -> Option<Candidate> {
    let what = match class_of(value) {
        Some(class) => {
            let wrapping = Type::method(value.project.class(class), wraps)?;
            What::Definition(Definition::Function(wrapping.at))
        }
        None if wraps == "WrapUnary" => What::Expression(value.at),
        None => return None,
    };
    Some(Candidate {
        what,
        name: value.source().lines().next().unwrap_or_default().into(),
        location: value.location(),
        scope: Scope::Global,
        mode: Mode::Wrapper,
    })
}
