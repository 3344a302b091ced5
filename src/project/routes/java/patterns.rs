//! Path patterns of filter chains: `/api/**`, `/users/*`, `/orders/{id}`.

use super::annotations::UNKNOWN;
use crate::facts::Text;

/// Does `pattern` cover the path of a route? A parameter of the route is any one segment, so that only a
/// wildcard covers it.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = segments(pattern);
    let path: Vec<&str> = segments(path);
    covers_segments(&pattern, &path)
}

/// The same for a path of which not all may be known: nothing where that decides.
pub(super) fn covers_known(pattern: &str, path: &str) -> Option<bool> {
    let is_decided = pattern == "/**" || !path.contains(UNKNOWN);
    is_decided.then(|| covers(pattern, path))
}

/// Does one of several patterns cover a path?
pub(super) fn any_covers(patterns: &[Text], path: &str) -> Option<bool> {
    let seen: Vec<Option<bool>> = patterns.iter().map(|one| covers_known(one, path)).collect();
    if seen.contains(&Some(true)) {
        return Some(true);
    }
    (!seen.contains(&None)).then_some(false)
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn covers_segments(pattern: &[&str], path: &[&str]) -> bool {
    // The furthest `**` may take any number of segments; earlier ones never need to be tried again.
    let (mut at, mut read) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    while read < path.len() {
        if pattern.get(at) == Some(&"**") {
            resume = Some((at, read));
            at += 1;
        } else if pattern.get(at).is_some_and(|segment| covers_segment(segment, path[read])) {
            at += 1;
            read += 1;
        } else if let Some((star, from)) = resume {
            resume = Some((star, from + 1));
            at = star + 1;
            read = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|segment| *segment == "**")
}

fn covers_segment(pattern: &str, segment: &str) -> bool {
    if pattern == "*" || pattern.starts_with('{') {
        return true;
    }
    if !pattern.contains('*') {
        return pattern == segment;
    }
    if segment.starts_with('{') {
        return false;
    }
    let mut rest = segment;
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(after) = rest.strip_prefix(first) else { return false };
    rest = after;
    let parts: Vec<&str> = parts.collect();
    let (last, middle) = parts.split_last().map_or(("", &[][..]), |(last, middle)| (*last, middle));
    for part in middle {
        match rest.find(part) {
            Some(found) => rest = &rest[found + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn patterns_cover_paths() {
        assert!(covers("/api/**", "/api"));
        assert!(covers("/api/**", "/api/users/{id}"));
        assert!(covers("/users/*", "/users/{id}"));
        assert!(!covers("/users/*", "/users/{id}/posts"));
        assert!(!covers("/articles/feed", "/articles/{slug}"));
        assert!(covers("/**/public/*.html", "/a/b/public/index.html"));
        assert!(covers("/*.html", "/vets.html"));
    }
}
