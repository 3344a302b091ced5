//! Is what a model does bounded, recorded and checked?

use super::{Detector, detector};

mod call_unbounded;
mod calls;
mod model_unpinned;
mod models;
mod no_decision_record;

pub(super) use calls::is_model_request;

pub(super) static ALL: &[Detector] =
    &[detector!(call_unbounded), detector!(model_unpinned), detector!(no_decision_record)];
