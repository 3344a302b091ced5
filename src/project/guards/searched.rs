//! Credentials that are looked for in a list that the server has: `keys.some(key => key === sent)`.

use super::{
    Level,
    evaluate::Stronger,
    kept::is_given,
    path::{Label, Path, joined},
    walk::{Walker, is_account_name, root_name},
};
use crate::{
    facts::{Block, ExpressionId, ExpressionKind, Pattern},
    project::{Declaration, In, Value},
};

/// Calls that yield something true only where the function they are given does for one of the elements.
pub(super) fn is_search(name: &str) -> bool {
    matches!(name, "some" | "find" | "any" | "find_map" | "position")
}

impl<'p> Walker<'_, 'p> {
    /// Runs `walk` where the names of a pattern stand for elements of a list of the server's own.
    pub(super) fn among<R>(
        &mut self,
        elements: Option<&Pattern>,
        walk: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let before = self.elements.len();
        if let Some(elements) = elements {
            elements.each_name(&mut |name| self.elements.push(name.clone()));
        }
        let found = walk(self);
        self.elements.truncate(before);
        found
    }

    /// Runs a loop, which may go through a list of the server's own, and what Python has run where nothing left it.
    pub(super) fn repeat(
        &mut self,
        target: Option<&Pattern>,
        source: Option<ExpressionId>,
        [body, otherwise]: [&'p Block; 2],
        path: &mut Path,
    ) {
        let mut is_own = false;
        if let Some(source) = source {
            self.evaluate(source, path);
            is_own = self.is_own(self.value(source), path);
        }
        let outside = std::mem::take(&mut self.breaks);
        let mut inside = path.clone();
        self.among(target.filter(|_| is_own), |walker| walker.block(body, &mut inside));
        let left = std::mem::replace(&mut self.breaks, outside);
        inside.ended = false;
        inside.level = inside.level.min(path.level);
        *path = path.clone().join(inside);
        self.block(otherwise, path);
        *path = left.into_iter().fold(path.clone(), joined);
    }

    /// `any(key == sent for key in KEYS)`, `[user for user in USERS if user.token == sent]`
    pub(super) fn comprehension(
        &mut self,
        element: ExpressionId,
        (target, source): (&Pattern, ExpressionId),
        conditions: &[ExpressionId],
        path: &Path,
    ) -> Option<Label> {
        let of_source = self.evaluate(source, &mut path.clone());
        let is_own = self.is_own(self.value(source), path);
        self.among(Some(target).filter(|_| is_own), |walker| {
            let mut inside = path.clone();
            for &condition in conditions {
                walker.refine(condition, true, &mut inside);
            }
            let label = walker.evaluate(element, &mut inside);
            let is_proven = path.level < Level::Verified && inside.level == Level::Verified;
            if is_proven { Some(Label::Proof) } else { of_source.max_by_level(label) }
        })
    }

    /// Is this an element of a list of the server's own that is being searched, or a part of one that not everybody
    /// knows?
    pub(super) fn is_element(&self, value: Value<'p>) -> bool {
        let part = match value.kind() {
            ExpressionKind::Member { name, .. } => Some(name.as_str()),
            ExpressionKind::Index { index, .. } => value.sibling(*index).text(),
            _ => None,
        };
        self.is_of_element(value) && !part.is_some_and(is_account_name)
    }

    pub(super) fn is_of_element(&self, value: Value<'p>) -> bool {
        root_name(value).is_some_and(|root| self.elements.contains(root))
    }

    /// Is a list the server's own: nothing that the function was given goes into it, as far as can be seen?
    pub(super) fn is_own(&mut self, list: Value<'p>, path: &Path) -> bool {
        self.evaluate(list.at.id, &mut path.clone()).is_none() && is_made_of_own(list, NAMES_MAX)
    }
}

/// How many names are followed to what a list was made of.
const NAMES_MAX: u32 = 4;

fn is_made_of_own(value: Value<'_>, names: u32) -> bool {
    value.descendants().into_iter().all(|part| match part.project.binding(part.at) {
        Some((scope, Declaration::Parameter(number, _))) => !is_given(part.project, scope, *number),
        Some((scope, Declaration::Bound { value: Some(bound), .. })) if names > 0 => {
            is_made_of_own(part.project.value(In { file: scope.file, id: *bound }), names - 1)
        }
        _ => names > 0,
    })
}
