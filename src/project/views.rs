//! What rules and later stages ask: calls, values, functions and types, each with its project at hand.

use super::{
    ClassRef, Declaration, Definition, ExpressionRef, FileId, FunctionRef, In, Location, Project,
    ResolvedCall, StatementRef, Unit,
};
use crate::facts::{
    Argument, CallStyle, Class, EntryKey, ExpressionId, ExpressionKind, Facts, File, Function,
    StatementId, StatementKind, Text,
    vocabulary::{Meaning, Row},
};

/// A call and what its callee stands for.
#[derive(Clone, Copy)]
pub struct Call<'p> {
    pub project: &'p Project,
    pub file: FileId,
    number: usize,
}

/// An expression.
#[derive(Clone, Copy)]
pub struct Value<'p> {
    pub project: &'p Project,
    pub at: ExpressionRef,
}

/// A function.
#[derive(Clone, Copy)]
pub struct Body<'p> {
    pub project: &'p Project,
    pub at: FunctionRef,
}

/// A class.
#[derive(Clone, Copy)]
pub struct Type<'p> {
    pub project: &'p Project,
    pub at: ClassRef,
}

/// An option of a call: a named argument, or a key of an object among its arguments.
#[derive(Clone, Copy)]
pub enum Setting<'p> {
    Given(Value<'p>),
    Absent,
    /// A spread or a value that is not written here may carry it.
    Unknown,
}

impl<'p> Setting<'p> {
    pub fn given(self) -> Option<Value<'p>> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }

    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'p> Call<'p> {
    pub(super) fn new(project: &'p Project, file: FileId, number: usize) -> Self {
        Self { project, file, number }
    }

    fn resolved(self) -> &'p ResolvedCall {
        &self.project.unit(self.file).calls[self.number]
    }

    fn unit(self) -> &'p Unit {
        self.project.unit(self.file)
    }

    pub fn id(self) -> ExpressionId {
        self.resolved().id
    }

    pub fn at(self) -> ExpressionRef {
        In { file: self.file, id: self.id() }
    }

    pub fn value(self) -> Value<'p> {
        self.project.value(self.at())
    }

    /// The canonical path of the callee.
    pub fn path(self) -> &'p str {
        &self.resolved().path
    }

    /// What the callee stands for.
    pub fn target(self) -> &'p Definition {
        &self.resolved().target
    }

    /// The function of this project that is called.
    pub fn callee(self) -> Option<Body<'p>> {
        match self.target() {
            Definition::Function(function) => Some(self.project.body(*function)),
            _ => None,
        }
    }

    pub fn means(self, meaning: Meaning) -> bool {
        self.resolved().means.iter().any(|&(known, _)| known == meaning)
    }

    /// Every meaning, most specific first.
    pub fn meanings(self) -> impl Iterator<Item = Meaning> + 'p {
        self.resolved().means.iter().map(|&(meaning, _)| meaning)
    }

    /// The most specific row of the vocabulary with this meaning.
    pub fn row(self, meaning: Meaning) -> Option<&'p Row> {
        let &(_, number) = self.resolved().means.iter().find(|&&(known, _)| known == meaning)?;
        Some(self.project.vocabulary().row(number))
    }

    /// A detail of this meaning, from the most specific row that gives it.
    pub fn detail(self, meaning: Meaning, key: &str) -> Option<&'p str> {
        let mut rows = self.resolved().means.iter().filter(|&&(known, _)| known == meaning);
        rows.find_map(|&(_, number)| self.project.vocabulary().row(number).detail(key))
    }

    fn parts(self) -> (ExpressionId, &'p [Argument], CallStyle) {
        match &self.unit().facts[self.id()].kind {
            ExpressionKind::Call { callee, arguments, style } => (*callee, arguments, *style),
            _ => unreachable!("a resolved call is made from a call expression"),
        }
    }

    pub fn style(self) -> CallStyle {
        self.parts().2
    }

    /// The expression that is called.
    pub fn callee_value(self) -> Value<'p> {
        self.project.value(In { file: self.file, id: self.parts().0 })
    }

    /// What the method is called on, for `receiver.method()`.
    pub fn receiver(self) -> Option<Value<'p>> {
        match self.callee_value().kind() {
            ExpressionKind::Member { object, .. } => {
                Some(self.project.value(In { file: self.file, id: *object }))
            }
            _ => None,
        }
    }

    /// The last name of the callee as written: `get` of `client.get`.
    pub fn name(self) -> &'p str {
        self.unit().facts.last_segment(self.parts().0).unwrap_or_default()
    }

    /// The first type in `::<T>` of a Rust call, by its last name: the facts do not keep these types.
    pub fn type_argument(self) -> Option<&'p str> {
        let callee = self.callee_value().location().span;
        let text = self.source_file().text.get(callee.end as usize..)?;
        let (name, _) = text.strip_prefix("::<")?.split_once('>')?;
        name.split(['<', ',']).next()?.trim().rsplit("::").next()
    }

    /// The arguments as written.
    pub fn arguments(self) -> &'p [Argument] {
        self.parts().1
    }

    /// The positional arguments before the first spread.
    pub fn positional(self) -> impl Iterator<Item = Value<'p>> {
        let arguments = self.arguments().iter().filter(|argument| argument.name.is_none());
        arguments
            .take_while(|argument| !argument.spread)
            .map(move |argument| self.project.value(In { file: self.file, id: argument.value }))
    }

    /// The positional argument at `position`, from 0.
    pub fn argument(self, position: usize) -> Option<Value<'p>> {
        self.positional().nth(position)
    }

    /// The argument given by name.
    pub fn named(self, name: &str) -> Option<Value<'p>> {
        let named =
            |argument: &&Argument| argument.name.as_deref() == Some(name) && !argument.spread;
        let argument = self.arguments().iter().find(named)?;
        Some(self.project.value(In { file: self.file, id: argument.value }))
    }

    /// An option: a named argument, or a key of an object literal among the arguments (also of a constant
    /// that holds one). A value that is not written here may be an object of options only where options
    /// are passed that way, and not as the first argument, which is what the call is about.
    pub fn option(self, name: &str) -> Setting<'p> {
        if let Some(value) = self.named(name) {
            return Setting::Given(value);
        }
        let by_object = self.source_file().language.is_script();
        let mut unknown = self.arguments().iter().any(|argument| argument.spread);
        for (position, argument) in self.positional().enumerate() {
            match argument.entry(name) {
                Setting::Given(value) => return Setting::Given(value),
                Setting::Unknown => unknown |= by_object && position > 0,
                Setting::Absent => {}
            }
        }
        if unknown { Setting::Unknown } else { Setting::Absent }
    }

    /// The first of several options that is given.
    pub fn any_option<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Setting<'p> {
        let mut found = Setting::Absent;
        for name in names {
            match self.option(name) {
                given @ Setting::Given(_) => return given,
                Setting::Unknown => found = Setting::Unknown,
                Setting::Absent => {}
            }
        }
        found
    }

    /// The function that the call stands in.
    pub fn function(self) -> Body<'p> {
        self.value().function()
    }

    pub fn location(self) -> Location {
        self.value().location()
    }

    pub fn source_file(self) -> &'p File {
        &self.unit().file
    }

    pub fn is_awaited(self) -> bool {
        let parent = self.unit().index.expression(self.id()).parent;
        parent.is_some_and(|parent| {
            matches!(self.unit().facts[parent].kind, ExpressionKind::Await(_))
        })
    }

    /// The calls that enclose this one within its statement, innermost first.
    pub fn enclosing_calls(self) -> impl Iterator<Item = Call<'p>> {
        let ancestors = self.unit().index.ancestors(self.id());
        ancestors.filter_map(move |id| self.project.call(In { file: self.file, id }))
    }
}

impl<'p> Value<'p> {
    pub(super) fn new(project: &'p Project, at: ExpressionRef) -> Self {
        Self { project, at }
    }

    fn facts(self) -> &'p Facts {
        self.project.facts(self.at.file)
    }

    pub fn kind(self) -> &'p ExpressionKind {
        &self.facts()[self.at.id].kind
    }

    /// Another expression of the same file.
    pub fn sibling(self, id: ExpressionId) -> Self {
        Self { project: self.project, at: In { file: self.at.file, id } }
    }

    pub fn location(self) -> Location {
        Location { file: self.at.file, span: self.facts()[self.at.id].span }
    }

    /// The source text.
    pub fn source(self) -> &'p str {
        self.project.file(self.at.file).slice(self.facts()[self.at.id].span)
    }

    pub fn resolve(self) -> Definition {
        self.project.resolve(self.at)
    }

    /// The canonical path of what it stands for.
    pub fn path(self) -> Text {
        self.project.path_of(&self.resolve())
    }

    /// The call that it is, through `await`, `?` and casts.
    pub fn as_call(self) -> Option<Call<'p>> {
        self.project.call(self.unwrapped().at)
    }

    /// Without `await`, `?` and casts around it.
    pub fn unwrapped(self) -> Self {
        let mut value = self;
        while let ExpressionKind::Await(inner)
        | ExpressionKind::Propagate(inner)
        | ExpressionKind::Cast { value: inner, .. } = value.kind()
        {
            value = value.sibling(*inner);
        }
        value
    }

    /// The value behind names: what a constant was bound to, if it is written in this project.
    pub fn constant(self) -> Self {
        match self.resolve() {
            Definition::Value(at) => Self { project: self.project, at },
            _ => self,
        }
    }

    /// The literal text, through constants.
    pub fn text(self) -> Option<&'p str> {
        self.constant().kind().as_text()
    }

    /// The literal boolean, through constants.
    pub fn boolean(self) -> Option<bool> {
        match self.constant().kind() {
            ExpressionKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The literal number, through constants.
    pub fn number(self) -> Option<f64> {
        match self.constant().kind() {
            ExpressionKind::Number(number) => number.replace('_', "").parse().ok(),
            _ => None,
        }
    }

    pub fn is_null(self) -> bool {
        matches!(self.constant().kind(), ExpressionKind::Null)
    }

    /// The items of a list literal, through constants.
    pub fn items(self) -> Option<Vec<Self>> {
        let constant = self.constant();
        match constant.kind() {
            ExpressionKind::List(items) => {
                Some(items.iter().map(|&item| constant.sibling(item)).collect())
            }
            _ => None,
        }
    }

    /// For the variable of a loop over a list written here: the items of the list.
    pub fn elements(self) -> Vec<Self> {
        let ExpressionKind::Name(name) = self.kind() else { return Vec::new() };
        let unit = self.project.unit(self.at.file);
        let function = unit.index.expression(self.at.id).function;
        let looped =
            unit.index.declarations(function, name).iter().find_map(|declared| match declared {
                Declaration::Element { value, steps } if steps.is_empty() => Some(*value),
                _ => None,
            });
        looped.and_then(|list| self.sibling(list).items()).unwrap_or_default()
    }

    /// The entry of an object literal, through constants. Absent for what cannot be an object.
    pub fn entry(self, name: &str) -> Setting<'p> {
        let constant = self.constant();
        let ExpressionKind::Object(entries) = constant.kind() else {
            return match constant.kind() {
                ExpressionKind::Name(_) | ExpressionKind::Spread(_) => Setting::Unknown,
                _ => Setting::Absent,
            };
        };
        let mut unknown = false;
        for entry in entries.iter().rev() {
            match &entry.key {
                EntryKey::Name(key) if key == name => {
                    return Setting::Given(constant.sibling(entry.value));
                }
                EntryKey::Name(_) => {}
                EntryKey::Spread => match constant.sibling(entry.value).entry(name) {
                    Setting::Given(value) => return Setting::Given(value),
                    Setting::Unknown => unknown = true,
                    Setting::Absent => {}
                },
                EntryKey::Computed(_) => unknown = true,
            }
        }
        if unknown { Setting::Unknown } else { Setting::Absent }
    }

    /// The function that the expression stands in.
    pub fn function(self) -> Body<'p> {
        let context = self.project.unit(self.at.file).index.expression(self.at.id);
        self.project.body(In { file: self.at.file, id: context.function })
    }

    /// The function of this project that it stands for: a name of one, or a literal.
    pub fn as_function(self) -> Option<Body<'p>> {
        match self.resolve() {
            Definition::Function(function) => Some(self.project.body(function)),
            _ => None,
        }
    }

    /// The innermost statement; none in decorators, defaults and annotations.
    pub fn statement(self) -> Option<StatementRef> {
        let context = self.project.unit(self.at.file).index.expression(self.at.id);
        Some(In { file: self.at.file, id: context.statement? })
    }

    /// This expression and all below it, functions not entered, in pre-order.
    pub fn descendants(self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut pending = vec![self.at.id];
        while let Some(id) = pending.pop() {
            found.push(self.sibling(id));
            let first = pending.len();
            self.facts()[id].kind.each_child(|child| pending.push(child));
            pending[first..].reverse();
        }
        found
    }
}

impl<'p> Body<'p> {
    pub(super) fn new(project: &'p Project, at: FunctionRef) -> Self {
        Self { project, at }
    }

    pub fn unit(self) -> &'p Unit {
        self.project.unit(self.at.file)
    }

    pub fn function(self) -> &'p Function {
        &self.unit().facts[self.at.id]
    }

    pub fn is_top_level(self) -> bool {
        self.at.id == Facts::TOP_LEVEL
    }

    /// The name with that of its class: `Users.create`.
    pub fn name(self) -> Text {
        let function = self.function();
        match function.class {
            Some(class) => {
                Text::from(format!("{}.{}", self.unit().facts[class].name, function.name))
            }
            None => function.name.clone(),
        }
    }

    /// The name, or where it stands on the line for one without.
    pub fn display_name(self) -> String {
        let name = self.name();
        if name.is_empty() { "anonymous function".to_owned() } else { name.to_string() }
    }

    pub fn location(self) -> Location {
        let function = self.function();
        let span = if function.name.is_empty() { function.span } else { function.name_span };
        Location { file: self.at.file, span }
    }

    /// The class it is a method of.
    pub fn class(self) -> Option<Type<'p>> {
        let class = self.function().class?;
        Some(self.project.class(In { file: self.at.file, id: class }))
    }

    pub fn decorators(self) -> impl Iterator<Item = Value<'p>> {
        let decorators = self.function().decorators.iter();
        decorators.map(move |&id| self.project.value(In { file: self.at.file, id }))
    }

    /// The calls directly in this function, not in functions inside it, in source order.
    pub fn calls(self) -> impl Iterator<Item = Call<'p>> {
        let numbers = self.unit().calls_of[self.at.id.0 as usize].iter();
        numbers.map(move |&number| Call::new(self.project, self.at.file, number as usize))
    }

    /// The calls in this function and in the functions written inside it, in source order.
    pub fn calls_within(self) -> impl Iterator<Item = Call<'p>> {
        let span = self.function().span;
        let mut calls: Vec<Call<'p>> = self
            .project
            .calls_in(self.at.file)
            .filter(|call| self.is_top_level() || span.contains(call.location().span))
            .collect();
        calls.sort_by_key(|call| call.location().span);
        calls.into_iter()
    }

    /// The statements directly in this function, nested blocks included, in source order.
    pub fn statements(self) -> &'p [StatementId] {
        self.unit().index.statements_of(self.at.id)
    }

    /// The values it returns.
    pub fn returned(self) -> impl Iterator<Item = Value<'p>> {
        let facts = &self.unit().facts;
        let values = self.statements().iter().filter_map(|&id| match facts[id].kind {
            StatementKind::Return(value) => value,
            _ => None,
        });
        values.map(move |id| self.project.value(In { file: self.at.file, id }))
    }
}

impl<'p> Type<'p> {
    pub(super) fn new(project: &'p Project, at: ClassRef) -> Self {
        Self { project, at }
    }

    pub fn class(self) -> &'p Class {
        &self.project.facts(self.at.file)[self.at.id]
    }

    pub fn name(self) -> &'p str {
        &self.class().name
    }

    pub fn location(self) -> Location {
        Location { file: self.at.file, span: self.class().name_span }
    }

    pub fn methods(self) -> impl Iterator<Item = Body<'p>> {
        let methods = self.class().methods.iter();
        methods.map(move |&id| self.project.body(In { file: self.at.file, id }))
    }

    /// The method of this name, in the class itself or in one of its Rust `impl` blocks.
    pub fn method(self, name: &str) -> Option<Body<'p>> {
        let owner = self.project.type_of(self.at);
        let blocks = self.project.implementations(self.at).iter().copied();
        std::iter::once(owner)
            .chain(blocks)
            .flat_map(|part| self.project.class(part).methods())
            .find(|method| method.function().name == name)
    }

    /// The canonical paths of its bases.
    pub fn base_paths(self) -> impl Iterator<Item = Text> {
        let bases = self.class().bases.iter();
        bases.map(move |&id| self.project.value(In { file: self.at.file, id }).path())
    }
}
