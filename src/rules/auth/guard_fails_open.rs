use super::weak_guards;
use crate::{
    project::{Project, guards::Weakness},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    weak_guards::collect(project, sites, &[Weakness::FailsOpen], |guard| {
        format!("`{}` checks who is calling, and goes on where the check fails", guard.name)
    });
}
