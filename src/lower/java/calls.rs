//! Calls and constructions.

use tree_sitter::Node;

use crate::facts::{Argument, CallStyle, ExpressionId, ExpressionKind, Span, Text};
use crate::lower::tree::{Placeholders, positional, span};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn call(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("name"), node.child_by_field_name("arguments"));
        let (Some(name_node), Some(list)) = parts else { return self.other(node) };
        let object = self.field(node, "object");
        let nodes = self.builder.children(list);
        let arguments = self.arguments(list);
        if let Some(built) = self.format_call(node, object, &arguments, &nodes) {
            return built;
        }
        let callee = match object {
            Some(object) => {
                let name = self.builder.name(name_node);
                let start = self.builder.facts[object].span.start;
                let end = span(name_node).end;
                let place = Span::new(start, end);
                self.builder.facts.add_expression(ExpressionKind::Member { object, name }, place)
            }
            None => self.builder.add_name(name_node),
        };
        self.builder.add_call(callee, arguments, CallStyle::Plain, node)
    }

    /// `String.format("…", a)` and `"…".formatted(a)` build a string.
    fn format_call(
        &mut self,
        node: Node,
        object: Option<ExpressionId>,
        arguments: &[Argument],
        nodes: &[Node],
    ) -> Option<ExpressionId> {
        let object = object?;
        let name = self.slice(node.child_by_field_name("name")?);
        let values: Vec<_> = arguments.iter().map(|argument| argument.value).collect();
        let (format, literal, values) = match (name, &self.builder.facts[object].kind) {
            ("formatted", ExpressionKind::Text(format)) => {
                (format.clone(), node.child_by_field_name("object")?, values.as_slice())
            }
            ("format", ExpressionKind::Name(class)) if class == "String" => {
                let text_at =
                    |at: usize| self.builder.facts[*values.get(at)?].kind.as_text().map(Text::from);
                // A locale may stand first.
                let at = usize::from(text_at(0).is_none());
                (text_at(at)?, nodes[at], &values[at + 1..])
            }
            _ => return None,
        };
        Some(self.builder.add_format(&format, Placeholders::Java, values, literal, node))
    }

    pub(super) fn arguments(&mut self, list: Node) -> Vec<Argument> {
        self.expressions_in(list).into_iter().map(positional).collect()
    }

    /// `new T(…)`; the body of an anonymous class is one more argument.
    pub(super) fn construction(&mut self, node: Node) -> ExpressionId {
        let Some(constructed) = node.child_by_field_name("type") else { return self.other(node) };
        let callee = self.type_of(constructed);
        let list = node.child_by_field_name("arguments");
        let mut arguments = list.map(|list| self.arguments(list)).unwrap_or_default();
        let body = self.builder.children(node).into_iter().find(|c| c.kind() == "class_body");
        if let Some(body) = body {
            let base = self.type_of(constructed);
            let class = self.anonymous_class(base, body);
            arguments.push(positional(self.add(ExpressionKind::Class(class), body)));
        }
        let first = node.named_child(0).filter(|first| *first != constructed);
        if let Some(outer) = first.filter(|first| !first.kind().ends_with("annotation")) {
            // `outer.new Inner()`: what makes the outer object is kept for the calls inside.
            if !matches!(outer.kind(), "type_arguments" | "line_comment" | "block_comment") {
                arguments.push(positional(self.expression(outer)));
            }
        }
        self.builder.add_call(callee, arguments, CallStyle::New, node)
    }

    /// `new T[n]`.
    pub(super) fn sized_array(&mut self, node: Node) -> ExpressionId {
        let Some(element) = node.child_by_field_name("type") else { return self.other(node) };
        let element = self.type_of(element);
        let object = self.builder.add_word("[]", node);
        let callee = self.builder.add_index(object, vec![element], node);
        let mut cursor = node.walk();
        let dimensions: Vec<_> = node.children_by_field_name("dimensions", &mut cursor).collect();
        let mut arguments = Vec::new();
        for dimension in dimensions {
            arguments.extend(self.arguments(dimension));
        }
        self.builder.add_call(callee, arguments, CallStyle::New, node)
    }

    /// `super(…)` and `this(…)`.
    pub(super) fn constructor_call(&mut self, node: Node) -> ExpressionId {
        let parts =
            (node.child_by_field_name("constructor"), node.child_by_field_name("arguments"));
        let (Some(constructor), Some(list)) = parts else { return self.other(node) };
        let callee = self.builder.add_name(constructor);
        let arguments = self.arguments(list);
        self.builder.add_call(callee, arguments, CallStyle::Plain, node)
    }
}
