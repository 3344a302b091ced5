//! Values that stand for a secret and are none.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Parts of a value that invite a reader to put something else there.
const INVITATIONS: [&str; 30] = [
    "your",
    "example",
    "sample",
    "changeme",
    "change_me",
    "change-me",
    "changethis",
    "change_this",
    "change-this",
    "replace",
    "insert",
    "todo",
    "dummy",
    "fake",
    "mock",
    "placeholder",
    "redacted",
    "xxxx",
    "****",
    "....",
    "____",
    "enter_",
    "enter-",
    "goes_here",
    "goes-here",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "local_dev",
    "local-dev",
];

/// What everybody tries first. Known defaults of products, not secrets of this project.
const DEFAULTS: [&str; 36] = [
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "postgres",
    "mysql",
    "root",
    "admin",
    "administrator",
    "user",
    "username",
    "guest",
    "test",
    "testing",
    "demo",
    "dev",
    "development",
    "local",
    "localhost",
    "default",
    "none",
    "null",
    "undefined",
    "true",
    "false",
    "empty",
    "string",
    "mongo",
    "redis",
    "rabbitmq",
    "minioadmin",
    "private",
];

/// The text that a value of base64 stands for, if it is text.
pub fn decoded(value: &str) -> Option<String> {
    let is_whole = value.len() >= 4 && value.len().is_multiple_of(4);
    let bytes = is_whole.then(|| STANDARD.decode(value).ok())??;
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(|character: char| character.is_control() && character != '\n')).then_some(text)
}

/// Is it what everybody tries first?
pub fn is_default(value: &str) -> bool {
    DEFAULTS.contains(&value.to_ascii_lowercase().as_str())
}

/// Does it name a place without saying how to get in?
pub fn is_address(value: &str) -> bool {
    value.contains("://") && !value.contains('@')
}

/// Is it empty, an invitation, a reference to something else, or without any variety?
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let wraps = |open: &str, close: &str| lower.starts_with(open) && lower.ends_with(close);
    lower.is_empty()
        || is_default(&lower)
        || INVITATIONS.iter().any(|word| lower.contains(word))
        || lower.contains("...")
        || lower.contains('…')
        || lower.contains("${")
        || lower.contains("{{")
        || lower.contains("#{")
        || lower.contains("$(")
        || lower.starts_with('$')
        || lower.starts_with("my-")
        || lower.starts_with("my_")
        || wraps("<", ">")
        || wraps("{", "}")
        || wraps("[", "]")
        || wraps("%", "%")
        || wraps("__", "__")
        || has_no_variety(lower.as_bytes())
}

/// One character again and again, `123456`, `abcdef`, `abc123xyz789`, or three different characters at most.
pub fn has_no_variety(value: &[u8]) -> bool {
    let mut different = value.to_vec();
    different.sort_unstable();
    different.dedup();
    let steps = value.windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    let pairs = value.len().saturating_sub(1);
    let goes_up = match value.len() {
        0..4 => false,
        4..8 => steps * 4 >= pairs * 3,
        _ => steps * 5 >= pairs * 3,
    };
    different.len() <= 3 || goes_up
}

/// Bits a character: how evenly the characters are used.
pub fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|byte| counts[byte as usize] += 1);
    let length = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    let used = counts.iter().filter(|&&count| count > 0);
    used.map(|&count| f64::from(count) / length).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invitations_and_patterns_are_no_secrets() {
        for value in [
            "",
            "your-key",
            "<token>",
            "${TOKEN}",
            "aaaaaaaa",
            "12345678",
            "abcdefgh",
            "Password",
            "abc123xyz789",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["hT7!kQ92", "correct-horse", "a8f5f167f44f4964"] {
            assert!(!is_placeholder(value), "{value}");
        }
        assert!(entropy("aaaaaaab") < 1.0 && entropy("a8f5k1z7q4m9") > 3.0);
    }
}
