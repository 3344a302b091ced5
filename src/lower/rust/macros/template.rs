//! `macro_rules!` that leave the function they are used in. What such a macro does to the path of its
//! caller matters, so its templates are lowered as a function of the macro's name that nobody declares.
//! Metavariables become plain names, and repetitions stand once.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Block as RustBlock, ItemMacro, parse::Parser as _};

use crate::facts::{Arm, Block, ExpressionKind, Function, StatementKind, Text};

use super::super::{Lowering, plain, statements::Tail};

/// The attribute that tells a template from a function.
const MARK: &str = "macro_rules";

impl Lowering {
    pub(in super::super) fn macro_template(&mut self, item: &ItemMacro) {
        let Some(name) = &item.ident else { return };
        if !leaves_function(&item.mac.tokens) {
            return;
        }
        let templates: Vec<Vec<syn::Stmt>> = templates(&item.mac.tokens)
            .into_iter()
            .filter_map(|tokens| RustBlock::parse_within.parse2(tokens).ok())
            .collect();
        let span = self.span_of_macro(&item.mac);
        let mark = self.add(ExpressionKind::Name(Text::from(MARK)), span);
        let id = self.facts.add_function(Function {
            name: plain(name),
            parent: Some(self.function),
            decorators: vec![mark],
            span,
            name_span: self.place(name.span()),
            ..Function::default()
        });
        let enclosing = std::mem::replace(&mut self.function, id);
        let mut arms = Vec::new();
        for template in &templates {
            let mut body = Block::new();
            self.statements(template, Tail::Value, &mut body);
            arms.push(Arm { tests: Vec::new(), binding: None, guard: None, body, span });
        }
        let mut body = Block::new();
        self.push(&mut body, StatementKind::Match { subject: None, arms }, span);
        self.function = enclosing;
        self.facts.function_mut(id).body = body;
    }
}

fn leaves_function(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "return",
        TokenTree::Group(group) => leaves_function(&group.stream()),
        _ => false,
    })
}

/// The right sides of the rules: a group after `=>`.
fn templates(tokens: &TokenStream) -> Vec<TokenStream> {
    let mut found = Vec::new();
    let mut after_arrow = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) if after_arrow => {
                found.push(without_variables(group.stream()));
                after_arrow = false;
            }
            TokenTree::Punct(mark) if mark.as_char() == '>' => after_arrow = true,
            _ => {}
        }
    }
    found
}

/// `$name` becomes `name`, `$( … ),*` what is inside it.
fn without_variables(tokens: TokenStream) -> TokenStream {
    let mut plain = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '$' => {
                if let Some(TokenTree::Group(repeated)) = tokens.peek() {
                    plain.extend(without_variables(repeated.stream()));
                    tokens.next();
                    // The separator, if there is one, and how often.
                    let is_count = |token: &TokenTree| {
                        matches!(token, TokenTree::Punct(mark)
                            if matches!(mark.as_char(), '*' | '+' | '?'))
                    };
                    if !tokens.next().is_some_and(|token| is_count(&token)) {
                        tokens.next();
                    }
                }
            }
            TokenTree::Group(group) => {
                let inside = without_variables(group.stream());
                let mut replaced = Group::new(group.delimiter(), inside);
                replaced.set_span(group.span());
                plain.extend([TokenTree::Group(replaced)]);
            }
            other => plain.extend([other]),
        }
    }
    plain
}
