//! Refuses hostile nesting before a parser that recurses sees it.
//!
//! A stack that overflows ends the whole process and cannot be caught. So one pass over the bytes
//! bounds how deep the tree of a file can get: by open brackets, by indentation, and, for everything
//! that nests without brackets (unary and binary operators, arrows, ternaries, `else if`, generics,
//! labels), by the tokens that stand in segments which are still open. A segment ends at `,`, `;` and
//! where a statement ends with its line. Each level of a tree takes at least one token, so the number
//! of tokens in open segments is a bound on its depth. Whatever still slips through needs a dozen
//! bytes a level, and the lowering threads' stacks carry a full file of those.
//!
//! Strings and comments are skipped by each language's own lexical rules. As a file may be written to
//! confuse such a skip, brackets and runs of punctuation inside are counted too, with larger limits.

use crate::facts::Language;

mod strings;
mod words;

use strings::is_string_prefix;
use words::{is_control, is_infix, is_prefix};

/// Real code stays below a hundred.
const BRACKETS_MAX: usize = 500;
/// Blocks and types of Rust cost its parser ten times the stack of other brackets.
const BRACKETS_MAX_RUST: usize = 250;
/// Python itself refuses more than a hundred.
const INDENTATIONS_MAX: usize = 100;
/// Tokens in open segments: long chains of string parts and generated unions stay below.
const TOKENS_MAX: usize = 30_000;
/// The same for Rust, whose parser takes quadratic time on such shapes.
const TOKENS_MAX_RUST: usize = 10_000;
/// Operators without an operand between.
const OPERATORS_MAX: usize = 1_000;
/// Brackets left open inside strings and comments, over the whole file.
const HIDDEN_BRACKETS_MAX: usize = 5_000;
/// Punctuation without a word between, inside strings and comments.
const HIDDEN_RUN_MAX: usize = 50_000;

const TOO_MANY_BRACKETS: &str = "brackets nest too deep";
const TOO_INDENTED: &str = "blocks nest too deep";
const TOO_LONG: &str = "an expression, type or chain of branches is too long";
const TOO_MUCH_HIDDEN: &str = "strings or comments hold too many open brackets or operators";

/// Why `text` must not be given to a parser, if it must not. Takes linear time.
///
/// Formats of data are let through: their readers have limits of their own.
pub(super) fn too_deep(text: &str, language: Language) -> Option<&'static str> {
    let grammar = match language {
        Language::JavaScript | Language::TypeScript | Language::Vue | Language::Svelte => {
            Grammar::Script
        }
        Language::Python => Grammar::Python,
        Language::Rust => Grammar::Rust,
        Language::Go => Grammar::Go,
        Language::Java => Grammar::Java,
        Language::Notebook => return too_deep(&code_cells(text), Language::Python),
        _ => return None,
    };
    Scan::new(text, grammar).run().err()
}

/// The code cells of a notebook, one after another.
fn code_cells(text: &str) -> String {
    let notebook: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let cells = notebook["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut code = String::new();
    for cell in cells.iter().filter(|cell| cell["cell_type"] == "code") {
        match &cell["source"] {
            serde_json::Value::String(source) => code.push_str(source),
            serde_json::Value::Array(lines) => {
                lines.iter().filter_map(serde_json::Value::as_str).for_each(|l| code.push_str(l));
            }
            _ => {}
        }
        code.push('\n');
    }
    code
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Script,
    Python,
    Rust,
    Go,
    Java,
}

/// What stood before the token at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Previous {
    /// An operator or a word that needs something after it.
    Operator,
    /// Something that may end a statement.
    Operand,
    /// `}`: may end a statement even without a line break.
    Brace,
}

/// How a token begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A word or a literal: where a statement may begin.
    Starts,
    /// An operator, a bracket or a word between operands.
    Continues,
}

/// A quoted text that holds code between braces: a template, an f-string.
#[derive(Clone, Copy)]
struct Quote {
    mark: u8,
    triple: bool,
}

/// What encloses the place at hand.
struct Frame {
    /// `(`, `[`, `{`, or `<` for an element of JSX.
    open: u8,
    /// Of the enclosing segment.
    tokens: usize,
    /// Of the enclosing segment.
    nesting: usize,
    /// The parentheses of `if (…)`: a statement follows.
    is_control: bool,
    /// The quoted text that goes on after the closing brace.
    resumes: Option<Quote>,
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    grammar: Grammar,
    frames: Vec<Frame>,
    /// Frames that are brackets.
    brackets: usize,
    /// Tokens of all enclosing segments.
    enclosing: usize,
    /// Tokens of this segment.
    tokens: usize,
    /// Operators since the last operand.
    operators: usize,
    /// Tokens of this statement that nest across commas: `<`, arrows, lambdas.
    nesting: usize,
    previous: Previous,
    /// The word just before was one of `if`, `while`, `for`, ….
    after_control: bool,
    after_line_break: bool,
    indentations: Vec<usize>,
    hidden_brackets: usize,
    hidden_run: usize,
}

type Outcome = Result<(), &'static str>;

impl<'t> Scan<'t> {
    fn new(text: &'t str, grammar: Grammar) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            grammar,
            frames: Vec::new(),
            brackets: 0,
            enclosing: 0,
            tokens: 0,
            operators: 0,
            nesting: 0,
            previous: Previous::Operator,
            after_control: false,
            after_line_break: true,
            indentations: Vec::new(),
            hidden_brackets: 0,
            hidden_run: 0,
        }
    }

    fn run(mut self) -> Outcome {
        self.line_start()?;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.after_line_break = true;
                    self.line_start()?;
                }
                b'#' if self.grammar == Grammar::Python => self.skip_line()?,
                b'/' if self.grammar != Grammar::Python => self.slash()?,
                b'"' | b'\'' | b'`' => self.quote(byte)?,
                b'(' | b'[' | b'{' => self.open(byte, None)?,
                b')' | b']' | b'}' => self.close(byte)?,
                b'<' => self.less()?,
                b',' | b';' => self.separator(byte),
                _ if is_word(byte) => self.word()?,
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => self.operator(byte)?,
            }
        }
        Ok(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Counts a token, after ending the segment where the language ends a statement.
    fn token(&mut self, token: Token) -> Outcome {
        let line_ends_statement = self.after_line_break
            && self.previous != Previous::Operator
            && (self.grammar != Grammar::Python || self.frames.is_empty());
        if token == Token::Starts && (line_ends_statement || self.previous == Previous::Brace) {
            self.tokens = 0;
            self.nesting = 0;
        }
        self.after_line_break = false;
        self.after_control = false;
        self.tokens += 1;
        self.operators += 1;
        self.check()
    }

    fn check(&self) -> Outcome {
        let most = if self.grammar == Grammar::Rust { TOKENS_MAX_RUST } else { TOKENS_MAX };
        if self.enclosing + self.tokens + self.nesting > most || self.operators > OPERATORS_MAX {
            return Err(TOO_LONG);
        }
        Ok(())
    }

    fn operator(&mut self, byte: u8) -> Outcome {
        let before = self.at.checked_sub(1).map(|index| self.bytes[index]);
        let is_arrow = byte == b'>' && matches!(before, Some(b'-' | b'='));
        let opens_closure =
            self.grammar == Grammar::Rust && byte == b'|' && self.previous == Previous::Operator;
        self.at += 1;
        if is_arrow || opens_closure {
            self.nesting += 1;
        } else if byte == b'>' {
            self.nesting = self.nesting.saturating_sub(1);
        }
        let ends_element = byte == b'>' && before == Some(b'/');
        self.token(Token::Continues)?;
        self.previous = Previous::Operator;
        if ends_element {
            self.close_element();
        }
        Ok(())
    }

    fn less(&mut self) -> Outcome {
        let next = self.peek(1);
        if self.grammar == Grammar::Script && next == Some(b'/') {
            self.at += 2;
            self.token(Token::Continues)?;
            self.previous = Previous::Operator;
            self.close_element();
            return Ok(());
        }
        let is_element = self.grammar == Grammar::Script
            && self.previous != Previous::Operand
            && next.is_some_and(|byte| is_word(byte) || byte == b'>');
        if is_element {
            return self.open(b'<', None);
        }
        self.at += 1;
        if next != Some(b'<') {
            self.nesting += 1;
        }
        self.token(Token::Continues)?;
        self.previous = Previous::Operator;
        Ok(())
    }

    fn separator(&mut self, byte: u8) {
        self.at += 1;
        self.tokens = 0;
        self.operators = 0;
        if byte == b';' {
            self.nesting = 0;
        }
        self.previous = Previous::Operator;
    }

    fn word(&mut self) -> Outcome {
        let start = self.at;
        while self.peek(0).is_some_and(is_word) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        match (self.grammar, self.peek(0)) {
            (Grammar::Rust, Some(b'"' | b'#')) if matches!(word, b"r" | b"br" | b"cr") => {
                if let Some(hashes) = self.raw_hashes() {
                    return self.raw_string(hashes);
                }
            }
            (Grammar::Python, Some(mark @ (b'"' | b'\''))) if is_string_prefix(word) => {
                let has_code = word.iter().any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'));
                return self.python_string(mark, has_code);
            }
            _ => {}
        }
        let infix = is_infix(word);
        self.token(if infix { Token::Continues } else { Token::Starts })?;
        if word == b"lambda" {
            self.nesting += 1;
        }
        self.after_control = is_control(word);
        if infix || is_prefix(word) {
            self.previous = Previous::Operator;
        } else {
            self.operand();
        }
        Ok(())
    }

    fn operand(&mut self) {
        self.previous = Previous::Operand;
        self.operators = 0;
    }

    fn open(&mut self, byte: u8, resumes: Option<Quote>) -> Outcome {
        let is_control = byte == b'(' && self.after_control;
        self.token(Token::Continues)?;
        self.at += 1;
        self.enclosing += self.tokens + self.nesting;
        let (tokens, nesting) = (self.tokens, self.nesting);
        self.frames.push(Frame { open: byte, tokens, nesting, is_control, resumes });
        (self.tokens, self.nesting) = (0, 0);
        self.previous = Previous::Operator;
        self.brackets += usize::from(byte != b'<');
        let limit = if self.grammar == Grammar::Rust { BRACKETS_MAX_RUST } else { BRACKETS_MAX };
        if self.brackets > limit { Err(TOO_MANY_BRACKETS) } else { Ok(()) }
    }

    fn close(&mut self, byte: u8) -> Outcome {
        self.at += 1;
        self.after_control = false;
        self.after_line_break = false;
        self.operators = 0;
        let wanted = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        let nearest = self.frames.iter().rposition(|frame| frame.open != b'<');
        let Some(nearest) = nearest.filter(|&index| self.frames[index].open == wanted) else {
            // It closes nothing that is open here; believing it would let a file hide its depth.
            self.previous = Previous::Operand;
            return self.token(Token::Continues);
        };
        while self.frames.len() > nearest + 1 {
            self.pop();
        }
        let Some(frame) = self.pop() else { return Ok(()) };
        self.previous = match byte {
            b')' if frame.is_control => Previous::Operator,
            b'}' => Previous::Brace,
            _ => Previous::Operand,
        };
        match frame.resumes {
            Some(quote) => self.interpolated(quote),
            None => Ok(()),
        }
    }

    fn close_element(&mut self) {
        if self.frames.last().is_some_and(|frame| frame.open == b'<') {
            self.pop();
            self.previous = Previous::Operator;
        }
    }

    fn pop(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        self.brackets -= usize::from(frame.open != b'<');
        self.enclosing -= frame.tokens + frame.nesting;
        (self.tokens, self.nesting) = (frame.tokens, frame.nesting);
        Some(frame)
    }

    /// Measures the indentation of a line of Python that holds code.
    fn line_start(&mut self) -> Outcome {
        if self.grammar != Grammar::Python {
            return Ok(());
        }
        let mut width = 0;
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' => width += 1,
                b'\t' => width = (width / 8 + 1) * 8,
                b'\x0c' => width = 0,
                b'\r' | b'\n' | b'#' => return Ok(()),
                _ => break,
            }
            self.at += 1;
        }
        while self.indentations.last().is_some_and(|&last| last > width) {
            self.indentations.pop();
        }
        if self.indentations.last().map_or(width > 0, |&last| last < width) {
            self.indentations.push(width);
        }
        if self.indentations.len() > INDENTATIONS_MAX { Err(TOO_INDENTED) } else { Ok(()) }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

#[cfg(test)]
mod tests;
