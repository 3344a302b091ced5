use super::weak_guards;
use crate::{
    project::{Project, guards::Weakness, routes::Scope},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    weak_guards::collect(project, sites, &[Weakness::Disabled, Weakness::Greets], |guard| {
        let name = &guard.name;
        match guard.assessment.weakness {
            _ if guard.scope == Scope::Behind => {
                format!("`{name}` is attached where this route does not pass it")
            }
            Some(Weakness::Greets) => format!("`{name}` asks who is calling and refuses nobody"),
            _ => format!("`{name}` is switched off"),
        }
    });
}
