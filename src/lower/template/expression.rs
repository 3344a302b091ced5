//! Expressions between the braces of a template: paths, calls, filters and operators.

use super::{Builder, span};
use crate::facts::{
    Argument, CallStyle, Entry, EntryKey, ExpressionId, ExpressionKind, Operator, Text,
};

/// Expressions nest rarely; deeper ones are cut.
const DEPTH_MAX: u32 = 24;

/// Filters that say that a value needs no escaping.
const UNESCAPED: [&str; 4] = ["safe", "raw", "safeseq", "unescape"];

/// Reads `source[start..end]` as one expression.
pub(super) fn parse(
    builder: &mut Builder,
    source: &str,
    start: usize,
    end: usize,
) -> Option<ExpressionId> {
    let mut parser = Parser { builder, source: &source[..end], at: start, depth: 0 };
    parser.blanks();
    (parser.at < end).then(|| parser.expression())
}

/// Reads one expression from `start` and tells where it ends: assignments that follow one another.
pub(super) fn parse_prefix(
    builder: &mut Builder,
    source: &str,
    start: usize,
    end: usize,
) -> (ExpressionId, usize) {
    let mut parser = Parser { builder, source: &source[..end], at: start, depth: 0 };
    let value = parser.filtered();
    (value, parser.at)
}

struct Parser<'b, 's> {
    builder: &'b mut Builder,
    source: &'s str,
    at: usize,
    depth: u32,
}

impl Parser<'_, '_> {
    /// `value if test else other`
    fn expression(&mut self) -> ExpressionId {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.at = self.source.len();
            self.depth -= 1;
            return self.add(ExpressionKind::Other(Vec::new()), start);
        }
        let mut value = self.operation();
        if self.word("if") {
            let test = self.operation();
            let otherwise = if self.word("else") {
                self.expression()
            } else {
                self.add(ExpressionKind::Null, self.at)
            };
            value = self.add(ExpressionKind::Conditional { test, then: value, otherwise }, start);
        }
        self.depth -= 1;
        value
    }

    fn operation(&mut self) -> ExpressionId {
        let start = self.at;
        let mut operands = vec![self.operand()];
        let mut operators = Vec::new();
        while let Some(operator) = self.operator() {
            operators.push(operator);
            operands.push(self.operand());
        }
        if operators.is_empty() {
            return operands[0];
        }
        // Without precedence: a comparison anywhere makes a yes or no, joining makes a text.
        let is = |wanted: Operator| operators.contains(&wanted);
        let kind = if is(Operator::Equal) {
            ExpressionKind::Operation { operator: Operator::Equal, operands }
        } else if operators.iter().all(|&operator| operator == Operator::Add) {
            ExpressionKind::Concat(operands)
        } else if is(Operator::Or) {
            ExpressionKind::Operation { operator: Operator::Or, operands }
        } else {
            ExpressionKind::Operation { operator: operators[0], operands }
        };
        self.add(kind, start)
    }

    fn operator(&mut self) -> Option<Operator> {
        const SIGNS: [(&str, Operator); 16] = [
            ("==", Operator::Equal),
            ("!=", Operator::Equal),
            (">=", Operator::Equal),
            ("<=", Operator::Equal),
            ("<", Operator::Equal),
            (">", Operator::Equal),
            ("~", Operator::Add),
            ("+", Operator::Add),
            ("-", Operator::Subtract),
            ("**", Operator::Multiply),
            ("*", Operator::Multiply),
            ("//", Operator::Subtract),
            ("/", Operator::Subtract),
            ("%", Operator::Remainder),
            ("||", Operator::Or),
            ("&&", Operator::And),
        ];
        const WORDS: [(&str, Operator); 6] = [
            ("or", Operator::Or),
            ("and", Operator::And),
            ("in", Operator::Equal),
            ("is", Operator::Equal),
            ("not in", Operator::Equal),
            ("contains", Operator::Equal),
        ];
        self.blanks();
        let sign = SIGNS.iter().find(|(sign, _)| self.rest().starts_with(sign));
        if let Some(&(sign, operator)) = sign {
            self.at += sign.len();
            return Some(operator);
        }
        WORDS.iter().find(|(word, _)| self.word(word)).map(|&(_, operator)| operator)
    }

    fn operand(&mut self) -> ExpressionId {
        self.blanks();
        let start = self.at;
        let operator = if self.word("not") || self.eat("!") {
            Operator::Not
        } else if self.eat("-") {
            Operator::Negate
        } else {
            return self.filtered();
        };
        let operands = vec![self.filtered()];
        self.add(ExpressionKind::Operation { operator, operands }, start)
    }

    /// `value|filter(argument)|other:argument`
    fn filtered(&mut self) -> ExpressionId {
        self.blanks();
        let start = self.at;
        let mut value = self.path();
        loop {
            self.blanks();
            if self.rest().starts_with("||") || !self.eat("|") {
                return value;
            }
            let name = self.name();
            if UNESCAPED.contains(&name.as_str()) {
                let place = span(start, self.at);
                value = self.builder.element(value, place, true);
                continue;
            }
            let filters = self.add(ExpressionKind::Name(Text::const_new("filter")), start);
            let callee = self.add(ExpressionKind::Member { object: filters, name }, start);
            let mut arguments = vec![plain(value)];
            if self.eat("(") {
                arguments.extend(self.arguments(")"));
            } else if self.eat(":") {
                arguments.push(plain(self.path()));
                while self.eat(",") {
                    arguments.push(plain(self.path()));
                }
            }
            let style = CallStyle::Plain;
            value = self.add(ExpressionKind::Call { callee, arguments, style }, start);
        }
    }

    /// `a.b[c].d(e)`
    fn path(&mut self) -> ExpressionId {
        self.blanks();
        let start = self.at;
        let mut value = self.primary();
        loop {
            let object = value;
            let kind = if self.rest().starts_with("..") || !self.eat(".") && !self.eat("?.") {
                if self.eat("(") {
                    let arguments = self.arguments(")");
                    ExpressionKind::Call { callee: object, arguments, style: CallStyle::Plain }
                } else if self.eat("[") {
                    let index = self.expression();
                    self.eat("]");
                    ExpressionKind::Index { object, index }
                } else {
                    return value;
                }
            } else {
                let name = self.name();
                if name.starts_with(|first: char| first.is_ascii_digit()) {
                    let index = self.add(ExpressionKind::Number(name), self.at);
                    ExpressionKind::Index { object, index }
                } else {
                    ExpressionKind::Member { object, name }
                }
            };
            value = self.add(kind, start);
        }
    }

    fn primary(&mut self) -> ExpressionId {
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return self.add(ExpressionKind::Null, start);
        };
        let kind = match first {
            '\'' | '"' => {
                self.at += 1;
                let length = self.rest().find(first).unwrap_or(self.rest().len());
                let text = Text::from(&self.rest()[..length]);
                self.at = (self.at + length + 1).min(self.source.len());
                ExpressionKind::Text(text)
            }
            '(' | '[' => {
                self.at += 1;
                let items = self.arguments(if first == '(' { ")" } else { "]" });
                match items.as_slice() {
                    [only] if first == '(' => return only.value,
                    items => ExpressionKind::List(items.iter().map(|item| item.value).collect()),
                }
            }
            '{' => {
                self.at += 1;
                self.object()
            }
            // Thymeleaf's utilities: `#strings.escapeXml(value)`.
            '#' => {
                self.at += 1;
                ExpressionKind::Name(self.name())
            }
            first if first.is_ascii_digit() => ExpressionKind::Number(self.name()),
            first if first.is_alphabetic() || matches!(first, '_' | '$' | '@') => {
                let name = self.name();
                match name.as_str() {
                    "true" | "True" => ExpressionKind::Bool(true),
                    "false" | "False" => ExpressionKind::Bool(false),
                    "none" | "None" | "null" | "nil" | "undefined" => ExpressionKind::Null,
                    _ => ExpressionKind::Name(name),
                }
            }
            _ => {
                self.at += first.len_utf8();
                ExpressionKind::Other(Vec::new())
            }
        };
        self.add(kind, start)
    }

    /// What stands between brackets, up to `closing`.
    fn arguments(&mut self, closing: &str) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            self.blanks();
            if self.eat(closing) || self.at >= self.source.len() {
                return arguments;
            }
            let before = self.at;
            let name = self.assigned_name();
            let value = self.expression();
            arguments.push(Argument { name, value, spread: false });
            self.blanks();
            if !self.eat(",") && self.at == before {
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            }
        }
    }

    fn object(&mut self) -> ExpressionKind {
        let mut entries = Vec::new();
        loop {
            self.blanks();
            if self.eat("}") || self.at >= self.source.len() {
                return ExpressionKind::Object(entries);
            }
            let before = self.at;
            let key = self.path();
            let key = match &self.builder.facts[key].kind {
                ExpressionKind::Text(text) | ExpressionKind::Name(text) => {
                    EntryKey::Name(text.clone())
                }
                _ => EntryKey::Computed(key),
            };
            self.blanks();
            self.eat(":");
            let value = self.expression();
            entries.push(Entry { key, value, span: span(before, self.at) });
            self.blanks();
            if !self.eat(",") && self.at == before {
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
            }
        }
    }

    /// `name=` before an argument.
    fn assigned_name(&mut self) -> Option<Text> {
        let before = self.at;
        let name = self.name();
        self.blanks();
        if !name.is_empty() && !self.rest().starts_with("==") && self.eat("=") {
            return Some(name);
        }
        self.at = before;
        None
    }

    fn name(&mut self) -> Text {
        self.blanks();
        let is_part = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '$' | '@');
        let rest = self.rest();
        let length = rest.find(|sign: char| !is_part(sign)).unwrap_or(rest.len());
        let name = Text::from(&rest[..length]);
        self.at += length;
        name
    }

    /// A word of the language, and not the start of a longer one.
    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let follows = self.rest().strip_prefix(word);
        let is_whole = follows.is_some_and(|rest| {
            !rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '_' | '.'))
        });
        if is_whole {
            self.at += word.len();
        }
        is_whole
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign);
        if is_there {
            self.at += sign.len();
        }
        is_there
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn add(&mut self, kind: ExpressionKind, start: usize) -> ExpressionId {
        self.builder.add(kind, span(start, self.at.max(start)))
    }
}

fn plain(value: ExpressionId) -> Argument {
    Argument { name: None, value, spread: false }
}
