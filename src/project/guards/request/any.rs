//! Tests that hold for any of a list: `OPEN.some((path) => req.path.startsWith(path))`.

use super::{Part, Request, same_path};
use crate::{
    facts::{ExpressionKind, Operator, Pattern, Text},
    project::Value,
};

impl Request {
    /// `PUBLIC.some((path) => req.path.startsWith(path))`.
    pub(super) fn any_prefix(&self, list: Value<'_>, test: Value<'_>) -> Option<bool> {
        let body = test.as_function()?;
        let name = body.function().plain_parameters().next()?.name()?;
        let answer = body.returned().last()?;
        self.any_of_texts(list, name, answer)
    }

    /// `any(request.path.startswith(path) for path in OPEN)`.
    pub(super) fn any_of(&self, generated: Value<'_>) -> Option<bool> {
        let ExpressionKind::Comprehension { element, target, source, conditions } =
            generated.kind()
        else {
            return None;
        };
        let Pattern::Name(name) = target else { return None };
        let source = Some(generated.sibling(*source)).filter(|_| conditions.is_empty())?;
        self.any_of_texts(source, name, generated.sibling(*element))
    }

    /// Does a test hold for one of the texts of a list, which it calls `name`?
    fn any_of_texts(&self, list: Value<'_>, name: &Text, test: Value<'_>) -> Option<bool> {
        let is_element =
            |value: Value<'_>| matches!(value.kind(), ExpressionKind::Name(used) if used == name);
        let texts = self.texts(list)?;
        let (how, part) = match test.kind() {
            ExpressionKind::Operation { operator: Operator::In, operands } => {
                let [first, second] = operands.as_slice() else { return None };
                ("in", is_element(test.sibling(*first)).then(|| test.sibling(*second))?)
            }
            ExpressionKind::Operation { operator: Operator::Equal, operands } => {
                let mut sides = operands.iter().map(|&side| test.sibling(side));
                ("is", sides.find(|side| !is_element(*side))?)
            }
            _ => {
                let call = test.as_call()?;
                let is_asked = call.argument(0).is_some_and(is_element);
                (call.name(), call.receiver().filter(|_| is_asked)?)
            }
        };
        let Part::Path(path) = self.part(part)? else { return None };
        texts.into_iter().try_fold(false, |any, text| Some(any | relates(how, path, text)?))
    }
}

fn relates(how: &str, path: &str, text: &str) -> Option<bool> {
    Some(match how {
        "startsWith" | "startswith" => path.starts_with(text),
        "endsWith" | "endswith" => path.ends_with(text),
        "is" => same_path(path, text),
        "in" | "includes" => path.contains(text),
        _ => return None,
    })
}
