//! What a compose file publishes to the network.

use crate::{
    facts::{File, Role},
    project::manifests::{self, Service, published_port},
};

/// A compose file for the machine of a developer, by its name or its folder.
pub(super) fn is_local(file: &File) -> bool {
    let is_meant = |folder: &str| {
        matches!(folder, "dev" | "development" | "local" | "test" | "tests" | "testing" | "e2e")
    };
    file.folder().split('/').any(is_meant)
        || ["dev", "local", "override", "test"].iter().any(|word| file.name().contains(word))
        || matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Script)
        || file.path.contains(".devcontainer/")
}

/// The image of a service without its registry and version.
pub(super) fn image_name(service: &Service) -> Option<&str> {
    manifests::image_name(service.image.as_deref()?)
}

/// Is this port published on more than the machine's own address: `5432:5432` and `0.0.0.0:5432:5432`, not
/// `127.0.0.1:5432:5432`?
pub(super) fn is_open(published: &str, port: &str) -> bool {
    published_port(published) == Some(port)
}

/// Is any port published on more than the machine's own address?
pub(super) fn is_public(published: &str) -> bool {
    published_port(published).is_some()
}
