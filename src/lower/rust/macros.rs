//! Macro calls. Their arguments are tokens; most macros take expressions, so they are parsed again:
//! as a list of expressions, else as statements, else piece by piece for what is in them.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    Block as RustBlock, Expr, Lit, Macro, Pat, Stmt, Token,
    parse::{ParseStream, Parser as _},
};

use crate::facts::{
    Argument, Arm, Block, CallStyle, Entry, EntryKey, ExpressionId, ExpressionKind, Span,
    StatementKind, Text,
};

use super::{
    Lowering,
    expressions::unnamed,
    format::{Piece, pieces},
    shortened,
    spans::{end_of, start_of},
    statements::{Tail, binding_of},
};

mod grammar;
mod template;

use grammar::{Json, MacroArgument, SelectArm, arguments, json, select_arms, statics};

/// Macros that take a format string and its values.
const FORMATTING: &[&str] = &[
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "crit",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "debug_span",
    "ensure",
    "eprint",
    "eprintln",
    "err",
    "error",
    "error_span",
    "event",
    "eyre",
    "format",
    "format_args",
    "format_compact",
    "format_err",
    "formatcp",
    "info",
    "info_span",
    "log",
    "panic",
    "print",
    "println",
    "span",
    "todo",
    "trace",
    "trace_span",
    "unimplemented",
    "unreachable",
    "warn",
    "warn_span",
    "whatever",
    "write",
    "writeln",
];

/// Those whose value is the text itself.
const TEXTS: &[&str] = &["concat", "format", "format_args", "format_compact", "formatcp"];

impl Lowering {
    pub(super) fn macro_value(&mut self, called: &Macro) -> ExpressionId {
        let span = self.span_of_macro(called);
        let name = called.path.segments.last().map(|segment| super::plain(&segment.ident));
        let name = name.unwrap_or_default();
        let special = match name.as_str() {
            "json" => json.parse2(called.tokens.clone()).ok().map(|value| self.json_value(&value)),
            "vec" => self.list(called, span),
            "matches" => self.matches(called, span),
            "select" => self.selection(called, Tail::Value).map(|selection| {
                let statement = self.facts.add_statement(selection, span);
                self.add(ExpressionKind::Branches(statement), span)
            }),
            _ => None,
        };
        if let Some(value) = special {
            return value;
        }
        let mut arguments = match arguments.parse2(called.tokens.clone()) {
            Ok(written) => self.macro_arguments(&name, &written),
            Err(_) => self.block_values(&called.tokens).into_iter().map(unnamed).collect(),
        };
        if TEXTS.contains(&name.as_str()) && !arguments.is_empty() {
            return self.text_value(&name, &mut arguments, span);
        }
        let callee = self.path(None, &called.path);
        self.add(ExpressionKind::Call { callee, arguments, style: CallStyle::Macro }, span)
    }

    /// `format!(…)` is its text; `concat!(…)` all of its arguments.
    fn text_value(
        &mut self,
        name: &str,
        arguments: &mut Vec<Argument>,
        span: Span,
    ) -> ExpressionId {
        match &arguments[..] {
            [only] if name != "concat" => {
                self.facts.expressions[only.value.0 as usize].span = span;
                only.value
            }
            _ => {
                let parts = arguments.drain(..).map(|argument| argument.value).collect();
                self.add(ExpressionKind::Concat(parts), span)
            }
        }
    }

    fn macro_arguments(&mut self, name: &str, written: &[MacroArgument]) -> Vec<Argument> {
        let is_text = |argument: &MacroArgument| {
            argument.name.is_none()
                && matches!(&argument.value, Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)))
        };
        let format =
            if FORMATTING.contains(&name) { written.iter().position(is_text) } else { None };
        let Some(format) = format else {
            return written.iter().map(|argument| self.macro_argument(argument)).collect();
        };
        let (before, rest) = written.split_at(format);
        let mut arguments: Vec<_> =
            before.iter().map(|argument| self.macro_argument(argument)).collect();
        if let Some((format, values)) = rest.split_first() {
            self.formatted(format, values, &mut arguments);
        }
        arguments
    }

    fn macro_argument(&mut self, argument: &MacroArgument) -> Argument {
        let value = match &argument.name {
            Some(name) => self.named_value(name, &argument.value),
            None => self.expression(&argument.value),
        };
        Argument { name: argument.name.clone(), value, spread: false }
    }

    /// A format string with its values: one text of parts, then the values it does not use.
    fn formatted(
        &mut self,
        format: &MacroArgument,
        values: &[MacroArgument],
        arguments: &mut Vec<Argument>,
    ) {
        let Expr::Lit(written) = &format.value else { return };
        let Lit::Str(text) = &written.lit else { return };
        let span = self.place(text.span());
        let lowered: Vec<_> = values.iter().map(|value| self.macro_argument(value)).collect();
        let positional: Vec<_> =
            (0..lowered.len()).filter(|&index| lowered[index].name.is_none()).collect();
        let mut used = vec![false; lowered.len()];
        let mut next = 0;
        let mut end = span.end;
        let mut parts = Vec::new();
        for piece in pieces(&text.value()) {
            let index = match &piece {
                Piece::Text(text) => {
                    parts.push(self.add(ExpressionKind::Text(shortened(text)), span));
                    continue;
                }
                Piece::Next => {
                    next += 1;
                    positional.get(next - 1).copied()
                }
                Piece::At(position) => positional.get(*position).copied(),
                Piece::Named(name) => {
                    lowered.iter().position(|value| value.name.as_deref() == Some(name))
                }
            };
            match (index, piece) {
                (Some(index), _) => {
                    used[index] = true;
                    end = end.max(self.place_of(lowered[index].value).end);
                    parts.push(lowered[index].value);
                }
                (None, Piece::Named(name)) => parts.push(self.name(&name, span)),
                (None, _) => {}
            }
        }
        let value = match parts[..] {
            [] => self.add(ExpressionKind::Text(Text::default()), span),
            [only] if self.facts[only].kind.as_text().is_some() => only,
            _ => self.add(ExpressionKind::Concat(parts), Span::new(span.start, end)),
        };
        arguments.push(unnamed(value));
        let rest = lowered.into_iter().zip(used).filter(|(_, used)| !used);
        arguments.extend(rest.map(|(argument, _)| argument));
    }

    /// `vec![a, b]` is a list, `vec![a; n]` a repeated one.
    fn list(&mut self, called: &Macro, span: Span) -> Option<ExpressionId> {
        let brackets =
            TokenTree::Group(proc_macro2::Group::new(Delimiter::Bracket, called.tokens.clone()));
        let kind = match syn::parse2(TokenStream::from(brackets)).ok()? {
            Expr::Array(node) => ExpressionKind::List(self.expressions(&node.elems)),
            Expr::Repeat(node) => self.repeated(&node.expr, &node.len, span),
            _ => return None,
        };
        Some(self.add(kind, span))
    }

    /// `matches!(value, pattern if guard)`.
    fn matches(&mut self, called: &Macro, span: Span) -> Option<ExpressionId> {
        let parse = |input: ParseStream| {
            let value: Expr = input.parse()?;
            input.parse::<Token![,]>()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard = match input.parse::<Option<Token![if]>>()? {
                Some(_) => Some(input.parse::<Expr>()?),
                None => None,
            };
            input.parse::<Option<Token![,]>>()?;
            Ok((value, pattern, guard))
        };
        let (value, pattern, guard) = parse.parse2(called.tokens.clone()).ok()?;
        let mut arguments =
            vec![unnamed(self.expression(&value)), unnamed(self.pattern_expression(&pattern))];
        arguments.extend(guard.map(|guard| unnamed(self.expression(&guard))));
        let callee = self.path(None, &called.path);
        let kind = ExpressionKind::Call { callee, arguments, style: CallStyle::Macro };
        Some(self.add(kind, span))
    }

    /// `select! { pattern = future, if guard => body, … }` of tokio and futures.
    pub(super) fn selection(&mut self, called: &Macro, tail: Tail) -> Option<StatementKind> {
        if called.path.segments.last().is_none_or(|segment| segment.ident != "select") {
            return None;
        }
        let written = select_arms.parse2(called.tokens.clone()).ok()?;
        let arms = written.iter().map(|arm| self.select_arm(arm, tail)).collect();
        Some(StatementKind::Match { subject: None, arms })
    }

    fn select_arm(&mut self, arm: &SelectArm, tail: Tail) -> Arm {
        let mut body = Block::new();
        let tests = arm.future.iter().map(|future| self.expression(future)).collect();
        let binding = arm.pattern.as_ref().and_then(|pattern| binding_of(self.pattern(pattern)));
        let guard = arm.guard.as_ref().map(|guard| self.expression(guard));
        self.branch(&arm.body, tail, &mut body);
        let first = arm.future.as_ref().map_or_else(|| start_of(&arm.body), start_of);
        let span = self.between(first, end_of(&arm.body));
        Arm { tests, binding, guard, body, span }
    }

    /// A macro where an item may stand: `lazy_static!`, `thread_local!` declare, others are calls.
    pub(super) fn macro_item(&mut self, called: &Macro, span: Span, block: &mut Block) {
        if let Ok(declared) = statics.parse2(called.tokens.clone()) {
            for declared in declared {
                let place = self.between(declared.static_token.span, declared.semi_token.span);
                let (name, written) = (&declared.ident, &declared.ty);
                self.bind(name, Some(written), Some(&declared.expr), place, block);
            }
            return;
        }
        let value = self.macro_value(called);
        self.push(block, StatementKind::Expression(value), span);
    }

    /// Tokens that are no list of expressions: statements, else whatever can be read.
    fn block_values(&mut self, tokens: &TokenStream) -> Vec<ExpressionId> {
        match RustBlock::parse_within.parse2(tokens.clone()) {
            Ok(statements) if !statements.is_empty() => {
                vec![self.statements_value(&statements, tokens)]
            }
            _ => self.tokens_values(tokens),
        }
    }

    fn statements_value(&mut self, statements: &[Stmt], tokens: &TokenStream) -> ExpressionId {
        let span = self.span_of_tokens(tokens);
        let mut block = Block::new();
        self.statements(statements, Tail::Value, &mut block);
        let statement = self.facts.add_statement(StatementKind::Block(block), span);
        self.add(ExpressionKind::Branches(statement), span)
    }

    /// Tokens of no known form, with the expressions found in them.
    pub(super) fn tokens_value(&mut self, tokens: &TokenStream) -> ExpressionId {
        let span = self.span_of_tokens(tokens);
        let values = self.tokens_values(tokens);
        self.add(ExpressionKind::Other(values), span)
    }

    /// The expressions between separators; where a piece is none, those inside its brackets and its
    /// literals.
    pub(super) fn tokens_values(&mut self, tokens: &TokenStream) -> Vec<ExpressionId> {
        let mut values = Vec::new();
        let mut piece = Vec::new();
        let mut tokens = tokens.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            match &token {
                // An attribute; documentation is one, too.
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    tokens.next_if(|next| matches!(next, TokenTree::Group(_)));
                }
                TokenTree::Punct(mark) if matches!(mark.as_char(), ',' | ';' | '=' | '>') => {
                    self.piece_values(std::mem::take(&mut piece), &mut values);
                }
                _ => piece.push(token),
            }
        }
        self.piece_values(piece, &mut values);
        values
    }

    fn piece_values(&mut self, piece: Vec<TokenTree>, values: &mut Vec<ExpressionId>) {
        if piece.is_empty() {
            return;
        }
        if let Ok(expression) = syn::parse2::<Expr>(piece.iter().cloned().collect()) {
            values.push(self.expression(&expression));
            return;
        }
        for token in piece {
            match token {
                TokenTree::Group(group) => {
                    let inside = match group.delimiter() {
                        Delimiter::Brace => self.block_values(&group.stream()),
                        _ => self.tokens_values(&group.stream()),
                    };
                    if !inside.is_empty() {
                        let span = self.between(group.span_open(), group.span_close());
                        values.push(self.add(ExpressionKind::Other(inside), span));
                    }
                }
                TokenTree::Literal(literal) => values.push(self.literal_value(&Lit::new(literal))),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn json_value(&mut self, value: &Json) -> ExpressionId {
        match value {
            Json::Null(name) => {
                let span = self.place(*name);
                self.add(ExpressionKind::Null, span)
            }
            Json::Value(value) => self.expression(value),
            Json::List(place, items) => {
                let items = items.iter().map(|item| self.json_value(item)).collect();
                let span = self.between(place.open(), place.close());
                self.add(ExpressionKind::List(items), span)
            }
            Json::Object(place, entries) => {
                let entries = entries.iter().map(|entry| self.json_entry(entry)).collect();
                let span = self.between(place.open(), place.close());
                self.add(ExpressionKind::Object(entries), span)
            }
        }
    }

    fn json_entry(&mut self, (key, value): &(Expr, Json)) -> Entry {
        let value = self.json_value(value);
        let written = self.expression(key);
        let span = Span::new(self.place_of(written).start, self.place_of(value).end);
        let key = match &self.facts[written].kind {
            ExpressionKind::Text(text) => EntryKey::Name(text.clone()),
            _ => EntryKey::Computed(written),
        };
        Entry { key, value, span }
    }
}
