//! Where control parts and meets again: conditions, loops, choices, attempts.

use super::{
    held::Held,
    run::{Environment, Run, join_into},
    trace::Origin,
};
use crate::facts::{
    Arm, Block, ExpressionId, ExpressionKind, Handler, Language, LoopKind, Pattern, StatementId,
};

impl Run<'_> {
    pub(super) fn conditional(
        &mut self,
        test: ExpressionId,
        binding: Option<&(Pattern, ExpressionId)>,
        then: &Block,
        otherwise: &Block,
        is_tail: bool,
    ) {
        let tested = self.evaluate(test);
        let decided = tested.constant.as_ref().map(super::trace::Constant::is_truthy);
        let before = self.environment.clone();
        let mut ends = None;
        if decided != Some(false) {
            self.refine(test, true);
            if let Some((pattern, value)) = binding {
                let held = self.evaluate(*value);
                self.bind(pattern, &held, self.location(*value), true);
            }
            self.block(then, is_tail);
            self.end_branch(&mut ends);
        }
        if decided != Some(true) {
            self.environment = before;
            self.alive = true;
            self.refine(test, false);
            self.block(otherwise, is_tail);
            self.end_branch(&mut ends);
        }
        self.after_branches(ends);
    }

    fn end_branch(&mut self, ends: &mut Option<Environment>) {
        if self.alive {
            join_into(ends, std::mem::take(&mut self.environment));
        }
        self.alive = true;
    }

    fn after_branches(&mut self, ends: Option<Environment>) {
        self.alive = ends.is_some();
        self.environment = ends.unwrap_or_default();
    }

    pub(super) fn repeated(
        &mut self,
        kind: LoopKind,
        target: Option<&Pattern>,
        source: Option<ExpressionId>,
        body: &Block,
    ) {
        let mut ends = None;
        if kind != LoopKind::Endless {
            ends = Some(self.environment.clone());
        }
        // Twice, so that what one round leaves is seen by the next.
        for _ in 0..2 {
            let held = source.map(|source| (self.evaluate(source), self.location(source)));
            let start = self.environment.clone();
            match (kind, &held) {
                (LoopKind::ForEach, Some((held, location))) => {
                    if let Some(target) = target {
                        self.bind(target, &held.item(None), *location, true);
                    }
                }
                (LoopKind::While | LoopKind::Count, Some((held, location))) => {
                    if let Some(target) = target {
                        self.bind(target, held, *location, true);
                    } else if let Some(source) = source {
                        self.refine(source, true);
                    }
                }
                _ => {}
            }
            self.breaks.push(None);
            self.block(body, false);
            if let Some(exit) = self.breaks.pop().flatten() {
                join_into(&mut ends, exit);
            }
            let mut next = Some(start);
            if self.alive {
                let round = std::mem::take(&mut self.environment);
                if kind != LoopKind::Endless {
                    join_into(&mut ends, round.clone());
                }
                join_into(&mut next, round);
            }
            self.alive = true;
            self.environment = next.unwrap_or_default();
        }
        self.after_branches(ends);
    }

    pub(super) fn choice(&mut self, subject: Option<ExpressionId>, arms: &[Arm], is_tail: bool) {
        let held = subject.map(|subject| self.evaluate(subject));
        let facts = self.facts();
        let is_default = |arm: &Arm| arm.tests.is_empty() && arm.guard.is_none();
        let mut chosen: Option<usize> = None;
        let mut all_known = subject.is_some();
        for (number, arm) in arms.iter().enumerate() {
            for &test in &arm.tests {
                let known = self.evaluate(test).constant;
                all_known &= known.is_some() && arm.guard.is_none();
                let subject = held.as_ref().and_then(|held| held.constant.as_ref());
                if all_known && known.is_some() && known.as_ref() == subject {
                    chosen.get_or_insert(number);
                }
            }
        }
        let is_known = held.as_ref().is_some_and(|held| held.constant.is_some());
        if is_known && all_known && chosen.is_none() {
            chosen = arms.iter().position(is_default);
        }
        let before = self.environment.clone();
        let breaks_here =
            self.language().is_script() || matches!(self.language(), Language::Go | Language::Java);
        let mut ends = None;
        for (number, arm) in arms.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != number) {
                continue;
            }
            self.environment = before.clone();
            self.alive = true;
            if let (Some(binding), Some(held)) = (&arm.binding, &held) {
                self.bind(binding, held, self.place(arm.span), true);
            }
            let is_literal = !arm.tests.is_empty()
                && arm.tests.iter().all(|&test| {
                    matches!(facts[test].kind, ExpressionKind::Text(_) | ExpressionKind::Number(_))
                });
            match subject {
                Some(subject) if is_literal => self.allow(subject),
                None if arm.tests.len() == 1 => self.refine(arm.tests[0], true),
                _ => {}
            }
            if let Some(guard) = arm.guard {
                self.evaluate(guard);
                self.refine(guard, true);
            }
            if breaks_here {
                self.breaks.push(None);
            }
            self.block(&arm.body, is_tail);
            if breaks_here && let Some(exit) = self.breaks.pop().flatten() {
                join_into(&mut ends, exit);
            }
            self.end_branch(&mut ends);
        }
        let is_exhaustive =
            chosen.is_some() || self.language() == Language::Rust || arms.iter().any(is_default);
        if !is_exhaustive {
            join_into(&mut ends, before);
        }
        self.after_branches(ends);
    }

    pub(super) fn attempt(
        &mut self,
        body: &Block,
        handlers: &[Handler],
        otherwise: &Block,
        finally: &Block,
        is_tail: bool,
    ) {
        let before = self.environment.clone();
        self.block(body, is_tail && otherwise.is_empty());
        let mut failed = Some(before);
        if self.alive {
            join_into(&mut failed, self.environment.clone());
            self.block(otherwise, is_tail);
        }
        let mut ends = None;
        self.end_branch(&mut ends);
        for handler in handlers {
            self.environment = failed.clone().unwrap_or_default();
            if let Some(binding) = &handler.binding {
                let location = self.place(handler.span);
                let held = Held::source(Origin::Exception, location);
                self.bind(binding, &held, location, false);
            }
            self.block(&handler.body, is_tail);
            self.end_branch(&mut ends);
        }
        let ended = ends.is_some();
        self.environment = ends.or(failed).unwrap_or_default();
        self.alive = true;
        self.block(finally, false);
        self.alive &= ended;
    }

    /// Evaluates a statement used as a value.
    pub(super) fn branches(&mut self, statement: StatementId) -> Held {
        self.tails.push(None);
        self.statement(statement, true);
        self.tails.pop().flatten().unwrap_or_default()
    }
}
