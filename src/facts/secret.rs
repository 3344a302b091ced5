//! Credentials in the text of a file: what they are and where, never what they say.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Span, Text};

mod names;
pub mod placeholder;

pub use names::{has_secret_word, is_secret_name, is_signing_name, words};

/// What stands for a hidden byte. It keeps every language's syntax as it was.
const MASK: u8 = b'x';

/// A credential that its issuer's own form gives away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretHit {
    /// The row of `rules/data/tokens.toml`: `stripe-live-key`. A connection string is [`DATABASE_URL`].
    pub provider: Text,
    /// What it is, for people: `GitHub token`.
    pub title: Text,
    pub class: SecretClass,
    /// Was a property verified that no made-up value has by chance?
    pub verified: bool,
    /// The name that it is bound to, as far as it stands before it on the same line; else empty.
    pub name: Text,
    /// The part that is public, then `…`.
    pub redacted: Text,
    pub span: Span,
    /// The part that must not be shown; within `span`. Empty for what is known to everybody.
    pub hidden: Span,
}

/// The `provider` of connection strings with a password.
pub const DATABASE_URL: &str = "database-url";

/// What a credential gives access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretClass {
    /// Names an account, or allows little.
    Identifier,
    /// A test account, or something limited.
    Test,
    /// The account itself.
    Live,
}

/// A literal that its name calls a secret, and that does not look like a placeholder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// The name as written: `JWT_SECRET`, `clientSecret`.
    pub name: Text,
    pub strength: Strength,
    /// Length of the value, in bytes.
    pub length: u32,
    /// It stands where a value goes that is used when nothing else is given: after `||`, or as the
    /// argument behind its name.
    pub is_fallback: bool,
    /// The value, without quotes.
    pub span: Span,
}

/// How much a value looks as if a machine had made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Words, as people choose them.
    Words,
    /// Letters mixed with digits or signs, as people choose a password.
    Mixed,
    /// Random.
    Random,
}

/// `text` with every hidden byte replaced; letters, digits and signs one for one.
pub fn masked<'t>(
    text: &'t str,
    secrets: &[SecretHit],
    credentials: &[Credential],
) -> Cow<'t, str> {
    let hidden = secrets.iter().map(|hit| hit.hidden).chain(credentials.iter().map(|one| one.span));
    let hidden: Vec<Span> = hidden.filter(|span| span.start < span.end).collect();
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for span in hidden {
        let Some(part) = bytes.get_mut(span.start as usize..span.end as usize) else { continue };
        let mut is_escaped = false;
        for byte in part {
            // White space and quotes shape the file, and a backslash what follows it.
            if is_escaped || byte.is_ascii_whitespace() || b"\"'`,;+".contains(byte) {
                is_escaped = false;
            } else if *byte == b'\\' {
                is_escaped = true;
            } else {
                *byte = MASK;
            }
        }
    }
    String::from_utf8(bytes).map_or_else(
        |_| unreachable!("spans begin and end between characters, and the mask is a letter"),
        Cow::Owned,
    )
}
