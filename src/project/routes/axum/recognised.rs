//! Which expressions are routers.

use super::{super::rust::is_of_library, HOPS_MAX};
use crate::project::{Body, Call, Declaration, In, Value};

/// Is this how an empty router comes to be?
pub(super) fn creates_router(path: &str) -> bool {
    matches!(
        path,
        "axum.Router.new"
            | "axum.Router.default"
            | "axum.Router.with_state"
            | "axum.routing.Router.new"
            | "axum.routing.Router.default"
            | "Router.new"
            | "axum::Router.new"
            | "utoipa_axum.router.OpenApiRouter.new"
            | "utoipa_axum.router.OpenApiRouter.with_openapi"
            | "utoipa_axum.router.OpenApiRouter.default"
            | "aide.axum.ApiRouter.new"
            | "axum_extra.routing.Router.new"
    )
}

pub(super) fn is_router_type(path: &str) -> bool {
    matches!(
        path,
        "axum.Router()"
            | "axum.routing.Router()"
            | "utoipa_axum.router.OpenApiRouter()"
            | "aide.axum.ApiRouter()"
    )
}

/// Is this a chain of calls that starts at a router?
pub(super) fn is_router(value: Value<'_>, hops: usize) -> bool {
    let mut value = value.unwrapped();
    while let Some(call) = value.as_call() {
        if creates_router(call.path()) {
            return true;
        }
        if call.callee().is_some_and(returns_router) {
            return true;
        }
        match call.receiver() {
            Some(receiver) => value = receiver.unwrapped(),
            None => return false,
        }
    }
    let Some((scope, declaration)) = value.project.binding(value.at) else { return false };
    match declaration {
        Declaration::Bound { value: Some(bound), .. } if hops < HOPS_MAX => {
            is_router(value.project.value(In { file: scope.file, id: *bound }), hops + 1)
        }
        Declaration::Parameter(..) => is_router_type(&value.path()),
        _ => false,
    }
}

fn returns_router(body: Body<'_>) -> bool {
    body.function().returns.is_some_and(|returns| {
        let definition = body.project.instance_of(In { file: body.at.file, id: returns });
        is_router_type(&body.project.path_of(&definition))
    })
}

/// Is the call a link of a longer chain?
pub(super) fn is_inside_chain(call: Call<'_>) -> bool {
    call.enclosing_calls().any(|outer| {
        let mut receiver = outer.receiver();
        while let Some(link) = receiver {
            if link.unwrapped().at == call.value().at {
                return true;
            }
            receiver = link.as_call().and_then(Call::receiver);
        }
        false
    })
}

/// Does something serve this router, or hand it to somebody who does?
pub(super) fn is_served(top: Value<'_>) -> bool {
    let function = top.function();
    let returned =
        function.returned().any(|value| value.location().span.contains(top.location().span));
    !returned || top.project.callers(function.at).next().is_some()
}

/// Is this something whose routes are not written where it is mounted: handed in, or chosen when the program runs?
pub(super) fn is_unclear(value: Value<'_>) -> bool {
    let value = value.unwrapped();
    let Some(call) = value.as_call() else {
        return match value.project.binding(value.at) {
            Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
                is_unclear(value.project.value(In { file: scope.file, id: *bound }))
            }
            _ => true,
        };
    };
    call.callee().is_none() && !is_of_library(value)
}
