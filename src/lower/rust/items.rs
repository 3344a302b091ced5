//! Items: functions, types, `impl` blocks, modules, constants.

use proc_macro2::Span as TokenSpan;
use syn::{
    Expr, Fields, FnArg, ForeignItem, ImplItem, Item, ItemConst, ItemEnum, ItemFn, ItemImpl,
    ItemMod, ItemTrait, ReceiverKind, ReturnType, Signature, TraitItem, Type, Visibility,
};

use crate::facts::{
    Block, Class, ClassId, ClassKind, ExpressionId, ExpressionKind, Field, Function, FunctionId,
    Parameter, ParameterKind, Pattern, Span, StatementKind, Text,
};

use super::{Lowering, plain, spans, statements::Tail};

/// The names of all modules that are written out in their file.
pub(super) fn inline_modules(items: &[Item]) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = vec![items];
    while let Some(items) = open.pop() {
        for item in items {
            if let Item::Mod(ItemMod { ident, content: Some((_, inner)), .. }) = item {
                names.push(plain(ident).to_string());
                open.push(inner);
            }
        }
    }
    names
}

/// What functions of every kind share.
struct Declared<'t> {
    attributes: &'t [syn::Attribute],
    signature: &'t Signature,
    body: Option<&'t syn::Block>,
    is_public: bool,
    class: Option<ClassId>,
}

impl Lowering {
    pub(super) fn item(&mut self, item: &Item, block: &mut Block) {
        match item {
            Item::Fn(item) => self.function_item(item, block),
            Item::Struct(item) => {
                let last = match &item.fields {
                    Fields::Named(fields) => fields.brace_token.span.close(),
                    _ => item.semi_token.map_or(item.ident.span(), |token| token.span),
                };
                let mut class =
                    self.class(ClassKind::Structure, &item.ident, item.struct_token.span, last);
                class.decorators = self.decorators(&item.attrs);
                class.is_public = is_public(&item.vis);
                class.fields = self.fields(&item.fields);
                self.declare(class, block);
            }
            Item::Union(item) => {
                let last = item.fields.brace_token.span.close();
                let mut class =
                    self.class(ClassKind::Structure, &item.ident, item.union_token.span, last);
                class.decorators = self.decorators(&item.attrs);
                class.is_public = is_public(&item.vis);
                class.fields = self.fields(&Fields::Named(item.fields.clone()));
                self.declare(class, block);
            }
            Item::Enum(item) => self.enumeration(item, block),
            Item::Trait(item) => self.trait_item(item, block),
            Item::Impl(item) => self.implementation(item, block),
            Item::Mod(item) => self.module(item, block),
            Item::Use(item) => self.use_item(item),
            Item::ExternCrate(item) => self.extern_crate(item),
            Item::Const(item) => self.constant(item, block),
            Item::Static(item) => {
                let span = self.between(item.static_token.span, item.semi_token.span);
                self.bind(&item.ident, Some(&item.ty), Some(&item.expr), span, block);
            }
            Item::Type(item) => {
                let span = self.between(item.type_token.span, item.semi_token.span);
                let value = self.type_expression(&item.ty);
                let target = Pattern::Name(plain(&item.ident));
                let kind = StatementKind::Bind { target, annotation: None, value: Some(value) };
                self.push(block, kind, span);
            }
            Item::Macro(item) => {
                let span = self.span_of_macro(&item.mac);
                // The body of a `macro_rules!` is a template, not code that runs here.
                match item.ident {
                    Some(_) => self.macro_template(item),
                    None => self.macro_item(&item.mac, span, block),
                }
            }
            Item::ForeignMod(item) => {
                for foreign in &item.items {
                    if let ForeignItem::Fn(function) = foreign {
                        let id = self.function(&Declared {
                            attributes: &function.attrs,
                            signature: &function.sig,
                            body: None,
                            is_public: is_public(&function.vis),
                            class: None,
                        });
                        self.push(block, StatementKind::Function(id), self.facts[id].span);
                    }
                }
            }
            Item::Verbatim(tokens) => {
                let span = self.span_of_tokens(tokens);
                let value = self.tokens_value(tokens);
                self.push(block, StatementKind::Expression(value), span);
            }
            _ => {}
        }
    }

    fn function_item(&mut self, item: &ItemFn, block: &mut Block) {
        let id = self.function(&Declared {
            attributes: &item.attrs,
            signature: &item.sig,
            body: Some(&item.block),
            is_public: is_public(&item.vis),
            class: None,
        });
        self.push(block, StatementKind::Function(id), self.facts[id].span);
    }

    fn function(&mut self, declared: &Declared) -> FunctionId {
        let signature = declared.signature;
        let last = match (declared.body, &signature.output) {
            (Some(body), _) => body.brace_token.span.close(),
            (None, ReturnType::Type(_, output)) => spans::end_of_type(output),
            (None, ReturnType::Default) => signature.paren_token.span.close(),
        };
        let id = self.facts.add_function(Function {
            name: plain(&signature.ident),
            parent: Some(self.function),
            class: declared.class,
            is_async: signature.asyncness.is_some(),
            is_public: declared.is_public,
            span: self.between(first_of_signature(signature), last),
            name_span: self.place(signature.ident.span()),
            ..Function::default()
        });
        let enclosing = std::mem::replace(&mut self.function, id);
        let mut decorators = self.decorators(declared.attributes);
        decorators.extend_from_slice(&self.conditions);
        let parameters: Vec<_> =
            signature.inputs.iter().map(|input| self.parameter(input)).collect();
        let returns = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(self.type_expression(output)),
        };
        let mut body = Block::new();
        if let Some(written) = declared.body {
            self.statements(&written.stmts, Tail::Return, &mut body);
        }
        self.function = enclosing;
        let function = self.facts.function_mut(id);
        let has_receiver =
            parameters.iter().any(|parameter| parameter.kind == ParameterKind::Receiver);
        function.is_static = declared.class.is_some() && !has_receiver;
        function.decorators = decorators;
        function.parameters = parameters;
        function.returns = returns;
        function.body = body;
        id
    }

    fn parameter(&mut self, input: &FnArg) -> Parameter {
        match input {
            FnArg::Receiver(receiver) => Parameter {
                pattern: Pattern::Name(Text::const_new("self")),
                annotation: match &receiver.kind {
                    ReceiverKind::Typed(_, written) => Some(self.type_expression(written)),
                    _ => None,
                },
                default: None,
                decorators: self.decorators(&receiver.attrs),
                kind: ParameterKind::Receiver,
                span: self.place(receiver.self_token.span),
            },
            FnArg::Typed(typed) => {
                let start = self.span_of_pattern(&typed.pat).start;
                let end = self.span_of_type(&typed.ty).end;
                Parameter {
                    pattern: self.pattern(&typed.pat),
                    annotation: Some(self.type_expression(&typed.ty)),
                    default: None,
                    decorators: self.decorators(&typed.attrs),
                    kind: ParameterKind::Plain,
                    span: Span::new(start, end),
                }
            }
        }
    }

    fn class(
        &self,
        kind: ClassKind,
        name: &syn::Ident,
        first: TokenSpan,
        last: TokenSpan,
    ) -> Class {
        Class {
            name: plain(name),
            kind,
            bases: Vec::new(),
            options: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: false,
            span: self.between(first, last),
            name_span: self.place(name.span()),
        }
    }

    fn declare(&mut self, class: Class, block: &mut Block) -> ClassId {
        let span = class.span;
        let id = self.facts.add_class(class);
        self.push(block, StatementKind::Class(id), span);
        id
    }

    fn fields(&mut self, fields: &Fields) -> Vec<Field> {
        let mut lowered = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let written = self.span_of_type(&field.ty);
            let name = field.ident.as_ref();
            let start = name.map_or(written.start, |name| self.place(name.span()).start);
            lowered.push(Field {
                name: name.map_or_else(|| Text::from(index.to_string()), plain),
                annotation: Some(self.type_expression(&field.ty)),
                value: field.default.as_ref().map(|(_, value)| self.expression(value)),
                decorators: self.decorators(&field.attrs),
                is_static: false,
                span: Span::new(start, written.end),
            });
        }
        lowered
    }

    fn enumeration(&mut self, item: &ItemEnum, block: &mut Block) {
        let last = item.brace_token.span.close();
        let mut class = self.class(ClassKind::Enumeration, &item.ident, item.enum_token.span, last);
        class.decorators = self.decorators(&item.attrs);
        class.is_public = is_public(&item.vis);
        for variant in &item.variants {
            let mut decorators = self.decorators(&variant.attrs);
            let fields = self.fields(&variant.fields);
            let annotation = self.variant_type(&fields);
            decorators.extend(fields.into_iter().flat_map(|field| field.decorators));
            class.fields.push(Field {
                name: plain(&variant.ident),
                annotation,
                value: variant.discriminant.as_ref().map(|(_, value)| self.expression(value)),
                decorators,
                is_static: true,
                span: self.place(variant.ident.span()),
            });
        }
        self.declare(class, block);
    }

    /// What a variant carries: a list of types, or an object of named ones.
    fn variant_type(&mut self, fields: &[Field]) -> Option<ExpressionId> {
        use crate::facts::{Entry, EntryKey};
        let span = Span::new(fields.first()?.span.start, fields.last()?.span.end);
        let is_named = !fields[0].name.starts_with(|first: char| first.is_ascii_digit());
        let kind = if is_named {
            let entry = |field: &Field| {
                let key = EntryKey::Name(field.name.clone());
                Some(Entry { key, value: field.annotation?, span: field.span })
            };
            ExpressionKind::Object(fields.iter().filter_map(entry).collect())
        } else {
            ExpressionKind::List(fields.iter().filter_map(|field| field.annotation).collect())
        };
        Some(self.add(kind, span))
    }

    fn trait_item(&mut self, item: &ItemTrait, block: &mut Block) {
        let last = item.brace_token.span.close();
        let mut class = self.class(ClassKind::Interface, &item.ident, item.trait_token.span, last);
        class.decorators = self.decorators(&item.attrs);
        class.is_public = is_public(&item.vis);
        class.bases = self.traits(&item.supertraits);
        let id = self.declare(class, block);
        for member in &item.items {
            match member {
                TraitItem::Fn(method) => {
                    let declared = Declared {
                        attributes: &method.attrs,
                        signature: &method.sig,
                        body: method.default.as_ref(),
                        is_public: is_public(&item.vis),
                        class: Some(id),
                    };
                    self.method(&declared, id);
                }
                TraitItem::Const(constant) => {
                    let value = constant.default.as_ref().map(|(_, value)| value);
                    self.constant_field(id, &constant.ident, &constant.ty, value);
                }
                TraitItem::Macro(called) => {
                    let span = self.span_of_macro(&called.mac);
                    self.macro_item(&called.mac, span, block);
                }
                _ => {}
            }
        }
    }

    fn implementation(&mut self, item: &ItemImpl, block: &mut Block) {
        let (name, name_token) = Self::name_of_type(&item.self_ty);
        let span = self.between(item.impl_token.span, item.brace_token.span.close());
        let bases = match &item.trait_ {
            Some((path, _)) => vec![self.generic_path(None, path)],
            None => Vec::new(),
        };
        let decorators = self.decorators(&item.attrs);
        let class = Class {
            name,
            kind: ClassKind::Implementation,
            bases,
            options: Vec::new(),
            decorators,
            fields: Vec::new(),
            methods: Vec::new(),
            is_public: false,
            span,
            name_span: self.place(name_token),
        };
        let id = self.declare(class, block);
        let outside = self.conditions.len();
        let own = self.conditions_among(&item.attrs);
        self.conditions.extend(own);
        for member in &item.items {
            match member {
                ImplItem::Fn(method) => {
                    let declared = Declared {
                        attributes: &method.attrs,
                        signature: &method.sig,
                        body: Some(&method.block),
                        is_public: is_public(&method.vis) || item.trait_.is_some(),
                        class: Some(id),
                    };
                    self.method(&declared, id);
                }
                ImplItem::Const(constant) => {
                    self.constant_field(id, &constant.ident, &constant.ty, Some(&constant.expr));
                }
                ImplItem::Type(associated) => {
                    let annotation = Some(self.type_expression(&associated.ty));
                    let span = self.between(associated.type_token.span, associated.semi_token.span);
                    self.facts.class_mut(id).fields.push(Field {
                        name: plain(&associated.ident),
                        annotation,
                        value: None,
                        decorators: Vec::new(),
                        is_static: true,
                        span,
                    });
                }
                ImplItem::Macro(called) => {
                    let span = self.span_of_macro(&called.mac);
                    self.macro_item(&called.mac, span, block);
                }
                _ => {}
            }
        }
        self.conditions.truncate(outside);
    }

    fn method(&mut self, declared: &Declared, class: ClassId) {
        let method = self.function(declared);
        self.facts.class_mut(class).methods.push(method);
    }

    fn constant_field(
        &mut self,
        class: ClassId,
        name: &syn::Ident,
        written: &Type,
        value: Option<&Expr>,
    ) {
        let end = match value {
            Some(value) => self.span_of(value).end,
            None => self.span_of_type(written).end,
        };
        let span = Span::new(self.place(name.span()).start, end);
        let annotation = Some(self.type_expression(written));
        let value = value.map(|value| self.named_value(&plain(name), value));
        let name = plain(name);
        let decorators = Vec::new();
        let field = Field { name, annotation, value, decorators, is_static: true, span };
        self.facts.class_mut(class).fields.push(field);
    }

    /// An inline module is flattened into the file; its `#[cfg]` holds for all functions inside.
    fn module(&mut self, item: &ItemMod, block: &mut Block) {
        let Some((_, items)) = &item.content else { return self.module_declaration(item) };
        self.inline_module(item);
        let outside = self.conditions.len();
        let own = self.conditions_among(&item.attrs);
        self.conditions.extend(own);
        self.modules.push(plain(&item.ident).to_string());
        for inner in items {
            self.item(inner, block);
        }
        self.modules.pop();
        self.conditions.truncate(outside);
    }

    fn constant(&mut self, item: &ItemConst, block: &mut Block) {
        let span = self.between(item.const_token.span, item.semi_token.span);
        self.bind(&item.ident, Some(&item.ty), Some(&item.expr), span, block);
    }

    pub(super) fn bind(
        &mut self,
        name: &syn::Ident,
        annotation: Option<&Type>,
        value: Option<&Expr>,
        span: Span,
        block: &mut Block,
    ) {
        let name = plain(name);
        let annotation = annotation.map(|written| self.type_expression(written));
        let value = value.map(|value| self.named_value(&name, value));
        let kind = StatementKind::Bind { target: Pattern::Name(name), annotation, value };
        self.push(block, kind, span);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn first_of_signature(signature: &Signature) -> TokenSpan {
    (signature.constness.map(|token| token.span))
        .or(signature.asyncness.map(|token| token.span))
        .unwrap_or(signature.fn_token.span)
}
