//! What a call in a guard proves, and where it lets the request pass.

use super::{
    Level, Mode, carrier, condition,
    evaluate::Stronger,
    go, is_guard_word, java, options,
    path::{Label, Path},
    rejection, rust, searched, split_words,
    summary::{Asked, Summary},
    walk::{Walker, root_name},
};
use crate::{
    facts::{
        CallStyle, ExpressionKind, FunctionId, Language, ParameterKind, StatementKind, Text,
        vocabulary::Meaning,
    },
    project::{Body, Call, Declaration, Definition, In, Value},
};

impl<'p> Walker<'_, 'p> {
    pub(super) fn call(&mut self, value: Value<'p>, path: &mut Path) -> Option<Label> {
        let call = value.as_call()?;
        if call.style() == CallStyle::Macro
            && let Some(label) = self.macro_call(call, path)
        {
            return label;
        }
        let mut argument_label: Option<Label> = None;
        let (mut credentials, mut proofs, mut identities) = (0, 0, 0);
        let mut literals = Vec::new();
        for (number, argument) in call.arguments().iter().enumerate() {
            if let ExpressionKind::Function(function) = self.value(argument.value).kind() {
                literals.push(*function)
            } else {
                let label = self.evaluate(argument.value, path);
                // What is called with nothing may answer with something.
                let label = label.filter(|label| *label != Label::Null);
                match label {
                    Some(Label::Credential) if number < 32 => credentials |= 1 << number,
                    Some(Label::Proof) if number < 32 => proofs |= 1 << number,
                    Some(Label::Identity) if number < 32 => identities |= 1 << number,
                    _ => {}
                }
                argument_label = argument_label.max_by_level(label);
            }
        }
        let receiver_label = match call.receiver() {
            Some(receiver) => self.evaluate(receiver.at.id, path),
            None => None,
        };
        if self.lets_pass(call, path) || self.delegates(call, path) {
            return None;
        }
        if let Some(label) = java::optional(call, receiver_label, argument_label, path) {
            return Some(label);
        }
        let label = argument_label.max_by_level(receiver_label);
        let given = Given { label, credentials, proofs, identities };
        let before = path.level;
        let label = self.proof_of(call, given, path);
        self.verifies |= matches!(label, Some(Label::Proof | Label::Outcome | Label::Failure));
        if self.mode == Mode::Handler && self.changes(call) {
            let level = before.max(self.asked_inside(call));
            self.changes.push(level);
        }
        let mut answered = None;
        let is_search = searched::is_search(call.name());
        let is_own = is_search && call.receiver().is_some_and(|list| self.is_own(list, path));
        for literal in literals {
            let body = self.grader.project.body(In { file: self.file.file, id: literal });
            let elements = body.function().parameters.first().map(|element| &element.pattern);
            let found = self.among(elements.filter(|_| is_own), |walker| {
                walker.callback(call, literal, label.max_by_level(receiver_label), path)
            });
            if is_search || rust::is_decided_by_closure(call.name()) {
                answered = found;
            }
        }
        let label = label.max_by_level(answered);
        if let Some(error) = go::must_be_nothing(call) {
            self.refine(error.at.id, false, path);
        }
        if let Some(demanded) = rejection::unless(call) {
            self.refine(demanded.at.id, true, path);
        }
        if rejection::call_refuses(self.grader.project, call) || self.hangs_up(call) {
            path.refused = true;
            // What gin was told to abort runs no handler, whatever this middleware does from here.
            path.ended |= self.mode == Mode::Hook && self.is_go();
        }
        if self.mode == Mode::Unanswered && rejection::sends_answer(call) {
            path.ended = true;
        }
        // Next.js's `redirect`, SvelteKit's `error` and their like throw: nothing runs after them.
        let throws = |meaning| call.detail(meaning, "fails") == Some("throws");
        path.ended |= throws(Meaning::Redirect) || throws(Meaning::Reject);
        label
            .or_else(|| self.asked_by_test(call, argument_label))
            .or_else(|| carrier::carried(call, receiver_label, argument_label))
    }

    /// `test(request.user)`, where the maker of the guard was given the test: what is demanded of an identity.
    fn asked_by_test(&self, call: Call<'p>, given: Option<Label>) -> Option<Label> {
        let Definition::Parameter(maker, _) = call.target() else { return None };
        let is_closed_over = *maker != self.file && *maker != self.outer;
        let is_identity = matches!(given, Some(Label::Identity | Label::Proof));
        (is_closed_over && is_identity).then_some(Label::Identity)
    }

    /// Is this the point at which the guard lets the request pass?
    fn lets_pass(&mut self, call: Call<'p>, path: &mut Path) -> bool {
        let location = Some(call.location());
        match self.mode {
            Mode::Verdict if condition::calls_next(call, self.grader.project.body(self.outer)) => {
                let verdict = call.argument(0).filter(|verdict| !verdict.is_null());
                if let Some(verdict) = verdict.filter(|verdict| verdict.boolean() != Some(false)) {
                    let label = self.evaluate(verdict.at.id, path);
                    let mut passing = path.clone();
                    passing.raise(label.map_or(Level::Nothing, Label::level));
                    self.pass_here(&passing, location);
                }
                true
            }
            Mode::Middleware
                if condition::calls_next(call, self.grader.project.body(self.outer)) =>
            {
                let refuses = matches!(call.name(), "next" | "done")
                    && !condition::is_part_of_parameter(call)
                    && call.argument(0).is_some_and(|argument| {
                        !argument.is_null()
                            && argument.boolean() != Some(true)
                            && !matches!(argument.text(), Some("route"))
                    })
                    && self.grader.project.file(self.file.file).language.is_script();
                // `done(false, 401)`, `callback("Unauthorized")`: no, or an error, comes first.
                let says_no = call.argument(0).is_some_and(|first| match first.boolean() {
                    Some(answer) => !answer,
                    None => matches!(call.name(), "callback" | "cb") && !first.is_null(),
                });
                if !refuses && !says_no {
                    self.pass_here(path, location);
                }
                true
            }
            Mode::Wrapper => {
                let outer = self.grader.project.body(self.outer).function();
                let root = root_name(call.callee_value());
                let wrapped = outer
                    .plain_parameters()
                    .any(|parameter| parameter.name() == root && root.is_some());
                if wrapped {
                    self.pass_here(path, location);
                }
                wrapped
            }
            Mode::Handler if condition::is_effect(call) => {
                self.pass_here(path, location);
                false
            }
            Mode::Script => {
                if self.acts(call) {
                    self.pass_here(path, location);
                }
                false
            }
            Mode::Connection => {
                if self.asks_each_message(call, path) {
                    return true;
                }
                let lets_in =
                    self.serves(call) || self.gives_connection(call) || self.accepts(call);
                if condition::is_effect(call) || lets_in {
                    self.pass_here(path, location);
                }
                self.listens(call, path);
                false
            }
            _ => false,
        }
    }

    /// What the call proves, by the vocabulary or by the body of the called function.
    fn proof_of(&mut self, call: Call<'p>, given: Given, path: &mut Path) -> Option<Label> {
        // What keeps forged requests out knows nobody.
        let written = call.value().source().to_ascii_lowercase();
        let is_against_forgery = written.contains("csrf") || written.contains("xsrf");
        if is_against_forgery || call.means(Meaning::ComparePassword) && !self.passwords {
            return None;
        }
        if call.positional().any(carrier::is_against_forgery) || self.guards_forms() {
            return None;
        }
        if call.means(Meaning::VerifyCredential) || call.means(Meaning::VerifySignature) {
            self.reads_credential = true;
            self.decided_at = Some(call.location());
            if continuation(call).is_none() && condition::throws(call) {
                path.raise(Level::Verified);
            }
            return Some(proof(call));
        }
        if call.means(Meaning::EnforceAuthentication) || call.means(Meaning::EnforceRole) {
            self.reads_credential = true;
            if options::is_told_to_let_pass(call) {
                return None;
            }
            self.role |= call.means(Meaning::EnforceRole);
            self.decided_at = Some(call.location());
            path.raise(Level::Verified);
            return Some(Label::Proof);
        }
        if let Some(label) = self.inherited_guard(call, path) {
            return Some(label);
        }
        if call.means(Meaning::ReadIdentity) {
            self.reads_credential = true;
            self.decided_at = Some(call.location());
            return Some(Label::Proof);
        }
        // What the server sealed with a key of its own comes back from whom it was given to.
        if call.means(Meaning::OpenSealed) && given.credentials != 0 {
            self.decided_at = Some(call.location());
            return Some(proof(call));
        }
        if call.means(Meaning::ConstantTimeCompare) || call.means(Meaning::ComparePassword) {
            self.decided_at = Some(call.location());
            return Some(proof(call));
        }
        if call.means(Meaning::DecodeCredential) {
            self.reads_credential = true;
            self.decodes = true;
            return Some(Label::Claims);
        }
        if call.means(Meaning::RequireCredential) && !carrier::asks_plain_header(call) {
            self.reads_credential = true;
            return Some(Label::Credential);
        }
        let looks_up = call.means(Meaning::DatabaseRead)
            || call.means(Meaning::DocumentQuery)
            || call.means(Meaning::SqlQuery)
            || rust::looks_up_identity(call);
        if looks_up {
            // A session or token that is found in the store is genuine; claims that nobody verified are not.
            return match given.label {
                Some(Label::Credential) => {
                    self.decided_at = Some(call.location());
                    Some(Label::Proof)
                }
                other => other,
            };
        }
        if let Some(label) = self.looked_up(call, given.credentials, path) {
            return Some(label);
        }
        // Another service is asked whether the credential is genuine; its answer has to be looked at.
        let is_sent = matches!(given.label, Some(Label::Credential | Label::Claims));
        if is_sent && call.means(Meaning::HttpRequest) {
            return Some(Label::Identity);
        }
        let mut callees = call.callees();
        callees.extend(rust::asked_by_type(call).filter(|_| callees.is_empty()));
        let Some(&callee) = callees.first() else {
            self.asks_unseen |= asks_unseen(call) || rust::asks_unseen(call);
            self.asks_handed |= asks_handed(call);
            return None;
        };
        let summary = self.summaries(call, &callees, given);
        self.asks_handed |= summary.asks_handed;
        // By its name it is one that asks: `authenticateRequest(r, byToken, byHeader)`.
        let words = split_words(call.name());
        self.asks_unseen |= summary.asks_handed && words.iter().any(|word| is_guard_word(word));
        self.reads_credential |= summary.reads_credential;
        self.decodes |= summary.decodes;
        self.role |= summary.role;
        if summary.on_return >= Level::Identity || summary.on_true >= Level::Identity {
            self.decided_at = summary.decided_at.or(self.decided_at);
        }
        let mut good = summary.on_true;
        let answer = go::answer(callee);
        self.came_back = answer.map(|_| (call.id(), summary.on_return));
        if rust::answers_by_result(callee) || answer == Some(go::Answer::ValueAndError) {
            // That it came back says nothing yet: the caller has to look whether it is an error.
            good = good.max(summary.on_return);
        } else if answer == Some(go::Answer::Error) && summary.on_return == Level::Verified {
            return Some(Label::Failure);
        } else if !is_floating(call, callee) {
            path.raise(summary.on_return);
        }
        // A project's own look-up of a credential or an identity in its store.
        let looks_up = good < Level::Identity
            && matches!(given.label, Some(Label::Credential | Label::Identity))
            && callees.iter().all(|callee| self.grader.looks_up(callee.at));
        if looks_up {
            self.decided_at = Some(call.location());
            self.came_back = None;
            return match given.label {
                Some(Label::Credential) => Some(Label::Proof),
                other => other,
            };
        }
        match good {
            Level::Verified if summary.says_failure => Some(Label::Outcome),
            Level::Verified => Some(Label::Proof),
            Level::Identity => Some(Label::Identity),
            // `hashed(token)`: what was made of a credential stands for it, unless it was read out of it.
            Level::Presence
                if (given.credentials != 0 || summary.takes_out) && !summary.decodes =>
            {
                Some(Label::Credential)
            }
            Level::Presence => Some(Label::Claims),
            Level::Nothing => None,
        }
    }

    /// What the functions prove one of which a call runs.
    fn summaries(&mut self, call: Call<'p>, callees: &[Body<'p>], given: Given) -> Summary {
        let asked = |callee: &Body<'p>| Asked {
            missing: missing_arguments(call, *callee),
            credentials: given.credentials,
            proofs: given.proofs,
            identities: given.identities,
            passwords: self.passwords,
        };
        let asked: Vec<_> = callees.iter().map(|callee| (callee.at, asked(callee))).collect();
        let found = asked.into_iter().map(|(at, asked)| self.grader.summary(at, asked));
        found.reduce(|either, other| either.either(&other)).unwrap_or_default()
    }

    /// Walks a function literal handed to a call, as if it ran here.
    fn callback(
        &mut self,
        call: Call<'p>,
        literal: FunctionId,
        label: Option<Label>,
        path: &mut Path,
    ) -> Option<Label> {
        let body = self.grader.project.body(In { file: self.file.file, id: literal });
        let mut inside = path.clone();
        let names: Vec<&Text> =
            body.function().parameters.iter().filter_map(|parameter| parameter.name()).collect();
        let is_verification =
            call.means(Meaning::VerifyCredential) && continuation(call) == Some(literal);
        match (names.as_slice(), label) {
            ([failure, proof, ..], Some(Label::Proof)) if is_verification => {
                inside.set(failure, Some(Label::Failure));
                inside.set(proof, Some(Label::Proof));
            }
            ([first, ..], Some(label)) => {
                inside.set(first, Some(label));
                if call.name() == "then" {
                    inside.raise(if label == Label::Proof { Level::Nothing } else { path.level });
                }
            }
            _ => {}
        }
        self.callbacks += 1;
        let outside = std::mem::take(&mut self.answers);
        self.block(&body.function().body, &mut inside);
        let answers = std::mem::replace(&mut self.answers, outside);
        self.callbacks -= 1;
        path.forget_changes(&inside);
        if is_verification {
            // The function goes on in the callback: what comes after it serves nobody.
            if !inside.ended {
                self.reaches_end(&inside);
            }
            path.ended = true;
        }
        let not_null = answers.iter().filter(|(_, label)| *label != Some(Label::Null));
        let proven = not_null.map(|&(level, label)| {
            // What the closure was given is no proof of its own.
            level.max(label.map_or(Level::Nothing, Label::level))
        });
        (proven.min() == Some(Level::Verified)).then_some(Label::Proof)
    }
}

/// Is the request handed to something that says it asks who is calling, and that cannot be followed:
/// `plugins.get(name).authenticate(request)`?
fn asks_unseen(call: Call<'_>) -> bool {
    let words = split_words(call.name());
    let has = |word: &str| words.iter().any(|known| known == word);
    let asks = has("authenticate") || has("authorize") || has("current") && has("user");
    asks && call.meanings().next().is_none() && is_request_given(call)
}

fn is_request_given(call: Call<'_>) -> bool {
    let is_request = |given: Value<'_>| {
        matches!(given.source(), "req" | "request" | "ctx" | "context" | "event" | "c" | "r")
    };
    call.positional().any(is_request)
}

/// Is the request handed to one of several functions that the guard was given: `for _, check := range checks`?
fn asks_handed(call: Call<'_>) -> bool {
    let project = call.project;
    let is_one_of = || {
        let binding = project.binding(call.callee_value().at);
        matches!(binding, Some((_, Declaration::Element { .. })))
    };
    is_request_given(call) && call.meanings().next().is_none() && is_one_of()
}

/// What a call gets: the strongest thing among its arguments and its receiver, and which arguments are
/// credentials, as bits by position.
#[derive(Clone, Copy)]
struct Given {
    label: Option<Label>,
    credentials: u32,
    /// Those that are only there after a verification.
    proofs: u32,
    identities: u32,
}

/// Does nobody wait for what an asynchronous function does: neither for its end nor for its failure?
pub(super) fn is_floating(call: Call<'_>, callee: Body<'_>) -> bool {
    let waits_by_await = call.source_file().language.is_script()
        || matches!(call.source_file().language, Language::Python);
    let is_statement = || {
        let statement = call.value().statement();
        statement.is_some_and(|at| {
            let kind = &call.project.facts(at.file)[at.id].kind;
            matches!(kind, StatementKind::Expression(whole) if *whole == call.id())
        })
    };
    waits_by_await && callee.function().is_async && is_statement()
}

/// What the result of a library's check is when it is true: that it went well, or the error that says why not.
fn proof(call: Call<'_>) -> Label {
    const CHECKS: [Meaning; 4] = [
        Meaning::VerifyCredential,
        Meaning::VerifySignature,
        Meaning::ConstantTimeCompare,
        Meaning::ComparePassword,
    ];
    let yields_error = CHECKS.iter().any(|check| call.detail(*check, "yields") == Some("error"));
    if yields_error { Label::Failure } else { Label::Proof }
}

/// The function that a script hands to a call, last of all, to go on in. Elsewhere a call answers itself, and a
/// function among its arguments looks up a key.
fn continuation(call: Call<'_>) -> Option<FunctionId> {
    match call.positional().last()?.kind() {
        ExpressionKind::Function(literal) if call.source_file().language.is_script() => {
            Some(*literal)
        }
        _ => None,
    }
}

/// Which parameters a call leaves out, as bits by position. They are `undefined` in a script; elsewhere they
/// have defaults.
pub(super) fn missing_arguments(call: Call<'_>, callee: Body<'_>) -> u32 {
    let spreads = call.arguments().iter().any(|argument| argument.spread);
    if spreads || !call.source_file().language.is_script() {
        return 0;
    }
    let given = call.arguments().len();
    let left_out =
        callee.function().plain_parameters().enumerate().filter(|(number, parameter)| {
            let is_plain = parameter.kind == ParameterKind::Plain && parameter.default.is_none();
            *number >= given && *number < 32 && is_plain
        });
    left_out.fold(0, |bits, (number, _)| bits | 1 << number)
}
