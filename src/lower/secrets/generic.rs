//! Literals that their names call a secret: `smtp_password = "…"`, `api-key: …`.
//!
//! Read from the text, not from a tree, so that it works in every language and in what no language is.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::tokens::span;
use crate::facts::{
    Credential, Language, Strength,
    secret::placeholder::{decoded, entropy, has_no_variety, is_address, is_placeholder},
    secret::{has_secret_word, is_secret_name, words},
};

/// Shorter values are words, longer ones are documents.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=200;

/// A name of so many bytes is no name.
const NAME_BYTES_MAX: usize = 80;

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let endings = [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "private_key",
        "privatekey",
        "private-key",
        "access_key",
        "accesskey",
        "access-key",
        "auth_key",
        "authkey",
        "signing_key",
        "signingkey",
        "signing-key",
        "encryption_key",
        "encryptionkey",
        "encryption-key",
        "encrypt_key",
        "encryptkey",
        "credential",
        "connection_string",
        "connectionstring",
        "service_key",
        "servicekey",
    ];
    AhoCorasick::builder().ascii_case_insensitive(true).build(endings).expect("a few short words")
});

/// All literals under a secret's name, in order.
pub(super) fn scan(text: &str, language: Language) -> Vec<Credential> {
    let mut found: Vec<Credential> = in_addresses(text).collect();
    let mut name_end = 0;
    for at in SEARCH.find_iter(text) {
        if at.start() < name_end {
            continue;
        }
        let (start, end) = name_around(text, at.start(), at.end());
        name_end = end;
        let name = &text[start..end];
        if name.len() > NAME_BYTES_MAX || !is_secret_name(name) {
            continue;
        }
        let Some(bound) = value_after(text, start, end, language) else { continue };
        let value = &text[bound.start..bound.end];
        if found.iter().any(|other| other.span.touches(span(bound.start, bound.end))) {
            continue;
        }
        let Some(strength) = strength_of(value, name) else { continue };
        // Secrets of a cluster are encoded, whether they are any or not.
        let is_encoded = language == Language::Yaml
            && decoded(value).is_some_and(|text| is_placeholder(&text) || is_address(&text));
        if is_encoded {
            continue;
        }
        found.push(Credential {
            name: name.into(),
            strength,
            length: u32::try_from(value.len()).unwrap_or(u32::MAX),
            is_fallback: bound.is_fallback,
            span: span(bound.start, bound.end),
        });
    }
    found.sort_by_key(|one| one.span);
    found
}

/// Keys in the query of an address: `?key=…`, `&api_key=…`.
fn in_addresses(text: &str) -> impl Iterator<Item = Credential> {
    text.match_indices("key=").filter_map(|(at, _)| {
        let (start, _) = name_around(text, at, at + 3);
        let is_query = text[..start].ends_with(['?', '&']);
        let from = at + "key=".len();
        let rest = &text[from..];
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let value = &rest[..rest.find(|character| !is_part(character)).unwrap_or(rest.len())];
        let name = &text[start..at + 3];
        let strength =
            strength_of(value, name).filter(|found| is_query && *found == Strength::Random)?;
        Some(Credential {
            name: name.into(),
            strength,
            length: u32::try_from(value.len()).unwrap_or(u32::MAX),
            is_fallback: false,
            span: span(from, from + value.len()),
        })
    })
}

fn name_around(text: &str, start: usize, end: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let before = bytes[..start].iter().rev().take_while(|byte| is_name(byte)).count();
    let after = bytes[end..].iter().take_while(|byte| is_name(byte)).count();
    (start - before, end + after)
}

struct Bound {
    start: usize,
    end: usize,
    is_fallback: bool,
}

/// The literal that the name ending at `end` is given, on the same line.
fn value_after(text: &str, start: usize, end: usize, language: Language) -> Option<Bound> {
    let line_end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
    let line = &text[end..line_end];
    // The name may be quoted, an index, an optional field, or carry a marker of its language.
    if text[..start].ends_with("${") {
        return default_of_variable(text, end, line_end);
    }
    let closers = ['"', '\'', '`', ']', ')', '?', '!', '}', '\\'];
    let was_quoted = line.starts_with(['"', '\'', '`']);
    let rest = line.trim_start_matches(closers).trim_start();
    let at = |rest: &str| end + (line.len() - rest.len());

    let fallbacks = ["||", "??", "or ", ":-"];
    if let Some(rest) = fallbacks.iter().find_map(|mark| rest.strip_prefix(mark)) {
        return quoted(rest.trim_start()).map(|(from, to)| {
            let offset = at(rest.trim_start());
            Bound { start: offset + from, end: offset + to, is_fallback: true }
        });
    }
    if was_quoted && let Some(rest) = rest.strip_prefix(',') {
        let rest = rest.trim_start();
        return quoted(rest).map(|(from, to)| Bound {
            start: at(rest) + from,
            end: at(rest) + to,
            is_fallback: true,
        });
    }
    let rest = match rest.strip_prefix([':', '=']) {
        Some(after) if after.starts_with('=') && rest.starts_with('=') => return None,
        Some(after) => after.trim_start_matches(['=', '>']).trim_start(),
        // Go puts the type behind the name.
        None if language == Language::Go => annotated(rest)?,
        None => return None,
    };
    if let Some((from, to)) = quoted(rest) {
        return Some(Bound { start: at(rest) + from, end: at(rest) + to, is_fallback: false });
    }
    if !was_quoted
        && language.is_code()
        && let Some(after) = annotated(rest)
        && let Some((from, to)) = quoted(after)
    {
        return Some(Bound { start: at(after) + from, end: at(after) + to, is_fallback: false });
    }
    let is_plain =
        matches!(language, Language::Env | Language::Yaml | Language::Lines | Language::Text)
            || language == Language::Dockerfile;
    let is_end =
        |character: char| character.is_whitespace() || matches!(character, ';' | ',' | '"' | '\'');
    let plain = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    (is_plain
        && !plain.is_empty()
        && !plain.starts_with(['"', '\'', '[', '{', '&', '|', '>', '!', '#', '(']))
    .then(|| Bound { start: at(rest), end: at(rest) + plain.len(), is_fallback: false })
}

/// The default in `${NAME:-value}`.
fn default_of_variable(text: &str, end: usize, line_end: usize) -> Option<Bound> {
    let rest = &text[end..line_end];
    let value = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'))?;
    let start = line_end - value.len();
    Some(Bound { start, end: start + value.find('}')?, is_fallback: true })
}

/// What stands behind a type: `&str = "…"`.
fn annotated(rest: &str) -> Option<&str> {
    let is_type =
        |character: char| character.is_ascii_alphanumeric() || "&'<>[]|_. ,".contains(character);
    let (before, after) = rest.split_once('=')?;
    let fits = before.len() <= 40 && before.chars().all(is_type) && !before.trim().is_empty();
    (fits && !after.starts_with(['=', '>'])).then(|| after.trim_start())
}

/// The place of what stands between quotes at the start of `rest`, without its language's prefix.
fn quoted(rest: &str) -> Option<(usize, usize)> {
    let unprefixed = rest.trim_start_matches(['r', 'b', 'u', 'R', 'B', 'U', '@', '\\']);
    let prefix = rest.len() - unprefixed.len();
    let quote = unprefixed.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    let inner = &unprefixed[1..];
    let length = inner.find(quote)?;
    (prefix <= 3).then(|| (prefix + 1, prefix + 1 + inner[..length].trim_end_matches('\\').len()))
}

/// None for what is no secret whatever its name.
fn strength_of(value: &str, name: &str) -> Option<Strength> {
    if !LENGTH.contains(&value.len())
        || !value.is_ascii()
        || value.contains(char::is_whitespace)
        || value.contains('\\')
        || is_placeholder(value)
        || is_reference(value)
        || value.eq_ignore_ascii_case(name)
        || words(value) == words(name)
    {
        return None;
    }
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let has_sign =
        value.bytes().any(|byte| byte.is_ascii_punctuation() && !b"_-./:".contains(&byte));
    let has_both_cases = value.bytes().any(|byte| byte.is_ascii_lowercase())
        && value.bytes().any(|byte| byte.is_ascii_uppercase());
    let bits = entropy(value);
    if value.len() >= 16 && bits >= 3.5 && has_digit && !has_many_words(value)
        || value.len() >= 20 && bits >= 4.0 && has_both_cases && has_digit
    {
        return Some(Strength::Random);
    }
    if bits < 2.5 || has_no_variety(value.as_bytes()) {
        return None;
    }
    let is_mixed = has_digit || has_sign;
    Some(if is_mixed { Strength::Mixed } else { Strength::Words })
}

/// Three or more words with separators between them are a phrase or a name.
fn has_many_words(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['_', '-', '.']).filter(|part| !part.is_empty()).collect();
    let letters =
        |part: &&&str| part.len() > 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    parts.iter().filter(letters).count() >= 2
}

/// A path, an address, a variable, a call, a type, a key of a translation, or something encrypted.
fn is_reference(value: &str) -> bool {
    let is_constant = value.contains('_')
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_dotted = value.contains('.')
        && value.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(&byte))
        });
    // `api/users/sign-in`: lower-case segments that are words, with a version among them at most.
    let is_word = |part: &str| {
        let letters = part.bytes().filter(u8::is_ascii_lowercase).count();
        let is_version =
            part.starts_with('v') && part[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.');
        is_version
            || letters > 1 && part.bytes().all(|b| b.is_ascii_lowercase() || b"-_".contains(&b))
    };
    let is_relative_path = value.matches('/').count() >= 2 && value.split('/').all(is_word);
    let is_path = is_relative_path
        || value.starts_with(['/', '.', '~'])
        || value.contains("://")
        || value.contains(":/");
    let is_code = value.contains(['(', ')', '{', '}', '<', '>', '[', ']', '|']);
    let is_mime = value.matches('/').count() == 1
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || b"/-+.".contains(&byte));
    let is_encrypted = [
        "encrypted:",
        "ENC[",
        "vault:",
        "arn:",
        "projects/",
        "op:",
        "secret:",
        "ref+",
        "AQICAH",
        "$ANSIBLE_VAULT",
    ]
    .iter()
    .any(|prefix| value.starts_with(prefix));
    // A plain identifier in mixed case: the name of a field, a method or a class.
    let is_identifier = value.bytes().all(|byte| byte.is_ascii_alphabetic()) && {
        let parts = words(value);
        parts.len() >= 2 && parts.iter().all(|part| part.len() > 2)
    };
    let is_kebab = value.contains(['-', '_', ':'])
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_:".contains(&byte))
        && has_secret_word(value);
    is_constant
        || is_dotted
        || is_path
        || is_code
        || is_mime
        || is_encrypted
        || is_identifier
        || is_kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, language: Language) -> Vec<(String, Strength)> {
        let found = scan(text, language);
        found.iter().map(|one| (one.name.to_string(), one.strength)).collect()
    }

    #[test]
    fn values_are_found_behind_names() {
        let text = "const smtpPassword = \"Tr0ub4dor&3x\";\nlet token: &str = \"a8Fz5k1Q7q4m9Lw2\";\n\
                    { \"api_key\": \"k9Fz5k1Q7q4m9Lw2\" }\nprocess.env.JWT_SECRET || 'hunter2hunter'\n\
                    os.getenv(\"SECRET_KEY\", \"zebra-42-stripe\")\n";
        let found = names(text, Language::JavaScript);
        let expected = ["smtpPassword", "token", "api_key", "JWT_SECRET", "SECRET_KEY"];
        assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), expected);
        assert_eq!(names("db_password: Zx9kPq31\n", Language::Yaml).len(), 1);
        assert_eq!(
            names("PASSWORD=${PASSWORD}\nTOKEN=\nSECRET_FILE=/run/secret\n", Language::Env),
            []
        );
    }

    #[test]
    fn other_things_under_such_names_are_left() {
        let text = "next_token = \"NextToken\"\npublic_key = \"Gc3QaaZ19dkk3\"\npassword = None\n\
                    password: \"password\"\nif token == \"a8Fz5k1Q7q4m9Lw2\": pass\n\
                    secret = \"arn:aws:secretsmanager:x\"\ntoken: 'auth.forms.token'\n\
                    password: \"Passwort vergessen\"\n  LOGIN_TOKEN: \"api/auth/v4.0/user/login-with-token\",\npasswordField = \"currentPassword\"\n";
        assert_eq!(names(text, Language::Python), []);
    }
}
