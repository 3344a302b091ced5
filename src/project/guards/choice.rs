//! Which arm of a `switch` or `match` a path takes.

use super::{
    path::{Label, Path, joined, joined_labels},
    rust,
    walk::{Walker, bind},
};
use crate::{
    facts::{Arm, Language},
    project::Value,
};

impl<'p> Walker<'_, 'p> {
    /// Runs the arms; what the one that is taken is worth, for those that are values.
    pub(super) fn choice(
        &mut self,
        subject: Option<Value<'p>>,
        arms: &[Arm],
        is_answer: bool,
        path: &mut Path,
    ) -> Option<Label> {
        let label = subject.and_then(|subject| self.evaluate(subject.at.id, &mut path.clone()));
        // The path on which no arm was taken yet.
        let mut rest = path.clone();
        let mut after: Option<(Path, Option<Label>)> = None;
        for arm in arms {
            let mut inside = rest.clone();
            self.enter(subject, arm, &mut inside, &mut rest);
            if let Some(binding) = &arm.binding {
                bind(binding, label, &mut inside);
            }
            if let Some(guard) = arm.guard {
                self.refine(guard, true, &mut inside);
            }
            self.is_answer = is_answer;
            let answer = self.block(&arm.body, &mut inside);
            after = Some(match after {
                Some((after, label)) => {
                    let label = joined_labels((&after, label), (&inside, answer));
                    (joined(after, inside), label)
                }
                None => (inside, answer),
            });
        }
        let (mut after, label) = after?;
        // A `switch` goes on where no case holds; a `match` of Rust has an arm for everything.
        let is_default = |arm: &Arm| arm.tests.is_empty() && arm.binding.is_none();
        let is_rust = self.grader.project.file(self.file.file).language == Language::Rust;
        if !is_rust && !arms.iter().any(is_default) {
            after = joined(after, rest);
        }
        *path = after;
        label
    }

    /// Narrows a path to where an arm is taken, and `rest` to where it is not.
    fn enter(&mut self, subject: Option<Value<'p>>, arm: &Arm, inside: &mut Path, rest: &mut Path) {
        let Some(subject) = subject else {
            if !arm.tests.is_empty() {
                self.refine_any(&arm.tests, true, inside);
                arm.tests.iter().for_each(|&test| self.refine(test, false, rest));
            }
            return;
        };
        let tests: Vec<Value<'p>> = arm.tests.iter().map(|&test| self.value(test)).collect();
        let request = self.grader.request.as_ref().filter(|_| !tests.is_empty());
        if let Some(is_taken) = request.and_then(|request| request.is_case(subject, &tests)) {
            self.grader.asked_request = true;
            inside.ended |= !is_taken;
            rest.ended |= is_taken && arm.guard.is_none();
            return;
        }
        let facts = self.grader.project.facts(self.file.file);
        match rust::arm_polarity(arm.binding.as_ref(), facts, &arm.tests) {
            Some(truth) => self.refine(subject.at.id, truth, inside),
            None => {
                self.evaluate(subject.at.id, inside);
            }
        }
    }
}
