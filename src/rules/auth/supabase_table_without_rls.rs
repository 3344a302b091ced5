use super::database::{has_client, is_served_by_api};
use crate::{
    gap::{Confidence, Severity},
    project::{Project, entities},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    if !is_served_by_api(project) {
        return;
    }
    let exposure = has_client(project);
    for table in project.schema().tables().filter(|table| table.is_exposed()) {
        // Without a client nothing says that this database, of all, is the one behind the API.
        let path = &project.file(table.created.file).path;
        if exposure.is_none() && !path.starts_with("supabase/") && !path.contains("/supabase/") {
            continue;
        }
        let subject = format!("table {}", table.name);
        if table.row_security {
            sites.holds(table.created, subject, "row level security is on");
            continue;
        }
        let clients = ["anon", "authenticated", "public"];
        if clients.iter().take(2).all(|role| table.revoked.iter().any(|revoked| revoked == role)) {
            sites.holds(table.created, subject, "the client roles lost their rights");
            continue;
        }
        let message = if table.policies.is_empty() {
            format!("everybody with the public key reads and writes `{}`", table.name)
        } else {
            format!("`{}` has policies, and row level security is off: they do nothing", table.name)
        };
        let (severity, confidence) = match exposure {
            Some(_) => (Severity::Critical, Confidence::Likely),
            None => (Severity::High, Confidence::Heuristic),
        };
        let mut site =
            sites.gap(table.created, subject, message).severity(severity).confidence(confidence);
        if let Some(off) = table.row_security_at {
            site = site.because(off, "switched off here");
        }
        let sensitive: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|column| entities::is_sensitive(column))
            .collect();
        if !sensitive.is_empty() {
            site = site.because(table.created, format!("holds {}", sensitive.join(", ")));
        }
        if let Some(client) = exposure {
            site.because(client, "the client that reaches it is made here");
        }
    }
}
