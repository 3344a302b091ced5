//! What a function reaches through the calls in it, and what runs while somebody waits for an answer.

use std::collections::BTreeSet;

use super::{Body, Call, FunctionRef, In, Project};
use crate::facts::vocabulary::Meaning;

/// The functions that a way in reaches.
#[derive(Clone, Debug, Default)]
pub struct RequestPath {
    functions: BTreeSet<FunctionRef>,
}

/// How many calls behind a handler are followed.
const CALLS_MAX: usize = 5;

/// How many calls away an effect is looked for.
const EFFECTS_MAX: usize = 3;

impl Project {
    /// Does `function`, or one it calls up to three calls away, call something with such a meaning?
    pub fn reaches(&self, function: FunctionRef, wanted: impl Fn(Meaning) -> bool) -> bool {
        self.reaches_call(function, |call| call.meanings().any(&wanted))
    }

    /// Is there such a call in `function`, or in one it calls up to three calls away?
    pub fn reaches_call<'p>(
        &'p self,
        function: FunctionRef,
        wanted: impl Fn(Call<'p>) -> bool,
    ) -> bool {
        self.reaches_body(function, |body| body.calls_within().any(&wanted))
    }

    /// Is `function` such a body, or one that it calls up to three calls away?
    pub fn reaches_body<'p>(
        &'p self,
        function: FunctionRef,
        wanted: impl Fn(Body<'p>) -> bool,
    ) -> bool {
        let mut seen = vec![function];
        let mut frontier = vec![function];
        for _ in 0..=EFFECTS_MAX {
            let mut next = Vec::new();
            for at in frontier {
                let body = self.body(at);
                if wanted(body) {
                    return true;
                }
                for call in body.calls_within() {
                    for callee in call.callees() {
                        if !seen.contains(&callee.at) {
                            seen.push(callee.at);
                            next.push(callee.at);
                        }
                    }
                }
            }
            frontier = next;
        }
        false
    }
}

impl RequestPath {
    pub fn of(project: &Project) -> Self {
        let mut frontier: Vec<FunctionRef> =
            project.routes().iter().filter_map(|route| route.handler).collect();
        let mut functions: BTreeSet<FunctionRef> = frontier.iter().copied().collect();
        for _ in 0..CALLS_MAX {
            let mut next = Vec::new();
            for at in frontier {
                for call in project.body(at).calls_within() {
                    if let Some(callee) = call.callee().filter(|callee| functions.insert(callee.at))
                    {
                        next.push(callee.at);
                    }
                }
            }
            frontier = next;
        }
        Self { functions }
    }

    /// Does the function, or one that it is written in, run for a request?
    pub fn contains(&self, project: &Project, function: FunctionRef) -> bool {
        let mut next = Some(function.id);
        while let Some(id) = next {
            if self.functions.contains(&In { file: function.file, id }) {
                return true;
            }
            next = project.facts(function.file)[id].parent;
        }
        false
    }
}
