//! Operators.

use oxc_ast::ast;
use oxc_span::GetSpan;
use oxc_syntax::operator::{
    AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator, UpdateOperator,
};

use super::Lowering;
use crate::facts::{ExpressionId, ExpressionKind, Operator, Span};

/// Operands of one operator, gathered from the left.
struct Gathered {
    operator: Operator,
    operands: Vec<ExpressionId>,
    span: Span,
}

impl Lowering<'_> {
    /// Lowers operators with two operands. Chains grow to the left and can be thousands long in
    /// generated code, so they are walked, not recursed into, and equal operators share one node.
    pub(super) fn operation(&mut self, node: &ast::Expression<'_>) -> ExpressionId {
        let mut steps = Vec::new();
        let mut leftmost = node;
        loop {
            let (left, operator, right) = match leftmost {
                ast::Expression::BinaryExpression(node) => {
                    (&node.left, of_binary(node.operator), &node.right)
                }
                ast::Expression::LogicalExpression(node) => {
                    (&node.left, of_logical(node.operator), &node.right)
                }
                _ => break,
            };
            steps.push((operator, right, self.span(leftmost.span())));
            leftmost = left;
        }

        let first = self.expression(leftmost);
        let mut open: Option<Gathered> = None;
        for (operator, right, span) in steps.into_iter().rev() {
            let right = self.expression(right);
            open = Some(match open {
                Some(mut gathered) if chains(operator) && gathered.operator == operator => {
                    gathered.operands.push(right);
                    Gathered { span, ..gathered }
                }
                Some(gathered) => {
                    let left = self.finish(gathered);
                    Gathered { operator, operands: vec![left, right], span }
                }
                None => Gathered { operator, operands: vec![first, right], span },
            });
        }
        open.map_or(first, |gathered| self.finish(gathered))
    }

    /// A sum with a string among its operands builds a string.
    fn finish(&mut self, gathered: Gathered) -> ExpressionId {
        let Gathered { operator, operands, span } = gathered;
        let is_string = |&operand: &ExpressionId| {
            matches!(self.facts[operand].kind, ExpressionKind::Text(_) | ExpressionKind::Concat(_))
        };
        let kind = if operator == Operator::Add && operands.iter().any(is_string) {
            ExpressionKind::Concat(self.parts(operands))
        } else {
            ExpressionKind::Operation { operator, operands }
        };
        self.facts.add_expression(kind, span)
    }

    /// The parts of strings that are themselves built of parts take their place.
    fn parts(&self, operands: Vec<ExpressionId>) -> Vec<ExpressionId> {
        let mut parts = Vec::with_capacity(operands.len());
        for operand in operands {
            match &self.facts[operand].kind {
                ExpressionKind::Concat(inner) => parts.extend(inner),
                _ => parts.push(operand),
            }
        }
        parts
    }

    pub(super) fn unary(&mut self, node: &ast::UnaryExpression<'_>) -> ExpressionKind {
        let operand = self.expression(&node.argument);
        let operator = match node.operator {
            UnaryOperator::UnaryNegation => Operator::Negate,
            UnaryOperator::LogicalNot => Operator::Not,
            UnaryOperator::Typeof => Operator::TypeOf,
            UnaryOperator::Void => Operator::Void,
            UnaryOperator::Delete => Operator::Delete,
            UnaryOperator::UnaryPlus | UnaryOperator::BitwiseNot => {
                return ExpressionKind::Other(vec![operand]);
            }
        };
        ExpressionKind::Operation { operator, operands: vec![operand] }
    }

    pub(super) fn update(&mut self, node: &ast::UpdateExpression<'_>) -> ExpressionKind {
        let operator = match node.operator {
            UpdateOperator::Increment => Operator::Increment,
            UpdateOperator::Decrement => Operator::Decrement,
        };
        let operands = vec![self.simple_target(&node.argument)];
        ExpressionKind::Operation { operator, operands }
    }
}

/// Does a chain of this operator mean the same as one operation over all operands?
fn chains(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Add
            | Operator::Multiply
            | Operator::And
            | Operator::Or
            | Operator::Default
            | Operator::BitAnd
            | Operator::BitOr
            | Operator::BitXor
    )
}

fn of_binary(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Equality | BinaryOperator::StrictEquality => Operator::Equal,
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => Operator::NotEqual,
        BinaryOperator::LessThan => Operator::Less,
        BinaryOperator::LessEqualThan => Operator::LessOrEqual,
        BinaryOperator::GreaterThan => Operator::Greater,
        BinaryOperator::GreaterEqualThan => Operator::GreaterOrEqual,
        BinaryOperator::Addition => Operator::Add,
        BinaryOperator::Subtraction => Operator::Subtract,
        BinaryOperator::Multiplication => Operator::Multiply,
        BinaryOperator::Division => Operator::Divide,
        BinaryOperator::Remainder => Operator::Remainder,
        BinaryOperator::Exponential => Operator::Power,
        BinaryOperator::ShiftLeft
        | BinaryOperator::ShiftRight
        | BinaryOperator::ShiftRightZeroFill => Operator::Shift,
        BinaryOperator::BitwiseOR => Operator::BitOr,
        BinaryOperator::BitwiseXOR => Operator::BitXor,
        BinaryOperator::BitwiseAnd => Operator::BitAnd,
        BinaryOperator::In => Operator::In,
        BinaryOperator::Instanceof => Operator::InstanceOf,
    }
}

fn of_logical(operator: LogicalOperator) -> Operator {
    match operator {
        LogicalOperator::Or => Operator::Or,
        LogicalOperator::And => Operator::And,
        LogicalOperator::Coalesce => Operator::Default,
    }
}

/// The operator of an augmented assignment; none for a plain one.
pub(super) fn of_assignment(operator: AssignmentOperator) -> Option<Operator> {
    operator
        .to_binary_operator()
        .map(of_binary)
        .or_else(|| operator.to_logical_operator().map(of_logical))
}
