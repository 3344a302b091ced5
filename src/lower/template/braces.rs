//! `{{ value }}`, `{% tag %}` and `{# comment #}`: Jinja and its relatives.

use super::{Builder, expression, span};
use crate::facts::{
    Block, ExpressionId, ExpressionKind, Facts, LoopKind, Pattern, StatementKind, Text,
};

/// Blocks nest rarely; what stands in deeper ones is read as if it stood outside.
const DEPTH_MAX: usize = 40;
/// Chains of branches that are told apart.
const BRANCHES_MAX: usize = 16;

pub(super) fn lower(source: &str) -> Facts {
    let builder = Builder::new(source.len());
    let mut reader =
        Reader { builder, source, at: 0, open: Vec::new(), block: Block::new(), raw: Vec::new() };
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
    /// Blocks that are open, each with the statements before it.
    open: Vec<(Open, Block)>,
    block: Block,
    /// Whether escaping is off in each block that says so.
    raw: Vec<bool>,
}

enum Open {
    Loop {
        target: Pattern,
        source: ExpressionId,
        start: usize,
    },
    /// The tests and blocks before the current branch.
    Branches {
        branches: Vec<(ExpressionId, Block)>,
        test: ExpressionId,
        start: usize,
    },
}

impl Reader<'_> {
    /// Reads up to the end of the next tag.
    fn step(&mut self) -> Option<()> {
        let start = self.at + self.source[self.at..].find('{')?;
        let closing = match self.source[start..].get(..2) {
            Some("{{") => "}}",
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => {
                self.at = start + 1;
                return Some(());
            }
        };
        let end = start + 2 + self.source[start + 2..].find(closing)?;
        self.at = end + 2;
        // Signs that eat the white space around.
        let inside = &self.source[start + 2..end];
        let first = start + 2 + usize::from(inside.starts_with(['-', '~', '+', '=']));
        let last = end - usize::from(inside.len() > 1 && inside.ends_with(['-', '~', '+', '=']));
        match closing {
            "}}" => self.output(start, first, last),
            "%}" => self.tag(start, first, last)?,
            _ => {}
        }
        Some(())
    }

    fn output(&mut self, start: usize, first: usize, last: usize) {
        let is_raw = self.raw.last() == Some(&true);
        if let Some(value) = expression::parse(&mut self.builder, self.source, first, last) {
            let place = span(start, self.at);
            self.builder.output(&mut self.block, value, place, is_raw);
        }
    }

    fn tag(&mut self, start: usize, first: usize, last: usize) -> Option<()> {
        let inside = &self.source[first..last];
        let first = first + inside.len() - inside.trim_start().len();
        let inside = inside.trim_start();
        let length = inside.find(|sign: char| !sign.is_alphanumeric()).unwrap_or(inside.len());
        let after = first + length;
        match &inside[..length] {
            "for" => self.each(start, after, last),
            "if" | "unless" | "ifchanged" => {
                let test = self.parsed(after, last);
                self.begin(Open::Branches { branches: Vec::new(), test, start });
            }
            "elif" | "elsif" | "elseif" | "else" => self.branch(after, last),
            "endfor" => self.end(|open| matches!(open, Open::Loop { .. })),
            "endif" | "endunless" | "endifchanged" => {
                self.end(|open| matches!(open, Open::Branches { .. }));
            }
            "set" | "assign" | "with" | "let" => self.assignments(start, after, last),
            "autoescape" => {
                let value = self.source[after..last].trim();
                self.raw.push(matches!(value, "off" | "false" | "False"));
            }
            "endautoescape" => {
                self.raw.pop();
            }
            name @ ("raw" | "verbatim" | "comment") => {
                self.at += self.source[self.at..].find(&format!("end{name}"))?;
            }
            _ => {}
        }
        Some(())
    }

    /// `for item in items`, `for key, value in items`
    fn each(&mut self, start: usize, after: usize, last: usize) {
        let inside = &self.source[after..last];
        let Some(found) = inside.find(" in ") else { return };
        let names: Vec<Pattern> =
            inside[..found].split(',').map(|name| Pattern::Name(Text::from(name.trim()))).collect();
        let target = match <[Pattern; 1]>::try_from(names) {
            Ok([only]) => only,
            Err(names) => Pattern::Items(names),
        };
        let source = self.parsed(after + found + 4, last);
        self.begin(Open::Loop { target, source, start });
    }

    /// `name = value`, one or more, and Django's `value as name`.
    fn assignments(&mut self, start: usize, after: usize, last: usize) {
        let inside = &self.source[after..last];
        if !inside.contains('=') {
            if let Some((value, name)) = inside.rsplit_once(" as ") {
                let value = self.parsed(after, after + value.len());
                self.bind(name.trim(), value, start);
            }
            return;
        }
        let mut at = after;
        while let Some(sign) = self.source[at..last].find('=') {
            let name = self.source[at..at + sign].trim_matches([' ', ',', '\n', '\t', '\r']);
            let (value, end) =
                expression::parse_prefix(&mut self.builder, self.source, at + sign + 1, last);
            self.bind(name, value, start);
            at = end.max(at + sign + 1);
        }
    }

    fn bind(&mut self, name: &str, value: ExpressionId, start: usize) {
        let target = Pattern::Name(Text::from(name));
        let kind = StatementKind::Bind { target, annotation: None, value: Some(value) };
        self.block.push(self.builder.facts.add_statement(kind, span(start, self.at)));
    }

    fn begin(&mut self, open: Open) {
        if self.open.len() < DEPTH_MAX {
            self.open.push((open, std::mem::take(&mut self.block)));
        }
    }

    fn branch(&mut self, after: usize, last: usize) {
        let test = self.parsed(after, last);
        if let Some((Open::Branches { branches, test: current, .. }, _)) = self.open.last_mut()
            && branches.len() < BRANCHES_MAX
        {
            let before = std::mem::replace(current, test);
            branches.push((before, std::mem::take(&mut self.block)));
        }
    }

    fn end(&mut self, is_wanted: impl Fn(&Open) -> bool) {
        if self.open.last().is_some_and(|(open, _)| is_wanted(open)) {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some((open, before)) = self.open.pop() else { return };
        let body = std::mem::replace(&mut self.block, before);
        let facts = &mut self.builder.facts;
        match open {
            Open::Loop { target, source, start } => {
                let (target, source) = (Some(target), Some(source));
                let (kind, otherwise) = (LoopKind::ForEach, Block::new());
                let kind = StatementKind::Loop { kind, target, source, body, otherwise };
                self.block.push(facts.add_statement(kind, span(start, self.at)));
            }
            Open::Branches { branches, test, start } => {
                let place = span(start, self.at);
                let mut kind =
                    StatementKind::If { test, binding: None, then: body, otherwise: Block::new() };
                for (test, then) in branches.into_iter().rev() {
                    let otherwise = vec![facts.add_statement(kind, place)];
                    kind = StatementKind::If { test, binding: None, then, otherwise };
                }
                self.block.push(facts.add_statement(kind, place));
            }
        }
    }

    fn parsed(&mut self, start: usize, end: usize) -> ExpressionId {
        expression::parse(&mut self.builder, self.source, start, end).unwrap_or_else(|| {
            self.builder.add(ExpressionKind::Other(Vec::new()), span(start, end))
        })
    }
}
