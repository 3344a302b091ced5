//! Text of literals.

use crate::facts::Text;

/// Longer texts are data; nothing looks further into them.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// `text`, cut at 4 KiB.
pub(in crate::lower) fn cut(text: &str) -> Text {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].into()
}

/// The text that a literal with backslash escapes stands for; an unknown escape stays as written.
pub(in crate::lower) fn unescape(literal: &str) -> String {
    if !literal.contains('\\') {
        return literal.to_owned();
    }
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let Some(letter) = after.chars().next() else {
            rest = after;
            break;
        };
        let (character, length) = escaped(letter, after);
        if let Some(character) = character {
            text.push(character);
        } else {
            text.push('\\');
            text.push(letter);
        }
        rest = &after[length..];
    }
    text.push_str(rest);
    text
}

/// The character of the escape that starts `after` with `letter`, and the bytes it takes.
fn escaped(letter: char, after: &str) -> (Option<char>, usize) {
    let simple = |character| (Some(character), letter.len_utf8());
    match letter {
        'n' => simple('\n'),
        't' => simple('\t'),
        'r' => simple('\r'),
        's' => simple(' '),
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'v' => simple('\x0b'),
        '\\' | '"' | '\'' | '`' => simple(letter),
        'x' => coded(after, 1, 2, 16),
        'u' => {
            let repeated = after.bytes().take_while(|&byte| byte == b'u').count();
            coded(after, repeated, 4, 16)
        }
        'U' => coded(after, 1, 8, 16),
        '0'..='7' => {
            let digits =
                after.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            coded(after, 0, digits, 8)
        }
        _ => (None, letter.len_utf8()),
    }
}

fn coded(after: &str, skip: usize, digits: usize, radix: u32) -> (Option<char>, usize) {
    let character = after
        .get(skip..skip + digits)
        .and_then(|code| u32::from_str_radix(code, radix).ok())
        .and_then(char::from_u32);
    match character {
        Some(character) => (Some(character), skip + digits),
        None => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_characters() {
        assert_eq!(unescape(r#"a\n\"\\\u00e9\x41\101\q\"#), "a\n\"\\éAA\\q");
        assert_eq!(unescape(r"\ué"), "\\ué");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut(&"é".repeat(5_000)).len(), TEXT_BYTES_MAX);
        assert_eq!(cut(&format!("a{}", "é".repeat(5_000))).len(), TEXT_BYTES_MAX - 1);
    }
}
