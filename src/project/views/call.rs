//! A call and what its callee stands for.

use super::{Body, Setting, Value};
use crate::{
    facts::{
        Argument, CallStyle, ExpressionId, ExpressionKind, File, ParameterKind,
        vocabulary::{Meaning, Row},
    },
    project::{Definition, ExpressionRef, FileId, In, Location, Project, ResolvedCall, Unit},
};

/// A call and what its callee stands for.
#[derive(Clone, Copy)]
pub struct Call<'p> {
    pub project: &'p Project,
    pub file: FileId,
    number: usize,
}

impl<'p> Call<'p> {
    pub(in crate::project) fn new(project: &'p Project, file: FileId, number: usize) -> Self {
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
        self.callee_value().object()
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

    /// What is handed in for the callee's parameter of this number, receivers counted.
    pub fn passed(self, callee: Body<'p>, number: usize) -> Option<Value<'p>> {
        let parameters = &callee.function().parameters;
        let before = parameters.iter().take(number);
        let receivers =
            before.filter(|parameter| parameter.kind == ParameterKind::Receiver).count();
        let parameter = parameters.get(number)?;
        if parameter.kind == ParameterKind::Receiver {
            return self.receiver();
        }
        let name = parameter.name();
        name.and_then(|name| self.named(name)).or_else(|| self.argument(number - receivers))
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
