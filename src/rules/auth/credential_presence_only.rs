use super::weak_guards;
use crate::{
    project::{Project, guards::Weakness},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    weak_guards::collect(project, sites, &[Weakness::PresenceOnly], |guard| {
        format!("`{}` is content with any credential, genuine or not", guard.name)
    });
}
