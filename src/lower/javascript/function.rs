//! Functions and their parameters.

use oxc_ast::ast;

use super::{Label, Lowering};
use crate::facts::{
    Block, ExpressionId, Function, FunctionId, Parameter, ParameterKind, Pattern, Span,
    StatementKind, Text,
};

impl Lowering<'_> {
    /// Lowers a function with its body. `whole` is its span where the parser's starts too late.
    pub(super) fn function(
        &mut self,
        node: &ast::Function<'_>,
        label: Option<Label>,
        whole: oxc_span::Span,
    ) -> FunctionId {
        let own_name = node
            .id
            .as_ref()
            .map(|id| Label { text: id.name.as_str().into(), span: self.span(id.span) });
        let function = self.open(own_name.or(label), self.span(whole));
        let enclosing = std::mem::replace(&mut self.function, function);
        let mut parameters: Vec<_> =
            node.this_param.iter().map(|parameter| self.this_parameter(parameter)).collect();
        parameters.extend(self.parameters(&node.params));
        let returns = self.annotation(node.return_type.as_deref());
        let (body, directives) =
            node.body.as_deref().map(|body| self.body(body)).unwrap_or_default();
        self.function = enclosing;

        let lowered = self.facts.function_mut(function);
        lowered.is_async = node.r#async;
        lowered.is_generator = node.generator;
        lowered.parameters = parameters;
        lowered.returns = returns;
        lowered.body = body;
        lowered.directives = directives;
        function
    }

    /// Lowers an arrow function; a body that is an expression is what it returns.
    pub(super) fn arrow(
        &mut self,
        node: &ast::ArrowFunctionExpression<'_>,
        label: Option<Label>,
    ) -> FunctionId {
        let function = self.open(label, self.span(node.span));
        let enclosing = std::mem::replace(&mut self.function, function);
        let parameters = self.parameters(&node.params);
        let returns = self.annotation(node.return_type.as_deref());
        let (body, directives) = match &node.body {
            ast::ArrowFunctionBody::FunctionBody(body) => self.body(body),
            body => {
                let value = self.expression(body.to_expression());
                let span = self.facts[value].span;
                let statement = StatementKind::Return(Some(value));
                (vec![self.facts.add_statement(statement, span)], Vec::new())
            }
        };
        self.function = enclosing;

        let lowered = self.facts.function_mut(function);
        lowered.is_async = node.r#async;
        lowered.parameters = parameters;
        lowered.returns = returns;
        lowered.body = body;
        lowered.directives = directives;
        function
    }

    /// A function without a body yet, so that numbers follow the order of the source.
    pub(super) fn open(&mut self, label: Option<Label>, span: Span) -> FunctionId {
        let (name, name_span) = match label {
            Some(label) => (label.text, label.span),
            None => (Text::default(), span),
        };
        let parent = Some(self.function);
        self.facts.add_function(Function { name, parent, span, name_span, ..Function::default() })
    }

    fn body(&mut self, node: &ast::FunctionBody<'_>) -> (Block, Vec<Text>) {
        (self.statements(&node.statements), directives(&node.directives))
    }

    fn this_parameter(&mut self, node: &ast::TSThisParameter<'_>) -> Parameter {
        Parameter {
            pattern: Pattern::Name("this".into()),
            annotation: self.annotation(node.type_annotation.as_deref()),
            default: None,
            decorators: Vec::new(),
            kind: ParameterKind::Receiver,
            span: self.span(node.span),
        }
    }

    fn parameters(&mut self, node: &ast::FormalParameters<'_>) -> Vec<Parameter> {
        let mut parameters: Vec<_> =
            node.items.iter().map(|parameter| self.parameter(parameter)).collect();
        if let Some(rest) = &node.rest {
            let decorators = self.decorators(&rest.decorators);
            parameters.push(Parameter {
                pattern: self.pattern(&rest.rest.argument),
                annotation: self.annotation(rest.type_annotation.as_deref()),
                default: None,
                decorators,
                kind: ParameterKind::Rest,
                span: self.span(rest.span),
            });
        }
        parameters
    }

    fn parameter(&mut self, node: &ast::FormalParameter<'_>) -> Parameter {
        let decorators = self.decorators(&node.decorators);
        let pattern = self.pattern(&node.pattern);
        let annotation = self.annotation(node.type_annotation.as_deref());
        let label = super::pattern::binding_label(self, &node.pattern);
        let default = node.initializer.as_ref().map(|default| self.labelled(default, label));
        Parameter {
            pattern,
            annotation,
            default,
            decorators,
            kind: ParameterKind::Plain,
            span: self.span(node.span),
        }
    }

    pub(super) fn decorators(&mut self, nodes: &[ast::Decorator<'_>]) -> Vec<ExpressionId> {
        nodes.iter().map(|node| self.expression(&node.expression)).collect()
    }
}

/// `use server` and its like, without quotes.
pub(super) fn directives(nodes: &[ast::Directive<'_>]) -> Vec<Text> {
    nodes.iter().map(|node| node.directive.as_str().into()).collect()
}
