//! JSX.

use oxc_ast::ast;

use super::{Label, Lowering, text};
use crate::facts::{Entry, EntryKey, ExpressionId, ExpressionKind};

impl Lowering<'_> {
    pub(super) fn element(&mut self, node: &ast::JSXElement<'_>) -> ExpressionId {
        let opening = &node.opening_element;
        let name = self.slice(oxc_span::GetSpan::span(&opening.name)).into();
        let attributes = opening.attributes.iter().map(|item| self.attribute(item)).collect();
        let children = self.children(&node.children);
        let kind = ExpressionKind::Element { name, attributes, children };
        self.facts.add_expression(kind, self.span(node.span))
    }

    /// `<>…</>` is an element without a name.
    pub(super) fn fragment(&mut self, node: &ast::JSXFragment<'_>) -> ExpressionId {
        let children = self.children(&node.children);
        let kind = ExpressionKind::Element { name: "".into(), attributes: Vec::new(), children };
        self.facts.add_expression(kind, self.span(node.span))
    }

    fn attribute(&mut self, node: &ast::JSXAttributeItem<'_>) -> Entry {
        let attribute = match node {
            ast::JSXAttributeItem::Attribute(attribute) => attribute,
            ast::JSXAttributeItem::SpreadAttribute(spread) => {
                let value = self.expression(&spread.argument);
                return Entry { key: EntryKey::Spread, value, span: self.span(spread.span) };
            }
        };
        let name_span = oxc_span::GetSpan::span(&attribute.name);
        let label = Label { text: self.slice(name_span).into(), span: self.span(name_span) };
        let span = self.span(attribute.span);
        let key = EntryKey::Name(label.text.clone());
        let value = match &attribute.value {
            None => self.facts.add_expression(ExpressionKind::Bool(true), span),
            Some(ast::JSXAttributeValue::StringLiteral(literal)) => {
                let kind = ExpressionKind::Text(text(literal.value.as_str()));
                self.facts.add_expression(kind, self.span(literal.span))
            }
            Some(ast::JSXAttributeValue::ExpressionContainer(container)) => {
                match container.expression.as_expression() {
                    Some(expression) => self.labelled(expression, Some(label)),
                    None => self.facts.add_expression(ExpressionKind::Null, span),
                }
            }
            Some(ast::JSXAttributeValue::Element(element)) => self.element(element),
            Some(ast::JSXAttributeValue::Fragment(fragment)) => self.fragment(fragment),
        };
        Entry { key, value, span }
    }

    fn children(&mut self, nodes: &[ast::JSXChild<'_>]) -> Vec<ExpressionId> {
        nodes.iter().filter_map(|node| self.child(node)).collect()
    }

    /// Text between tags without what surrounds it; nothing for blanks and empty braces.
    fn child(&mut self, node: &ast::JSXChild<'_>) -> Option<ExpressionId> {
        match node {
            ast::JSXChild::Text(literal) => {
                let words = literal.value.trim();
                let kind = ExpressionKind::Text(text(words));
                let span = self.span(literal.span);
                (!words.is_empty()).then(|| self.facts.add_expression(kind, span))
            }
            ast::JSXChild::Element(element) => Some(self.element(element)),
            ast::JSXChild::Fragment(fragment) => Some(self.fragment(fragment)),
            ast::JSXChild::ExpressionContainer(container) => {
                container.expression.as_expression().map(|inner| self.expression(inner))
            }
            ast::JSXChild::Spread(spread) => {
                let value = self.expression(&spread.expression);
                let kind = ExpressionKind::Spread(value);
                Some(self.facts.add_expression(kind, self.span(spread.span)))
            }
        }
    }
}
