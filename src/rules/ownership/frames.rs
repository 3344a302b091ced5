//! The functions that a way in runs through, each with the call that led to it.

use super::super::branches::are_alternatives_or_end;
use crate::project::{
    Body, Call, FunctionRef, Location, Project, Value,
    operations::{self, Operation},
};

/// A function, as one way in calls it.
pub(super) struct Frame<'p> {
    pub(super) body: Body<'p>,
    /// The calls that lead to it, the handler's own first.
    way: Vec<Call<'p>>,
}

/// An operation, and the place in the handler that leads to it.
pub(super) type Reached<'p> = (Operation<'p>, Location);

/// How many calls deep a handler is followed.
const HOPS_MAX: usize = 2;

impl<'p> Frame<'p> {
    /// What the function does with stored data.
    pub(super) fn operations(&self) -> Vec<Reached<'p>> {
        let entry = self.way.first().map(|call| call.location());
        let operations = operations::in_called(self.body, self.way.last().copied());
        let reached = operations.into_iter().map(|mut operation| {
            for filter in &mut operation.filters {
                filter.value = filter.value.map(|value| self.handed_in(value));
            }
            let place = entry.unwrap_or(operation.call.location());
            (operation, place)
        });
        reached.collect()
    }

    /// Does it run where another function runs? Of two ways that part in different branches, only one is gone.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let mut ways = self.way.iter().zip(&other.way);
        let parting = ways.find(|(own, others)| own.at() != others.at());
        let is_called = || {
            let calls_it = |call: Call<'p>| call.callee().is_some_and(|one| one.at == self.body.at);
            other.body.project.reaches_call(other.body.at, calls_it)
        };
        parting.is_none_or(|(own, others)| !are_alternatives_or_end(*own, *others) || is_called())
    }

    /// What the way to the function hands in, for one of its parameters; otherwise the value itself.
    fn handed_in(&self, value: Value<'p>) -> Value<'p> {
        self.way.iter().rev().fold(value, |value, call| {
            let passed = call.callee().zip(value.as_parameter()).and_then(|(callee, parameter)| {
                call.passed(callee, parameter.1).filter(|_| callee.at == parameter.0)
            });
            passed.unwrap_or(value)
        })
    }
}

/// The handler and the project's functions that it calls.
pub(super) fn frames(project: &Project, handler: FunctionRef) -> Vec<Frame<'_>> {
    let mut frames = vec![Frame { body: project.body(handler), way: Vec::new() }];
    let mut seen = vec![handler];
    let mut start = 0;
    for _ in 0..HOPS_MAX {
        let end = frames.len();
        for number in start..end {
            for call in frames[number].body.calls_within() {
                if let Some(callee) = call.callee().filter(|callee| !seen.contains(&callee.at)) {
                    seen.push(callee.at);
                    let way = frames[number].way.iter().copied().chain([call]).collect();
                    frames.push(Frame { body: callee, way });
                }
            }
        }
        start = end;
    }
    frames
}
