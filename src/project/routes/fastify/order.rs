//! When things happen on an instance: plugins are loaded after the code that registers them has run.

use super::Event;

/// One step to where something stands: a position in a function, and whether what happens there waits
/// until that function has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    position: u32,
    is_loaded: bool,
}

/// Where something stands, from the function that an instance belongs to inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order(Vec<Step>);

/// Something that happens, with where it stands.
pub(super) struct Timed<'p> {
    pub(super) order: Order,
    pub(super) event: Event<'p>,
}

impl Order {
    /// A place in a function that runs where this is.
    pub(super) fn then(&self, position: u32) -> Self {
        self.with(position, false)
    }

    /// A place in a plugin that is registered where this is.
    pub(super) fn loaded(&self) -> Self {
        let mut steps = self.0.clone();
        if let Some(last) = steps.last_mut() {
            last.is_loaded = true;
        }
        Self(steps)
    }

    fn with(&self, position: u32, is_loaded: bool) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step { position, is_loaded });
        Self(steps)
    }

    /// Is what stands here there when the plugin that is registered at `child` is loaded?
    pub(super) fn is_there_for(&self, child: &Self, waits: &[&Self]) -> bool {
        let pairs = self.0.iter().zip(&child.0);
        let shared = pairs.take_while(|(own, other)| own.position == other.position).count();
        let (Some(own), Some(other)) = (self.0.get(shared), child.0.get(shared)) else {
            return true;
        };
        if own.position < other.position {
            return true;
        }
        // The rest of the function runs before the plugin is loaded, unless it waits for it.
        let runs_at_once = self.0[shared..].iter().all(|step| !step.is_loaded);
        let is_between = |wait: &&Self| {
            wait.0.len() == shared + 1
                && wait.0[..shared] == self.0[..shared]
                && (other.position..own.position).contains(&wait.0[shared].position)
        };
        runs_at_once && !waits.iter().any(is_between)
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn a_plugin_sees_what_its_function_adds_unless_it_is_waited_for() {
        let top = Order::default();
        let (child, hook) = (top.then(10), top.then(20));
        assert!(hook.is_there_for(&child, &[]));
        assert!(!hook.is_there_for(&child, &[&child]));
        let lifted = top.then(20).loaded().then(5);
        assert!(!lifted.is_there_for(&child, &[]));
        assert!(lifted.is_there_for(&top.then(30), &[]));
    }
}
