//! What a compose file publishes to the network.

use crate::{
    facts::{File, Role},
    project::manifests::Service,
};

/// A compose file for the machine of a developer.
pub(super) fn is_local(file: &File) -> bool {
    ["dev", "local", "override", "test"].iter().any(|word| file.name().contains(word))
        || matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Script)
        || file.path.contains(".devcontainer/")
}

/// The image of a service without its registry and version.
pub(super) fn image_name(service: &Service) -> Option<&str> {
    service.image.as_ref()?.rsplit('/').next()?.split([':', '@']).next()
}

/// Is this port published on more than the machine's own address: `5432:5432` and `0.0.0.0:5432:5432`, not
/// `127.0.0.1:5432:5432`?
pub(super) fn is_open(published: &str, port: &str) -> bool {
    target(published) == Some(port)
}

/// Is any port published on more than the machine's own address?
pub(super) fn is_public(published: &str) -> bool {
    target(published).is_some()
}

/// The port of the container that others reach.
fn target(published: &str) -> Option<&str> {
    // `${ADDRESS:-127.0.0.1}:5432:5432`
    if published.contains(":-127.") || published.contains(":-localhost") {
        return None;
    }
    let published = published.split('/').next().unwrap_or(published);
    let parts: Vec<&str> = published.rsplitn(3, ':').collect();
    let is_loopback = parts
        .get(2)
        .is_some_and(|host| host.starts_with("127.") || *host == "localhost" || *host == "[::1]");
    parts.first().copied().filter(|_| parts.len() >= 2 && !is_loopback)
}
