//! Tokens of known issuers, by the table in `rules/data/tokens.toml`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use serde::Deserialize;

use super::checks::Check;
use crate::{
    embedded,
    facts::{SecretClass, SecretHit, Span, Text},
};

/// How far a word may stand from a token to explain it, in bytes before and after.
const NEAR_BYTES: usize = 400;

/// Longer runs are data, such as an image in base 64.
const NAME_BYTES_MAX: usize = 80;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    schema: u32,
    #[serde(rename = "checked")]
    _checked: String,
    documentation: Vec<String>,
    token: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    title: String,
    prefix: Vec<String>,
    pattern: String,
    class: SecretClass,
    /// The token starts so many bytes before what is looked for, and `pattern` describes all of it.
    #[serde(default)]
    before: usize,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    unless_near: Vec<String>,
    check: Option<Check>,
    /// The other half of a pair, without which it only names an account.
    pair: Option<Pair>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Pair {
    /// Forty characters of base 64.
    Aws,
}

struct Tokens {
    documentation: Vec<String>,
    rows: Vec<(Row, Regex)>,
    search: AhoCorasick,
    /// The row of each prefix.
    rows_of: Vec<(usize, usize)>,
}

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let text = embedded::file("data/tokens.toml").expect("the table is part of the program");
    let table: Table = toml::from_str(text).expect("a test reads the table");
    assert_eq!(table.schema, 1, "the table is of this version");
    let rows: Vec<(Row, Regex)> = table
        .token
        .into_iter()
        .map(|row| {
            let regex =
                Regex::new(&format!("^(?:{})", row.pattern)).expect("a test reads the table");
            (row, regex)
        })
        .collect();
    let prefixes: Vec<(&str, (usize, usize))> = rows
        .iter()
        .enumerate()
        .flat_map(|(number, (row, _))| {
            row.prefix.iter().map(move |prefix| (prefix.as_str(), (number, prefix.len())))
        })
        .collect();
    let search = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(prefixes.iter().map(|(prefix, _)| prefix))
        .expect("a few hundred short words");
    let rows_of = prefixes.iter().map(|&(_, row)| row).collect();
    Tokens { documentation: table.documentation, rows, search, rows_of }
});

/// What has the shape of a token.
pub(super) enum Token {
    Secret(SecretHit),
    /// What stands around it says that everybody may read it: the web key of a Firebase project.
    Public(Span),
}

/// Every token in `text`, in no order.
pub(super) fn scan(text: &str) -> Vec<Token> {
    let tokens = &*TOKENS;
    let found = tokens.search.find_overlapping_iter(text).filter_map(|found| {
        let (row, prefix_length) = tokens.rows_of[found.pattern().as_usize()];
        let (row, regex) = &tokens.rows[row];
        token(tokens, row, regex, text, found.start(), prefix_length)
    });
    found.collect()
}

fn token(
    tokens: &Tokens,
    row: &Row,
    regex: &Regex,
    text: &str,
    found: usize,
    prefix_length: usize,
) -> Option<Token> {
    let bytes = text.as_bytes();
    let (start, body_start) = match row.before {
        0 => (found, found + prefix_length),
        // The part before may be shorter by a little: take the longest that fits.
        before => {
            let start = (found.saturating_sub(before)..found)
                .find(|&start| text.get(start..).is_some_and(|rest| regex.is_match(rest)))?;
            (start, start)
        }
    };
    let rest = text.get(body_start..)?;
    let end = body_start + regex.find(rest)?.end();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_marker = row.check == Some(Check::PrivateKey);
    let follows_word = start > 0 && is_word(&bytes[start - 1]) && !follows_escape(bytes, start);
    let runs_on = bytes.get(end).is_some_and(|byte| is_word(byte) || *byte == b'+');
    if !is_marker && (follows_word || runs_on) {
        return None;
    }
    let (token, body) = (&text[start..end], &text[body_start..end]);
    let is_cut_short = text[end..].starts_with("..") || text[end..].starts_with('…');
    let is_documented =
        is_cut_short || tokens.documentation.iter().any(|known| token.starts_with(known.as_str()));
    if is_documented
        || !is_marker && crate::facts::secret::placeholder::is_placeholder(body)
        || is_data(text, start)
    {
        return None;
    }
    let around = around(text, start, end);
    let has = |word: &String| contains_ignoring_case(around, word);
    if row.unless_near.iter().any(has) {
        return Some(Token::Public(span(start, end)));
    }
    if !row.near.is_empty() && !row.near.iter().any(has) {
        return None;
    }
    let verified = match row.check {
        Some(check) if !check.verify(token, body) => return None,
        check => check.is_some_and(Check::proves),
    };
    let has_pair = matches!(row.pair, Some(Pair::Aws)) && has_aws_secret(around);
    let shown = if row.before == 0 { &text[start..body_start] } else { "" };
    let hidden_start =
        if is_marker { end - body.rsplit("-----").next()?.len() } else { body_start };
    Some(Token::Secret(SecretHit {
        provider: row.id.as_str().into(),
        title: row.title.as_str().into(),
        class: if has_pair { SecretClass::Live } else { row.class },
        verified,
        name: name_before(text, start),
        redacted: Text::from(format!("{shown}…")),
        span: span(start, end),
        hidden: span(hidden_start, end),
    }))
}

/// Is the byte before part of `\n` or the like, in a string?
fn follows_escape(bytes: &[u8], start: usize) -> bool {
    start >= 2 && bytes[start - 2] == b'\\' && matches!(bytes[start - 1], b'n' | b't' | b'r')
}

/// Does it stand inside `data:…;base64,…`?
fn is_data(text: &str, start: usize) -> bool {
    let before = &text.as_bytes()[start.saturating_sub(NEAR_BYTES)..start];
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let run = before.iter().rev().take_while(|byte| is_base64(byte)).count();
    run > NAME_BYTES_MAX || before[..before.len() - run].ends_with(b"base64,")
}

/// Forty characters as the other half of an access key has them, with digits and both cases.
fn has_aws_secret(around: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "/+".contains(character);
    around.split(|character| !is_part(character)).any(|word| {
        word.len() == 40
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_lowercase())
            && word.bytes().any(|byte| byte.is_ascii_uppercase())
    })
}

/// The text around a place, cut between characters.
pub(super) fn around(text: &str, start: usize, end: usize) -> &str {
    let mut from = start.saturating_sub(NEAR_BYTES);
    let mut to = (end + NEAR_BYTES).min(text.len());
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    &text[from..to]
}

fn contains_ignoring_case(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The name that a value at `start` is bound to: the last identifier before it on its line.
pub(super) fn name_before(text: &str, start: usize) -> Text {
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[line_start..start];
    let binding = line.trim_end_matches(|character: char| !matches!(character, '=' | ':'));
    let before = binding
        .trim_end_matches(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
    let name_start = before
        .rfind(|character| !is_name(character))
        .map_or(0, |place| place + before[place..].chars().next().map_or(1, char::len_utf8));
    let name = &before[name_start..];
    if name.len() > NAME_BYTES_MAX { Text::default() } else { name.into() }
}

pub(super) fn span(start: usize, end: usize) -> Span {
    let number = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(number(start), number(end))
}
