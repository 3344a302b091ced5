//! SQL: a script split into its statements. What a statement means is read later, one by one.

use super::{Reading, comment, span};
use crate::facts::{Comment, Document, document::Line};

pub(super) fn read(text: &str) -> Reading {
    let mut splitter = Splitter { text, position: 0, comments: Vec::new() };
    let mut statements = Vec::new();
    while let Some(statement) = splitter.statement() {
        statements.push(statement);
    }
    Reading {
        document: Some(Document::Sql(statements)),
        comments: splitter.comments,
        failure: None,
    }
}

struct Splitter<'t> {
    text: &'t str,
    position: usize,
    comments: Vec<Comment>,
}

impl Splitter<'_> {
    /// The next statement, without the comments before it and without its `;`.
    fn statement(&mut self) -> Option<Line> {
        let bytes = self.text.as_bytes();
        let mut start = None;
        let mut body = Body::default();
        while let Some(&byte) = bytes.get(self.position) {
            let here = self.position;
            match byte {
                b'-' if bytes.get(here + 1) == Some(&b'-') => self.line_comment(2),
                b'/' if bytes.get(here + 1) == Some(&b'*') => self.block_comment(),
                b';' if body.ends_here() => {
                    self.position += 1;
                    if let Some(start) = start {
                        return Some(self.line(start, here));
                    }
                }
                _ if byte.is_ascii_whitespace() => self.position += 1,
                // What psql is told: `\connect`, `\i`. It ends with its line.
                b'\\' if start.is_none() => self.line_comment(1),
                b'\'' | b'"' | b'`' => {
                    start.get_or_insert(here);
                    self.quoted(byte);
                }
                b'$' => {
                    start.get_or_insert(here);
                    self.dollar_quoted();
                }
                _ => {
                    start.get_or_insert(here);
                    let length = word_length(&bytes[here..]);
                    if length > 0 {
                        body.take(&self.text[here..here + length]);
                    }
                    self.position += length.max(1);
                }
            }
        }
        start.map(|start| self.line(start, self.text.len()))
    }

    fn line(&self, start: usize, end: usize) -> Line {
        let text = self.text.get(start..end).unwrap_or_default().trim_end();
        Line { text: text.into(), span: span(start, start + text.len()) }
    }

    fn line_comment(&mut self, marker: usize) {
        let start = self.position;
        let end = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        self.comments.push(comment(&self.text[start + marker..end], start, end));
        self.position = end;
    }

    /// Block comments nest in `PostgreSQL`.
    fn block_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.position;
        let mut depth = 0_usize;
        while self.position < bytes.len() {
            match bytes.get(self.position..self.position + 2) {
                Some(b"/*") => {
                    depth += 1;
                    self.position += 2;
                }
                Some(b"*/") => {
                    depth -= 1;
                    self.position += 2;
                    if depth == 0 {
                        break;
                    }
                }
                _ => self.position += 1,
            }
        }
        let content = self.text[start..self.position].trim_matches(['/', '*']);
        self.comments.push(comment(content, start, self.position));
    }

    /// A doubled quote stands for itself; in an escape string `E'…'` a backslash escapes.
    fn quoted(&mut self, quote: u8) {
        let bytes = self.text.as_bytes();
        let escapes = quote == b'\''
            && self
                .position
                .checked_sub(1)
                .is_some_and(|before| matches!(bytes[before], b'E' | b'e'));
        self.position += 1;
        while let Some(&byte) = bytes.get(self.position) {
            self.position += 1;
            if escapes && byte == b'\\' {
                self.position += 1;
            } else if byte == quote {
                if bytes.get(self.position) != Some(&quote) {
                    break;
                }
                self.position += 1;
            }
        }
        self.position = self.position.min(bytes.len());
    }

    /// `$$ … $$` and `$tag$ … $tag$`; `$1` is a parameter.
    fn dollar_quoted(&mut self) {
        let rest = &self.text[self.position..];
        let tag_length = rest[1..]
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let is_tag = rest.as_bytes().get(1 + tag_length) == Some(&b'$')
            && !rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if !is_tag {
            self.position += 1;
            return;
        }
        let tag = &rest[..tag_length + 2];
        let length = rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len());
        self.position += length;
    }
}

fn word_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80)
        .count()
}

/// Triggers and procedures of `SQLite`, `MySQL` and the SQL standard hold statements between BEGIN and END.
#[derive(Default)]
struct Body {
    words: usize,
    is_create: bool,
    is_routine: bool,
    depth: usize,
    /// The word before was END: `END IF` closes no BEGIN.
    after_end: bool,
}

impl Body {
    fn take(&mut self, word: &str) {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if self.words == 0 {
            self.is_create = is("create");
        } else if self.is_create && self.words < 8 {
            self.is_routine |= is("trigger") || is("procedure") || is("function");
        }
        self.words += 1;
        if !self.is_routine {
            return;
        }
        let reopens = self.after_end
            && ["if", "loop", "while", "repeat", "for"].iter().any(|known| is(known));
        let is_case = is("case") && !self.after_end && self.depth > 0;
        if reopens || is_case || is("begin") {
            self.depth += 1;
        } else if is("end") {
            self.depth = self.depth.saturating_sub(1);
        }
        self.after_end = is("end");
    }

    fn ends_here(&mut self) -> bool {
        self.after_end = false;
        self.depth == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<String> {
        match read(text).document {
            Some(Document::Sql(list)) => list.iter().map(|line| line.text.to_string()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        let text = "-- top; x\ncreate table a (b text default 'x;''y'); /* c; /* d; */ */\n\
                    insert into a values (E'\\';', $1);\n\
                    create function f() returns x as $body$ begin; $$;$$ end; $body$ language sql;\n;\nselect 1";
        let found = statements(text);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].starts_with("create table a") && found[0].ends_with(')'));
        assert_eq!(found[3], "select 1");
        assert_eq!(read(text).comments[0].text, "top; x");
    }

    #[test]
    fn bodies_of_triggers_stay_whole() {
        let text = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; \
                    DELETE FROM d; END; SELECT 1; BEGIN; COMMIT;";
        let found = statements(text);
        assert_eq!(found.len(), 4, "{found:?}");
        let procedure = "create procedure p() begin if x then y; end if; z; end; select 2;";
        assert_eq!(statements(procedure).len(), 2);
    }

    #[test]
    fn what_never_ends_is_one_statement() {
        assert_eq!(statements("select 'é").len(), 1);
        assert_eq!(statements("select $a$ x").len(), 1);
        assert!(statements("/* x").is_empty());
        assert_eq!(statements("select E'\\").len(), 1);
    }
}
