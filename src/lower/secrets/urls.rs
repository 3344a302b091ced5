//! Connection strings with a password: `scheme://user:password@host`.

use super::tokens::{name_before, span};
use crate::facts::{SecretClass, SecretHit, Text, secret::DATABASE_URL};

/// Schemes of databases, caches and brokers; drivers are named behind a `+`.
const SCHEMES: [&str; 14] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "cockroachdb",
    "cassandra",
];

/// Every connection string with a password that is written out.
pub(super) fn scan(text: &str) -> Vec<SecretHit> {
    text.match_indices("://").filter_map(|(separator, _)| hit(text, separator)).collect()
}

fn hit(text: &str, separator: usize) -> Option<SecretHit> {
    let before = &text[..separator];
    let is_scheme = |character: char| character.is_ascii_alphanumeric() || "+_".contains(character);
    let start = before
        .rfind(|character| !is_scheme(character))
        .map_or(0, |place| place + before[place..].chars().next().map_or(1, char::len_utf8));
    let scheme = before[start..].to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.split('+').next()?) {
        return None;
    }
    let authority_start = separator + 3;
    let rest = &text[authority_start..];
    let ends = |character: char| character.is_whitespace() || "\"'`<>)]},;\\".contains(character);
    let rest = &rest[..rest.find(ends).unwrap_or(rest.len())];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (user_and_password, host) = authority.rsplit_once('@')?;
    let (user, password) = user_and_password.split_once(':')?;
    if password.is_empty()
        || is_reference(password)
        || host.is_empty()
        || is_documentation(user, password)
    {
        return None;
    }
    let is_known = crate::facts::secret::placeholder::is_placeholder(password) || password == user;
    if is_known && is_commented(before) {
        return None;
    }
    let password_start = authority_start + user.len() + 1;
    let hidden_end = if is_known { password_start } else { password_start + password.len() };
    Some(SecretHit {
        provider: DATABASE_URL.into(),
        title: "connection string with a password".into(),
        class: if is_known { SecretClass::Test } else { SecretClass::Live },
        verified: false,
        name: name_before(text, start),
        redacted: Text::from(format!("{scheme}://…@{host}")),
        span: span(start, authority_start + rest.len()),
        hidden: span(password_start, hidden_end),
    })
}

/// A comment shows how such an address is written.
fn is_commented(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before).trim_start();
    ["#", "//", ";", "--", "*"].iter().any(|mark| line.starts_with(mark))
}

/// Filled in from elsewhere: `${PASSWORD}`, `%s`, `{password}`, `<password>`, `$PASSWORD`.
fn is_reference(password: &str) -> bool {
    password.contains(['$', '{', '<', '%', '[', '*']) && !password.contains("%2")
}

/// What manuals write: the words themselves, or an invitation.
fn is_documentation(user: &str, password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    let words = ["password", "pass", "passwd", "pwd", "secret", "yourpassword"];
    let users = ["user", "username", "usr", "login", "name", "u", "user1", "your_user"];
    words.contains(&lower.as_str()) && users.contains(&user.to_ascii_lowercase().as_str())
        || ["your", "changeme", "change_me", "example", "xxx", "..."]
            .iter()
            .any(|word| lower.contains(word))
}
