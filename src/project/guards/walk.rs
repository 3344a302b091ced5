//! Walks a guard's body path by path.

use super::{
    Grade, Grader, Level, Mode,
    call::missing_arguments,
    carrier, condition,
    dependency::{asked_by, sent_parameters},
    path::{Label, Path, joined, joined_labels, switched},
    rust,
    summary::{Asked, Returned},
};
use crate::{
    facts::{
        Block, ExpressionId, ExpressionKind, Handler, Language, Operator, Parameter, Pattern,
        StatementId, StatementKind, Text,
    },
    project::{Body, Declaration, FunctionRef, In, Location, Value},
};

/// What a check of a credential is given beside it.
fn is_beside_credential(name: &str) -> bool {
    matches!(name, "request" | "info" | "username" | "user" | "required_scopes")
}

/// The name at the start of a chain: `next` of `next.ServeHTTP`.
pub(super) fn root_name(value: Value<'_>) -> Option<&Text> {
    let mut value = value.unwrapped();
    loop {
        match value.kind() {
            ExpressionKind::Name(name) => return Some(name),
            ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Call { callee, .. } => value = value.sibling(*callee).unwrapped(),
            _ => return None,
        }
    }
}

pub(super) struct Walker<'g, 'p> {
    pub(super) grader: &'g mut Grader<'p>,
    pub(super) mode: Mode,
    /// The function in guard position; differs from `file` for wrappers.
    pub(super) outer: FunctionRef,
    pub(super) file: FunctionRef,
    /// The level at each point that lets the request pass.
    pub(super) passes: Vec<Level>,
    /// The level at each answer of a handler that is the same for everybody.
    pub(super) silent: Vec<Level>,
    /// The level at each call of a handler that changes something.
    pub(super) changes: Vec<Level>,
    pub(super) returns: Vec<Returned>,
    /// The function is called by a guard; what it returns is a value, and no answer.
    pub(super) is_summary: bool,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    pub(super) decided_at: Option<Location>,
    /// How many function literals the walk is inside of: a `return` there leaves only the literal.
    pub(super) callbacks: u32,
    /// What the function literal being walked answered.
    pub(super) answers: Vec<(Level, Option<Label>)>,
    /// How many macros the walk is inside of.
    pub(super) expansions: u32,
    /// Does the comparison of a password prove anything?
    pub(super) passwords: bool,
    /// Something on the way verifies a credential.
    pub(super) verifies: bool,
    /// Something on the way reads claims without a check.
    pub(super) decodes: bool,
    /// Something that cannot be followed is asked who is calling.
    pub(super) asks_unseen: bool,
    /// The request is handed to functions that the guard was given.
    pub(super) asks_handed: bool,
    /// The call of a function of Go that was walked last, and what it proves by coming back without an error.
    pub(super) came_back: Option<(ExpressionId, Level)>,
    /// The configuration can switch it off.
    pub(super) is_switched: bool,
    /// Strangers pass on a way that hangs on the path of the request, and nobody can tell how.
    pub(super) spares: bool,
    /// Strangers pass on another way.
    pub(super) lets_pass: bool,
    /// The value of the block that comes next is what the function returns.
    pub(super) is_answer: bool,
    /// The maps that were given an entry for a credential that nobody verified.
    pub(super) filled: Vec<&'p str>,
    /// Names that stand for an element of a list of the server's own.
    pub(super) elements: Vec<Text>,
    /// The paths that left the loop being walked.
    pub(super) breaks: Vec<Path>,
}

impl<'g, 'p> Walker<'g, 'p> {
    /// Nothing walked yet. `outer` stands in guard position; `file` is the function that is walked.
    pub(super) fn new(
        grader: &'g mut Grader<'p>,
        mode: Mode,
        outer: FunctionRef,
        file: FunctionRef,
    ) -> Self {
        Self {
            grader,
            mode,
            outer,
            file,
            passes: Vec::new(),
            silent: Vec::new(),
            changes: Vec::new(),
            returns: Vec::new(),
            is_summary: false,
            reads_credential: false,
            role: false,
            decided_at: None,
            callbacks: 0,
            answers: Vec::new(),
            expansions: 0,
            passwords: true,
            verifies: false,
            decodes: false,
            asks_unseen: false,
            asks_handed: false,
            came_back: None,
            is_switched: false,
            spares: false,
            lets_pass: false,
            is_answer: false,
            filled: Vec::new(),
            elements: Vec::new(),
            breaks: Vec::new(),
        }
    }

    pub(super) fn is_go(&self) -> bool {
        self.grader.project.file(self.file.file).language == Language::Go
    }

    /// Is the function that is walked about forged requests, by its name or that of its file? What it compares says
    /// that a page of the server's own was asked for, and not who asked.
    pub(super) fn guards_forms(&self) -> bool {
        let project = self.grader.project;
        let name = &project.body(self.file).function().name;
        carrier::names_forgery(name) || carrier::names_forgery(project.file(self.file.file).name())
    }

    pub(super) fn value(&self, id: ExpressionId) -> Value<'p> {
        self.grader.project.value(In { file: self.file.file, id })
    }

    /// Parameters that carry a credential or an identity by their annotation or default.
    pub(super) fn parameters(&mut self, body: Body<'p>, path: &mut Path) {
        for name in sent_parameters(body) {
            self.reads_credential = true;
            path.set(name, Some(Label::Credential));
        }
        if self.mode == Mode::Truth && self.outer == body.at {
            // Beside the request comes what the library took out of it.
            let taken = body.function().plain_parameters().filter_map(Parameter::name);
            for name in taken.filter(|name| !is_beside_credential(name)) {
                self.reads_credential = true;
                path.set(name, Some(Label::Credential));
            }
        }
        rust::typed_parameters(body, path);
        self.taken_parameters(body, path);
        for (name, asked) in asked_by(body) {
            let inner = self.grader.dependency(asked);
            path.raise(inner.level);
            self.reads_credential |= inner.reads_credential;
            self.role |= inner.role;
            self.decided_at = self.decided_at.or(inner.decided_at);
            if let (Some(name), Some(label)) = (name, inner.label) {
                path.set(name, Some(label));
            }
        }
    }

    /// What stands before the function that a wrapper puts in place: `@jwt_required()` on it.
    pub(super) fn decorators(&mut self, body: Body<'p>, path: &mut Path) {
        for decorator in body.decorators() {
            let assessment = self.grader.expression(decorator.at, &Mode::Wrapper);
            let level = match assessment.grade {
                Some(Grade::G3 | Grade::G4) => Level::Verified,
                Some(Grade::G2) => Level::Identity,
                _ => continue,
            };
            path.raise(level);
            self.reads_credential = true;
            self.role |= assessment.role;
            self.decided_at = assessment.decided_at.or_else(|| Some(decorator.location()));
        }
    }

    pub(super) fn pass_here(&mut self, path: &Path, at: Option<Location>) {
        if path.refused || path.ended {
            return;
        }
        let lowest = self.passes.iter().copied().min();
        if path.level < Level::Identity && lowest.is_none_or(|lowest| lowest >= Level::Identity) {
            self.decided_at = at.or(self.decided_at);
        }
        if path.level < Level::Identity {
            let spares = if path.unclear { &mut self.spares } else { &mut self.lets_pass };
            *spares = true;
        }
        self.passes.push(path.level);
    }

    pub(super) fn reaches_end(&mut self, path: &Path) {
        match self.mode {
            Mode::Dependency | Mode::Hook | Mode::Handler | Mode::Gate | Mode::Unanswered => {
                self.pass_here(path, None);
            }
            Mode::Script => self.silent.push(path.level),
            Mode::Middleware | Mode::Verdict | Mode::Wrapper | Mode::Connection | Mode::Truth => {}
        }
    }

    /// Runs a block; what its last statement is worth, for blocks that are values.
    pub(super) fn block(&mut self, block: &Block, path: &mut Path) -> Option<Label> {
        let is_answer = std::mem::take(&mut self.is_answer);
        let mut label = None;
        for (number, &statement) in block.iter().enumerate() {
            if path.ended {
                return None;
            }
            self.is_answer = is_answer && number + 1 == block.len();
            label = self.statement(statement, path);
        }
        label
    }

    pub(super) fn statement(&mut self, id: StatementId, path: &mut Path) -> Option<Label> {
        let facts = self.grader.project.facts(self.file.file);
        let is_answer = std::mem::take(&mut self.is_answer);
        match &facts[id].kind {
            StatementKind::Expression(value) if is_answer => self.returns(Some(*value), path),
            StatementKind::Expression(value) => return self.evaluate(*value, path),
            StatementKind::Bind { target, value: Some(value), .. } => {
                let label = self.evaluate(*value, path);
                let label = label.or_else(|| self.is_set(*value).then_some(Label::Set));
                let label = self.named_error(target, label);
                if matches!(target, Pattern::Fields { .. }) {
                    self.throws_for_strangers(self.value(*value), path);
                }
                bind(target, label, path);
                self.fills_entry(target, path);
                self.unproven_error(target, self.value(*value), path);
                self.bind_nobody(target, *value, label, path);
                self.bind_fields(target, *value, path);
                self.bind_state(target, self.value(*value), path);
                self.bind_taken(target, *value, path);
            }
            StatementKind::Bind { target, value: None, .. } => {
                let is_script = self.grader.project.file(self.file.file).language.is_script();
                bind(target, is_script.then_some(Label::Null), path);
            }
            StatementKind::Return(value) => self.returns(*value, path),
            StatementKind::Throw(value) => {
                if let Some(value) = value {
                    self.evaluate(*value, path);
                }
                path.ended = true;
            }
            StatementKind::If { test, binding, then, otherwise } => {
                let mut when_true = path.clone();
                self.refine(*test, true, &mut when_true);
                if let Some((pattern, value)) = binding {
                    let label = self.evaluate(*value, &mut when_true.clone());
                    bind(pattern, label, &mut when_true);
                }
                let mut when_false = path.clone();
                self.refine(*test, false, &mut when_false);
                let chosen = self.is_configuration(*test);
                let (with, without) = (when_true.level, when_false.level);
                let before = self.passes.len();
                self.is_answer = is_answer;
                let first = self.branch(then, &mut when_true, &when_false, chosen);
                self.leave_sign_in(before, with, without);
                let before = self.passes.len();
                self.is_answer = is_answer;
                let second = self.branch(otherwise, &mut when_false, &when_true, chosen);
                self.leave_sign_in(before, without, with);
                let label = joined_labels((&when_true, first), (&when_false, second));
                *path = if chosen {
                    switched(when_true, when_false)
                } else {
                    joined(when_true, when_false)
                };
                return label;
            }
            StatementKind::Loop { target, source, body, otherwise, .. } => {
                self.repeat(target.as_ref(), *source, [body, otherwise], path);
            }
            StatementKind::Match { subject, arms } => {
                let subject = subject.map(|subject| self.value(subject));
                return self.choice(subject, arms, is_answer, path);
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                let before = path.clone();
                self.block(body, path);
                self.block(otherwise, path);
                for handler in handlers {
                    let mut inside = before.clone();
                    inside.refused |= self.answers_failure(handler);
                    self.block(&handler.body, &mut inside);
                    *path = joined(path.clone(), inside);
                }
                let mut last = path.clone();
                last.ended = false;
                self.block(finally, &mut last);
            }
            StatementKind::With { items, body } => {
                for (value, target) in items {
                    let label = self.evaluate(*value, path);
                    if let Some(target) = target {
                        bind(target, label, path);
                    }
                }
                self.block(body, path);
            }
            StatementKind::Block(block) => {
                self.is_answer = is_answer;
                return self.block(block, path);
            }
            StatementKind::Defer(value) | StatementKind::Spawn(value) => {
                self.evaluate(*value, &mut path.clone());
            }
            StatementKind::Assert { test, .. } => self.refine(*test, true, path),
            StatementKind::Break => {
                self.breaks.push(path.clone());
                path.ended = true;
            }
            StatementKind::Continue => path.ended = true,
            StatementKind::Function(_) | StatementKind::Class(_) => {}
        }
        None
    }

    /// Runs one branch of a test. Whoever runs the program may choose the one that lets everybody pass at once: what
    /// the other looks at is checked, and no more than that.
    fn branch(
        &mut self,
        block: &Block,
        path: &mut Path,
        other: &Path,
        chosen: bool,
    ) -> Option<Label> {
        let before = self.passes.len();
        let label = self.block(block, path);
        if chosen && path.ended && !other.ended && self.passes.len() > before {
            self.passes.truncate(before);
            self.is_switched = true;
        }
        label
    }

    /// Does a test look at nothing but the configuration: `if !CONFIG.disable_admin_token()`?
    fn is_configuration(&self, test: ExpressionId) -> bool {
        let value = self.value(test);
        let value = match value.kind() {
            ExpressionKind::Operation { operator: Operator::Not, operands } => {
                operands.first().map_or(value, |&inner| value.sibling(inner))
            }
            _ => value,
        };
        let takes_nothing = value.as_call().is_none_or(|call| call.arguments().is_empty());
        takes_nothing
            && root_name(value).is_some_and(|root| {
                matches!(root.to_lowercase().as_str(), "config" | "settings" | "configuration")
            })
    }

    /// Binds the fields of the object that a function of this project returns.
    pub(super) fn bind_fields(&mut self, target: &Pattern, value: ExpressionId, path: &mut Path) {
        for (field, label) in self.fields_returned(value, path) {
            match target {
                Pattern::Name(name) => path.set_field(name, &field, label),
                Pattern::Fields { fields, .. } => {
                    for (_, pattern) in fields.iter().filter(|(key, _)| *key == field) {
                        bind(pattern, Some(label), path);
                    }
                }
                _ => {}
            }
        }
    }

    /// What the fields of the object prove that a function of this project returns; none for other values.
    pub(super) fn fields_returned(
        &mut self,
        value: ExpressionId,
        path: &Path,
    ) -> Vec<(Text, Label)> {
        let call = self.value(value).unwrapped().as_call();
        let Some((call, callee)) = call.and_then(|call| Some((call, call.callee()?))) else {
            return Vec::new();
        };
        let missing = missing_arguments(call, callee);
        let mut asked = Asked { missing, passwords: self.passwords, ..Asked::default() };
        for (number, argument) in call.arguments().iter().enumerate().take(32) {
            match self.evaluate(argument.value, &mut path.clone()) {
                Some(Label::Credential) => asked.credentials |= 1 << number,
                Some(Label::Proof) => asked.proofs |= 1 << number,
                Some(Label::Identity) => asked.identities |= 1 << number,
                _ => {}
            }
        }
        self.grader.summary(callee.at, asked).fields
    }

    /// Does a handler that caught an error answer that something failed?
    fn answers_failure(&self, handler: &Handler) -> bool {
        self.mode == Mode::Handler && self.only_answers(handler) || self.hands_failure_on(handler)
    }

    /// A block that ends with an answer and does nothing else tells of the failure, and not of what is stored.
    fn only_answers(&self, handler: &Handler) -> bool {
        let facts = self.grader.project.facts(self.file.file);
        let ends = handler
            .body
            .last()
            .is_some_and(|&last| matches!(facts[last].kind, StatementKind::Return(Some(_))));
        let body = self.grader.project.body(self.file);
        let mut calls =
            body.calls_within().filter(|call| handler.span.contains(call.location().span));
        ends && !calls.any(|call| {
            let inside = |callee: Body<'_>| self.grader.project.reaches(callee.at, condition::acts);
            call.meanings().any(condition::acts) || call.callee().is_some_and(inside)
        })
    }

    /// `fail(error, res)`
    fn hands_failure_on(&self, handler: &Handler) -> bool {
        let Some(caught) = handler.binding.as_ref().filter(|_| self.mode == Mode::Handler) else {
            return false;
        };
        let mut names = Vec::new();
        caught.each_name(&mut |name| names.push(name));
        let body = self.grader.project.body(self.file);
        let in_handler =
            body.calls_within().filter(|call| handler.span.contains(call.location().span));
        in_handler.into_iter().any(|call| {
            let given: Vec<&Text> = call.positional().filter_map(root_name).collect();
            given.iter().any(|name| names.contains(name))
                && given.iter().any(|name| self.declares(name))
        })
    }

    /// What `name` is declared as in the walked function.
    pub(super) fn declares(&self, name: &str) -> bool {
        let unit = self.grader.project.unit(self.file.file);
        let declared = unit.index.declarations(self.file.id, name);
        declared.iter().any(|declaration| matches!(declaration, Declaration::Parameter(..)))
    }
}

pub(super) fn is_account_name(name: &str) -> bool {
    matches!(name, "user" | "username" | "userName" | "login" | "email")
}

/// What the names of a pattern carry.
pub(super) fn bind(target: &Pattern, label: Option<Label>, path: &mut Path) {
    match target {
        Pattern::Name(name) => path.set(name, label),
        Pattern::WithDefault(inner, _) => bind(inner, label, path),
        _ => {
            let proven = matches!(label, Some(Label::Proof | Label::Identity | Label::Claims));
            target.each_name(&mut |name| {
                let is_error = matches!(name.as_str(), "err" | "error" | "e" | "ok");
                let part = match label {
                    Some(Label::Proof) if is_error && name != "ok" => Some(Label::Failure),
                    Some(Label::Credential) if is_error && name != "ok" => None,
                    // Everybody can know the name; it is no credential of its own.
                    Some(Label::Credential) if is_account_name(name) => Some(Label::Claims),
                    label if proven || label == Some(Label::Credential) => label,
                    _ => None,
                };
                path.set(name, part);
            });
        }
    }
}
