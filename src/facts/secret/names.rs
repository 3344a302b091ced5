//! What the words of a name say about its value.

/// Words that make a name a secret's. Two words stand next to each other in the name.
const HEADS: [&[&str]; 20] = [
    &["password"],
    &["passwd"],
    &["pwd"],
    &["passphrase"],
    &["secret"],
    &["token"],
    &["apikey"],
    &["api", "key"],
    &["private", "key"],
    &["privatekey"],
    &["access", "key"],
    &["accesskey"],
    &["auth", "key"],
    &["signing", "key"],
    &["crypto", "key"],
    &["encryption", "key"],
    &["encrypt", "key"],
    &["connection", "string"],
    &["service", "key"],
    &["secretkey"],
];

/// What may follow in the name without changing what it is.
const SUFFIXES: [&str; 24] = [
    "key",
    "base",
    "value",
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "live",
    "staging",
    "default",
    "string",
    "str",
    "text",
    "raw",
    "plain",
    "base64",
    "b64",
    "hex",
    "old",
    "new",
    "1",
    "2",
];

/// What makes a name that of something else: `next_token`, `csrf_token`, `public_key`.
const NEUTRAL: [&str; 34] = [
    "next",
    "page",
    "continuation",
    "csrf",
    "xsrf",
    "public",
    "pub",
    "cancel",
    "cancellation",
    "pad",
    "eos",
    "bos",
    "unk",
    "sep",
    "mask",
    "cls",
    "start",
    "end",
    "stop",
    "special",
    "sort",
    "partition",
    "foreign",
    "primary",
    "no",
    "invalid",
    "wrong",
    "bad",
    "missing",
    "forgot",
    "reset",
    "design",
    "anon",
    "publishable",
];

/// Does a name say that its value is a secret? `JWT_SECRET`, `dbPassword`, `api-key`, and neither
/// `passwordHash` nor `next_token`.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let ends_in_head = HEADS.iter().any(|head| {
        words.windows(head.len()).enumerate().any(|(at, part)| {
            part.iter().map(String::as_str).eq(head.iter().copied())
                && words[at + head.len()..].iter().all(|word| SUFFIXES.contains(&word.as_str()))
        })
    });
    ends_in_head && !words.iter().any(|word| NEUTRAL.contains(&word.as_str()))
}

/// The words of a name, in lower case: at `_`, `-` and where a capital begins.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_small = characters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = !character.is_ascii_alphanumeric()
            || !before.is_ascii_alphanumeric()
            || character.is_ascii_uppercase() && (before.is_ascii_lowercase() || next_is_small)
            || character.is_ascii_uppercase() && before.is_ascii_digit();
        if starts {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(character.to_ascii_lowercase());
        }
        before = character;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Does a name say that its value signs or encrypts what the program hands out: sessions, tokens, cookies?
/// Whoever knows it can make them.
pub fn is_signing_name(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_bare = matches!(
        words.iter().map(String::as_str).collect::<Vec<_>>()[..],
        ["secret" | "secretkey"]
            | ["secret", "key"]
            | ["secret", "key", "base"]
            | ["app", "secret" | "key"]
    );
    let makes = has(&["secret", "secretkey", "signing", "encryption", "encrypt", "hmac", "crypto"])
        || has(&["jwt", "session", "cookie"]) && has(&["key"]);
    let is_for = has(&[
        "jwt",
        "session",
        "sessions",
        "cookie",
        "cookies",
        "auth",
        "nextauth",
        "signing",
        "token",
        "encryption",
        "encrypt",
        "csrf",
        "django",
        "flask",
        "hmac",
        "crypto",
        "refresh",
        "app",
    ]);
    let is_given = has(&["api", "client", "oauth", "google", "github", "stripe", "webhook", "aws"]);
    is_bare || is_secret_name(name) && makes && is_for && !is_given
}

/// Is one of the words of `text` a secret's, alone?
pub fn has_secret_word(text: &str) -> bool {
    let is_head = |word: &String| HEADS.iter().any(|head| head == &[word.as_str()]);
    words(text).iter().any(|word| is_head(word) || word == "key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_by_their_words() {
        for name in [
            "JWT_SECRET",
            "dbPassword",
            "api-key",
            "SECRET_KEY",
            "AWSSecretKey",
            "x_api_key",
            "token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "next_token",
            "tokenType",
            "password_hash",
            "monkey",
            "csrfToken",
            "publicKey",
            "secretName",
            "tokenizer",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
