//! Reads the facts of one file once, from the outside in.

use std::collections::HashMap;

use super::{Declaration, ExpressionContext, Index, Slot, StatementContext, Step, enclosing_class};
use crate::facts::{
    Block, ClassKind, ExpressionId, ExpressionKind, Facts, FunctionId, ParameterKind, Pattern,
    StatementId, StatementKind, Text,
};

/// The tables of one file.
pub(super) fn index_of(facts: &Facts) -> Index {
    let mut builder = Builder {
        facts,
        index: Index {
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
