//! Switches over a part of the request: `switch (req.method)`.

use super::Request;
use crate::{facts::Arm, project::Value};

impl Request {
    /// The arm that this request takes, if that depends on its method or path alone.
    pub(in super::super) fn arm(&self, subject: Value<'_>, arms: &[Arm]) -> Option<usize> {
        for (number, arm) in arms.iter().enumerate() {
            let is_for = |&test: &_| self.equals(subject, subject.sibling(test));
            let answers: Option<Vec<bool>> = arm.tests.iter().map(is_for).collect();
            if answers?.contains(&true) {
                return Some(number);
            }
        }
        arms.iter().position(|arm| arm.tests.is_empty())
    }
}
