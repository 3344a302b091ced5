//! What a function asks for before it runs: `Depends(f)` in its parameters, directly or by an alias.

use super::{Grade, Grader, Level, Mode, condition::is_dependency, path::Label};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Body, Definition, In, Location, Value},
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

/// What a dependency proves, for the function that asks for it.
pub(super) struct Dependency {
    pub(super) level: Level,
    pub(super) label: Option<Label>,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    pub(super) decided_at: Option<Location>,
}

impl<'p> Grader<'p> {
    /// What a dependency of a dependency proves.
    pub(super) fn dependency(&mut self, value: Value<'p>) -> Dependency {
        let assessment = match value.resolve() {
            Definition::Function(function) => {
                let outcome = self.pass(function, &Mode::Dependency);
                // An optional dependency yields nothing for a stranger: its value still proves.
                let when_true = self.proven_when_true(function);
                let label = match outcome.level.max(when_true) {
                    Level::Verified => Some(Label::Proof),
                    Level::Identity => Some(Label::Identity),
                    Level::Presence => Some(Label::Credential),
                    Level::Nothing if outcome.reads_credential => Some(Label::Credential),
                    Level::Nothing => None,
                };
                return Dependency {
                    level: outcome.level,
                    label,
                    reads_credential: outcome.reads_credential,
                    role: outcome.role,
                    decided_at: outcome.decided_at,
                };
            }
            _ => self.expression(value.at, &Mode::Dependency),
        };
        let (level, label) = match assessment.grade {
            Some(Grade::G4 | Grade::G3) => (Level::Verified, Some(Label::Proof)),
            Some(Grade::G2) => (Level::Identity, Some(Label::Identity)),
            Some(Grade::G0) => (Level::Nothing, Some(Label::Credential)),
            Some(Grade::G1) | None => (Level::Nothing, None),
        };
        Dependency {
            level,
            label,
            reads_credential: label.is_some(),
            role: assessment.role,
            decided_at: assessment.decided_at,
        }
    }
}
