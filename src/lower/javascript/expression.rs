//! Expressions.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::{Label, Lowering, pattern::target_label, text};
use crate::facts::{
    Argument, CallStyle, Entry, EntryKey, ExpressionId, ExpressionKind, Operator, Span, Text,
};

mod operator;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, node: &ast::Expression<'_>) -> ExpressionId {
        self.labelled(node, None)
    }

    /// Lowers an expression that is bound directly to a name; an anonymous function or class takes it.
    pub(super) fn labelled(
        &mut self,
        node: &ast::Expression<'_>,
        label: Option<Label>,
    ) -> ExpressionId {
        use ast::Expression as Node;
        let kind = match node {
            // What leaves no trace.
            Node::ParenthesizedExpression(inner) => return self.labelled(&inner.expression, label),
            Node::TSSatisfiesExpression(inner) => return self.labelled(&inner.expression, label),
            Node::TSNonNullExpression(inner) => return self.labelled(&inner.expression, label),
            Node::TSInstantiationExpression(inner) => {
                return self.labelled(&inner.expression, label);
            }
            Node::TSAsExpression(inner) if inner.type_annotation.is_const_type_reference() => {
                return self.labelled(&inner.expression, label);
            }
            Node::TSTypeAssertion(inner) if inner.type_annotation.is_const_type_reference() => {
                return self.labelled(&inner.expression, label);
            }
            Node::ChainExpression(chain) => return self.chain(&chain.expression),

            Node::BooleanLiteral(literal) => ExpressionKind::Bool(literal.value),
            Node::NullLiteral(_) => ExpressionKind::Null,
            Node::NumericLiteral(literal) => ExpressionKind::Number(text(self.slice(literal.span))),
            Node::BigIntLiteral(literal) => ExpressionKind::Number(text(self.slice(literal.span))),
            Node::RegExpLiteral(literal) => {
                ExpressionKind::Regex(text(literal.regex.pattern.text.as_str()))
            }
            Node::StringLiteral(literal) => ExpressionKind::Text(text(literal.value.as_str())),
            Node::TemplateLiteral(template) => self.template(template),
            Node::TaggedTemplateExpression(tagged) => self.tagged(tagged),
            Node::Identifier(name) => match name.name.as_str() {
                "undefined" => ExpressionKind::Null,
                name => ExpressionKind::Name(name.into()),
            },
            Node::ThisExpression(_) => ExpressionKind::Name("this".into()),
            Node::Super(_) => ExpressionKind::Name("super".into()),
            Node::ImportMeta(meta) => self.meta("import", "meta", meta.span),
            Node::NewTarget(meta) => self.meta("new", "target", meta.span),

            Node::ArrayExpression(array) => self.array(array),
            Node::ObjectExpression(object) => self.object(object),
            Node::FunctionExpression(function) => {
                ExpressionKind::Function(self.function(function, label, function.span))
            }
            Node::ArrowFunctionExpression(arrow) => {
                ExpressionKind::Function(self.arrow(arrow, label))
            }
            Node::ClassExpression(class) => ExpressionKind::Class(self.class(class, label)),
            Node::JSXElement(element) => return self.element(element),
            Node::JSXFragment(fragment) => return self.fragment(fragment),

            Node::CallExpression(call) => return self.call(call),
            Node::NewExpression(new) => {
                let callee = self.expression(&new.callee);
                let arguments = self.arguments(&new.arguments);
                ExpressionKind::Call { callee, arguments, style: CallStyle::New }
            }
            Node::ImportExpression(import) => self.import_call(import),
            Node::V8IntrinsicExpression(call) => {
                let arguments = self.arguments(&call.arguments);
                ExpressionKind::Other(arguments.iter().map(|argument| argument.value).collect())
            }
            Node::ComputedMemberExpression(_)
            | Node::StaticMemberExpression(_)
            | Node::PrivateFieldExpression(_) => return self.member(node.to_member_expression()),

            Node::BinaryExpression(_) | Node::LogicalExpression(_) => return self.operation(node),
            Node::PrivateInExpression(membership) => {
                let name = ExpressionKind::Name(self.slice(membership.left.span).into());
                let name = self.facts.add_expression(name, self.span(membership.left.span));
                let container = self.expression(&membership.right);
                let operands = vec![name, container];
                ExpressionKind::Operation { operator: Operator::In, operands }
            }
            Node::UnaryExpression(unary) => self.unary(unary),
            Node::UpdateExpression(update) => self.update(update),
            Node::AssignmentExpression(assignment) => self.assignment(assignment),
            Node::ConditionalExpression(conditional) => {
                let test = self.expression(&conditional.test);
                let then = self.labelled(&conditional.consequent, label.clone());
                let otherwise = self.labelled(&conditional.alternate, label);
                ExpressionKind::Conditional { test, then, otherwise }
            }
            Node::AwaitExpression(inner) => ExpressionKind::Await(self.expression(&inner.argument)),
            Node::YieldExpression(inner) => {
                let value = inner.argument.as_ref().map(|argument| self.expression(argument));
                ExpressionKind::Yield(value)
            }
            Node::SequenceExpression(sequence) => {
                let parts = sequence.expressions.iter().map(|part| self.expression(part));
                ExpressionKind::Other(parts.collect())
            }
            Node::TSAsExpression(cast) => {
                let value = self.labelled(&cast.expression, label);
                ExpressionKind::Cast { value, to: self.type_expression(&cast.type_annotation) }
            }
            Node::TSTypeAssertion(cast) => {
                let value = self.labelled(&cast.expression, label);
                ExpressionKind::Cast { value, to: self.type_expression(&cast.type_annotation) }
            }
        };
        self.facts.add_expression(kind, self.span(node.span()))
    }

    fn chain(&mut self, node: &ast::ChainElement<'_>) -> ExpressionId {
        match node {
            ast::ChainElement::CallExpression(call) => self.call(call),
            ast::ChainElement::TSNonNullExpression(inner) => self.expression(&inner.expression),
            _ => self.member(node.to_member_expression()),
        }
    }

    fn call(&mut self, node: &ast::CallExpression<'_>) -> ExpressionId {
        let callee = self.expression(&node.callee);
        let arguments = self.arguments(&node.arguments);
        let kind = ExpressionKind::Call { callee, arguments, style: CallStyle::Plain };
        self.facts.add_expression(kind, self.span(node.span))
    }

    /// A dynamic import is a call of `import`.
    fn import_call(&mut self, node: &ast::ImportExpression<'_>) -> ExpressionKind {
        let start = node.span.start;
        let keyword = self.span(oxc_span::Span::new(start, start + 6));
        let callee = self.facts.add_expression(ExpressionKind::Name("import".into()), keyword);
        let arguments = std::iter::once(&node.source)
            .chain(&node.options)
            .map(|value| plain_argument(self.expression(value)))
            .collect();
        ExpressionKind::Call { callee, arguments, style: CallStyle::Plain }
    }

    fn arguments(&mut self, nodes: &[ast::Argument<'_>]) -> Vec<Argument> {
        let argument = |node: &ast::Argument<'_>| match node {
            ast::Argument::SpreadElement(spread) => {
                Argument { spread: true, ..plain_argument(self.expression(&spread.argument)) }
            }
            _ => plain_argument(self.expression(node.to_expression())),
        };
        nodes.iter().map(argument).collect()
    }

    pub(super) fn member(&mut self, node: &ast::MemberExpression<'_>) -> ExpressionId {
        let object = self.expression(node.object());
        let kind = match node {
            ast::MemberExpression::ComputedMemberExpression(member) => {
                ExpressionKind::Index { object, index: self.expression(&member.expression) }
            }
            ast::MemberExpression::StaticMemberExpression(member) => {
                ExpressionKind::Member { object, name: member.property.name.as_str().into() }
            }
            ast::MemberExpression::PrivateFieldExpression(member) => {
                ExpressionKind::Member { object, name: self.slice(member.field.span).into() }
            }
        };
        self.facts.add_expression(kind, self.span(node.span()))
    }

    fn meta(&mut self, object: &str, name: &str, span: oxc_span::Span) -> ExpressionKind {
        let object = ExpressionKind::Name(object.into());
        let object = self.facts.add_expression(object, self.span(span));
        ExpressionKind::Member { object, name: name.into() }
    }

    fn array(&mut self, node: &ast::ArrayExpression<'_>) -> ExpressionKind {
        let item = |item: &ast::ArrayExpressionElement<'_>| match item {
            ast::ArrayExpressionElement::SpreadElement(spread) => {
                let value = self.expression(&spread.argument);
                self.facts.add_expression(ExpressionKind::Spread(value), self.span(spread.span))
            }
            ast::ArrayExpressionElement::Elision(hole) => {
                self.facts.add_expression(ExpressionKind::Null, self.span(hole.span))
            }
            _ => self.expression(item.to_expression()),
        };
        ExpressionKind::List(node.elements.iter().map(item).collect())
    }

    fn object(&mut self, node: &ast::ObjectExpression<'_>) -> ExpressionKind {
        let entry = |property: &ast::ObjectPropertyKind<'_>| match property {
            ast::ObjectPropertyKind::SpreadProperty(spread) => Entry {
                key: EntryKey::Spread,
                value: self.expression(&spread.argument),
                span: self.span(spread.span),
            },
            ast::ObjectPropertyKind::ObjectProperty(property) => self.property(property),
        };
        ExpressionKind::Object(node.properties.iter().map(entry).collect())
    }

    fn property(&mut self, node: &ast::ObjectProperty<'_>) -> Entry {
        let label = self.key_label(&node.key);
        let key = match node.key.as_expression() {
            Some(key) if node.computed && node.key.static_name().is_none() => {
                EntryKey::Computed(self.expression(key))
            }
            _ => EntryKey::Name(label.text.clone()),
        };
        let is_method = node.method || node.kind != ast::PropertyKind::Init;
        let value = match &node.value {
            // The span of a method's function starts at its parameters; the property's is all of it.
            ast::Expression::FunctionExpression(function) if is_method => {
                let id = self.function(function, Some(label), node.span);
                let span = self.span(node.span);
                self.facts.add_expression(ExpressionKind::Function(id), span)
            }
            value => self.labelled(value, Some(label)),
        };
        Entry { key, value, span: self.span(node.span) }
    }

    /// The name of a property, as text; a computed one as it is written.
    pub(super) fn key_label(&self, node: &ast::PropertyKey<'_>) -> Label {
        let name = match node.static_name() {
            Some(name) => Text::from(name.as_ref()),
            None => text(self.slice(node.span())),
        };
        Label { text: name, span: self.span(node.span()) }
    }

    fn template(&mut self, node: &ast::TemplateLiteral<'_>) -> ExpressionKind {
        if node.expressions.is_empty() {
            return ExpressionKind::Text(node.quasis.first().map(cooked).unwrap_or_default());
        }
        let mut values = node.expressions.iter();
        let mut parts = Vec::with_capacity(node.quasis.len() + node.expressions.len());
        for quasi in &node.quasis {
            let literal = cooked(quasi);
            if !literal.is_empty() {
                let kind = ExpressionKind::Text(literal);
                parts.push(self.facts.add_expression(kind, self.span(quasi.span)));
            }
            parts.extend(values.next().map(|value| self.expression(value)));
        }
        ExpressionKind::Concat(parts)
    }

    fn tagged(&mut self, node: &ast::TaggedTemplateExpression<'_>) -> ExpressionKind {
        let callee = self.expression(&node.tag);
        let literals = node.quasi.quasis.iter().map(|quasi| {
            let kind = ExpressionKind::Text(cooked(quasi));
            self.facts.add_expression(
                kind,
                Span::new(self.base + quasi.span.start, self.base + quasi.span.end),
            )
        });
        let literals = ExpressionKind::Concat(literals.collect());
        let literals = self.facts.add_expression(literals, self.span(node.quasi.span));
        let mut arguments = vec![plain_argument(literals)];
        let values = node.quasi.expressions.iter();
        arguments.extend(values.map(|value| plain_argument(self.expression(value))));
        ExpressionKind::Call { callee, arguments, style: CallStyle::Tagged }
    }

    fn assignment(&mut self, node: &ast::AssignmentExpression<'_>) -> ExpressionKind {
        let target = self.target_expression(&node.left);
        let label = target_label(self, &node.left);
        let value = self.labelled(&node.right, label);
        self.common_export(&node.left, value, node.span);
        let operator = operator::of_assignment(node.operator);
        ExpressionKind::Assign { target, operator, value }
    }
}

fn plain_argument(value: ExpressionId) -> Argument {
    Argument { name: None, value, spread: false }
}

/// The text of a piece of a template; a piece with a wrong escape as it is written.
pub(super) fn cooked(quasi: &ast::TemplateElement<'_>) -> Text {
    text(quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw).as_str())
}
