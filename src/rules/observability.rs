//! Can somebody see what the running system does?

use super::{Detector, detector};

mod no_health_endpoint;
mod no_logger;
mod sensitive_data_in_logs;
mod servers;

pub(super) static ALL: &[Detector] =
    &[detector!(no_health_endpoint), detector!(no_logger), detector!(sensitive_data_in_logs)];
