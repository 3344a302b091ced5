//! Credentials in text: found before anything else reads a file, and hidden from all that comes after.
//!
//! One pass looks for the beginnings that issuers give their tokens, one for words that people give to
//! secrets. What is found is replaced byte by byte, so that every later place still fits.

use self::tokens::Token;
use crate::facts::{Credential, File, SecretHit, Span};

mod checks;
mod generic;
mod tokens;
mod urls;

/// What one file holds.
#[derive(Default)]
pub(super) struct Found {
    pub(super) secrets: Vec<SecretHit>,
    pub(super) credentials: Vec<Credential>,
}

/// All credentials in a file. Lock files hold digests, which look like secrets and are none.
pub(super) fn scan(file: &File) -> Found {
    if is_lock_file(file.name()) {
        return Found::default();
    }
    let (mut secrets, mut public) = (Vec::new(), Vec::new());
    for token in tokens::scan(&file.text) {
        match token {
            Token::Secret(hit) => secrets.push(hit),
            Token::Public(span) => public.push(span),
        }
    }
    secrets.extend(urls::scan(&file.text));
    secrets.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    secrets.dedup_by(|later, first| first.span.contains(later.span));
    let mut credentials = if is_translation(&file.path) {
        Vec::new()
    } else {
        generic::scan(&file.text, file.language)
    };
    let is_known = |span: Span| {
        secrets.iter().any(|hit| hit.span.touches(span))
            || public.iter().any(|one| one.touches(span))
    };
    credentials.retain(|one| !is_known(one.span));
    Found { secrets, credentials }
}

fn is_lock_file(name: &str) -> bool {
    name.ends_with(".lock")
        || name.ends_with("-lock.json")
        || name.ends_with("-lock.yaml")
        || matches!(name, "go.sum" | "npm-shrinkwrap.json" | "gradle.lockfile")
}

/// The word for a password in some language is no password.
fn is_translation(path: &str) -> bool {
    let folders =
        ["i18n", "l10n", "locale", "locales", "translations", "lang", "langs", "messages", "intl"];
    path.split('/').any(|segment| folders.contains(&segment))
}
