//! The state of one path through a guard: what it has proven, and what its variables would prove.

use super::Level;
use crate::facts::Text;

/// What the truth of a value proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// `null`, `false`: proves nothing, and never is true.
    Null,
    /// Never false, and proves nothing.
    Set,
    /// Taken from headers, cookies or the session: true means that it is present.
    Credential,
    /// Decoded from a credential without a check.
    Claims,
    /// Filled in earlier by somebody else.
    Identity,
    /// Only there after a verification.
    Proof,
    /// The error of a verification: true means that it failed, false that it succeeded.
    Failure,
    /// A verification's result that says itself whether it failed.
    Outcome,
}

impl Label {
    /// What holds when the value is true.
    pub(super) const fn level(self) -> Level {
        match self {
            Self::Null | Self::Set | Self::Failure | Self::Outcome => Level::Nothing,
            Self::Credential | Self::Claims => Level::Presence,
            Self::Identity => Level::Identity,
            Self::Proof => Level::Verified,
        }
    }

    /// A value that is true only where `level` was reached.
    const fn of(level: Level) -> Option<Self> {
        match level {
            Level::Nothing => None,
            Level::Presence => Some(Self::Claims),
            Level::Identity => Some(Self::Identity),
            Level::Verified => Some(Self::Proof),
        }
    }

    /// What a value says that is the first where one path arrives and the second where another does.
    ///
    /// A variable that only one of them made true tells, by being true, which one was taken, and so what
    /// that one has proven: `let user = null; if (valid) { user = load(); }`. The same the other way round
    /// for one that is false: `if (!user) { error = deny; }`.
    pub(super) fn joined(
        (first, first_level): (Option<Self>, Level),
        (second, second_level): (Option<Self>, Level),
    ) -> Option<Self> {
        if first == second {
            return first;
        }
        let sides = [(first, first_level), (second, second_level)];
        let lowest = first_level.min(second_level);
        let can_be_true = |&&(label, _): &&(Option<Self>, Level)| label != Some(Self::Null);
        let mut true_sides = sides.iter().filter(can_be_true);
        if let (Some(&(label, level)), None) = (true_sides.next(), true_sides.next()) {
            let own = label.map_or(Level::Nothing, Self::level);
            if own >= level && own > Level::Nothing {
                return label;
            }
        }
        let when_true = sides.iter().filter(can_be_true);
        let when_true =
            when_true.map(|&(label, level)| level.max(label.map_or(Level::Nothing, Self::level)));
        if let Some(level) = when_true.min().filter(|level| *level > lowest) {
            return Self::of(level);
        }
        let when_false = sides.iter().filter(|(label, _)| *label != Some(Self::Set));
        let when_false = when_false.map(|&(label, level)| match label {
            Some(Self::Failure) => Level::Verified,
            _ => level,
        });
        let proves = when_false.min().is_some_and(|level| level == Level::Verified);
        (proves && lowest < Level::Verified).then_some(Self::Failure)
    }
}

/// The state of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) level: Level,
    /// What variables prove; `name.field` for a field of a value.
    labels: Vec<(Text, Label)>,
    /// An answer that refuses was sent; the rest of the path serves nobody.
    pub(super) refused: bool,
    pub(super) ended: bool,
    /// It hangs on the path of the request in a way that cannot be told.
    pub(super) unclear: bool,
}

impl Path {
    pub(super) fn raise(&mut self, level: Level) {
        self.level = self.level.max(level);
    }

    pub(super) fn label(&self, name: &str) -> Option<Label> {
        self.labels.iter().rev().find(|(known, _)| known == name).map(|&(_, label)| label)
    }

    /// Gives a variable a new value.
    pub(super) fn set(&mut self, name: &Text, label: Option<Label>) {
        self.labels.retain(|(known, _)| {
            let is_field = known.len() > name.len()
                && known.starts_with(name.as_str())
                && known.as_bytes()[name.len()] == b'.';
            known != name && !is_field
        });
        self.labels.extend(label.map(|label| (name.clone(), label)));
    }

    /// Says what a field of a variable proves.
    pub(super) fn set_field(&mut self, name: &str, field: &str, label: Label) {
        self.labels.push((Text::from(format!("{name}.{field}")), label));
    }

    /// Drops what was known of the variables that a function, run at an unknown time, changes.
    pub(super) fn forget_changes(&mut self, inside: &Self) {
        self.labels.retain(|(name, label)| {
            !matches!(label, Label::Null | Label::Set) || inside.label(name) == Some(*label)
        });
    }

    /// Where two paths meet, only what both have proven holds.
    pub(super) fn join(self, other: Self) -> Self {
        if self.ended {
            return other;
        }
        if other.ended {
            return self;
        }
        let mut labels: Vec<(Text, Label)> = Vec::new();
        for (name, _) in self.labels.iter().chain(&other.labels) {
            if labels.iter().any(|(known, _)| known == name) {
                continue;
            }
            let joined =
                Label::joined((self.label(name), self.level), (other.label(name), other.level));
            labels.extend(joined.map(|label| (name.clone(), label)));
        }
        Self {
            level: self.level.min(other.level),
            labels,
            refused: self.refused && other.refused,
            ended: false,
            unclear: self.unclear || other.unclear,
        }
    }
}

/// What one of two branches is worth, where only those count that go on.
pub(super) fn joined_labels(
    (first_path, first): (&Path, Option<Label>),
    (second_path, second): (&Path, Option<Label>),
) -> Option<Label> {
    match (first, second) {
        (_, second) if first_path.ended => second,
        (first, _) if second_path.ended => first,
        (Some(Label::Null), other) | (other, Some(Label::Null)) => other,
        (first, second) if first == second => first,
        (Some(first), Some(second)) => {
            Some(if first.level() <= second.level() { first } else { second })
        }
        _ => None,
    }
}

/// Whoever runs the program chose the branch. What the stronger one looks at is checked, and as it can be
/// switched off no more than that.
pub(super) fn switched(first: Path, second: Path) -> Path {
    if first.ended || second.ended {
        return joined(first, second);
    }
    let mut stronger = if first.level >= second.level { first } else { second };
    stronger.level = stronger.level.min(Level::Identity);
    stronger
}

/// What holds after two branches, also where neither goes on.
pub(super) fn joined(first: Path, second: Path) -> Path {
    if first.ended && second.ended {
        return first;
    }
    first.join(second)
}

#[cfg(test)]
mod tests {
    use super::{Label, Level};

    #[test]
    fn a_variable_tells_which_way_was_taken() {
        let nothing = Level::Nothing;
        let verified = Level::Verified;
        let loaded = Label::joined((None, verified), (Some(Label::Null), nothing));
        assert_eq!(loaded, Some(Label::Proof));
        let error = Label::joined((Some(Label::Set), nothing), (Some(Label::Null), verified));
        assert_eq!(error, Some(Label::Failure));
        let again = Label::joined((error, nothing), (Some(Label::Set), nothing));
        assert_eq!(again, Some(Label::Failure));
        assert_eq!(Label::joined((error, nothing), (Some(Label::Null), nothing)), None);
        assert_eq!(Label::joined((None, verified), (None, nothing)), None);
    }
}
