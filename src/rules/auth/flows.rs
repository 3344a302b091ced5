//! What the rules about signing in, out and back in share: which handlers there are, and what they say.

use super::common::has_word;
use crate::{
    facts::{ExpressionKind, Pattern, StatementKind, vocabulary::Meaning},
    project::{Body, Call, Project, Route, Value, routes::RouteKind},
};

/// The ways in whose last segments, or whose handler's name, have one of these words; each handler once.
pub(super) fn handlers<'p>(project: &'p Project, words: &[&str]) -> Vec<(&'p Route, Body<'p>)> {
    let mut found: Vec<(&Route, Body<'_>)> = Vec::new();
    for route in project.routes().iter().filter(|route| route.ships(project)) {
        let is_asked = matches!(route.kind, RouteKind::Http | RouteKind::Action | RouteKind::Rpc);
        let Some(handler) = route.handler.filter(|_| is_asked) else { continue };
        let mut last = route.path.rsplit('/').filter(|part| !is_parameter(part)).take(2);
        let is_meant =
            last.any(|part| has_word(part, words)) || has_word(&route.handler_name, words);
        if is_meant && found.iter().all(|(_, body)| body.at != handler) {
            found.push((route, project.body(handler)));
        }
    }
    found
}

fn is_parameter(segment: &str) -> bool {
    segment.is_empty() || segment.starts_with([':', '{', '<', '[', '*', '$'])
}

/// A function and those of the project that it calls.
pub(super) fn with_callees(body: Body<'_>) -> Vec<Body<'_>> {
    let mut found = vec![body];
    for callee in body.calls_within().filter_map(Call::callee) {
        if found.iter().all(|known| known.at != callee.at) {
            found.push(callee);
        }
    }
    found
}

/// The literal texts of a function that somebody outside may read: what is only logged is left out.
pub(super) fn answers(body: Body<'_>) -> Vec<(Value<'_>, &str)> {
    let within = values(body);
    let told = within.filter(|value| !is_logged(*value));
    told.filter_map(|value| Some((value, value.kind().as_text()?))).collect()
}

fn is_logged(value: Value<'_>) -> bool {
    let index = &value.project.unit(value.at.file).index;
    let outer = index.ancestors(value.at.id);
    let mut calls = outer.filter_map(|id| value.sibling(id).as_call());
    calls.any(|call| call.means(Meaning::Log) || call.means(Meaning::Print))
}

/// Is one of these words part of a name in the function, or in one that it calls?
pub(super) fn speaks_of(body: Body<'_>, words: &[&str]) -> bool {
    with_callees(body).into_iter().any(|part| {
        let by_value = values(part).any(|value| match value.kind() {
            ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => {
                has_word(name, words)
            }
            ExpressionKind::Text(text) => text.len() < 40 && has_word(text, words),
            _ => false,
        });
        by_value || bound_names(part).iter().any(|name| has_word(name, words))
    })
}

/// The names that a function's parameters and declarations bind.
pub(super) fn bound_names(body: Body<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    for parameter in &body.function().parameters {
        add_names(&parameter.pattern, &mut names);
    }
    let facts = &body.unit().facts;
    for &statement in body.statements() {
        if let StatementKind::Bind { target, .. } = &facts[statement].kind {
            add_names(target, &mut names);
        }
    }
    names
}

fn add_names<'p>(pattern: &'p Pattern, names: &mut Vec<&'p str>) {
    if let Pattern::Fields { fields, .. } = pattern {
        names.extend(fields.iter().map(|(key, _)| key.as_str()));
    }
    pattern.each_name(&mut |name| names.push(name.as_str()));
}

/// All expressions of a function, those of functions inside it included.
pub(super) fn values(body: Body<'_>) -> impl Iterator<Item = Value<'_>> {
    let span = body.function().span;
    let facts = &body.unit().facts;
    facts
        .expressions()
        .filter(move |(_, expression)| span.contains(expression.span))
        .map(move |(id, _)| body.project.value(crate::project::In { file: body.at.file, id }))
}
