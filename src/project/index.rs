//! What stands where in one file: the enclosing function, statement and expression of every node, and
//! the names that each function declares.

use std::collections::HashMap;

use crate::facts::{
    Block, ClassId, ClassKind, ExpressionId, ExpressionKind, Facts, FunctionId, ParameterKind,
    Pattern, StatementId, StatementKind, Text,
};

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
        let mut builder = Builder {
            facts,
            index: Self {
                expressions: vec![ExpressionContext::default(); facts.expressions.len()],
                statements: vec![StatementContext::default(); facts.statements.len()],
                scopes: vec![HashMap::new(); facts.functions.len()],
                class_fields: HashMap::new(),
                function_expressions: HashMap::new(),
                function_statements: vec![Vec::new(); facts.functions.len()],
            },
        };
        for (number, import) in facts.imports.iter().enumerate() {
            if !import.effect_only && !import.glob {
                builder.declare(Facts::TOP_LEVEL, &import.local, Declaration::Import(number));
            }
        }
        for (id, _) in facts.functions() {
            builder.function(id);
        }
        for declarations in builder.index.scopes.iter_mut().flat_map(HashMap::values_mut) {
            prefer_types(facts, declarations);
        }
        for (_, class) in facts.classes() {
            let owner = class.methods.first().and_then(|&method| facts[method].parent);
            let outside = owner.unwrap_or(Facts::TOP_LEVEL);
            let fields = class.fields.iter().flat_map(|field| {
                field.annotation.into_iter().chain(field.value).chain(field.decorators.clone())
            });
            let options = class.options.iter().map(|(_, value)| *value);
            let all = class.bases.iter().chain(&class.decorators).copied();
            for expression in all.chain(options).chain(fields).collect::<Vec<_>>() {
                builder.expression(expression, outside, None);
            }
        }
        builder.index
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

/// A Rust `impl` block stands for its type only where the type itself is not to be seen.
fn prefer_types(facts: &Facts, declarations: &mut Vec<Declaration>) {
    let is_block = |declaration: &Declaration| {
        matches!(declaration, Declaration::Class(class)
            if facts[*class].kind == ClassKind::Implementation)
    };
    if declarations.iter().any(|declaration| !is_block(declaration)) {
        declarations.retain(|declaration| !is_block(declaration));
    }
}

struct Builder<'f> {
    facts: &'f Facts,
    index: Index,
}

impl Builder<'_> {
    fn declare(&mut self, function: FunctionId, name: &Text, declaration: Declaration) {
        self.index.scopes[function.0 as usize].entry(name.clone()).or_default().push(declaration);
    }

    fn function(&mut self, id: FunctionId) {
        let function = &self.facts[id];
        let outside = function.parent.unwrap_or(Facts::TOP_LEVEL);
        for &decorator in function.decorators.iter().chain(&function.returns) {
            self.expression(decorator, outside, None);
        }
        for (number, parameter) in function.parameters.iter().enumerate() {
            for &part in parameter.decorators.iter().chain(&parameter.annotation) {
                self.expression(part, outside, None);
            }
            if let Some(default) = parameter.default {
                self.expression(default, outside, None);
            }
            self.pattern_expressions(&parameter.pattern, id, None);
            each_binding(&parameter.pattern, &mut Vec::new(), &mut |name, steps| {
                self.declare(id, name, Declaration::Parameter(number, steps.to_vec()));
            });
        }
        self.block(&function.body, id, None);
    }

    fn block(&mut self, block: &Block, function: FunctionId, parent: Option<(StatementId, Slot)>) {
        for (position, &statement) in block.iter().enumerate() {
            self.index.statements[statement.0 as usize] = StatementContext {
                function,
                parent,
                position: u32::try_from(position).unwrap_or(u32::MAX),
            };
            self.index.function_statements[function.0 as usize].push(statement);
            self.statement(statement, function);
        }
    }

    fn statement(&mut self, id: StatementId, function: FunctionId) {
        let facts = self.facts;
        let at = Some(id);
        match &facts[id].kind {
            StatementKind::Expression(value)
            | StatementKind::Defer(value)
            | StatementKind::Spawn(value) => self.expression(*value, function, at),
            StatementKind::Return(value) | StatementKind::Throw(value) => {
                self.optional(*value, function, at);
            }
            StatementKind::Bind { target, annotation, value } => {
                self.optional(*annotation, function, at);
                self.optional(*value, function, at);
                self.pattern_expressions(target, function, at);
                self.bind(target, *value, id, function);
            }
            StatementKind::If { test, binding, then, otherwise } => {
                self.expression(*test, function, at);
                if let Some((pattern, value)) = binding {
                    if value != test {
                        self.expression(*value, function, at);
                    }
                    self.bind(pattern, Some(*value), id, function);
                }
                self.block(then, function, Some((id, Slot::Then)));
                self.block(otherwise, function, Some((id, Slot::Otherwise)));
            }
            StatementKind::Loop { target, source, body, otherwise, .. } => {
                self.optional(*source, function, at);
                if let Some(target) = target {
                    self.pattern_expressions(target, function, at);
                    self.bind_elements(target, *source, function);
                }
                self.block(body, function, Some((id, Slot::Body)));
                self.block(otherwise, function, Some((id, Slot::Otherwise)));
            }
            StatementKind::Match { subject, arms } => {
                self.optional(*subject, function, at);
                for (number, arm) in (0_u32..).zip(arms) {
                    for &part in arm.tests.iter().chain(&arm.guard) {
                        self.expression(part, function, at);
                    }
                    if let Some(binding) = &arm.binding {
                        self.bind(binding, *subject, id, function);
                    }
                    self.block(&arm.body, function, Some((id, Slot::Branch(number))));
                }
            }
            StatementKind::Try { body, handlers, otherwise, finally } => {
                self.block(body, function, Some((id, Slot::Body)));
                for (number, handler) in (0_u32..).zip(handlers) {
                    for &kind in &handler.types {
                        self.expression(kind, function, at);
                    }
                    if let Some(binding) = &handler.binding {
                        binding.each_name(&mut |name| {
                            self.index.scopes[function.0 as usize]
                                .entry(name.clone())
                                .or_default()
                                .push(Declaration::Caught(id));
                        });
                    }
                    self.block(&handler.body, function, Some((id, Slot::Branch(number))));
                }
                self.block(otherwise, function, Some((id, Slot::Otherwise)));
                self.block(finally, function, Some((id, Slot::Finally)));
            }
            StatementKind::With { items, body } => {
                for (value, target) in items {
                    self.expression(*value, function, at);
                    if let Some(target) = target {
                        self.bind(target, Some(*value), id, function);
                    }
                }
                self.block(body, function, Some((id, Slot::Body)));
            }
            StatementKind::Block(block) => self.block(block, function, Some((id, Slot::Body))),
            StatementKind::Assert { test, message } => {
                self.expression(*test, function, at);
                self.optional(*message, function, at);
            }
            StatementKind::Function(declared) => {
                let name = facts[*declared].name.clone();
                self.declare(function, &name, Declaration::Function(*declared));
            }
            StatementKind::Class(class) => {
                let name = facts[*class].name.clone();
                self.declare(function, &name, Declaration::Class(*class));
            }
            StatementKind::Break | StatementKind::Continue => {}
        }
    }

    fn bind(
        &mut self,
        target: &Pattern,
        value: Option<ExpressionId>,
        statement: StatementId,
        function: FunctionId,
    ) {
        if let (Pattern::Place(place), Some(value)) = (target, value) {
            self.field_assignment(*place, value, function);
        }
        each_binding(target, &mut Vec::new(), &mut |name, steps| {
            let declaration = Declaration::Bound { statement, value, steps: steps.to_vec() };
            self.declare(function, name, declaration);
        });
    }

    fn bind_elements(
        &mut self,
        target: &Pattern,
        source: Option<ExpressionId>,
        function: FunctionId,
    ) {
        let Some(value) = source else { return };
        each_binding(target, &mut Vec::new(), &mut |name, steps| {
            let declaration = Declaration::Element { value, steps: steps.to_vec() };
            self.declare(function, name, declaration);
        });
    }

    /// Remembers `self.name = value` in a method.
    fn field_assignment(&mut self, place: ExpressionId, value: ExpressionId, function: FunctionId) {
        let ExpressionKind::Member { object, name } = &self.facts[place].kind else { return };
        let ExpressionKind::Name(receiver) = &self.facts[*object].kind else { return };
        let Some((class, method)) = enclosing_class(self.facts, function) else { return };
        let is_receiver = receiver == "this"
            || self.facts[method].parameters.iter().any(|parameter| {
                parameter.kind == ParameterKind::Receiver && parameter.name() == Some(receiver)
            });
        if is_receiver {
            self.index.class_fields.entry((class, name.clone())).or_default().push(value);
        }
    }

    fn pattern_expressions(
        &mut self,
        pattern: &Pattern,
        function: FunctionId,
        statement: Option<StatementId>,
    ) {
        match pattern {
            Pattern::Place(place) => self.expression(*place, function, statement),
            Pattern::WithDefault(inner, default) => {
                self.expression(*default, function, statement);
                self.pattern_expressions(inner, function, statement);
            }
            Pattern::Fields { fields, .. } => {
                for (_, inner) in fields {
                    self.pattern_expressions(inner, function, statement);
                }
            }
            Pattern::Items(items) | Pattern::Variant { items, .. } => {
                for inner in items {
                    self.pattern_expressions(inner, function, statement);
                }
            }
            Pattern::Name(_) | Pattern::Ignore => {}
        }
    }

    fn optional(
        &mut self,
        value: Option<ExpressionId>,
        function: FunctionId,
        statement: Option<StatementId>,
    ) {
        if let Some(value) = value {
            self.expression(value, function, statement);
        }
    }

    /// Enters an expression and all below it, with a stack of our own: call chains are long.
    fn expression(
        &mut self,
        root: ExpressionId,
        function: FunctionId,
        statement: Option<StatementId>,
    ) {
        let mut pending = vec![(root, None)];
        while let Some((id, parent)) = pending.pop() {
            self.index.expressions[id.0 as usize] =
                ExpressionContext { function, parent, statement };
            match &self.facts[id].kind {
                ExpressionKind::Function(literal) => {
                    self.index.function_expressions.insert(*literal, id);
                }
                ExpressionKind::Branches(branches) => {
                    let parent = statement.map(|statement| (statement, Slot::Body));
                    self.block(&vec![*branches], function, parent);
                }
                ExpressionKind::Comprehension { target, source, .. } => {
                    self.bind_elements(target, Some(*source), function);
                }
                ExpressionKind::Assign { target, value, operator: None } => {
                    self.assignment(*target, *value, function, statement);
                }
                _ => {}
            }
            self.facts[id].kind.each_child(|child| pending.push((child, Some(id))));
        }
    }

    fn assignment(
        &mut self,
        target: ExpressionId,
        value: ExpressionId,
        function: FunctionId,
        statement: Option<StatementId>,
    ) {
        match &self.facts[target].kind {
            ExpressionKind::Name(name) => {
                if let Some(statement) = statement {
                    let value = Some(value);
                    let declaration = Declaration::Bound { statement, value, steps: Vec::new() };
                    self.declare(function, &name.clone(), declaration);
                }
            }
            _ => self.field_assignment(target, value, function),
        }
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

/// Calls `declare` with each name of a pattern and the steps that lead to it.
fn each_binding<'p>(
    pattern: &'p Pattern,
    steps: &mut Vec<Step>,
    declare: &mut dyn FnMut(&'p Text, &[Step]),
) {
    match pattern {
        Pattern::Name(name) => declare(name, steps),
        Pattern::Place(_) | Pattern::Ignore => {}
        Pattern::WithDefault(inner, _) => each_binding(inner, steps, declare),
        Pattern::Fields { fields, rest } => {
            for (key, inner) in fields {
                steps.push(Step::Field(key.clone()));
                each_binding(inner, steps, declare);
                steps.pop();
            }
            if let Some(rest) = rest {
                steps.push(Step::Rest);
                declare(rest, steps);
                steps.pop();
            }
        }
        Pattern::Items(items) => {
            for (number, inner) in items.iter().enumerate() {
                steps.push(Step::Item(number));
                each_binding(inner, steps, declare);
                steps.pop();
            }
        }
        Pattern::Variant { items, .. } => {
            for inner in items {
                steps.push(Step::Inside);
                each_binding(inner, steps, declare);
                steps.pop();
            }
        }
    }
}
