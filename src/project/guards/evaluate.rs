//! What a value carries: a credential, an identity, a proof.

use super::{
    Level, carrier,
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, vocabulary::Meaning},
    project::Value,
};

impl Walker<'_, '_> {
    /// Runs an expression on a path and says what its truth would prove.
    pub(super) fn evaluate(&mut self, id: ExpressionId, path: &mut Path) -> Option<Label> {
        let value = self.value(id);
        match value.kind() {
            ExpressionKind::Name(name) => path.label(name).filter(|label| *label != Label::Set),
            ExpressionKind::Null | ExpressionKind::Bool(false) => Some(Label::Null),
            ExpressionKind::Text(text) if text.is_empty() => Some(Label::Null),
            ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                let whole = self.evaluate(*object, path);
                let known = carrier::request_label(value);
                self.reads_credential |= known.is_some();
                let field = named_label(value, path).filter(|label| *label != Label::Set);
                match whole {
                    _ if field.is_some() => field,
                    Some(Label::Null) if known.is_none() => whole,
                    Some(Label::Null) => known,
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
                // `a || b`, `a && b`: the weakest part that carries anything.
                let is_part = matches!(operator, Operator::And | Operator::Or | Operator::Default);
                let labels: Vec<Option<Label>> = operands
                    .iter()
                    .map(|&operand| self.evaluate(operand, &mut path.clone()))
                    .collect();
                // What is compared with nothing is not nothing.
                let carried = labels.into_iter().flatten();
                let carried = carried.filter(|label| is_part || *label != Label::Null);
                carried.min_by_key(|label| label.level())
            }
            ExpressionKind::Assign { target, value, .. } => {
                let label = self.evaluate(*value, path);
                if let ExpressionKind::Name(name) = self.value(*target).kind() {
                    path.set(name, label);
                }
                label
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
