//! Who may do this, and how do we know who is asking?

use super::{Detector, detector};

mod common;

mod jwt_not_verified;
mod password_stored_weakly;
mod route_without_authentication;
mod server_action_without_session;

pub(super) static ALL: &[Detector] = &[
    detector!(jwt_not_verified),
    detector!(password_stored_weakly),
    detector!(route_without_authentication),
    detector!(server_action_without_session),
];
