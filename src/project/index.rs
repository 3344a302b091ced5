//! What stands where in one file: the enclosing function, statement and expression of every node, and
//! the names that each function declares.

mod build;

use std::collections::HashMap;

use crate::facts::{ClassId, ExpressionId, Facts, FunctionId, StatementId, Text};

/// Look-up tables over the facts of one file.
#[derive(Clone, Debug, Default)]
pub struct Index {
    expressions: Vec<ExpressionContext>,
    statements: Vec<StatementContext>,
    scopes: Vec<HashMap<Text, Vec<Declaration>>>,
    /// What methods assign to `self.name` or `this.name`.
    class_fields: HashMap<(ClassId, Text), Vec<ExpressionId>>,
    /// The expression that a function literal is.
    function_expressions: HashMap<FunctionId, ExpressionId>,
    /// The statements of each function, nested blocks included, in source order.
    function_statements: Vec<Vec<StatementId>>,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExpressionContext {
    pub function: FunctionId,
    pub parent: Option<ExpressionId>,
    /// The innermost statement; decorators, defaults and annotations have none.
    pub statement: Option<StatementId>,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatementContext {
    pub function: FunctionId,
    pub parent: Option<(StatementId, Slot)>,
    /// For statements inside an expression (a closure's are not): the `Branches` they belong to.
    pub position: u32,
}

/// Which part of its parent a statement belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Body,
    Then,
    Otherwise,
    /// The arm or handler with this number.
    Branch(u32),
    Finally,
}

/// A name that a function declares, and what it stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Declaration {
    Import(usize),
    Parameter(usize, Vec<Step>),
    /// Bound to a part of a value by a declaration or an assignment.
    Bound {
        statement: StatementId,
        value: Option<ExpressionId>,
        steps: Vec<Step>,
    },
    /// Bound to each element of a value in turn.
    Element {
        value: ExpressionId,
        steps: Vec<Step>,
    },
    Caught(StatementId),
    Function(FunctionId),
    Class(ClassId),
}

/// One step from a value to the part that a pattern binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Field(Text),
    Item(usize),
    /// `Ok(x)`, `Some(x)`: the value inside.
    Inside,
    /// What is left over.
    Rest,
}

impl Default for FunctionId {
    fn default() -> Self {
        Facts::TOP_LEVEL
    }
}

impl Index {
    /// Builds the tables.
    pub fn of(facts: &Facts) -> Self {
        build::index_of(facts)
    }

    pub fn expression(&self, id: ExpressionId) -> ExpressionContext {
        self.expressions[id.0 as usize]
    }

    pub fn statement(&self, id: StatementId) -> StatementContext {
        self.statements[id.0 as usize]
    }

    /// What `name` is declared as directly in `function`, in source order.
    pub fn declarations(&self, function: FunctionId, name: &str) -> &[Declaration] {
        self.scopes[function.0 as usize].get(name).map_or(&[], Vec::as_slice)
    }

    /// All names that `function` declares directly, in no order.
    pub fn declared(&self, function: FunctionId) -> impl Iterator<Item = (&Text, &[Declaration])> {
        let scope = self.scopes[function.0 as usize].iter();
        scope.map(|(name, declarations)| (name, declarations.as_slice()))
    }

    /// What methods of `class` assign to its field `name`.
    pub fn field_values(&self, class: ClassId, name: &str) -> &[ExpressionId] {
        self.class_fields.get(&(class, Text::from(name))).map_or(&[], Vec::as_slice)
    }

    /// The literal that `function` is, for closures and function expressions.
    pub fn literal_of(&self, function: FunctionId) -> Option<ExpressionId> {
        self.function_expressions.get(&function).copied()
    }

    /// The statements directly in `function`, nested blocks included, in source order.
    pub fn statements_of(&self, function: FunctionId) -> &[StatementId] {
        &self.function_statements[function.0 as usize]
    }

    /// The statements that enclose `id`, innermost first, each with the part it is entered by.
    pub fn enclosing(&self, id: StatementId) -> impl Iterator<Item = (StatementId, Slot)> + '_ {
        let mut next = self.statement(id).parent;
        std::iter::from_fn(move || {
            let current = next?;
            next = self.statement(current.0).parent;
            Some(current)
        })
    }

    /// The expressions that enclose `id` within its statement, innermost first.
    pub fn ancestors(&self, id: ExpressionId) -> impl Iterator<Item = ExpressionId> + '_ {
        let mut next = self.expression(id).parent;
        std::iter::from_fn(move || {
            let current = next?;
            next = self.expression(current).parent;
            Some(current)
        })
    }
}

/// The class whose method encloses `function`, and that method.
pub fn enclosing_class(facts: &Facts, function: FunctionId) -> Option<(ClassId, FunctionId)> {
    let mut next = Some(function);
    while let Some(id) = next {
        if let Some(class) = facts[id].class {
            return Some((class, id));
        }
        next = facts[id].parent;
    }
    None
}
