//! Functions, lambdas and their parameters.

use ruff_python_ast::{
    Decorator, Expr, ExprLambda, Parameter as PythonParameter, ParameterWithDefault, Parameters,
    StmtFunctionDef,
};
use ruff_text_size::Ranged;

use super::{Lowering, span_of};
use crate::facts::{
    ClassId, ExpressionId, ExpressionKind, Function, FunctionId, Parameter, ParameterKind, Pattern,
    StatementKind, Text,
};

impl Lowering<'_> {
    /// A `def`, in the class it is a method of. Decorators, defaults and annotations run outside it.
    pub(super) fn function_definition(
        &mut self,
        definition: &StmtFunctionDef,
        class: Option<ClassId>,
    ) -> FunctionId {
        let decorators = self.decorators(&definition.decorator_list);
        let name = Text::from(definition.name.as_str());
        let is_static = has_decorator(&definition.decorator_list, "staticmethod");
        let is_of_class = has_decorator(&definition.decorator_list, "classmethod");
        let id = self.facts.add_function(Function {
            parent: Some(self.function),
            class,
            decorators,
            is_async: definition.is_async,
            is_public: is_public(&name),
            is_static: is_static || is_of_class,
            span: span_of(definition.range()),
            name_span: span_of(definition.name.range()),
            name,
            ..Function::default()
        });
        let mut parameters = self.parameters(&definition.parameters);
        if class.is_some() && !is_static {
            mark_receiver(&mut parameters);
        }
        let returns = definition.returns.as_ref().map(|returns| self.annotation(returns));
        let body = self.inside(id, |lowering| {
            let body = lowering.take_docstring(&definition.body);
            lowering.block(body)
        });
        let function = self.facts.function_mut(id);
        function.parameters = parameters;
        function.returns = returns;
        function.body = body;
        id
    }

    /// The value of an assignment; a lambda takes the name it is bound to.
    pub(super) fn named_value(&mut self, target: &Expr, value: &Expr) -> ExpressionId {
        let name = match target {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(member) => member.attr.as_str(),
            _ => "",
        };
        match value {
            Expr::Lambda(lambda) => self.lambda(lambda, name),
            value => self.expression(value),
        }
    }

    /// A lambda is a function whose body returns its expression.
    pub(super) fn lambda(&mut self, lambda: &ExprLambda, name: &str) -> ExpressionId {
        let span = span_of(lambda.range());
        let id = self.facts.add_function(Function {
            name: name.into(),
            parent: Some(self.function),
            is_public: !name.is_empty() && is_public(name),
            span,
            name_span: span,
            ..Function::default()
        });
        let parameters = lambda.parameters.as_ref().map(|all| self.parameters(all));
        let body = self.inside(id, |lowering| {
            let value = lowering.expression(&lambda.body);
            vec![lowering.add_statement(StatementKind::Return(Some(value)), lambda.body.range())]
        });
        let function = self.facts.function_mut(id);
        function.parameters = parameters.unwrap_or_default();
        function.body = body;
        self.add(ExpressionKind::Function(id), lambda.range())
    }

    pub(super) fn decorators(&mut self, decorators: &[Decorator]) -> Vec<ExpressionId> {
        decorators.iter().map(|decorator| self.expression(&decorator.expression)).collect()
    }

    /// Runs `lower` with `function` as the one that is being lowered.
    fn inside<T>(&mut self, function: FunctionId, lower: impl FnOnce(&mut Self) -> T) -> T {
        let outside = std::mem::replace(&mut self.function, function);
        let result = lower(self);
        self.function = outside;
        result
    }

    fn parameters(&mut self, all: &Parameters) -> Vec<Parameter> {
        let mut parameters = Vec::with_capacity(all.len());
        for parameter in all.posonlyargs.iter().chain(&all.args) {
            parameters.push(self.parameter_with_default(parameter));
        }
        if let Some(rest) = &all.vararg {
            parameters.push(self.parameter(rest, ParameterKind::Rest));
        }
        for parameter in &all.kwonlyargs {
            parameters.push(self.parameter_with_default(parameter));
        }
        if let Some(keywords) = &all.kwarg {
            parameters.push(self.parameter(keywords, ParameterKind::Keywords));
        }
        parameters
    }

    fn parameter_with_default(&mut self, parameter: &ParameterWithDefault) -> Parameter {
        let lowered = self.parameter(&parameter.parameter, ParameterKind::Plain);
        let default = parameter.default.as_ref().map(|default| self.expression(default));
        Parameter { default, span: span_of(parameter.range()), ..lowered }
    }

    fn parameter(&mut self, parameter: &PythonParameter, kind: ParameterKind) -> Parameter {
        Parameter {
            pattern: Pattern::Name(parameter.name.as_str().into()),
            annotation: parameter.annotation.as_ref().map(|annotation| self.annotation(annotation)),
            default: None,
            decorators: Vec::new(),
            kind,
            span: span_of(parameter.range()),
        }
    }
}

fn mark_receiver(parameters: &mut [Parameter]) {
    if let Some(first) = parameters.first_mut().filter(|first| first.kind == ParameterKind::Plain) {
        first.kind = ParameterKind::Receiver;
    }
}

fn has_decorator(decorators: &[Decorator], name: &str) -> bool {
    decorators.iter().any(
        |decorator| matches!(&decorator.expression, Expr::Name(word) if word.id.as_str() == name),
    )
}

/// One leading underscore says "not for others"; `__init__` and its kind are called by everybody.
pub(super) fn is_public(name: &str) -> bool {
    !name.starts_with('_') || (name.starts_with("__") && name.ends_with("__"))
}
