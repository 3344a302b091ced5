//! Expressions.

use tree_sitter::Node;

use crate::facts::{
    Argument, CallStyle, Entry, EntryKey, ExpressionId, ExpressionKind, Operator, Text,
};
use crate::lower::tree::{Placeholders, binary_operator, chain, operator_of, positional, span};

use super::Lowering;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, node: Node) -> ExpressionId {
        self.expression_named(node, Text::default())
    }

    /// An expression; a function takes `name`.
    pub(super) fn expression_named(&mut self, node: Node, name: Text) -> ExpressionId {
        match node.kind() {
            "identifier" | "iota" | "type_identifier" | "field_identifier"
            | "package_identifier" => self.builder.add_name(node),
            "interpreted_string_literal" | "raw_string_literal" | "rune_literal" => {
                let text = self.text_of(node);
                self.add(ExpressionKind::Text(text), node)
            }
            "int_literal" | "float_literal" | "imaginary_literal" => {
                let number = self.builder.name(node);
                self.add(ExpressionKind::Number(number), node)
            }
            "true" => self.add(ExpressionKind::Bool(true), node),
            "false" => self.add(ExpressionKind::Bool(false), node),
            "nil" => self.add(ExpressionKind::Null, node),
            "selector_expression" => self.selector(node),
            "call_expression" => self.call(node),
            "index_expression" => self.index(node),
            "slice_expression" => self.slice_expression(node),
            "type_instantiation_expression" => self.instantiation(node),
            "composite_literal" => self.composite(node),
            "func_literal" => {
                let id = self.function(node, name, None);
                self.add(ExpressionKind::Function(id), node)
            }
            "binary_expression" => self.binary(node),
            "unary_expression" => self.unary(node),
            "type_assertion_expression" | "type_conversion_expression" => self.cast(node),
            "parenthesized_expression" | "literal_element" | "expression_list" => {
                self.list_named(node, name)
            }
            "literal_value" => self.literal_value(node, None, node),
            kind if kind.ends_with("_type") => self.type_of(node),
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

    /// One value as itself, several as a list.
    pub(super) fn list(&mut self, node: Node) -> ExpressionId {
        self.list_named(node, Text::default())
    }

    pub(super) fn list_named(&mut self, node: Node, name: Text) -> ExpressionId {
        if let [only] = self.builder.children(node).as_slice() {
            return self.expression_named(*only, name);
        }
        let items = self.expressions_in(node);
        self.add(ExpressionKind::List(items), node)
    }

    fn selector(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("operand"), node.child_by_field_name("field"));
        let (Some(operand), Some(field)) = parts else { return self.other(node) };
        let object = self.expression(operand);
        let name = self.builder.name(field);
        self.add(ExpressionKind::Member { object, name }, node)
    }

    fn index(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("operand"), node.child_by_field_name("index"));
        let (Some(operand), Some(index)) = parts else { return self.other(node) };
        let (object, index) = (self.expression(operand), self.expression(index));
        self.add(ExpressionKind::Index { object, index }, node)
    }

    fn slice_expression(&mut self, node: Node) -> ExpressionId {
        let Some(operand) = node.child_by_field_name("operand") else { return self.other(node) };
        let object = self.expression(operand);
        let operands = ["start", "end", "capacity"]
            .into_iter()
            .filter_map(|field| node.child_by_field_name(field))
            .map(|bound| self.expression(bound))
            .collect();
        let range = ExpressionKind::Operation { operator: Operator::Range, operands };
        let index = self.add(range, node);
        self.add(ExpressionKind::Index { object, index }, node)
    }

    fn instantiation(&mut self, node: Node) -> ExpressionId {
        let mut types = self.types_in(node);
        if types.is_empty() {
            return self.other(node);
        }
        let object = types.remove(0);
        self.builder.add_index(object, types, node)
    }

    fn call(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("function"), node.child_by_field_name("arguments"));
        let (Some(function), Some(list)) = parts else { return self.other(node) };
        let nodes = self.builder.children(list);
        let arguments: Vec<_> = nodes.iter().map(|argument| self.argument(*argument)).collect();
        if let ([only], "identifier") = (arguments.as_slice(), function.kind())
            && is_built_in_type(self.slice(function))
        {
            let to = self.builder.add_name(function);
            return self.add(ExpressionKind::Cast { value: only.value, to }, node);
        }
        let spreads = arguments.iter().any(|argument| argument.spread);
        if let Some((first, rest)) = arguments.split_first()
            && !spreads
            && self.is_format(function)
            && let ExpressionKind::Text(format) = &self.builder.facts[first.value].kind
        {
            let format = format.clone();
            let values: Vec<_> = rest.iter().map(|argument| argument.value).collect();
            return self.builder.add_format(&format, Placeholders::Go, &values, nodes[0], node);
        }
        let mut callee = self.expression(function);
        if let Some(types) = node.child_by_field_name("type_arguments") {
            let types = self.types_in(types);
            callee = self.builder.add_index(callee, types, function);
        }
        self.builder.add_call(callee, arguments, CallStyle::Plain, node)
    }

    fn argument(&mut self, node: Node) -> Argument {
        if node.kind() == "variadic_argument" {
            return Argument { name: None, value: self.list(node), spread: true };
        }
        positional(self.expression(node))
    }

    /// `fmt.Sprintf`, under whatever name the package is imported.
    fn is_format(&self, function: Node) -> bool {
        let Some((package, "Sprintf")) = self.slice(function).split_once('.') else { return false };
        let imports = &self.builder.facts.imports;
        imports.iter().any(|import| import.module == "fmt" && import.local == package)
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
        let Some(operand) = node.child_by_field_name("operand") else { return self.other(node) };
        let value = self.expression(operand);
        let operator = match operator_of(node, self.builder.text) {
            "<-" => return self.add(ExpressionKind::Await(value), node),
            "!" => Operator::Not,
            "-" => Operator::Negate,
            "^" => Operator::BitXor,
            _ => return value,
        };
        self.add(ExpressionKind::Operation { operator, operands: vec![value] }, node)
    }

    fn cast(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("operand"), node.child_by_field_name("type"));
        let (Some(operand), Some(declared)) = parts else { return self.other(node) };
        let value = self.expression(operand);
        let to = self.type_of(declared);
        if node.kind() == "type_conversion_expression" && declared.kind() == "generic_type" {
            // `f[T](x)` looks like a conversion to the grammar; nearly always it is a call.
            return self.builder.add_call(to, vec![positional(value)], CallStyle::Plain, node);
        }
        self.add(ExpressionKind::Cast { value, to }, node)
    }

    fn composite(&mut self, node: Node) -> ExpressionId {
        let parts = (node.child_by_field_name("type"), node.child_by_field_name("body"));
        let (Some(declared), Some(body)) = parts else { return self.other(node) };
        self.literal_value(body, Some(declared), node)
    }

    /// `{…}` of a literal whose type is `declared`, or left out.
    fn literal_value(&mut self, body: Node, declared: Option<Node>, node: Node) -> ExpressionId {
        let elements = self.builder.children(body);
        let declared = declared.map(without_pointer);
        match declared.map(|declared| (declared.kind(), declared)) {
            Some(("slice_type" | "array_type" | "implicit_length_array_type", declared)) => {
                let inner = declared.child_by_field_name("element");
                let items = elements
                    .into_iter()
                    .map(|element| self.element(value_of(element), inner, Text::default()))
                    .collect();
                self.add(ExpressionKind::List(items), node)
            }
            Some(("map_type", declared)) => self.map_literal(&elements, declared, node),
            Some(("type_identifier" | "qualified_type" | "generic_type", declared)) => {
                let callee = self.type_of(declared);
                let arguments = elements.iter().map(|element| self.field_value(*element)).collect();
                self.builder.add_call(callee, arguments, CallStyle::Struct, node)
            }
            _ => self.untyped_literal(&elements, node),
        }
    }

    fn map_literal(&mut self, elements: &[Node], declared: Node, node: Node) -> ExpressionId {
        let inner = declared.child_by_field_name("value");
        let mut entries = Vec::with_capacity(elements.len());
        for element in elements {
            let Some(key) = element.child_by_field_name("key") else { continue };
            let key = self.expression(key);
            let key = match &self.builder.facts[key].kind {
                ExpressionKind::Text(text) => EntryKey::Name(text.clone()),
                _ => EntryKey::Computed(key),
            };
            let name = match &key {
                EntryKey::Name(name) => name.clone(),
                _ => Text::default(),
            };
            let value = self.element(value_of(*element), inner, name);
            entries.push(Entry { key, value, span: span(*element) });
        }
        self.add(ExpressionKind::Object(entries), node)
    }

    /// A literal of a structure without a name, or one whose type stands far outside.
    fn untyped_literal(&mut self, elements: &[Node], node: Node) -> ExpressionId {
        let is_keyed = elements.iter().any(|element| element.kind() == "keyed_element");
        let arguments: Vec<_> = elements.iter().map(|e| (self.field_value(*e), span(*e))).collect();
        if !is_keyed {
            let items = arguments.into_iter().map(|(argument, _)| argument.value).collect();
            return self.add(ExpressionKind::List(items), node);
        }
        let entries = arguments
            .into_iter()
            .map(|(argument, span)| Entry {
                key: argument.name.map_or(EntryKey::Spread, EntryKey::Name),
                value: argument.value,
                span,
            })
            .collect();
        self.add(ExpressionKind::Object(entries), node)
    }

    /// `Name: value` or `value` of a structure.
    fn field_value(&mut self, element: Node) -> Argument {
        let Some(key) = element.child_by_field_name("key") else {
            return positional(self.element(element, None, Text::default()));
        };
        let written = self.slice(key);
        let is_name = written.chars().all(|c| c.is_alphanumeric() || c == '_');
        let name = if is_name {
            Some(Text::from(written))
        } else {
            let key = self.expression(key);
            self.builder.facts[key].kind.as_text().map(Text::from)
        };
        let Some(name) = name else {
            let parts = vec![self.expression(key), self.expression(value_of(element))];
            return positional(self.add(ExpressionKind::Other(parts), element));
        };
        let value = self.element(value_of(element), None, name.clone());
        Argument { name: Some(name), value, spread: false }
    }

    fn element(&mut self, element: Node, declared: Option<Node>, name: Text) -> ExpressionId {
        let inner = match element.kind() {
            "literal_element" => element.named_child(0).unwrap_or(element),
            _ => element,
        };
        match inner.kind() {
            "literal_value" => self.literal_value(inner, declared, inner),
            _ => self.expression_named(inner, name),
        }
    }
}

fn value_of(element: Node) -> Node {
    element.child_by_field_name("value").unwrap_or(element)
}

fn without_pointer(declared: Node) -> Node {
    match declared.kind() {
        "pointer_type" => declared.named_child(0).unwrap_or(declared),
        _ => declared,
    }
}

fn is_built_in_type(name: &str) -> bool {
    matches!(
        name,
        "string"
            | "bool"
            | "byte"
            | "rune"
            | "error"
            | "any"
            | "int"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "uint"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "uintptr"
            | "float32"
            | "float64"
            | "complex64"
            | "complex128"
    )
}
