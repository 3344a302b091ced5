//! Expressions.

use tree_sitter::Node;

use crate::facts::{
    ExpressionId, ExpressionKind, Function, Operator, Parameter, ParameterKind, Pattern,
    StatementKind, Text,
};
use crate::lower::tree::{binary_operator, chain, cut, operator_of, span, unescape};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, node: Node) -> ExpressionId {
        self.expression_named(node, Text::default())
    }

    /// An expression; a lambda takes `name`.
    pub(super) fn expression_named(&mut self, node: Node, name: Text) -> ExpressionId {
        match node.kind() {
            "identifier" | "this" | "super" => self.builder.add_name(node),
            "string_literal" => {
                let text = self.text_of(node);
                self.add(ExpressionKind::Text(text), node)
            }
            "character_literal" => {
                let text = cut(&unescape(self.slice(node).trim_matches('\'')));
                self.add(ExpressionKind::Text(text), node)
            }
            "true" => self.add(ExpressionKind::Bool(true), node),
            "false" => self.add(ExpressionKind::Bool(false), node),
            "null_literal" => self.add(ExpressionKind::Null, node),
            kind if kind.ends_with("_integer_literal")
                || kind.ends_with("_floating_point_literal") =>
            {
                let number = self.builder.name(node);
                self.add(ExpressionKind::Number(number), node)
            }
            "parenthesized_expression" => match self.plain_children(node).first() {
                Some(inner) => self.expression_named(*inner, name),
                None => self.other(node),
            },
            "method_invocation" => self.call(node),
            "object_creation_expression" => self.construction(node),
            "array_creation_expression" => self.array_creation(node),
            "array_initializer" | "element_value_array_initializer" => {
                let items = self.expressions_in(node);
                self.add(ExpressionKind::List(items), node)
            }
            "explicit_constructor_invocation" => self.constructor_call(node),
            "field_access" => self.member(node),
            "class_literal" => self.class_literal(node),
            "method_reference" => self.method_reference(node),
            "array_access" => self.array_access(node),
            "lambda_expression" => self.lambda(node, name),
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "update_expression" => self.update(node),
            "assignment_expression" => self.assignment_expression(node),
            "ternary_expression" => self.ternary(node),
            "cast_expression" => self.cast(node),
            "instanceof_expression" => self.instance_of(node),
            "switch_expression" => {
                let kind = self.switch(node);
                let statement = self.builder.facts.add_statement(kind, span(node));
                self.add(ExpressionKind::Branches(statement), node)
            }
            "annotated_type" => self.type_of(node),
            kind if kind.ends_with("_type") || kind == "type_identifier" || is_scoped(kind) => {
                self.type_of_known(node)
            }
            _ => self.other(node),
        }
    }

    /// `type_of` hands unknown kinds to `expression`; this breaks the circle.
    fn type_of_known(&mut self, node: Node) -> ExpressionId {
        match node.kind() {
            "type_identifier"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type"
            | "void_type"
            | "generic_type"
            | "array_type"
            | "catch_type"
            | "scoped_type_identifier"
            | "scoped_identifier" => self.type_of(node),
            _ => self.other(node),
        }
    }

    pub(super) fn other(&mut self, node: Node) -> ExpressionId {
        let children = self.expressions_in(node);
        self.add(ExpressionKind::Other(children), node)
    }

    pub(super) fn expressions_in(&mut self, node: Node) -> Vec<ExpressionId> {
        self.builder.children(node).into_iter().map(|child| self.expression(child)).collect()
    }

    fn member(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("object"), node.child_by_field_name("field"));
        let (Some(object), Some(field)) = parts else { return self.other(node) };
        let object = self.expression(object);
        let name = self.builder.name(field);
        self.add(ExpressionKind::Member { object, name }, node)
    }

    fn class_literal(&mut self, node: Node) -> ExpressionId {
        let Some(named) = self.plain_children(node).into_iter().next() else {
            return self.other(node);
        };
        let object = self.type_of(named);
        self.add(ExpressionKind::Member { object, name: "class".into() }, node)
    }

    /// `A::b` and `A::new`.
    fn method_reference(&mut self, node: Node) -> ExpressionId {
        let mut cursor = node.walk();
        let first =
            node.children(&mut cursor).find(|child| child.is_named() || child.kind() == "super");
        let last = self.builder.children(node).pop();
        let Some(first) = first else { return self.other(node) };
        let object = self.type_of(first);
        let name = match last {
            Some(last) if last != first && last.kind() == "identifier" => self.builder.name(last),
            _ => "new".into(),
        };
        self.add(ExpressionKind::Member { object, name }, node)
    }

    fn array_access(&mut self, node: Node) -> ExpressionId {
        let (Some(object), Some(index)) = (self.field(node, "array"), self.field(node, "index"))
        else {
            return self.other(node);
        };
        self.add(ExpressionKind::Index { object, index }, node)
    }

    fn lambda(&mut self, node: Node, name: Text) -> ExpressionId {
        let function = Function {
            name,
            class: None,
            span: span(node),
            name_span: span(node),
            ..Function::default()
        };
        let id = self.function(function, |this, function| {
            if let Some(list) = node.child_by_field_name("parameters") {
                function.parameters = match list.kind() {
                    "identifier" => vec![this.bare_parameter(list)],
                    _ => this.parameters(list),
                };
            }
            match node.child_by_field_name("body") {
                Some(body) if body.kind() == "block" => {
                    this.block_into(body, &mut function.body);
                }
                Some(body) => {
                    let value = Some(this.expression(body));
                    this.builder.statement(StatementKind::Return(value), body, &mut function.body);
                }
                None => {}
            }
        });
        self.add(ExpressionKind::Function(id), node)
    }

    fn bare_parameter(&self, name: Node) -> Parameter {
        Parameter {
            pattern: self.name_pattern(name),
            annotation: None,
            default: None,
            decorators: Vec::new(),
            kind: ParameterKind::Plain,
            span: span(name),
        }
    }

    fn binary(&mut self, node: Node) -> ExpressionId {
        let written = operator_of(node, self.builder.text);
        let joins = matches!(written, "+" | "&&" | "||");
        let nodes = if joins {
            chain(node, self.builder.text, written)
        } else {
            ["left", "right"].iter().filter_map(|side| node.child_by_field_name(side)).collect()
        };
        let operands = nodes.into_iter().map(|operand| self.expression(operand)).collect();
        match binary_operator(written) {
            Operator::Add => self.builder.add_sum(operands, node),
            operator => self.add(ExpressionKind::Operation { operator, operands }, node),
        }
    }

    fn unary(&mut self, node: Node) -> ExpressionId {
        let Some(value) = self.field(node, "operand") else { return self.other(node) };
        let operator = match operator_of(node, self.builder.text) {
            "!" => Operator::Not,
            "-" => Operator::Negate,
            "~" => Operator::BitXor,
            _ => return value,
        };
        self.add(ExpressionKind::Operation { operator, operands: vec![value] }, node)
    }

    fn update(&mut self, node: Node) -> ExpressionId {
        let written = self.slice(node);
        let falls = written.starts_with("--") || written.ends_with("--");
        let operator = if falls { Operator::Decrement } else { Operator::Increment };
        let operands = self.expressions_in(node);
        self.add(ExpressionKind::Operation { operator, operands }, node)
    }

    pub(super) fn is_plain_assignment(&self, node: Node) -> bool {
        operator_of(node, self.builder.text) == "="
    }

    /// An assignment that stands as a statement.
    pub(super) fn assignment(&mut self, node: Node) -> StatementKind {
        let parts = (node.child_by_field_name("left"), node.child_by_field_name("right"));
        let (Some(left), Some(right)) = parts else {
            return StatementKind::Expression(self.other(node));
        };
        let (target, name) = if left.kind() == "identifier" {
            (self.name_pattern(left), self.builder.name(left))
        } else {
            let field = left.child_by_field_name("field");
            let name = field.map(|field| self.builder.name(field)).unwrap_or_default();
            (Pattern::Place(self.expression(left)), name)
        };
        let value = Some(self.expression_named(right, name));
        StatementKind::Bind { target, annotation: None, value }
    }

    fn assignment_expression(&mut self, node: Node) -> ExpressionId {
        let (Some(target), Some(value)) = (self.field(node, "left"), self.field(node, "right"))
        else {
            return self.other(node);
        };
        let operator = match operator_of(node, self.builder.text) {
            "=" => None,
            written => Some(binary_operator(written.trim_end_matches('='))),
        };
        self.add(ExpressionKind::Assign { target, operator, value }, node)
    }

    fn ternary(&mut self, node: Node) -> ExpressionId {
        let (Some(test), Some(then), Some(otherwise)) = (
            self.field(node, "condition"),
            self.field(node, "consequence"),
            self.field(node, "alternative"),
        ) else {
            return self.other(node);
        };
        self.add(ExpressionKind::Conditional { test, then, otherwise }, node)
    }

    fn cast(&mut self, node: Node) -> ExpressionId {
        let Some(value) = self.field(node, "value") else { return self.other(node) };
        let Some(to) = node.child_by_field_name("type") else { return value };
        let to = self.type_of(to);
        self.add(ExpressionKind::Cast { value, to }, node)
    }

    fn instance_of(&mut self, node: Node) -> ExpressionId {
        let Some(value) = self.field(node, "left") else { return self.other(node) };
        let wanted = match node.child_by_field_name("pattern") {
            Some(pattern) => self.type_pattern(pattern).0,
            None => match node.child_by_field_name("right") {
                Some(named) => self.type_of(named),
                None => return self.other(node),
            },
        };
        let operands = vec![value, wanted];
        self.add(ExpressionKind::Operation { operator: Operator::InstanceOf, operands }, node)
    }

    /// The name that `x instanceof T name` in a condition binds, and `x`.
    pub(super) fn condition_binding(&mut self, condition: Node) -> Option<(Pattern, ExpressionId)> {
        let mut node = condition;
        while node.kind() != "instanceof_expression" {
            node = match node.kind() {
                "parenthesized_expression" => self.plain_children(node).into_iter().next()?,
                "unary_expression" => node.child_by_field_name("operand")?,
                "binary_expression" => node.child_by_field_name("left")?,
                _ => return None,
            };
        }
        let pattern = match node.child_by_field_name("pattern") {
            Some(pattern) => self.type_pattern(pattern).1?,
            None => self.name_pattern(node.child_by_field_name("name")?),
        };
        let value = node.child_by_field_name("left")?;
        Some((pattern, self.expression(value)))
    }

    fn text_of(&self, node: Node) -> Text {
        let raw = self.slice(node);
        match raw.strip_prefix("\"\"\"") {
            Some(rest) => cut(&unescape(&text_block(rest.strip_suffix("\"\"\"").unwrap_or(rest)))),
            None => cut(&unescape(raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default())),
        }
    }

    /// The items of an array that is created with its values, or its type and dimensions.
    fn array_creation(&mut self, node: Node) -> ExpressionId {
        if let Some(value) = node.child_by_field_name("value") {
            return self.expression(value);
        }
        self.sized_array(node)
    }
}

fn is_scoped(kind: &str) -> bool {
    matches!(kind, "scoped_type_identifier" | "scoped_identifier")
}

/// A text block without the line break after its quotes and without common indentation.
fn text_block(raw: &str) -> String {
    let body = raw.split_once('\n').map_or(raw, |(_, body)| body);
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let mut lines: Vec<&str> = body.lines().collect();
    if body.ends_with('\n') {
        lines.push("");
    }
    let last = lines.len().saturating_sub(1);
    let common = lines
        .iter()
        .enumerate()
        .filter(|(index, line)| *index == last || !line.trim().is_empty())
        .map(|(_, line)| indentation(line))
        .min()
        .unwrap_or(0);
    let cut_lines = lines.iter().map(|line| line.get(common..).unwrap_or_default().trim_end());
    cut_lines.collect::<Vec<_>>().join("\n")
}
