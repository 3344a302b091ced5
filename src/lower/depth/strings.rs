//! Text that is no code: strings, comments, regular expressions.

use super::{
    Grammar, HIDDEN_BRACKETS_MAX, HIDDEN_RUN_MAX, Outcome, Previous, Quote, Scan, TOO_MUCH_HIDDEN,
    Token, is_word,
};

/// Strings, comments and regular expressions.
impl Scan<'_> {
    pub(super) fn slash(&mut self) -> Outcome {
        match self.peek(1) {
            Some(b'/') => self.skip_line(),
            Some(b'*') => self.block_comment(),
            _ if self.grammar == Grammar::Script && self.previous == Previous::Operator => {
                self.regular_expression()
            }
            _ => self.operator(b'/'),
        }
    }

    pub(super) fn quote(&mut self, byte: u8) -> Outcome {
        match (self.grammar, byte) {
            (Grammar::Script, b'`') => {
                self.token(Token::Continues)?;
                self.at += 1;
                self.interpolated(Quote { mark: b'`', triple: false })
            }
            (Grammar::Go, b'`') => {
                self.token(Token::Starts)?;
                self.until(b"`", false, false)
            }
            (_, b'`') => self.operator(byte),
            (Grammar::Python, _) => self.python_string(byte, false),
            (Grammar::Rust, b'\'') => self.rust_quote(),
            (Grammar::Java, b'"') if self.bytes[self.at..].starts_with(b"\"\"\"") => {
                self.token(Token::Starts)?;
                self.at += 2;
                self.until(b"\"\"\"", true, false)
            }
            _ => {
                self.token(Token::Starts)?;
                self.until(&[byte], true, self.grammar != Grammar::Rust)
            }
        }
    }

    /// Skips the opening byte and everything up to `end`, or the end of the line if `in_line`.
    pub(super) fn until(&mut self, end: &[u8], escapes: bool, in_line: bool) -> Outcome {
        self.at += 1;
        self.operand();
        self.hidden_run = 0;
        while let Some(byte) = self.peek(0) {
            if self.bytes[self.at..].starts_with(end) {
                self.at += end.len();
                break;
            }
            match byte {
                b'\\' if escapes => self.at += 2,
                b'\n' if in_line => break,
                _ => self.hidden(byte)?,
            }
        }
        Ok(())
    }

    /// Skips one byte of text that is not code.
    pub(super) fn hidden(&mut self, byte: u8) -> Outcome {
        self.at += 1;
        match byte {
            b'(' | b'[' | b'{' => self.hidden_brackets += 1,
            b')' | b']' | b'}' => self.hidden_brackets = self.hidden_brackets.saturating_sub(1),
            _ => {}
        }
        if is_word(byte) {
            self.hidden_run = 0;
        } else if byte.is_ascii_punctuation() {
            self.hidden_run += 1;
        }
        if self.hidden_brackets > HIDDEN_BRACKETS_MAX || self.hidden_run > HIDDEN_RUN_MAX {
            return Err(TOO_MUCH_HIDDEN);
        }
        Ok(())
    }

    pub(super) fn skip_line(&mut self) -> Outcome {
        self.hidden_run = 0;
        while let Some(byte) = self.peek(0).filter(|&byte| byte != b'\n') {
            self.hidden(byte)?;
        }
        Ok(())
    }

    pub(super) fn block_comment(&mut self) -> Outcome {
        self.at += 2;
        self.hidden_run = 0;
        let mut depth = 1_usize;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'*', Some(b'/')) => {
                    self.at += 2;
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                (b'/', Some(b'*')) if self.grammar == Grammar::Rust => {
                    self.at += 2;
                    depth += 1;
                }
                _ => self.hidden(byte)?,
            }
        }
        Ok(())
    }

    pub(super) fn regular_expression(&mut self) -> Outcome {
        self.token(Token::Starts)?;
        self.at += 1;
        self.operand();
        self.hidden_run = 0;
        let mut in_class = false;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => break,
                b'\\' => {
                    self.at += 1;
                    if self.peek(0).is_some_and(|next| next != b'\n') {
                        self.at += 1;
                    }
                    continue;
                }
                b'/' if !in_class => {
                    self.at += 1;
                    break;
                }
                b'[' => in_class = true,
                b']' => in_class = false,
                _ => {}
            }
            self.hidden(byte)?;
        }
        Ok(())
    }

    pub(super) fn python_string(&mut self, mark: u8, has_code: bool) -> Outcome {
        self.token(Token::Starts)?;
        let triple = self.bytes[self.at..].starts_with(&[mark; 3]);
        if has_code {
            self.at += if triple { 3 } else { 1 };
            return self.interpolated(Quote { mark, triple });
        }
        if triple {
            self.at += 2;
            return self.until(&[mark; 3], true, false);
        }
        self.until(&[mark], true, true)
    }

    /// Skips quoted text up to its end, or to the code inside it.
    pub(super) fn interpolated(&mut self, quote: Quote) -> Outcome {
        self.hidden_run = 0;
        self.operand();
        while let Some(byte) = self.peek(0) {
            let next = self.peek(1);
            match byte {
                b'\\' => self.at += 2,
                b'\n' if quote.mark != b'`' && !quote.triple => return Ok(()),
                _ if byte == quote.mark && !quote.triple => {
                    self.at += 1;
                    return Ok(());
                }
                _ if quote.triple && self.bytes[self.at..].starts_with(&[quote.mark; 3]) => {
                    self.at += 3;
                    return Ok(());
                }
                b'$' if quote.mark == b'`' && next == Some(b'{') => {
                    self.at += 1;
                    return self.open(b'{', Some(quote));
                }
                b'{' | b'}' if quote.mark != b'`' && next == Some(byte) => self.at += 2,
                b'{' if quote.mark != b'`' => return self.open(b'{', Some(quote)),
                _ => self.hidden(byte)?,
            }
        }
        Ok(())
    }

    /// A character or a lifetime.
    pub(super) fn rust_quote(&mut self) -> Outcome {
        let rest = &self.bytes[self.at + 1..];
        let width = match rest.first() {
            Some(0xF0..) => 4,
            Some(0xE0..) => 3,
            Some(0xC0..) => 2,
            _ => 1,
        };
        if rest.first() == Some(&b'\\') || rest.get(width) == Some(&b'\'') {
            self.token(Token::Starts)?;
            return self.until(b"'", true, true);
        }
        self.operator(b'\'')?;
        while self.peek(0).is_some_and(is_word) {
            self.at += 1;
        }
        Ok(())
    }

    /// The number of `#` before the quote of a raw string, if this is one.
    pub(super) fn raw_hashes(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let hashes = rest.iter().take_while(|&&byte| byte == b'#').count();
        (rest.get(hashes) == Some(&b'"')).then_some(hashes)
    }

    pub(super) fn raw_string(&mut self, hashes: usize) -> Outcome {
        self.token(Token::Starts)?;
        self.at += hashes;
        let mut end = vec![b'"'];
        end.resize(hashes + 1, b'#');
        self.until(&end, false, false)
    }
}

pub(super) fn is_string_prefix(word: &[u8]) -> bool {
    word.len() <= 2
        && word
            .iter()
            .all(|byte| matches!(byte.to_ascii_lowercase(), b'r' | b'b' | b'u' | b'f' | b't'))
}
