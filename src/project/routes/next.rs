//! Next.js: route handlers, `pages/api`, server actions, and the middleware that stands before them.
//!
//! A path is the place of a file below `app` or `pages`. What wraps an exported handler is a guard; a
//! middleware whose matcher covers the path is supporting evidence, and never stands before an action.

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
    exported::{exported, is_served_by_another},
    handed_on,
};
use crate::{
    facts::{Export, Role, StatementKind, Text},
    project::{Definition, FileId, FunctionRef, In, Location, Project, Value, guards::Mode},
};

pub(in crate::project) mod matcher;
mod place;

use place::Place;

/// The exports of `route.ts` that answer requests.
pub(super) const VERBS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let gates: Vec<Gate> = project.units().filter_map(|(file, _)| gate(project, file)).collect();
    for (file, unit) in project.units() {
        if !unit.file.language.is_script() || unit.file.role == Role::Test {
            continue;
        }
        match place::of(project, &unit.file.path) {
            Some(Place::Route { root, path }) => {
                for export in &unit.facts.exports {
                    if VERBS.contains(&export.name.as_str()) {
                        let draft = endpoint(project, file, export, &export.name, &path);
                        drafts.extend(draft.map(|draft| behind(draft, &gates, &root)));
                    }
                }
            }
            Some(Place::Api { root, path }) => {
                let default = unit.facts.exports.iter().find(|export| export.name == "default");
                let Some(default) = default else { continue };
                let Some(draft) = endpoint(project, file, default, "ANY", &path) else { continue };
                for method in methods(project, &draft.handler) {
                    let draft = Draft { method, ..draft.clone() };
                    drafts.push(behind(draft, &gates, &root));
                }
            }
            None => {}
        }
        actions(project, file, drafts);
    }
}

/// A handler that a file exports, with what wraps it.
fn endpoint(
    project: &Project,
    file: FileId,
    export: &Export,
    method: &str,
    path: &str,
) -> Option<Draft> {
    let (handler, chain) = exported(project, file, export)?;
    if is_served_by_another(project, &handler) {
        return None;
    }
    Some(Draft {
        kind: RouteKind::Http,
        method: method.into(),
        path: path.into(),
        framework: "next",
        location: Location { file, span: export.span },
        handler,
        chain,
        mount: Mount::Resolved,
        root: None,
    })
}

/// The methods that a handler of `pages/api` tells apart; `ANY` if it does not.
pub(super) fn methods(project: &Project, handler: &Handler) -> Vec<Text> {
    let function = match handler {
        Handler::Function(function) => Some(*function),
        Handler::Expression(at) => project.value(*at).as_function().map(|body| body.at),
    };
    let mut found: Vec<Text> = Vec::new();
    if let Some(function) = function {
        told_apart(project, function, HANDED_ON_MAX, &mut found);
    }
    found.sort();
    found.dedup();
    if found.is_empty() { vec!["ANY".into()] } else { found }
}

/// How many functions deep a handler is followed that hands its request on.
const HANDED_ON_MAX: u32 = 2;

fn told_apart(project: &Project, function: FunctionRef, depth: u32, found: &mut Vec<Text>) {
    let body = project.body(function);
    let facts = project.facts(function.file);
    let mut taken_by = None;
    for &statement in body.statements() {
        let tests: Vec<_> = match &facts[statement].kind {
            StatementKind::If { test, .. } => vec![*test],
            StatementKind::Match { arms, .. } => {
                arms.iter().flat_map(|arm| arm.tests.iter().copied()).collect()
            }
            StatementKind::Return(Some(value)) | StatementKind::Expression(value) => {
                let value = project.value(In { file: function.file, id: *value }).unwrapped();
                taken_by = taken_by
                    .or_else(|| value.as_call().and_then(|call| handed_on::taker(body, call)));
                continue;
            }
            _ => continue,
        };
        for test in tests {
            let parts = project.value(In { file: function.file, id: test }).descendants();
            let verbs = parts.iter().filter_map(|part| part.kind().as_text());
            found.extend(verbs.filter(|verb| VERBS.contains(verb)).map(Text::from));
        }
    }
    if let Some(next) = taken_by.filter(|_| found.is_empty() && depth > 0) {
        told_apart(project, next, depth - 1, found);
    }
}

/// Functions that the browser may call by name.
fn actions(project: &Project, file: FileId, drafts: &mut Vec<Draft>) {
    const DIRECTIVE: &str = "use server";
    let facts = project.facts(file);
    let mut found: Vec<(FunctionRef, Location, Vec<Candidate>)> = Vec::new();
    if facts.directives.iter().any(|directive| directive == DIRECTIVE) {
        for export in &facts.exports {
            let Some((handler, chain)) = exported(project, file, export) else { continue };
            let function = match handler {
                Handler::Function(function) => Some(function),
                Handler::Expression(at) => project.value(at).as_function().map(|body| body.at),
            };
            if let Some(function) = function {
                found.push((function, Location { file, span: export.span }, chain));
            }
        }
    }
    for (id, function) in facts.functions() {
        if function.directives.iter().any(|directive| directive == DIRECTIVE) {
            let function = In { file, id };
            found.push((function, project.body(function).location(), Vec::new()));
        }
    }
    for (function, location, chain) in found {
        drafts.push(Draft {
            kind: RouteKind::Action,
            method: "ACTION".into(),
            path: project.body(function).name(),
            framework: "next",
            location,
            handler: Handler::Function(function),
            chain,
            mount: Mount::Resolved,
            root: None,
        });
    }
}

/// A middleware: what it is and which paths it sees.
pub(super) struct Gate {
    pub(super) root: String,
    /// `None`: every path.
    patterns: Option<Vec<Text>>,
    candidates: Vec<Candidate>,
}

fn gate(project: &Project, file: FileId) -> Option<Gate> {
    let root = place::of_middleware(project, &project.file(file).path)?;
    gate_of(project, file, root)
}

/// The middleware that a file exports for what stands in `root`.
pub(super) fn gate_of(project: &Project, file: FileId, root: String) -> Option<Gate> {
    let unit = project.unit(file);
    let names = ["middleware", "proxy", "default"];
    let export = unit.facts.exports.iter().find(|export| names.contains(&export.name.as_str()))?;
    let (handler, mut candidates) = exported(project, file, export)?;
    for candidate in &mut candidates {
        candidate.scope = Scope::Matcher;
    }
    let location = Location { file, span: export.span };
    let what = match handler {
        Handler::Function(function) => What::Definition(Definition::Function(function)),
        Handler::Expression(at) => What::Expression(at),
    };
    let name = export.name_there.clone().unwrap_or_else(|| "middleware".into());
    candidates.push(Candidate { what, name, location, scope: Scope::Matcher, mode: Mode::Gate });
    Some(Gate { root, patterns: patterns(project, file), candidates })
}

/// The patterns of `config.matcher`.
fn patterns(project: &Project, file: FileId) -> Option<Vec<Text>> {
    let config = project.facts(file).exports.iter().find(|export| export.name == "config")?;
    let value = project.value(In { file, id: config.value? });
    let matcher = value.entry("matcher").given()?;
    let one = |value: Value<'_>| {
        let source = value.entry("source").given().unwrap_or(value);
        source.text().map(Text::from)
    };
    match matcher.items() {
        Some(items) => items.into_iter().map(one).collect(),
        None => one(matcher).map(|pattern| vec![pattern]),
    }
}

/// Puts the middlewares that see a route's path before it. They stand in `root`, the application's folder.
pub(super) fn behind(mut draft: Draft, gates: &[Gate], root: &str) -> Draft {
    draft.root = Some(Root::Folder(root.into()));
    let mut chain = Vec::new();
    for gate in gates.iter().filter(|gate| gate.root == root) {
        let is_seen = gate.patterns.as_ref().is_none_or(|patterns| {
            patterns.iter().any(|pattern| matcher::covers(pattern, &draft.path))
        });
        let scope = if is_seen { Scope::Matcher } else { Scope::Behind };
        let candidates = gate.candidates.iter().cloned();
        chain.extend(candidates.map(|candidate| Candidate { scope, ..candidate }));
    }
    chain.append(&mut draft.chain);
    draft.chain = chain;
    draft
}
