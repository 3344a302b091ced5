//! What an assignment changes.

use super::{held::Held, run::Run, trace::Constant};
use crate::facts::{ExpressionId, ExpressionKind};

impl Run<'_> {
    /// Puts a value in the place that an expression names.
    pub(super) fn assign(&mut self, target: ExpressionId, held: &Held) {
        let facts = self.facts();
        match &facts[target].kind {
            ExpressionKind::Name(name) => {
                self.environment.insert(name.clone(), held.clone());
            }
            ExpressionKind::Member { name, .. } => {
                self.observe_property(target, name, held);
                self.update(target, &mut |place| *place = held.clone());
            }
            ExpressionKind::Index { .. } => {
                self.update(target, &mut |place| *place = held.clone());
            }
            ExpressionKind::List(items) => {
                for (number, &item) in items.iter().enumerate() {
                    self.assign(item, &held.item(Some(number)));
                }
            }
            _ => {
                self.evaluate(target);
            }
        }
    }

    /// Changes what the place that an expression names holds. Other expressions name no place.
    pub(super) fn update(&mut self, target: ExpressionId, change: &mut dyn FnMut(&mut Held)) {
        if !self.spend() {
            return;
        }
        let facts = self.facts();
        let location = self.location(target);
        self.depth += 1;
        match &facts[target].kind {
            ExpressionKind::Name(name) => {
                if !self.environment.contains_key(name) {
                    let held = self.resolved(target);
                    self.environment.insert(name.clone(), held);
                }
                if let Some(held) = self.environment.get_mut(name) {
                    change(held);
                }
            }
            ExpressionKind::Member { object, name } => {
                self.update(*object, &mut |whole| {
                    let mut part = whole.field(name, location);
                    change(&mut part);
                    whole.set_field(name, part);
                });
            }
            ExpressionKind::Index { object, index } => {
                let key = self.evaluate(*index).constant;
                self.update(*object, &mut |whole| match &key {
                    Some(Constant::Text(name)) => {
                        let mut part = whole.field(name, location);
                        change(&mut part);
                        whole.set_field(name, part);
                    }
                    Some(Constant::Integer(number)) => {
                        let number = usize::try_from(*number).unwrap_or(usize::MAX);
                        let known = whole.items_mut().and_then(|items| items.get_mut(number));
                        if let Some(item) = known {
                            change(item);
                            return;
                        }
                        let mut part = Held::clean();
                        change(&mut part);
                        whole.absorb(&part);
                    }
                    _ => {
                        let mut part = Held::clean();
                        change(&mut part);
                        whole.absorb(&part);
                    }
                });
            }
            ExpressionKind::Cast { value, .. }
            | ExpressionKind::Await(value)
            | ExpressionKind::Propagate(value) => self.update(*value, change),
            _ => {}
        }
        self.depth -= 1;
    }
}
