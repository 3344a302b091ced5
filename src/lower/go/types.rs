//! Types, as expressions.

use tree_sitter::Node;

use crate::facts::{ExpressionId, ExpressionKind, Operator, Parameter};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn type_of(&mut self, node: Node) -> ExpressionId {
        match node.kind() {
            "type_identifier" | "identifier" => self.builder.add_name(node),
            "qualified_type" => self.qualified_type(node),
            "pointer_type" | "parenthesized_type" | "negated_type" | "type_constraint"
            | "type_elem" => self.inner_type(node),
            "slice_type" | "array_type" | "implicit_length_array_type" => {
                self.container("[]", &["element"], node)
            }
            "map_type" => self.container("map", &["key", "value"], node),
            "channel_type" => self.container("chan", &["value"], node),
            "generic_type" => {
                let Some(object) = node.child_by_field_name("type") else {
                    return self.other(node);
                };
                let object = self.type_of(object);
                let arguments = node.child_by_field_name("type_arguments");
                let indexes = arguments.map(|list| self.types_in(list)).unwrap_or_default();
                self.builder.add_index(object, indexes, node)
            }
            "function_type" => self.function_type(node),
            "interface_type" if node.named_child_count() == 0 => self.builder.add_word("any", node),
            "struct_type" | "interface_type" => self.anonymous_class(node),
            _ => self.expression(node),
        }
    }

    pub(super) fn types_in(&mut self, list: Node) -> Vec<ExpressionId> {
        self.builder.children(list).into_iter().map(|node| self.type_of(node)).collect()
    }

    pub(super) fn function_type(&mut self, node: Node) -> ExpressionId {
        let mut parameters: Vec<Parameter> = Vec::new();
        if let Some(list) = node.child_by_field_name("parameters") {
            self.parameters(list, &mut parameters);
        }
        let mut parts: Vec<_> = parameters.iter().filter_map(|p| p.annotation).collect();
        if let Some(result) = node.child_by_field_name("result") {
            parts.extend(self.result(result));
        }
        let object = self.builder.add_word("func", node);
        self.builder.add_index(object, parts, node)
    }

    fn qualified_type(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("package"), node.child_by_field_name("name"));
        let (Some(package), Some(name)) = parts else { return self.other(node) };
        let object = self.builder.add_name(package);
        let name = self.builder.name(name);
        self.add(ExpressionKind::Member { object, name }, node)
    }

    fn container(&mut self, word: &str, fields: &[&str], node: Node) -> ExpressionId {
        let object = self.builder.add_word(word, node);
        let mut indexes: Vec<_> = fields
            .iter()
            .filter_map(|field| node.child_by_field_name(field))
            .map(|part| self.type_of(part))
            .collect();
        if let Some(length) = node.child_by_field_name("length") {
            indexes.push(self.expression(length));
        }
        self.builder.add_index(object, indexes, node)
    }

    /// A wrapper around one type is that type; several are alternatives.
    fn inner_type(&mut self, node: Node) -> ExpressionId {
        let mut operands = self.types_in(node);
        match (operands.pop(), operands.is_empty()) {
            (None, _) => self.other(node),
            (Some(only), true) => only,
            (Some(last), false) => {
                operands.push(last);
                self.add(ExpressionKind::Operation { operator: Operator::BitOr, operands }, node)
            }
        }
    }
}
