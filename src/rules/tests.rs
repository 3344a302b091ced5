//! Would anybody notice if the code stopped working?

use super::{Detector, detector};

mod ci_does_not_run;
mod happy_path_only;
mod no_assertions;
mod none;

pub(super) static ALL: &[Detector] = &[
    detector!(ci_does_not_run),
    detector!(happy_path_only),
    detector!(no_assertions),
    detector!(none),
];
