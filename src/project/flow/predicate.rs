//! What a function that answers yes or no, or that answers with an error, proves of a parameter when it
//! says yes or finds no error.

use super::{
    held::Held,
    kills::Kills,
    run::{INLINED_MAX, Run},
    summary::Summaries,
    trace::{Constant, Mark, Trace},
};
use crate::{
    facts::{CallStyle, ExpressionId, ExpressionKind, Operator, StatementKind, Text},
    project::{Body, Call, FunctionRef, In, Project, Value},
};

/// What one predicate inside another adds to the depth, so that recursion ends.
const PREDICATE_DEPTH: u32 = 70;
/// Functions that decide about one value are short; longer ones do something else, and take long.
const STATEMENTS_MAX: usize = 8;
const BYTES_MAX: u32 = 1_500;

/// How a function says that it has nothing against what it was given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    Yes,
    NoError,
}

/// What is looked for while a predicate is read.
pub(super) struct Proof {
    consent: Consent,
    /// The parameter.
    name: Text,
    /// What all ways to a yes so far have proved of it.
    proven: Option<Kills>,
}

/// The treatments that every way to consent proves of the parameter `name`.
///
/// `depth`: how deep the work is already that asks.
fn proves(
    project: &Project,
    summaries: &Summaries,
    function: FunctionRef,
    (name, consent): (&Text, Consent),
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
    run.proof = Some(Proof { consent, name: name.clone(), proven: None });
    run.block(&declared.body, false);
    run.proof.and_then(|proof| proof.proven).unwrap_or(Kills::NONE)
}

/// A few statements, one of which answers no, or that there is no error.
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
        consent: Consent,
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
        let kills = proves(self.project, self.summaries, function, (name, consent), self.depth);
        self.proved.insert(key, kills);
        kills
    }

    /// The predicate that is read answers `value` here.
    pub(super) fn prove(&mut self, value: ExpressionId, held: &Held) {
        let Some(Proof { consent, name, proven }) = self.proof.take() else { return };
        let consents = match consent {
            Consent::Yes => held.constant.as_ref().is_none_or(Constant::is_truthy),
            Consent::NoError => !is_error(self.project.value(In { file: self.file, id: value })),
        };
        let is_own = self.inlined.is_empty();
        if !consents || !is_own {
            self.proof = Some(Proof { consent, name, proven });
            return;
        }
        let before = self.environment.clone();
        match consent {
            Consent::Yes => self.refine(value, true),
            Consent::NoError => self.refine_error(value),
        }
        let held = self.environment.get(&name);
        let kills = held
            .and_then(|held| held.traces.first().map(|trace| trace.kills).or(Some(Kills::ALLOWED)))
            .unwrap_or(Kills::NONE);
        self.environment = before;
        let proven = Some(proven.map_or(kills, |known| known & kills));
        self.proof = Some(Proof { consent, name, proven });
    }

    /// What a function of this project proves of its arguments when it consents.
    pub(super) fn refine_own(&mut self, call: Call<'_>, consent: Consent) {
        let Some(callee) = call.callee() else { return };
        if self.inlined.len() >= INLINED_MAX {
            return;
        }
        let declared = callee.function();
        // What a predicate asks of another is followed where that is one expression.
        if self.proof.is_some() && declared.body.len() > 1 {
            return;
        }
        for (number, argument) in call.positional().enumerate() {
            let Some(name) = declared.plain_parameters().nth(number).and_then(|own| own.name())
            else {
                continue;
            };
            let kills = self.proved_by(callee.at, name, consent, argument.at.id);
            if kills != Kills::NONE {
                self.kill(argument.at.id, kills);
            }
            // `isAllowedHost(url.hostname)`
            if kills.any(Kills::URL) {
                self.check_host(argument.at.id);
            }
        }
    }

    /// There is no error in `value`, a call or the name that its outcome was given.
    pub(super) fn refine_error(&mut self, value: ExpressionId) {
        let call = match &self.facts()[value].kind {
            ExpressionKind::Name(name) => self.outcomes.get(name).copied(),
            _ => Some(value),
        };
        let call = call.and_then(|id| self.project.call(In { file: self.file, id }));
        if let Some(call) = call {
            self.refine_own(call, Consent::NoError);
        }
    }
}

/// Certainly an error: made here, or known to be one.
fn is_error(value: Value<'_>) -> bool {
    let value = value.unwrapped();
    match value.kind() {
        ExpressionKind::Call { .. } => value.as_call().is_some_and(|call| {
            call.style() == CallStyle::Struct || matches!(call.name(), "New" | "Errorf" | "Wrap")
        }),
        ExpressionKind::Operation { operator: Operator::Reference, .. } => true,
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => {
            name.starts_with("Err") || is_known_error(value, name)
        }
        _ => false,
    }
}

/// `if err != nil { return err }`
fn is_known_error(value: Value<'_>, name: &str) -> bool {
    let Some(statement) = value.statement() else { return false };
    let unit = value.project.unit(statement.file);
    unit.index.enclosing(statement.id).any(|(outer, _)| {
        let StatementKind::If { test, .. } = unit.facts[outer].kind else { return false };
        match &unit.facts[test].kind {
            ExpressionKind::Operation { operator: Operator::NotEqual, operands } => {
                matches!(&unit.facts[operands[0]].kind, ExpressionKind::Name(own) if own == name)
            }
            _ => false,
        }
    })
}
