//! Attributes, as decorators: `#[get("/")]` is a call, `#[test]` a name.

use syn::{Attribute, Expr, Meta, Token, parse::Parser as _, punctuated::Punctuated};

use crate::facts::{Argument, CallStyle, ExpressionId, ExpressionKind, Span};

use super::{
    Lowering,
    expressions::unnamed,
    patterns::written_path,
    spans::{close_of, end_of, start_of_path},
};

impl Lowering {
    /// All attributes in order; documentation is a comment instead.
    pub(super) fn decorators(&mut self, attributes: &[Attribute]) -> Vec<ExpressionId> {
        let mut decorators = Vec::new();
        for attribute in attributes {
            if !attribute.path().is_ident("doc") {
                decorators.push(self.meta(&attribute.meta));
            }
        }
        decorators
    }

    /// The `#[cfg(…)]` among attributes.
    pub(super) fn conditions_among(&mut self, attributes: &[Attribute]) -> Vec<ExpressionId> {
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        conditions.map(|attribute| self.meta(&attribute.meta)).collect()
    }

    fn meta(&mut self, meta: &Meta) -> ExpressionId {
        let path = meta.path();
        let callee = self.path(None, path);
        let (arguments, last) = match meta {
            Meta::Path(_) => return callee,
            Meta::NameValue(node) => {
                (vec![unnamed(self.expression(&node.value))], end_of(&node.value))
            }
            Meta::List(node) => {
                let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
                let arguments = match parse.parse2(node.tokens.clone()) {
                    Ok(values) => values.iter().map(|value| self.meta_argument(value)).collect(),
                    Err(_) => self.tokens_values(&node.tokens).into_iter().map(unnamed).collect(),
                };
                (arguments, close_of(&node.delimiter))
            }
        };
        let span = self.between(start_of_path(path), last);
        self.add(ExpressionKind::Call { callee, arguments, style: CallStyle::Plain }, span)
    }

    /// `name = value` is a named argument, also inside `name(…)`.
    fn meta_argument(&mut self, written: &Expr) -> Argument {
        match written {
            Expr::Assign(node) => match &*node.left {
                Expr::Path(name) => {
                    let value = self.meta_argument(&node.right).value;
                    Argument { name: Some(written_path(&name.path)), value, spread: false }
                }
                _ => unnamed(self.expression(written)),
            },
            Expr::Call(node) => {
                let callee = self.expression(&node.func);
                let arguments = node.args.iter().map(|value| self.meta_argument(value)).collect();
                let span: Span = self.span_of(written);
                let kind = ExpressionKind::Call { callee, arguments, style: CallStyle::Plain };
                unnamed(self.add(kind, span))
            }
            other => unnamed(self.expression(other)),
        }
    }
}
