//! Tests that hold for any of a list: `OPEN.some((path) => req.path.startsWith(path))`.

use super::{Part, Request, same_path};
use crate::{
    facts::{ExpressionKind, Operator, Pattern},
    project::Value,
};

impl Request {
    /// `PUBLIC.some((path) => req.path.startsWith(path))`.
    pub(super) fn any_prefix(&self, list: Value<'_>, test: Value<'_>) -> Option<bool> {
        let body = test.as_function()?;
        let inner = body.calls().next()?;
        let is_prefix = matches!(inner.name(), "startsWith" | "includes" | "endsWith");
        let Part::Path(path) = self.part(inner.receiver()?)? else { return None };
        let texts = self.texts(list).filter(|_| is_prefix)?;
        Some(texts.into_iter().any(|text| relates(inner.name(), path, text)))
    }

    /// `any(request.path.startswith(path) for path in OPEN)`.
    pub(super) fn any_of(&self, generated: Value<'_>) -> Option<bool> {
        let ExpressionKind::Comprehension { element, target, source, conditions } =
            generated.kind()
        else {
            return None;
        };
        let Pattern::Name(name) = target else { return None };
        let is_element =
            |value: Value<'_>| matches!(value.kind(), ExpressionKind::Name(used) if used == name);
        let texts = self.texts(generated.sibling(*source)).filter(|_| conditions.is_empty())?;
        let test = generated.sibling(*element);
        let (how, part) = match test.kind() {
            ExpressionKind::Operation { operator: Operator::In, operands } => {
                let [first, second] = operands.as_slice() else { return None };
                ("in", is_element(test.sibling(*first)).then(|| test.sibling(*second))?)
            }
            ExpressionKind::Operation { operator: Operator::Equal, operands } => {
                let sides = operands.iter().map(|&side| test.sibling(side));
                ("is", sides.into_iter().find(|side| !is_element(*side))?)
            }
            _ => {
                let call = test.as_call()?;
                let is_prefix = matches!(call.name(), "startswith" | "endswith")
                    && call.argument(0).is_some_and(is_element);
                (call.name(), call.receiver().filter(|_| is_prefix)?)
            }
        };
        let Part::Path(path) = self.part(part)? else { return None };
        Some(texts.into_iter().any(|text| relates(how, path, text)))
    }
}

fn relates(how: &str, path: &str, text: &str) -> bool {
    match how {
        "startsWith" | "startswith" => path.starts_with(text),
        "endsWith" | "endswith" => path.ends_with(text),
        "is" => same_path(path, text),
        _ => path.contains(text),
    }
}
