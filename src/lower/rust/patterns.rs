//! Patterns, in the two readings the facts need: what they bind, and what they test.

use proc_macro2::Span as TokenSpan;
use syn::{Expr, FieldPat, Member, Pat, Path};

use crate::facts::{Argument, CallStyle, ExpressionId, ExpressionKind, Pattern, Span, Text};

use super::{
    Lowering,
    expressions::unnamed,
    plain,
    spans::{end_of_path, start_of_path},
};

impl Lowering {
    /// What a pattern binds.
    pub(super) fn pattern(&mut self, pattern: &Pat) -> Pattern {
        match pattern {
            Pat::Ident(node) => match &node.subpat {
                Some((_, inner)) => Pattern::Variant {
                    path: Text::default(),
                    items: vec![Pattern::Name(plain(&node.ident)), self.pattern(inner)],
                },
                None if is_constant(&node.ident) => {
                    Pattern::Variant { path: plain(&node.ident), items: Vec::new() }
                }
                None => Pattern::Name(plain(&node.ident)),
            },
            Pat::Guard(node) => self.pattern(&node.pat),
            Pat::Paren(node) => self.pattern(&node.pat),
            Pat::Reference(node) => self.pattern(&node.pat),
            Pat::Type(node) => self.pattern(&node.pat),
            // All cases bind the same names.
            Pat::Or(node) => match node.cases.first() {
                Some(case) => self.pattern(case),
                None => Pattern::Ignore,
            },
            Pat::Path(node) => {
                Pattern::Variant { path: written_path(&node.path), items: Vec::new() }
            }
            Pat::Tuple(node) => Pattern::Items(self.patterns(&node.elems)),
            Pat::Slice(node) => Pattern::Items(self.patterns(&node.elems)),
            Pat::TupleStruct(node) => Pattern::Variant {
                path: written_path(&node.path),
                items: self.patterns(&node.elems),
            },
            Pat::Struct(node) => {
                let fields = node.fields.iter().map(|field| self.field_pattern(field)).collect();
                Pattern::Variant {
                    path: written_path(&node.path),
                    items: vec![Pattern::Fields { fields, rest: None }],
                }
            }
            _ => Pattern::Ignore,
        }
    }

    fn patterns<'p>(&mut self, patterns: impl IntoIterator<Item = &'p Pat>) -> Vec<Pattern> {
        patterns.into_iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn field_pattern(&mut self, field: &FieldPat) -> (Text, Pattern) {
        let name = name_of(&field.member);
        (name, self.pattern(&field.pat))
    }

    /// What a pattern tests, as an expression: `Some(x)` is written like the construction it undoes,
    /// in the style of a struct literal because nothing is called.
    pub(super) fn pattern_expression(&mut self, pattern: &Pat) -> ExpressionId {
        let span = self.span_of_pattern(pattern);
        let kind = match pattern {
            Pat::Guard(node) => return self.pattern_expression(&node.pat),
            Pat::Paren(node) => return self.pattern_expression(&node.pat),
            Pat::Reference(node) => return self.pattern_expression(&node.pat),
            Pat::Type(node) => return self.pattern_expression(&node.pat),
            Pat::Lit(node) => return self.literal_value(&node.lit),
            Pat::Macro(node) => return self.macro_value(&node.mac),
            Pat::Path(node) => return self.path(node.qself.as_ref(), &node.path),
            Pat::Verbatim(tokens) => return self.tokens_value(tokens),
            Pat::Ident(node) => match &node.subpat {
                Some((_, inner)) => return self.pattern_expression(inner),
                None => ExpressionKind::Name(plain(&node.ident)),
            },
            Pat::Range(node) => {
                let ends = [&node.start, &node.end].into_iter().flatten();
                let operands = ends.map(|end| self.expression(end)).collect();
                ExpressionKind::Operation { operator: crate::facts::Operator::Range, operands }
            }
            Pat::Or(node) => ExpressionKind::Operation {
                operator: crate::facts::Operator::Or,
                operands: self.pattern_expressions(&node.cases),
            },
            Pat::Tuple(node) => ExpressionKind::List(self.pattern_expressions(&node.elems)),
            Pat::Slice(node) => ExpressionKind::List(self.pattern_expressions(&node.elems)),
            Pat::TupleStruct(node) => {
                let callee = self.path(node.qself.as_ref(), &node.path);
                let values = self.pattern_expressions(&node.elems);
                let arguments = values.into_iter().map(unnamed).collect();
                ExpressionKind::Call { callee, arguments, style: CallStyle::Struct }
            }
            Pat::Struct(node) => {
                let callee = self.path(node.qself.as_ref(), &node.path);
                let mut arguments = Vec::with_capacity(node.fields.len());
                for field in &node.fields {
                    let value = self.pattern_expression(&field.pat);
                    let name = Some(name_of(&field.member));
                    arguments.push(Argument { name, value, spread: false });
                }
                ExpressionKind::Call { callee, arguments, style: CallStyle::Struct }
            }
            Pat::Const(node) => {
                return self.expression(&Expr::Const(node.clone()));
            }
            _ => ExpressionKind::Name(Text::const_new("_")),
        };
        self.add(kind, span)
    }

    fn pattern_expressions<'p>(
        &mut self,
        patterns: impl IntoIterator<Item = &'p Pat>,
    ) -> Vec<ExpressionId> {
        patterns.into_iter().map(|pattern| self.pattern_expression(pattern)).collect()
    }

    /// What an arm matches: its cases, none if it takes everything.
    pub(super) fn tests(&mut self, pattern: &Pat) -> Vec<ExpressionId> {
        match pattern {
            Pat::Guard(node) => self.tests(&node.pat),
            Pat::Paren(node) => self.tests(&node.pat),
            Pat::Or(node) => self.pattern_expressions(&node.cases),
            Pat::Wild(_) => Vec::new(),
            Pat::Ident(node) if node.subpat.is_none() && !is_constant(&node.ident) => Vec::new(),
            other => vec![self.pattern_expression(other)],
        }
    }

    pub(super) fn span_of_pattern(&self, pattern: &Pat) -> Span {
        let (first, last) = edges(pattern);
        self.between(first, last)
    }
}

/// By convention a name with a capital initial is a constant or variant, which a pattern compares with.
fn is_constant(name: &syn::Ident) -> bool {
    plain(name).starts_with(char::is_uppercase)
}

fn name_of(member: &Member) -> Text {
    match member {
        Member::Named(name) => plain(name),
        Member::Unnamed(index) => Text::from(index.index.to_string()),
    }
}

/// `a::b` as written, without generic arguments.
pub(super) fn written_path(path: &Path) -> Text {
    let segments: Vec<_> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
    Text::from(segments.join("::"))
}

fn edges(pattern: &Pat) -> (TokenSpan, TokenSpan) {
    match pattern {
        Pat::Const(node) => (node.const_token.span, node.block.brace_token.span.close()),
        Pat::Guard(node) => (edges(&node.pat).0, super::spans::end_of(&node.guard)),
        Pat::Ident(node) => {
            let first = (node.by_ref.map(|token| token.span))
                .or(node.mutability.map(|token| token.span))
                .unwrap_or_else(|| node.ident.span());
            let last = node.subpat.as_ref().map_or(node.ident.span(), |(_, inner)| edges(inner).1);
            (first, last)
        }
        Pat::Lit(node) => (node.lit.span(), node.lit.span()),
        Pat::Macro(node) => {
            (start_of_path(&node.mac.path), super::spans::close_of(&node.mac.delimiter))
        }
        Pat::Or(node) => match (node.cases.first(), node.cases.last()) {
            (Some(first), Some(last)) => (edges(first).0, edges(last).1),
            _ => nowhere(),
        },
        Pat::Paren(node) => (node.paren_token.span.open(), node.paren_token.span.close()),
        Pat::Path(node) => (start_of_path(&node.path), end_of_path(&node.path)),
        Pat::Range(node) => match (&node.start, &node.end) {
            (Some(start), Some(end)) => (super::spans::start_of(start), super::spans::end_of(end)),
            (Some(only), None) | (None, Some(only)) => {
                (super::spans::start_of(only), super::spans::end_of(only))
            }
            (None, None) => nowhere(),
        },
        Pat::Reference(node) => (node.and_token.span, edges(&node.pat).1),
        Pat::Rest(node) => (node.dot2_token.spans[0], node.dot2_token.spans[1]),
        Pat::Slice(node) => (node.bracket_token.span.open(), node.bracket_token.span.close()),
        Pat::Struct(node) => (start_of_path(&node.path), node.brace_token.span.close()),
        Pat::Tuple(node) => (node.paren_token.span.open(), node.paren_token.span.close()),
        Pat::TupleStruct(node) => (start_of_path(&node.path), node.paren_token.span.close()),
        Pat::Type(node) => (edges(&node.pat).0, super::spans::end_of_type(&node.ty)),
        Pat::Wild(node) => (node.underscore_token.span, node.underscore_token.span),
        _ => nowhere(),
    }
}

fn nowhere() -> (TokenSpan, TokenSpan) {
    (TokenSpan::call_site(), TokenSpan::call_site())
}
