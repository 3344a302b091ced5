//! Where a node starts and ends. `syn`'s own answer prints the whole node to tokens first, which makes
//! a file's cost grow with its depth; the first and the last token are found directly instead.

use proc_macro2::{Span as TokenSpan, TokenStream, TokenTree};
use syn::{
    Expr, Lit, MacroDelimiter, Member, Path, PathArguments, RangeLimits, ReturnType, Type,
    TypeParamBound, UnOp,
};

use crate::facts::Span;

use super::Lowering;

impl Lowering {
    pub(super) fn span_of(&self, expression: &Expr) -> Span {
        self.between(start_of(expression), end_of(expression))
    }

    pub(super) fn span_of_path(&self, path: &Path) -> Span {
        self.between(start_of_path(path), end_of_path(path))
    }

    pub(super) fn span_of_type(&self, written: &Type) -> Span {
        self.between(start_of_type(written), end_of_type(written))
    }

    pub(super) fn span_of_macro(&self, called: &syn::Macro) -> Span {
        self.between(start_of_path(&called.path), close_of(&called.delimiter))
    }

    pub(super) fn span_of_tokens(&self, tokens: &TokenStream) -> Span {
        self.between(first_of(tokens), last_of(tokens))
    }
}

pub(super) fn close_of(delimiter: &MacroDelimiter) -> TokenSpan {
    match delimiter {
        MacroDelimiter::Paren(token) => token.span.close(),
        MacroDelimiter::Brace(token) => token.span.close(),
        MacroDelimiter::Bracket(token) => token.span.close(),
    }
}

/// The first token, found along the left edge without recursion.
pub(super) fn start_of(expression: &Expr) -> TokenSpan {
    let mut left = expression;
    loop {
        left = match left {
            Expr::Assign(node) => &node.left,
            Expr::Await(node) => &node.base,
            Expr::Binary(node) => &node.left,
            Expr::Call(node) => &node.func,
            Expr::Cast(node) => &node.expr,
            Expr::Field(node) => &node.base,
            Expr::Index(node) => &node.expr,
            Expr::MethodCall(node) => &node.receiver,
            Expr::Try(node) => &node.expr,
            Expr::Group(node) => &node.expr,
            Expr::Range(node) => match &node.start {
                Some(start) => start,
                None => return start_of_limits(&node.limits),
            },
            leaf => return first_token(leaf),
        };
    }
}

fn first_token(expression: &Expr) -> TokenSpan {
    match expression {
        Expr::Array(node) => node.bracket_token.span.open(),
        Expr::Async(node) => node.async_token.span,
        Expr::Block(node) => node.block.brace_token.span.open(),
        Expr::Break(node) => node.break_token.span,
        Expr::Closure(node) => (node.constness.map(|token| token.span))
            .or(node.asyncness.map(|token| token.span))
            .or(node.capture.map(|token| token.span))
            .unwrap_or(node.inputs_begin.span),
        Expr::Const(node) => node.const_token.span,
        Expr::Continue(node) => node.continue_token.span,
        Expr::ForLoop(node) => node.for_token.span,
        Expr::If(node) => node.if_token.span,
        Expr::Infer(node) => node.underscore_token.span,
        Expr::Let(node) => node.let_token.span,
        Expr::Lit(node) => span_of_literal(&node.lit),
        Expr::Loop(node) => node.loop_token.span,
        Expr::Macro(node) => start_of_path(&node.mac.path),
        Expr::Match(node) => node.match_token.span,
        Expr::Paren(node) => node.paren_token.span.open(),
        Expr::Path(node) => match &node.qself {
            Some(qualified) => qualified.lt_token.span,
            None => start_of_path(&node.path),
        },
        Expr::RawAddr(node) => node.and_token.span,
        Expr::Reference(node) => node.and_token.span,
        Expr::Repeat(node) => node.bracket_token.span.open(),
        Expr::Return(node) => node.return_token.span,
        Expr::Struct(node) => start_of_path(&node.path),
        Expr::TryBlock(node) => node.try_token.span,
        Expr::Tuple(node) => node.paren_token.span.open(),
        Expr::Unary(node) => match &node.op {
            UnOp::Deref(token) => token.span,
            UnOp::Not(token) => token.span,
            UnOp::Neg(token) => token.span,
            _ => start_of(&node.expr),
        },
        Expr::Unsafe(node) => node.unsafe_token.span,
        Expr::Verbatim(tokens) => first_of(tokens),
        Expr::While(node) => node.while_token.span,
        Expr::Yield(node) => node.yield_token.span,
        _ => TokenSpan::call_site(),
    }
}

/// The last token, found along the right edge without recursion.
pub(super) fn end_of(expression: &Expr) -> TokenSpan {
    let mut right = expression;
    loop {
        right = match right {
            Expr::Assign(node) => &node.right,
            Expr::Binary(node) => &node.right,
            Expr::Closure(node) => &node.body,
            Expr::Group(node) => &node.expr,
            Expr::Let(node) => &node.expr,
            Expr::RawAddr(node) => &node.expr,
            Expr::Reference(node) => &node.expr,
            Expr::Unary(node) => &node.expr,
            Expr::If(node) => match &node.else_branch {
                Some((_, otherwise)) => otherwise,
                None => return node.then_branch.brace_token.span.close(),
            },
            Expr::Break(node) => match (&node.expr, &node.label) {
                (Some(value), _) => value,
                (None, Some(label)) => return label.ident.span(),
                (None, None) => return node.break_token.span,
            },
            Expr::Range(node) => match &node.end {
                Some(end) => end,
                None => return end_of_limits(&node.limits),
            },
            Expr::Return(node) => match &node.expr {
                Some(value) => value,
                None => return node.return_token.span,
            },
            Expr::Yield(node) => match &node.expr {
                Some(value) => value,
                None => return node.yield_token.span,
            },
            leaf => return last_token(leaf),
        };
    }
}

fn last_token(expression: &Expr) -> TokenSpan {
    match expression {
        Expr::Array(node) => node.bracket_token.span.close(),
        Expr::Async(node) => node.block.brace_token.span.close(),
        Expr::Await(node) => node.await_token.span,
        Expr::Block(node) => node.block.brace_token.span.close(),
        Expr::Call(node) => node.paren_token.span.close(),
        Expr::Cast(node) => end_of_type(&node.ty),
        Expr::Const(node) => node.block.brace_token.span.close(),
        Expr::Continue(node) => {
            node.label.as_ref().map_or(node.continue_token.span, |label| label.ident.span())
        }
        Expr::Field(node) => match &node.member {
            Member::Named(name) => name.span(),
            Member::Unnamed(index) => index.span,
        },
        Expr::ForLoop(node) => node.body.brace_token.span.close(),
        Expr::Index(node) => node.bracket_token.span.close(),
        Expr::Infer(node) => node.underscore_token.span,
        Expr::Lit(node) => span_of_literal(&node.lit),
        Expr::Loop(node) => node.body.brace_token.span.close(),
        Expr::Macro(node) => close_of(&node.mac.delimiter),
        Expr::Match(node) => node.brace_token.span.close(),
        Expr::MethodCall(node) => node.paren_token.span.close(),
        Expr::Paren(node) => node.paren_token.span.close(),
        Expr::Path(node) => end_of_path(&node.path),
        Expr::Repeat(node) => node.bracket_token.span.close(),
        Expr::Struct(node) => node.brace_token.span.close(),
        Expr::Try(node) => node.question_token.span,
        Expr::TryBlock(node) => node.block.brace_token.span.close(),
        Expr::Tuple(node) => node.paren_token.span.close(),
        Expr::Unsafe(node) => node.block.brace_token.span.close(),
        Expr::Verbatim(tokens) => last_of(tokens),
        Expr::While(node) => node.body.brace_token.span.close(),
        _ => TokenSpan::call_site(),
    }
}

pub(super) fn span_of_literal(literal: &Lit) -> TokenSpan {
    literal.span()
}

fn start_of_limits(limits: &RangeLimits) -> TokenSpan {
    match limits {
        RangeLimits::HalfOpen(token) => token.spans[0],
        RangeLimits::Closed(token) => token.spans[0],
    }
}

fn end_of_limits(limits: &RangeLimits) -> TokenSpan {
    match limits {
        RangeLimits::HalfOpen(token) => token.spans[1],
        RangeLimits::Closed(token) => token.spans[2],
    }
}

pub(super) fn start_of_path(path: &Path) -> TokenSpan {
    let colons = path.leading_colon.map(|token| token.spans[0]);
    let first = path.segments.first().map(|segment| segment.ident.span());
    colons.or(first).unwrap_or_else(TokenSpan::call_site)
}

pub(super) fn end_of_path(path: &Path) -> TokenSpan {
    let Some(last) = path.segments.last() else { return TokenSpan::call_site() };
    match &last.arguments {
        PathArguments::None => last.ident.span(),
        PathArguments::AngleBracketed(arguments) => arguments.gt_token.span,
        PathArguments::Parenthesized(arguments) => match &arguments.output {
            ReturnType::Default => arguments.paren_token.span.close(),
            ReturnType::Type(_, output) => end_of_type(output),
        },
    }
}

pub(super) fn start_of_type(written: &Type) -> TokenSpan {
    match written {
        Type::Array(node) => node.bracket_token.span.open(),
        Type::FnPtr(node) => node.fn_token.span,
        Type::Group(node) => start_of_type(&node.elem),
        Type::ImplTrait(node) => node.impl_token.span,
        Type::Infer(node) => node.underscore_token.span,
        Type::Macro(node) => start_of_path(&node.mac.path),
        Type::Never(node) => node.bang_token.span,
        Type::Paren(node) => node.paren_token.span.open(),
        Type::Path(node) => match &node.qself {
            Some(qualified) => qualified.lt_token.span,
            None => start_of_path(&node.path),
        },
        Type::Ptr(node) => node.star_token.span,
        Type::Reference(node) => node.and_token.span,
        Type::Slice(node) => node.bracket_token.span.open(),
        Type::TraitObject(node) => match (&node.dyn_token, node.bounds.first()) {
            (Some(token), _) => token.span,
            (None, Some(bound)) => end_of_bound(bound),
            (None, None) => TokenSpan::call_site(),
        },
        Type::Tuple(node) => node.paren_token.span.open(),
        Type::Verbatim(tokens) => first_of(tokens),
        _ => TokenSpan::call_site(),
    }
}

pub(super) fn end_of_type(written: &Type) -> TokenSpan {
    match written {
        Type::Array(node) => node.bracket_token.span.close(),
        Type::FnPtr(node) => match &node.output {
            ReturnType::Default => node.paren_token.span.close(),
            ReturnType::Type(_, output) => end_of_type(output),
        },
        Type::Group(node) => end_of_type(&node.elem),
        Type::ImplTrait(node) => node.bounds.last().map_or(node.impl_token.span, end_of_bound),
        Type::Infer(node) => node.underscore_token.span,
        Type::Macro(node) => close_of(&node.mac.delimiter),
        Type::Never(node) => node.bang_token.span,
        Type::Paren(node) => node.paren_token.span.close(),
        Type::Path(node) => end_of_path(&node.path),
        Type::Ptr(node) => end_of_type(&node.elem),
        Type::Reference(node) => end_of_type(&node.elem),
        Type::Slice(node) => node.bracket_token.span.close(),
        Type::TraitObject(node) => {
            node.bounds.last().map_or_else(TokenSpan::call_site, end_of_bound)
        }
        Type::Tuple(node) => node.paren_token.span.close(),
        Type::Verbatim(tokens) => last_of(tokens),
        _ => TokenSpan::call_site(),
    }
}

fn end_of_bound(bound: &TypeParamBound) -> TokenSpan {
    match bound {
        TypeParamBound::Trait(node) => end_of_path(&node.path),
        TypeParamBound::Lifetime(lifetime) => lifetime.ident.span(),
        TypeParamBound::Verbatim(tokens) => last_of(tokens),
        _ => TokenSpan::call_site(),
    }
}

fn first_of(tokens: &TokenStream) -> TokenSpan {
    tokens.clone().into_iter().next().map_or_else(TokenSpan::call_site, |token| match token {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    })
}

fn last_of(tokens: &TokenStream) -> TokenSpan {
    tokens.clone().into_iter().last().map_or_else(TokenSpan::call_site, |token| match token {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    })
}
