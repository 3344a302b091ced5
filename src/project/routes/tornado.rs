//! Tornado: tables of patterns and handler classes, `prepare`, and who the current user is.

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
    python::{
        ancestry, calls, created_path, decorators_from, expression_path, is_python, method,
        path_text,
    },
};
use crate::{
    facts::{ExpressionKind, StatementId, StatementKind, Text, vocabulary::Meaning},
    project::{
        Body, Call, Declaration, Definition, In, Location, Project, Type, Value,
        guards::{Assessment, Grade, Mode, Weakness},
    },
};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// How many names and functions deep a table is followed.
const DEPTH_MAX: usize = 6;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut reader = Reader { project, seen: Vec::new(), unclear: None, drafts };
    for call in calls(project) {
        if let Some(table) = table(call) {
            reader.table(table, call, 0);
        }
    }
    reader.loose();
}

fn is_application(path: &str) -> bool {
    matches!(path, "tornado.web.Application()" | "tornado.routing.RuleRouter()")
}

/// The table that a call gives an application.
fn table(call: Call<'_>) -> Option<Value<'_>> {
    let handlers = || call.named("handlers").or_else(|| call.named("rules"));
    match call.name() {
        // `super().__init__(handlers)` and `Application.__init__(self, handlers)` in an application's class.
        "__init__" => {
            let class = call.function().class()?;
            let is_ours = |path: &Text| is_application(&format!("{path}()"));
            ancestry(class).1.iter().find(|path| is_ours(path))?;
            let mut given = call.positional();
            let first = given.next();
            let is_self = first.is_some_and(|first| first.source() == "self");
            handlers().or(if is_self { given.next() } else { first })
        }
        "add_handlers" => {
            let made_by = call.receiver().map(super::python::library_path)?;
            let inside = || {
                call.function().class().is_some_and(|class| {
                    ancestry(class).1.iter().any(|path| is_application(&format!("{path}()")))
                })
            };
            (is_application(&made_by) || inside()).then(|| call.argument(1)).flatten()
        }
        _ if is_application(&created_path(call)) => handlers().or_else(|| call.argument(0)),
        _ => None,
    }
}

struct Reader<'p, 'd> {
    project: &'p Project,
    /// The handler classes of all tables.
    seen: Vec<Type<'p>>,
    /// Why some table could not be read.
    unclear: Option<String>,
    drafts: &'d mut Vec<Draft>,
}

impl<'p> Reader<'p, '_> {
    fn table(&mut self, table: Value<'p>, application: Call<'p>, depth: usize) {
        let root = application.location();
        if depth > DEPTH_MAX || table.is_null() {
            return;
        }
        let table = table.unwrapped();
        match table.kind() {
            ExpressionKind::List(items) => {
                for &item in items {
                    self.entry(table.sibling(item), application, depth);
                }
            }
            ExpressionKind::Operation { operands: parts, .. } | ExpressionKind::Concat(parts) => {
                for &operand in parts {
                    self.table(table.sibling(operand), application, depth + 1);
                }
            }
            ExpressionKind::Call { .. } => {
                let callee = table.as_call().and_then(Call::callee);
                let returned: Vec<Value<'p>> =
                    callee.into_iter().flat_map(Body::returned).collect();
                if returned.is_empty() {
                    self.cannot_read(root);
                }
                for value in returned {
                    self.table(value, application, depth + 1);
                }
            }
            ExpressionKind::Comprehension { .. } => self.cannot_read(root),
            _ => {
                let tables = self.bound(table);
                if tables.is_empty() {
                    self.cannot_read(root);
                }
                for value in tables {
                    self.table(value, application, depth + 1);
                }
                for entry in added(table, "append") {
                    self.entry(entry, application, depth);
                }
            }
        }
    }

    /// The tables that a name stands for: what it is bound to, and what is added to it.
    fn bound(&self, name: Value<'p>) -> Vec<Value<'p>> {
        let constant = name.constant();
        let Some((scope, declarations)) = name.declarations() else {
            return (constant.at != name.at).then_some(constant).into_iter().collect();
        };
        let values = declarations.iter().filter_map(|declaration| match declaration {
            Declaration::Bound { value: Some(id), .. } => {
                Some(self.project.value(In { file: scope.file, id: *id }))
            }
            _ => None,
        });
        let mut tables: Vec<Value<'p>> = values.collect();
        if tables.is_empty() && constant.at != name.at {
            tables.push(constant);
        }
        tables.extend(added(name, "extend"));
        tables
    }

    fn cannot_read(&mut self, application: Location) {
        let file = &self.project.file(application.file).path;
        let line = self.project.line(application);
        let why =
            format!("mounted by {file}:{line}, whose table of handlers is made while it runs");
        self.unclear.get_or_insert(why);
    }

    /// `(r"/x", Handler)`, `url(r"/x", Handler)`, `Rule(PathMatches("/x"), Handler)`.
    fn entry(&mut self, entry: Value<'p>, application: Call<'p>, depth: usize) {
        let root = application.location();
        let parts = match (entry.items(), entry.as_call()) {
            (Some(items), _) => items,
            (None, Some(call)) if matches!(call.name(), "url" | "URLSpec" | "Rule") => {
                call.positional().collect()
            }
            // `*more`, `more_handlers()`.
            _ => return self.table(entry, application, depth + 1),
        };
        let [pattern, handler, ..] = parts.as_slice() else { return };
        let pattern = match pattern.as_call().filter(|call| call.name() == "PathMatches") {
            Some(matches) => matches.argument(0).unwrap_or(*pattern),
            None => *pattern,
        };
        let path = expression_path(&path_text(pattern));
        match handler.resolve() {
            Definition::Class(class) => {
                let class = self.project.class(class);
                self.seen.push(class);
                self.class(class, &path, entry.location(), (Mount::Resolved, root));
            }
            Definition::External(_) => {}
            _ => self.cannot_read(root),
        }
    }

    fn class(&mut self, class: Type<'p>, path: &str, at: Location, place: (Mount, Location)) {
        let (mount, root) = place;
        let kind = if is_socket(class) { RouteKind::WebSocket } else { RouteKind::Http };
        for (verb, handler) in answers(class, kind) {
            self.drafts.push(Draft {
                kind,
                method: verb.into(),
                path: path.into(),
                framework: "tornado",
                location: at,
                handler: Handler::Function(handler.at),
                chain: chain(class, handler, kind),
                mount: mount.clone(),
                root: Some(Root::Router(root)),
            });
        }
    }

    /// The handlers that stand in no table, where one of the tables could not be read.
    fn loose(&mut self) {
        let Some(why) = self.unclear.clone() else { return };
        let python = self.project.units().filter(|(file, _)| is_python(self.project, *file));
        let classes: Vec<Type<'p>> = python
            .flat_map(|(file, unit)| unit.facts.classes().map(move |(id, _)| In { file, id }))
            .map(|at| self.project.class(at))
            .collect();
        let bases: Vec<_> = classes.iter().flat_map(|class| ancestry(*class).0).skip(1).collect();
        for class in &classes {
            let (_, outside) = ancestry(*class);
            let is_handler = outside.iter().any(|path| path.starts_with("tornado.web"));
            let is_placed = self.seen.iter().any(|seen| seen.at == class.at);
            let is_base = bases.iter().filter(|base| base.at == class.at).count() > 1;
            if is_handler && !is_placed && !is_base && is_request_handler(*class) {
                let at = class.location();
                self.class(*class, "/{unknown}", at, (Mount::Dynamic(why.clone()), at));
            }
        }
    }
}

/// What the function around a name adds to it.
fn added<'p>(name: Value<'p>, how: &str) -> Vec<Value<'p>> {
    let calls = name.function().calls_within().filter(|call| {
        call.name() == how
            && call.receiver().is_some_and(|receiver| receiver.source() == name.source())
    });
    calls.filter_map(|call| call.argument(0)).collect()
}

fn is_request_handler(class: Type<'_>) -> bool {
    let outside = ancestry(class).1;
    outside.iter().any(|path| {
        matches!(path.as_str(), "tornado.web.RequestHandler" | "tornado.websocket.WebSocketHandler")
    })
}

fn is_socket(class: Type<'_>) -> bool {
    ancestry(class).1.iter().any(|path| path == "tornado.websocket.WebSocketHandler")
}

/// The methods of a handler class that answer, its own and inherited.
fn answers(class: Type<'_>, kind: RouteKind) -> Vec<(&'static str, Body<'_>)> {
    if kind == RouteKind::WebSocket {
        let taking = method(class, "on_message").or_else(|| method(class, "open"));
        return taking.map(|body| ("GET", body)).into_iter().collect();
    }
    let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let found = METHODS.into_iter().zip(verbs);
    found.filter_map(|(name, verb)| Some((verb, method(class, name)?))).collect()
}

/// What stands before a method: `prepare`, and what wraps the method.
fn chain(class: Type<'_>, handler: Body<'_>, kind: RouteKind) -> Vec<Candidate> {
    let project = class.project;
    let hook = |name: &str, scope: Scope| {
        let body = method(class, name).filter(|body| may_refuse(*body))?;
        let what = What::Definition(Definition::Function(body.at));
        let (name, location) = (body.name(), body.location());
        Some(Candidate { what, name, location, scope, mode: Mode::Unanswered })
    };
    let mut chain: Vec<Candidate> = hook("prepare", Scope::Class).into_iter().collect();
    let opening =
        (kind == RouteKind::WebSocket).then(|| [method(class, "get"), method(class, "open")]);
    let wrapped = opening.into_iter().flatten().flatten().chain([handler]);
    let wrappers: Vec<Candidate> = wrapped.flat_map(|body| decorators_from(body, 0)).collect();
    for wrapper in wrappers {
        let is_known = matches!(&wrapper.what, What::Expression(at)
            if project.value(*at).path() == "tornado.web.authenticated");
        chain.push(match whoever(class).filter(|_| is_known) {
            Some(what) => Candidate { what, ..wrapper },
            None => wrapper,
        });
    }
    let turns_away = |body: &Body<'_>| body.calls_within().any(|call| call.name() == "close");
    let opening = method(class, "open").filter(|_| kind == RouteKind::WebSocket);
    chain.extend(opening.filter(turns_away).map(|body| Candidate {
        what: What::Unreadable("whom it turns away when a connection opens is not read".into()),
        name: body.name(),
        location: body.location(),
        scope: Scope::Inline,
        mode: Mode::Connection,
    }));
    chain.extend(hook("on_finish", Scope::Behind));
    chain
}

/// Does a method do more than find out who is calling: does anything in it end the request?
fn may_refuse(body: Body<'_>) -> bool {
    let facts = &body.unit().facts;
    let throws = |&id: &StatementId| matches!(facts[id].kind, StatementKind::Throw(_));
    body.statements().iter().any(throws)
        || body.project.reaches_call(body.at, |call| {
            call.means(Meaning::Reject)
                || call.means(Meaning::Redirect)
                || call.means(Meaning::Respond)
        })
}

/// What `authenticated` is worth where anybody may say who they are: `get_current_user` that only takes out
/// what was sent.
fn whoever(class: Type<'_>) -> Option<What> {
    let body = method(class, "get_current_user")?;
    let mut calls = body.calls_within().peekable();
    calls.peek()?;
    let only_takes = calls.all(|call| {
        matches!(
            call.name(),
            "get_cookie"
                | "get_argument"
                | "get_query_argument"
                | "get_body_argument"
                | "get"
                | "decode"
                | "strip"
        )
    });
    only_takes.then(|| {
        What::Assessed(Assessment {
            grade: Some(Grade::G0),
            why: "the current user is whoever somebody says to be".to_owned(),
            decided_at: Some(body.location()),
            role: false,
            weakness: Some(Weakness::PresenceOnly),
        })
    })
}
