//! What a function asks for before it runs: `Depends(f)` in its parameters, directly or by an alias.

use super::condition::is_dependency;
use crate::{
    facts::{ExpressionKind, Text},
    project::{Body, In, Value},
};

/// How many aliases of aliases are followed.
const ALIASES_MAX: usize = 4;

/// What each parameter asks for, with the name of the parameter.
pub fn asked_by(body: Body<'_>) -> Vec<(Option<&Text>, Value<'_>)> {
    let mut asked = Vec::new();
    for parameter in &body.function().parameters {
        let here = |id| body.project.value(In { file: body.at.file, id });
        let annotation = parameter.annotation.map(here);
        let in_annotation = annotation.into_iter().flat_map(|value| asked_in(value, None));
        let default = parameter.default.map(here);
        let in_default = default.into_iter().flat_map(|value| asked_in(value, annotation));
        asked.extend(in_annotation.chain(in_default).map(|value| (parameter.name(), value)));
    }
    asked
}

/// The parameters that are filled from a header or cookie whose name says credential.
pub fn sent_parameters(body: Body<'_>) -> Vec<&Text> {
    const WORDS: [&str; 8] =
        ["auth", "authorization", "token", "key", "secret", "session", "signature", "jwt"];
    let parameters = body.function().parameters.iter().filter(|parameter| {
        let parts = parameter.annotation.iter().chain(&parameter.default);
        let mut values = parts.map(|&id| body.project.value(In { file: body.at.file, id }));
        values.any(|value| {
            let calls = value.descendants().into_iter().filter_map(Value::as_call);
            let mut paths = calls.map(super::super::views::Call::path);
            paths.any(|path| {
                matches!(path, "fastapi.Header" | "fastapi.Cookie" | "fastapi.params.Header")
            })
        })
    });
    let sounds =
        |name: &&Text| super::split_words(name).iter().any(|word| WORDS.contains(&word.as_str()));
    parameters.filter_map(|parameter| parameter.name()).filter(sounds).collect()
}

/// What `Depends(…)` in an expression asks for. Without an argument it asks for the annotated class.
pub fn asked_in<'p>(value: Value<'p>, annotation: Option<Value<'p>>) -> Vec<Value<'p>> {
    let mut value = value;
    for _ in 0..ALIASES_MAX {
        let is_name =
            matches!(value.kind(), ExpressionKind::Name(_) | ExpressionKind::Member { .. });
        match value.project.bound(value.at).filter(|_| is_name) {
            Some(bound) => value = value.project.value(bound),
            None => break,
        }
    }
    let annotated = match value.kind() {
        ExpressionKind::Index { index, .. } => match value.sibling(*index).kind() {
            ExpressionKind::List(items) => items.first().map(|&first| value.sibling(first)),
            _ => None,
        },
        _ => None,
    };
    let calls = value.descendants().into_iter().filter_map(Value::as_call);
    calls
        .filter(|call| is_dependency(*call))
        .filter_map(|call| {
            let given = call.argument(0).or_else(|| call.named("dependency"));
            given.map(chosen).or(annotated).or(annotation)
        })
        .collect()
}

/// Which function a maker of dependencies hands out for these arguments: `strict if required else lax`.
fn chosen(asked: Value<'_>) -> Value<'_> {
    let choice = || {
        let call = asked.as_call()?;
        let maker = call.callee()?;
        let returned = maker.returned().last()?;
        let ExpressionKind::Conditional { test, then, otherwise } = returned.kind() else {
            return None;
        };
        let ExpressionKind::Name(switch) = returned.sibling(*test).kind() else { return None };
        let mut parameters = maker.function().plain_parameters();
        let position = parameters.clone().position(|one| one.name() == Some(switch))?;
        let default = parameters.find(|one| one.name() == Some(switch))?.default;
        let given = call.named(switch).or_else(|| call.argument(position));
        let holds = given.or(default.map(|id| returned.sibling(id)))?.boolean()?;
        Some(returned.sibling(if holds { *then } else { *otherwise }))
    };
    choice().unwrap_or(asked)
}
