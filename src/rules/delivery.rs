//! How does a change reach users, and what stands in the way of a bad one?

use super::{Detector, detector};

mod no_ci;
mod stub_in_production_path;

pub(super) static ALL: &[Detector] = &[detector!(no_ci), detector!(stub_in_production_path)];
