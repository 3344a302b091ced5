//! Colour, width and padding of text for terminals.

use colored::Color;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::gap::Severity;

/// How text for people is laid out. An explicit value: nothing is read from the environment here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub colour: bool,
    /// Columns that a line may take.
    pub width: usize,
    /// Every gap with all its places, instead of the worst in full and counts of the others.
    pub verbose: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { colour: false, width: 80, verbose: false }
    }
}

/// What a piece of text is, and so how it is coloured. Meaning never depends on colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Strong,
    Faint,
    Good,
    Severity(Severity),
}

impl Look {
    /// `text` in the colour of `ink`.
    ///
    /// `colored` decides by global state whether its strings show colour, which would let one caller
    /// change what another prints. Only its table of colours is used here.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Strong => "1".to_owned(),
            Ink::Faint => "2".to_owned(),
            Ink::Good => Color::Green.to_fg_str().into_owned(),
            Ink::Severity(Severity::Critical) => format!("1;{}", Color::Red.to_fg_str()),
            Ink::Severity(Severity::High) => Color::Red.to_fg_str().into_owned(),
            Ink::Severity(Severity::Medium) => Color::Yellow.to_fg_str().into_owned(),
            Ink::Severity(Severity::Low) => Color::Cyan.to_fg_str().into_owned(),
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Columns that `text` takes.
pub fn width_of(text: &str) -> usize {
    text.width()
}

/// `text` filled with spaces up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(width_of(text));
    format!("{text}{:missing$}", "")
}

/// `text` cut to `width` columns; a cut shows as `…`.
pub fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// `text` cut at the front, so that the end stays readable: for paths.
pub fn cut_front(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 1;
    for character in text.chars().rev() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept.into_iter().rev().collect()
}

/// `text` in lines of at most `width` columns, broken at spaces; a longer word is cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word = cut(word, width);
        if !line.is_empty() && width_of(&line) + 1 + width_of(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `18402` as `18,402`.
pub fn with_thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 file`, `2 files`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", with_thousands(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_terminal() {
        assert_eq!(cut("名前名前", 5), "名前…");
        assert_eq!(cut_front("src/long/name.ts", 8), "…name.ts");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(pad("名", 4), "名  ");
        assert_eq!(with_thousands(1_018_402), "1,018,402");
    }

    #[test]
    fn colour_is_only_ever_explicit() {
        let plain = Look::default();
        assert_eq!(plain.paint(Ink::Good, "x"), "x");
        let coloured = Look { colour: true, ..plain };
        assert_eq!(coloured.paint(Ink::Good, "x"), "\u{1b}[32mx\u{1b}[0m");
    }
}
