//! What happens when something fails?

use super::{Detector, detector};

mod swallowed_exception;

pub(super) static ALL: &[Detector] = &[detector!(swallowed_exception)];
