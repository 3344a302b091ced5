//! What a site is recognised by in a later run.

use crate::facts::{Facts, File, Span};

/// A name for a site that stays the same while the code around it moves.
///
/// `symbol` is the enclosing function or class, `text` the flagged code without white space and
/// comments, `ordinal` the number (from 0) among sites that agree in all of these, in file order. For a
/// secret `text` is the name it is bound to and its provider, never its value.
pub fn fingerprint(rule: &str, path: &str, symbol: &str, text: &str, ordinal: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [rule, path, symbol, text] {
        hasher.update(part.as_bytes());
        // No part can hold this byte in a way that makes two different lists of parts equal.
        hasher.update(&[0]);
    }
    hasher.update(ordinal.to_string().as_bytes());
    let mut hexadecimal = hasher.finalize().to_hex().to_string();
    hexadecimal.truncate(FINGERPRINT_DIGITS);
    hexadecimal
}

/// 128 bits: no two sites of any repository share one by chance.
const FINGERPRINT_DIGITS: usize = 32;

/// The text at `span` without white space and comments.
pub(super) fn normalised(file: &File, facts: &Facts, span: Span) -> String {
    let mut comments: Vec<Span> = facts
        .comments
        .iter()
        .map(|comment| comment.span)
        .filter(|comment| span.start <= comment.start && comment.start < span.end)
        .collect();
    comments.sort();

    let mut text = String::new();
    let mut position = span.start;
    for comment in comments {
        if position < comment.start {
            text.push_str(file.slice(Span::new(position, comment.start)));
        }
        position = position.max(comment.end);
    }
    if position < span.end {
        text.push_str(file.slice(Span::new(position, span.end)));
    }
    text.retain(|character| !character.is_whitespace());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{Comment, Text},
        rules::examples::file,
    };

    #[test]
    fn every_part_counts() {
        let base = fingerprint("a/b", "x.py", "f", "g()", 0);
        assert_eq!(base.len(), FINGERPRINT_DIGITS);
        for other in [
            fingerprint("a/c", "x.py", "f", "g()", 0),
            fingerprint("a/b", "y.py", "f", "g()", 0),
            fingerprint("a/b", "x.py", "h", "g()", 0),
            fingerprint("a/b", "x.py", "f", "i()", 0),
            fingerprint("a/b", "x.py", "f", "g()", 1),
            fingerprint("a/b", "x.py", "fg", "()", 0),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn white_space_and_comments_do_not_count() {
        let file = file("x.js", "f( 1, /* why */\n 2 ) // end");
        let mut facts = Facts::empty();
        for (start, end) in [(6, 15), (21, 27)] {
            let span = Span::new(start, end);
            let comment = Comment { text: Text::default(), span, documentation: false };
            facts.comments.push(comment);
        }
        assert_eq!(normalised(&file, &facts, Span::new(0, 20)), "f(1,2)");
    }
}
