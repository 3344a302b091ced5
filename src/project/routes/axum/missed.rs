//! Layers that a route comes too late for: they cover what was added before them.

use super::{Candidate, Reader, Scope};
use crate::project::Call;

/// The link of the chain before this one.
fn earlier(call: Call<'_>) -> Option<Call<'_>> {
    call.receiver()?.as_call()
}

impl Reader {
    /// The layers of the chain that a route is added to.
    pub(super) fn missed_layers(&mut self, route: Call<'_>) -> Vec<Candidate> {
        let links = std::iter::successors(earlier(route), |link| earlier(*link));
        let layers: Vec<_> = links
            .filter(|link| matches!(link.name(), "layer" | "route_layer"))
            .filter_map(|link| link.argument(0))
            .collect();
        let candidates = layers.into_iter().flat_map(|layer| self.layer(layer));
        candidates.map(|candidate| Candidate { scope: Scope::Behind, ..candidate }).collect()
    }
}
