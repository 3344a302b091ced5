//! What a function that answers yes or no proves of a parameter when it says yes.

use super::{
    kills::Kills,
    run::{Run, Summaries},
    trace::Mark,
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{FunctionRef, Project},
};

/// What one predicate inside another adds to the depth, so that recursion ends.
const PREDICATE_DEPTH: u32 = 32;

/// The treatments that every way to a truthy answer proves of the parameter `name`.
///
/// `depth`: how deep the work is already that asks.
pub(super) fn proves(
    project: &Project,
    summaries: &Summaries,
    function: FunctionRef,
    name: &Text,
    depth: u32,
) -> Kills {
    let body = project.body(function);
    let statements = &body.function().body;
    let [only] = statements.as_slice() else {
        return Kills::NONE;
    };
    let mut proven: Option<Kills> = None;
    for returned in body.returned() {
        let is_no = matches!(returned.kind(), ExpressionKind::Bool(false) | ExpressionKind::Null);
        if is_no || returned.statement().is_none_or(|statement| statement.id != *only) {
            continue;
        }
        let mut run = Run::alone(project, summaries, function);
        run.depth = depth + PREDICATE_DEPTH;
        run.environment.insert(name.clone(), super::held::Held::of(Mark::Parameter(0, Vec::new())));
        run.refine(returned.at.id, true);
        let held = run.environment.get(name);
        let kills = held
            .and_then(|held| held.traces.first().map(|trace| trace.kills).or(Some(Kills::ALLOWED)))
            .unwrap_or(Kills::NONE);
        proven = Some(proven.map_or(kills, |known| known & kills));
    }
    proven.unwrap_or(Kills::NONE)
}
