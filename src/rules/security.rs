//! What does the project run on, and who else can change it?

use super::{Detector, detector};

mod lockfile_missing;

pub(super) static ALL: &[Detector] = &[detector!(lockfile_missing)];
