//! What was this meant to do, why is it like this, and who did what?

use super::{Detector, detector};

mod no_decision_log;
mod no_functional_spec;

pub(super) static ALL: &[Detector] = &[detector!(no_decision_log), detector!(no_functional_spec)];
