//! Credentials that are looked up in what the program keeps: what is found under one proves it, unless the entry is
//! made for whoever asks.

use super::{
    Level, carrier,
    dependency::asked_by,
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, ParameterKind, Pattern, vocabulary::Meaning},
    project::{Call, Declaration, Definition, FunctionRef, In, Project, Value},
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

    /// `sessions.get(token)`, `slices.Contains(keys, token)`. Everything else that is done there with a credential may
    /// be what makes the entry. `credentials` says which arguments are, as bits by position.
    pub(super) fn looked_up(
        &mut self,
        call: Call<'p>,
        credentials: u32,
        path: &Path,
    ) -> Option<Label> {
        let key = u32::from(call.detail(Meaning::MemoryRead, "container").is_some());
        let is_by_credential = credentials >> key & 1 == 1;
        let container = container_of(call).filter(|_| is_by_credential)?;
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
                .has(&method_path(container, "__getitem__"), Meaning::MemoryDefault)
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
pub(super) fn is_handed_in(value: Value<'_>) -> bool {
    // `request.app.state.keys`: what all requests share.
    let is_shared = matches!(carrier::chain(value)[..], [_, "app", ..]);
    let binding = carrier::root_of(value).and_then(|root| value.project.binding(root.at));
    match binding {
        Some((scope, Declaration::Parameter(number, _))) => {
            !is_shared && is_given(value.project, scope, *number)
        }
        _ => false,
    }
}

/// Is a parameter what the function was given, rather than the object that it belongs to or what all requests share?
pub(super) fn is_given(project: &Project, scope: FunctionRef, number: usize) -> bool {
    let body = project.body(scope);
    let parameter = &body.function().parameters[number];
    let is_shared =
        parameter.annotation.is_some_and(|id| project.is_shared(In { file: scope.file, id }));
    // `settings = Depends(get_settings)`: made without looking at the request.
    let is_made = || {
        let asked = asked_by(body).into_iter().find(|(name, _)| *name == parameter.name());
        asked.is_some_and(|(_, maker)| match maker.resolve() {
            Definition::Function(maker) => {
                project.body(maker).function().plain_parameters().next().is_none()
            }
            _ => false,
        })
    };
    parameter.kind != ParameterKind::Receiver && !is_shared && !is_made()
}

/// What a call looks into: its first argument where the vocabulary says so, else what it is called on.
fn container_of(call: Call<'_>) -> Option<Value<'_>> {
    match call.detail(Meaning::MemoryRead, "container") {
        Some(_) => call.argument(0),
        None => call.receiver(),
    }
}

/// A map or list that is written in the program: `{}`, asked by a method that only asks.
fn reads_literal(call: Call<'_>) -> bool {
    matches!(call.name(), "get" | "includes" | "hasOwnProperty")
        && call.callee().is_none()
        && call.receiver().is_some_and(is_literal)
}

fn is_literal(container: Value<'_>) -> bool {
    matches!(literal(container), Some(ExpressionKind::Object(_) | ExpressionKind::List(_)))
}

fn literal(container: Value<'_>) -> Option<&ExpressionKind> {
    let Definition::Value(at) = container.resolve() else { return None };
    Some(container.project.value(at).kind())
}

/// Is this something that may be asked whether it holds a key? A list of a script is asked for a number.
fn is_kept(container: Value<'_>) -> bool {
    let vocabulary = container.project.vocabulary();
    let is_script = container.project.file(container.at.file).language.is_script();
    if is_script && matches!(literal(container), Some(ExpressionKind::List(_))) {
        return false;
    }
    is_literal(container)
        || vocabulary.has(&method_path(container, "__contains__"), Meaning::MemoryRead)
}

/// The canonical path of a method of a container.
fn method_path(container: Value<'_>, method: &str) -> String {
    format!("{}.{method}", container.path())
}
