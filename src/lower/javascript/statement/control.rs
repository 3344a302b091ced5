//! Loops, `switch` and `try`.

use oxc_ast::ast;

use super::{Block, ExpressionKind, Handler, LoopKind, Lowering, Pattern, StatementKind};
use crate::facts::Arm;

impl Lowering<'_> {
    pub(super) fn try_statement(&mut self, node: &ast::TryStatement<'_>) -> StatementKind {
        let body = self.statements(&node.block.body);
        let handlers = node.handler.iter().map(|handler| {
            let binding = handler.param.as_ref().map(|binding| self.pattern(&binding.pattern));
            let body = self.statements(&handler.body.body);
            Handler { types: Vec::new(), binding, body, span: self.span(handler.span) }
        });
        let handlers = handlers.collect();
        let finally = node.finalizer.as_ref();
        let finally = finally.map(|block| self.statements(&block.body)).unwrap_or_default();
        StatementKind::Try { body, handlers, otherwise: Block::new(), finally }
    }

    /// The initialisation goes before the loop into `block`, the step to the end of the body.
    pub(super) fn for_statement(
        &mut self,
        node: &ast::ForStatement<'_>,
        block: &mut Block,
    ) -> StatementKind {
        match &node.init {
            Some(ast::ForStatementInit::VariableDeclaration(declaration)) => {
                self.variables(declaration, block);
            }
            Some(init) => self.expression_statement(init.to_expression(), block),
            None => {}
        }
        let source = node.test.as_ref().map(|test| self.expression(test));
        let mut body = self.branch(&node.body);
        if let Some(step) = &node.update {
            self.expression_statement(step, &mut body);
        }
        let kind = if source.is_some() { LoopKind::Count } else { LoopKind::Endless };
        StatementKind::Loop { kind, target: None, source, body, otherwise: Block::new() }
    }

    /// `for … of` and `for … in`; with `await` each round waits for the source.
    pub(super) fn for_each(
        &mut self,
        left: &ast::ForStatementLeft<'_>,
        right: &ast::Expression<'_>,
        body: &ast::Statement<'_>,
        waits: bool,
    ) -> StatementKind {
        let target = match left {
            ast::ForStatementLeft::VariableDeclaration(declaration) => declaration
                .declarations
                .first()
                .map_or(Pattern::Ignore, |declarator| self.pattern(&declarator.id)),
            left => self.target(left.to_assignment_target()),
        };
        let mut source = self.expression(right);
        if waits {
            let span = self.facts[source].span;
            source = self.facts.add_expression(ExpressionKind::Await(source), span);
        }
        StatementKind::Loop {
            kind: LoopKind::ForEach,
            target: Some(target),
            source: Some(source),
            body: self.branch(body),
            otherwise: Block::new(),
        }
    }

    pub(super) fn while_loop(
        &mut self,
        test: &ast::Expression<'_>,
        body: &ast::Statement<'_>,
    ) -> StatementKind {
        let source = self.expression(test);
        let is_endless = match &self.facts[source].kind {
            ExpressionKind::Bool(value) => *value,
            ExpressionKind::Number(number) => number == "1",
            _ => false,
        };
        let kind = if is_endless { LoopKind::Endless } else { LoopKind::While };
        let source = (!is_endless).then_some(source);
        StatementKind::Loop {
            kind,
            target: None,
            source,
            body: self.branch(body),
            otherwise: Block::new(),
        }
    }

    /// Cases without statements share the arm of the next one. The `break` at the end of a case only
    /// keeps it from falling through, which arms do not do.
    pub(super) fn switch(&mut self, node: &ast::SwitchStatement<'_>) -> StatementKind {
        let subject = self.expression(&node.discriminant);
        let mut arms = Vec::new();
        let mut tests = Vec::new();
        let mut start = None;
        let mut takes_rest = false;
        let last = node.cases.len().saturating_sub(1);
        for (index, case) in node.cases.iter().enumerate() {
            start.get_or_insert(case.span.start);
            match &case.test {
                Some(test) => tests.push(self.expression(test)),
                None => takes_rest = true,
            }
            if case.consequent.is_empty() && index != last {
                continue;
            }
            let tests = std::mem::take(&mut tests);
            let start = start.take().unwrap_or(case.span.start);
            let tests = if std::mem::take(&mut takes_rest) { Vec::new() } else { tests };
            arms.push(Arm {
                tests,
                binding: None,
                guard: None,
                body: self.case_body(&case.consequent),
                span: self.span(oxc_span::Span::new(start, case.span.end)),
            });
        }
        StatementKind::Match { subject: Some(subject), arms }
    }

    fn case_body(&mut self, nodes: &[ast::Statement<'_>]) -> Block {
        match nodes {
            [rest @ .., ast::Statement::BreakStatement(last)] if last.label.is_none() => {
                self.case_body(rest)
            }
            [ast::Statement::BlockStatement(only)] => self.case_body(&only.body),
            nodes => self.statements(nodes),
        }
    }
}
