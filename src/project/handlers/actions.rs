//! What the statements of a handler do about an error, path by path.

use std::collections::BTreeSet;

use super::{
    Action, Response, Treatment,
    answers::{
        carries_cause, is_error_constructor, is_loud, is_question, is_refusal, is_telling,
        tells_failure,
    },
    paths::{Paths, both, followed, going_on, joined, leaving},
    words::{is_state_of_failure, speaks_of_failure},
};
use crate::{
    facts::{
        ExpressionId, ExpressionKind, Facts, FunctionId, Operator, Pattern, StatementId,
        StatementKind, Text, vocabulary::Meaning,
    },
    project::{Call, Definition, FileId, FunctionRef, In, Project, Value},
};

/// Reads the statements of one handler.
pub(super) struct Reader<'p> {
    project: &'p Project,
    file: FileId,
    function: FunctionId,
    /// The names that hold the error, or a part of it.
    errors: Vec<Text>,
    /// How many calls into the project's own functions may still be followed.
    calls_left: u32,
}

impl<'p> Reader<'p> {
    pub(super) fn new(project: &'p Project, function: FunctionRef, errors: Vec<Text>) -> Self {
        let FunctionRef { file, id } = function;
        Self { project, file, function: id, errors, calls_left: 2 }
    }

    fn facts(&self) -> &'p Facts {
        self.project.facts(self.file)
    }

    fn value(&self, id: ExpressionId) -> Value<'p> {
        self.project.value(In { file: self.file, id })
    }

    /// What a block does.
    pub(super) fn read(&mut self, block: &[StatementId]) -> Response {
        let paths = self.block(block);
        let always = both(paths.falling, paths.left).unwrap_or_default();
        Response { always, sometimes: paths.sometimes }
    }

    /// What a block does whose last expression is its value: an arm of a `match` that yields one.
    pub(super) fn read_value(&mut self, block: &[StatementId]) -> Response {
        let mut response = self.read(block);
        let last = block.last().map(|&last| &self.facts()[last].kind);
        if let Some(StatementKind::Expression(value)) = last {
            let action = self.kind_of_returned(*value);
            response.sometimes.insert(action);
            response.always.insert(action);
        }
        response
    }

    fn block(&mut self, block: &[StatementId]) -> Paths {
        let mut whole =
            Paths { sometimes: BTreeSet::new(), falling: Some(BTreeSet::new()), left: None };
        for &statement in block {
            let Some(before) = whole.falling.take() else { break };
            let with_before = |actions: BTreeSet<Action>| -> BTreeSet<Action> {
                actions.union(&before).copied().collect()
            };
            let next = self.statement(statement);
            whole.sometimes.extend(next.sometimes);
            whole.falling = next.falling.map(with_before);
            whole.left = both(whole.left, next.left.map(with_before));
        }
        whole
    }

    fn statement(&mut self, id: StatementId) -> Paths {
        let facts = self.facts();
        match &facts[id].kind {
            StatementKind::Expression(value)
            | StatementKind::Defer(value)
            | StatementKind::Spawn(value) => going_on(self.expression(*value)),
            StatementKind::Bind { target, value, .. } => going_on(self.bind(id, target, *value)),
            StatementKind::Return(None) => leaving(BTreeSet::from([Action::ReturnDefault])),
            StatementKind::Return(Some(value)) => leaving(self.returned(*value)),
            StatementKind::Throw(_) => leaving(BTreeSet::from([Action::Rethrow])),
            StatementKind::Break | StatementKind::Continue => leaving(BTreeSet::new()),
            StatementKind::Assert { .. } => going_on(BTreeSet::from([Action::Rethrow])),
            StatementKind::If { test, then, otherwise, .. } => {
                let tested = going_on(self.expression(*test));
                let branches = match self.value(*test).boolean() {
                    Some(true) => self.block(then),
                    Some(false) => self.block(otherwise),
                    None if self.is_only_for_development(*test) => {
                        let otherwise = self.block(otherwise);
                        let then = self.block(then);
                        Paths { sometimes: otherwise.sometimes.clone(), ..joined(then, otherwise) }
                    }
                    None => joined(self.block(then), self.block(otherwise)),
                };
                followed(tested, branches)
            }
            StatementKind::Loop { source, body, otherwise, .. } => {
                let source = source.map(|source| self.expression(source)).unwrap_or_default();
                let mut body = self.block(body);
                // It may run no time at all, and what leaves a round stays in the function.
                body.falling = Some(BTreeSet::new());
                body.left = None;
                followed(followed(going_on(source), body), self.block(otherwise))
            }
            StatementKind::Match { subject, arms } => {
                let subject = subject.map(|subject| self.expression(subject)).unwrap_or_default();
                let arms: Vec<Paths> = arms.iter().map(|arm| self.block(&arm.body)).collect();
                let arms = arms.into_iter().reduce(joined);
                followed(going_on(subject), arms.unwrap_or_else(|| going_on(BTreeSet::new())))
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                let mut paths = followed(self.block(body), self.block(otherwise));
                for handler in handlers {
                    let handled = self.block(&handler.body);
                    paths.sometimes.extend(handled.sometimes);
                }
                followed(paths, self.block(finally))
            }
            StatementKind::With { items, body } => {
                let mut actions = BTreeSet::new();
                for (value, _) in items {
                    actions.extend(self.expression(*value));
                }
                followed(going_on(actions), self.block(body))
            }
            StatementKind::Block(block) => self.block(block),
            StatementKind::Function(_) | StatementKind::Class(_) => going_on(BTreeSet::new()),
        }
    }

    /// `if (DEBUG)`: users never see what follows.
    fn is_only_for_development(&self, test: ExpressionId) -> bool {
        const NAMES: [&str; 8] =
            ["debug", "isdev", "is_dev", "isdevelopment", "__dev__", "verbose", "dev", "is_debug"];
        let test = self.value(test);
        let is_debug = |value: &Value| {
            let last = self.facts().last_segment(value.at.id).unwrap_or_default();
            NAMES.contains(&last.to_ascii_lowercase().as_str())
        };
        !matches!(test.kind(), ExpressionKind::Operation { operator: Operator::Not, .. })
            && test.descendants().iter().any(is_debug)
    }

    /// A binding keeps the error, gives a part of it another name, or puts something in place of what
    /// was not there.
    fn bind(
        &mut self,
        statement: StatementId,
        target: &Pattern,
        value: Option<ExpressionId>,
    ) -> BTreeSet<Action> {
        let Some(value) = value else { return BTreeSet::new() };
        let mut actions = self.expression(value);
        let holds_error = self.mentions_error(value);
        match target {
            Pattern::Place(place) => {
                let source = self.value(*place).source();
                if self.value(value).boolean() == Some(false) {
                    actions.insert(Action::ReturnFalse);
                }
                if holds_error || is_state_of_failure(source) {
                    actions.insert(Action::HandOn);
                }
            }
            target => {
                let mut names = Vec::new();
                target.each_name(&mut |name| names.push(name.clone()));
                for name in names {
                    let is_outer = self.is_declared_outside(&name, statement);
                    if is_outer && (holds_error || is_state_of_failure(&name)) {
                        actions.insert(Action::HandOn);
                    } else if holds_error {
                        self.errors.push(name);
                    } else if is_outer && self.value(value).as_call().is_some() {
                        actions.insert(Action::Fallback);
                    }
                }
            }
        }
        actions
    }

    /// Has the name another declaration in this function, away from the handler's statement?
    fn is_declared_outside(&self, name: &str, statement: StatementId) -> bool {
        let unit = self.project.unit(self.file);
        let mut function = Some(self.function);
        while let Some(id) = function {
            let elsewhere = unit.index.declarations(id, name).iter().any(|declaration| {
                !matches!(declaration, crate::project::Declaration::Bound { statement: at, .. } if *at == statement)
            });
            if elsewhere {
                return true;
            }
            function = unit.facts[id].parent;
        }
        false
    }

    fn mentions_error(&self, id: ExpressionId) -> bool {
        self.value(id).descendants().iter().any(|value| match value.kind() {
            ExpressionKind::Name(name) => self.errors.contains(name),
            ExpressionKind::Member { name, .. } => {
                matches!(name.as_str(), "format_exc" | "exc_info" | "print_exc")
            }
            // Rust's `format!("{e}")` keeps its names as expressions; nothing else to look for.
            _ => false,
        })
    }

    /// What a returned value tells.
    fn returned(&mut self, id: ExpressionId) -> BTreeSet<Action> {
        let mut actions = self.expression(id);
        actions.insert(self.kind_of_returned(id));
        actions
    }

    fn kind_of_returned(&mut self, id: ExpressionId) -> Action {
        let value = self.value(id);
        let unwrapped = value.unwrapped();
        if is_error_constructor(unwrapped) {
            return Action::Rethrow;
        }
        if self.mentions_error(id) {
            return match unwrapped.kind() {
                ExpressionKind::Name(_) | ExpressionKind::List(_) => Action::Rethrow,
                ExpressionKind::Call { .. } => match self.strongest(id) {
                    Some(action) => action,
                    None => Action::ReturnErrorText,
                },
                _ => Action::ReturnErrorText,
            };
        }
        match unwrapped.kind() {
            ExpressionKind::Bool(false) => Action::ReturnFalse,
            ExpressionKind::Null | ExpressionKind::Bool(true) | ExpressionKind::Number(_) => {
                Action::ReturnDefault
            }
            ExpressionKind::Text(text) if speaks_of_failure(text) => Action::ReturnFailure,
            ExpressionKind::Text(_) => Action::ReturnDefault,
            ExpressionKind::Object(_) | ExpressionKind::Concat(_) => {
                if tells_failure(unwrapped) {
                    Action::ReturnFailure
                } else {
                    Action::ReturnDefault
                }
            }
            ExpressionKind::List(items) => {
                let told = items.iter().any(|&item| {
                    let item = value.sibling(item);
                    !matches!(item.kind(), ExpressionKind::Null) && tells_failure(item)
                });
                if told { Action::ReturnFailure } else { Action::ReturnDefault }
            }
            ExpressionKind::Element { .. } => Action::Show,
            ExpressionKind::Call { callee, arguments, .. } => {
                let empty = matches!(
                    self.facts().last_segment(*callee).unwrap_or_default(),
                    "None"
                        | "Vec"
                        | "new"
                        | "default"
                        | "dict"
                        | "list"
                        | "set"
                        | "empty"
                        | "emptyList"
                        | "emptyMap"
                        | "of"
                        | "HashMap"
                        | "DataFrame"
                );
                let _ = arguments;
                match self.strongest(id) {
                    Some(action) => action,
                    None if empty && arguments.is_empty() => Action::ReturnDefault,
                    None => Action::Fallback,
                }
            }
            ExpressionKind::Name(name) if matches!(name.as_str(), "None" | "null") => {
                Action::ReturnDefault
            }
            ExpressionKind::Name(_) => match value.resolve() {
                Definition::Value(_) => match value.constant().kind() {
                    ExpressionKind::Name(_) | ExpressionKind::Call { .. } => Action::Fallback,
                    _ => Action::ReturnDefault,
                },
                _ => Action::Fallback,
            },
            _ => Action::Fallback,
        }
    }

    /// The best that the calls of a value do, if it is more than nothing.
    fn strongest(&mut self, id: ExpressionId) -> Option<Action> {
        let actions = self.expression(id);
        actions
            .into_iter()
            .filter(|action| action.treatment() > Treatment::Silent)
            .max_by_key(|action| action.treatment())
    }

    fn expression(&mut self, id: ExpressionId) -> BTreeSet<Action> {
        let mut actions = BTreeSet::new();
        for value in self.value(id).descendants() {
            match value.kind() {
                ExpressionKind::Call { .. } => {
                    if let Some(call) = self.project.call(value.at) {
                        actions.extend(self.call(call));
                    }
                }
                ExpressionKind::Propagate(_) => {
                    actions.insert(Action::Rethrow);
                }
                ExpressionKind::Assign { target, value: assigned, .. } => {
                    let source = self.value(*target).source();
                    if self.mentions_error(*assigned) || is_state_of_failure(source) {
                        actions.insert(Action::HandOn);
                    }
                }
                ExpressionKind::Function(function) => {
                    let body = &self.facts()[*function].body;
                    let paths = self.block(body);
                    let told = |action: &Action| {
                        !matches!(
                            action,
                            Action::ReturnDefault | Action::ReturnFalse | Action::Fallback
                        )
                    };
                    actions.extend(paths.sometimes.into_iter().filter(told));
                }
                ExpressionKind::Branches(statement) => {
                    let paths = self.statement(*statement);
                    actions.extend(paths.sometimes);
                }
                _ => {}
            }
        }
        actions
    }

    /// What one call does about the error.
    fn call(&mut self, call: Call<'p>) -> Option<Action> {
        let name = call.name();
        let passes_error =
            call.arguments().iter().any(|argument| self.mentions_error(argument.value));
        let on_error = call.receiver().is_some_and(|receiver| self.mentions_error(receiver.at.id));
        if let Some(action) = Self::by_meaning(call, passes_error || on_error) {
            return Some(action);
        }
        if is_refusal(call) {
            return Some(Action::Rethrow);
        }
        if passes_error && !is_question(name) {
            return Some(if name == "next" || name == "reject" {
                Action::Rethrow
            } else {
                Action::HandOn
            });
        }
        let speaks = |text: &str| speaks_of_failure(text);
        let told = call.arguments().iter().any(|argument| {
            self.value(argument.value).descendants().iter().any(|value| match value.kind() {
                ExpressionKind::Text(text) => speaks(text),
                ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => speaks(name),
                _ => false,
            })
        });
        if told && !is_question(name) {
            return Some(Action::Show);
        }
        let sets_state = name.strip_prefix("set").is_some_and(is_state_of_failure);
        if sets_state || is_telling(name) {
            return Some(Action::Show);
        }
        self.callee(call)
    }

    fn by_meaning(call: Call<'p>, with_error: bool) -> Option<Action> {
        call.meanings().find_map(|meaning| {
            Some(match meaning {
                Meaning::Log | Meaning::AuditTrail => {
                    if is_loud(call.name()) && (with_error || carries_cause(call)) {
                        Action::Log
                    } else {
                        Action::LogWeakly
                    }
                }
                Meaning::Print if with_error || call.name().starts_with("print_e") => Action::Print,
                Meaning::Print => Action::PrintWeakly,
                Meaning::ReportError => Action::Report,
                Meaning::ShowToUser => Action::Show,
                Meaning::Respond
                | Meaning::Reject
                | Meaning::RenderTemplate
                | Meaning::Redirect => Action::Respond,
                Meaning::Exit | Meaning::Panics => Action::Exit,
                Meaning::DatabaseWrite
                | Meaning::DatabaseRead
                | Meaning::HttpRequest
                | Meaning::ModelCall
                | Meaning::QueuePublish => Action::Fallback,
                _ => return None,
            })
        })
    }

    /// What a function of the project does that is called without the error.
    fn callee(&mut self, call: Call<'p>) -> Option<Action> {
        let callee = call.callee()?;
        self.calls_left = self.calls_left.checked_sub(1)?;
        let mut inner = Reader::new(self.project, callee.at, Vec::new());
        inner.calls_left = self.calls_left;
        let response = inner.read(&callee.function().body);
        self.calls_left += 1;
        let told = |action: &&Action| {
            matches!(
                action,
                Action::Rethrow
                    | Action::Log
                    | Action::Report
                    | Action::Respond
                    | Action::Show
                    | Action::Exit
            )
        };
        response.sometimes.iter().find(told).copied()
    }
}
