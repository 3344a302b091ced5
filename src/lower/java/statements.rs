//! Statements.

use tree_sitter::Node;

use crate::facts::{
    Arm, Block, ExpressionId, ExpressionKind, Handler, LoopKind, Pattern, StatementKind,
};
use crate::lower::tree::span;

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn block_into(&mut self, node: Node, block: &mut Block) {
        for child in self.builder.children(node) {
            self.statement(child, block);
        }
    }

    /// The body of a loop or branch: the statements of a block, or the one statement.
    fn body(&mut self, node: Option<Node>) -> Block {
        let mut block = Block::new();
        match node {
            Some(node) if matches!(node.kind(), "block" | "constructor_body") => {
                self.block_into(node, &mut block);
            }
            Some(node) => self.statement(node, &mut block),
            None => {}
        }
        block
    }

    pub(super) fn statement(&mut self, node: Node, block: &mut Block) {
        let kind = match node.kind() {
            "expression_statement" => {
                let Some(child) = self.only(node) else { return };
                match child.kind() {
                    "assignment_expression" if self.is_plain_assignment(child) => {
                        self.assignment(child)
                    }
                    "switch_expression" => self.switch(child),
                    _ => StatementKind::Expression(self.expression(child)),
                }
            }
            "local_variable_declaration" => return self.variables(node, block),
            "return_statement" => {
                let value = self.only(node).map(|value| self.expression(value));
                StatementKind::Return(value)
            }
            "throw_statement" => {
                let value = self.only(node).map(|value| self.expression(value));
                StatementKind::Throw(value)
            }
            "yield_statement" => {
                let Some(child) = self.only(node) else { return };
                StatementKind::Expression(self.expression(child))
            }
            "if_statement" => self.conditional(node),
            "while_statement" => {
                let source = self.field(node, "condition");
                let is_endless = source.is_some_and(|source| {
                    self.builder.facts[source].kind == ExpressionKind::Bool(true)
                });
                let kind = if is_endless { LoopKind::Endless } else { LoopKind::While };
                self.repetition(node, kind, None, source.filter(|_| !is_endless))
            }
            "do_statement" => {
                let source = self.field(node, "condition");
                self.repetition(node, LoopKind::While, None, source)
            }
            "enhanced_for_statement" => {
                let name = node.child_by_field_name("name");
                let target = name.map(|name| self.name_pattern(name));
                let source = self.field(node, "value");
                self.repetition(node, LoopKind::ForEach, target, source)
            }
            "for_statement" => return self.counted(node, block),
            "switch_expression" => self.switch(node),
            "try_statement" => self.attempt(node),
            "try_with_resources_statement" => self.attempt_with_resources(node),
            "synchronized_statement" => {
                let lock = self
                    .builder
                    .children(node)
                    .into_iter()
                    .find(|child| child.kind() == "parenthesized_expression");
                let mut inner = Block::new();
                if let Some(lock) = lock {
                    let value = self.expression(lock);
                    self.builder.statement(StatementKind::Expression(value), lock, &mut inner);
                }
                inner.extend(self.body(node.child_by_field_name("body")));
                StatementKind::Block(inner)
            }
            "block" | "constructor_body" => StatementKind::Block(self.body(Some(node))),
            "labeled_statement" => {
                if let Some(inner) = self.builder.children(node).last() {
                    self.statement(*inner, block);
                }
                return;
            }
            "break_statement" => StatementKind::Break,
            "continue_statement" => StatementKind::Continue,
            "assert_statement" => self.assertion(node),
            "explicit_constructor_invocation" => {
                StatementKind::Expression(self.constructor_call(node))
            }
            "import_declaration"
            | "package_declaration"
            | "method_declaration"
            | "module_declaration" => return self.declaration(node, block),
            kind if kind.ends_with("_declaration") => StatementKind::Class(self.class(node)),
            _ => StatementKind::Expression(self.expression(node)),
        };
        self.builder.statement(kind, node, block);
    }

    fn only<'n>(&self, node: Node<'n>) -> Option<Node<'n>> {
        self.builder.children(node).into_iter().next()
    }

    pub(super) fn field(&mut self, node: Node, field: &str) -> Option<ExpressionId> {
        node.child_by_field_name(field).map(|child| self.expression(child))
    }

    fn variables(&mut self, node: Node, block: &mut Block) {
        let annotation = node
            .child_by_field_name("type")
            .filter(|declared| self.slice(*declared) != "var")
            .map(|declared| self.type_of(declared));
        let mut cursor = node.walk();
        let declarators: Vec<_> = node.children_by_field_name("declarator", &mut cursor).collect();
        for declarator in declarators {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let target = self.name_pattern(name);
            let name = self.builder.name(name);
            let value = declarator.child_by_field_name("value");
            let value = value.map(|value| self.expression_named(value, name));
            let kind = StatementKind::Bind { target, annotation, value };
            self.builder.statement(kind, declarator, block);
        }
    }

    fn conditional(&mut self, node: Node) -> StatementKind {
        let test = self.field(node, "condition");
        let test = test.unwrap_or_else(|| self.other(node));
        let condition = node.child_by_field_name("condition");
        let binding = condition.and_then(|condition| self.condition_binding(condition));
        let then = self.body(node.child_by_field_name("consequence"));
        let otherwise = self.body(node.child_by_field_name("alternative"));
        StatementKind::If { test, binding, then, otherwise }
    }

    fn repetition(
        &mut self,
        node: Node,
        kind: LoopKind,
        target: Option<Pattern>,
        source: Option<ExpressionId>,
    ) -> StatementKind {
        let body = self.body(node.child_by_field_name("body"));
        StatementKind::Loop { kind, target, source, body, otherwise: Block::new() }
    }

    /// `for (init; test; step)`.
    fn counted(&mut self, node: Node, block: &mut Block) {
        let mut cursor = node.walk();
        let first: Vec<_> = node.children_by_field_name("init", &mut cursor).collect();
        for initializer in first.into_iter().filter(Node::is_named) {
            self.statement(initializer, block);
        }
        let source = self.field(node, "condition");
        let kind = if source.is_some() { LoopKind::Count } else { LoopKind::Endless };
        let mut body = self.body(node.child_by_field_name("body"));
        let mut cursor = node.walk();
        let steps: Vec<_> = node.children_by_field_name("update", &mut cursor).collect();
        for step in steps.into_iter().filter(Node::is_named) {
            self.statement(step, &mut body);
        }
        let otherwise = Block::new();
        let kind = StatementKind::Loop { kind, target: None, source, body, otherwise };
        self.builder.statement(kind, node, block);
    }

    pub(super) fn switch(&mut self, node: Node) -> StatementKind {
        let subject = self.field(node, "condition");
        let mut arms: Vec<Arm> = Vec::new();
        let groups = node.child_by_field_name("body").map(|body| self.builder.children(body));
        for group in groups.unwrap_or_default() {
            let mut arm = Arm {
                tests: Vec::new(),
                binding: None,
                guard: None,
                body: Block::new(),
                span: span(group),
            };
            for child in self.builder.children(group) {
                if child.kind() == "switch_label" {
                    self.label(child, &mut arm);
                } else if child.kind() == "block" && group.kind() == "switch_rule" {
                    self.block_into(child, &mut arm.body);
                } else {
                    self.statement(child, &mut arm.body);
                }
            }
            let joins = arms.last().is_some_and(|last| {
                last.body.is_empty() && group.kind() == "switch_block_statement_group"
            });
            match arms.last_mut().filter(|_| joins) {
                Some(last) => {
                    // Without a body it falls through; a default among them takes everything.
                    if last.tests.is_empty() || arm.tests.is_empty() {
                        arm.tests.clear();
                    } else {
                        arm.tests.splice(0..0, last.tests.iter().copied());
                    }
                    *last = arm;
                }
                None => arms.push(arm),
            }
        }
        StatementKind::Match { subject, arms }
    }

    fn label(&mut self, label: Node, arm: &mut Arm) {
        for child in self.builder.children(label) {
            match child.kind() {
                "guard" => arm.guard = self.only(child).map(|guard| self.expression(guard)),
                "pattern" => {
                    let Some(pattern) = self.only(child) else { continue };
                    let (test, binding) = self.type_pattern(pattern);
                    arm.tests.push(test);
                    arm.binding = binding;
                }
                _ => arm.tests.push(self.expression(child)),
            }
        }
    }

    /// A pattern's type, and what it binds.
    pub(super) fn type_pattern(&mut self, node: Node) -> (ExpressionId, Option<Pattern>) {
        let parts = self.plain_children(node);
        let Some(first) = parts.first() else { return (self.other(node), None) };
        let test = self.type_of(*first);
        let binding = match parts.get(1) {
            Some(body) if body.kind() == "record_pattern_body" => {
                let items = self.builder.children(*body);
                let items = items.into_iter().map(|item| self.component(item)).collect();
                Pattern::Variant { path: self.slice(*first).into(), items }
            }
            Some(name) => self.name_pattern(*name),
            None => return (test, None),
        };
        (test, Some(binding))
    }

    fn component(&mut self, node: Node) -> Pattern {
        match node.kind() {
            "record_pattern" => self.type_pattern(node).1.unwrap_or(Pattern::Ignore),
            _ => match self.plain_children(node).last() {
                Some(name) => self.name_pattern(*name),
                None => Pattern::Ignore,
            },
        }
    }

    fn attempt(&mut self, node: Node) -> StatementKind {
        let body = self.body(node.child_by_field_name("body"));
        let (handlers, finally) = self.handlers(node);
        StatementKind::Try { body, handlers, otherwise: Block::new(), finally }
    }

    /// The resources stand inside the `try`: its handlers see their failures too.
    fn attempt_with_resources(&mut self, node: Node) -> StatementKind {
        let mut items = Vec::new();
        if let Some(resources) = node.child_by_field_name("resources") {
            for resource in self.builder.children(resources) {
                let name = resource.child_by_field_name("name");
                let binding = name.map(|name| self.name_pattern(name));
                let value = resource.child_by_field_name("value");
                let value = value.or_else(|| self.plain_children(resource).into_iter().next());
                if let Some(value) = value {
                    items.push((self.expression(value), binding));
                }
            }
        }
        let body = self.body(node.child_by_field_name("body"));
        let with = StatementKind::With { items, body };
        let (handlers, finally) = self.handlers(node);
        if handlers.is_empty() && finally.is_empty() {
            return with;
        }
        let mut body = Block::new();
        self.builder.statement(with, node, &mut body);
        StatementKind::Try { body, handlers, otherwise: Block::new(), finally }
    }

    fn handlers(&mut self, node: Node) -> (Vec<Handler>, Block) {
        let (mut handlers, mut finally) = (Vec::new(), Block::new());
        for clause in self.builder.children(node) {
            match clause.kind() {
                "catch_clause" => handlers.push(self.handler(clause)),
                "finally_clause" => finally = self.body(self.only(clause)),
                _ => {}
            }
        }
        (handlers, finally)
    }

    fn handler(&mut self, clause: Node) -> Handler {
        let (mut types, mut binding) = (Vec::new(), None);
        for parameter in self.builder.children(clause) {
            if parameter.kind() != "catch_formal_parameter" {
                continue;
            }
            let name = parameter.child_by_field_name("name");
            binding = name.map(|name| self.name_pattern(name));
            for caught in self.builder.children(parameter) {
                if caught.kind() == "catch_type" {
                    types.extend(self.types_in(caught));
                }
            }
        }
        let body = self.body(clause.child_by_field_name("body"));
        Handler { types, binding, body, span: span(clause) }
    }

    fn assertion(&mut self, node: Node) -> StatementKind {
        let parts = self.builder.children(node);
        let mut parts = parts.into_iter().map(|part| self.expression(part));
        let (test, message) = (parts.next(), parts.next());
        let test = test.unwrap_or_else(|| self.other(node));
        StatementKind::Assert { test, message }
    }
}
