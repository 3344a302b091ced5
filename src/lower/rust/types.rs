//! Types, as expressions: `Json<User>` is `Json` indexed by `User`; references are transparent.

use proc_macro2::Span as TokenSpan;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, ReturnType, Type, TypeParamBound,
    punctuated::Punctuated, token::Plus,
};

use crate::facts::{ExpressionId, ExpressionKind, Span, Text};

use super::Lowering;

impl Lowering {
    pub(super) fn type_expression(&mut self, written: &Type) -> ExpressionId {
        let span = self.span_of_type(written);
        let kind = match written {
            Type::Group(node) => return self.type_expression(&node.elem),
            Type::Paren(node) => return self.type_expression(&node.elem),
            Type::Ptr(node) => return self.type_expression(&node.elem),
            Type::Reference(node) => return self.type_expression(&node.elem),
            Type::Path(node) => return self.generic_path(node.qself.as_ref(), &node.path),
            Type::Macro(node) => return self.macro_value(&node.mac),
            Type::ImplTrait(node) => return self.bounds(&node.bounds, span),
            Type::TraitObject(node) => return self.bounds(&node.bounds, span),
            Type::Verbatim(tokens) => return self.tokens_value(tokens),
            Type::Slice(node) => ExpressionKind::List(vec![self.type_expression(&node.elem)]),
            Type::Array(node) => {
                let element = self.type_expression(&node.elem);
                let length = self.expression(&node.len);
                let list = self.add(ExpressionKind::List(vec![element]), span);
                ExpressionKind::Index { object: list, index: length }
            }
            Type::Tuple(node) if node.elems.is_empty() => ExpressionKind::Null,
            Type::Tuple(node) => ExpressionKind::List(
                node.elems.iter().map(|element| self.type_expression(element)).collect(),
            ),
            Type::FnPtr(node) => {
                let object = self.name("fn", span);
                let mut types: Vec<_> =
                    node.inputs.iter().map(|input| self.type_expression(&input.ty)).collect();
                if let ReturnType::Type(_, output) = &node.output {
                    types.push(self.type_expression(output));
                }
                let index = self.add(ExpressionKind::List(types), span);
                ExpressionKind::Index { object, index }
            }
            Type::Infer(_) => ExpressionKind::Name(Text::const_new("_")),
            Type::Never(_) => ExpressionKind::Name(Text::const_new("!")),
            _ => ExpressionKind::Other(Vec::new()),
        };
        self.add(kind, span)
    }

    /// `impl A + B`, `dyn A + Send + 'static`: the one trait, or a list.
    fn bounds(&mut self, bounds: &Punctuated<TypeParamBound, Plus>, span: Span) -> ExpressionId {
        let mut traits = self.traits(bounds);
        if traits.len() > 1 {
            traits.retain(|&id| !self.is_marker(id));
        }
        match traits[..] {
            [only] => only,
            _ => self.add(ExpressionKind::List(traits), span),
        }
    }

    /// `Send` and its like beside a trait say nothing about what a value is.
    fn is_marker(&self, id: ExpressionId) -> bool {
        matches!(&self.facts[id].kind, ExpressionKind::Name(name)
            if ["Send", "Sync", "Unpin", "Sized"].contains(&name.as_str()))
    }

    pub(super) fn traits(
        &mut self,
        bounds: &Punctuated<TypeParamBound, Plus>,
    ) -> Vec<ExpressionId> {
        let mut traits = Vec::new();
        for bound in bounds {
            if let TypeParamBound::Trait(bound) = bound {
                traits.push(self.generic_path(None, &bound.path));
            }
        }
        traits
    }

    /// The types and constants among generic arguments; lifetimes and constraints say nothing here.
    pub(super) fn generic_arguments(
        &mut self,
        arguments: &AngleBracketedGenericArguments,
    ) -> Vec<ExpressionId> {
        let mut values = Vec::new();
        for argument in &arguments.args {
            match argument {
                GenericArgument::Type(written) => values.push(self.type_expression(written)),
                GenericArgument::Const(value) => values.push(self.expression(value)),
                GenericArgument::AssocType(associated) => {
                    values.push(self.type_expression(&associated.ty));
                }
                GenericArgument::AssocConst(associated) => {
                    values.push(self.expression(&associated.value));
                }
                _ => {}
            }
        }
        values
    }

    /// The last name of a type, for what is called after it: `Router` for `axum::Router<S>`.
    pub(super) fn name_of_type(written: &Type) -> (Text, TokenSpan) {
        let mut inner = written;
        loop {
            inner = match inner {
                Type::Group(node) => &node.elem,
                Type::Paren(node) => &node.elem,
                Type::Ptr(node) => &node.elem,
                Type::Reference(node) => &node.elem,
                Type::Slice(node) => &node.elem,
                Type::Array(node) => &node.elem,
                Type::Path(node) => {
                    let last = node.path.segments.last();
                    return last.map_or_else(nameless, |segment| {
                        (super::plain(&segment.ident), segment.ident.span())
                    });
                }
                _ => return nameless(),
            };
        }
    }
}

fn nameless() -> (Text, TokenSpan) {
    (Text::default(), TokenSpan::call_site())
}
