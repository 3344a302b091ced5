//! Strings and what is built of them: f-strings, `%` and `.format` on literals.

use ruff_python_ast::{
    Expr, ExprBinOp, ExprCall, ExprFString, ExprTString, FStringPart, InterpolatedStringElement,
};
use ruff_text_size::{Ranged, TextRange};

use super::Lowering;
use crate::facts::{ExpressionId, ExpressionKind, Text};

/// Longer literals are data; rules only look at how a text starts.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// A part of a format string.
#[derive(Debug, PartialEq)]
enum FormatPart {
    Literal(String),
    /// A placeholder for the next value, for the value at a position, or for a named one.
    Next,
    Position(usize),
    Named(String),
}

/// A value that fills placeholders: its name, if it has one, and whether a placeholder took it.
struct FormatValue {
    name: Option<Text>,
    value: ExpressionId,
    taken: bool,
}

impl Lowering<'_> {
    #[expect(clippy::unused_self, reason = "reads like the other kinds where they are made")]
    pub(super) fn text(&self, text: &str) -> ExpressionKind {
        let mut end = text.len().min(TEXT_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        ExpressionKind::Text(text[..end].into())
    }

    pub(super) fn add_text(&mut self, text: &str, range: TextRange) -> ExpressionId {
        let kind = self.text(text);
        self.add(kind, range)
    }

    /// An f-string is a `Concat`, or a plain text if nothing is filled in.
    pub(super) fn f_string(&mut self, node: &ExprFString) -> ExpressionId {
        let mut parts = Vec::new();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    parts.push(self.add_text(&literal.value, literal.range()));
                }
                FStringPart::FString(string) => {
                    for element in &string.elements {
                        parts.push(match element {
                            InterpolatedStringElement::Literal(literal) => {
                                self.add_text(&literal.value, literal.range())
                            }
                            InterpolatedStringElement::Interpolation(value) => {
                                self.expression(&value.expression)
                            }
                        });
                    }
                }
            }
        }
        self.concat(parts, node.range())
    }

    /// A template string is not a string yet; whoever takes it decides how to fill it in.
    pub(super) fn t_string(&mut self, node: &ExprTString) -> ExpressionKind {
        let mut parts = Vec::new();
        for element in node.value.elements() {
            parts.push(match element {
                InterpolatedStringElement::Literal(literal) => {
                    self.add_text(&literal.value, literal.range())
                }
                InterpolatedStringElement::Interpolation(value) => {
                    self.expression(&value.expression)
                }
            });
        }
        ExpressionKind::Other(parts)
    }

    /// `parts` in order, with the parts of inner concatenations in their place and neighbouring
    /// literals joined.
    pub(super) fn concat(&mut self, parts: Vec<ExpressionId>, range: TextRange) -> ExpressionId {
        let mut flat: Vec<ExpressionId> = Vec::with_capacity(parts.len());
        for part in parts {
            match &self.facts[part].kind {
                ExpressionKind::Concat(inner) => flat.extend(inner),
                _ => flat.push(part),
            }
        }
        let all_text: Option<String> =
            flat.iter().map(|&part| self.facts[part].kind.as_text()).collect();
        match all_text {
            Some(text) => self.add_text(&text, range),
            None => self.add(ExpressionKind::Concat(flat), range),
        }
    }

    /// `"… %s" % values`, when the left side is a literal.
    pub(super) fn percent_format(&mut self, node: &ExprBinOp) -> Option<ExpressionId> {
        let parts = match node.left.as_ref() {
            Expr::StringLiteral(string) => percent_parts(string.value.to_str()),
            Expr::BytesLiteral(bytes) => {
                let bytes: Vec<u8> = bytes.value.bytes().collect();
                percent_parts(&String::from_utf8_lossy(&bytes))
            }
            _ => return None,
        };
        let values = match node.right.as_ref() {
            Expr::Tuple(tuple) => {
                tuple.elts.iter().map(|value| self.format_value(None, value)).collect()
            }
            Expr::Dict(dictionary) => dictionary
                .items
                .iter()
                .map(|item| {
                    let key = item.key.as_ref().and_then(Expr::as_string_literal_expr);
                    self.format_value(key.map(|key| key.value.to_str()), &item.value)
                })
                .collect(),
            value => vec![self.format_value(None, value)],
        };
        Some(self.filled(parts, values, node.left.range(), node.range()))
    }

    /// `"… {}".format(values)`, when the receiver is a literal.
    pub(super) fn format_call(&mut self, node: &ExprCall) -> Option<ExpressionId> {
        let Expr::Attribute(method) = node.func.as_ref() else { return None };
        let Expr::StringLiteral(string) = method.value.as_ref() else { return None };
        if method.attr.as_str() != "format" {
            return None;
        }
        let parts = brace_parts(string.value.to_str());
        let values = self
            .arguments(&node.arguments)
            .into_iter()
            .map(|argument| FormatValue {
                name: argument.name,
                value: argument.value,
                taken: false,
            })
            .collect();
        Some(self.filled(parts, values, string.range(), node.range()))
    }

    fn format_value(&mut self, name: Option<&str>, value: &Expr) -> FormatValue {
        FormatValue { name: name.map(Text::from), value: self.expression(value), taken: false }
    }

    /// Puts values where the placeholders are. Each value stands once; those that no placeholder
    /// takes follow at the end.
    fn filled(
        &mut self,
        parts: Vec<FormatPart>,
        mut values: Vec<FormatValue>,
        literal: TextRange,
        range: TextRange,
    ) -> ExpressionId {
        let mut filled = Vec::with_capacity(parts.len());
        let mut next = 0;
        for part in parts {
            let index = match part {
                FormatPart::Literal(text) => {
                    filled.push(self.add_text(&text, literal));
                    continue;
                }
                FormatPart::Next => {
                    next += 1;
                    Some(next - 1)
                }
                FormatPart::Position(position) => Some(position),
                FormatPart::Named(name) => {
                    values.iter().position(|value| value.name.as_deref() == Some(name.as_str()))
                }
            };
            // Without a match, the values come from one that cannot be taken apart: `% row`, `**row`.
            let value = match index.and_then(|index| values.get(index)) {
                Some(_) => index.and_then(|index| values.get_mut(index)),
                None => values.last_mut().filter(|value| value.name.is_none()),
            };
            if let Some(value) = value.filter(|value| !value.taken) {
                value.taken = true;
                filled.push(value.value);
            }
        }
        filled.extend(values.iter().filter(|value| !value.taken).map(|value| value.value));
        self.concat(filled, range)
    }
}

/// Splits a `%` format at its placeholders.
fn percent_parts(format: &str) -> Vec<FormatPart> {
    let mut parts = Parts::default();
    let mut rest = format;
    while let Some((literal, after)) = rest.split_once('%') {
        parts.literal.push_str(literal);
        if let Some(after) = after.strip_prefix('%') {
            parts.literal.push('%');
            rest = after;
            continue;
        }
        let (name, after) = match after.strip_prefix('(').and_then(|named| named.split_once(')')) {
            Some((name, after)) => (Some(name), after),
            None => (None, after),
        };
        let flags = |letter: char| letter.is_ascii_digit() || "#-+ .*".contains(letter);
        let after = after.trim_start_matches(flags).trim_start_matches(['h', 'l', 'L']);
        let mut letters = after.chars();
        if let Some(
            'd' | 'i' | 'o' | 'u' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'c' | 'r' | 's'
            | 'a' | 'b',
        ) = letters.next()
        {
            parts.placeholder(match name {
                Some(name) => FormatPart::Named(name.to_owned()),
                None => FormatPart::Next,
            });
            rest = letters.as_str();
        } else {
            parts.literal.push('%');
            rest = after;
        }
    }
    parts.literal.push_str(rest);
    parts.finish()
}

/// Splits a `str.format` template at its placeholders.
fn brace_parts(format: &str) -> Vec<FormatPart> {
    let mut parts = Parts::default();
    let mut rest = format;
    while let Some(position) = rest.find(['{', '}']) {
        let (literal, from_brace) = rest.split_at(position);
        parts.literal.push_str(literal);
        let (brace, after) = from_brace.split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            parts.literal.push_str(brace);
            rest = after;
            continue;
        }
        let Some((field, after)) = after.split_once('}').filter(|_| brace == "{") else {
            parts.literal.push_str(brace);
            rest = after;
            continue;
        };
        // A width may itself be a placeholder: `{:{width}}` closes twice.
        let after =
            if field.contains('{') { after.strip_prefix('}').unwrap_or(after) } else { after };
        let name = field.split(['.', '[', '!', ':']).next().unwrap_or_default();
        parts.placeholder(match name.parse() {
            _ if name.is_empty() => FormatPart::Next,
            Ok(number) => FormatPart::Position(number),
            Err(_) => FormatPart::Named(name.to_owned()),
        });
        rest = after;
    }
    parts.literal.push_str(rest);
    parts.finish()
}

/// Collects the parts of a format; empty literals are left out.
#[derive(Default)]
struct Parts {
    parts: Vec<FormatPart>,
    literal: String,
}

impl Parts {
    fn placeholder(&mut self, placeholder: FormatPart) {
        self.end_literal();
        self.parts.push(placeholder);
    }

    fn finish(mut self) -> Vec<FormatPart> {
        self.end_literal();
        self.parts
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(FormatPart::Literal(std::mem::take(&mut self.literal)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[FormatPart]) -> String {
        parts
            .iter()
            .map(|part| match part {
                FormatPart::Literal(text) => text.clone(),
                FormatPart::Next => "<>".to_owned(),
                FormatPart::Position(position) => format!("<{position}>"),
                FormatPart::Named(name) => format!("<{name}>"),
            })
            .collect()
    }

    #[test]
    fn percent_formats_split_at_placeholders() {
        assert_eq!(
            shown(&percent_parts("a %s b %(name)05.2f 100%% %d%")),
            "a <> b <name> 100% <>%"
        );
        assert_eq!(shown(&percent_parts("50% of %é")), "50<>f %é");
    }

    #[test]
    fn brace_formats_split_at_placeholders() {
        assert_eq!(shown(&brace_parts("{} {{x}} {0.id} {who!r:>{w}} {")), "<> {x} <0> <who> {");
        assert_eq!(shown(&brace_parts("} é{")), "} é{");
    }
}
