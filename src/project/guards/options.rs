//! Options that switch a library's guard off: `jwt_required(optional=True)`, `auto_error=False`.

use crate::{facts::vocabulary::Row, project::Call};

/// Is a guard called with an option that its row of the vocabulary says switches it off?
pub(super) fn is_switched_off(call: Call<'_>, row: &Row) -> bool {
    let Some(off) = row.detail("off") else { return false };
    off.split(',').any(|setting| {
        let (option, value) = setting.split_once('=').unwrap_or((setting, "false"));
        let given = match option.trim().parse() {
            Ok(position) => call.argument(position),
            Err(_) => call.option(option.trim()).given(),
        };
        // One of a list of ways to sign in is enough.
        let all = given.map(|given| given.items().unwrap_or_else(|| vec![given]));
        all.into_iter().flatten().any(|given| {
            let written = given.constant();
            written.source().eq_ignore_ascii_case(value.trim())
                || written.text() == Some(value.trim())
        })
    })
}

/// The same, by all rows for what is called.
pub(super) fn is_told_to_let_pass(call: Call<'_>) -> bool {
    let rows = call.project.vocabulary().rows_of(call.path());
    rows.iter().any(|(_, row)| is_switched_off(call, row))
}
