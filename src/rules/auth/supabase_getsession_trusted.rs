use super::common::{chained, is_server, last_name, with_bindings};
use crate::{
    facts::{ExpressionKind, Runtime, StatementKind},
    gap::Severity,
    project::{Call, Project},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in project.calls().filter(|call| is_session_read(*call)) {
        let place = call.location();
        let function = call.function();
        let verifies = function
            .calls_within()
            .any(|other| matches!(other.name(), "getUser" | "getClaims" | "jwtVerify" | "verify"));
        if verifies {
            sites.holds(place, "session of the cookie", "the user is asked for as well");
        } else if decides(call) {
            let message = "`getSession` believes the cookie; nobody has checked that it is genuine";
            let privileged = function.calls_within().any(super::common::is_privileged);
            let severity = if privileged { Severity::High } else { Severity::Medium };
            sites.gap(place, "session of the cookie", message).severity(severity);
        }
    }
}

/// `client.auth.getSession()`, where it does not run in a browser.
fn is_session_read(call: Call<'_>) -> bool {
    let on_auth = call.receiver().and_then(last_name) == Some("auth");
    let file = call.source_file();
    let runs_on_server = is_server(call.project, call.file)
        && (matches!(file.runtime, Runtime::Server | Runtime::Edge) || imports_server_client(call));
    call.name() == "getSession" && on_auth && runs_on_server
}

fn imports_server_client(call: Call<'_>) -> bool {
    let facts = call.project.facts(call.file);
    facts.imports.iter().any(|import| {
        import.module.contains("server")
            || import.module.ends_with("ssr")
            || import.local.contains("Server")
    }) && !facts.directives.iter().any(|directive| directive == "use client")
}

/// The session's user, or that there is one, decides what follows; handing the token on does not.
fn decides(call: Call<'_>) -> bool {
    let body = call.function();
    let unit = body.unit();
    let is_of_session = |id| {
        let value = call.value().sibling(id);
        with_bindings(value).into_iter().any(|part| part.at == call.at())
    };
    let tested = body.statements().iter().any(|&statement| match &unit.facts[statement].kind {
        StatementKind::If { test, .. } => is_of_session(*test),
        _ => false,
    });
    let reads_user = unit.facts.expressions().any(|(_, expression)| {
        body.function().span.contains(expression.span)
            && matches!(&expression.kind, ExpressionKind::Member { object, name } if name == "user" && unit.facts.last_segment(*object).is_some_and(|name| name == "session"))
    });
    (tested || reads_user) && chained(call).is_empty()
}
