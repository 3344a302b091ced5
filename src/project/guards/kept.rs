//! Credentials that are looked up in what the program keeps: what is found under one proves it, unless the entry is
//! made for whoever asks.

use super::{
    Level, carrier,
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, ParameterKind, Pattern, vocabulary::Meaning},
    project::{Call, Declaration, Definition, In, Value},
};

impl<'p> Walker<'_, 'p> {
    /// `users[token]`
    pub(super) fn is_listed(&mut self, value: Value<'p>, path: &Path) -> bool {
        let ExpressionKind::Index { object, index } = value.kind() else { return false };
        let is_range = matches!(
            value.sibling(*index).kind(),
            ExpressionKind::Operation { operator: Operator::Range, .. }
        );
        let container = value.sibling(*object);
        let is_handed =
            matches!(container.kind(), ExpressionKind::Name(_)) && is_handed_in(container);
        let is_kept = !is_range && !is_handed && !self.is_filled(container);
        let listed = is_kept && self.evaluate(*index, &mut path.clone()) == Some(Label::Credential);
        if listed {
            self.found_at(value);
        }
        listed
    }

    /// `sessions.get(token)`, `keys.has(token)`. Everything else that is done there with a credential may be what
    /// makes the entry.
    pub(super) fn looked_up(
        &mut self,
        call: Call<'p>,
        is_by_credential: bool,
        path: &Path,
    ) -> Option<Label> {
        let container = call.receiver().filter(|_| is_by_credential)?;
        if !call.means(Meaning::MemoryRead) && !reads_literal(call) {
            self.fill(container, path);
            return None;
        }
        if is_handed_in(container) || self.is_filled(container) {
            return None;
        }
        self.found_at(call.value());
        Some(Label::Proof)
    }

    /// `token in KEYS`
    pub(super) fn is_member(
        &mut self,
        element: Value<'p>,
        container: Value<'p>,
        path: &Path,
    ) -> bool {
        let mut path = path.clone();
        let is_by_credential = self.evaluate(element.at.id, &mut path) == Some(Label::Credential);
        let is_member = is_by_credential
            && self.evaluate(container.at.id, &mut path).is_none()
            && !is_handed_in(container)
            && !self.is_filled(container)
            && (is_kept(container) || self.is_configured(container.at.id));
        if is_member {
            self.found_at(element);
        }
        is_member
    }

    /// `hits[key] = 1`, for whoever sends a key.
    pub(super) fn fills_entry(&mut self, target: &Pattern, path: &Path) {
        if let Pattern::Place(place) = target {
            self.fills_place(*place, path);
        }
    }

    pub(super) fn fills_place(&mut self, place: ExpressionId, path: &Path) {
        let value = self.value(place);
        let ExpressionKind::Index { object, index } = value.kind() else { return };
        if self.evaluate(*index, &mut path.clone()) == Some(Label::Credential) {
            self.fill(value.sibling(*object), path);
        }
    }

    fn fill(&mut self, container: Value<'p>, path: &Path) {
        if path.level < Level::Verified {
            self.filled.push(container.source());
        }
    }

    fn is_filled(&self, container: Value<'p>) -> bool {
        let makes_missing = || {
            self.grader
                .project
                .vocabulary()
                .has(&asked_by(container, "__getitem__"), Meaning::MemoryDefault)
        };
        self.filled.contains(&container.source()) || makes_missing()
    }

    fn found_at(&mut self, value: Value<'p>) {
        self.reads_credential = true;
        self.verifies = true;
        self.decided_at = Some(value.location());
    }
}

/// Does a value come from whoever called the function, rather than from what the server keeps?
fn is_handed_in(value: Value<'_>) -> bool {
    let Some(root) = carrier::root_of(value) else { return false };
    let Some((scope, Declaration::Parameter(number, _))) = value.project.binding(root.at) else {
        return false;
    };
    let parameter = &value.project.body(scope).function().parameters[*number];
    let is_shared =
        parameter.annotation.is_some_and(|id| value.project.is_shared(In { file: scope.file, id }));
    parameter.kind != ParameterKind::Receiver && !is_shared
}

/// A map or list that is written in the program: `{}`, asked by a method that only asks.
fn reads_literal(call: Call<'_>) -> bool {
    matches!(call.name(), "get" | "includes" | "hasOwnProperty")
        && call.callee().is_none()
        && call.receiver().is_some_and(is_literal)
}

fn is_literal(container: Value<'_>) -> bool {
    let Definition::Value(at) = container.resolve() else { return false };
    let kind = container.project.value(at).kind();
    matches!(kind, ExpressionKind::Object(_) | ExpressionKind::List(_))
}

/// Is this something that may be asked whether it holds a key?
fn is_kept(container: Value<'_>) -> bool {
    let vocabulary = container.project.vocabulary();
    is_literal(container)
        || vocabulary.has(&asked_by(container, "__contains__"), Meaning::MemoryRead)
}

/// The canonical path of a method of a container.
fn asked_by(container: Value<'_>, method: &str) -> String {
    format!("{}.{method}", container.path())
}
