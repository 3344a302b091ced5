//! What runs while somebody waits for an answer.

use std::collections::BTreeSet;

use super::{FunctionRef, In, Project};

/// The functions that a way in reaches.
#[derive(Clone, Debug, Default)]
pub struct RequestPath {
    functions: BTreeSet<FunctionRef>,
}

/// How many calls behind a handler are followed.
const CALLS_MAX: usize = 5;

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
