//! What a call does to the world, as far as its failure matters.

use std::{cell::RefCell, collections::HashMap};

use super::words::{is_cleanup, is_telemetry};
use crate::{
    facts::{
        CallStyle, ExpressionKind, Span,
        vocabulary::{Meaning, Row},
    },
    project::{Body, Call, FileId, FunctionRef, Project},
};

/// What would not have happened, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Something that is waited for and of which no more is known.
    Unknown,
    File,
    Process,
    Read,
    Request,
    Model,
    Identity,
    Queue,
    Mail,
    Write,
    Payment,
}

impl Effect {
    /// Is something lost or half done when it fails unseen?
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Payment | Self::Write | Self::Mail | Self::Queue | Self::Identity)
    }

    /// In words, as the object of a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "work that is waited for",
            Self::File => "a change to a file",
            Self::Process => "another program",
            Self::Read => "a read of stored data",
            Self::Request => "a request to another service",
            Self::Model => "a call to a model",
            Self::Identity => "a step of signing in",
            Self::Queue => "a message to a queue",
            Self::Mail => "a mail",
            Self::Write => "a write",
            Self::Payment => "a payment",
        }
    }

    fn of_meaning(meaning: Meaning) -> Option<Self> {
        Some(match meaning {
            Meaning::Payment => Self::Payment,
            Meaning::DatabaseWrite => Self::Write,
            Meaning::SendMail => Self::Mail,
            Meaning::QueuePublish => Self::Queue,
            Meaning::IssueToken => Self::Identity,
            Meaning::ModelCall => Self::Model,
            Meaning::HttpRequest => Self::Request,
            Meaning::DatabaseRead | Meaning::SqlQuery | Meaning::DocumentQuery => Self::Read,
            Meaning::ShellCommand | Meaning::ProcessSpawn => Self::Process,
            Meaning::FileWrite => Self::File,
            _ => return None,
        })
    }
}

/// Looks up effects, and remembers what functions of the project do.
#[derive(Default)]
pub struct Effects {
    known: RefCell<HashMap<(FunctionRef, u32), Option<Effect>>>,
}

/// How many calls away an effect still counts.
const CALLS_MAX: u32 = 2;

impl Effects {
    /// The gravest effect of a call, or of what it calls.
    pub fn of(&self, call: Call<'_>) -> Option<Effect> {
        self.at_distance(call, 0)
    }

    fn at_distance(&self, call: Call<'_>, distance: u32) -> Option<Effect> {
        if is_telemetry(call.name()) || is_beside_the_point(call) {
            return None;
        }
        if let Some(own) = own_effect(call) {
            return Some(own);
        }
        let callee = call.callee()?;
        if distance >= CALLS_MAX || is_cleanup(call.name()) {
            return None;
        }
        self.of_function(callee, distance + 1)
    }

    fn of_function(&self, body: Body<'_>, distance: u32) -> Option<Effect> {
        let key = (body.at, distance);
        if let Some(&known) = self.known.borrow().get(&key) {
            return known;
        }
        self.known.borrow_mut().insert(key, None);
        let effect = body.calls().filter_map(|call| self.at_distance(call, distance)).max();
        self.known.borrow_mut().insert(key, effect);
        effect
    }

    /// The calls with an effect at `span`, the gravest first; calls at `except` are passed over.
    pub fn within<'p>(
        &self,
        project: &'p Project,
        file: FileId,
        span: Span,
        except: &[Span],
    ) -> Vec<(Effect, Call<'p>)> {
        let mut found: Vec<(Effect, Call<'p>)> = project
            .calls_in(file)
            .filter(|call| {
                let at = call.location().span;
                span.contains(at) && !except.iter().any(|inner| inner.contains(at))
            })
            .filter_map(|call| {
                let effect = self.of(call).or_else(|| waited_for(call));
                effect.map(|effect| (effect, call))
            })
            .collect();
        found.sort_by_key(|(effect, call)| (std::cmp::Reverse(*effect), call.location()));
        found
    }
}

fn own_effect(call: Call<'_>) -> Option<Effect> {
    let by_name = |meaning| call.row(meaning).is_some_and(Row::is_by_name_only);
    let certain = |meaning: &Meaning| {
        // Streams have an `enqueue` and terminals an `execute!` too.
        !(by_name(*meaning)
            && (*meaning == Meaning::QueuePublish || call.style() == CallStyle::Macro))
    };
    let effect = call.meanings().filter(certain).filter_map(Effect::of_meaning).max()?;
    let reads = effect == Effect::Read && writes_by_text(call);
    Some(if reads { Effect::Write } else { effect })
}

/// Is the SQL of the call a statement that changes something?
fn writes_by_text(call: Call<'_>) -> bool {
    const CHANGES: [&str; 7] =
        ["insert", "update", "delete", "merge", "replace", "upsert", "truncate"];
    let is_change = |text: &str| {
        let word = text.split_whitespace().next().unwrap_or_default();
        CHANGES.contains(&word.to_ascii_lowercase().as_str())
    };
    call.positional().take(1).any(|value| {
        let constant = value.constant();
        match constant.kind() {
            ExpressionKind::Concat(parts) => {
                let first = parts.first().map(|&part| constant.sibling(part));
                first.and_then(|part| part.kind().as_text()).is_some_and(is_change)
            }
            kind => kind.as_text().is_some_and(is_change),
        }
    })
}

/// A call that is awaited and of which nothing is known.
fn waited_for(call: Call<'_>) -> Option<Effect> {
    let is_unknown = call.meanings().next().is_none() && call.callee().is_none();
    let is_plain = !is_cleanup(call.name()) && !is_benign(call.name());
    (call.is_awaited() && is_unknown && is_plain).then_some(Effect::Unknown)
}

/// Nothing is lost when it fails: reading text, what the browser keeps for itself, the clipboard.
fn is_benign(name: &str) -> bool {
    const NAMES: [&str; 26] = [
        "json",
        "text",
        "blob",
        "arrayBuffer",
        "formData",
        "parse",
        "writeText",
        "readText",
        "play",
        "pause",
        "share",
        "vibrate",
        "requestFullscreen",
        "exitFullscreen",
        "getUserMedia",
        "lock",
        "impactAsync",
        "notificationAsync",
        "selectionAsync",
        "hideAsync",
        "access",
        "stat",
        "all",
        "preventAutoHideAsync",
        "signOut",
        "logout",
    ];
    NAMES.contains(&name)
}

/// The call stands in what puts things away.
fn is_beside_the_point(call: Call<'_>) -> bool {
    is_cleanup(call.name()) && !call.means(Meaning::DatabaseWrite)
}
