use super::{
    common::{EFFECTS, READS, is_server, reaches_any},
    open_routes::is_answered,
};
use crate::{
    facts::{Text, vocabulary::Meaning},
    gap::Severity,
    project::{Body, Call, FunctionRef, Project, Route, Value, routes::RouteKind},
    rules::Sites,
};

/// What a connection lets its client do.
enum Served<'p> {
    Changes(Call<'p>),
    Reads(Call<'p>),
    /// Reach others, or hear what is meant for others.
    Relays(Call<'p>),
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let connections = project.routes().iter().filter(|route| route.kind == RouteKind::WebSocket);
    for route in connections.filter(|route| is_server(project, route.location.file)) {
        let Some(handler) = route.handler.filter(|_| route.public.is_none()) else { continue };
        let Some(served) = served(project, handler) else { continue };
        let subject = format!("connection {}", route.path);
        if is_answered(sites, route, &subject) {
            continue;
        }
        if asks_later(project, handler) {
            let why = "who is calling is asked in a message, and what comes before it is not known";
            sites.unknown(route.location, subject, why);
        } else {
            gap(sites, route, subject, &served);
        }
    }
}

fn gap(sites: &mut Sites, route: &Route, subject: String, served: &Served<'_>) {
    let (does, severity, call) = match served {
        Served::Changes(call) => ("change data", Severity::High, call),
        Served::Reads(call) => ("read stored data", Severity::Medium, call),
        Served::Relays(call) => ("speak to others, or hear them", Severity::Medium, call),
    };
    let message = format!("anybody can connect to `{}` and {does}", route.path);
    let mut site = sites.gap(route.location, subject, message).severity(severity);
    for guard in &route.guards {
        site = site.because(guard.location, &guard.assessment.why);
    }
    site.because(call.location(), "reached without a check of who is calling");
}

/// The strongest thing that the handler of a connection, or its listeners, do for a client.
fn served(project: &Project, handler: FunctionRef) -> Option<Served<'_>> {
    let body = project.body(handler);
    let bodies: Vec<Body<'_>> = std::iter::once(body).chain(listeners(body)).collect();
    let calls = || bodies.iter().flat_map(|body| body.calls_within());
    let reaches = |meanings: &[Meaning]| {
        calls().find(|call| {
            call.meanings().any(|meaning| meanings.contains(&meaning))
                || call.callee().is_some_and(|callee| reaches_any(project, callee.at, meanings))
        })
    };
    reaches(&EFFECTS)
        .map(Served::Changes)
        .or_else(|| reaches(&READS).map(Served::Reads))
        .or_else(|| calls().find(|call| relays(body, *call)).map(Served::Relays))
}

/// Functions that are given to the connection by name: `socket.on("message", save)`.
fn listeners(body: Body<'_>) -> impl Iterator<Item = Body<'_>> {
    let on = body.calls_within().filter(|call| matches!(call.name(), "on" | "once"));
    on.filter_map(|call| call.positional().last()?.as_function())
}

/// In a listener: `io.emit(…)`, `socket.broadcast.emit(…)`, `socket.join(room)`, `client.send(…)`.
fn relays(connection: Body<'_>, call: Call<'_>) -> bool {
    if call.function().at == connection.at {
        return false;
    }
    let parameters = &connection.function().parameters;
    let own = parameters.first().and_then(|parameter| parameter.name());
    let receiver = call.receiver().map(Value::source);
    let is_own = receiver.is_some() && receiver == own.map(Text::as_str);
    match call.name() {
        "join" => is_own,
        "emit" | "publish" | "send" => !is_own && receiver.is_some(),
        _ => false,
    }
}

/// Protocols that sign in by their first message look who is calling in a listener.
fn asks_later(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &[Meaning::VerifyCredential, Meaning::ReadIdentity])
}
