//! What is readable that must not be?

use super::{Detector, detector};

mod agent_config;
mod client_bundle_exposure;
mod database_url_with_password;
mod env_file_committed;
mod gitignore_missing_env;
mod hardcoded_credential;
mod insecure_fallback_default;
mod provider_token;
mod secret_in_build_or_deploy;

pub(super) static ALL: &[Detector] = &[
    detector!(agent_config),
    detector!(client_bundle_exposure),
    detector!(database_url_with_password),
    detector!(env_file_committed),
    detector!(gitignore_missing_env),
    detector!(hardcoded_credential),
    detector!(insecure_fallback_default),
    detector!(provider_token),
    detector!(secret_in_build_or_deploy),
];
