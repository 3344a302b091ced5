//! The language of Firestore's and Storage's rules, as far as it says who gets through.

use crate::facts::Span;

/// One `allow` statement.
pub(super) struct Allow {
    pub(super) verbs: Vec<String>,
    /// The paths of the `match` blocks around it, joined.
    pub(super) path: String,
    pub(super) condition: Condition,
    pub(super) span: Span,
}

/// Whom a condition lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Everybody,
    /// What the console writes for a test: everybody, until a date.
    UntilDate,
    SignedIn,
    /// Somebody, by what is asked of them.
    Asked,
    Nobody,
}

/// A function of the rules: its name and what it returns.
type Helper = (String, String);

/// A block that is open.
enum Open {
    /// With the length of the path before it.
    Match(usize),
    Other,
}

/// All `allow` statements of a file.
pub(super) fn read(text: &str) -> Vec<Allow> {
    let text = without_comments(text);
    let helpers = helpers(&text);
    let mut found = Vec::new();
    let (mut path, mut open) = (String::new(), Vec::new());
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let word_length = rest.find(|one: char| !is_name(one)).unwrap_or(rest.len());
        match &rest[..word_length] {
            "match" => {
                let (segments, length) = path_after(&rest[word_length..]);
                open.push(Open::Match(path.len()));
                path.push_str(segments);
                at += word_length + length;
            }
            "function" => at += function_length(rest),
            "allow" => {
                let length = rest.find(';').map_or(rest.len(), |end| end + 1);
                found.push(allow(&rest[word_length..length], &path, at, length, &helpers));
                at += length;
            }
            "" => {
                match first {
                    '{' => open.push(Open::Other),
                    '}' => {
                        if let Some(Open::Match(before)) = open.pop() {
                            path.truncate(before);
                        }
                    }
                    _ => {}
                }
                at += first.len_utf8();
            }
            _ => at += word_length,
        }
    }
    found
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The path behind `match`, and how far its block's opening brace is away.
fn path_after(rest: &str) -> (&str, usize) {
    let start = rest.len() - rest.trim_start().len();
    let length = rest[start..].find(char::is_whitespace).unwrap_or(rest.len() - start);
    let path = &rest[start..start + length];
    let brace = rest[start + length..].find('{').map_or(rest.len(), |at| start + length + at + 1);
    (path, brace)
}

fn allow(statement: &str, path: &str, at: usize, length: usize, helpers: &[Helper]) -> Allow {
    let statement = statement.trim_end_matches(';');
    let (verbs, tested) = statement.split_once(':').unwrap_or((statement, "if true"));
    let tested = tested.trim().strip_prefix("if").unwrap_or(tested);
    let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Allow {
        verbs: verbs.split(',').map(|verb| verb.trim().to_owned()).collect(),
        path: path.replace("/databases/{database}/documents", "").replace("/b/{bucket}/o", ""),
        condition: condition(tested, helpers),
        span: Span { start: number(at), end: number(at + length) },
    }
}

/// Whom `tested` lets through.
pub(super) fn condition(tested: &str, helpers: &[Helper]) -> Condition {
    let mut plain: String = tested.chars().filter(|one| !one.is_whitespace()).collect();
    for (name, returned) in helpers {
        plain = plain.replace(&format!("{name}()"), returned);
    }
    plain.retain(|one| !matches!(one, '(' | ')'));
    let alternatives = plain.split("||").map(of_alternative);
    alternatives.min_by_key(|found| *found as u8).unwrap_or(Condition::Asked)
}

/// All parts of it hold for whoever gets through.
fn of_alternative(alternative: &str) -> Condition {
    let parts = alternative.split("&&").map(|part| match part {
        "true" => Condition::Everybody,
        "false" => Condition::Nobody,
        _ if is_signed_in(part) => Condition::SignedIn,
        _ if part.starts_with("request.time<") => Condition::UntilDate,
        _ => Condition::Asked,
    });
    parts.max_by_key(|found| *found as u8).unwrap_or(Condition::Asked)
}

fn is_signed_in(part: &str) -> bool {
    matches!(
        part,
        "request.auth!=null" | "request.auth.uid!=null" | "auth!=null" | "auth.uid!=null"
    )
}

/// The functions without parameters that only return a condition.
fn helpers(text: &str) -> Vec<Helper> {
    let declared = text.match_indices("function ").filter_map(|(at, keyword)| {
        let rest = &text[at + keyword.len()..];
        let (name, rest) = rest.split_once("()")?;
        let body = rest.trim_start().strip_prefix('{')?;
        let returned = body[..body.find('}')?].trim().strip_prefix("return")?;
        let name = name.trim();
        let plain: String = returned.chars().filter(|one| !one.is_whitespace()).collect();
        let is_whole = name.chars().all(is_name) && !plain.trim_end_matches(';').contains(';');
        is_whole.then(|| (name.to_owned(), plain.trim_end_matches(';').to_owned()))
    });
    declared.collect()
}

/// How long a function is, its block included.
fn function_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in rest.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

/// The text with blanks where comments stand, so that places stay the same.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        kept.extend(rest[..length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Condition, condition, read};

    #[test]
    fn conditions_say_whom_they_let_through() {
        let of = |tested| condition(tested, &[]);
        assert_eq!(of(" true "), Condition::Everybody);
        assert_eq!(of("request.auth != null"), Condition::SignedIn);
        assert_eq!(of("request.auth != null || true"), Condition::Everybody);
        assert_eq!(of("request.auth != null && request.auth.uid == uid"), Condition::Asked);
        assert_eq!(of("request.time < timestamp.date(2026, 1, 1)"), Condition::UntilDate);
        assert_eq!(of("false"), Condition::Nobody);
    }

    #[test]
    fn statements_know_the_path_of_their_blocks() {
        let text = "service cloud.firestore { match /databases/{database}/documents {\n\
            function signedIn() { return request.auth != null; } // match /a { allow read; }\n\
            match /notes/{id} { allow read: if signedIn(); match /parts/{part} { allow write; } }\n\
            match /open/{id} { allow get, list: if true; } } }";
        let found: Vec<_> = read(text)
            .into_iter()
            .map(|one| (one.path, one.verbs.join(" "), one.condition))
            .collect();
        let expected = [
            ("/notes/{id}", "read", Condition::SignedIn),
            ("/notes/{id}/parts/{part}", "write", Condition::Everybody),
            ("/open/{id}", "get list", Condition::Everybody),
        ];
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(path, verbs, condition)| (path.to_owned(), verbs.to_owned(), condition))
            .collect();
        assert_eq!(found, expected);
    }
}
