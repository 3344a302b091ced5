//! Jupyter notebooks: the code cells of one file, read as one Python module.
//!
//! The source of a cell is a JSON string, or a list of them, one a line. Every byte of the joined
//! source remembers where it stands in the file, so that all spans point into the notebook itself.

use jsonc_parser::ast::{Object, StringLit, Value};
use jsonc_parser::{CollectOptions, ParseOptions as JsonOptions, parse_to_ast};
use ruff_python_parser::{Mode, ParseOptions, parse_cells_unchecked};
use ruff_text_size::{TextRange, TextSize};

use super::python::{Head, lower_parsed, problem_of};
use super::{depth, nothing};
use crate::facts::{Facts, File, Language, Problem, ProblemKind, Span};

mod spans;

/// Lowers the code cells of one notebook.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    match Cells::read(&file.text) {
        Ok(cells) => {
            // The reader of JSON here forgives more than the one that looked at the file before.
            if let Some(reason) = depth::too_deep(&cells.source, Language::Python) {
                return nothing(file, ProblemKind::TooDeep, reason.to_owned());
            }
            let options = ParseOptions::from(Mode::Ipython);
            let ranges = cells.ranges.iter().copied();
            let parsed = parse_cells_unchecked(&cells.source, ranges, &options);
            let mut facts = lower_parsed(&cells.source, &parsed, Head::Value);
            let problems = problem_of(&file.path, &facts).into_iter().collect();
            spans::each_span(&mut facts, |span| *span = cells.place_of(*span));
            (facts, problems)
        }
        Err(message) => nothing(file, ProblemKind::DidNotParse, message.to_owned()),
    }
}

/// The joined source of the code cells and where it comes from.
#[derive(Default)]
struct Cells {
    source: String,
    /// One a cell, with one line break between them.
    ranges: Vec<TextRange>,
    /// For each byte of `source`, where it stands in the file.
    offsets: Vec<u32>,
}

impl Cells {
    fn read(text: &str) -> Result<Self, &'static str> {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &JsonOptions::default())
            .map_err(|_| "the notebook is not valid JSON")?;
        let Some(Value::Object(root)) = parsed.value else { return Err("not a notebook") };
        if let Some(language) = language_of(&root)
            && !language.eq_ignore_ascii_case("python")
        {
            return Err("the notebook is not in Python");
        }
        let mut cells = Self::default();
        let Some(list) = root.get_array("cells") else { return Err("the notebook has no cells") };
        for cell in list.elements.iter().filter_map(Value::as_object).filter(|cell| is_code(cell)) {
            cells.add(text, cell);
        }
        Ok(cells)
    }

    fn add(&mut self, text: &str, cell: &Object) {
        let Some(source) = cell.get("source") else { return };
        let start = self.source.len();
        if start > 0 {
            let end = self.offsets.last().map_or(0, |last| last + 1);
            self.push('\n', end);
        }
        let first = self.source.len();
        match &source.value {
            Value::StringLit(string) => self.add_string(text, string),
            Value::Array(lines) => {
                for line in &lines.elements {
                    if let Value::StringLit(line) = line {
                        self.add_string(text, line);
                    }
                }
            }
            _ => {}
        }
        if self.source.len() == first || is_other_language(&self.source[first..]) {
            self.source.truncate(start);
            self.offsets.truncate(start);
            return;
        }
        let range = TextRange::new(size(first), size(self.source.len()));
        self.ranges.push(range);
    }

    /// Appends what a JSON string says, byte by byte with its place.
    fn add_string(&mut self, text: &str, string: &StringLit) {
        let inside = string.range.start + 1..string.range.end.saturating_sub(1);
        let raw = text.get(inside.clone()).unwrap_or_default();
        let mut letters = raw.char_indices();
        while let Some((position, letter)) = letters.next() {
            let place = offset(inside.start + position);
            let letter = match letter {
                '\\' => unescape(&mut letters),
                other => other,
            };
            self.push(letter, place);
        }
    }

    fn push(&mut self, letter: char, place: u32) {
        self.source.push(letter);
        self.offsets.resize(self.source.len(), place);
    }

    /// The place in the file of a range of the joined source.
    fn place_of(&self, span: Span) -> Span {
        let last = self.offsets.last().map_or(0, |last| last + 1);
        let place = |position: u32| self.offsets.get(position as usize).copied();
        let start = place(span.start).unwrap_or(last);
        let end = match span.end.checked_sub(1).and_then(place) {
            Some(end) if span.end > span.start => end + 1,
            _ => start,
        };
        Span::new(start, end.max(start))
    }
}

/// The letter after a backslash in JSON; half of a pair that is broken becomes a replacement mark.
fn unescape(letters: &mut std::str::CharIndices) -> char {
    match letters.next().map(|(_, letter)| letter) {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => {
            let high = code_unit(letters);
            let mut ahead = letters.clone();
            let is_pair = (0xD800..0xDC00).contains(&high)
                && ahead.next().is_some_and(|(_, letter)| letter == '\\')
                && ahead.next().is_some_and(|(_, letter)| letter == 'u');
            if !is_pair {
                return char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            let low = code_unit(&mut ahead);
            *letters = ahead;
            let code = 0x1_0000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        Some(other) => other,
        None => char::REPLACEMENT_CHARACTER,
    }
}

/// The four hexadecimal digits after `\u`.
fn code_unit(letters: &mut std::str::CharIndices) -> u32 {
    letters
        .by_ref()
        .take(4)
        .fold(0, |code, (_, digit)| code * 16 + digit.to_digit(16).unwrap_or_default())
}

fn language_of(root: &Object) -> Option<String> {
    let metadata = root.get_object("metadata")?;
    let language = metadata
        .get_object("kernelspec")
        .and_then(|kernel| kernel.get_string("language"))
        .or_else(|| metadata.get_object("language_info")?.get_string("name"))?;
    Some(language.value.to_string())
}

fn is_code(cell: &Object) -> bool {
    cell.get_string("cell_type").is_some_and(|kind| kind.value == "code")
}

/// A cell that starts with `%%bash` and its like is not Python; `%%time` and its like only wrap it.
fn is_other_language(source: &str) -> bool {
    let Some(magic) = source.trim_start().strip_prefix("%%") else { return false };
    let name = magic.split_whitespace().next().unwrap_or_default();
    !matches!(name, "time" | "timeit" | "capture" | "prun" | "python" | "python3" | "debug")
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn size(position: usize) -> TextSize {
    TextSize::new(offset(position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ExpressionKind, Lines, Role, Runtime};

    fn notebook(text: &str) -> File {
        File {
            path: "a.ipynb".into(),
            language: Language::Notebook,
            role: Role::Source,
            runtime: Runtime::Notebook,
            tracked: true,
            text: text.into(),
            lines: Lines::of(text),
        }
    }

    #[test]
    fn spans_point_into_the_notebook() {
        let file = notebook(
            "{\"cells\": [\n {\"cell_type\": \"code\", \"source\": [\n  \"x = '\\u00e9'\\n\",\n  \"%ls\\n\",\n  \"call(1)\"]}]}",
        );
        let (facts, problems) = lower(&file);
        assert!(problems.is_empty());
        let is_call = |kind: &ExpressionKind| matches!(kind, ExpressionKind::Call { .. });
        let call = facts.expressions.iter().find(|expression| is_call(&expression.kind));
        let call = call.expect("the cell calls");
        assert_eq!((file.slice(call.span), file.lines.line_of(call.span.start)), ("call(1)", 5));
    }

    #[test]
    fn what_is_no_notebook_is_a_problem() {
        for text in ["", "[]", "{\"cells\": [", "{\"metadata\": {}}"] {
            let (facts, problems) = lower(&notebook(text));
            assert_eq!(problems.len(), 1, "{text}");
            assert_eq!(facts.broken.len(), 1, "{text}");
        }
    }
}
