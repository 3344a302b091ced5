//! Statements.

use ruff_python_ast::{
    ExceptHandler, Expr, MatchCase, Stmt, StmtAnnAssign, StmtAssign, StmtFor, StmtIf, StmtRaise,
    StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::{Ranged, TextRange};

use super::expression::operator_of;
use super::{Lowering, span_of};
use crate::facts::{
    Arm, Block, ExpressionId, ExpressionKind, Handler, LoopKind, Operator, Pattern, StatementId,
    StatementKind,
};

impl Lowering<'_> {
    pub(super) fn block(&mut self, statements: &[Stmt]) -> Block {
        let mut block = Block::new();
        for statement in statements {
            self.statement(statement, &mut block);
        }
        block
    }

    fn statement(&mut self, statement: &Stmt, block: &mut Block) {
        let kind = match statement {
            Stmt::FunctionDef(definition) => {
                StatementKind::Function(self.function_definition(definition, None))
            }
            Stmt::ClassDef(definition) => StatementKind::Class(self.class_definition(definition)),
            Stmt::Return(node) => {
                StatementKind::Return(node.value.as_ref().map(|value| self.expression(value)))
            }
            Stmt::Delete(node) => {
                let operands = node.targets.iter().map(|target| self.expression(target)).collect();
                let kind = ExpressionKind::Operation { operator: Operator::Delete, operands };
                StatementKind::Expression(self.add(kind, node.range()))
            }
            Stmt::TypeAlias(node) => StatementKind::Bind {
                target: self.target(&node.name),
                annotation: None,
                value: Some(self.annotation(&node.value)),
            },
            Stmt::Assign(node) => return self.assignment(node, block),
            Stmt::AugAssign(node) => {
                let kind = ExpressionKind::Assign {
                    target: self.expression(&node.target),
                    operator: operator_of(node.op),
                    value: self.expression(&node.value),
                };
                StatementKind::Expression(self.add(kind, node.range()))
            }
            Stmt::AnnAssign(node) => self.annotated_assignment(node),
            Stmt::For(node) => self.for_loop(node),
            Stmt::While(node) => self.while_loop(node),
            Stmt::If(node) => return block.push(self.if_statement(node)),
            Stmt::With(node) => self.with_statement(node),
            Stmt::Match(node) => StatementKind::Match {
                subject: Some(self.expression(&node.subject)),
                arms: node.cases.iter().map(|case| self.arm(case)).collect(),
            },
            Stmt::Raise(node) => self.raise(node, block),
            Stmt::Try(node) => self.try_statement(node),
            Stmt::Assert(node) => StatementKind::Assert {
                test: self.expression(&node.test),
                message: node.msg.as_ref().map(|message| self.expression(message)),
            },
            Stmt::Import(node) => return self.import(node),
            Stmt::ImportFrom(node) => return self.import_from(node),
            Stmt::Expr(node) => match node.value.as_ref() {
                Expr::StringLiteral(string) => {
                    return self.add_string_comment(string.value.to_str(), node.range(), false);
                }
                // `...` as a body says as little as `pass`.
                Expr::EllipsisLiteral(_) => return,
                value => StatementKind::Expression(self.expression(value)),
            },
            Stmt::Break(_) => StatementKind::Break,
            Stmt::Continue(_) => StatementKind::Continue,
            Stmt::Pass(_) | Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::IpyEscapeCommand(_) => {
                return;
            }
        };
        let id = self.add_statement(kind, statement.range());
        block.push(id);
    }

    /// `a = b = value` binds `a` to the value and `b` to `a`, so that the value is met once.
    fn assignment(&mut self, node: &StmtAssign, block: &mut Block) {
        let mut value = None;
        for target in &node.targets {
            let value = match value {
                None => *value.insert(self.named_value(target, &node.value)),
                Some(first) => match &node.targets[0] {
                    Expr::Name(name) => {
                        self.add(ExpressionKind::Name(name.id.as_str().into()), name.range())
                    }
                    _ => first,
                },
            };
            let target = self.target(target);
            let kind = StatementKind::Bind { target, annotation: None, value: Some(value) };
            let id = self.add_statement(kind, node.range());
            block.push(id);
        }
    }

    fn annotated_assignment(&mut self, node: &StmtAnnAssign) -> StatementKind {
        let annotation = Some(self.annotation(&node.annotation));
        let value = node.value.as_ref().map(|value| self.named_value(&node.target, value));
        StatementKind::Bind { target: self.target(&node.target), annotation, value }
    }

    fn for_loop(&mut self, node: &StmtFor) -> StatementKind {
        StatementKind::Loop {
            kind: LoopKind::ForEach,
            target: Some(self.target(&node.target)),
            source: Some(self.expression(&node.iter)),
            body: self.block(&node.body),
            otherwise: self.block(&node.orelse),
        }
    }

    fn while_loop(&mut self, node: &StmtWhile) -> StatementKind {
        let is_endless = is_literally_true(&node.test);
        StatementKind::Loop {
            kind: if is_endless { LoopKind::Endless } else { LoopKind::While },
            target: None,
            source: (!is_endless).then(|| self.expression(&node.test)),
            body: self.block(&node.body),
            otherwise: self.block(&node.orelse),
        }
    }

    /// Each `elif` becomes an `If` in the `otherwise` of the one before. The clauses are lowered in
    /// source order and nested afterwards.
    fn if_statement(&mut self, node: &StmtIf) -> StatementId {
        let mut tested = vec![self.branch(&node.test, &node.body, node.range())];
        let mut otherwise = Block::new();
        for clause in &node.elif_else_clauses {
            match &clause.test {
                Some(test) => {
                    let rest = TextRange::new(clause.start(), node.end());
                    tested.push(self.branch(test, &clause.body, rest));
                }
                None => otherwise = self.block(&clause.body),
            }
        }
        let mut last = None;
        for Branch { test, then, range } in tested.into_iter().rev() {
            otherwise.extend(last);
            let kind = StatementKind::If { test, binding: None, then, otherwise };
            last = Some(self.add_statement(kind, range));
            otherwise = Block::new();
        }
        last.expect("an `if` has at least its first branch")
    }

    fn branch(&mut self, test: &Expr, body: &[Stmt], range: TextRange) -> Branch {
        let outside = self.is_type_checking;
        self.is_type_checking |= is_type_checking(test);
        let branch = Branch { test: self.expression(test), then: self.block(body), range };
        self.is_type_checking = outside;
        branch
    }

    fn with_statement(&mut self, node: &StmtWith) -> StatementKind {
        let items = node
            .items
            .iter()
            .map(|item| {
                let value = self.expression(&item.context_expr);
                (value, item.optional_vars.as_ref().map(|target| self.target(target)))
            })
            .collect();
        StatementKind::With { items, body: self.block(&node.body) }
    }

    fn arm(&mut self, case: &MatchCase) -> Arm {
        let binding = self.match_binding(&case.pattern);
        Arm {
            tests: self.match_tests(&case.pattern),
            binding: (binding != Pattern::Ignore).then_some(binding),
            guard: case.guard.as_ref().map(|guard| self.expression(guard)),
            body: self.block(&case.body),
            span: span_of(case.range()),
        }
    }

    /// The cause in `raise x from y` is kept as a statement of its own where it computes something.
    fn raise(&mut self, node: &StmtRaise, block: &mut Block) -> StatementKind {
        let exception = node.exc.as_ref().map(|exception| self.expression(exception));
        let cause = node
            .cause
            .as_deref()
            .filter(|cause| !matches!(cause, Expr::Name(_) | Expr::NoneLiteral(_)));
        if let Some(cause) = cause {
            let value = self.expression(cause);
            let id = self.add_statement(StatementKind::Expression(value), cause.range());
            block.push(id);
        }
        StatementKind::Throw(exception)
    }

    fn try_statement(&mut self, node: &StmtTry) -> StatementKind {
        StatementKind::Try {
            body: self.block(&node.body),
            handlers: node.handlers.iter().map(|handler| self.handler(handler)).collect(),
            otherwise: self.block(&node.orelse),
            finally: self.block(&node.finalbody),
        }
    }

    fn handler(&mut self, ExceptHandler::ExceptHandler(handler): &ExceptHandler) -> Handler {
        let types: Vec<ExpressionId> = match handler.type_.as_deref() {
            None => Vec::new(),
            Some(Expr::Tuple(types)) => types.elts.iter().map(|one| self.expression(one)).collect(),
            Some(one) => vec![self.expression(one)],
        };
        Handler {
            types,
            binding: handler.name.as_ref().map(|name| Pattern::Name(name.as_str().into())),
            body: self.block(&handler.body),
            span: span_of(handler.range()),
        }
    }
}

/// The test and body of an `if` or `elif`.
struct Branch {
    test: ExpressionId,
    then: Block,
    /// From its keyword to the end of the whole statement.
    range: TextRange,
}

fn is_literally_true(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NumberLiteral(literal) => {
            literal.value.as_int().is_some_and(|number| number.as_u8() != Some(0))
        }
        _ => false,
    }
}

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(member) => member.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}
