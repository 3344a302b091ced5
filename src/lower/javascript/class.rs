//! Classes, interfaces, object types and enumerations.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::{Label, Lowering};
use crate::facts::{
    Class, ClassId, ClassKind, ExpressionId, ExpressionKind, Field, FunctionId, Text,
};

impl Lowering<'_> {
    pub(super) fn class(&mut self, node: &ast::Class<'_>, label: Option<Label>) -> ClassId {
        let own_name = node
            .id
            .as_ref()
            .map(|id| Label { text: id.name.as_str().into(), span: self.span(id.span) });
        let id = self.open_class(ClassKind::Class, own_name.or(label), node.span);
        let decorators = self.decorators(&node.decorators);
        let mut bases = Vec::new();
        if let Some(heritage) = &node.heritage {
            let base = self.expression(&heritage.expression);
            bases.push(self.with_type_arguments(base, heritage.type_arguments.as_deref()));
        }
        for interface in &node.implements {
            let base = self.type_name(&interface.expression);
            bases.push(self.with_type_arguments(base, interface.type_arguments.as_deref()));
        }
        for element in &node.body.body {
            self.class_element(id, element);
        }
        let class = self.facts.class_mut(id);
        class.decorators = decorators;
        class.bases = bases;
        id
    }

    fn class_element(&mut self, class: ClassId, node: &ast::ClassElement<'_>) {
        match node {
            ast::ClassElement::MethodDefinition(method) => self.method(class, method),
            ast::ClassElement::StaticBlock(block) => {
                let function = self.open(None, self.span(block.span));
                let enclosing = std::mem::replace(&mut self.function, function);
                let body = self.statements(&block.body);
                self.function = enclosing;
                let lowered = self.facts.function_mut(function);
                lowered.body = body;
                lowered.is_static = true;
                self.add_method(class, function);
            }
            ast::ClassElement::PropertyDefinition(field) => {
                self.computed_key(class, &field.key, field.computed);
                let decorators = self.decorators(&field.decorators);
                let annotation = self.annotation(field.type_annotation.as_deref());
                let value = field.value.as_ref();
                let (name, value) = self.field_value(class, &field.key, value);
                let span = self.span(field.span);
                let is_static = field.r#static;
                let field = Field { name, annotation, value, decorators, is_static, span };
                self.facts.class_mut(class).fields.push(field);
            }
            ast::ClassElement::AccessorProperty(field) => {
                self.computed_key(class, &field.key, field.computed);
                let decorators = self.decorators(&field.decorators);
                let annotation = self.annotation(field.type_annotation.as_deref());
                let value = field.value.as_ref();
                let (name, value) = self.field_value(class, &field.key, value);
                let span = self.span(field.span);
                let is_static = field.r#static;
                let field = Field { name, annotation, value, decorators, is_static, span };
                self.facts.class_mut(class).fields.push(field);
            }
            ast::ClassElement::TSIndexSignature(_) => {}
        }
    }

    /// The name of a field and its value. A function held by a field is called like a method, so it
    /// knows its class.
    fn field_value(
        &mut self,
        class: ClassId,
        key: &ast::PropertyKey<'_>,
        value: Option<&ast::Expression<'_>>,
    ) -> (Text, Option<ExpressionId>) {
        let label = self.key_label(key);
        let name = label.text.clone();
        let value = value.map(|value| self.labelled(value, Some(label)));
        let kind = value.map(|value| &self.facts[value].kind);
        if let Some(&ExpressionKind::Function(function)) = kind {
            self.facts.function_mut(function).class = Some(class);
        }
        (name, value)
    }

    /// Overload signatures and abstract methods have no body and are passed over.
    fn method(&mut self, class: ClassId, node: &ast::MethodDefinition<'_>) {
        if node.value.body.is_none() {
            return;
        }
        self.computed_key(class, &node.key, node.computed);
        let decorators = self.decorators(&node.decorators);
        let label = self.key_label(&node.key);
        let is_hidden = matches!(
            node.accessibility,
            Some(ast::TSAccessibility::Private | ast::TSAccessibility::Protected)
        ) || matches!(node.key, ast::PropertyKey::PrivateIdentifier(_));
        let function = self.function(&node.value, Some(label), node.span);
        let lowered = self.facts.function_mut(function);
        lowered.decorators = decorators;
        lowered.is_static = node.r#static;
        lowered.is_public = !is_hidden;
        self.add_method(class, function);
        if node.kind == ast::MethodDefinitionKind::Constructor {
            self.parameter_properties(class, function, &node.value.params);
        }
    }

    fn add_method(&mut self, class: ClassId, function: FunctionId) {
        self.facts.function_mut(function).class = Some(class);
        self.facts.class_mut(class).methods.push(function);
    }

    /// `constructor(private readonly users: Users)` declares a field too.
    fn parameter_properties(
        &mut self,
        class: ClassId,
        constructor: FunctionId,
        node: &ast::FormalParameters<'_>,
    ) {
        let parameters = self.facts.function_mut(constructor).parameters.clone();
        let parameters = parameters.iter().filter(|parameter| parameter.name().is_some());
        for parameter in parameters {
            let is_property = node.items.iter().any(|item| {
                self.span(item.span) == parameter.span
                    && (item.accessibility.is_some() || item.readonly || item.r#override)
            });
            if let (true, Some(name)) = (is_property, parameter.name()) {
                self.facts.class_mut(class).fields.push(Field {
                    name: name.clone(),
                    annotation: parameter.annotation,
                    value: None,
                    decorators: parameter.decorators.clone(),
                    is_static: false,
                    span: parameter.span,
                });
            }
        }
    }

    /// A computed key that calls something runs with the class: it is kept as a static field without a
    /// name.
    fn computed_key(&mut self, class: ClassId, key: &ast::PropertyKey<'_>, computed: bool) {
        let Some(key) = key.as_expression().filter(|_| computed) else { return };
        let before = self.facts.expressions.len();
        let value = self.expression(key);
        let calls = self.facts.expressions[before..]
            .iter()
            .any(|expression| matches!(expression.kind, ExpressionKind::Call { .. }));
        if calls {
            let span = self.facts[value].span;
            self.facts.class_mut(class).fields.push(Field {
                name: Text::default(),
                annotation: None,
                value: Some(value),
                decorators: Vec::new(),
                is_static: true,
                span,
            });
        }
    }

    pub(super) fn enumeration(&mut self, node: &ast::TSEnumDeclaration<'_>) -> ClassId {
        let label = Label { text: node.id.name.as_str().into(), span: self.span(node.id.span) };
        let id = self.open_class(ClassKind::Enumeration, Some(label), node.span);
        for member in &node.body.members {
            let name = member.id.static_name().as_str().into();
            let value = member.initializer.as_ref().map(|value| self.expression(value));
            let span = self.span(member.span);
            self.facts.class_mut(id).fields.push(Field {
                name,
                annotation: None,
                value,
                decorators: Vec::new(),
                is_static: true,
                span,
            });
        }
        id
    }

    pub(super) fn interface(&mut self, node: &ast::TSInterfaceDeclaration<'_>) -> ClassId {
        let label = Label { text: node.id.name.as_str().into(), span: self.span(node.id.span) };
        let id = self.open_class(ClassKind::Interface, Some(label), node.span);
        let mut bases = Vec::new();
        for base in &node.extends {
            let name = self.type_name(&base.type_name);
            bases.push(self.with_type_arguments(name, base.type_arguments.as_deref()));
        }
        self.facts.class_mut(id).bases = bases;
        self.signatures(id, &node.body.body);
        id
    }

    /// An alias of an object type, of another type by name, or of an intersection of such types. Other
    /// aliases (unions, conditional types) have neither fields nor bases and give nothing.
    pub(super) fn type_alias(&mut self, node: &ast::TSTypeAliasDeclaration<'_>) -> Option<ClassId> {
        let parts = match &node.type_annotation {
            ast::TSType::TSIntersectionType(intersection) => intersection.types.iter().collect(),
            other => vec![other],
        };
        let is_object = |part: &&ast::TSType<'_>| {
            matches!(part, ast::TSType::TSTypeLiteral(_) | ast::TSType::TSTypeReference(_))
        };
        if !parts.iter().any(is_object) {
            return None;
        }
        let label = Label { text: node.id.name.as_str().into(), span: self.span(node.id.span) };
        let id = self.open_class(ClassKind::Interface, Some(label), node.span);
        for part in parts {
            if let ast::TSType::TSTypeLiteral(literal) = part {
                self.signatures(id, &literal.members);
            } else {
                let base = self.type_expression(part);
                self.facts.class_mut(id).bases.push(base);
            }
        }
        Some(id)
    }

    fn signatures(&mut self, class: ClassId, nodes: &[ast::TSSignature<'_>]) {
        for node in nodes {
            let (key, annotation) = match node {
                ast::TSSignature::TSPropertySignature(property) => {
                    (&property.key, self.annotation(property.type_annotation.as_deref()))
                }
                ast::TSSignature::TSMethodSignature(method) => {
                    (&method.key, self.annotation(method.return_type.as_deref()))
                }
                _ => continue,
            };
            let name = self.key_label(key).text;
            let span = self.span(node.span());
            self.facts.class_mut(class).fields.push(Field {
                name,
                annotation,
                value: None,
                decorators: Vec::new(),
                is_static: false,
                span,
            });
        }
    }

    fn open_class(
        &mut self,
        kind: ClassKind,
        label: Option<Label>,
        span: oxc_span::Span,
    ) -> ClassId {
        let span = self.span(span);
        let (name, name_span) = match label {
            Some(label) => (label.text, label.span),
            None => (Text::default(), span),
        };
        self.facts.add_class(Class {
            name,
            kind,
            bases: Vec::new(),
            options: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: false,
            span,
            name_span,
        })
    }
}
