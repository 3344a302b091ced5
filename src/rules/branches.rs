//! Whether two calls can both happen: those in different branches of one decision cannot.

use crate::{
    facts::{StatementId, StatementKind},
    project::{Call, In, Project, StatementRef, guards::deployed::in_production, index::Slot},
};

/// Do two calls of one function stand in different branches of one decision?
pub(super) fn are_alternatives(one: Call<'_>, other: Call<'_>) -> bool {
    let (Some(first), Some(second)) = (one.value().statement(), other.value().statement()) else {
        return false;
    };
    let around: Vec<_> = decisions(one.project, first).collect();
    first.file == second.file
        && decisions(one.project, second).any(|(outer, slot)| {
            around.iter().any(|(known, taken)| *known == outer && *taken != slot)
        })
}

/// The same, where a branch also ends what comes after it: `if (creates) return create(); return update();`.
pub(super) fn are_alternatives_or_end(one: Call<'_>, other: Call<'_>) -> bool {
    are_alternatives(one, other) || ends_before(one, other) || ends_before(other, one)
}

/// Does a branch with `early` in it leave the function, before `late`?
fn ends_before(early: Call<'_>, late: Call<'_>) -> bool {
    let Some(statement) = early.value().statement() else { return false };
    let facts = early.project.facts(statement.file);
    early.file == late.file
        && decisions(early.project, statement).any(|(outer, slot)| {
            let is_after = facts[outer].span.end <= late.location().span.start;
            is_after && leaves(early.project, In { file: statement.file, id: outer }, slot)
        })
}

/// Does a call happen only where a program is developed or tested: `if environment == "development"`?
pub(super) fn is_for_development(call: Call<'_>) -> bool {
    let Some(statement) = call.value().statement() else { return false };
    let facts = call.project.facts(statement.file);
    decisions(call.project, statement).any(|(outer, slot)| {
        let StatementKind::If { test, .. } = facts[outer].kind else { return false };
        let test = call.project.value(In { file: statement.file, id: test });
        match in_production(test) {
            Some(is_production) => is_production == (slot == Slot::Otherwise),
            None => false,
        }
    })
}

/// The decisions around a statement, with the branch that it stands in.
fn decisions(
    project: &Project,
    statement: StatementRef,
) -> impl Iterator<Item = (StatementId, Slot)> {
    let unit = project.unit(statement.file);
    unit.index.enclosing(statement.id).filter(|(outer, _)| {
        matches!(unit.facts[*outer].kind, StatementKind::If { .. } | StatementKind::Match { .. })
    })
}

/// Does a branch end in leaving the function?
fn leaves(project: &Project, decision: StatementRef, slot: Slot) -> bool {
    let facts = project.facts(decision.file);
    let branch = match (&facts[decision.id].kind, slot) {
        (StatementKind::If { then, .. }, Slot::Then) => then,
        (StatementKind::If { otherwise, .. }, Slot::Otherwise) => otherwise,
        (StatementKind::Match { arms, .. }, Slot::Branch(number)) => {
            let Some(arm) = arms.get(number as usize) else { return false };
            &arm.body
        }
        _ => return false,
    };
    let last = branch.iter().next_back().map(|&last| &facts[last].kind);
    matches!(last, Some(StatementKind::Return(_) | StatementKind::Throw(_)))
}
