//! What rules and later stages ask: calls, values, functions and types, each with its project at hand.

mod call;
mod value;

pub use call::Call;
pub use value::{Setting, Value};

use super::{ClassRef, FunctionRef, In, Location, Project, Unit};
use crate::facts::{Class, Facts, Function, StatementId, StatementKind, Text};

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
        let in_order = &self.unit().calls_in_order;
        let whole_file = self.is_top_level();
        let first = if whole_file {
            0
        } else {
            in_order.partition_point(|(call, _)| call.start < span.start)
        };
        in_order[first..]
            .iter()
            .take_while(move |(call, _)| whole_file || call.start < span.end)
            .filter(move |(call, _)| whole_file || span.contains(*call))
            .map(move |&(_, number)| Call::new(self.project, self.at.file, number as usize))
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
