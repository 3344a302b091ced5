use super::{
    common::subject,
    ownership::{Asked, Evidence, NOBODY_IS_KNOWN, asked},
};
use crate::{
    gap::{Confidence, Severity},
    project::{Project, operations::OperationKind},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let wanted = [OperationKind::Read, OperationKind::Update, OperationKind::Delete];
    for found in asked(project, &wanted) {
        let Asked { route, operation, entity, evidence, key, place } = found;
        let Some(key) = key else { continue };
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
                let verb = match operation.kind {
                    OperationKind::Delete => "deleted",
                    OperationKind::Update => "changed",
                    _ => "read",
                };
                let message = format!(
                    "`{}` is {verb} by `{}` from the request, whoever it belongs to",
                    operation.entity, key
                );
                let severity = match operation.kind {
                    OperationKind::Read => Severity::High,
                    _ if entity.is_person() => Severity::Critical,
                    _ => Severity::High,
                };
                let owner = entity.owner_column().or_else(|| project.entities().link(entity));
                let owner = owner.map_or("id", |column| column.as_str());
                let site = sites.gap(place, subject, message).severity(severity);
                let mut site =
                    if entity.is_owned() { site } else { site.confidence(Confidence::Heuristic) };
                let looked_up = operation.call.location();
                if looked_up != place {
                    site = site.because(looked_up, "looked up here");
                }
                site.because(entity.location, format!("`{owner}` says whose it is"))
                    .because(route.location, "asked for here, by anybody who is signed in");
            }
        }
    }
}
