//! GraphQL servers of JavaScript: the fields of `Query`, `Mutation` and `Subscription` in the resolvers that
//! a server or schema is made with.
//!
//! Resolvers are called one by one, with the context as the third argument: what they do not look at
//! themselves, nobody has looked at, unless something wraps them.

use std::collections::BTreeSet;

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    exported::{exported, innermost},
};
use crate::{
    facts::{EntryKey, ExpressionKind, Role, Text, vocabulary::Meaning},
    project::{
        Call, Definition, ExpressionRef, In, Location, Origin, Project, Value, guards::Mode,
    },
};

mod before;
pub(super) mod python;

use before::before;

/// The types whose fields clients ask for by name.
const ROOTS: [(&str, &str); 3] =
    [("Query", "QUERY"), ("Mutation", "MUTATION"), ("Subscription", "SUBSCRIPTION")];

/// How deep lists, spreads and merges of resolvers are followed.
const DEPTH_MAX: usize = 8;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut reader = Reader {
        project,
        seen: BTreeSet::new(),
        shields: shields(project),
        before: Vec::new(),
        mount: Mount::Resolved,
        drafts,
    };
    let makes_schema =
        |call: &Call<'_>| call.detail(Meaning::WebApplication, "framework") == Some("graphql");
    let mut unread = Vec::new();
    for call in project.calls_with(Meaning::WebApplication).filter(makes_schema) {
        let Some(resolvers) = call.option("resolvers").given() else { continue };
        reader.before = before(call);
        let (first, known) = (reader.drafts.len(), reader.seen.len());
        reader.resolvers(resolvers, 0);
        if reader.drafts.len() == first && reader.seen.len() == known {
            unread.push(resolvers);
        }
    }
    for resolvers in unread {
        reader.loaded(resolvers);
    }
}

/// Calls that put rules before the fields of a whole schema.
fn shields(project: &Project) -> Vec<Location> {
    let is_shield =
        |call: &Call<'_>| call.detail(Meaning::WrapHandler, "role") == Some("schema-guard");
    let calls = project.calls_with(Meaning::WrapHandler).filter(is_shield);
    calls.map(Call::location).collect()
}

struct Reader<'p, 'd> {
    project: &'p Project,
    /// Objects that were read, so that shared ones and cycles are read once.
    seen: BTreeSet<ExpressionRef>,
    shields: Vec<Location>,
    /// What stands before all fields of the server that is read.
    before: Vec<Candidate>,
    mount: Mount,
    drafts: &'d mut Vec<Draft>,
}

impl<'p> Reader<'p, '_> {
    /// A map of types, a list of maps, or maps that a call merges.
    fn resolvers(&mut self, value: Value<'p>, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let made = made(value);
        if let Some(items) = made.items() {
            items.into_iter().for_each(|item| self.resolvers(item, depth + 1));
            return;
        }
        if let Some(call) = made.as_call() {
            call.positional().for_each(|argument| self.resolvers(argument, depth + 1));
            return;
        }
        if let Definition::Module(_) = made.resolve() {
            for (root, kind) in ROOTS {
                self.exported_root(made, root, kind);
            }
            return;
        }
        let ExpressionKind::Object(entries) = made.kind() else { return };
        if !self.seen.insert(made.at) {
            return;
        }
        for entry in entries {
            let inside = made.sibling(entry.value);
            match &entry.key {
                EntryKey::Spread => self.resolvers(inside, depth + 1),
                EntryKey::Name(name) => {
                    if let Some((root, kind)) = ROOTS.iter().find(|(root, _)| root == name) {
                        self.fields(inside, root, kind, depth + 1);
                    }
                }
                EntryKey::Computed(_) => {}
            }
        }
    }

    /// Maps that come from where they cannot be followed to: those that no server is seen to be made with, and
    /// that files below the one export that makes this server.
    fn loaded(&mut self, resolvers: Value<'p>) {
        let project = self.project;
        let (maker, at) = (project.file(resolvers.at.file), resolvers.location());
        self.before = Vec::new();
        self.mount = Mount::Dynamic(format!(
            "{}:{} puts resolvers together that cannot be followed",
            maker.path,
            project.line(at)
        ));
        for (file, unit) in project.units() {
            let is_below = unit.file.path.starts_with(maker.folder());
            if !is_below || !unit.file.language.is_script() || unit.file.role == Role::Test {
                continue;
            }
            for export in &unit.facts.exports {
                let Some(id) = export.value else { continue };
                let value = made(project.value(In { file, id }));
                if matches!(value.kind(), ExpressionKind::Object(_)) {
                    self.resolvers(value, 0);
                }
            }
        }
        self.mount = Mount::Resolved;
    }

    /// `import * as resolvers`: the types are what the module exports.
    fn exported_root(&mut self, module: Value<'p>, root: &str, kind: &'static str) {
        let Definition::Module(file) = module.resolve() else { return };
        let export = self.project.facts(file).exports.iter().find(|export| export.name == root);
        if let Some(value) = export.and_then(|export| export.value) {
            self.fields(self.project.value(In { file, id: value }), root, kind, 1);
        }
    }

    fn fields(&mut self, value: Value<'p>, root: &str, kind: &'static str, depth: usize) {
        let made = made(value);
        if let Definition::Module(file) = made.resolve() {
            let exports = &self.project.facts(file).exports;
            for export in exports.iter().filter(|export| export.name != "default") {
                if let Some(found) = exported(self.project, file, export) {
                    let location = Location { file, span: export.span };
                    self.push(found, location, format!("{root}.{}", export.name), kind);
                }
            }
            return;
        }
        let ExpressionKind::Object(entries) = made.kind() else { return };
        if depth > DEPTH_MAX || !self.seen.insert(made.at) {
            return;
        }
        for entry in entries {
            let inside = made.sibling(entry.value);
            match &entry.key {
                EntryKey::Spread => self.fields(inside, root, kind, depth + 1),
                EntryKey::Name(name) => self.field(inside, root, kind, name),
                EntryKey::Computed(_) => {}
            }
        }
    }

    fn field(&mut self, value: Value<'p>, root: &str, kind: &'static str, name: &Text) {
        // `{ subscribe, resolve }`: clients are let in by the first.
        let value = ["subscribe", "resolve"]
            .into_iter()
            .find_map(|key| value.entry(key).given())
            .unwrap_or(value);
        let found = in_order(value).unwrap_or_else(|| innermost(self.project, value));
        self.push(found, value.location(), format!("{root}.{name}"), kind);
    }

    fn push(
        &mut self,
        (handler, own): (Handler, Vec<Candidate>),
        location: Location,
        path: String,
        kind: &str,
    ) {
        let mut chain = self.before.clone();
        chain.extend(own);
        if let Some(&location) = self.shields.first() {
            let why = "the rules that stand before the whole schema are not read";
            chain.push(Candidate {
                what: What::Unreadable(why.to_owned()),
                name: "shield".into(),
                location,
                scope: Scope::Global,
                mode: Mode::Dependency,
            });
        }
        self.drafts.push(Draft {
            kind: RouteKind::GraphQl,
            method: kind.into(),
            path: path.into(),
            framework: "graphql",
            location,
            handler,
            chain,
            mount: self.mount.clone(),
            root: None,
        });
    }
}

/// What a name was given, wherever that is written.
fn made(value: Value<'_>) -> Value<'_> {
    let value = value.unwrapped();
    if value.as_call().is_some() {
        return value;
    }
    match value.project.origin(value.at) {
        Origin::Created(at) => value.project.value(at).unwrapped(),
        _ => value,
    }
}

/// `combineResolvers(isSignedIn, resolver)`: each but the last may refuse.
fn in_order(value: Value<'_>) -> Option<(Handler, Vec<Candidate>)> {
    let call = made(value).as_call()?;
    if call.detail(Meaning::WrapHandler, "runs") != Some("in-order") {
        return None;
    }
    let parts: Vec<Value<'_>> = call.positional().collect();
    let (handler, before) = parts.split_last()?;
    let candidates = before.iter().map(|part| Candidate {
        what: What::Expression(part.at),
        name: part.source().lines().next().unwrap_or_default().into(),
        location: part.location(),
        scope: Scope::Wrapper,
        mode: Mode::Dependency,
    });
    Some((Handler::Expression(handler.at), candidates.collect()))
}
