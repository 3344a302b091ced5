//! Where a value may come from, and by which steps.

use std::sync::Arc;

use super::{held::Held, kills::Kills};
use crate::{facts::Text, project::Location};

/// Values come from a few places; more are not told apart.
pub(super) const TRACES_MAX: usize = 6;

/// The kind of place that a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Whoever sends a request chooses it.
    Request,
    /// Who is calling, as a guard established it.
    Principal,
    ModelOutput,
    Secret,
    PersonalData,
    Exception,
    Environment,
}

impl Origin {
    /// In the words of a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "the request",
            Self::Principal => "the identity of the caller",
            Self::ModelOutput => "the output of a model",
            Self::Secret => "a secret",
            Self::PersonalData => "personal data",
            Self::Exception => "an exception",
            Self::Environment => "the environment",
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Read there, under this name.
    Source(Origin, Location, Text),
    /// The request itself, whose parts are data of the request.
    Request(Location),
    /// A parameter of the function that is read, or a field of it.
    Parameter(u32, Vec<Text>),
    /// Not a constant, and not followed further.
    Unknown(Location),
}

/// One origin, what was done to the value since, and on which way it came.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub mark: Mark,
    pub kills: Kills,
    pub steps: Steps,
}

/// The way of a value, last step first; shared between the values that came by it.
pub(super) type Steps = Option<Arc<StepNode>>;

#[derive(Debug)]
pub(super) struct StepNode {
    pub location: Location,
    pub note: Note,
    pub before: Steps,
    pub length: u32,
}

/// What happens to a value in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    Read(Origin),
    Bound(Text),
    Part(Text),
    Passed(Text),
    Built,
}

impl Note {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Read(origin) => format!("comes from {}", origin.name()),
            Self::Bound(name) => format!("kept in `{name}`"),
            Self::Part(name) => format!("its `{name}`"),
            Self::Passed(name) if name.is_empty() => "passed on".to_owned(),
            Self::Passed(name) => format!("passed to `{name}`"),
            Self::Built => "made part of a text".to_owned(),
        }
    }
}

/// The longest way that is told; flows with more steps lose the ones in the middle.
const STEPS_MAX: u32 = 24;

pub(super) fn with_step(steps: &Steps, location: Location, note: Note) -> Steps {
    let length = steps.as_ref().map_or(0, |node| node.length);
    if length >= STEPS_MAX {
        return steps.clone();
    }
    let before = steps.clone();
    Some(Arc::new(StepNode { location, note, before, length: length + 1 }))
}

/// The way `first`, and then `second`.
pub(super) fn chained(first: &Steps, second: &Steps) -> Steps {
    let Some(node) = second else { return first.clone() };
    let before = chained(first, &node.before);
    with_step(&before, node.location, node.note.clone())
}

/// A value that is fully known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Text(Text),
    Integer(i64),
    Bool(bool),
    Null,
}

impl Constant {
    /// As it reads inside a text.
    pub(super) fn display(&self) -> Text {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(number) => Text::from(number.to_string()),
            Self::Bool(value) => Text::from(if *value { "true" } else { "false" }),
            Self::Null => Text::from("null"),
        }
    }

    pub(super) fn is_truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Integer(number) => *number != 0,
            Self::Bool(value) => *value,
            Self::Null => false,
        }
    }
}

pub(super) fn joined_traces<'h>(values: impl Iterator<Item = &'h Held>) -> Vec<Trace> {
    let mut traces = Vec::new();
    for value in values {
        add_traces(&mut traces, &value.all_traces());
    }
    traces
}

/// Adds origins; what came by two ways keeps what both did to it.
pub(super) fn add_traces(traces: &mut Vec<Trace>, more: &[Trace]) {
    for trace in more {
        let has_room = traces.len() < TRACES_MAX;
        let is_unknown = matches!(trace.mark, Mark::Unknown(_));
        let same = traces.iter_mut().find(|known| {
            known.mark == trace.mark || (is_unknown && matches!(known.mark, Mark::Unknown(_)))
        });
        match same {
            Some(known) => {
                if known.kills.all(trace.kills) && known.kills != trace.kills {
                    known.steps.clone_from(&trace.steps);
                }
                known.kills = known.kills & trace.kills;
            }
            None if has_room || rank(&trace.mark) == 0 => {
                if !has_room {
                    traces.retain(|known| rank(&known.mark) == 0);
                    traces.truncate(TRACES_MAX);
                }
                traces.push(trace.clone());
            }
            None => {}
        }
    }
}

/// What must not be lost when there are too many origins comes first.
pub(super) const fn rank(mark: &Mark) -> u8 {
    match mark {
        Mark::Source(..) | Mark::Request(_) => 0,
        Mark::Parameter(..) => 1,
        Mark::Unknown(_) => 2,
    }
}
