//! Who may do this, and how do we know who is asking?

use super::{Detector, detector};

mod mocked_authentication;
mod route_without_authentication;

pub(super) static ALL: &[Detector] =
    &[detector!(mocked_authentication), detector!(route_without_authentication)];
