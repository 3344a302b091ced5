//! Statements.

use tree_sitter::Node;

use crate::facts::{
    Arm, Block, ExpressionId, ExpressionKind, LoopKind, Operator, Pattern, StatementKind, Text,
};
use crate::lower::tree::{binary_operator, operator_of, span};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn block(&mut self, node: Node) -> Block {
        let mut block = Block::new();
        self.block_into(node, &mut block);
        block
    }

    pub(super) fn block_into(&mut self, node: Node, block: &mut Block) {
        for child in self.builder.children(node) {
            match child.kind() {
                "statement_list" => self.block_into(child, block),
                _ => self.statement(child, block),
            }
        }
    }

    pub(super) fn statement(&mut self, node: Node, block: &mut Block) {
        let kind = match node.kind() {
            "expression_statement" => {
                for child in self.builder.children(node) {
                    let value = self.expression(child);
                    self.builder.statement(StatementKind::Expression(value), node, block);
                }
                return;
            }
            "short_var_declaration" => return self.assignment(node, block),
            "assignment_statement" if operator_of(node, self.builder.text) == "=" => {
                return self.assignment(node, block);
            }
            "assignment_statement" => StatementKind::Expression(self.augmented(node)),
            "inc_statement" => self.step(node, Operator::Increment),
            "dec_statement" => self.step(node, Operator::Decrement),
            "var_declaration" | "const_declaration" | "var_spec_list" => {
                for child in self.builder.children(node) {
                    self.statement(child, block);
                }
                return;
            }
            "var_spec" | "const_spec" => return self.variables(node, block),
            "type_declaration" => return self.type_declaration(node, block),
            "return_statement" => {
                let list = self.builder.children(node).into_iter().next();
                StatementKind::Return(list.map(|list| self.list(list)))
            }
            "go_statement" => match self.only_child(node) {
                Some(value) => StatementKind::Spawn(value),
                None => return,
            },
            "defer_statement" => match self.only_child(node) {
                Some(value) => StatementKind::Defer(value),
                None => return,
            },
            "if_statement" => return self.conditional(node, block),
            "for_statement" => return self.repetition(node, block),
            "expression_switch_statement" | "type_switch_statement" | "select_statement" => {
                return self.switch(node, block);
            }
            "block" => StatementKind::Block(self.block(node)),
            "labeled_statement" => {
                let inner = self.builder.children(node);
                for child in inner.into_iter().filter(|child| child.kind() != "label_name") {
                    self.statement(child, block);
                }
                return;
            }
            "break_statement" => StatementKind::Break,
            "continue_statement" => StatementKind::Continue,
            "empty_statement" | "fallthrough_statement" => return,
            "function_declaration" | "method_declaration" | "import_declaration" => {
                return self.declaration(node, block);
            }
            _ => StatementKind::Expression(self.expression(node)),
        };
        self.builder.statement(kind, node, block);
    }

    fn only_child(&mut self, node: Node) -> Option<ExpressionId> {
        self.builder.children(node).into_iter().next().map(|child| self.expression(child))
    }

    fn step(&mut self, node: Node, operator: Operator) -> StatementKind {
        let operands = self.only_child(node).into_iter().collect();
        StatementKind::Expression(self.add(ExpressionKind::Operation { operator, operands }, node))
    }

    /// `x, err := f()` and `x = y`.
    fn assignment(&mut self, node: Node, block: &mut Block) {
        let fields = (node.child_by_field_name("left"), node.child_by_field_name("right"));
        let (Some(left), Some(right)) = fields else { return };
        let targets = self.builder.children(left);
        let target = self.patterns(&targets);
        let name = match targets.as_slice() {
            [only] => self.bound_name(*only),
            _ => Text::default(),
        };
        let value = Some(self.list_named(right, name));
        self.builder.statement(
            StatementKind::Bind { target, annotation: None, value },
            node,
            block,
        );
    }

    fn augmented(&mut self, node: Node) -> ExpressionId {
        let fields = (node.child_by_field_name("left"), node.child_by_field_name("right"));
        let (Some(left), Some(right)) = fields else { return self.other(node) };
        let operator = operator_of(node, self.builder.text).trim_end_matches('=');
        let operator = Some(binary_operator(operator));
        let (target, value) = (self.list(left), self.list(right));
        self.add(ExpressionKind::Assign { target, operator, value }, node)
    }

    /// One line of `var` or `const`.
    fn variables(&mut self, node: Node, block: &mut Block) {
        let mut cursor = node.walk();
        let names: Vec<_> = node
            .children_by_field_name("name", &mut cursor)
            .filter(tree_sitter::Node::is_named)
            .collect();
        let annotation = node.child_by_field_name("type").map(|node| self.type_of(node));
        let name = match names.as_slice() {
            [only] => self.builder.name(*only),
            _ => Text::default(),
        };
        let target = self.patterns(&names);
        let value = node.child_by_field_name("value").map(|list| self.list_named(list, name));
        self.builder.statement(StatementKind::Bind { target, annotation, value }, node, block);
    }

    fn conditional(&mut self, node: Node, block: &mut Block) {
        if let Some(initializer) = node.child_by_field_name("initializer") {
            self.statement(initializer, block);
        }
        let Some(test) = node.child_by_field_name("condition") else { return };
        let test = self.expression(test);
        let then = node.child_by_field_name("consequence").map(|b| self.block(b));
        let mut otherwise = Block::new();
        match node.child_by_field_name("alternative") {
            Some(branch) if branch.kind() == "block" => self.block_into(branch, &mut otherwise),
            Some(branch) => self.statement(branch, &mut otherwise),
            None => {}
        }
        let then = then.unwrap_or_default();
        self.builder.statement(
            StatementKind::If { test, binding: None, then, otherwise },
            node,
            block,
        );
    }

    fn repetition(&mut self, node: Node, block: &mut Block) {
        let body_node = node.child_by_field_name("body");
        let head = self.builder.children(node).into_iter().find(|child| Some(*child) != body_node);
        let (mut target, mut source) = (None, None);
        let mut update = None;
        let kind = match head.map(|head| (head.kind(), head)) {
            None => LoopKind::Endless,
            Some(("for_clause", clause)) => {
                if let Some(initializer) = clause.child_by_field_name("initializer") {
                    self.statement(initializer, block);
                }
                let condition = clause.child_by_field_name("condition");
                source = condition.map(|condition| self.expression(condition));
                update = clause.child_by_field_name("update");
                if source.is_some() { LoopKind::Count } else { LoopKind::Endless }
            }
            Some(("range_clause", clause)) => {
                target = clause.child_by_field_name("left").map(|left| {
                    let targets = self.builder.children(left);
                    self.patterns(&targets)
                });
                let right = clause.child_by_field_name("right");
                source = right.map(|right| self.expression(right));
                LoopKind::ForEach
            }
            Some((_, condition)) => {
                source = Some(self.expression(condition));
                LoopKind::While
            }
        };
        let mut body = body_node.map(|body| self.block(body)).unwrap_or_default();
        if let Some(update) = update {
            self.statement(update, &mut body);
        }
        let otherwise = Block::new();
        self.builder.statement(
            StatementKind::Loop { kind, target, source, body, otherwise },
            node,
            block,
        );
    }

    fn switch(&mut self, node: Node, block: &mut Block) {
        if let Some(initializer) = node.child_by_field_name("initializer") {
            self.statement(initializer, block);
        }
        let subject = node.child_by_field_name("value").map(|value| self.expression(value));
        let alias = node.child_by_field_name("alias").map(|alias| {
            let targets = self.builder.children(alias);
            self.patterns(&targets)
        });
        let mut arms = Vec::new();
        for case in self.builder.children(node) {
            if matches!(
                case.kind(),
                "expression_case" | "type_case" | "communication_case" | "default_case"
            ) {
                arms.push(self.arm(case, alias.clone()));
            }
        }
        self.builder.statement(StatementKind::Match { subject, arms }, node, block);
    }

    fn arm(&mut self, case: Node, alias: Option<Pattern>) -> Arm {
        let mut binding = alias;
        let mut tests = Vec::new();
        if let Some(values) = case.child_by_field_name("value") {
            tests = self.expressions_in(values);
        }
        let mut cursor = case.walk();
        let types: Vec<_> = case
            .children_by_field_name("type", &mut cursor)
            .filter(tree_sitter::Node::is_named)
            .collect();
        tests.extend(types.into_iter().map(|node| self.type_of(node)));
        if let Some(communication) = case.child_by_field_name("communication") {
            if let Some(left) = communication.child_by_field_name("left") {
                let targets = self.builder.children(left);
                binding = Some(self.patterns(&targets));
            }
            tests.push(match communication.child_by_field_name("right") {
                Some(right) => self.expression(right),
                None => self.expression(communication),
            });
        }
        let mut body = Block::new();
        for list in self.builder.children(case) {
            if list.kind() == "statement_list" {
                self.block_into(list, &mut body);
            }
        }
        Arm { tests, binding, guard: None, body, span: span(case) }
    }

    pub(super) fn patterns(&mut self, targets: &[Node]) -> Pattern {
        match targets {
            [only] => self.pattern(*only),
            _ => Pattern::Items(targets.iter().map(|target| self.pattern(*target)).collect()),
        }
    }

    pub(super) fn pattern(&mut self, node: Node) -> Pattern {
        match (node.kind(), self.slice(node)) {
            (_, "_") => Pattern::Ignore,
            ("identifier", name) => Pattern::Name(name.into()),
            _ => Pattern::Place(self.expression(node)),
        }
    }

    /// The name that a function takes when it is assigned to this.
    fn bound_name(&self, target: Node) -> Text {
        match target.kind() {
            "identifier" => self.builder.name(target),
            "selector_expression" => target
                .child_by_field_name("field")
                .map(|field| self.builder.name(field))
                .unwrap_or_default(),
            _ => Text::default(),
        }
    }
}
