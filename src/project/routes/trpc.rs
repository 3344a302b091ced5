//! tRPC: procedures built by chains of calls, and the routers that give them their names.
//!
//! A procedure ends in `query`, `mutation` or `subscription`. What stands before it is what its chain
//! and the procedures it was built from `use`, across names and files.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What};
use crate::{
    facts::{EntryKey, ExpressionKind, Text, vocabulary::Meaning},
    project::{Call, ExpressionRef, Location, Origin, Project, Value, guards::Mode},
};

/// How many calls and names a procedure is followed through.
const LINKS_MAX: usize = 48;

/// How many routers deep names are followed.
const ROUTERS_MAX: usize = 8;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut procedures = Vec::new();
    let mut routers = Vec::new();
    for call in project.calls_with(Meaning::RegisterRoute) {
        match role(call) {
            Some(Role::Procedure) => procedures.push(call),
            Some(Role::Router) => routers.push(call),
            None => {}
        }
    }
    if procedures.is_empty() {
        return;
    }
    let named = names(project, &routers);
    for call in procedures {
        drafts.extend(draft(project, call, named.get(&call.at())));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Procedure,
    Router,
}

fn role(call: Call<'_>) -> Option<Role> {
    if call.detail(Meaning::RegisterRoute, "framework") != Some("trpc") {
        return None;
    }
    match call.detail(Meaning::RegisterRoute, "role") {
        Some("router") => Some(Role::Router),
        _ => Some(Role::Procedure),
    }
}

fn draft(project: &Project, call: Call<'_>, place: Option<&Named>) -> Option<Draft> {
    let handler = call.argument(0)?;
    let kind = match call.name() {
        "query" => "QUERY",
        "mutation" => "MUTATION",
        _ => "SUBSCRIPTION",
    };
    let (path, mount) = match place {
        Some(place) => (place.path.clone(), Mount::Resolved),
        None => (key_of(call.value()).unwrap_or_else(|| "?".into()), Mount::Partial),
    };
    Some(Draft {
        kind: RouteKind::Rpc,
        method: kind.into(),
        path,
        framework: "trpc",
        location: call.location_of_name(),
        handler: Handler::Expression(handler.at),
        chain: before(project, call),
        mount,
        root: place.map(|place| Root::Router(place.router)),
    })
}

// --- What stands before a procedure -----------------------------------------------------------------

/// The middleware that a procedure's chain uses, outermost first.
fn before(project: &Project, procedure: Call<'_>) -> Vec<Candidate> {
    let mut chain = Vec::new();
    if let Some(receiver) = procedure.receiver() {
        follow(project, receiver, Scope::Route, &mut chain, 0);
    }
    chain.reverse();
    chain
}

/// Collects middleware from the end of a chain to its start, where the library's own builder stands.
fn follow<'p>(
    project: &'p Project,
    end: Value<'p>,
    scope: Scope,
    chain: &mut Vec<Candidate>,
    depth: usize,
) {
    let (mut value, mut scope) = (end, scope);
    for _ in 0..LINKS_MAX {
        let Some(call) = value.as_call() else {
            match project.origin(value.at) {
                Origin::Created(at) if at != value.at => {
                    (value, scope) = (project.value(at), Scope::Router);
                    continue;
                }
                _ => break,
            }
        };
        if call.detail(Meaning::WebApplication, "framework") == Some("trpc") {
            return;
        }
        if let Some(given) = call.argument(0) {
            match call.name() {
                "use" | "unstable_use" => used(project, given, scope, chain),
                "concat" | "unstable_concat" if depth < ROUTERS_MAX => {
                    follow(project, given, Scope::Router, chain, depth + 1);
                }
                _ => {}
            }
        }
        let made_by = || call.callee()?.returned().last();
        match call.receiver().or_else(made_by) {
            Some(before) => value = before,
            None => break,
        }
    }
    let source = value.source().lines().next().unwrap_or_default();
    let why = format!("`{source}` cannot be followed to where it was made");
    chain.push(Candidate {
        what: What::Unreadable(why),
        name: source.into(),
        location: value.location(),
        scope,
        mode: Mode::Middleware,
    });
}

/// The functions of what is handed to `use`: a literal, `t.middleware(…)`, `first.unstable_pipe(second)`.
fn used<'p>(project: &'p Project, given: Value<'p>, scope: Scope, chain: &mut Vec<Candidate>) {
    let location = given.location();
    let name = Text::from(given.source().lines().next().unwrap_or_default());
    let mut value = given;
    for _ in 0..LINKS_MAX {
        let Some(call) = value.as_call() else {
            match project.origin(value.at) {
                Origin::Created(at) if value.as_function().is_none() && at != value.at => {
                    value = project.value(at);
                    continue;
                }
                _ => break,
            }
        };
        match call.argument(0) {
            Some(argument) if argument.as_function().is_some() => {
                chain.push(candidate(argument, &name, location, scope));
            }
            Some(argument) if call.name().ends_with("pipe") => {
                used(project, argument, scope, chain);
            }
            _ => break,
        }
        let Some(receiver) = call.receiver().filter(|_| call.name().ends_with("pipe")) else {
            return;
        };
        value = receiver;
    }
    chain.push(candidate(value, &name, location, scope));
}

fn candidate(value: Value<'_>, name: &Text, location: Location, scope: Scope) -> Candidate {
    let what = What::Expression(value.at);
    Candidate { what, name: name.clone(), location, scope, mode: Mode::Middleware }
}

// --- What a procedure is called ---------------------------------------------------------------------

/// The name of a procedure: those of the routers on the way to it, and its own.
struct Named {
    path: Text,
    /// The router that it stands in.
    router: Location,
}

/// A router or a procedure in a router, by what it was made of.
#[derive(Clone, Copy)]
enum Part<'p> {
    Procedure(ExpressionRef),
    Entries(Value<'p>),
    Merged(Call<'p>),
}

fn names(project: &Project, routers: &[Call<'_>]) -> BTreeMap<ExpressionRef, Named> {
    let mut nested = BTreeSet::new();
    for router in routers {
        for argument in router.positional() {
            note_nested(project, argument, &mut nested, 0);
        }
    }
    let outermost = routers.iter().filter(|router| !nested.contains(&router.at()));
    let mut walk = Walk { project, seen: BTreeSet::new(), found: BTreeMap::new() };
    for router in outermost {
        walk.part(Part::Merged(*router), "", router.location(), 0);
    }
    walk.found
}

/// Notes the routers that stand in the entries of another.
fn note_nested(
    project: &Project,
    entries: Value<'_>,
    nested: &mut BTreeSet<ExpressionRef>,
    depth: usize,
) {
    if let Some(Part::Merged(call)) = part(project, entries) {
        nested.insert(call.at());
        return;
    }
    let constant = entries.constant();
    let ExpressionKind::Object(listed) = constant.kind() else { return };
    for entry in listed.iter().filter(|_| depth < ROUTERS_MAX) {
        note_nested(project, constant.sibling(entry.value), nested, depth + 1);
    }
}

/// What an entry of a router stands for.
fn part<'p>(project: &'p Project, value: Value<'p>) -> Option<Part<'p>> {
    let made = match value.as_call() {
        Some(call) => call.value(),
        None => match project.origin(value.at) {
            Origin::Created(at) => project.value(at),
            _ => value,
        },
    };
    if let Some(call) = made.as_call() {
        return match role(call)? {
            Role::Procedure => Some(Part::Procedure(call.at())),
            Role::Router => Some(Part::Merged(call)),
        };
    }
    matches!(made.kind(), ExpressionKind::Object(_)).then_some(Part::Entries(made))
}

struct Walk<'p> {
    project: &'p Project,
    /// Routers and procedures that have a name already.
    seen: BTreeSet<ExpressionRef>,
    found: BTreeMap<ExpressionRef, Named>,
}

impl<'p> Walk<'p> {
    fn part(&mut self, part: Part<'p>, path: &str, router: Location, depth: usize) {
        let at = match &part {
            Part::Procedure(at) => *at,
            Part::Entries(object) => object.at,
            Part::Merged(call) => call.at(),
        };
        if depth > ROUTERS_MAX || !self.seen.insert(at) {
            return;
        }
        match part {
            Part::Procedure(procedure) => {
                self.found.insert(procedure, Named { path: path.into(), router });
            }
            Part::Merged(call) => {
                for argument in call.positional() {
                    self.value(argument, path, call.location(), depth + 1);
                }
            }
            Part::Entries(object) => {
                let ExpressionKind::Object(entries) = object.kind() else { return };
                for entry in entries {
                    let below = match &entry.key {
                        EntryKey::Name(key) if path.is_empty() => key.to_string(),
                        EntryKey::Name(key) => format!("{path}.{key}"),
                        EntryKey::Spread | EntryKey::Computed(_) => path.to_owned(),
                    };
                    self.value(object.sibling(entry.value), &below, router, depth + 1);
                }
            }
        }
    }

    fn value(&mut self, value: Value<'p>, path: &str, router: Location, depth: usize) {
        if let Some(part) = part(self.project, value) {
            self.part(part, path, router, depth);
        }
    }
}

/// The key of the object that a value stands in.
fn key_of(value: Value<'_>) -> Option<Text> {
    let unit = value.project.unit(value.at.file);
    unit.index.ancestors(value.at.id).find_map(|above| {
        let ExpressionKind::Object(entries) = &unit.facts[above].kind else { return None };
        entries.iter().find_map(|entry| match &entry.key {
            EntryKey::Name(key) if entry.span.contains(value.location().span) => Some(key.clone()),
            _ => None,
        })
    })
}
