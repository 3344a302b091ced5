//! What a function that answers yes or no proves of a parameter when it says yes.

use super::{
    held::Held,
    kills::Kills,
    run::{Run, Summaries},
    trace::{Constant, Mark, Trace},
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Text},
    project::{Body, FunctionRef, Project, Value},
};

/// What one predicate inside another adds to the depth, so that recursion ends.
const PREDICATE_DEPTH: u32 = 70;
/// Functions that decide about one value are short; longer ones do something else, and take long.
const STATEMENTS_MAX: usize = 8;
const BYTES_MAX: u32 = 1_500;

/// What is looked for while a predicate is read.
pub(super) struct Proof {
    /// The parameter.
    name: Text,
    /// What all ways to a yes so far have proved of it.
    proven: Option<Kills>,
}

/// The treatments that every way to a truthy answer proves of the parameter `name`.
///
/// `depth`: how deep the work is already that asks.
fn proves(
    project: &Project,
    summaries: &Summaries,
    function: FunctionRef,
    name: &Text,
    depth: u32,
) -> Kills {
    let body = project.body(function);
    let declared = body.function();
    if declared.body.len() > 1 && !is_short_question(body) {
        return Kills::NONE;
    }
    let mut run = Run::alone(project, summaries, function);
    run.depth = depth + PREDICATE_DEPTH;
    if !run.spend() {
        return Kills::NONE;
    }
    run.environment.insert(name.clone(), Held::of(Mark::Parameter(0, Vec::new())));
    run.proof = Some(Proof { name: name.clone(), proven: None });
    run.block(&declared.body, false);
    run.proof.and_then(|proof| proof.proven).unwrap_or(Kills::NONE)
}

/// A few statements, one of which answers no.
fn is_short_question(body: Body<'_>) -> bool {
    let declared = body.function();
    let answers_no = |value: Value<'_>| {
        matches!(value.kind(), ExpressionKind::Bool(false) | ExpressionKind::Null)
    };
    declared.body.len() <= STATEMENTS_MAX
        && declared.span.end - declared.span.start <= BYTES_MAX
        && body.returned().any(answers_no)
}

impl Run<'_> {
    /// What `function` proves of its parameter `name` when it says yes. It is asked once for each, and
    /// only about values that somebody else chose.
    pub(super) fn proved_by(
        &mut self,
        function: FunctionRef,
        name: &Text,
        argument: ExpressionId,
    ) -> Kills {
        let is_followed =
            |trace: &Trace| matches!(trace.mark, Mark::Source(..) | Mark::Parameter(..));
        if !self.evaluate(argument).all_traces().iter().any(is_followed) {
            return Kills::NONE;
        }
        let key = (function, name.clone());
        if let Some(&known) = self.proved.get(&key) {
            return known;
        }
        let kills = proves(self.project, self.summaries, function, name, self.depth);
        self.proved.insert(key, kills);
        kills
    }

    /// The predicate that is read answers `value` here.
    pub(super) fn prove(&mut self, value: ExpressionId, held: &Held) {
        let Some(Proof { name, proven }) = self.proof.take() else { return };
        let is_yes = held.constant.as_ref().is_none_or(Constant::is_truthy);
        let is_own = self.inlined.is_empty();
        if !is_yes || !is_own {
            self.proof = Some(Proof { name, proven });
            return;
        }
        let before = self.environment.clone();
        self.refine(value, true);
        let held = self.environment.get(&name);
        let kills = held
            .and_then(|held| held.traces.first().map(|trace| trace.kills).or(Some(Kills::ALLOWED)))
            .unwrap_or(Kills::NONE);
        self.environment = before;
        let proven = Some(proven.map_or(kills, |known| known & kills));
        self.proof = Some(Proof { name, proven });
    }
}
