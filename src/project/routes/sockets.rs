//! WebSocket connections of socket.io and ws: what is done with a connection, and what stands before it.
//!
//! Before a connection of socket.io stands what its own namespace uses; before one of ws what is asked
//! when a client knocks: `verifyClient`, or the handler of `upgrade` that hands the connection on.

use super::{Candidate, Draft, Handler, Mount, RouteKind, Scope, What, script::is_loaded};
use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{
        Body, Call, Definition, ExpressionRef, FileId, FunctionRef, In, Origin, Project, Value,
        guards::Mode,
    },
};

mod knock;

use knock::knocked_at;

/// How many functions and names a server is followed through.
const HOPS_MAX: usize = 6;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let is_used = project.calls_with(Meaning::WebApplication).any(|call| framework(call).is_some());
    if !is_used {
        return;
    }
    let calls: Vec<(Call<'_>, Server)> = project
        .calls()
        .filter(|call| {
            let is_script = call.source_file().language.is_script();
            is_script && matches!(call.name(), "on" | "use" | "handleUpgrade")
        })
        .filter_map(|call| Some((call, server_of(project, call.receiver()?, HOPS_MAX)?)))
        .collect();
    for (call, server) in &calls {
        let event = call.argument(0).and_then(Value::text);
        if call.name() != "on" || !matches!(event, Some("connection" | "connect")) {
            continue;
        }
        let Some(handler) = call.argument(1).map(unbound) else { continue };
        let own = calls.iter().filter(|(_, other)| other.is(server)).map(|(call, _)| *call);
        let own: Vec<Call<'_>> = own.collect();
        let mut chain: Vec<Candidate> = own.iter().filter_map(|call| before(*call)).collect();
        chain.extend(verify_client(project, server));
        drafts.push(Draft {
            kind: RouteKind::WebSocket,
            method: "GET".into(),
            path: own
                .iter()
                .find_map(|call| knocked_at(*call))
                .unwrap_or_else(|| server.path.clone()),
            framework: server.framework,
            location: call.location(),
            handler: Handler::Expression(handler.at),
            chain,
            mount: server.supposed.clone().map_or(Mount::Resolved, Mount::Dynamic),
            root: None,
        });
    }
}

/// A server, or a namespace of one.
#[derive(Clone)]
struct Server {
    framework: &'static str,
    made: Made,
    path: Text,
    /// Why it may only be this server, if that is decided when the program runs.
    supposed: Option<String>,
}

impl Server {
    fn is(&self, other: &Self) -> bool {
        self.made == other.made && self.path == other.path
    }
}

/// What tells two servers apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    By(ExpressionRef),
    /// Kept in a field: one a file.
    In(FileId),
}

fn framework(call: Call<'_>) -> Option<&'static str> {
    match call.detail(Meaning::WebApplication, "framework")? {
        "socket.io" => Some("socket.io"),
        "ws" => Some("ws"),
        _ => None,
    }
}

/// The server or namespace that an expression is.
fn server_of(project: &Project, value: Value<'_>, hops: usize) -> Option<Server> {
    if hops == 0 {
        return None;
    }
    if let Some(call) = value.as_call() {
        return server_made_by(project, call, hops);
    }
    match project.origin(value.at) {
        Origin::Created(at) if at != value.at => {
            server_made_by(project, project.call(at)?, hops - 1)
        }
        Origin::Parameter(function, position) => {
            let position = position as usize;
            let mut callers = project.callers(function);
            callers
                .find_map(|call| server_of(project, call.argument(position)?, hops - 1))
                .or_else(|| handed_by_loader(project, function, position, hops - 1))
        }
        _ => {
            let path = value.path();
            if let Some(only) = only_server(project, value) {
                return Some(only);
            }
            let rows = project.vocabulary().rows_of(path.strip_suffix("()")?);
            let name = rows.iter().find_map(|(_, row)| {
                row.detail("framework").filter(|_| row.means.contains(&Meaning::WebApplication))
            });
            let framework = match name? {
                "socket.io" => "socket.io",
                "ws" => "ws",
                _ => return None,
            };
            Some(Server {
                framework,
                made: Made::In(value.at.file),
                path: "/".into(),
                supposed: None,
            })
        }
    }
}

/// What everybody calls `io`, where one server of socket.io is made: it is kept where it cannot be followed to.
fn only_server(project: &Project, value: Value<'_>) -> Option<Server> {
    let called = project.facts(value.at.file).last_segment(value.at.id)?;
    let makes =
        |call: &Call<'_>| framework(*call) == Some("socket.io") && call.source_file().is_shipped();
    let mut made = project.calls_with(Meaning::WebApplication).filter(makes);
    let (only, more) = (made.next().filter(|_| called == "io")?, made.next());
    more.is_none().then(|| Server {
        framework: "socket.io",
        made: Made::By(only.at()),
        path: "/".into(),
        supposed: None,
    })
}

/// The server that is handed to what is loaded by a computed name: `require(`./plugins/${name}`)(io)`.
fn handed_by_loader(
    project: &Project,
    function: FunctionRef,
    position: usize,
    hops: usize,
) -> Option<Server> {
    let path = &project.file(function.file).path;
    let loads = |call: &Call<'_>| {
        call.source_file().language.is_script()
            && call.file != function.file
            && path.starts_with(call.source_file().folder())
            && is_loaded(call.callee_value())
    };
    let mut loading = project.calls().filter(loads);
    loading.find_map(|call| {
        let server = server_of(project, call.argument(position)?, hops)?;
        let file = &call.source_file().path;
        let line = project.line(call.location());
        let why = format!("handed on by {file}:{line}, which loads files by a computed name");
        Some(Server { supposed: Some(why), ..server })
    })
}

fn server_made_by(project: &Project, call: Call<'_>, hops: usize) -> Option<Server> {
    if let Some(framework) = framework(call) {
        let path = call.option("path").given().filter(|_| framework == "ws");
        let path = path.and_then(Value::text).unwrap_or("/").into();
        return Some(Server { framework, made: Made::By(call.at()), path, supposed: None });
    }
    let server = server_of(project, call.receiver()?, hops - 1)?;
    match call.name() {
        "of" => Some(Server { path: call.argument(0)?.text().unwrap_or("/:?").into(), ..server }),
        "use" | "on" => Some(server),
        _ => None,
    }
}

/// `this.accept.bind(this)` is `this.accept`.
fn unbound(value: Value<'_>) -> Value<'_> {
    let call = value.as_call().filter(|call| call.name() == "bind");
    call.and_then(Call::receiver).unwrap_or(value)
}

/// What a call on the server puts before its connections.
fn before(call: Call<'_>) -> Option<Candidate> {
    let (what, name) = match call.name() {
        "use" => {
            let guard = unbound(call.argument(0)?);
            (What::Expression(guard.at), guard.source())
        }
        "handleUpgrade" => {
            let handler = upgrade_handler(call)?;
            (What::Definition(Definition::Function(handler.at)), "upgrade")
        }
        _ => return None,
    };
    Some(Candidate {
        what,
        name: name.lines().next().unwrap_or_default().into(),
        location: call.location(),
        scope: Scope::Router,
        mode: Mode::Middleware,
    })
}

/// The function that answers `upgrade`, in which the connection is handed on.
fn upgrade_handler(call: Call<'_>) -> Option<Body<'_>> {
    let project = call.project;
    let mut function = call.function();
    for _ in 0..HOPS_MAX {
        let unit = function.unit();
        let literal = unit.index.literal_of(function.at.id);
        let given_to = literal.and_then(|literal| {
            let parent = unit.index.expression(literal).parent?;
            project.call(In { file: function.at.file, id: parent })
        });
        let event = given_to.and_then(|call| call.argument(0)).and_then(Value::text);
        let parent = function.function().parent?;
        let parent = project.body(In { file: function.at.file, id: parent });
        if event == Some("upgrade") || parent.is_top_level() || function.class().is_some() {
            return Some(function);
        }
        function = parent;
    }
    None
}

/// `new WebSocketServer({ verifyClient })`.
fn verify_client(project: &Project, server: &Server) -> Option<Candidate> {
    let Made::By(made) = server.made else { return None };
    let guard = project.call(made)?.option("verifyClient").given()?;
    let parameters = guard.as_function().map_or(0, |body| body.function().parameters.len());
    Some(Candidate {
        what: What::Expression(guard.at),
        name: "verifyClient".into(),
        location: guard.location(),
        scope: Scope::Router,
        mode: if parameters > 1 { Mode::Verdict } else { Mode::Truth },
    })
}
