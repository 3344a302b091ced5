//! `{{ escaped }}`, `{{{ raw }}}`, `{{& raw }}` and `{{#block}}`: Handlebars and Mustache.

use super::{Builder, span};
use crate::facts::{
    Argument, Block, CallStyle, ExpressionId, ExpressionKind, Facts, LoopKind, Pattern,
    StatementKind, Text,
};

/// Blocks nest rarely; what stands in deeper ones is read as if it stood outside.
const DEPTH_MAX: usize = 40;
/// Paths with more names and calls with more arguments are cut.
const PARTS_MAX: usize = 16;

pub(super) fn lower(source: &str) -> Facts {
    let builder = Builder::new(source.len());
    let mut reader = Reader { builder, source, at: 0, open: Vec::new(), block: Block::new() };
    while reader.step().is_some() {}
    while !reader.open.is_empty() {
        reader.close();
    }
    reader.builder.finish(reader.block)
}

struct Reader<'s> {
    builder: Builder,
    source: &'s str,
    at: usize,
    open: Vec<(Open, Block)>,
    block: Block,
}

struct Open {
    /// What each round of the block is about; none for blocks that keep the one outside.
    each: Option<(Text, ExpressionId)>,
    start: usize,
}

impl Reader<'_> {
    fn step(&mut self) -> Option<()> {
        let start = self.at + self.source[self.at..].find("{{")?;
        let is_triple = self.source[start..].starts_with("{{{");
        let (opening, closing) = if is_triple { (3, "}}}") } else { (2, "}}") };
        let first = start + opening;
        let end = first + self.source[first..].find(closing)?;
        self.at = end + closing.len();
        let inside = self.source[first..end].trim_matches(['~', ' ', '\n', '\r', '\t']);
        let place = (start, self.at);
        match inside.as_bytes().first() {
            Some(b'#' | b'^') => self.begin(&inside[1..], start),
            Some(b'/') => self.close(),
            Some(b'!' | b'>' | b'@' | b'=') | None => {}
            Some(b'&') => self.output(&inside[1..], place, true),
            _ if inside == "else" => {}
            _ => self.output(inside, place, is_triple),
        }
        Some(())
    }

    fn output(&mut self, inside: &str, (start, end): (usize, usize), is_raw: bool) {
        // What a layout wraps around was made by another template.
        let is_slot = matches!(inside.trim(), "body" | "content" | "yield");
        let value = self.value(inside, start, end);
        self.builder.output(&mut self.block, value, span(start, end), is_raw && !is_slot);
    }

    /// A path, or a helper with what it is given.
    fn value(&mut self, inside: &str, start: usize, end: usize) -> ExpressionId {
        let mut words = inside.split_whitespace().take(PARTS_MAX);
        let first = words.next().unwrap_or_default();
        let arguments: Vec<Argument> = words
            .map(|word| {
                let (name, word) = match word.split_once('=') {
                    Some((name, value)) => (Some(Text::from(name)), value),
                    None => (None, word),
                };
                let value = self.path(word.trim_matches(['(', ')']), start, end);
                Argument { name, value, spread: false }
            })
            .collect();
        if arguments.is_empty() {
            return self.path(first, start, end);
        }
        let place = span(start, end);
        let callee = self.builder.add(ExpressionKind::Name(Text::from(first)), place);
        let kind = ExpressionKind::Call { callee, arguments, style: CallStyle::Plain };
        self.builder.add(kind, place)
    }

    fn path(&mut self, path: &str, start: usize, end: usize) -> ExpressionId {
        let place = span(start, end);
        if let Some(text) = path.strip_prefix(['"', '\'']) {
            let text = Text::from(text.trim_end_matches(['"', '\'']));
            return self.builder.add(ExpressionKind::Text(text), place);
        }
        let item = self.open.iter().rev().find_map(|(open, _)| open.each.clone());
        let own = path.strip_prefix("this");
        let mut names = path.split(['.', '/']).filter(|name| !name.is_empty()).take(PARTS_MAX);
        let named_here = |name: &str| {
            self.open.iter().any(|(open, _)| matches!(&open.each, Some((own, _)) if own == name))
        };
        let is_outside = path.starts_with("..") || path.starts_with('@');
        let mut value = match item {
            Some((item, _))
                if own.is_some()
                    || !is_outside && !named_here(names.clone().next().unwrap_or_default()) =>
            {
                if own.is_some() {
                    names.next();
                }
                self.builder.add(ExpressionKind::Name(item), place)
            }
            _ => {
                let first = names.next().unwrap_or_default();
                self.builder.add(ExpressionKind::Name(Text::from(first)), place)
            }
        };
        for name in names {
            let kind = ExpressionKind::Member { object: value, name: Text::from(name) };
            value = self.builder.add(kind, place);
        }
        value
    }

    /// `#each items as |item|`, `#items`, `#if test`.
    fn begin(&mut self, inside: &str, start: usize) {
        let mut words = inside.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let each = match (first, second) {
            ("each" | "with", Some(items)) => {
                let named = inside.split_once('|').map(|(_, rest)| rest.trim_start());
                let is_end = |sign: char| sign.is_whitespace() || sign == '|';
                let name = named.and_then(|rest| rest.split(is_end).next());
                let items = self.path(items, start, self.at);
                Some((Text::from(name.unwrap_or("this")), items))
            }
            (_, Some(_)) => None,
            (items, None) => {
                let items = self.path(items, start, self.at);
                Some((Text::const_new("this"), items))
            }
        };
        if self.open.len() < DEPTH_MAX {
            self.open.push((Open { each, start }, std::mem::take(&mut self.block)));
        }
    }

    fn close(&mut self) {
        let Some((open, before)) = self.open.pop() else { return };
        let body = std::mem::replace(&mut self.block, before);
        let kind = match open.each {
            Some((name, source)) => StatementKind::Loop {
                kind: LoopKind::ForEach,
                target: Some(Pattern::Name(name)),
                source: Some(source),
                body,
                otherwise: Block::new(),
            },
            None => StatementKind::Block(body),
        };
        let statement = self.builder.facts.add_statement(kind, span(open.start, self.at));
        self.block.push(statement);
    }
}
