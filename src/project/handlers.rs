//! What happens when something fails: every place that takes an error, what it does with it, and what
//! could fail there.
//!
//! One form for all languages: `catch` and `except`, the function given to `.catch(…)`, Go's
//! `if err != nil`, Rust's `Err(_) =>`, and results that are thrown away (`_ = f()`, `let _ = f()`, `.ok();`).

use std::collections::BTreeSet;

use super::{Call, Definition, FunctionRef, Location, Project, Value};
use crate::facts::{Text, vocabulary::Meaning};

mod actions;
mod answers;
mod effects;
mod find;
mod paths;
mod words;

pub use effects::{Effect, Effects};
pub use find::in_file;

/// A place that takes an error.
#[derive(Clone)]
pub struct Handler<'p> {
    pub kind: HandlerKind,
    /// The handler alone: the `catch` with its body, the arm, the statement that drops a result.
    pub location: Location,
    /// The function it stands in.
    pub function: FunctionRef,
    /// The types it takes; empty: every error.
    pub types: Vec<Value<'p>>,
    /// What could fail there, with what would then not have happened. The gravest first.
    pub guarded: Vec<(Effect, Call<'p>)>,
    pub response: Response,
    /// The way it stands in says that a failure is no news: a clean-up, another handler, a shutdown.
    pub in_cleanup: bool,
}

/// How an error is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandlerKind {
    /// `catch`, `except`, `contextlib.suppress`.
    Caught,
    /// The function given to `.catch(…)` or as the second one to `.then(…)`.
    Promise,
    /// A branch on an error that is a value: `if err != nil`, `Err(_) =>`.
    Branch,
    /// The result is thrown away without a look.
    Discarded,
}

/// What a handler does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// On every path.
    pub always: BTreeSet<Action>,
    /// On some path.
    pub sometimes: BTreeSet<Action>,
}

/// One thing that a handler does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `throw`, `raise`, `return err`, `next(err)`, `?`: somebody else decides.
    Rethrow,
    /// A log at warning or above with the error in it.
    Log,
    /// A log below warning, or without the error.
    LogWeakly,
    /// `console`, `print` with the error in it.
    Print,
    /// `console`, `print` without the error.
    PrintWeakly,
    /// Told to an error tracker.
    Report,
    /// The caller is answered.
    Respond,
    /// The user sees it.
    Show,
    /// The error is kept, collected or given to other code.
    HandOn,
    /// The answer to the caller's code says that it failed.
    ReturnFailure,
    /// The answer holds the text of the error.
    ReturnErrorText,
    /// Something else is done or used instead.
    Fallback,
    /// It is tried again, and in the end somebody learns of it.
    Retry,
    /// The program ends.
    Exit,
    /// A plain `false`: the caller learns that, not why.
    ReturnFalse,
    /// An empty or fixed value, as if nothing had failed.
    ReturnDefault,
}

/// How good a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// Nobody learns of it.
    Silent,
    /// It leaves a trace that nobody is told to look at, or one without the cause.
    Weak,
    Handled,
}

impl Action {
    pub const fn treatment(self) -> Treatment {
        match self {
            Self::Rethrow
            | Self::Log
            | Self::Report
            | Self::Respond
            | Self::Show
            | Self::HandOn
            | Self::ReturnFailure
            | Self::ReturnErrorText
            | Self::Fallback
            | Self::Retry
            | Self::Exit => Treatment::Handled,
            Self::LogWeakly | Self::Print | Self::PrintWeakly | Self::ReturnFalse => {
                Treatment::Weak
            }
            Self::ReturnDefault => Treatment::Silent,
        }
    }
}

impl Response {
    /// What the best of the paths does. Paths differ because the code looked at the error: the quiet one
    /// is then what it expects.
    pub fn treatment(&self) -> Treatment {
        let treatments = self.sometimes.iter().map(|action| action.treatment());
        treatments.max().unwrap_or(Treatment::Silent)
    }

    pub fn has(&self, action: Action) -> bool {
        self.sometimes.contains(&action)
    }
}

impl<'p> Handler<'p> {
    /// The gravest of what could fail.
    pub fn effect(&self) -> Option<(Effect, Call<'p>)> {
        self.guarded.first().copied()
    }

    /// Does it take only errors that say that something is not there, or not so? A type of the project's
    /// own was made to be told apart.
    pub fn expects_absence(&self, project: &Project) -> bool {
        let expected = |value: &Value| {
            let is_own = matches!(value.resolve(), Definition::Class(_));
            is_own || project.vocabulary().has(&value.path(), Meaning::ExpectedAbsence)
        };
        !self.types.is_empty() && self.types.iter().all(expected)
    }

    /// The comments inside it, joined.
    pub fn comments(&self, project: &Project) -> String {
        let facts = project.facts(self.location.file);
        let inside =
            facts.comments.iter().filter(|comment| self.location.span.contains(comment.span));
        inside.map(|comment| comment.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The names of the types it takes, as written.
    pub fn type_names(&self) -> Vec<Text> {
        self.types.iter().map(|value| Text::from(value.source())).collect()
    }
}
