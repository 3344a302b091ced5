//! Blocks and control flow.

use syn::{Expr, ExprIf, ExprMatch, Local, Pat, Stmt, StmtMacro};

use crate::facts::{
    Arm, Block, ExpressionId, ExpressionKind, LoopKind, Operator, Pattern, Span, StatementKind,
};

use super::Lowering;

/// What becomes of the value at the end of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// It ends a function: an implicit `return`.
    Return,
    /// It is the value of the statement around it.
    Value,
    /// Nobody takes it.
    Discard,
}

impl Lowering {
    pub(super) fn statements(&mut self, statements: &[Stmt], tail: Tail, block: &mut Block) {
        for (index, statement) in statements.iter().enumerate() {
            let is_last = index + 1 == statements.len();
            match statement {
                Stmt::Local(local) => self.local(local, block),
                Stmt::Item(item) => self.item(item, block),
                Stmt::Expr(value, None) if is_last => self.tail(value, tail, block),
                Stmt::Expr(value, _) => self.expression_statement(value, block),
                Stmt::Macro(called) if is_last && called.semi_token.is_none() => {
                    self.macro_statement(called, tail, block);
                }
                Stmt::Macro(called) => self.macro_statement(called, Tail::Discard, block),
            }
        }
    }

    /// The expression at the end of a block.
    pub(super) fn tail(&mut self, value: &Expr, tail: Tail, block: &mut Block) {
        let keeps_value = matches!(
            value,
            Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Unsafe(_) | Expr::Loop(_)
        );
        if is_control(value) && !(tail == Tail::Value && keeps_value) {
            return self.control(value, tail, block);
        }
        match (tail, value) {
            (_, Expr::Paren(node)) if is_control(&node.expr) => self.tail(&node.expr, tail, block),
            (_, Expr::Macro(node)) => self.macro_tail(&node.mac, tail, block),
            (_, Expr::Assign(_)) => self.expression_statement(value, block),
            _ => {
                let span = self.span_of(value);
                let value = self.expression(value);
                self.finish(value, tail, span, block);
            }
        }
    }

    fn finish(&mut self, value: ExpressionId, tail: Tail, span: Span, block: &mut Block) {
        let kind = match tail {
            Tail::Return => StatementKind::Return(Some(value)),
            Tail::Value | Tail::Discard => StatementKind::Expression(value),
        };
        self.push(block, kind, span);
    }

    fn expression_statement(&mut self, value: &Expr, block: &mut Block) {
        match value {
            Expr::Assign(node) => {
                let span = self.span_of(value);
                let target = self.target(&node.left);
                let value = self.value_for(&target, &node.right);
                let kind = StatementKind::Bind { target, annotation: None, value: Some(value) };
                self.push(block, kind, span);
            }
            _ => self.tail(value, Tail::Discard, block),
        }
    }

    fn macro_statement(&mut self, called: &StmtMacro, tail: Tail, block: &mut Block) {
        self.macro_tail(&called.mac, tail, block);
    }

    fn macro_tail(&mut self, called: &syn::Macro, tail: Tail, block: &mut Block) {
        let span = self.span_of_macro(called);
        if let Some(selection) = self.selection(called, tail) {
            return self.push(block, selection, span);
        }
        let value = self.macro_value(called);
        self.finish(value, tail, span, block);
    }

    /// The left side of an assignment.
    fn target(&mut self, expression: &Expr) -> Pattern {
        match expression {
            Expr::Infer(_) => Pattern::Ignore,
            Expr::Paren(node) => self.target(&node.expr),
            Expr::Path(node) if node.qself.is_none() => match node.path.get_ident() {
                Some(name) => Pattern::Name(super::plain(name)),
                None => Pattern::Place(self.expression(expression)),
            },
            Expr::Tuple(node) => {
                Pattern::Items(node.elems.iter().map(|element| self.target(element)).collect())
            }
            Expr::Array(node) => {
                Pattern::Items(node.elems.iter().map(|element| self.target(element)).collect())
            }
            place => Pattern::Place(self.expression(place)),
        }
    }

    fn value_for(&mut self, target: &Pattern, value: &Expr) -> ExpressionId {
        match target {
            Pattern::Name(name) => self.named_value(name, value),
            _ => self.expression(value),
        }
    }

    fn local(&mut self, local: &Local, block: &mut Block) {
        let span = self.between(local.let_token.span, local.semi_token.span);
        let (pattern, annotation) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(self.type_expression(&typed.ty))),
            untyped => (untyped, None),
        };
        let target = self.pattern(pattern);
        let value = local.init.as_ref().map(|init| self.value_for(&target, &init.expr));
        let diverging = local.init.as_ref().and_then(|init| init.diverge.as_ref());
        if let (Some(value), Some((_, otherwise))) = (value, diverging) {
            self.let_else(pattern, value, otherwise, block);
        }
        self.push(block, StatementKind::Bind { target, annotation, value }, span);
    }

    /// `let P = v else { … }`: if `v` is not `P` the block leaves; the binding follows.
    fn let_else(
        &mut self,
        pattern: &Pat,
        value: ExpressionId,
        otherwise: &Expr,
        block: &mut Block,
    ) {
        let span = self.span_of(otherwise);
        let expected = self.pattern_expression(pattern);
        let equal = ExpressionKind::Operation {
            operator: Operator::Equal,
            operands: vec![value, expected],
        };
        let covered = Span::new(self.place_of(expected).start, self.place_of(value).end);
        let equal = self.add(equal, covered);
        let test = self.add(
            ExpressionKind::Operation { operator: Operator::Not, operands: vec![equal] },
            covered,
        );
        let mut then = Block::new();
        self.branch(otherwise, Tail::Discard, &mut then);
        let kind = StatementKind::If { test, binding: None, then, otherwise: Block::new() };
        self.push(block, kind, span);
    }

    /// An expression that steers, as the statement it is.
    pub(super) fn control(&mut self, expression: &Expr, tail: Tail, block: &mut Block) {
        let span = self.span_of(expression);
        let kind = match expression {
            Expr::If(node) => self.if_statement(node, tail),
            Expr::Match(node) => self.match_statement(node, tail),
            Expr::Block(node) => StatementKind::Block(self.nested(&node.block, tail)),
            Expr::Unsafe(node) => StatementKind::Block(self.nested(&node.block, tail)),
            Expr::Const(node) => StatementKind::Block(self.nested(&node.block, tail)),
            Expr::TryBlock(node) => StatementKind::Try {
                body: self.nested(&node.block, Tail::Value),
                handlers: Vec::new(),
                otherwise: Block::new(),
                finally: Block::new(),
            },
            Expr::Loop(node) => StatementKind::Loop {
                kind: LoopKind::Endless,
                target: None,
                source: None,
                body: self.nested(&node.body, Tail::Discard),
                otherwise: Block::new(),
            },
            Expr::ForLoop(node) => {
                let source = self.expression(&node.expr);
                StatementKind::Loop {
                    kind: LoopKind::ForEach,
                    target: Some(self.pattern(&node.pat)),
                    source: Some(source),
                    body: self.nested(&node.body, Tail::Discard),
                    otherwise: Block::new(),
                }
            }
            Expr::While(node) => self.while_statement(node),
            Expr::Return(node) => {
                StatementKind::Return(node.expr.as_ref().map(|value| self.expression(value)))
            }
            Expr::Break(node) => {
                if let Some(value) = &node.expr {
                    self.tail(value, Tail::Value, block);
                }
                StatementKind::Break
            }
            Expr::Continue(_) => StatementKind::Continue,
            _ => StatementKind::Expression(self.add(ExpressionKind::Other(Vec::new()), span)),
        };
        self.push(block, kind, span);
    }

    fn nested(&mut self, written: &syn::Block, tail: Tail) -> Block {
        let mut block = Block::new();
        self.statements(&written.stmts, tail, &mut block);
        block
    }

    /// The body of an arm or an `else`: the statements of its block, or its one value.
    pub(super) fn branch(&mut self, body: &Expr, tail: Tail, block: &mut Block) {
        match body {
            Expr::Block(node) if node.label.is_none() => {
                self.statements(&node.block.stmts, tail, block);
            }
            value => self.tail(value, tail, block),
        }
    }

    fn if_statement(&mut self, node: &ExprIf, tail: Tail) -> StatementKind {
        let (test, binding) = self.condition(&node.cond);
        let then = self.nested(&node.then_branch, tail);
        let mut otherwise = Block::new();
        match node.else_branch.as_ref().map(|(_, branch)| &**branch) {
            Some(chained @ Expr::If(_)) => self.control(chained, tail, &mut otherwise),
            Some(branch) => self.branch(branch, tail, &mut otherwise),
            None => {}
        }
        StatementKind::If { test, binding, then, otherwise }
    }

    /// A test and what it binds. Several `let` in one chain bind the items of a list.
    fn condition(&mut self, condition: &Expr) -> (ExpressionId, Option<(Pattern, ExpressionId)>) {
        let test = self.expression(condition);
        let mut bound = Vec::new();
        self.bindings(condition, test, &mut bound);
        let binding = match bound.len() {
            0 => None,
            1 => bound.pop(),
            _ => {
                let (patterns, values): (Vec<_>, Vec<_>) = bound.into_iter().unzip();
                let list = self.add(ExpressionKind::List(values), self.place_of(test));
                Some((Pattern::Items(patterns), list))
            }
        };
        (test, binding)
    }

    /// Finds the `let`s of a condition beside the expressions they were lowered to.
    fn bindings(
        &mut self,
        condition: &Expr,
        lowered: ExpressionId,
        bound: &mut Vec<(Pattern, ExpressionId)>,
    ) {
        let operands = match &self.facts[lowered].kind {
            ExpressionKind::Operation { operands, .. } => operands.clone(),
            _ => return,
        };
        match (condition, &operands[..]) {
            (Expr::Let(node), [value, ..]) => bound.push((self.pattern(&node.pat), *value)),
            (Expr::Paren(node), _) => self.bindings(&node.expr, lowered, bound),
            (Expr::Binary(node), [left, right]) => {
                self.bindings(&node.left, *left, bound);
                self.bindings(&node.right, *right, bound);
            }
            _ => {}
        }
    }

    fn while_statement(&mut self, node: &syn::ExprWhile) -> StatementKind {
        let (target, source) = match &*node.cond {
            // What is taken apart is what each round binds.
            Expr::Let(binding) => {
                (Some(self.pattern(&binding.pat)), self.expression(&binding.expr))
            }
            condition => match self.condition(condition) {
                (test, Some((pattern, _))) => (Some(pattern), test),
                (test, None) => (None, test),
            },
        };
        StatementKind::Loop {
            kind: LoopKind::While,
            target,
            source: Some(source),
            body: self.nested(&node.body, Tail::Discard),
            otherwise: Block::new(),
        }
    }

    fn match_statement(&mut self, node: &ExprMatch, tail: Tail) -> StatementKind {
        let subject = Some(self.expression(&node.expr));
        let arms = node.arms.iter().map(|arm| self.arm(arm, tail)).collect();
        StatementKind::Match { subject, arms }
    }

    fn arm(&mut self, arm: &syn::Arm, tail: Tail) -> Arm {
        let tests = self.tests(&arm.pat);
        let pattern = self.pattern(&arm.pat);
        let guard = match &arm.pat {
            Pat::Guard(node) => Some(self.expression(&node.guard)),
            _ => None,
        };
        let mut body = Block::new();
        self.branch(&arm.body, tail, &mut body);
        let start = self.span_of_pattern(&arm.pat).start;
        Arm {
            tests,
            binding: binding_of(pattern),
            guard,
            body,
            span: Span::new(start, self.span_of(&arm.body).end),
        }
    }
}

/// The pattern, if it binds any name.
pub(super) fn binding_of(pattern: Pattern) -> Option<Pattern> {
    let mut binds = false;
    pattern.each_name(&mut |_| binds = true);
    binds.then_some(pattern)
}

fn is_control(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::If(_)
            | Expr::Match(_)
            | Expr::Block(_)
            | Expr::Unsafe(_)
            | Expr::Const(_)
            | Expr::TryBlock(_)
            | Expr::Loop(_)
            | Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Return(_)
            | Expr::Break(_)
            | Expr::Continue(_)
    )
}
