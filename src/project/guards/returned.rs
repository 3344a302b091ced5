//! What a guard says by what it returns.

use super::{
    Level, Mode,
    evaluate::named_label,
    go, outcome,
    path::{Label, Path},
    rejection, rust,
    summary::Returned,
    walk::Walker,
};
use crate::{
    facts::{EntryKey, ExpressionId, ExpressionKind, Language, Text, vocabulary::Meaning},
    project::{Call, In, Value},
};

impl Walker<'_, '_> {
    pub(super) fn returns(&mut self, value: Option<ExpressionId>, path: &mut Path) {
        if let Some(value) = value
            && let ExpressionKind::Conditional { test, then, otherwise } = self.value(value).kind()
        {
            return self.returns_either(*test, [*then, *otherwise], path);
        }
        if let Some(value) = value
            && let ExpressionKind::Branches(statement) = self.value(value).kind()
        {
            self.is_answer = true;
            self.statement(*statement, path);
            path.ended = true;
            return;
        }
        if let Some(value) = value.filter(|_| self.mode == Mode::Dependency) {
            match rust::future_of(self.value(value)) {
                Some(rust::Future::Block(function)) => {
                    let body = self.grader.project.body(In { file: self.file.file, id: function });
                    self.block(&body.function().body, path);
                    if !path.ended {
                        self.reaches_end(path);
                    }
                    path.ended = true;
                    return;
                }
                Some(rust::Future::Ready(inner)) => return self.returns(Some(inner), path),
                None => {}
            }
        }
        let location = value.map(|value| self.value(value).location());
        let fields = value.and_then(|value| {
            self.fields(value, path).or_else(|| self.fields_handed_on(value, path))
        });
        // An object that says why is a value for the caller to test.
        let is_answer = !(self.is_summary && fields.is_some());
        let refuses = value.is_some_and(|value| {
            let value_is_refusal = rejection::is_refusal(self.grader.project, self.value(value))
                || self.is_failure(value, path);
            is_answer && value_is_refusal || self.is_error(value)
        });
        let label = value.and_then(|value| self.evaluate(value, path));
        // `return err!(…)`: the macro has left already.
        if path.ended {
            return;
        }
        let said = value.and_then(|value| self.said(self.value(value), label, path));
        let refuses = match said {
            Some(said) => said == go::Said::Failed,
            None => refuses,
        };
        if let Some(go::Said::Hands(level)) = said {
            path.raise(level);
        }
        let is_falsy = value.is_none_or(|value| go::is_nothing(self.value(value)));
        if self.callbacks > 0 {
            if !refuses {
                self.answers.push((path.level, if is_falsy { Some(Label::Null) } else { label }));
            }
            path.ended = true;
            return;
        }
        if !refuses && !path.refused {
            // An object is always true, whatever its fields prove.
            let fails =
                said.is_none() && value.is_some_and(|value| outcome::is_failure(self.value(value)));
            // In scripts the fields tell more: `{ error, user }`.
            let is_script = self.grader.project.file(self.file.file).language.is_script();
            let kept = if is_falsy {
                Some(Label::Null)
            } else if fails && (fields.is_none() || !is_script) {
                Some(Label::Failure)
            } else {
                label.filter(|_| fields.is_none())
            };
            self.returns.push(Returned { level: path.level, label: kept, fields });
        }
        match self.mode {
            Mode::Dependency | Mode::Handler if !refuses => {
                // `return false` from `canActivate` or `has_permission` refuses.
                let is_no = value.is_some_and(|value| {
                    matches!(self.value(value).kind(), ExpressionKind::Bool(false))
                });
                let mut passing = path.clone();
                if let Some(value) = value.filter(|_| self.is_decision(value)) {
                    self.note_role(self.value(value));
                }
                let decides = self.is_decision(value)
                    || value.is_some_and(|value| self.hands_on_result(self.value(value)));
                passing.raise(label.filter(|_| decides).map_or(Level::Nothing, Label::level));
                let is_silent = self.mode == Mode::Handler
                    && value.is_some_and(|value| answers_nothing(self.value(value)));
                if is_silent && !path.refused {
                    self.silent.push(passing.level);
                } else if !is_no {
                    self.pass_here(&passing, location);
                }
            }
            Mode::Unanswered if !refuses => self.pass_here(path, location),
            Mode::Script if !path.refused => self.silent.push(path.level),
            Mode::Truth if !refuses && !is_falsy && label != Some(Label::Null) => {
                let mut passing = path.clone();
                passing.raise(label.map_or(Level::Nothing, Label::level));
                self.pass_here(&passing, location);
            }
            Mode::Hook if label == Some(Label::Null) => self.pass_here(path, location),
            Mode::Hook | Mode::Gate if is_falsy => self.pass_here(path, location),
            Mode::Gate if !refuses => self.hands_on(value, path),
            Mode::Hook if !refuses => self.hands_hook_on(value, path),
            _ => {}
        }
        path.ended = true;
    }

    /// `return page if user else redirect("/login")`: each where the test came out so.
    fn returns_either(&mut self, test: ExpressionId, answers: [ExpressionId; 2], path: &mut Path) {
        for (answer, truth) in answers.into_iter().zip([true, false]) {
            let mut taken = path.clone();
            self.refine(test, truth, &mut taken);
            if !taken.ended {
                self.returns(Some(answer), &mut taken);
            }
        }
        path.ended = true;
    }

    /// A hook that returns what another hook of this project answers lets pass what that one does.
    fn hands_hook_on(&mut self, value: Option<ExpressionId>, path: &Path) {
        let call = value.and_then(|value| self.value(value).unwrapped().as_call());
        let Some(hook) = call.and_then(Call::callee) else { return };
        let outcome = self.grader.pass(hook.at, &Mode::Hook);
        self.reads_credential |= outcome.reads_credential;
        self.role |= outcome.role;
        if outcome.passes {
            let mut passing = path.clone();
            passing.raise(outcome.level);
            self.pass_here(&passing, outcome.decided_at);
        }
    }

    /// A gate's answer: `NextResponse.next()` lets the request pass, what another gate of this project
    /// answers does so when that one does.
    fn hands_on(&mut self, value: Option<ExpressionId>, path: &Path) {
        let Some(value) = value.map(|value| self.value(value)) else { return };
        if let Some(gate) = value.as_call().and_then(Call::callee) {
            let outcome = self.grader.pass(gate.at, &Mode::Gate);
            self.reads_credential |= outcome.reads_credential;
            let mut passing = path.clone();
            passing.raise(outcome.level);
            if outcome.passes {
                self.pass_here(&passing, outcome.decided_at);
            }
            return;
        }
        let answers = value.as_call().is_some_and(|call| {
            call.means(Meaning::Redirect)
                || call.means(Meaning::Respond)
                || call.means(Meaning::Reject)
        });
        if !answers {
            self.pass_here(path, Some(value.location()));
        }
    }

    /// `return user.is_authenticated`: the value is the decision itself.
    fn is_decision(&self, value: Option<ExpressionId>) -> bool {
        let Some(value) = value else { return false };
        let name = &self.grader.project.body(self.file).function().name;
        let decides = ["canActivate", "has_permission", "test_func", "has_object_permission"];
        decides.contains(&name.as_str())
            || matches!(self.value(value).kind(), ExpressionKind::Operation { .. })
                && name.starts_with("is")
    }

    /// Rust's `Err(…)`.
    fn is_error(&self, value: ExpressionId) -> bool {
        match self.value(value).kind() {
            ExpressionKind::Call { callee, .. } => match self.value(*callee).kind() {
                ExpressionKind::Name(name) => {
                    name == "Err" || name == "err" && self.value(*callee).path().ends_with(".err")
                }
                // Rocket's `Outcome::Error(…)`.
                ExpressionKind::Member { object, name } => {
                    self.value(*object).source().ends_with("Outcome")
                        && matches!(name.as_str(), "Error" | "Failure" | "Forward")
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The fields of an object literal, with what each proves.
    fn fields(&mut self, value: ExpressionId, path: &Path) -> Option<Vec<(Text, Option<Label>)>> {
        let ExpressionKind::Object(entries) = self.value(value).unwrapped().kind() else {
            return None;
        };
        let mut fields = Vec::new();
        for entry in entries {
            let EntryKey::Name(name) = &entry.key else { return None };
            let label = match self.value(entry.value).kind() {
                ExpressionKind::Name(variable) => path.label(variable),
                ExpressionKind::Null | ExpressionKind::Bool(false) => Some(Label::Null),
                _ if self.is_set(entry.value) => Some(Label::Set),
                _ => self.evaluate(entry.value, &mut path.clone()),
            };
            fields.push((name.clone(), label));
        }
        Some(fields)
    }

    /// The fields of an object that another function made: `return parseRequest(request)`.
    fn fields_handed_on(
        &mut self,
        value: ExpressionId,
        path: &Path,
    ) -> Option<Vec<(Text, Option<Label>)>> {
        let fields = self.fields_returned(value, path);
        let known = fields.into_iter().map(|(name, label)| (name, Some(label))).collect();
        Some(known).filter(|known: &Vec<_>| !known.is_empty())
    }

    /// Is this value never false?
    pub(super) fn is_set(&self, value: ExpressionId) -> bool {
        let is_script = self.grader.project.file(self.file.file).language.is_script();
        match self.value(value).unwrapped().kind() {
            ExpressionKind::Function(_) | ExpressionKind::Bool(true) => true,
            ExpressionKind::Object(entries) => is_script || !entries.is_empty(),
            ExpressionKind::List(items) => is_script || !items.is_empty(),
            ExpressionKind::Text(text) => !text.is_empty(),
            ExpressionKind::Call { .. } => {
                let call = self.value(value).as_call();
                call.is_some_and(|call| call.means(Meaning::Respond) || call.means(Meaning::Reject))
            }
            _ => false,
        }
    }

    /// Is this the error that says that a verification failed, or made by it: `error`, `error()`?
    fn is_failure(&self, value: ExpressionId, path: &Path) -> bool {
        let value = self.value(value).unwrapped();
        let named = match value.kind() {
            ExpressionKind::Call { callee, .. } => value.sibling(*callee),
            _ => value,
        };
        named_label(named, path) == Some(Label::Failure)
    }
}

/// Is this the same answer for everybody: `null`, `HttpResponse("OK")`, `{ ok: true }`? It hands out nothing, so
/// that what matters is where the handler does something.
fn answers_nothing(value: Value<'_>) -> bool {
    let value = value.unwrapped();
    match value.kind() {
        ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::Null => true,
        ExpressionKind::Name(name) => name == "None",
        ExpressionKind::Object(entries) => {
            entries.iter().all(|entry| answers_nothing(value.sibling(entry.value)))
        }
        ExpressionKind::Call { .. } => value.as_call().is_some_and(|call| {
            let answers = call.means(Meaning::Respond)
                || call.means(Meaning::Redirect)
                || call.name().starts_with(char::is_uppercase)
                || matches!(call.name(), "reverse" | "reverse_lazy" | "url_for" | "url_path_for")
                || matches!(call.name(), "json" | "send" | "sendStatus" | "text")
                // Rust's `ok()` is no answer: it turns one kind of result into another.
                || call.name() == "ok" && value.project.file(value.at.file).language != Language::Rust;
            answers && call.callee().is_none() && call.positional().all(answers_nothing)
        }),
        _ => false,
    }
}
