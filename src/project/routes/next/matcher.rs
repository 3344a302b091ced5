//! Does a path pattern of a middleware cover a route?
//!
//! Patterns are those of Next.js: `/api/:path*`, `/users/:id(\\d+)`, `/((?!api|_next).*)`. A negative
//! look-ahead is no part of a linear-time regular expression and is tested on its own.

use regex::Regex;

/// How large a compiled pattern may be.
const SIZE_MAX: usize = 1 << 18;

/// Does `pattern` match the route's path? An unreadable pattern covers nothing. Parameters of the route
/// stand for any value: `/users/[id]` is tried as `/users/x`.
pub(in crate::project) fn covers(pattern: &str, route: &str) -> bool {
    let path = example(route);
    let mut rest = path.as_str();
    let mut pattern = pattern;
    while let Some((before, refused, after)) = split_look_ahead(pattern) {
        let Some(prefix) = compiled(&format!("^(?:{})", expanded(&before))) else { return false };
        let Some(found) = prefix.find(rest) else { return false };
        rest = &rest[found.end()..];
        let Some(refused) = compiled(&format!("^(?:{refused})")) else { return false };
        if refused.is_match(rest) {
            return false;
        }
        pattern = after;
    }
    let pattern = pattern.strip_suffix(')').filter(|inner| unbalanced(inner)).unwrap_or(pattern);
    let pattern = pattern.strip_prefix(')').unwrap_or(pattern);
    compiled(&format!("^(?:{})/?$", expanded(pattern))).is_some_and(|whole| whole.is_match(rest))
}

/// The path with a value for each parameter.
fn example(route: &str) -> String {
    let segments = route.split('/').filter(|segment| !segment.is_empty());
    let values = segments
        .map(|segment| if segment.starts_with(['[', ':', '{', '*']) { "x" } else { segment });
    format!("/{}", values.collect::<Vec<_>>().join("/"))
}

/// Splits `/((?!api|_next).*)` into `/`, `api|_next` and `.*)`.
fn split_look_ahead(pattern: &str) -> Option<(String, &str, &str)> {
    const START: &str = "(?!";
    let start = pattern.find(START)?;
    let inside = &pattern[start + START.len()..];
    let mut depth = 1_u32;
    let mut escaped = false;
    for (position, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let before = pattern[..start].trim_end_matches('(');
            return Some((before.to_owned(), &inside[..position], &inside[position + 1..]));
        }
    }
    None
}

fn unbalanced(pattern: &str) -> bool {
    pattern.matches('(').count() <= pattern.matches(')').count()
}

/// Named parameters as groups of a regular expression.
fn expanded(pattern: &str) -> String {
    let mut regex = String::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ':' if characters.peek().is_some_and(|next| next.is_alphabetic()) => {
                while characters.next_if(|next| next.is_alphanumeric() || *next == '_').is_some() {}
                let own = matches!(characters.peek(), Some('('));
                match characters.peek().copied() {
                    // `/:path*` also covers the path without it.
                    Some('*') => {
                        characters.next();
                        if regex.ends_with('/') {
                            regex.pop();
                        }
                        regex.push_str("(?:/.*)?");
                    }
                    Some('+') => {
                        characters.next();
                        regex.push_str(".+");
                    }
                    Some('?') => {
                        characters.next();
                        if regex.ends_with('/') {
                            regex.pop();
                        }
                        regex.push_str("(?:/[^/]+)?");
                    }
                    _ if own => {}
                    _ => regex.push_str("[^/]+"),
                }
            }
            '.' if characters.peek() != Some(&'*') && characters.peek() != Some(&'+') => {
                regex.push_str("\\.");
            }
            '\\' => {
                regex.push('\\');
                regex.extend(characters.next());
            }
            other => regex.push(other),
        }
    }
    regex
}

fn compiled(pattern: &str) -> Option<Regex> {
    regex::RegexBuilder::new(pattern).size_limit(SIZE_MAX).build().ok()
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn parameters_and_their_modifiers() {
        assert!(covers("/api/:path*", "/api"));
        assert!(covers("/api/:path*", "/api/users/[id]"));
        assert!(!covers("/api/:path+", "/api"));
        assert!(covers("/users/:id", "/users/[id]"));
        assert!(!covers("/users/:id", "/users/[id]/posts"));
        assert!(covers("/api/(.*)", "/api/users"));
        assert!(!covers("/dashboard/:path*", "/api/users"));
    }

    #[test]
    fn a_negative_look_ahead_leaves_out_what_it_names() {
        let usual = "/((?!api|_next/static|_next/image|favicon.ico).*)";
        assert!(!covers(usual, "/api/users"));
        assert!(covers(usual, "/dashboard"));
        assert!(covers("/((?!_next|.*\\..*).*)", "/api/users"));
        assert!(covers("/(api|trpc)(.*)", "/api/users"));
        assert!(covers("/((?!.+\\.[\\w]+$|_next).*)", "/api/users"));
    }
}
