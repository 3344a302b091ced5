//! Comments, by a lexer that knows just enough of Rust to tell them from literals.

use crate::facts::{Comment, Span, Text};

use super::offset_of;

/// All comments of a file in order.
pub(super) fn of(text: &str) -> Vec<Comment> {
    let mut comments = Vec::new();
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: super::length_of_preamble(text) };
    while let Some(&byte) = lexer.bytes.get(lexer.at) {
        match byte {
            b'/' if lexer.follows(b"//") => comments.push(lexer.line_comment()),
            b'/' if lexer.follows(b"/*") => comments.push(lexer.block_comment()),
            b'"' => lexer.skip_quoted(),
            b'\'' => lexer.skip_character_or_lifetime(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80.. => lexer.skip_word(),
            _ => lexer.at += 1,
        }
    }
    comments
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl Lexer<'_> {
    fn follows(&self, expected: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(expected)
    }

    fn line_comment(&mut self) -> Comment {
        let start = self.at;
        let length = self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        self.at = start + length;
        let body = &self.text[start + 2..self.at];
        let inner = body.strip_prefix('!').or_else(|| body.strip_prefix('/'));
        let documentation = inner.is_some() && !body.starts_with("//");
        let content =
            if documentation { inner.unwrap_or(body) } else { body.trim_start_matches('/') };
        self.comment(start, content, documentation)
    }

    fn block_comment(&mut self) -> Comment {
        let start = self.at;
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            if self.follows(b"/*") {
                depth += 1;
                self.at += 2;
            } else if self.follows(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    break;
                }
            } else {
                self.at += 1;
            }
        }
        let whole = &self.text[start + 2..self.at];
        let body = whole.strip_suffix("*/").unwrap_or(whole);
        let inner = body.strip_prefix('!').or_else(|| body.strip_prefix('*'));
        let documentation = inner.is_some() && !body.starts_with("**") && body != "*";
        let content =
            if documentation { inner.unwrap_or(body) } else { body.trim_start_matches('*') };
        self.comment(start, content, documentation)
    }

    fn comment(&self, start: usize, content: &str, documentation: bool) -> Comment {
        Comment {
            text: Text::from(content.trim()),
            span: Span::new(offset_of(start), offset_of(self.at)),
            documentation,
        }
    }

    /// A string in which a backslash escapes; stands on the opening quote.
    fn skip_quoted(&mut self) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
    }

    /// `'a'`, `'\''` and `'"'` are characters, `'a` is a lifetime.
    fn skip_character_or_lifetime(&mut self) {
        let rest = &self.text[self.at + 1..];
        let mut characters = rest.chars();
        match (characters.next(), characters.next()) {
            (Some('\\'), Some(escaped)) => {
                let after = self.at + 2 + escaped.len_utf8();
                let length = self.text[after..].find('\'').map_or(0, |end| end + 1);
                self.at = after + length;
            }
            (Some(character), Some('\'')) => self.at += 2 + character.len_utf8(),
            _ => self.at += 1,
        }
    }

    /// An identifier or number; `r`, `br`, `cr` before a raw string belong to that string.
    fn skip_word(&mut self) {
        let start = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric() || *byte >= 0x80)
        {
            self.at += 1;
        }
        if matches!(&self.bytes[start..self.at], b"r" | b"br" | b"cr") {
            self.skip_raw_string();
        }
    }

    /// Stands after the `r`: hashes, a quote, text, a quote and as many hashes. Else nothing is skipped.
    fn skip_raw_string(&mut self) {
        let hashes = self.bytes[self.at..].iter().take_while(|byte| **byte == b'#').count();
        if self.bytes.get(self.at + hashes) != Some(&b'"') {
            return;
        }
        let body = self.at + hashes + 1;
        let end = format!("\"{}", "#".repeat(hashes));
        self.at = match self.text[body..].find(&end) {
            Some(length) => body + length + end.len(),
            None => self.text.len(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        of(source).iter().map(|comment| comment.text.to_string()).collect()
    }

    #[test]
    fn literals_hide_what_looks_like_a_comment() {
        let source = r###"
            let a = "// no \" // no"; let b = r#"" // no "#; let c = '"'; // one
            let d: &'static str = b"/* no */"; /* two /* nested */ end */ let e = '\''; // three
            let r#type = br##"// no"##; let f = '/'; // four
        "###;
        assert_eq!(texts(source), ["one", "two /* nested */ end", "three", "four"]);
    }

    #[test]
    fn documentation_is_told_from_rulers() {
        let source = "/// a\n//! b\n// c\n//// d\n/** e */\n/*! f */\n/* g */\n/***/ /**/";
        let found: Vec<_> = of(source)
            .iter()
            .map(|comment| (comment.text.to_string(), comment.documentation))
            .collect();
        let expected = [
            ("a", true),
            ("b", true),
            ("c", false),
            ("d", false),
            ("e", true),
            ("f", true),
            ("g", false),
            ("", false),
            ("", false),
        ];
        let expected: Vec<_> = expected.map(|(text, kind)| (text.to_owned(), kind)).into();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_does_not_end_is_read_to_the_end() {
        for source in ["/* a", "\"a", "r#\"a", "'", "'\\", "b'", "r", "/* /* */", "'é"] {
            of(source);
        }
    }
}
