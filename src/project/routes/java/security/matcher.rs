//! Which requests a row of a filter chain is for.

use super::super::{annotations::path_text, patterns};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Value},
};

/// Where Spring Boot looks for what a browser loads.
const STATIC: [&str; 5] = ["/css/**", "/js/**", "/images/**", "/webjars/**", "/favicon.ico"];

/// Which requests a row or a chain is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Matcher {
    methods: Vec<Text>,
    /// None: every path.
    patterns: Option<Vec<Text>>,
    /// Some of it is not written here.
    unknown: bool,
}

impl Matcher {
    /// Is a request meant? Nothing where that hangs on what is not written here.
    pub(super) fn covers(&self, method: &str, path: &str) -> Option<bool> {
        if !self.methods.is_empty() && !self.methods.iter().any(|own| own == method) {
            return Some(false);
        }
        let written = match &self.patterns {
            None => Some(!self.unknown),
            Some(own) => patterns::any_covers(own, path),
        };
        if self.unknown { written.filter(|covers| *covers) } else { written }
    }

    /// No request that a client sends.
    pub(super) const fn none() -> Self {
        Self { methods: Vec::new(), patterns: Some(Vec::new()), unknown: false }
    }

    /// The requests that the arguments of a matcher name.
    pub(super) fn of(call: Call<'_>) -> Self {
        let mut matcher = Self::default();
        let mut patterns = Vec::new();
        for argument in call.positional() {
            add_to(argument, &mut matcher, &mut patterns, 0);
        }
        matcher.patterns = (!patterns.is_empty()).then_some(patterns);
        matcher
    }
}

fn add_to(value: Value<'_>, matcher: &mut Matcher, patterns: &mut Vec<Text>, depth: usize) {
    if depth > 4 {
        return;
    }
    if let Some(text) = value.text() {
        patterns.push(text.into());
        return;
    }
    if let Some(items) = value.items() {
        for item in items {
            add_to(item, matcher, patterns, depth + 1);
        }
        return;
    }
    let written = value.source();
    if let Some(method) = written.strip_prefix("HttpMethod.") {
        let name: String = method.chars().take_while(char::is_ascii_uppercase).collect();
        matcher.methods.push(name.into());
        return;
    }
    let constant = value.constant();
    if matches!(constant.kind(), ExpressionKind::Concat(_) | ExpressionKind::Operation { .. }) {
        patterns.push(path_text(constant));
        return;
    }
    match constant.as_call().or_else(|| value.as_call()) {
        Some(call) if call.name() == "atCommonLocations" => {
            patterns.extend(STATIC.map(Text::from));
        }
        Some(call) if call.path().contains("EndpointRequest") => {
            patterns.push("/actuator/**".into());
        }
        Some(call) if call.name() == "toH2Console" => patterns.push("/h2-console/**".into()),
        Some(call) if call.arguments().is_empty() => matcher.unknown = true,
        // `new AntPathRequestMatcher("/x", "GET")`, `antMatcher(HttpMethod.GET, "/x")`, `List.of(…)`.
        Some(call) => {
            for argument in call.positional() {
                match argument.text() {
                    Some(text)
                        if text.chars().all(|letter| letter.is_ascii_uppercase())
                            && !text.is_empty() =>
                    {
                        matcher.methods.push(text.into());
                    }
                    _ => add_to(argument, matcher, patterns, depth + 1),
                }
            }
        }
        None if matches!(constant.kind(), ExpressionKind::Null) => {}
        None => matcher.unknown = true,
    }
}
