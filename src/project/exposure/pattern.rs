//! Which requests a rule of a gateway is for: a path with all below it, or one path, and perhaps a method.

use crate::{facts::Text, project::Route};

/// A method and a path as a gateway writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Upper case; nothing for every method.
    method: Option<Text>,
    segments: Vec<Text>,
    /// Nothing below the path belongs to it.
    is_exact: bool,
}

impl Pattern {
    /// Every request.
    pub(super) fn all() -> Self {
        Self::default()
    }

    /// A path and all below it.
    pub(super) fn below(path: &str) -> Self {
        Self { segments: segments(path).map(Into::into).collect(), ..Self::default() }
    }

    pub(super) fn exactly(path: &str) -> Self {
        Self { is_exact: true, ..Self::below(path) }
    }

    /// A path that may end in `*`, or in what regular expressions say for it. Nothing where more than its end is open.
    pub(super) fn written(path: &str) -> Option<Self> {
        const ENDS: [&str; 12] = [
            "(/|$)(.*)",
            "(/|$).*",
            "/?(.*)",
            "/(.*)",
            "(.*)",
            "(/.*)?",
            "/.*",
            ".*",
            "/**",
            "/*",
            "{proxy+}",
            "*",
        ];
        let path = path.trim_start_matches('^');
        let end = ENDS.iter().find_map(|end| path.strip_suffix(end));
        let (path, is_exact) = match (end, path.strip_suffix('$')) {
            (Some(path), _) => (path, false),
            (None, Some(path)) => (path, true),
            (None, None) => (path, !path.ends_with('/')),
        };
        let is_plain = !path.contains(['*', '(', '[', '|', '+', '?', '\\', '^', '$']);
        is_plain.then(|| Self { is_exact, ..Self::below(path) })
    }

    /// The same for one method only; `*` and `ANY` are all.
    pub(super) fn by(self, method: &str) -> Self {
        let method = method.to_ascii_uppercase();
        let is_any = matches!(method.as_str(), "" | "*" | "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD");
        Self { method: (!is_any).then(|| method.into()), ..self }
    }

    pub(super) fn is_all(&self) -> bool {
        self.segments.is_empty() && !self.is_exact && self.method.is_none()
    }

    /// Is every request for the route meant?
    pub(super) fn covers(&self, route: &Route) -> bool {
        let path: Vec<&str> = segments(&route.path).collect();
        let is_below = path.len() >= self.segments.len()
            && self.segments.iter().zip(&path).all(|(own, other)| own == other);
        let has_end = path.last().is_none_or(|last| !takes_the_rest(last));
        is_below
            && (!self.is_exact || path.len() == self.segments.len() && has_end)
            && self.method.as_ref().is_none_or(|method| *method == route.method)
    }

    /// May a request for the route be meant?
    pub(super) fn touches(&self, route: &Route) -> bool {
        let path: Vec<&str> = segments(&route.path).collect();
        let rest = path.iter().position(|segment| takes_the_rest(segment));
        let compared = rest.unwrap_or(path.len());
        let mut pairs = self.segments.iter().zip(&path[..compared]);
        let is_alike = pairs.all(|(own, other)| own == other || is_parameter(other));
        let is_long_enough = rest.is_some() || path.len() >= self.segments.len();
        let is_short_enough = !self.is_exact || rest.is_some() || path.len() == self.segments.len();
        let may_be_method = |method: &Text| *method == route.method || route.method == "ANY";
        is_alike
            && is_long_enough
            && is_short_enough
            && self.method.as_ref().is_none_or(may_be_method)
    }

    /// The higher, the narrower: where two match, the higher one decides.
    pub(super) fn specificity(&self) -> (bool, usize, bool) {
        (self.is_exact, self.segments.len(), self.method.is_some())
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// `:id`, `{id}`, `<int:id>`, `[id]`
fn is_parameter(segment: &str) -> bool {
    segment.contains([':', '{', '<', '[', '*', '$'])
}

/// `*`, `*path`, `{path:path}`, `[...path]`, `<path:path>`, `:path*`
fn takes_the_rest(segment: &str) -> bool {
    segment.contains('*')
        || segment.starts_with("[...")
        || segment.starts_with("[[...")
        || segment.starts_with("<path:")
        || segment.ends_with(":path}")
        || segment.ends_with("...}")
}
