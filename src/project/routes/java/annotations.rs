//! Annotations of Java, and what they are given.

use crate::{
    facts::Text,
    project::{Call, In, Type, Value},
};

/// Stands for what is not known of a path.
pub(super) const UNKNOWN: &str = "{unknown}";

/// An annotation by its last name.
pub(super) struct Annotation<'p> {
    pub(super) name: &'p str,
    pub(super) call: Option<Call<'p>>,
    pub(super) value: Value<'p>,
}

impl<'p> Annotation<'p> {
    /// The first of its unnamed value and this option.
    pub(super) fn first(&self, option: &str) -> Option<Value<'p>> {
        let call = self.call?;
        call.named(option).or_else(|| call.argument(0))
    }

    /// The texts of its unnamed value or this option: one, or a list of them.
    pub(super) fn texts(&self, option: &str) -> Vec<Text> {
        let Some(value) = self.first(option) else { return Vec::new() };
        match value.items() {
            Some(items) => items.into_iter().map(path_text).collect(),
            None => vec![path_text(value)],
        }
    }

    pub(super) fn paths(&self) -> Vec<Text> {
        let paths = match self.call.and_then(|call| call.named("path")) {
            Some(_) => self.texts("path"),
            None => self.texts("value"),
        };
        if paths.is_empty() { vec![Text::default()] } else { paths }
    }
}

/// Annotations among decorators.
pub(super) fn annotations<'p>(
    decorators: impl Iterator<Item = Value<'p>>,
) -> impl Iterator<Item = Annotation<'p>> {
    decorators.map(|value| {
        let call = value.as_call();
        let name = match call {
            Some(call) => call.name(),
            None => value.source().rsplit('.').next().unwrap_or_default(),
        };
        Annotation { name: name.trim_start_matches('@'), call, value }
    })
}

/// The annotations of a class.
pub(super) fn class_annotations(class: Type<'_>) -> Vec<Annotation<'_>> {
    let decorators = class.class().decorators.iter();
    let project = class.project;
    annotations(decorators.map(|&id| project.value(In { file: class.at.file, id }))).collect()
}

/// The path that a value spells; a part that is not known here stands as a parameter.
pub(super) fn path_text(value: Value<'_>) -> Text {
    use crate::facts::ExpressionKind;

    let constant = value.constant();
    match constant.kind() {
        ExpressionKind::Text(text) => text.clone(),
        ExpressionKind::Concat(parts) | ExpressionKind::Operation { operands: parts, .. } => {
            let spelled = parts.iter().map(|&part| path_text(constant.sibling(part)).to_string());
            spelled.collect::<String>().into()
        }
        _ => UNKNOWN.into(),
    }
}
