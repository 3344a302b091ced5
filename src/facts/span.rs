//! Places in a file.

use serde::{Deserialize, Serialize};

/// A range of bytes in one file: `start` inclusive, `end` exclusive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Do the two share a byte, or stand directly next to each other?
    pub const fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// A line and a column, both from 1; the column counts code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Where each line of a text starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Reads the line starts of `text`; `\n`, `\r\n` and a lone `\r` each end a line.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(index + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(u32::try_from(index + 1).unwrap_or(u32::MAX));
            }
        }
        Self { starts }
    }

    /// The number of lines; a text that ends in a line break does not start another one.
    pub fn count(&self, text: &str) -> usize {
        match self.starts.last() {
            Some(&last) if last as usize == text.len() => self.starts.len() - 1,
            _ => self.starts.len(),
        }
    }

    /// The line (from 1) that holds the byte at `offset`.
    pub fn line_of(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= offset)).unwrap_or(u32::MAX)
    }

    /// Line and column of the byte at `offset`.
    pub fn position_of(&self, text: &str, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.starts[line as usize - 1] as usize;
        let end = (offset as usize).min(text.len());
        let before = text.get(start..end).unwrap_or_default();
        let column = u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX);
        Position { line, column }
    }

    /// The text of `line` (from 1) without its line break; empty beyond the end.
    pub fn text_of<'t>(&self, text: &'t str, line: u32) -> &'t str {
        let Some(index) = (line as usize).checked_sub(1) else { return "" };
        let Some(&start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).map_or(text.len(), |&next| next as usize);
        text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_break_ends_one_line() {
        let text = "a\nb\r\nc\rd\n";
        let lines = Lines::of(text);
        assert_eq!(lines.count(text), 4);
        assert_eq!((1..=4).map(|line| lines.text_of(text, line)).collect::<String>(), "abcd");
    }

    #[test]
    fn columns_count_code_points() {
        let text = "x\néé=1";
        let lines = Lines::of(text);
        let equals = u32::try_from(text.find('=').expect("it is there")).expect("short");
        assert_eq!(lines.position_of(text, equals), Position { line: 2, column: 3 });
    }
}
