//! Rust: `syn`'s typed tree to facts.
//!
//! `syn` keeps macro arguments as tokens; they are parsed again as expressions (`macros`). Ordinary
//! comments are not in its tree; they are read from the text (`comments`). Inline modules are
//! flattened into their file: paths that lead out of one by `super` are rewritten accordingly.

use proc_macro2::Span as TokenSpan;

use crate::facts::{
    Block, ExpressionId, ExpressionKind, Facts, File, FunctionId, Problem, ProblemKind, Span,
    StatementKind, Text,
};

mod attributes;
mod comments;
mod expressions;
mod format;
mod imports;
mod items;
mod macros;
mod patterns;
mod spans;
mod statements;
mod types;

/// Longer literals are cut: no rule reads further, and embedded data would fill the facts.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// Lowers one Rust file. A file that does not parse gives no facts but its broken region.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let text = file.text.as_ref();
    let offset = length_of_preamble(text);
    // Spans of the file before are not needed any more; without this the thread's map only grows.
    proc_macro2::extra::invalidate_current_thread_spans();
    let tree = match syn::parse_str::<syn::File>(&text[offset..]) {
        Ok(tree) => tree,
        Err(error) => return refused(file, &error),
    };
    let mut lowering = Lowering::new(&tree, offset_of(offset));
    lowering.top_level(&tree);
    let mut facts = lowering.facts;
    facts.comments = comments::of(text);
    facts.functions[0].span = Span::new(0, offset_of(text.len()));
    facts.functions[0].name_span = facts.functions[0].span;
    (facts, Vec::new())
}

fn refused(file: &File, error: &syn::Error) -> (Facts, Vec<Problem>) {
    let line = error.span().start().line;
    let mut facts = Facts::empty();
    facts.broken.push(Span::new(0, offset_of(file.text.len())));
    let problem = Problem {
        path: file.path.to_string(),
        kind: ProblemKind::DidNotParse,
        message: format!("line {line}: {error}"),
    };
    (facts, vec![problem])
}

/// The bytes of a byte order mark and a `#!` line, which are no part of the grammar.
fn length_of_preamble(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    let is_interpreter_line = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    match rest.find('\n') {
        Some(end) if is_interpreter_line => mark + end,
        None if is_interpreter_line => text.len(),
        _ => mark,
    }
}

fn offset_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// What is known while one file is lowered.
struct Lowering {
    facts: Facts,
    /// Bytes of the file before the text that was parsed.
    offset: u32,
    /// The function whose body is being lowered.
    function: FunctionId,
    /// Names of the inline modules around the current item.
    modules: Vec<String>,
    /// Names of all inline modules of the file.
    inline_modules: Vec<String>,
    /// `#[cfg(…)]` of the modules and blocks around the current item: they hold for every function
    /// inside, which all share these expressions as decorators.
    conditions: Vec<ExpressionId>,
}

impl Lowering {
    fn new(tree: &syn::File, offset: u32) -> Self {
        Self {
            facts: Facts::empty(),
            offset,
            function: Facts::TOP_LEVEL,
            modules: Vec::new(),
            inline_modules: items::inline_modules(&tree.items),
            conditions: Vec::new(),
        }
    }

    fn top_level(&mut self, tree: &syn::File) {
        let mut block = Block::new();
        self.conditions = self.conditions_among(&tree.attrs);
        for item in &tree.items {
            self.item(item, &mut block);
        }
        self.facts.function_mut(Facts::TOP_LEVEL).body = block;
    }

    /// The place of a token.
    fn place(&self, token: TokenSpan) -> Span {
        let range = token.byte_range();
        Span::new(offset_of(range.start) + self.offset, offset_of(range.end) + self.offset)
    }

    /// From the start of one token to the end of another.
    fn between(&self, first: TokenSpan, last: TokenSpan) -> Span {
        Span::new(self.place(first).start, self.place(last).end)
    }

    fn add(&mut self, kind: ExpressionKind, span: Span) -> ExpressionId {
        self.facts.add_expression(kind, span)
    }

    fn name(&mut self, name: &str, span: Span) -> ExpressionId {
        self.add(ExpressionKind::Name(Text::from(name)), span)
    }

    fn push(&mut self, block: &mut Block, kind: StatementKind, span: Span) {
        let statement = self.facts.add_statement(kind, span);
        block.push(statement);
    }

    fn place_of(&self, id: ExpressionId) -> Span {
        self.facts[id].span
    }
}

/// A name without the `r#` that lets a keyword be one.
fn plain(identifier: &syn::Ident) -> Text {
    let written = identifier.to_string();
    Text::from(written.strip_prefix("r#").unwrap_or(&written))
}

/// Cut at a character boundary, so that data embedded as a literal does not fill the facts.
fn shortened(text: &str) -> Text {
    Text::from(&text[..text.floor_char_boundary(TEXT_BYTES_MAX)])
}
