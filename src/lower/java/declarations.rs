//! Classes, fields, methods and annotations.

use tree_sitter::Node;

use crate::facts::{
    Argument, Block, CallStyle, Class, ClassId, ClassKind, ExpressionId, ExpressionKind, Field,
    Function, FunctionId, Parameter, ParameterKind, Pattern, StatementKind, Text,
};
use crate::lower::tree::{positional, span};

use super::Lowering;

impl Lowering<'_> {
    /// A class, interface, enumeration, record or annotation type.
    pub(super) fn class(&mut self, node: Node) -> ClassId {
        let name_node = node.child_by_field_name("name");
        let kind = match node.kind() {
            "interface_declaration" | "annotation_type_declaration" => ClassKind::Interface,
            "enum_declaration" => ClassKind::Enumeration,
            "record_declaration" => ClassKind::Structure,
            _ => ClassKind::Class,
        };
        let mut bases = Vec::new();
        for child in self.builder.children(node) {
            match child.kind() {
                "superclass" => bases.push(self.type_of(child)),
                "super_interfaces" | "extends_interfaces" => {
                    for list in self.builder.children(child) {
                        bases.extend(self.types_in(list));
                    }
                }
                _ => {}
            }
        }
        let decorators = self.annotations(node);
        let id = self.builder.facts.add_class(Class {
            name: name_node.map(|name| self.builder.name(name)).unwrap_or_default(),
            kind,
            bases,
            options: Vec::new(),
            decorators,
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: self.has_modifier(node, "public"),
            span: span(node),
            name_span: span(name_node.unwrap_or(node)),
        });
        let outer = self.class.replace(id);
        if node.kind() == "record_declaration" {
            self.record_components(node, id);
        }
        if let Some(body) = node.child_by_field_name("body") {
            self.members(body, id);
        }
        self.class = outer;
        id
    }

    /// `new Base() { … }`: a class without a name whose base is what is constructed.
    pub(super) fn anonymous_class(&mut self, base: ExpressionId, body: Node) -> ClassId {
        let id = self.builder.facts.add_class(Class {
            name: Text::default(),
            kind: ClassKind::Class,
            bases: vec![base],
            options: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: false,
            span: span(body),
            name_span: span(body),
        });
        let outer = self.class.replace(id);
        self.members(body, id);
        self.class = outer;
        id
    }

    fn members(&mut self, body: Node, class: ClassId) {
        for member in self.builder.children(body) {
            match member.kind() {
                "field_declaration" | "constant_declaration" => self.fields(member, class),
                "method_declaration"
                | "constructor_declaration"
                | "compact_constructor_declaration"
                | "annotation_type_element_declaration" => {
                    let method = self.method(member);
                    self.builder.facts.class_mut(class).methods.push(method);
                }
                "static_initializer" | "block" => {
                    let method = self.initializer(member);
                    self.builder.facts.class_mut(class).methods.push(method);
                }
                "enum_constant" => self.enum_constant(member, class),
                "enum_body_declarations" => self.members(member, class),
                kind if kind.ends_with("_declaration") => {
                    let inner = self.class(member);
                    self.nested(inner, member);
                }
                _ => {
                    // Only what did not parse; its calls are kept as a statement of its own.
                    let mut block = Block::new();
                    self.statement(member, &mut block);
                    self.top_level_statements(block);
                }
            }
        }
    }

    /// A class inside a class stands among the statements of the file.
    fn nested(&mut self, class: ClassId, node: Node) {
        let mut block = Block::new();
        self.builder.statement(StatementKind::Class(class), node, &mut block);
        self.top_level_statements(block);
    }

    fn top_level_statements(&mut self, block: Block) {
        let function = self.builder.function;
        self.builder.facts.function_mut(function).body.extend(block);
    }

    fn fields(&mut self, node: Node, class: ClassId) {
        let annotation = node.child_by_field_name("type").map(|node| self.type_of(node));
        let decorators = self.annotations(node);
        let is_constant = node.kind() == "constant_declaration";
        let is_static = is_constant || self.has_modifier(node, "static");
        let mut cursor = node.walk();
        let declarators: Vec<_> = node.children_by_field_name("declarator", &mut cursor).collect();
        for declarator in declarators {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let name = self.builder.name(name);
            let value = declarator.child_by_field_name("value");
            let value = value.map(|value| self.expression_named(value, name.clone()));
            self.builder.facts.class_mut(class).fields.push(Field {
                name,
                annotation,
                value,
                decorators: decorators.clone(),
                is_static,
                span: span(node),
            });
        }
    }

    fn record_components(&mut self, node: Node, class: ClassId) {
        let Some(list) = node.child_by_field_name("parameters") else { return };
        for parameter in self.parameters(list) {
            let Some(name) = parameter.name().cloned() else { continue };
            self.builder.facts.class_mut(class).fields.push(Field {
                name,
                annotation: parameter.annotation,
                value: None,
                decorators: parameter.decorators,
                is_static: false,
                span: parameter.span,
            });
        }
    }

    fn enum_constant(&mut self, node: Node, class: ClassId) {
        let Some(name_node) = node.child_by_field_name("name") else { return };
        let decorators = self.annotations(node);
        let arguments = node.child_by_field_name("arguments").map(|list| self.arguments(list));
        let body = node.child_by_field_name("body");
        let value = if arguments.is_some() || body.is_some() {
            let own = self.builder.facts.class_mut(class).name.clone();
            let callee = self.builder.add_word(&own, name_node);
            let mut arguments = arguments.unwrap_or_default();
            if let Some(body) = body {
                let base = self.builder.add_word(&own, name_node);
                let inner = self.anonymous_class(base, body);
                arguments.push(positional(self.add(ExpressionKind::Class(inner), body)));
            }
            Some(self.builder.add_call(callee, arguments, CallStyle::New, node))
        } else {
            None
        };
        let name = self.builder.name(name_node);
        self.builder.facts.class_mut(class).fields.push(Field {
            name,
            annotation: None,
            value,
            decorators,
            is_static: true,
            span: span(node),
        });
    }

    pub(super) fn method(&mut self, node: Node) -> FunctionId {
        let name_node = node.child_by_field_name("name");
        let is_constructor = node.kind().ends_with("constructor_declaration");
        let name = if is_constructor {
            Text::from("<init>")
        } else {
            name_node.map(|name| self.builder.name(name)).unwrap_or_default()
        };
        let decorators = self.annotations(node);
        let in_interface = self
            .class
            .is_some_and(|class| self.builder.facts.class_mut(class).kind == ClassKind::Interface);
        let function = Function {
            name,
            class: self.class,
            decorators,
            is_public: self.has_modifier(node, "public")
                || in_interface && !self.has_modifier(node, "private"),
            is_static: self.has_modifier(node, "static"),
            span: span(node),
            name_span: span(name_node.unwrap_or(node)),
            ..Function::default()
        };
        self.function(function, |this, function| {
            if let Some(list) = node.child_by_field_name("parameters") {
                function.parameters = this.parameters(list);
            }
            function.returns = node.child_by_field_name("type").map(|node| this.type_of(node));
            if let Some(body) = node.child_by_field_name("body") {
                this.block_into(body, &mut function.body);
            }
            if let Some(value) = node.child_by_field_name("value") {
                let returned = Some(this.annotation_value(value));
                this.builder.statement(StatementKind::Return(returned), value, &mut function.body);
            }
        })
    }

    /// `static { … }` and `{ … }` of a class.
    fn initializer(&mut self, node: Node) -> FunctionId {
        let is_static = node.kind() == "static_initializer";
        let function = Function {
            name: if is_static { "<clinit>" } else { "<init>" }.into(),
            class: self.class,
            is_static,
            span: span(node),
            name_span: span(node),
            ..Function::default()
        };
        let block = if is_static {
            self.builder.children(node).into_iter().next().unwrap_or(node)
        } else {
            node
        };
        self.function(function, |this, function| this.block_into(block, &mut function.body))
    }

    pub(super) fn parameters(&mut self, list: Node) -> Vec<Parameter> {
        self.builder
            .children(list)
            .into_iter()
            .filter(|node| node.kind() != "receiver_parameter")
            .map(|node| self.parameter(node))
            .collect()
    }

    fn parameter(&mut self, node: Node) -> Parameter {
        let (kind, declared, name) = if node.kind() == "spread_parameter" {
            let parts = self.plain_children(node);
            let declarator = parts.iter().find(|part| part.kind() == "variable_declarator");
            let name = declarator.and_then(|declarator| declarator.child_by_field_name("name"));
            let declared = parts.iter().find(|part| part.kind() != "variable_declarator");
            (ParameterKind::Rest, declared.copied(), name)
        } else {
            let name = node.child_by_field_name("name");
            let is_bare = node.kind() == "identifier";
            let name = if is_bare { Some(node) } else { name };
            (ParameterKind::Plain, node.child_by_field_name("type"), name)
        };
        Parameter {
            pattern: name.map_or(Pattern::Ignore, |name| self.name_pattern(name)),
            annotation: declared.map(|declared| self.type_of(declared)),
            default: None,
            decorators: self.annotations(node),
            kind,
            span: span(node),
        }
    }

    pub(super) fn name_pattern(&self, name: Node) -> Pattern {
        match self.slice(name) {
            "_" => Pattern::Ignore,
            name => Pattern::Name(name.into()),
        }
    }

    /// The annotations of a declaration, in its modifiers or beside them.
    pub(super) fn annotations(&mut self, node: Node) -> Vec<ExpressionId> {
        let mut annotations = Vec::new();
        for child in self.builder.children(node) {
            match child.kind() {
                "modifiers" => annotations.extend(self.annotations(child)),
                "annotation" | "marker_annotation" => annotations.push(self.annotation(child)),
                _ => {}
            }
        }
        annotations
    }

    fn annotation(&mut self, node: Node) -> ExpressionId {
        let Some(name) = node.child_by_field_name("name") else { return self.other(node) };
        let callee = self.scoped(name);
        let Some(list) = node.child_by_field_name("arguments") else { return callee };
        let mut arguments = Vec::new();
        for argument in self.builder.children(list) {
            let key = argument.child_by_field_name("key");
            let is_pair = argument.kind() == "element_value_pair";
            let value = argument.child_by_field_name("value").filter(|_| is_pair);
            arguments.push(Argument {
                name: key.filter(|_| is_pair).map(|key| self.builder.name(key)),
                value: self.annotation_value(value.unwrap_or(argument)),
                spread: false,
            });
        }
        self.builder.add_call(callee, arguments, CallStyle::Plain, node)
    }

    fn annotation_value(&mut self, node: Node) -> ExpressionId {
        match node.kind() {
            "annotation" | "marker_annotation" => self.annotation(node),
            "element_value_array_initializer" => {
                let items = self.builder.children(node);
                let items = items.into_iter().map(|item| self.annotation_value(item)).collect();
                self.add(ExpressionKind::List(items), node)
            }
            _ => self.expression(node),
        }
    }

    fn has_modifier(&self, node: Node, word: &str) -> bool {
        let modifiers = self.builder.children(node).into_iter().find(|c| c.kind() == "modifiers");
        modifiers.is_some_and(|modifiers| {
            let mut cursor = modifiers.walk();
            modifiers.children(&mut cursor).any(|child| child.kind() == word)
        })
    }
}
