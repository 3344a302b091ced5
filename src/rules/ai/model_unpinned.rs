use super::{
    calls,
    models::{MODELS, Pin},
};
use crate::{
    facts::{ExpressionKind, Operator, vocabulary::Meaning},
    gap::Severity,
    project::{Call, Definition, In, Origin, Project, Value, views::Setting},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for model_call in calls::of(project) {
        let call = model_call.call;
        match model_call.model() {
            Setting::Given(value) => judge(call, value, sites),
            Setting::Unknown => {
                sites.unknown(call.location(), subject(call), "the model is chosen elsewhere");
            }
            // Agents and chains are given a model object, which has a call of its own.
            Setting::Absent => {}
        }
    }
    let clients = project.calls_with(Meaning::ModelClient);
    for client in clients.filter(|client| client.source_file().is_shipped()) {
        let names = client.detail(Meaning::ModelClient, "model").unwrap_or("model");
        if let Setting::Given(value) = calls::option_or_position(client, names)
            && let Some(literal) = identifier(value, 0)
        {
            judge(client, literal, sites);
        }
    }
}

fn subject(call: Call) -> String {
    format!("the model of `{}`", call.name())
}

fn judge(call: Call, value: Value, sites: &mut Sites) {
    let Some(literal) = identifier(value, 0) else {
        sites.unknown(value.location(), subject(call), "the model is chosen elsewhere");
        return;
    };
    let text = literal.text().unwrap_or_default();
    let at = literal.location();
    let subject = format!("the model `{text}`");
    match MODELS.pin(text) {
        Pin::Pinned => {
            sites.holds(at, subject, "one fixed model");
        }
        Pin::Floating => {
            let message = format!("`{text}` is moved to other models by its provider");
            let site = sites.gap(at, subject, message).because(call.location(), "called here");
            if text.contains("gemini") && !text.contains("latest") && !text.contains("exp") {
                site.severity(Severity::Low);
            }
        }
        Pin::Unknown => {
            let why = format!("whether it is fixed is not in the table of {}", MODELS.as_of);
            sites.unknown(at, subject, why);
        }
    }
}

/// The literal that names the model: itself, a constant, the default of a setting or of a parameter, the
/// argument of the function that wraps it.
fn identifier(value: Value<'_>, depth: u32) -> Option<Value<'_>> {
    const DEPTH_MAX: u32 = 6;
    if depth > DEPTH_MAX {
        return None;
    }
    let constant = value.unwrapped().constant();
    match constant.kind() {
        ExpressionKind::Text(text) if !text.is_empty() => Some(constant),
        ExpressionKind::Operation { operator: Operator::Or | Operator::Default, operands } => {
            operands.last().and_then(|&last| identifier(constant.sibling(last), depth + 1))
        }
        ExpressionKind::Call { .. } => {
            let call = constant.as_call()?;
            if call.means(Meaning::ReadEnvironment) {
                return identifier(call.argument(1)?, depth + 1);
            }
            let is_wrapper = call.callee().is_none();
            is_wrapper
                .then(|| call.argument(0))
                .flatten()
                .and_then(|first| identifier(first, depth + 1))
        }
        ExpressionKind::Name(_) | ExpressionKind::Member { .. } => match constant.resolve() {
            Definition::Parameter(function, position) => {
                let parameters = &constant.project.body(function).function().parameters;
                let default = parameters.get(position as usize)?.default?;
                let at = In { file: function.file, id: default };
                identifier(constant.project.value(at), depth + 1)
            }
            _ => match constant.project.origin(constant.at) {
                Origin::Created(at) if at != constant.at => {
                    identifier(constant.project.value(at), depth + 1)
                }
                _ => None,
            },
        },
        _ => None,
    }
}
