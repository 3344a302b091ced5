//! What happens when something fails?

use super::{Detector, detector};

mod outbound_call_no_timeout;
mod panic_in_request_path;
mod swallowed_exception;

pub(super) static ALL: &[Detector] = &[
    detector!(swallowed_exception),
    detector!(outbound_call_no_timeout),
    detector!(panic_in_request_path),
];
