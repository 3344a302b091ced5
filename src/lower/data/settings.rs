//! `.env` and `.properties`: one `NAME=value` a line.

use super::{Reading, comment, lines_with_offsets, span};
use crate::facts::{Document, Text, document::Setting};

pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut settings = Vec::new();
    let mut lines = lines_with_offsets(text);
    while let Some((offset, line)) = lines.next() {
        let trimmed = line.trim();
        let start = offset + (line.len() - line.trim_start().len());
        let mut end = start + trimmed.len();
        if let Some(note) = trimmed.strip_prefix(['#', '!']) {
            reading.comments.push(comment(note, start, end));
            continue;
        }
        let assignment = trimmed.strip_prefix("export ").unwrap_or(trimmed);
        let Some(separator) = assignment.find(['=', ':']) else { continue };
        let name = assignment[..separator].trim();
        let is_name =
            |character: char| character.is_alphanumeric() || "_.-[]%\"".contains(character);
        if name.is_empty() || !name.chars().all(is_name) {
            continue;
        }
        let mut value = assignment[separator + 1..].trim().to_owned();
        // A quoted value may go over several lines, as private keys do.
        if let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\''))
            && !value[1..].contains(quote)
        {
            for (next_offset, next) in lines.by_ref() {
                end = next_offset + next.len();
                value.push('\n');
                value.push_str(next);
                if next.contains(quote) {
                    break;
                }
            }
        }
        let value = redacted(name, unquoted(&value));
        settings.push(Setting { name: name.into(), value, span: span(start, end) });
    }
    reading.document = Some(Document::Settings(settings));
    reading
}

/// The value without its quotes, or without the comment behind it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

const SECRET_WORDS: &[&str] = &[
    "KEY",
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "CREDENTIAL",
    "CREDENTIALS",
    "DSN",
    "PRIVATE",
    "WEBHOOK",
    "SALT",
    "CONNECTION",
    "SIGNATURE",
];

/// A value that may be a secret keeps four characters at most. Rules that judge secrets read the text.
fn redacted(name: &str, value: &str) -> Text {
    let name = name.to_ascii_uppercase();
    let is_secret_name = name.split(|character: char| !character.is_alphanumeric()).any(|word| {
        SECRET_WORDS.contains(&word) || word.ends_with("PASSWORD") || word.ends_with("KEY")
    });
    // Within a dotted name it is a part of a program: `http.auth.permission.paths`.
    let is_secret_name = is_secret_name
        || name
            .rsplit('.')
            .next()
            .is_some_and(|last| last.split(['_', '-']).any(|word| word == "AUTH"));
    let has_credentials = value
        .split_once("://")
        .is_some_and(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default().contains('@'));
    let is_long_random = value.len() >= 20
        && !value.contains([' ', '/'])
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_key = value.starts_with("-----BEGIN");
    if is_placeholder(value) || !(is_key || is_secret_name || has_credentials || is_long_random) {
        return value.into();
    }
    let kept: String = value.chars().take(if value.len() >= 12 { 4 } else { 0 }).collect();
    format!("{kept}…").into()
}

/// Nothing to hide: empty, a switch, a number, a reference, or an invitation to fill in.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.is_empty()
        || matches!(
            lower.as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null"
        )
        || value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit())
        || value.starts_with("${")
        || value.starts_with('<') && value.ends_with('>')
        || ["your", "change", "replace", "example", "placeholder", "xxxx", "todo"]
            .iter()
            .any(|word| lower.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_secrets_are_not_kept() {
        let text = "# top\nexport PORT=3000 # web\nNAME=\"a b\"\nAPI_KEY=abcdef0123456789\n\
                    DATABASE_URL=postgres://u:p4ss@h/db\nEMPTY_KEY=\nJWT_SECRET=change-me\n\
                    PEM=\"-----BEGIN\nxyz\n-----END\"\nserver.port: 8080\n\
                    %prod.http.auth.\"all\".paths=/*\nmail.auth=abcdef0123456789\nnot a setting\n";
        let reading = read(text);
        let Some(Document::Settings(settings)) = reading.document else { panic!("settings") };
        let found: Vec<_> =
            settings.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        let expected = [
            ("PORT", "3000"),
            ("NAME", "a b"),
            ("API_KEY", "abcd…"),
            ("DATABASE_URL", "post…"),
            ("EMPTY_KEY", ""),
            ("JWT_SECRET", "change-me"),
            ("PEM", "----…"),
            ("server.port", "8080"),
            ("%prod.http.auth.\"all\".paths", "/*"),
            ("mail.auth", "abcd…"),
        ];
        assert_eq!(found, expected);
    }
}
