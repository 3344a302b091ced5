//! Types, as expressions.

use tree_sitter::Node;

use crate::facts::{ExpressionId, ExpressionKind, Operator};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn type_of(&mut self, node: Node) -> ExpressionId {
        match node.kind() {
            "type_identifier"
            | "identifier"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type"
            | "void_type" => self.builder.add_name(node),
            "scoped_type_identifier" | "scoped_identifier" => self.scoped(node),
            "generic_type" => self.generic_type(node),
            "array_type" => {
                let element = node.child_by_field_name("element");
                let indexes = element.map(|element| self.type_of(element)).into_iter().collect();
                let object = self.builder.add_word("[]", node);
                self.builder.add_index(object, indexes, node)
            }
            "wildcard" => match self.plain_children(node).last() {
                Some(bound) => self.type_of(*bound),
                None => self.builder.add_word("?", node),
            },
            "annotated_type" | "catch_type" | "type_bound" | "superclass" => {
                let mut operands = self.types_in(node);
                match operands.len() {
                    0 => self.other(node),
                    1 => operands.remove(0),
                    _ => {
                        let operator = Operator::BitOr;
                        self.add(ExpressionKind::Operation { operator, operands }, node)
                    }
                }
            }
            _ => self.expression(node),
        }
    }

    pub(super) fn types_in(&mut self, list: Node) -> Vec<ExpressionId> {
        self.plain_children(list).into_iter().map(|node| self.type_of(node)).collect()
    }

    /// The children that are neither comments nor annotations nor the word `super`.
    pub(super) fn plain_children<'n>(&self, node: Node<'n>) -> Vec<Node<'n>> {
        let mut children = self.builder.children(node);
        children.retain(|child| {
            !matches!(child.kind(), "annotation" | "marker_annotation" | "super" | "modifiers")
        });
        children
    }

    /// `a.b.C`, as members.
    pub(super) fn scoped(&mut self, node: Node) -> ExpressionId {
        if !matches!(node.kind(), "scoped_type_identifier" | "scoped_identifier") {
            return self.type_of(node);
        }
        let parts = self.plain_children(node);
        match parts.as_slice() {
            [scope, name] => {
                let object = self.scoped(*scope);
                let name = self.builder.name(*name);
                self.add(ExpressionKind::Member { object, name }, node)
            }
            _ => self.builder.add_name(node),
        }
    }

    fn generic_type(&mut self, node: Node) -> ExpressionId {
        let children = self.builder.children(node);
        let Some(object) = children.iter().find(|child| child.kind() != "type_arguments") else {
            return self.other(node);
        };
        let object = self.type_of(*object);
        let arguments = children.iter().find(|child| child.kind() == "type_arguments");
        let indexes = arguments.map(|list| self.types_in(*list)).unwrap_or_default();
        self.builder.add_index(object, indexes, node)
    }
}
