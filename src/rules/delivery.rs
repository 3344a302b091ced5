//! How does a change reach users, and what stands in the way of a bad one?

use super::Detector;

pub(super) static ALL: &[Detector] = &[];
