//! Text of the scanned repository on its way out.
//!
//! Names, messages and source lines are written by others. Raw, they could move the cursor, reverse
//! the reading direction, or give commands to a continuous integration server that reads the output.

use std::{borrow::Cow, fmt};

/// Text of the scanned repository. Displaying it escapes whatever is not plain text; every writer of
/// text formats takes such text only through this type.
#[derive(Clone, Copy, Debug)]
pub struct Untrusted<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = ' ';
        for (offset, character) in self.0.char_indices() {
            let rest = &self.0[offset + character.len_utf8()..];
            match character {
                '\n' => formatter.write_str("\\n")?,
                '\r' => formatter.write_str("\\r")?,
                '\t' => formatter.write_str("\\t")?,
                '#' if previous == '#' && starts_server_command(rest) => {
                    formatter.write_str("\\u{23}")?;
                }
                _ if is_deceptive(character) => {
                    write!(formatter, "{}", character.escape_unicode())?
                }
                _ => fmt::Write::write_char(formatter, character)?,
            }
            previous = character;
        }
        Ok(())
    }
}

/// Would this character act instead of being read? Controls (C0, DEL, C1), marks that reverse the
/// reading direction, characters without width, line separators, and tags.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// After `##`: the servers that look for commands anywhere in a line.
pub(super) fn starts_server_command(rest: &str) -> bool {
    ["[", "vso[", "teamcity["].iter().any(|start| rest.starts_with(start))
}

/// Makes sure that no line of `text` starts with `::`, which GitHub would take for a command; it
/// skips white space before it looks. The last step of every text format.
pub fn disarm_lines(text: &str) -> Cow<'_, str> {
    let is_armed = |line: &str| line.trim_start().starts_with("::");
    if !text.lines().any(is_armed) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        if is_armed(line) {
            Cow::Owned(line.replacen("::", "\\u{3a}:", 1))
        } else {
            Cow::Borrowed(line)
        }
    });
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_reader() {
        let hostile = "a\u{1b}[2J\u{9b}b\u{202e}c\u{200b}\u{2028}d\r\ne\u{7f}\tf";
        let shown = Untrusted(hostile).to_string();
        assert!(!shown.chars().any(is_deceptive), "{shown}");
        assert!(shown.starts_with("a\\u{1b}[2J"));
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = "src/größe.ts: 名前 — `a::b` ## heading #[derive]";
        assert_eq!(Untrusted(text).to_string(), text);
    }

    #[test]
    fn no_server_reads_a_command() {
        assert_eq!(Untrusted("x ##[error]y").to_string(), "x #\\u{23}[error]y");
        assert_eq!(Untrusted("##vso[task]").to_string(), "#\\u{23}vso[task]");
        assert_eq!(disarm_lines("a\n  ::error::b\n"), "a\n  \\u{3a}:error::b\n");
        assert_eq!(disarm_lines("std::fs\n"), "std::fs\n");
    }
}
