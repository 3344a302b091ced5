//! What a value is after a pattern was found to fit it.

use super::{kills::Kills, run::Run};
use crate::{
    facts::ExpressionKind,
    project::{Call, Value},
};

impl Run<'_> {
    pub(super) fn refine_pattern(&mut self, call: Call<'_>, argument: Value<'_>) {
        let pattern_of = |value: Value<'_>| match value.constant().kind() {
            ExpressionKind::Regex(text) | ExpressionKind::Text(text) => Some(text.to_string()),
            ExpressionKind::Call { .. } => {
                let text = value.constant().as_call()?.argument(0)?.text()?;
                Some(text.to_owned())
            }
            _ => None,
        };
        let receiver = call.receiver();
        let second = call.argument(1);
        let (pattern, value) = match (receiver.and_then(pattern_of), second) {
            (Some(pattern), _) => (Some(pattern), argument),
            (None, Some(second)) => (pattern_of(argument), second),
            (None, None) => match receiver {
                Some(receiver) => (pattern_of(argument), receiver),
                None => return,
            },
        };
        let Some(pattern) = pattern else { return };
        let is_whole = matches!(call.name(), "fullmatch" | "matches");
        let starts = pattern.starts_with('^')
            || is_whole
            || call.name() == "match" && call.path().starts_with("re.");
        if starts && starts_below_root(&pattern) {
            self.kill(value.at.id, Kills::ROOTED | Kills::ONE_SLASH);
        }
        let ends = pattern.ends_with('$') || is_whole;
        let is_open = pattern.contains(".*") || pattern.contains(".+") || pattern.contains("[^");
        if starts && ends && !is_open {
            let inner = pattern.trim_start_matches('^').trim_end_matches('$');
            let kills = if inner.contains('.') && !inner.contains("\\.") || inner.contains('/') {
                Kills::SQL | Kills::SHELL | Kills::HTML | Kills::LINE | Kills::TEXT | Kills::URL
            } else {
                Kills::ALLOWED
            };
            self.kill(value.at.id, kills);
        }
    }
}

/// `^/[a-z]+`: one slash, and then a sign that is none.
fn starts_below_root(pattern: &str) -> bool {
    let pattern = pattern.trim_start_matches('^').trim_start_matches('\\');
    let Some(rest) = pattern.strip_prefix('/') else { return false };
    match rest.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        Some(class) => !class.starts_with('^') && !class.contains(['/', '\\']),
        None => rest.starts_with("\\w") || rest.starts_with(char::is_alphanumeric),
    }
}
