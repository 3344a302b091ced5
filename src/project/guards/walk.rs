//! Walks a guard's body path by path.

use super::{
    Grade, Grader, Level, Mode, condition,
    dependency::{asked_by, sent_parameters},
    java, outcome,
    path::{Label, Path},
    rejection, rust,
};
use crate::{
    facts::{
        Block, CallStyle, EntryKey, ExpressionId, ExpressionKind, FunctionId, Language, Parameter,
        ParameterKind, Pattern, StatementId, StatementKind, Text, vocabulary::Meaning,
    },
    project::{Body, Call, Declaration, FunctionRef, In, Location, Value},
};

/// How a function is called, as far as that changes what it proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    /// Bit n is set when the call gives no argument n.
    missing: u32,
    /// A comparison of passwords counts. In a handler it signs somebody in, which guards nothing.
    passwords: bool,
}

/// What is known of a function that a guard calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// Proven whenever it returns.
    on_return: Level,
    /// Proven whenever it returns something true; with `says_failure`, what is no failure.
    on_true: Level,
    /// What the fields of the object that it returns prove.
    fields: Vec<(Text, Label)>,
    /// It returns failures as values that are true.
    says_failure: bool,
    reads_credential: bool,
    role: bool,
    decided_at: Option<Location>,
}

/// One value that a walked function returns.
#[derive(Clone, Debug, Default)]
struct Returned {
    level: Level,
    label: Option<Label>,
    /// The fields of an object literal; `None` for another value.
    fields: Option<Vec<(Text, Option<Label>)>>,
}

/// What a guard lets pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) level: Level,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    pub(super) decided_at: Option<Location>,
    passes: bool,
}

impl Outcome {
    pub(super) fn why(&self) -> String {
        match self.level {
            Level::Verified => "verifies the credential and refuses without it",
            Level::Identity => "refuses unless an identity was filled in before",
            Level::Presence => "only tests that a credential is present",
            Level::Nothing if self.reads_credential => {
                "reads the credential but lets everybody pass"
            }
            Level::Nothing => "does not look at who is calling",
        }
        .to_owned()
    }
}

/// How many functions deep a guard is followed.
const HOPS_MAX: usize = 6;

impl Grader<'_> {
    /// What `function` lets pass as a guard of this mode.
    pub(super) fn pass(&mut self, function: FunctionRef, mode: &Mode) -> Outcome {
        let entered = match mode {
            Mode::Wrapper => wrapping_function(self.project.body(function)),
            _ => Some(function),
        };
        let Some(entered) = entered else { return Outcome::default() };
        if self.pending.contains(&entered) || self.pending.len() >= HOPS_MAX {
            return Outcome::default();
        }
        self.pending.push(entered);
        let body = self.project.body(entered);
        let mut walker = Walker {
            mode: mode.clone(),
            outer: function,
            file: entered,
            passes: Vec::new(),
            returns: Vec::new(),
            is_summary: false,
            reads_credential: false,
            role: false,
            decided_at: None,
            callbacks: 0,
            answers: Vec::new(),
            expansions: 0,
            passwords: *mode != Mode::Handler,
            grader: self,
        };
        let mut path = Path::default();
        walker.parameters(body, &mut path);
        if entered != function {
            walker.decorators(body, &mut path);
        }
        walker.block(&body.function().body, &mut path);
        if !path.ended {
            walker.reaches_end(&path);
        }
        let outcome = Outcome {
            level: walker.passes.iter().copied().min().unwrap_or_default(),
            passes: !walker.passes.is_empty(),
            reads_credential: walker.reads_credential,
            role: walker.role,
            decided_at: walker.decided_at,
        };
        // A guard that never lets anybody pass guards nothing: it is an endpoint or a stub.
        let outcome =
            if outcome.passes { outcome } else { Outcome { level: Level::Nothing, ..outcome } };
        self.pending.pop();
        outcome
    }

    /// Does a function read from a store, itself or in what it calls?
    fn looks_up(&self, function: FunctionRef) -> bool {
        self.project.reaches(function, |meaning| {
            matches!(meaning, Meaning::DatabaseRead | Meaning::DocumentQuery | Meaning::SqlQuery)
        })
    }

    /// What a true value returned by `function` proves.
    pub(super) fn proven_when_true(&mut self, function: FunctionRef) -> Level {
        self.summary(function, Asked { missing: 0, passwords: true }).on_true
    }

    /// What calling `function` proves.
    fn summary(&mut self, function: FunctionRef, asked: Asked) -> Summary {
        if let Some(known) = self.summaries.get(&(function, asked)) {
            return known.clone();
        }
        if self.pending.contains(&function) || self.pending.len() >= HOPS_MAX {
            return Summary::default();
        }
        self.pending.push(function);
        let body = self.project.body(function);
        let mut walker = Walker {
            mode: Mode::Dependency,
            outer: function,
            file: function,
            passes: Vec::new(),
            returns: Vec::new(),
            is_summary: true,
            reads_credential: false,
            role: false,
            decided_at: None,
            callbacks: 0,
            answers: Vec::new(),
            expansions: 0,
            passwords: asked.passwords,
            grader: self,
        };
        let mut path = Path::default();
        for (number, parameter) in body.function().plain_parameters().enumerate() {
            if let Some(name) =
                parameter.name().filter(|_| number < 32 && asked.missing >> number & 1 == 1)
            {
                path.set(name, Some(Label::Null));
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
            reads_credential: walker.reads_credential,
            role: walker.role,
            decided_at: walker.decided_at,
        };
        self.pending.pop();
        self.summaries.insert((function, asked), summary.clone());
        summary
    }
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
        root.is_some_and(|root| wrapped.iter().any(|name| *name == root))
            && call.function().at != body.at
    });
    // `func(w, r) { m.serveValidated(w, r, next) }`: another function calls it.
    let handed_on = || {
        body.calls_within().find(|call| {
            let is_inside = call.function().at != body.at && call.callee().is_some();
            is_inside && hands_over(*call, &wrapped)
        })
    };
    call.or_else(handed_on).map(|call| call.function().at)
}

/// Is one of these parameters among the arguments of a call?
fn hands_over(call: Call<'_>, parameters: &[&Text]) -> bool {
    call.positional().any(|argument| match argument.kind() {
        ExpressionKind::Name(name) => parameters.contains(&name),
        _ => false,
    })
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
    outer: FunctionRef,
    pub(super) file: FunctionRef,
    /// The level at each point that lets the request pass.
    passes: Vec<Level>,
    returns: Vec<Returned>,
    /// The function is called by a guard; what it returns is a value, and no answer.
    is_summary: bool,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    decided_at: Option<Location>,
    /// How many function literals the walk is inside of: a `return` there leaves only the literal.
    callbacks: u32,
    /// What the function literal being walked answered.
    answers: Vec<(Level, Option<Label>)>,
    /// How many macros the walk is inside of.
    pub(super) expansions: u32,
    /// Does the comparison of a password prove anything?
    passwords: bool,
}

impl<'p> Walker<'_, 'p> {
    pub(super) fn value(&self, id: ExpressionId) -> Value<'p> {
        self.grader.project.value(In { file: self.file.file, id })
    }

    /// Parameters that carry a credential or an identity by their annotation or default.
    fn parameters(&mut self, body: Body<'p>, path: &mut Path) {
        for name in sent_parameters(body) {
            self.reads_credential = true;
            path.set(name, Some(Label::Credential));
        }
        self.typed_parameters(body, path);
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
    fn decorators(&mut self, body: Body<'p>, path: &mut Path) {
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
            self.decided_at = Some(decorator.location());
        }
    }

    fn pass_here(&mut self, path: &Path, at: Option<Location>) {
        if path.refused || path.ended {
            return;
        }
        let lowest = self.passes.iter().copied().min();
        if path.level < Level::Identity && lowest.is_none_or(|lowest| lowest >= Level::Identity) {
            self.decided_at = at.or(self.decided_at);
        }
        self.passes.push(path.level);
    }

    fn reaches_end(&mut self, path: &Path) {
        match self.mode {
            Mode::Dependency | Mode::Hook | Mode::Handler | Mode::Gate => {
                self.pass_here(path, None);
            }
            Mode::Middleware | Mode::Wrapper => {}
        }
    }

    /// Runs a block; what its last statement is worth, for blocks that are values.
    pub(super) fn block(&mut self, block: &Block, path: &mut Path) -> Option<Label> {
        let mut last = None;
        for &statement in block {
            if path.ended {
                return None;
            }
            last = self.statement(statement, path);
        }
        last
    }

    fn statement(&mut self, id: StatementId, path: &mut Path) -> Option<Label> {
        let facts = self.grader.project.facts(self.file.file);
        match &facts[id].kind {
            StatementKind::Expression(value) => return self.evaluate(*value, path),
            StatementKind::Bind { target, value: Some(value), .. } => {
                let label = self.evaluate(*value, path);
                let label = label.or_else(|| self.is_set(*value).then_some(Label::Set));
                self.bind(target, label, path);
                self.bind_fields(target, *value, path);
            }
            StatementKind::Bind { target, value: None, .. } => {
                let is_script = self.grader.project.file(self.file.file).language.is_script();
                self.bind(target, is_script.then_some(Label::Null), path);
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
                    self.bind(pattern, label, &mut when_true);
                }
                let mut when_false = path.clone();
                self.refine(*test, false, &mut when_false);
                let first = self.block(then, &mut when_true);
                let second = self.block(otherwise, &mut when_false);
                let label = joined_labels((&when_true, first), (&when_false, second));
                *path = joined(when_true, when_false);
                return label;
            }
            StatementKind::Loop { source, body, otherwise, .. } => {
                if let Some(source) = source {
                    self.evaluate(*source, path);
                }
                let mut inside = path.clone();
                self.block(body, &mut inside);
                inside.ended = false;
                inside.level = inside.level.min(path.level);
                *path = path.clone().join(inside);
                self.block(otherwise, path);
            }
            StatementKind::Match { subject, arms } => {
                let label = subject.and_then(|subject| self.evaluate(subject, &mut path.clone()));
                let mut after: Option<(Path, Option<Label>)> = None;
                for arm in arms {
                    let mut inside = path.clone();
                    if let Some(subject) = subject {
                        match rust::arm_polarity(arm.binding.as_ref(), facts, &arm.tests) {
                            Some(truth) => self.refine(*subject, truth, &mut inside),
                            None => {
                                self.evaluate(*subject, &mut inside);
                            }
                        }
                    }
                    if let Some(binding) = &arm.binding {
                        self.bind(binding, label, &mut inside);
                    }
                    if let Some(guard) = arm.guard {
                        self.refine(guard, true, &mut inside);
                    }
                    let answer = self.block(&arm.body, &mut inside);
                    after = Some(match after {
                        Some((after, label)) => {
                            let label = joined_labels((&after, label), (&inside, answer));
                            (joined(after, inside), label)
                        }
                        None => (inside, answer),
                    });
                }
                if let Some((after, label)) = after {
                    *path = after;
                    return label;
                }
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                let before = path.clone();
                self.block(body, path);
                self.block(otherwise, path);
                for handler in handlers {
                    let mut inside = before.clone();
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
                        self.bind(target, label, path);
                    }
                }
                self.block(body, path);
            }
            StatementKind::Block(block) => return self.block(block, path),
            StatementKind::Defer(value) | StatementKind::Spawn(value) => {
                self.evaluate(*value, &mut path.clone());
            }
            StatementKind::Assert { test, .. } => self.refine(*test, true, path),
            StatementKind::Break | StatementKind::Continue => path.ended = true,
            StatementKind::Function(_) | StatementKind::Class(_) => {}
        }
        None
    }

    fn returns(&mut self, value: Option<ExpressionId>, path: &mut Path) {
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
        let fields = value.and_then(|value| self.fields(value, path));
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
        let is_falsy = value.is_none_or(|value| {
            matches!(self.value(value).kind(), ExpressionKind::Null | ExpressionKind::Bool(false))
        });
        if self.callbacks > 0 {
            if !refuses {
                self.answers.push((path.level, if is_falsy { Some(Label::Null) } else { label }));
            }
            path.ended = true;
            return;
        }
        if !refuses && !path.refused {
            // An object is always true, whatever its fields prove.
            let fails = value.is_some_and(|value| outcome::is_failure(self.value(value)));
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
                let decides = self.is_decision(value)
                    || value.is_some_and(|value| self.hands_on_result(self.value(value)));
                passing.raise(label.filter(|_| decides).map_or(Level::Nothing, Label::level));
                if !is_no {
                    self.pass_here(&passing, location);
                }
            }
            Mode::Hook if is_falsy => self.pass_here(path, location),
            Mode::Gate if is_falsy => self.pass_here(path, location),
            Mode::Gate if !refuses => self.hands_on(value, path),
            _ => {}
        }
        path.ended = true;
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

    /// Rust's `Err(…)`, Go's `return nil, err`.
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
            ExpressionKind::List(items) => items.last().is_some_and(|&last| {
                let is_go = self.grader.project.file(self.file.file).language == Language::Go;
                is_go
                    && !matches!(self.value(last).kind(), ExpressionKind::Null)
                    && items.len() > 1
                    && self.value(last).source().to_ascii_lowercase().contains("err")
            }),
            _ => false,
        }
    }

    /// The fields of an object literal, with what each proves.
    fn fields(&self, value: ExpressionId, path: &mut Path) -> Option<Vec<(Text, Option<Label>)>> {
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
                _ => None,
            };
            fields.push((name.clone(), label));
        }
        Some(fields)
    }

    /// Is this value never false?
    fn is_set(&self, value: ExpressionId) -> bool {
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
        self.named_label(named, path) == Some(Label::Failure)
    }

    /// What a variable, or a field of one, was found to prove.
    pub(super) fn named_label(&self, value: Value<'p>, path: &Path) -> Option<Label> {
        match value.kind() {
            ExpressionKind::Name(name) => path.label(name),
            ExpressionKind::Member { object, name } => match value.sibling(*object).kind() {
                ExpressionKind::Name(object) => path.label(&format!("{object}.{name}")),
                _ => None,
            },
            _ => None,
        }
    }

    /// Binds the fields of the object that a function of this project returns.
    fn bind_fields(&mut self, target: &Pattern, value: ExpressionId, path: &mut Path) {
        let call = self.value(value).as_call();
        let Some((call, callee)) = call.and_then(|call| Some((call, call.callee()?))) else {
            return;
        };
        let missing = missing_arguments(call, callee);
        let asked = Asked { missing, passwords: self.passwords };
        let known = self.grader.summary(callee.at, asked).fields;
        for (field, label) in known {
            match target {
                Pattern::Name(name) => path.set_field(name, &field, label),
                Pattern::Fields { fields, .. } => {
                    for (_, pattern) in fields.iter().filter(|(key, _)| *key == field) {
                        self.bind(pattern, Some(label), path);
                    }
                }
                _ => {}
            }
        }
    }

    fn bind(&mut self, target: &Pattern, label: Option<Label>, path: &mut Path) {
        match target {
            Pattern::Name(name) => path.set(name, label),
            Pattern::WithDefault(inner, _) => self.bind(inner, label, path),
            _ => {
                let proven = matches!(label, Some(Label::Proof | Label::Identity | Label::Claims));
                target.each_name(&mut |name| {
                    let is_error = matches!(name.as_str(), "err" | "error" | "e" | "ok");
                    let part = match label {
                        Some(Label::Proof) if is_error && name != "ok" => Some(Label::Failure),
                        label if proven || label == Some(Label::Credential) => label,
                        _ => None,
                    };
                    path.set(name, part);
                });
            }
        }
    }

    /// Runs an expression on a path and says what its truth would prove.
    pub(super) fn evaluate(&mut self, id: ExpressionId, path: &mut Path) -> Option<Label> {
        let value = self.value(id);
        match value.kind() {
            ExpressionKind::Name(name) => path.label(name).filter(|label| *label != Label::Set),
            ExpressionKind::Null | ExpressionKind::Bool(false) => Some(Label::Null),
            ExpressionKind::Text(text) if text.is_empty() => Some(Label::Null),
            ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                let whole = self.evaluate(*object, path);
                let known = condition::request_label(value);
                self.reads_credential |= known.is_some();
                let field = self.named_label(value, path).filter(|label| *label != Label::Set);
                match whole {
                    _ if field.is_some() => field,
                    Some(Label::Null) if known.is_none() => whole,
                    Some(Label::Null) => known,
                    // `req.session.userId` says more than `req.session`.
                    whole => whole.max_by_level(known),
                }
            }
            ExpressionKind::Await(inner) => self.evaluate(*inner, path),
            ExpressionKind::Cast { value, .. } => self.evaluate(*value, path),
            ExpressionKind::Propagate(inner) => {
                let label = self.evaluate(*inner, path);
                // `session.get("user")?` fails when the store does; whether there is one is in the value.
                let reads = self.value(*inner).as_call();
                if !reads.is_some_and(|call| call.means(Meaning::ReadIdentity)) {
                    path.raise(label.map_or(Level::Nothing, Label::level));
                }
                label
            }
            ExpressionKind::Call { .. } => self.call(value, path),
            ExpressionKind::Conditional { test, then, otherwise } => {
                let (mut when_true, mut when_false) = (path.clone(), path.clone());
                self.refine(*test, true, &mut when_true);
                self.refine(*test, false, &mut when_false);
                let first = self.evaluate(*then, &mut when_true);
                let second = self.evaluate(*otherwise, &mut when_false);
                match (first, second) {
                    (Some(Label::Null), other) | (other, Some(Label::Null)) => other,
                    (first, second) if first == second => first,
                    _ => None,
                }
            }
            ExpressionKind::Operation { operands, .. } => {
                // `a || b`, `a && b`: the weakest part that carries anything.
                let labels: Vec<Option<Label>> = operands
                    .iter()
                    .map(|&operand| self.evaluate(operand, &mut path.clone()))
                    .collect();
                labels.into_iter().flatten().min_by_key(|label| label.level())
            }
            ExpressionKind::Assign { target, value, .. } => {
                let label = self.evaluate(*value, path);
                if let ExpressionKind::Name(name) = self.value(*target).kind() {
                    path.set(name, label);
                }
                label
            }
            ExpressionKind::Branches(statement) => self.statement(*statement, path),
            ExpressionKind::Function(_) | ExpressionKind::Class(_) => None,
            kind => {
                let mut strongest: Option<Label> = None;
                let mut children = Vec::new();
                kind.each_child(|child| children.push(child));
                for child in children {
                    let label = self.evaluate(child, path);
                    strongest = strongest.max_by_level(label);
                }
                strongest
            }
        }
    }

    fn call(&mut self, value: Value<'p>, path: &mut Path) -> Option<Label> {
        let call = value.as_call()?;
        if call.style() == CallStyle::Macro {
            if let Some(label) = self.macro_call(call, path) {
                return label;
            }
        }
        let mut argument_label: Option<Label> = None;
        let mut literals = Vec::new();
        for argument in call.arguments() {
            match self.value(argument.value).kind() {
                ExpressionKind::Function(function) => literals.push(*function),
                _ => {
                    let label = self.evaluate(argument.value, path);
                    argument_label = argument_label.max_by_level(label);
                }
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
        let label = self.proof_of(call, argument_label.max_by_level(receiver_label), path);
        let mut answered = None;
        for literal in literals {
            let found = self.callback(call, literal, label.max_by_level(receiver_label), path);
            if rust::is_decided_by_closure(call.name()) {
                answered = found;
            }
        }
        let label = label.max_by_level(answered);
        if rejection::call_refuses(self.grader.project, call) {
            path.refused = true;
        }
        // Next.js's `redirect` and its like throw: nothing runs after them.
        if call.detail(Meaning::Redirect, "fails") == Some("throws") {
            path.ended = true;
        }
        label.or_else(|| condition::carried(call, receiver_label, argument_label))
    }

    /// Is this the point at which the guard lets the request pass?
    fn lets_pass(&mut self, call: Call<'p>, path: &Path) -> bool {
        let location = Some(call.location());
        match self.mode {
            Mode::Middleware
                if condition::calls_next(call, self.grader.project.body(self.outer)) =>
            {
                let refuses = call.name() == "next"
                    && call.argument(0).is_some_and(|argument| {
                        !argument.is_null() && !matches!(argument.text(), Some("route"))
                    })
                    && self.grader.project.file(self.file.file).language.is_script();
                if !refuses {
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
            _ => false,
        }
    }

    /// Hands the request to another middleware: `requireUser(req, res, next)`. What that one proves holds
    /// where it lets the request pass.
    fn delegates(&mut self, call: Call<'p>, path: &Path) -> bool {
        if self.mode == Mode::Wrapper {
            return self.hands_wrapped_on(call, path);
        }
        let parameters = &self.grader.project.body(self.outer).function().parameters;
        let (Some(first), Some(last)) = (parameters.first(), parameters.last()) else {
            return false;
        };
        let hands_over = |parameter: &Parameter| {
            call.arguments().iter().any(|argument| match self.value(argument.value).kind() {
                ExpressionKind::Name(name) => parameter.name() == Some(name),
                _ => false,
            })
        };
        let is_middleware = self.mode == Mode::Middleware && parameters.len() > 1;
        if !is_middleware || !hands_over(first) || !hands_over(last) {
            return false;
        }
        let callee = call.callee_value();
        let assessment = self.grader.expression(callee.at, &Mode::Middleware);
        let mut passing = path.clone();
        passing.raise(match assessment.grade {
            Some(Grade::G3 | Grade::G4) => Level::Verified,
            Some(Grade::G2) => Level::Identity,
            _ => Level::Nothing,
        });
        self.reads_credential |= assessment.grade.is_some();
        self.role |= assessment.role;
        self.pass_here(&passing, assessment.decided_at.or(Some(call.location())));
        true
    }

    /// Hands what is wrapped to another function of this project, which calls it as its own `next`.
    fn hands_wrapped_on(&mut self, call: Call<'p>, path: &Path) -> bool {
        let outer = self.grader.project.body(self.outer).function();
        let wrapped: Vec<&Text> =
            outer.plain_parameters().filter_map(|parameter| parameter.name()).collect();
        let Some(callee) = call.callee().filter(|_| hands_over(call, &wrapped)) else {
            return false;
        };
        if callee.at == self.outer {
            return false;
        }
        let outcome = self.grader.pass(callee.at, &Mode::Middleware);
        if !outcome.passes {
            return false;
        }
        let mut passing = path.clone();
        passing.raise(outcome.level);
        self.reads_credential |= outcome.reads_credential;
        self.role |= outcome.role;
        self.pass_here(&passing, outcome.decided_at.or(Some(call.location())));
        true
    }

    /// What the call proves, by the vocabulary or by the body of the called function.
    fn proof_of(&mut self, call: Call<'p>, given: Option<Label>, path: &mut Path) -> Option<Label> {
        if call.means(Meaning::ComparePassword) && !self.passwords {
            return None;
        }
        if call.means(Meaning::VerifyCredential) || call.means(Meaning::VerifySignature) {
            self.reads_credential = true;
            self.decided_at = Some(call.location());
            let has_callback = call
                .positional()
                .any(|argument| matches!(argument.kind(), ExpressionKind::Function(_)));
            if !has_callback && condition::throws(call) {
                path.raise(Level::Verified);
            }
            return Some(Label::Proof);
        }
        if call.means(Meaning::EnforceAuthentication) || call.means(Meaning::EnforceRole) {
            self.reads_credential = true;
            self.role |= call.means(Meaning::EnforceRole);
            self.decided_at = Some(call.location());
            path.raise(Level::Verified);
            return Some(Label::Proof);
        }
        if call.means(Meaning::ReadIdentity) {
            self.reads_credential = true;
            self.decided_at = Some(call.location());
            return Some(Label::Proof);
        }
        if call.means(Meaning::ConstantTimeCompare) || call.means(Meaning::ComparePassword) {
            self.decided_at = Some(call.location());
            return Some(Label::Proof);
        }
        if call.means(Meaning::DecodeCredential) {
            self.reads_credential = true;
            return Some(Label::Claims);
        }
        if call.means(Meaning::RequireCredential) {
            self.reads_credential = true;
            return Some(Label::Credential);
        }
        let looks_up = call.means(Meaning::DatabaseRead)
            || call.means(Meaning::DocumentQuery)
            || call.means(Meaning::SqlQuery)
            || rust::looks_up_identity(call);
        if looks_up {
            // A session or token that is found in the store is genuine; claims that nobody verified are not.
            return match given {
                Some(Label::Credential) => {
                    self.decided_at = Some(call.location());
                    Some(Label::Proof)
                }
                other => other,
            };
        }
        // Another service is asked whether the credential is genuine; its answer has to be looked at.
        let is_sent = matches!(given, Some(Label::Credential | Label::Claims));
        if is_sent && call.means(Meaning::HttpRequest) {
            return Some(Label::Identity);
        }
        let callee = call.callee().or_else(|| self.asked_by_type(call))?;
        let missing = missing_arguments(call, callee);
        let summary = self.grader.summary(callee.at, Asked { missing, passwords: self.passwords });
        self.reads_credential |= summary.reads_credential;
        self.role |= summary.role;
        if summary.on_return >= Level::Identity || summary.on_true >= Level::Identity {
            self.decided_at = summary.decided_at.or(self.decided_at);
        }
        let mut good = summary.on_true;
        if rust::answers_by_result(callee) {
            // That it came back says nothing yet: the caller has to look whether it is an error.
            good = good.max(summary.on_return);
        } else {
            path.raise(summary.on_return);
        }
        // A project's own look-up of a credential or an identity in its store.
        let looks_up = good < Level::Identity
            && matches!(given, Some(Label::Credential | Label::Identity))
            && self.grader.looks_up(callee.at);
        if looks_up {
            self.decided_at = Some(call.location());
            return match given {
                Some(Label::Credential) => Some(Label::Proof),
                other => other,
            };
        }
        match good {
            Level::Verified if summary.says_failure => Some(Label::Outcome),
            Level::Verified => Some(Label::Proof),
            Level::Identity => Some(Label::Identity),
            Level::Presence => Some(Label::Claims),
            Level::Nothing => None,
        }
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
        let is_verification = call.means(Meaning::VerifyCredential);
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

    /// What `name` is declared as in the walked function.
    pub(super) fn declares(&self, name: &str) -> bool {
        let unit = self.grader.project.unit(self.file.file);
        let declared = unit.index.declarations(self.file.id, name);
        declared.iter().any(|declaration| matches!(declaration, Declaration::Parameter(..)))
    }
}

/// Which parameters a call leaves out, as bits by position. They are `undefined` in a script; elsewhere they
/// have defaults.
fn missing_arguments(call: Call<'_>, callee: Body<'_>) -> u32 {
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

/// What one of two branches is worth, where only those count that go on.
fn joined_labels(
    (first_path, first): (&Path, Option<Label>),
    (second_path, second): (&Path, Option<Label>),
) -> Option<Label> {
    match (first, second) {
        (_, second) if first_path.ended => second,
        (first, _) if second_path.ended => first,
        (Some(Label::Null), other) | (other, Some(Label::Null)) => other,
        (first, second) if first == second => first,
        (Some(first), Some(second)) => {
            Some(if first.level() <= second.level() { first } else { second })
        }
        _ => None,
    }
}

fn joined(first: Path, second: Path) -> Path {
    if first.ended && second.ended {
        return first;
    }
    first.join(second)
}

/// The stronger of two labels.
pub(super) trait Stronger {
    fn max_by_level(self, other: Self) -> Self;
}

impl Stronger for Option<Label> {
    fn max_by_level(self, other: Self) -> Self {
        match (self, other) {
            (Some(first), Some(second)) if second.level() > first.level() => Some(second),
            (None, second) => second,
            (first, _) => first,
        }
    }
}
