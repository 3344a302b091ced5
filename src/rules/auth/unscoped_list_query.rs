use super::{
    common::subject,
    ownership::{Asked, Evidence, NOBODY_IS_KNOWN, asked},
};
use crate::{
    project::{Project, operations::OperationKind},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for found in asked(project, &[OperationKind::List]) {
        let Asked { route, operation, entity, evidence, place, .. } = found;
        if entity.is_published() || entity.is_person() {
            continue;
        }
        let subject = format!("{} {}", subject(route), operation.entity);
        match evidence {
            Evidence::Owner(fact) => {
                sites.holds(place, subject, fact);
            }
            Evidence::Hidden(reason) => {
                sites.unknown(place, subject, reason);
            }
            Evidence::Open => {
                sites.dependent_gap(place, subject, NOBODY_IS_KNOWN);
            }
            Evidence::None => {
                let chosen = operation.owner_filters().next();
                let message = match chosen {
                    Some(filter) => format!(
                        "`{}` of whoever the request names in `{}` is listed",
                        operation.entity, filter.field
                    ),
                    None => {
                        format!("every `{}` is listed, whoever it belongs to", operation.entity)
                    }
                };
                let owner = entity.owner_column().map_or("id", |column| column.as_str());
                sites
                    .gap(place, subject, message)
                    .because(entity.location, format!("`{owner}` says whose it is"))
                    .because(route.location, "asked for here, by anybody who is signed in");
            }
        }
    }
}
