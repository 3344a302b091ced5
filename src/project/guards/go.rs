//! Where Go keeps who is calling, values of a context under keys of the project's own, and how its functions
//! say that they failed: by the error that they return last.

use super::{
    Level, Mode,
    path::{Label, Path},
    rejection, rust, split_words,
    walk::Walker,
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Facts, Language, Pattern, vocabulary::Meaning},
    project::{Body, Call, Declaration, Value},
};

/// Words in keys under which an identity is kept.
const IDENTITY_WORDS: [&str; 20] = [
    "user",
    "userid",
    "username",
    "auth",
    "authenticated",
    "authentication",
    "authorized",
    "claims",
    "account",
    "principal",
    "identity",
    "uid",
    "subject",
    "loggedin",
    "admin",
    "isadmin",
    "role",
    "roles",
    "permission",
    "permissions",
];

/// `ctx.Value(userKey)`, `c.Get("user")`, `c.Locals("claims")`, `session.Get("uid")`: an identity filled in earlier.
pub(super) fn context_label(value: Value<'_>) -> Option<Label> {
    let call = value.as_call()?;
    let is_context = matches!(
        call.name(),
        "Value" | "Get" | "MustGet" | "GetString" | "GetInt" | "GetUint" | "Locals"
    );
    if !is_context || call.source_file().language != Language::Go {
        return None;
    }
    let receiver = call.receiver()?;
    let path = receiver.path();
    let written = receiver.source();
    let from_context = path.ends_with("Context()")
        || path.ends_with("Ctx()")
        || written.ends_with("Context()")
        || matches!(written, "ctx" | "c" | "context");
    // What the server keeps of a visitor: `session.Get("uid")`, `sessions.GetInt(r.Context(), "userID")`.
    let from_session = path.to_ascii_lowercase().contains("session");
    let key = match call.arguments().len() {
        1 if from_context || from_session => call.argument(0)?,
        2 if from_session => call.argument(1)?,
        _ => return None,
    };
    let name = match key.kind() {
        ExpressionKind::Text(text) => text.as_str(),
        _ => key.source(),
    };
    let is_meant = |word: &str| {
        IDENTITY_WORDS.contains(&word)
            || from_session && matches!(word, "token" | "email" | "login")
    };
    split_words(name).iter().any(|word| is_meant(word)).then_some(Label::Identity)
}

/// What a function of Go that may fail returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing but the error.
    Error,
    /// The error behind something else.
    ValueAndError,
}

pub(super) fn answer(body: Body<'_>) -> Option<Answer> {
    let unit = body.unit();
    let is_error = |id: ExpressionId| matches!(&unit.facts[id].kind, ExpressionKind::Name(name) if name == "error");
    let returns = body.function().returns.filter(|_| unit.file.language == Language::Go)?;
    match &unit.facts[returns].kind {
        ExpressionKind::List(items) => {
            items.last().is_some_and(|&last| is_error(last)).then_some(Answer::ValueAndError)
        }
        _ => is_error(returns).then_some(Answer::Error),
    }
}

/// What a `return` of a function says that may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Failed,
    Succeeded,
    /// Another function says it; where it succeeded, it has proven this.
    Hands(Level),
}

/// `checkError(err)`: the error that a function of this project panics with, unless there is none.
pub(super) fn must_be_nothing(call: Call<'_>) -> Option<Value<'_>> {
    let callee = call.callee().filter(|callee| callee.unit().file.language == Language::Go)?;
    let mut parameters = callee.function().plain_parameters();
    let (only, None) = (parameters.next()?, parameters.next()) else { return None };
    let facts = &callee.unit().facts;
    let is_error = only
        .annotation
        .is_some_and(|id| matches!(&facts[id].kind, ExpressionKind::Name(name) if name == "error"));
    let panics = || {
        callee.calls_within().any(|inner| {
            let given = inner.argument(0).map(Value::kind);
            inner.means(Meaning::Panics)
                && matches!(given, Some(ExpressionKind::Name(name)) if only.name() == Some(name))
        })
    };
    call.argument(0).filter(|_| is_error && panics())
}

impl<'p> Walker<'_, 'p> {
    /// What a `return` says by the error in it, as far as it can be told. `label` is what the value carries.
    pub(super) fn said(&self, value: Value<'p>, label: Option<Label>, path: &Path) -> Option<Said> {
        answer(self.grader.project.body(self.file)).filter(|_| self.callbacks == 0)?;
        let error = match value.kind() {
            ExpressionKind::List(items) => items.last().map(|&last| value.sibling(last))?,
            _ => value,
        };
        let proven = label.map_or(Level::Nothing, |label| match label {
            Label::Failure => Level::Verified,
            label => label.level(),
        });
        match error.kind() {
            ExpressionKind::Null => Some(Said::Succeeded),
            ExpressionKind::Name(name) => match path.label(name) {
                Some(Label::Set) => Some(Said::Failed),
                Some(Label::Failure) => Some(Said::Hands(Level::Verified)),
                Some(Label::Null) => Some(Said::Succeeded),
                _ if is_declared_outside(error) => Some(Said::Failed),
                _ => Some(Said::Hands(Level::Nothing)),
            },
            ExpressionKind::Member { name, .. } => is_name_of_error(name).then_some(Said::Failed),
            ExpressionKind::Call { .. } => {
                let call = error.as_call()?;
                if makes_error(call) || self.only_fails(call) {
                    return Some(Said::Failed);
                }
                (proven > Level::Nothing && self.mode != Mode::Handler)
                    .then_some(Said::Hands(proven))
            }
            _ => None,
        }
    }

    /// `unauthenticated(err)`: a function of this project that returns nothing but errors.
    fn only_fails(&self, call: Call<'p>) -> bool {
        let Some(callee) = call.callee().filter(|callee| answer(*callee) == Some(Answer::Error))
        else {
            return false;
        };
        let mut returned = callee.returned().peekable();
        returned.peek().is_some()
            && returned.all(|value| {
                value.as_call().is_some_and(makes_error)
                    || rejection::is_refusal(self.grader.project, value)
            })
    }

    /// `err := bcrypt.CompareHashAndPassword(…)`: what a library's call yields alone under such a name is its error.
    pub(super) fn named_error(&self, target: &Pattern, label: Option<Label>) -> Option<Label> {
        match (target, label) {
            (Pattern::Name(name), Some(Label::Proof)) if self.is_go() && is_name_of_error(name) => {
                Some(Label::Failure)
            }
            _ => label,
        }
    }

    /// Takes back what the names of a pattern were said to prove by an error that proves nothing: the function
    /// comes back without one where it found nobody, too.
    pub(super) fn unproven_error(&self, target: &Pattern, value: Value<'p>, path: &mut Path) {
        let Pattern::Items(items) = target else { return };
        let call = value.unwrapped().at.id;
        let says =
            self.came_back.filter(|(walked, level)| *walked == call && *level < Level::Verified);
        if let (Some(_), Some(Pattern::Name(error))) = (says, items.last())
            && path.label(error) == Some(Label::Failure)
        {
            path.set(error, None);
        }
    }
}

/// The part of a variable's name in a path under which it is kept whether it still has its first value.
const STATE: &str = "?first";

impl<'p> Walker<'_, 'p> {
    /// Notes whether a variable has the constant that it was given first: `code = e.SUCCESS`, and later on
    /// `code = e.ERROR_AUTH`. Which one it has tells which way was taken.
    pub(super) fn bind_state(&self, target: &Pattern, value: Value<'p>, path: &mut Path) {
        let Pattern::Name(name) = target else { return };
        if let Some(first) = self.first_constant(name).filter(|_| is_constant(value)) {
            let is_first = first.source() == value.source();
            path.set_field(name, STATE, if is_first { Label::Null } else { Label::Set });
        }
    }

    /// For `code == e.SUCCESS`, where that is what `code` was first: what its truth proves.
    pub(super) fn state(&self, tested: Value<'p>, other: Value<'p>, path: &Path) -> Option<Label> {
        let ExpressionKind::Name(name) = tested.kind() else { return None };
        let first = self.first_constant(name)?;
        let label = path.label(&format!("{name}.{STATE}"))?;
        (first.source() == other.source()).then_some(label)
    }

    fn first_constant(&self, name: &str) -> Option<Value<'p>> {
        if !self.is_go() {
            return None;
        }
        let unit = self.grader.project.unit(self.file.file);
        let declared = unit.index.declarations(self.file.id, name).iter();
        let first = declared.filter_map(|declaration| match declaration {
            Declaration::Bound { value: Some(value), steps, .. } if steps.is_empty() => {
                Some(*value)
            }
            _ => None,
        });
        first.map(|value| self.value(value)).next().filter(|first| is_constant(*first))
    }
}

/// `e.SUCCESS`, `http.StatusOK`, `200`.
fn is_constant(value: Value<'_>) -> bool {
    match value.kind() {
        ExpressionKind::Number(_) => true,
        ExpressionKind::Member { name, .. } => name.starts_with(char::is_uppercase),
        _ => false,
    }
}

/// `nil`, `None`, `false`, and `return nil, nil` of Go: nobody was found. What is found beside `false` is nothing, too.
pub(super) fn is_nothing(value: Value<'_>) -> bool {
    match value.kind() {
        ExpressionKind::Null | ExpressionKind::Bool(false) => true,
        ExpressionKind::Name(_) => rust::is_none(value),
        ExpressionKind::List(items) if items.len() > 1 => {
            let is_go = value.project.file(value.at.file).language == Language::Go;
            let is = |id: Option<&ExpressionId>, of: fn(&ExpressionKind) -> bool| {
                id.is_some_and(|&id| of(value.sibling(id).kind()))
            };
            is_go
                && (is(items.first(), |kind| match kind {
                    ExpressionKind::Text(text) => text.is_empty(),
                    kind => matches!(kind, ExpressionKind::Null),
                }) || is(items.last(), |kind| matches!(kind, ExpressionKind::Bool(false))))
        }
        _ => false,
    }
}

/// `errors.New(…)`, `fmt.Errorf(…)`, `status.Error(…)`, `connect.NewError(…)`, `errors.Wrap(err, …)`.
fn makes_error(call: Call<'_>) -> bool {
    let name = call.name();
    let of_errors = call.receiver().is_some_and(|receiver| receiver.source().ends_with("errors"));
    name.ends_with("Errorf")
        || name.starts_with("New") && name.ends_with("Error")
        || name == "Error" && !call.arguments().is_empty()
        || of_errors && matches!(name, "New" | "Wrap" | "Wrapf" | "WithStack" | "WithMessage")
}

/// `ErrNoToken`, `errNoToken`.
fn is_name_of_error(name: &str) -> bool {
    split_words(name).first().is_some_and(|first| matches!(first.as_str(), "err" | "error"))
}

/// A variable of the package is an error for good.
fn is_declared_outside(name: Value<'_>) -> bool {
    match name.project.binding(name.at) {
        Some((scope, _)) => scope.id == Facts::TOP_LEVEL,
        None => true,
    }
}

/// The statuses of answers that refuse, or say that nothing was done, by their names in `net/http`.
pub(super) fn is_refusing_status(name: &str) -> bool {
    let Some(status) = name.strip_prefix("Status") else { return false };
    matches!(
        status,
        "BadRequest"
            | "Unauthorized"
            | "PaymentRequired"
            | "Forbidden"
            | "NotFound"
            | "MethodNotAllowed"
            | "ProxyAuthRequired"
            | "Conflict"
            | "Gone"
            | "UnprocessableEntity"
            | "TooManyRequests"
            | "InternalServerError"
            | "ServiceUnavailable"
    )
}
