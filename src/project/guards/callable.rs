//! Firebase's callables: the platform has verified who is calling, and hands over nothing for strangers. Whoever
//! takes a part of nothing fails.

use super::{Level, Mode, path::Path, walk::Walker};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    project::{In, Value},
};

impl<'p> Walker<'_, 'p> {
    /// `request.auth!.uid`, `const { uid } = context.auth`: does not go on for a stranger.
    pub(super) fn throws_for_strangers(&mut self, taken_from: Value<'p>, path: &mut Path) {
        let value = taken_from.unwrapped();
        let ExpressionKind::Member { object, name } = value.kind() else { return };
        let root = value.sibling(*object).unwrapped();
        let ExpressionKind::Name(root) = root.kind() else { return };
        let outer = self.grader.project.body(self.outer).function();
        let is_given = outer.plain_parameters().any(|parameter| parameter.name() == Some(root));
        if self.mode == Mode::Handler && name == "auth" && is_given && self.is_callable() {
            self.reads_credential = true;
            self.decided_at = Some(value.location());
            path.raise(Level::Identity);
        }
    }

    /// Is the handler one that Firebase calls?
    fn is_callable(&self) -> bool {
        let project = self.grader.project;
        let index = &project.unit(self.outer.file).index;
        let around = index.literal_of(self.outer.id).and_then(|literal| {
            let parent = index.expression(literal).parent?;
            project.call(In { file: self.outer.file, id: parent })
        });
        around.is_some_and(|call| {
            call.detail(Meaning::RegisterRoute, "framework") == Some("firebase")
        })
    }
}
