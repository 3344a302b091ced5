//! What is known of the ways through a block, and how blocks one after the other add up.

use std::collections::BTreeSet;

use super::Action;

/// What is known of the paths through a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    /// On some path.
    pub(super) sometimes: BTreeSet<Action>,
    /// On every path that goes on behind the block. None: none does.
    pub(super) falling: Option<BTreeSet<Action>>,
    /// On every path that left.
    pub(super) left: Option<BTreeSet<Action>>,
}

pub(super) fn both(
    one: Option<BTreeSet<Action>>,
    other: Option<BTreeSet<Action>>,
) -> Option<BTreeSet<Action>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.intersection(&other).copied().collect()),
        (one, other) => one.or(other),
    }
}

pub(super) fn going_on(actions: BTreeSet<Action>) -> Paths {
    Paths { sometimes: actions.clone(), falling: Some(actions), left: None }
}

pub(super) fn leaving(actions: BTreeSet<Action>) -> Paths {
    Paths { sometimes: actions.clone(), falling: None, left: Some(actions) }
}

/// Either of the two.
pub(super) fn joined(one: Paths, other: Paths) -> Paths {
    let mut sometimes = one.sometimes;
    sometimes.extend(other.sometimes);
    Paths { sometimes, falling: both(one.falling, other.falling), left: both(one.left, other.left) }
}

/// One after the other.
pub(super) fn followed(first: Paths, then: Paths) -> Paths {
    let Some(before) = first.falling else { return first };
    let with_before = |actions: BTreeSet<Action>| -> BTreeSet<Action> {
        actions.union(&before).copied().collect()
    };
    let mut sometimes = first.sometimes;
    sometimes.extend(then.sometimes);
    Paths {
        sometimes,
        falling: then.falling.map(with_before),
        left: both(first.left, then.left.map(with_before)),
    }
}
