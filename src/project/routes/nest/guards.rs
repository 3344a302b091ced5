//! What `@UseGuards(…)` names.

use super::{
    super::{
        Candidate, Scope, What,
        script::{first_line, made_by},
    },
    decorator::Decorator,
};
use crate::{
    facts::vocabulary::Meaning,
    project::{Call, Value, guards::Mode},
};

/// The guards that decorators put in front of a handler, in order.
pub(super) fn used(decorators: &[Decorator<'_>], scope: Scope) -> Vec<Candidate> {
    let uses = decorators.iter().filter(|decorator| decorator.name() == "UseGuards");
    let guards = uses.filter_map(|decorator| decorator.call).flat_map(Call::positional);
    guards.map(|guard| candidate(guard, scope)).collect()
}

/// A guard: a class, an object, or what makes one.
pub(super) fn candidate(written: Value<'_>, scope: Scope) -> Candidate {
    // `app.get(SignedInGuard)`: the container's object of that class.
    let held = written.as_call().filter(|call| call.name() == "get" && call.receiver().is_some());
    let guard = held.and_then(|call| call.argument(0)).unwrap_or(written);
    // `mixin(RoleGuard)` in a function that makes guards.
    let mixed = made_by(guard).filter(|made| made.means(Meaning::WrapHandler));
    let guard = mixed.and_then(|made| made.argument(0)).unwrap_or(guard);
    Candidate {
        what: What::Expression(guard.at),
        name: first_line(written.source()).into(),
        location: written.location(),
        scope,
        mode: Mode::Dependency,
    }
}
