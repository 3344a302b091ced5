//! Texts that are put together of parts.

use super::{constants, held::Held, hosts, kills::Kills, trace::add_traces};
use crate::facts::Text;

/// The text that these parts make.
pub(super) fn joined_text(parts: &[Held]) -> Held {
    let (constant, prefix) = constants::concatenated(parts);
    let mut text = Held { constant, prefix, is_text: true, ..Held::default() };
    let mut start = Text::default();
    let mut is_known_start = true;
    let mut is_quoted = false;
    for part in parts {
        // What comes after the host, or after something else, cannot choose the host.
        let keeps_host = !is_known_start || fixes_host(&start);
        let mut kills = if keeps_host { Kills::TEXT | Kills::URL } else { Kills::TEXT };
        if is_quoted {
            kills = kills | Kills::QUOTED;
        }
        add_traces(&mut text.traces, &part.killed(kills).all_traces());
        match part.start() {
            Some(known) if is_known_start => start.push_str(&known),
            _ => {}
        }
        is_known_start &= part.constant.is_some();
        if let Some(constant) = &part.constant {
            is_quoted ^= constant.display().matches('\'').count() % 2 == 1;
        }
    }
    text
}

/// Is the host of a URL that starts like this beyond doubt?
fn fixes_host(start: &str) -> bool {
    hosts::has_whole_host(start)
        || start
            .strip_prefix('/')
            .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '\\']))
        || start.starts_with(['?', '#'])
}
