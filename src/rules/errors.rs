//! What happens when something fails?

use super::{Detector, detector};

mod outbound_call_no_timeout;
mod swallowed_exception;

pub(super) static ALL: &[Detector] =
    &[detector!(swallowed_exception), detector!(outbound_call_no_timeout)];
