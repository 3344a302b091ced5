//! What a function proves as a whole: as a guard, or where a guard calls it.

use super::{
    Grader, Level, Mode, Weakness,
    callback::refuses_in_callback,
    delegate::guarded,
    is_guard_word,
    path::{Label, Path},
    split_words,
    walk::{Walker, root_name},
};
use crate::{
    facts::{ExpressionKind, Language, Parameter, Pattern, Text, vocabulary::Meaning},
    project::{Body, Call, Definition, FunctionRef, Location, Value},
};

/// How a function is called, as far as that changes what it proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Bit n is set when the call gives no argument n.
    pub(super) missing: u32,
    /// Bit n is set when argument n is a credential, or an object with one among its fields.
    pub(super) credentials: u32,
    /// Bit n is set when argument n is only there after a verification.
    pub(super) proofs: u32,
    /// Bit n is set when argument n is an identity that somebody filled in, or is nothing.
    pub(super) identities: u32,
    /// A comparison of passwords counts. In a handler it signs somebody in, which guards nothing.
    pub(super) passwords: bool,
}

/// What is known of a function that a guard calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// Proven whenever it returns.
    pub(super) on_return: Level,
    /// Proven whenever it returns something true; with `says_failure`, what is no failure.
    pub(super) on_true: Level,
    /// What the fields of the object that it returns prove.
    pub(super) fields: Vec<(Text, Label)>,
    /// It returns failures as values that are true.
    pub(super) says_failure: bool,
    /// What it returns is the credential as it was sent: `bearerToken(request)`.
    pub(super) takes_out: bool,
    pub(super) reads_credential: bool,
    pub(super) decodes: bool,
    pub(super) role: bool,
    /// It hands the request to functions that it is given.
    pub(super) asks_handed: bool,
    pub(super) decided_at: Option<Location>,
}

impl Summary {
    /// What is known of two functions one of which runs.
    pub(super) fn either(self, other: &Self) -> Self {
        Self {
            on_return: self.on_return.min(other.on_return),
            on_true: self.on_true.min(other.on_true),
            fields: Vec::new(),
            says_failure: self.says_failure || other.says_failure,
            takes_out: self.takes_out && other.takes_out,
            reads_credential: self.reads_credential || other.reads_credential,
            decodes: self.decodes || other.decodes,
            role: self.role && other.role,
            asks_handed: self.asks_handed || other.asks_handed,
            decided_at: self.decided_at.or(other.decided_at),
        }
    }
}

/// One value that a walked function returns.
#[derive(Clone, Debug, Default)]
pub(super) struct Returned {
    pub(super) level: Level,
    pub(super) label: Option<Label>,
    /// The fields of an object literal; `None` for another value.
    pub(super) fields: Option<Vec<(Text, Option<Label>)>>,
}

/// What a guard lets pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) level: Level,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    pub(super) decided_at: Option<Location>,
    pub(super) passes: bool,
    /// A credential is verified on some way through, whether or not all ways lead there.
    pub(super) verifies: bool,
    /// Claims are read without a check, which another rule speaks of.
    pub(super) decodes: bool,
    /// It changes something, and nothing for callers that it does not know.
    pub(super) changes_for_known: bool,
    /// Something that cannot be followed is asked who is calling.
    pub(super) asks_unseen: bool,
    /// It refuses strangers but for paths that are not known here.
    pub(super) spares: bool,
}

impl Outcome {
    pub(super) fn why(&self) -> String {
        match self.level {
            Level::Verified if !self.passes => "refuses everybody",
            Level::Verified => "verifies the credential and refuses without it",
            Level::Identity => "refuses unless an identity was filled in before",
            _ if self.asks_unseen => "asks who is calling where it cannot be followed",
            _ if self.spares => "refuses strangers, but for paths that cannot be told here",
            _ if self.weakness() == Some(Weakness::FailsOpen) => {
                "verifies the credential, and goes on where that fails"
            }
            Level::Presence => "only tests that a credential is present",
            Level::Nothing if self.reads_credential => {
                "reads the credential but lets everybody pass"
            }
            Level::Nothing => "does not look at who is calling",
        }
        .to_owned()
    }

    /// Why it keeps nobody out.
    pub(super) fn weakness(&self) -> Option<Weakness> {
        match self.level {
            Level::Verified | Level::Identity => None,
            _ if !self.passes || self.asks_unseen || self.spares => None,
            _ if self.verifies => Some(Weakness::FailsOpen),
            Level::Presence => (!self.decodes).then_some(Weakness::PresenceOnly),
            Level::Nothing => self.reads_credential.then_some(Weakness::Greets),
        }
    }
}

/// How many functions deep a guard is followed.
const HOPS_MAX: usize = 8;

impl Grader<'_> {
    /// What `function` lets pass as a guard of this mode.
    pub(super) fn pass(&mut self, function: FunctionRef, mode: &Mode) -> Outcome {
        let entered = match mode {
            Mode::Wrapper => wrapping_function(self.project.body(function)),
            _ => Some(function),
        };
        let Some(entered) = entered else {
            // `return keyed{next: next}`: what that one does when it is asked to serve.
            let serving = serving_method(self.project.body(function));
            return serving
                .map_or_else(Outcome::default, |method| self.pass(method.at, &Mode::Middleware));
        };
        if self.pending.contains(&entered) || self.pending.len() >= HOPS_MAX {
            return Outcome::default();
        }
        let body = self.project.body(entered);
        if *mode == Mode::Middleware
            && let Some(decided_at) = refuses_in_callback(body)
        {
            let decided_at = Some(decided_at);
            let level = Level::Verified;
            return Outcome {
                level,
                reads_credential: true,
                decided_at,
                passes: true,
                ..Outcome::default()
            };
        }
        self.pending.push(entered);
        let mut walker = Walker::new(self, mode.clone(), function, entered);
        walker.passwords = !matches!(mode, Mode::Handler | Mode::Connection | Mode::Script);
        let mut path = Path::default();
        for (name, label) in std::mem::take(&mut walker.grader.switches) {
            path.set(&name, Some(label));
        }
        walker.parameters(body, &mut path);
        if entered != function {
            walker.decorators(body, &mut path);
        }
        walker.block(&body.function().body, &mut path);
        if !path.ended {
            walker.reaches_end(&path);
        }
        // Where a handler does nothing else, it is judged by these.
        if walker.passes.is_empty() {
            walker.passes = std::mem::take(&mut walker.silent);
        }
        let most = if walker.is_switched { Level::Identity } else { Level::Verified };
        // What the functions decide that a guard was given is not followed; by its name it is one.
        let words = split_words(&walker.grader.project.body(function).function().name);
        let sounds = words.iter().any(|word| is_guard_word(word));
        let outcome = Outcome {
            level: walker.passes.iter().copied().min().unwrap_or_default().min(most),
            passes: !walker.passes.is_empty(),
            reads_credential: walker.reads_credential,
            role: walker.role,
            decided_at: walker.decided_at,
            verifies: walker.verifies,
            decodes: walker.decodes,
            asks_unseen: walker.asks_unseen || walker.asks_handed && sounds,
            spares: !matches!(mode, Mode::Handler | Mode::Script | Mode::Connection)
                && walker.spares
                && !walker.lets_pass
                && (walker.verifies || walker.passes.iter().any(|level| *level >= Level::Identity)),
            changes_for_known: walker.changes.iter().min() >= Some(&Level::Identity),
        };
        // A guard that never lets anybody pass guards nothing: it is an endpoint or a stub. A handler
        // that asks who is calling and then answers nothing but refusals is closed.
        let outcome = match mode {
            _ if outcome.passes => outcome,
            Mode::Handler if outcome.reads_credential => {
                Outcome { level: Level::Verified, ..outcome }
            }
            _ => Outcome { level: Level::Nothing, ..outcome },
        };
        self.pending.pop();
        outcome
    }

    /// Does a function read from a store, itself or in what it calls?
    pub(super) fn looks_up(&self, function: FunctionRef) -> bool {
        self.project.reaches(function, |meaning| {
            matches!(meaning, Meaning::DatabaseRead | Meaning::DocumentQuery | Meaning::SqlQuery)
        })
    }

    /// What a true value returned by `function` proves.
    pub(super) fn proven_when_true(&mut self, function: FunctionRef) -> Level {
        let asked = Asked { passwords: true, ..Asked::default() };
        self.summary(function, asked).on_true
    }

    /// What calling `function` proves.
    pub(super) fn summary(&mut self, function: FunctionRef, asked: Asked) -> Summary {
        if let Some(known) = self.summaries.get(&(function, asked)) {
            return known.clone();
        }
        if self.pending.contains(&function) || self.pending.len() >= HOPS_MAX {
            return Summary::default();
        }
        self.pending.push(function);
        let asked_before = std::mem::take(&mut self.asked_request);
        let body = self.project.body(function);
        let mut walker = Walker::new(self, Mode::Dependency, function, function);
        walker.is_summary = true;
        walker.passwords = asked.passwords;
        let mut path = Path::default();
        for (number, parameter) in body.function().plain_parameters().take(32).enumerate() {
            let is_among = |bits: u32| bits >> number & 1 == 1;
            if let Some(name) = parameter.name().filter(|_| is_among(asked.missing)) {
                path.set(name, Some(Label::Null));
            }
            if let Some(name) = parameter.name().filter(|_| is_among(asked.proofs)) {
                path.set(name, Some(Label::Proof));
            }
            if let Some(name) = parameter.name().filter(|_| is_among(asked.identities)) {
                path.set(name, Some(Label::Identity));
            }
            if is_among(asked.credentials) {
                for name in credentials_in(&parameter.pattern) {
                    path.set(name, Some(Label::Credential));
                }
            }
        }
        walker.parameters(body, &mut path);
        // In Python a call runs what decorates the function; elsewhere a framework does.
        if body.unit().file.language == Language::Python {
            walker.decorators(body, &mut path);
        }
        walker.block(&body.function().body, &mut path);
        if !path.ended && !path.refused {
            let label = Some(Label::Null);
            walker.returns.push(Returned { level: path.level, label, fields: None });
        }
        let all = walker.returns.iter().map(|returned| returned.level).min();
        let succeeding: Vec<&Returned> = walker
            .returns
            .iter()
            .filter(|returned| !matches!(returned.label, Some(Label::Null | Label::Failure)))
            .collect();
        let when_true = succeeding.iter().map(|returned| match returned.label {
            Some(Label::Outcome) => Level::Verified,
            label => returned.level.max(label.map_or(Level::Nothing, Label::level)),
        });
        let says_failure =
            |returned: &Returned| matches!(returned.label, Some(Label::Failure | Label::Outcome));
        let summary = Summary {
            on_return: all.unwrap_or_default(),
            on_true: when_true.min().unwrap_or_default(),
            fields: joined_fields(&succeeding),
            says_failure: walker.returns.iter().any(says_failure),
            takes_out: !succeeding.is_empty()
                && succeeding.iter().all(|returned| returned.label == Some(Label::Credential)),
            reads_credential: walker.reads_credential,
            decodes: walker.decodes,
            role: walker.role,
            asks_handed: walker.asks_handed,
            decided_at: walker.decided_at,
        };
        self.pending.pop();
        if !self.asked_request {
            self.summaries.insert((function, asked), summary.clone());
        }
        self.asked_request |= asked_before;
        summary
    }
}

/// The names of a parameter that is a credential, or the fields of it that are called like one:
/// `({ token, locale })`.
fn credentials_in(pattern: &Pattern) -> Vec<&Text> {
    let mut names = Vec::new();
    pattern.each_name(&mut |name| names.push(name));
    if !matches!(pattern, Pattern::Name(_)) {
        names.retain(|name| {
            split_words(name).iter().any(|word| {
                matches!(
                    word.as_str(),
                    "token" | "key" | "secret" | "jwt" | "credential" | "bearer"
                )
            })
        });
    }
    names
}

/// What each field proves over all objects that may be returned. A field that one of them lacks is false
/// there.
fn joined_fields(returned: &[&Returned]) -> Vec<(Text, Label)> {
    let objects: Option<Vec<_>> = returned
        .iter()
        .map(|returned| returned.fields.as_ref().map(|fields| (fields, returned.level)))
        .collect();
    let Some(objects) = objects else { return Vec::new() };
    let mut names: Vec<&Text> =
        objects.iter().flat_map(|(fields, _)| fields.iter().map(|(name, _)| name)).collect();
    names.sort();
    names.dedup();
    let mut joined = Vec::new();
    for name in names {
        let of = |fields: &[(Text, Option<Label>)]| {
            let field = fields.iter().find(|(known, _)| known == name);
            field.map_or(Some(Label::Null), |(_, label)| *label)
        };
        let sides = objects.iter().map(|&(fields, level)| (of(fields), level));
        let whole =
            sides.reduce(|first, second| (Label::joined(first, second), first.1.min(second.1)));
        joined.extend(whole.and_then(|(label, _)| label).map(|label| (name.clone(), label)));
    }
    joined
}

/// The function inside a wrapper that calls what was handed in.
fn wrapping_function(body: Body<'_>) -> Option<FunctionRef> {
    let wrapped: Vec<&Text> =
        body.function().plain_parameters().filter_map(|parameter| parameter.name()).collect();
    let call = body.calls_within().find(|call| {
        let root = root_name(call.callee_value());
        root.is_some_and(|root| wrapped.contains(&root)) && call.function().at != body.at
    });
    // `func(w, r) { m.serveValidated(w, r, next) }`: another function calls it, or another guard stands before it.
    let handed_on = || {
        body.calls_within().find(|call| {
            let is_given = call.callee().is_some() && hands_over(*call, &wrapped);
            let is_guarded = || guarded(*call).is_some_and(|made| hands_over(made, &wrapped));
            call.function().at != body.at && (is_given || is_guarded())
        })
    };
    call.or_else(handed_on).map(|call| call.function().at)
}

/// The method that serves of the structure that a wrapper makes around what was handed in.
fn serving_method(body: Body<'_>) -> Option<Body<'_>> {
    let wrapped: Vec<&Text> =
        body.function().plain_parameters().filter_map(Parameter::name).collect();
    let made = body.returned().filter_map(Value::structure);
    let around = made.filter(|literal| {
        let mut given = literal.arguments().iter().map(|one| literal.value().sibling(one.value));
        given.any(
            |value| matches!(value.kind(), ExpressionKind::Name(name) if wrapped.contains(&name)),
        )
    });
    let mut classes = around.filter_map(|literal| match literal.callee_value().resolve() {
        Definition::Class(class) => Some(body.project.class(class)),
        _ => None,
    });
    classes.find_map(|class| class.method("ServeHTTP"))
}

/// Is one of these parameters among the arguments of a call?
pub(super) fn hands_over(call: Call<'_>, parameters: &[&Text]) -> bool {
    call.positional().any(|argument| match argument.kind() {
        ExpressionKind::Name(name) => parameters.contains(&name),
        _ => false,
    })
}
