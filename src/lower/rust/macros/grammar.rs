//! What the arguments of the macros that are known look like.

use syn::{Expr, ItemStatic, Pat, Token, Visibility, ext::IdentExt as _, parse::ParseStream};

use crate::facts::Text;

use super::super::{plain, shortened, spans::start_of_path};

/// One argument of a macro: an expression with what log macros allow around it.
pub(super) struct MacroArgument {
    pub(super) name: Option<Text>,
    pub(super) value: Expr,
}

pub(super) fn arguments(input: ParseStream) -> syn::Result<Vec<MacroArgument>> {
    let mut arguments = Vec::new();
    while !input.is_empty() {
        arguments.push(argument(input)?);
        if !input.is_empty() && !separator(input)? {
            return Err(input.error("expected a separator"));
        }
    }
    Ok(arguments)
}

/// `,`, or the `;` that ends the fields of a log record.
fn separator(input: ParseStream) -> syn::Result<bool> {
    Ok(input.parse::<Option<Token![,]>>()?.is_some()
        || input.parse::<Option<Token![;]>>()?.is_some())
}

fn argument(input: ParseStream) -> syn::Result<MacroArgument> {
    let name = argument_name(input)?;
    // How a field of a log record is written: `%` by Display, `?` by Debug.
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
    }
    Ok(MacroArgument { name, value: input.parse()? })
}

/// `name =`, `a.b =`, `"name" =`, `target:`, if that is how the argument starts.
fn argument_name(input: ParseStream) -> syn::Result<Option<Text>> {
    let ahead = input.fork();
    let Some(name) = possible_name(&ahead) else { return Ok(None) };
    let is_value = ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]);
    let is_label = ahead.peek(Token![:]) && !ahead.peek(Token![::]);
    if !is_value && !is_label {
        return Ok(None);
    }
    possible_name(input);
    if is_value {
        input.parse::<Token![=]>()?;
        return Ok(Some(name));
    }
    input.parse::<Token![:]>()?;
    // `key:? = value`, `key:% = value` of the `log` crate.
    if input.peek(Token![?]) && input.peek2(Token![=]) {
        input.parse::<Token![?]>()?;
        input.parse::<Token![=]>()?;
    } else if input.peek(Token![%=]) {
        input.parse::<Token![%=]>()?;
    }
    Ok(Some(name))
}

fn possible_name(input: ParseStream) -> Option<Text> {
    if input.peek(syn::LitStr) {
        let text = input.parse::<syn::LitStr>().ok()?;
        return Some(shortened(&text.value()));
    }
    let mut name = plain(&input.call(syn::Ident::parse_any).ok()?).to_string();
    while input.peek(Token![.]) && input.peek2(syn::Ident::peek_any) {
        input.parse::<Token![.]>().ok()?;
        name.push('.');
        name.push_str(&plain(&input.call(syn::Ident::parse_any).ok()?));
    }
    Some(Text::from(name))
}

/// What `json!` takes.
pub(super) enum Json {
    Null(proc_macro2::Span),
    Value(Expr),
    List(proc_macro2::extra::DelimSpan, Vec<Json>),
    Object(proc_macro2::extra::DelimSpan, Vec<(Expr, Json)>),
}

pub(super) fn json(input: ParseStream) -> syn::Result<Json> {
    if input.peek(syn::token::Brace) {
        let content;
        let braces = syn::braced!(content in input);
        let mut entries = Vec::new();
        while !content.is_empty() {
            let key = content.parse()?;
            content.parse::<Token![:]>()?;
            entries.push((key, json(&content)?));
            content.parse::<Option<Token![,]>>()?;
        }
        return Ok(Json::Object(braces.span, entries));
    }
    if input.peek(syn::token::Bracket) {
        let content;
        let brackets = syn::bracketed!(content in input);
        let mut items = Vec::new();
        while !content.is_empty() {
            items.push(json(&content)?);
            content.parse::<Option<Token![,]>>()?;
        }
        return Ok(Json::List(brackets.span, items));
    }
    match input.parse()? {
        Expr::Path(node) if node.path.is_ident("null") => Ok(Json::Null(start_of_path(&node.path))),
        value => Ok(Json::Value(value)),
    }
}

/// One arm of `select!`; `else`, `default` and `complete` have no future.
pub(super) struct SelectArm {
    pub(super) pattern: Option<Pat>,
    pub(super) future: Option<Expr>,
    pub(super) guard: Option<Expr>,
    pub(super) body: Expr,
}

pub(super) fn select_arms(input: ParseStream) -> syn::Result<Vec<SelectArm>> {
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        // `biased;`
        input.parse::<syn::Ident>()?;
        input.parse::<Token![;]>()?;
    }
    let mut arms = Vec::new();
    while !input.is_empty() {
        arms.push(select_arm(input)?);
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(arms)
}

fn select_arm(input: ParseStream) -> syn::Result<SelectArm> {
    let is_bare = input.peek(syn::Ident::peek_any) && input.peek2(Token![=>]);
    let (mut pattern, mut future, mut guard) = (None, None, None);
    if is_bare {
        input.call(syn::Ident::parse_any)?;
    } else {
        pattern = Some(Pat::parse_multi_with_leading_vert(input)?);
        input.parse::<Token![=]>()?;
        future = Some(input.parse()?);
        if input.parse::<Option<Token![,]>>()?.is_some() {
            input.parse::<Token![if]>()?;
            guard = Some(input.parse()?);
        }
    }
    input.parse::<Token![=>]>()?;
    // A block ends an arm without a comma.
    let body =
        if input.peek(syn::token::Brace) { Expr::Block(input.parse()?) } else { input.parse()? };
    Ok(SelectArm { pattern, future, guard, body })
}

/// `static ref NAME: Type = value;` of `lazy_static!` and plain statics of `thread_local!`.
pub(super) fn statics(input: ParseStream) -> syn::Result<Vec<ItemStatic>> {
    let mut declared = Vec::new();
    while !input.is_empty() {
        let attrs = input.call(syn::Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let static_token = input.parse()?;
        input.parse::<Option<Token![ref]>>()?;
        let ident = input.parse()?;
        let colon_token = input.parse()?;
        let ty = input.parse()?;
        let eq_token = input.parse()?;
        let expr = input.parse()?;
        // The last one of `thread_local!` may go without.
        let semi_token = input.parse::<Option<Token![;]>>()?.unwrap_or_default();
        let mutability = syn::StaticMutability::None;
        declared.push(ItemStatic {
            attrs,
            vis,
            static_token,
            mutability,
            ident,
            colon_token,
            ty,
            eq_token,
            expr,
            semi_token,
        });
    }
    if declared.is_empty() {
        return Err(input.error("nothing is declared"));
    }
    Ok(declared)
}
