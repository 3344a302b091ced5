//! Where errors are taken, in each form that a language has for it.

use super::{
    Action, Effect, Effects, Handler, HandlerKind, Response, Treatment, actions::Reader,
    words::is_cleanup,
};
use crate::{
    facts::{
        self, Block, ExpressionId, ExpressionKind, Facts, FunctionId, Language, Operator, Pattern,
        Span, StatementId, StatementKind, Text, vocabulary::Meaning,
    },
    project::{Call, Definition, FileId, In, Project, Slot, Value},
};

/// The handlers of one file, in source order.
pub fn in_file<'p>(project: &'p Project, effects: &Effects, file: FileId) -> Vec<Handler<'p>> {
    let finder = Finder { project, effects, file, facts: project.facts(file) };
    let mut found = Vec::new();
    let index = &project.unit(file).index;
    for (function, _) in finder.facts.functions() {
        for &statement in index.statements_of(function) {
            finder.statement(function, statement, &mut found);
        }
    }
    if project.file(file).language.is_script() {
        found.extend(project.calls_in(file).filter_map(|call| finder.promise(call)));
    }
    found.sort_by_key(|handler| handler.location);
    found
}

struct Finder<'p, 'e> {
    project: &'p Project,
    effects: &'e Effects,
    file: FileId,
    facts: &'p Facts,
}

impl<'p> Finder<'p, '_> {
    fn value(&self, id: ExpressionId) -> Value<'p> {
        self.project.value(In { file: self.file, id })
    }

    fn language(&self) -> Language {
        self.project.file(self.file).language
    }

    fn statement(&self, function: FunctionId, id: StatementId, found: &mut Vec<Handler<'p>>) {
        let statement = &self.facts[id];
        match &statement.kind {
            StatementKind::Try { body, handlers, .. } => {
                for handler in handlers {
                    found.push(self.caught(function, id, body, handler));
                }
            }
            StatementKind::With { items, body } => {
                let suppresses = |(value, _): &&(ExpressionId, Option<Pattern>)| {
                    let call = self.value(*value).as_call();
                    call.is_some_and(|call| call.means(Meaning::SuppressErrors))
                };
                if let Some((value, _)) = items.iter().find(suppresses) {
                    found.push(self.suppressed(function, id, *value, body));
                }
            }
            StatementKind::If { test, binding, then, otherwise } => {
                found.extend(self.branch(function, id, *test, binding.as_ref(), then, otherwise));
            }
            StatementKind::Match { subject: Some(subject), arms }
                if self.language() == Language::Rust =>
            {
                for arm in arms.iter().filter(|arm| arm.guard.is_none()) {
                    if arm.binding.as_ref().is_some_and(is_error_variant)
                        || arm
                            .tests
                            .iter()
                            .any(|&test| self.facts.last_segment(test) == Some("Err"))
                    {
                        let errors = names_of(arm.binding.as_ref());
                        let guarded = self.guarded_value(*subject);
                        let mut reader = self.reader(function, errors);
                        let response = if self.is_value(id) {
                            reader.read_value(&arm.body)
                        } else {
                            reader.read(&arm.body)
                        };
                        let kind = HandlerKind::Branch;
                        found.push(self.handler(kind, function, id, arm.span, guarded, response));
                    }
                }
            }
            StatementKind::Bind { target, value: Some(value), .. }
                if matches!(self.language(), Language::Rust | Language::Go)
                    && is_ignored(target)
                    && !matches!(self.facts[*value].kind, ExpressionKind::Propagate(_)) =>
            {
                let guarded = self.guarded_value(*value);
                let kind = HandlerKind::Discarded;
                let response = Response::default();
                found.push(self.handler(kind, function, id, statement.span, guarded, response));
            }
            StatementKind::Expression(value) if self.language() == Language::Rust => {
                let call = self.project.call(In { file: self.file, id: *value });
                let receiver = call.filter(|call| call.name() == "ok").and_then(Call::receiver);
                if let Some(receiver) = receiver {
                    let guarded = self.guarded_value(receiver.at.id);
                    let kind = HandlerKind::Discarded;
                    let response = Response::default();
                    found.push(self.handler(kind, function, id, statement.span, guarded, response));
                }
            }
            _ => {}
        }
    }

    fn handler(
        &self,
        kind: HandlerKind,
        function: FunctionId,
        statement: StatementId,
        span: Span,
        guarded: Vec<(Effect, Call<'p>)>,
        response: Response,
    ) -> Handler<'p> {
        Handler {
            kind,
            location: self.project.location(self.file, span),
            function: In { file: self.file, id: function },
            types: Vec::new(),
            guarded,
            response,
            in_cleanup: self.is_in_cleanup(function, Some(statement)),
        }
    }

    fn caught(
        &self,
        function: FunctionId,
        id: StatementId,
        body: &Block,
        handler: &facts::Handler,
    ) -> Handler<'p> {
        let errors = names_of(handler.binding.as_ref());
        let mut response = self.read(function, &handler.body, errors);
        if response.treatment() < Treatment::Handled
            && self.is_seen_later(function, id, body, &handler.body)
        {
            response.sometimes.insert(Action::Fallback);
        }
        let guarded = self.guarded_block(body);
        let found =
            self.handler(HandlerKind::Caught, function, id, handler.span, guarded, response);
        let types = handler.types.iter().flat_map(|&id| {
            let value = self.value(id);
            value.items().unwrap_or_else(|| vec![value])
        });
        Handler { types: types.collect(), ..found }
    }

    /// `with contextlib.suppress(…)`.
    fn suppressed(
        &self,
        function: FunctionId,
        id: StatementId,
        value: ExpressionId,
        body: &Block,
    ) -> Handler<'p> {
        let types = self.value(value).as_call().map(|call| call.positional().collect());
        let span = self.facts[value].span;
        let guarded = self.guarded_block(body);
        let response = Response::default();
        let found = self.handler(HandlerKind::Caught, function, id, span, guarded, response);
        Handler { types: types.unwrap_or_default(), ..found }
    }

    /// `if err != nil { … }`, `if let Err(e) = f() { … }`, `if let Ok(x) = f() { … }` without `else`.
    fn branch(
        &self,
        function: FunctionId,
        id: StatementId,
        test: ExpressionId,
        binding: Option<&(Pattern, ExpressionId)>,
        then: &Block,
        otherwise: &Block,
    ) -> Option<Handler<'p>> {
        let span = self.facts[id].span;
        let kind = HandlerKind::Branch;
        if let (Language::Rust, Some((pattern, value))) = (self.language(), binding) {
            let Pattern::Variant { path, .. } = pattern else { return None };
            return match path.as_str() {
                "Err" => {
                    let response = self.read(function, then, names_of(Some(pattern)));
                    let guarded = self.guarded_value(*value);
                    Some(self.handler(kind, function, id, span, guarded, response))
                }
                // Rows that are only read: absence and failure are told apart by nobody.
                "Ok" => {
                    let response = self.read(function, otherwise, Vec::new());
                    let leaves_quietly = !otherwise.is_empty();
                    let guarded = self.guarded_value(*value);
                    (!leaves_quietly)
                        .then(|| self.handler(kind, function, id, span, guarded, response))
                }
                _ => None,
            };
        }
        if self.language() != Language::Go {
            return None;
        }
        let name = self.error_not_nil(test)?;
        let guarded = self.guarded_value(self.bound_before(function, &name, span)?);
        let response = self.read(function, then, vec![name]);
        Some(self.handler(kind, function, id, span, guarded, response))
    }

    /// The name in `name != nil`, if it is that of an error.
    fn error_not_nil(&self, test: ExpressionId) -> Option<Text> {
        let ExpressionKind::Operation { operator: Operator::NotEqual, operands } =
            &self.facts[test].kind
        else {
            return None;
        };
        let [left, right] = operands.as_slice() else { return None };
        let is_null = matches!(self.facts[*right].kind, ExpressionKind::Null);
        match &self.facts[*left].kind {
            ExpressionKind::Name(name) if is_null && name.to_ascii_lowercase().contains("err") => {
                Some(name.clone())
            }
            _ => None,
        }
    }

    /// What was last bound to `name` before `span`.
    fn bound_before(&self, function: FunctionId, name: &str, span: Span) -> Option<ExpressionId> {
        let statements = self.project.unit(self.file).index.statements_of(function);
        let before = statements.iter().filter(|&&id| self.facts[id].span.start <= span.start);
        before
            .filter_map(|&id| match &self.facts[id].kind {
                StatementKind::Bind { target, value: Some(value), .. } => {
                    names_of(Some(target)).iter().any(|bound| bound == name).then_some(*value)
                }
                _ => None,
            })
            .next_back()
    }

    /// `promise.catch(handler)`, `promise.then(_, handler)`.
    fn promise(&self, call: Call<'p>) -> Option<Handler<'p>> {
        let receiver = call.receiver()?;
        let given = match call.name() {
            "catch" => call.argument(0)?,
            "then" => call.argument(1)?,
            _ => return None,
        };
        if call.meanings().next().is_some() {
            return None;
        }
        let function = call.function().at.id;
        let mut response = match given.as_function() {
            Some(body) => {
                let errors = body.function().plain_parameters().filter_map(|p| p.name().cloned());
                let mut reader = Reader::new(self.project, body.at, errors.collect());
                reader.read(&body.function().body)
            }
            None => given_by_name(given),
        };
        let statement = call.value().statement().map(|statement| statement.id);
        if let Some(statement) = statement
            && response.treatment() < Treatment::Handled
            && self.is_tested_after(function, statement)
        {
            response.sometimes.insert(Action::Fallback);
        }
        let guarded = self.guarded_value(receiver.at.id);
        Some(Handler {
            kind: HandlerKind::Promise,
            location: given.location(),
            function: In { file: self.file, id: function },
            types: Vec::new(),
            guarded,
            response,
            in_cleanup: self.is_in_cleanup(function, statement),
        })
    }

    fn reader(&self, function: FunctionId, errors: Vec<Text>) -> Reader<'p> {
        Reader::new(self.project, In { file: self.file, id: function }, errors)
    }

    fn read(&self, function: FunctionId, block: &Block, errors: Vec<Text>) -> Response {
        self.reader(function, errors).read(block)
    }

    /// Is the statement a `match` that yields a value?
    fn is_value(&self, id: StatementId) -> bool {
        let is_it = |(_, expression): (_, &facts::Expression)| matches!(expression.kind, ExpressionKind::Branches(statement) if statement == id);
        self.facts.expressions().any(is_it)
    }

    fn guarded_value(&self, id: ExpressionId) -> Vec<(Effect, Call<'p>)> {
        let span = self.facts[id].span;
        self.effects.within(self.project, self.file, span, &[])
    }

    /// What may fail in a `try` and is not caught by another one inside it.
    fn guarded_block(&self, body: &Block) -> Vec<(Effect, Call<'p>)> {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return Vec::new() };
        let span = Span { start: self.facts[*first].span.start, end: self.facts[*last].span.end };
        let inner = self.facts.statements.iter().filter(|statement| span.contains(statement.span));
        let caught: Vec<Span> = inner
            .filter_map(|statement| match &statement.kind {
                StatementKind::Try { body, handlers, .. } => {
                    let takes_all = handlers.iter().any(|handler| handler.types.is_empty());
                    let first = body.first().filter(|_| takes_all)?;
                    let last = body.last()?;
                    let (start, end) = (self.facts[*first].span.start, self.facts[*last].span.end);
                    Some(Span { start, end })
                }
                _ => None,
            })
            .collect();
        self.effects.within(self.project, self.file, span, &caught)
    }

    /// Does the code behind the `try` see that it failed: because a success never gets there, because the
    /// loop around it tries again and gives up aloud, or because it tests what should have been set?
    fn is_seen_later(
        &self,
        function: FunctionId,
        id: StatementId,
        body: &Block,
        handler: &Block,
    ) -> bool {
        let leaves = |block: &Block| {
            block.last().is_some_and(|&last| {
                matches!(
                    self.facts[last].kind,
                    StatementKind::Return(_) | StatementKind::Throw(_) | StatementKind::Break
                )
            })
        };
        if handler.last().is_some_and(|&last| {
            matches!(self.facts[last].kind, StatementKind::Return(_) | StatementKind::Throw(_))
        }) {
            return false;
        }
        let index = &self.project.unit(self.file).index;
        let mut around = vec![id];
        around.extend(index.enclosing(id).map(|(outer, _)| outer));
        for (position, &at) in around.iter().enumerate() {
            let is_loop = matches!(self.facts[at].kind, StatementKind::Loop { .. });
            let own = position == 0 && leaves(body);
            if !own && !(is_loop && (leaves(body) || contains_leaving(self.facts, body))) {
                continue;
            }
            let after = self.following(function, at);
            let response = self.read(function, &after, Vec::new());
            let fallback = after.iter().any(|&statement| {
                matches!(self.facts[statement].kind, StatementKind::Return(Some(value))
                    if self.value(value).as_call().is_some())
            });
            if fallback || response.treatment() == Treatment::Handled {
                return true;
            }
        }
        let mut names = Vec::new();
        for &statement in body.iter().chain(handler) {
            if let StatementKind::Bind { target, .. } = &self.facts[statement].kind {
                names.extend(names_of(Some(target)));
            }
        }
        self.is_any_tested(function, &names, self.facts[id].span.end)
    }

    /// The statements behind `id` in its block.
    fn following(&self, function: FunctionId, id: StatementId) -> Block {
        let context = self.project.unit(self.file).index.statement(id);
        let block = match context.parent {
            None => Some(&self.facts[function].body),
            Some((parent, slot)) => block_of(self.facts, parent, slot),
        };
        let position = context.position as usize;
        block.map(|block| block.iter().skip(position + 1).copied().collect()).unwrap_or_default()
    }

    /// Is what `statement` binds tested behind it?
    fn is_tested_after(&self, function: FunctionId, statement: StatementId) -> bool {
        let StatementKind::Bind { target, .. } = &self.facts[statement].kind else { return false };
        self.is_any_tested(function, &names_of(Some(target)), self.facts[statement].span.end)
    }

    fn is_any_tested(&self, function: FunctionId, names: &[Text], after: u32) -> bool {
        if names.is_empty() {
            return false;
        }
        let mentions = |test: ExpressionId| {
            self.value(test).descendants().iter().any(
                |value| matches!(value.kind(), ExpressionKind::Name(name) if names.contains(name)),
            )
        };
        let statements = self.project.unit(self.file).index.statements_of(function);
        statements.iter().filter(|&&id| self.facts[id].span.start >= after).any(|&id| {
            let StatementKind::If { test, then, otherwise, .. } = &self.facts[id].kind else {
                return false;
            };
            mentions(*test)
                && [then, otherwise].into_iter().any(|block| {
                    self.read(function, block, Vec::new()).treatment() == Treatment::Handled
                })
        })
    }

    /// Inside another handler or a `finally`, or in a function that ends or puts away something.
    fn is_in_cleanup(&self, function: FunctionId, statement: Option<StatementId>) -> bool {
        let index = &self.project.unit(self.file).index;
        let inside =
            statement.into_iter().flat_map(|id| index.enclosing(id)).any(|(outer, slot)| {
                matches!(self.facts[outer].kind, StatementKind::Try { .. })
                    && matches!(slot, Slot::Finally | Slot::Branch(_))
            });
        inside || is_cleanup(&self.facts[function].name)
    }
}

/// What a handler does that is given by its name: `.catch(console.error)`, `.catch(noop)`.
fn given_by_name(given: Value<'_>) -> Response {
    let vocabulary = given.project.vocabulary();
    let path = given.path();
    let mut response = Response::default();
    let action = if vocabulary.has(&path, Meaning::Print) {
        Some(Action::Print)
    } else if path.to_ascii_lowercase().ends_with("noop")
        || matches!(given.resolve(), Definition::Value(_))
    {
        None
    } else {
        Some(Action::HandOn)
    };
    response.sometimes.extend(action);
    response.always.extend(action);
    response
}

fn contains_leaving(facts: &Facts, block: &Block) -> bool {
    let (Some(first), Some(last)) = (block.first(), block.last()) else { return false };
    let span = Span { start: facts[*first].span.start, end: facts[*last].span.end };
    facts.statements.iter().any(|statement| {
        span.contains(statement.span)
            && matches!(statement.kind, StatementKind::Return(_) | StatementKind::Break)
    })
}

fn block_of(facts: &Facts, parent: StatementId, slot: Slot) -> Option<&Block> {
    match (&facts[parent].kind, slot) {
        (StatementKind::If { then, .. }, Slot::Then) => Some(then),
        (
            StatementKind::Loop { body, .. }
            | StatementKind::Try { body, .. }
            | StatementKind::With { body, .. }
            | StatementKind::Block(body),
            Slot::Body,
        ) => Some(body),
        (
            StatementKind::If { otherwise, .. }
            | StatementKind::Loop { otherwise, .. }
            | StatementKind::Try { otherwise, .. },
            Slot::Otherwise,
        ) => Some(otherwise),
        (StatementKind::Try { finally, .. }, Slot::Finally) => Some(finally),
        (StatementKind::Try { handlers, .. }, Slot::Branch(number)) => {
            handlers.get(number as usize).map(|handler| &handler.body)
        }
        (StatementKind::Match { arms, .. }, Slot::Branch(number)) => {
            arms.get(number as usize).map(|arm| &arm.body)
        }
        _ => None,
    }
}

fn names_of(pattern: Option<&Pattern>) -> Vec<Text> {
    let mut names = Vec::new();
    if let Some(pattern) = pattern {
        pattern.each_name(&mut |name| names.push(name.clone()));
    }
    names
}

fn is_error_variant(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Variant { path, .. } if path == "Err" || path.ends_with("::Err"))
}

/// `_`, `_, _`.
fn is_ignored(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Ignore => true,
        Pattern::Items(items) => items.iter().all(is_ignored),
        _ => false,
    }
}
