//! What a value carries: a credential, an identity, a proof.

use super::{
    Level, carrier,
    path::{Label, Path},
    rust,
    walk::Walker,
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, Pattern, vocabulary::Meaning},
    project::Value,
};

impl Walker<'_, '_> {
    /// Runs an expression on a path and says what its truth would prove.
    pub(super) fn evaluate(&mut self, id: ExpressionId, path: &mut Path) -> Option<Label> {
        let value = self.value(id);
        match value.kind() {
            ExpressionKind::Name(_) if rust::is_none(value) => Some(Label::Null),
            ExpressionKind::Name(name) => path.label(name).filter(|label| *label != Label::Set),
            ExpressionKind::Null | ExpressionKind::Bool(false) => Some(Label::Null),
            ExpressionKind::Text(text) if text.is_empty() => Some(Label::Null),
            ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                let whole = self.evaluate(*object, path);
                if !is_asked_for(value) {
                    self.throws_for_strangers(value.sibling(*object), path);
                }
                let known = carrier::request_label(value).filter(|_| !self.is_of_element(value));
                self.reads_credential |= known.is_some();
                let field = named_label(value, path);
                // `request.user = AnonymousUser()`: nobody filled in who is calling.
                let known = known.filter(|_| field != Some(Label::Set));
                let field = field.filter(|label| *label != Label::Set);
                match whole {
                    _ if field.is_some() => field,
                    Some(Label::Null) if known.is_none() => whole,
                    Some(Label::Null) => known,
                    None if known.is_none() && self.is_listed(value, path) => Some(Label::Proof),
                    // `req.session.userId` says more than `req.session`.
                    whole => whole.max_by_level(known),
                }
            }
            ExpressionKind::Await(inner) => self.evaluate(*inner, path),
            ExpressionKind::Cast { value, .. } => self.evaluate(*value, path),
            ExpressionKind::Propagate(inner) => {
                let label = self.evaluate(*inner, path);
                // `session.get("user")?` fails when the store does; whether there is one is in the value.
                let reads = self.value(*inner).as_call();
                if !reads.is_some_and(|call| call.means(Meaning::ReadIdentity)) {
                    path.raise(label.map_or(Level::Nothing, Label::level));
                }
                label
            }
            ExpressionKind::Call { .. } => self.call(value, path),
            ExpressionKind::Conditional { test, then, otherwise } => {
                let (mut when_true, mut when_false) = (path.clone(), path.clone());
                self.refine(*test, true, &mut when_true);
                self.refine(*test, false, &mut when_false);
                let first = self.evaluate(*then, &mut when_true);
                let second = self.evaluate(*otherwise, &mut when_false);
                match (first, second) {
                    (Some(Label::Null), other) | (other, Some(Label::Null)) => other,
                    (first, second) if first == second => first,
                    _ => None,
                }
            }
            ExpressionKind::Operation { operator, operands } => {
                self.operation(id, *operator, operands, path)
            }
            ExpressionKind::Assign { target, value, .. } => {
                let label = self.evaluate(*value, path);
                self.fills_place(*target, path);
                if let ExpressionKind::Name(name) = self.value(*target).kind() {
                    path.set(name, label);
                }
                label
            }
            ExpressionKind::Comprehension { element, target, source, conditions } => {
                self.comprehension(*element, (target, *source), conditions, path)
            }
            ExpressionKind::Branches(statement) => self.statement(*statement, path),
            ExpressionKind::Function(_) | ExpressionKind::Class(_) => None,
            kind => {
                let mut strongest: Option<Label> = None;
                let mut children = Vec::new();
                kind.each_child(|child| children.push(child));
                for child in children {
                    let label = self.evaluate(child, path);
                    strongest = strongest.max_by_level(label);
                }
                // `{ archived: false }` is there, whatever is in it.
                strongest.filter(|label| *label != Label::Null)
            }
        }
    }
}

impl Walker<'_, '_> {
    /// What comes out of an operation.
    fn operation(
        &mut self,
        id: ExpressionId,
        operator: Operator,
        operands: &[ExpressionId],
        path: &mut Path,
    ) -> Option<Label> {
        if let (Operator::Increment | Operator::Decrement, [place]) = (operator, operands) {
            self.fills_place(*place, path);
        }
        if let Some(proof) = self.compared(id, operator, path) {
            return Some(proof);
        }
        // `a || b`, `a && b`: the weakest part that carries anything.
        let is_choice = matches!(operator, Operator::Or | Operator::Default);
        let is_part = is_choice || operator == Operator::And;
        let labels: Vec<Option<Label>> =
            operands.iter().map(|&operand| self.evaluate(operand, &mut path.clone())).collect();
        // `sessions.get(token) ?? { visits: 0 }` is there for everybody. Out of `?? {}` comes no part.
        let is_always = is_choice
            && operands
                .iter()
                .any(|&operand| self.is_set(operand) && !is_empty_object(self.value(operand)));
        // What is compared with nothing is not nothing, and `a ?? null` is true where `a` is.
        let carried: Vec<Label> = labels.into_iter().flatten().collect();
        let is_something = carried.iter().any(|label| *label != Label::Null);
        let skips_null = !is_part || is_choice && is_something;
        let parts = carried.into_iter().filter(|label| !skips_null || *label != Label::Null);
        let weakest = parts.min_by_key(|label| label.level());
        weakest.filter(|label| !is_always || label.level() <= Level::Presence)
    }

    /// Notes that a field was given an object that is made out of nothing, and so is nobody in particular.
    pub(super) fn bind_nobody(
        &self,
        target: &Pattern,
        value: ExpressionId,
        label: Option<Label>,
        path: &mut Path,
    ) {
        let Pattern::Place(place) = target else { return };
        let ExpressionKind::Member { object, name } = self.value(*place).kind() else { return };
        let ExpressionKind::Name(object) = self.value(*object).kind() else { return };
        let is_made_of_nothing = self.value(value).as_call().is_some_and(|call| {
            call.name().starts_with(char::is_uppercase) && call.arguments().is_empty()
        });
        if is_made_of_nothing && label.is_none() {
            path.set_field(object, name, Label::Set);
        }
    }

    /// What the outcome of a comparison proves that is kept for later:
    /// `const known = header === process.env.KEY`.
    fn compared(&mut self, id: ExpressionId, operator: Operator, path: &Path) -> Option<Label> {
        let (truth, proof) = match operator {
            Operator::Equal | Operator::In => (true, Label::Proof),
            Operator::NotEqual | Operator::NotIn => (false, Label::Failure),
            _ => return None,
        };
        let mut then = path.clone();
        // What is kept decides nothing yet: `user.isAdmin = user.role === ADMIN`.
        let asked_before = self.role;
        self.refine(id, truth, &mut then);
        self.role = asked_before;
        let is_proven = path.level < Level::Verified && then.level == Level::Verified;
        (is_proven && !then.ended).then_some(proof)
    }
}

fn is_empty_object(value: Value<'_>) -> bool {
    matches!(value.kind(), ExpressionKind::Object(entries) if entries.is_empty())
}

/// `request.auth?.uid`: nothing where there is nothing.
fn is_asked_for(part: Value<'_>) -> bool {
    part.source().contains("?.")
}

/// The stronger of two labels.
pub(super) trait Stronger {
    fn max_by_level(self, other: Self) -> Self;
}

impl Stronger for Option<Label> {
    fn max_by_level(self, other: Self) -> Self {
        match (self, other) {
            (Some(first), Some(second)) if second.level() > first.level() => Some(second),
            (None, second) => second,
            (first, _) => first,
        }
    }
}

/// What a variable, or a field of one, was found to prove.
pub(super) fn named_label(value: Value<'_>, path: &Path) -> Option<Label> {
    match value.kind() {
        ExpressionKind::Name(name) => path.label(name),
        ExpressionKind::Member { object, name } => match value.sibling(*object).kind() {
            ExpressionKind::Name(object) => path.label(&format!("{object}.{name}")),
            _ => None,
        },
        _ => None,
    }
}
