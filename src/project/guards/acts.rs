//! What a handler or the script of a page does, and what is asked before it.

use super::{Level, Mode, condition, path::Path, walk::Walker};
use crate::{
    facts::vocabulary::Meaning,
    project::{Body, Call, routes::effects},
};

impl<'p> Walker<'_, 'p> {
    /// What a function that a handler calls asks of a caller before it changes anything.
    pub(super) fn asked_inside(&mut self, call: Call<'p>) -> Level {
        let is_direct = self.grader.pending.len() == 1;
        let Some(callee) = call.callee().filter(|_| is_direct) else { return Level::Nothing };
        let mut around = Path::default();
        self.decorators(callee, &mut around);
        let outcome = self.grader.pass(callee.at, &Mode::Handler);
        if outcome.changes_for_known { around.level.max(Level::Identity) } else { around.level }
    }

    /// Does a call change something, itself or in what it calls?
    pub(super) fn changes(&self, call: Call<'p>) -> bool {
        let project = self.grader.project;
        let inside = |callee: Body<'_>| project.reaches_call(callee.at, effects::may_change);
        effects::may_change(call) || call.callee().is_some_and(inside)
    }

    /// Does the script of a page read or change something here, itself or in a function that it calls, or hand on to
    /// another page?
    pub(super) fn acts(&self, call: Call<'p>) -> bool {
        let inside = |callee: Body<'_>| self.grader.project.reaches(callee.at, condition::acts);
        call.meanings().any(condition::acts)
            || call.callee().is_some_and(inside)
            || call.means(Meaning::RegisterRoute)
    }

    /// What the script of a page does for strangers, where it tells them apart, is to let them sign in.
    pub(super) fn leave_sign_in(&mut self, before: usize, here: Level, elsewhere: Level) {
        if self.mode == Mode::Script && elsewhere >= Level::Identity && here < elsewhere {
            self.passes.truncate(before);
        }
    }
}
