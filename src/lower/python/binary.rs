//! Operators with two sides.

use ruff_python_ast::{Expr, ExprBinOp, Operator as PythonOperator};
use ruff_text_size::Ranged;

use super::Lowering;
use super::expression::operator_of;
use crate::facts::{ExpressionId, ExpressionKind, Operator};

impl Lowering<'_> {
    pub(super) fn binary(&mut self, node: &ExprBinOp) -> ExpressionId {
        match node.op {
            PythonOperator::Add => self.sum(node),
            PythonOperator::Mod => match self.percent_format(node) {
                Some(text) => text,
                None => self.operation(node),
            },
            _ => self.operation(node),
        }
    }

    /// `a + b + c` is one operation over three; with a string among them it builds a text.
    fn sum(&mut self, node: &ExprBinOp) -> ExpressionId {
        let mut addends = vec![node.right.as_ref()];
        let mut left = node.left.as_ref();
        while let Expr::BinOp(inner) = left
            && inner.op == PythonOperator::Add
        {
            addends.push(&inner.right);
            left = &inner.left;
        }
        addends.push(left);
        let operands: Vec<_> =
            addends.into_iter().rev().map(|addend| self.expression(addend)).collect();
        let builds_text = operands.iter().any(|&operand| {
            let kind = &self.facts[operand].kind;
            matches!(kind, ExpressionKind::Text(_) | ExpressionKind::Concat(_))
        });
        if builds_text {
            return self.concat(operands, node.range());
        }
        self.add(ExpressionKind::Operation { operator: Operator::Add, operands }, node.range())
    }

    fn operation(&mut self, node: &ExprBinOp) -> ExpressionId {
        let operands = vec![self.expression(&node.left), self.expression(&node.right)];
        let kind = match operator_of(node.op) {
            Some(operator) => ExpressionKind::Operation { operator, operands },
            None => ExpressionKind::Other(operands),
        };
        self.add(kind, node.range())
    }
}
