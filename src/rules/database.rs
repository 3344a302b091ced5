//! What the rules about the database of a hosted backend share.

use super::common::makes_privileged;
use crate::project::{Location, Project, entities, schema::Table};

/// Is the database served to browsers by its platform, by the looks of its files and clients?
pub(super) fn is_served_by_api(project: &Project) -> bool {
    let has_folder = project.names().iter().any(|name| {
        name == "supabase/config.toml"
            || name.contains("supabase/migrations/")
            || name.contains("supabase/schemas/")
    });
    has_folder || has_client(project).is_some()
}

/// A client with the public key.
pub(super) fn has_client(project: &Project) -> Option<Location> {
    let creates = |path: &str| {
        path.starts_with("@supabase/") && path.ends_with("Client")
            || path == "supabase.create_client"
    };
    project
        .calls()
        .find(|call| {
            creates(call.path()) && call.source_file().is_shipped() && !makes_privileged(*call)
        })
        .map(|call| call.location())
}

/// The rows belong to somebody, or say something about people.
pub(super) fn is_private(table: &Table) -> bool {
    entities::is_person(&table.name)
        || table.has_column(|column| entities::is_owner(column) || entities::is_sensitive(column))
}

/// Everybody may leave something here, and nobody may read it.
pub(super) fn is_intake(name: &str) -> bool {
    super::common::has_word(
        name,
        &[
            "contact",
            "contacts",
            "waitlist",
            "newsletter",
            "subscribers",
            "subscriptions",
            "feedback",
            "leads",
            "lead",
            "signups",
            "inquiries",
            "messages",
            "events",
            "analytics",
            "views",
            "visits",
            "reports",
            "submissions",
        ],
    )
}
