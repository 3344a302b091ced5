use super::{common::has_word, database::is_served_by_api};
use crate::{
    gap::Severity,
    project::{Project, schema::Routine},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    if !is_served_by_api(project) {
        return;
    }
    let definers = project
        .schema()
        .functions()
        .filter(|routine| routine.is_definer && routine.schema == "public");
    for routine in definers.filter(|routine| {
        !routine.returns.starts_with("trigger") && !routine.returns.starts_with("event_trigger")
    }) {
        let subject = format!("function {}", routine.name);
        let lost = |role: &str| routine.revoked.iter().any(|revoked| revoked == role);
        if lost("public") || lost("anon") && lost("authenticated") {
            sites.holds(routine.location, subject, "clients may not call it");
        } else if asks_caller(routine) {
            sites.holds(routine.location, subject, "it asks who is calling");
        } else if routine.returns.starts_with("bool")
            && has_word(&routine.name, &["is", "has", "can"])
        {
            sites.holds(routine.location, subject, "it only answers a question");
        } else {
            let writes = ["insert into", "update ", "delete from"]
                .iter()
                .any(|word| routine.text.contains(word));
            let message = format!(
                "clients call `{}` with the rights of the owner, and it does not ask who they are",
                routine.name
            );
            let severity = if writes { Severity::High } else { Severity::Medium };
            let site = sites.gap(routine.location, subject, message).severity(severity);
            if !routine.sets_search_path {
                site.because(routine.location, "the search path is not set either");
            }
        }
    }
}

/// The body speaks of the caller.
fn asks_caller(routine: &Routine) -> bool {
    [
        "auth.uid",
        "auth.role",
        "auth.jwt",
        "is_admin",
        "has_role",
        "current_setting",
        "session_user",
        "request.jwt",
    ]
    .iter()
    .any(|word| routine.text.contains(word))
}
