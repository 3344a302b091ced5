//! Guards that do not see the whole path of a request: routers take a prefix away before they run.

use super::{Candidate, What, express::join_paths};
use crate::project::guards::Request;

impl Candidate {
    /// The same guard behind a router that takes `prefix` away.
    pub(super) fn below(self, prefix: &str) -> Self {
        if matches!(prefix, "" | "/") {
            return self;
        }
        let what = match self.what {
            What::Below(inner, what) => What::Below(join_paths(prefix, &inner), what),
            what => What::Below(prefix.into(), Box::new(what)),
        };
        Self { what, ..self }
    }

    /// What it is, and the request as it sees that.
    pub(super) fn seeing(self, request: &Request) -> (Self, Request) {
        match self.what {
            What::Below(prefix, what) => (Self { what: *what, ..self }, request.below(&prefix)),
            _ => (self, request.clone()),
        }
    }
}
