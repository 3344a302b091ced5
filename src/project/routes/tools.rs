//! Tools that are offered to models over the Model Context Protocol, and who may call them: whoever started the
//! server as a process of its own, or whoever reaches it over the network.

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    registered::{self, Registered},
};
use crate::{
    facts::{Role, Text, vocabulary::Meaning},
    project::{
        Call, Definition, ExpressionRef, FunctionRef, Location, Origin, Project, Value,
        guards::{Assessment, Grade, Mode},
        views::Setting,
    },
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let tools = registered::all(project, Meaning::OfferTool);
    if tools.is_empty() {
        return;
    }
    let carriers = carriers(project, drafts);
    drafts.extend(tools.into_iter().map(|tool| draft(project, tool, &carriers)));
}

fn draft(project: &Project, tool: Registered<'_>, carriers: &[Carrier]) -> Draft {
    let own = tool.receiver.and_then(|server| match project.origin(server.at) {
        Origin::Created(made) => Some(made),
        _ => None,
    });
    let of_server = carriers.iter().filter(|carrier| own.is_some() && carrier.server == own);
    let package = project.package_folder(tool.location.file);
    let of_package = carriers.iter().filter(|carrier| carrier.package == package);
    // The weakest counts: whoever comes in by one of them may call the tool.
    let rank = |carrier: &&Carrier| (carrier.is_process, carrier.chain.len());
    let carrier = of_server.min_by_key(rank).or_else(|| of_package.min_by_key(rank));
    let chain = match carrier {
        Some(carrier) => carrier.chain.clone(),
        None => vec![unreadable("what carries calls to it was not found", tool.location)],
    };
    Draft {
        kind: RouteKind::Tool,
        method: Text::default(),
        path: tool.name,
        framework: "mcp",
        location: tool.location,
        handler: tool.handler,
        chain,
        mount: Mount::Resolved,
        root: None,
    }
}

/// What carries calls to the tools of a server.
struct Carrier {
    /// Where the server was made, if it is known.
    server: Option<ExpressionRef>,
    package: Text,
    is_process: bool,
    chain: Vec<Candidate>,
}

fn carriers(project: &Project, drafts: &[Draft]) -> Vec<Carrier> {
    let calls = project
        .calls_with(Meaning::ServeTools)
        .filter(|call| !matches!(call.source_file().role, Role::Test | Role::Vendored));
    calls.map(|call| carrier(project, call, drafts)).collect()
}

fn carrier(project: &Project, call: Call<'_>, drafts: &[Draft]) -> Carrier {
    let made = call.receiver().and_then(|server| match project.origin(server.at) {
        Origin::Created(made) => Some(made),
        _ => None,
    });
    let server = made.and_then(|made| project.call(made));
    let at = call.location();
    let over = over(call);
    let chain = match over {
        Some("process") => vec![refuses("its client starts it as a process of its own", at)],
        Some("http") => listening(call, server),
        Some("handler") => handled(project, call, drafts),
        Some(_) if asks(server) => vec![verifies(at)],
        Some(_) => vec![unreadable("what it is mounted in was not found", at)],
        None => vec![unreadable("what carries calls to it is chosen when it starts", at)],
    };
    Carrier {
        server: made,
        package: project.package_folder(call.file).into(),
        is_process: over == Some("process"),
        chain,
    }
}

/// `process`, `http`, `handler` or `mounted`; nothing where it is not written.
fn over(call: Call<'_>) -> Option<&'static str> {
    let known = ["process", "http", "handler", "mounted"];
    if let Some(over) = call.detail(Meaning::ServeTools, "over") {
        return known.into_iter().find(|name| *name == over);
    }
    let choice = call.detail(Meaning::ServeTools, "choice")?;
    let chosen = call.option(choice).given().or_else(|| call.argument(0));
    match (chosen.map(|value| value.constant().text()), call.option(choice)) {
        (Some(Some("stdio")), _) | (None, Setting::Absent) => Some("process"),
        (Some(Some(_)), _) => Some("http"),
        _ => None,
    }
}

/// A server of its own: who may call is decided by what it verifies, and by where it listens.
fn listening(call: Call<'_>, server: Option<Call<'_>>) -> Vec<Candidate> {
    let at = call.location();
    if asks(server) {
        return vec![verifies(at)];
    }
    let detail = |key| server.and_then(|server| server.detail(Meaning::ToolServer, key));
    let given = detail("address").and_then(|name| {
        call.option(name).given().or_else(|| server.and_then(|server| server.option(name).given()))
    });
    let given = given.or_else(|| call.argument(0).filter(|_| server.is_none()));
    let address = match given {
        Some(value) => match value.constant().text() {
            Some(text) => text,
            None => return vec![unreadable("where it listens is chosen when it starts", at)],
        },
        None => detail("listens").unwrap_or_default(),
    };
    let is_local = ["127.0.0.1", "localhost", "::1", "[::1]"]
        .into_iter()
        .any(|local| address.starts_with(local));
    if is_local { vec![refuses("only this machine reaches it", at)] } else { Vec::new() }
}

/// Does the server verify the tokens of its callers?
fn asks(server: Option<Call<'_>>) -> bool {
    let options = server.and_then(|server| server.detail(Meaning::ToolServer, "asks"));
    let given = |name| server.and_then(|server| server.option(name).given());
    options.is_some_and(|options| {
        options.split(',').filter_map(given).any(|value: Value<'_>| !value.is_null())
    })
}

/// What is made while a request is answered is as open as what answers it.
fn handled(project: &Project, call: Call<'_>, drafts: &[Draft]) -> Vec<Candidate> {
    let handler = |draft: &&Draft| handler_of(project, &draft.handler);
    let around = drafts.iter().filter(|draft| draft.kind != RouteKind::Job).find(|draft| {
        let encloses = |function: FunctionRef| {
            let span = project.body(function).function().span;
            function.file == call.file && span.contains(call.location().span)
        };
        handler(draft).is_some_and(encloses) || is_made_by(project, &draft.handler, call)
    });
    let Some(draft) = around else {
        return vec![unreadable("what hands it requests was not found", call.location())];
    };
    let mut chain = draft.chain.clone();
    chain.extend(handler(&draft).map(|function| {
        let body = project.body(function);
        Candidate {
            what: What::Definition(Definition::Function(function)),
            name: body.name(),
            location: body.location(),
            scope: Scope::Router,
            mode: Mode::Handler,
        }
    }));
    chain
}

fn handler_of(project: &Project, handler: &Handler) -> Option<FunctionRef> {
    match handler {
        Handler::Function(function) => Some(*function),
        Handler::Expression(at) => project.value(*at).as_function().map(|body| body.at),
    }
}

fn is_made_by(project: &Project, handler: &Handler, call: Call<'_>) -> bool {
    let Handler::Expression(at) = handler else { return false };
    *at == call.at() || project.origin(*at) == Origin::Created(call.at())
}

fn verifies(at: Location) -> Candidate {
    refuses("it verifies the tokens of its callers", at)
}

fn refuses(why: &str, location: Location) -> Candidate {
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: why.to_owned(),
        decided_at: Some(location),
        role: false,
        weakness: None,
    };
    candidate(What::Assessed(assessment), location)
}

fn unreadable(why: &str, location: Location) -> Candidate {
    candidate(What::Unreadable(why.to_owned()), location)
}

fn candidate(what: What, location: Location) -> Candidate {
    Candidate {
        what,
        name: "server".into(),
        location,
        scope: Scope::Global,
        mode: Mode::Dependency,
    }
}
