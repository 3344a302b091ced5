//! The guards in layers: functions, extractors, services of this project, and stacks of them.

use super::{
    super::{
        Candidate, Scope, What,
        rust::{branch_values, candidate, layered, written},
    },
    EXTRACTOR_METHODS, Reader,
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Body, Call, Declaration, Definition, In, Value, guards::Mode},
};

impl Reader {
    /// The guards in a layer, outermost first.
    pub(super) fn layer(&mut self, value: Value<'_>) -> Vec<Candidate> {
        self.steps = self.steps.saturating_sub(1);
        let value = value.unwrapped();
        if self.steps == 0 || self.layers.contains(&value.at) {
            return Vec::new();
        }
        self.layers.push(value.at);
        let found = self.layer_inner(value);
        self.layers.pop();
        found
    }

    fn layer_inner(&mut self, value: Value<'_>) -> Vec<Candidate> {
        let project = value.project;
        if let ExpressionKind::List(items) = value.kind() {
            return items.iter().flat_map(|&item| self.layer(value.sibling(item))).collect();
        }
        if let ExpressionKind::Name(_) = value.kind() {
            return match project.binding(value.at) {
                Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
                    self.layer(project.value(In { file: scope.file, id: *bound }))
                }
                _ => match layered(value) {
                    Some(service) => vec![served_by(value, service)],
                    None => vec![candidate(value, Scope::Router, Mode::Middleware)],
                },
            };
        }
        let Some(call) = value.as_call() else {
            let values = branch_values(value);
            if values.is_empty() {
                return vec![candidate(value, Scope::Router, Mode::Middleware)];
            }
            return values.into_iter().flat_map(|value| self.layer(value)).collect();
        };
        let guard = |argument: Option<Value<'_>>, mode: Mode| -> Vec<Candidate> {
            argument.map(|argument| candidate(argument, Scope::Router, mode)).into_iter().collect()
        };
        match call.path().rsplit('.').next().unwrap_or_default() {
            "from_fn" => return guard(call.argument(0), Mode::Middleware),
            "from_fn_with_state" => return guard(call.argument(1), Mode::Middleware),
            "map_request" => return guard(call.argument(0), Mode::Dependency),
            "map_request_with_state" => return guard(call.argument(1), Mode::Dependency),
            "from_extractor" | "from_extractor_with_state" => {
                return extractor_layer(call).into_iter().collect();
            }
            _ => {}
        }
        // `ServiceBuilder::new().layer(a).layer(b)`: the first is the outermost.
        if matches!(call.name(), "layer" | "option_layer") {
            let mut outer = call.receiver().map_or_else(Vec::new, |builder| self.layer(builder));
            outer.extend(call.argument(0).into_iter().flat_map(|layer| self.layer(layer)));
            return outer;
        }
        if call.path().contains("ServiceBuilder.new") {
            return call.receiver().map_or_else(Vec::new, |builder| self.layer(builder));
        }
        if let Some(body) = call.callee() {
            if let Some(service) = layered(value) {
                return vec![served_by(value, service)];
            }
            let layers: Vec<Value<'_>> = body.returned().collect();
            return layers.into_iter().flat_map(|layer| self.layer(layer)).collect();
        }
        vec![candidate(value, Scope::Router, Mode::Middleware)]
    }
}

/// A layer whose service decides.
fn served_by(layer: Value<'_>, service: Body<'_>) -> Candidate {
    Candidate {
        what: What::Definition(Definition::Function(service.at)),
        name: written(layer),
        location: layer.location(),
        scope: Scope::Router,
        mode: Mode::Middleware,
    }
}

/// `from_extractor::<RequireUser>()`: the type refuses as it would in a signature.
fn extractor_layer(call: Call<'_>) -> Option<Candidate> {
    let name = call.type_argument()?;
    let project = call.project;
    let Definition::Class(class) = project.resolve_export(call.file, name) else { return None };
    let class = project.class(class);
    let method = EXTRACTOR_METHODS.iter().find_map(|method| class.method(method))?;
    Some(Candidate {
        what: What::Definition(Definition::Function(method.at)),
        name: Text::from(name),
        location: call.location(),
        scope: Scope::Router,
        mode: Mode::Dependency,
    })
}
