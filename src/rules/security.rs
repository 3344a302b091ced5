//! Is the program configured, built and delivered safely?

use super::{Detector, detector, published};

mod audit_step_missing;
mod ci_actions_unpinned;
mod ci_untrusted_execution;
mod cloud_public_access;
mod commands;
mod container_root;
mod cors_permissive;
mod datastore_exposed;
mod debug_enabled;
mod electron_unsafe_preferences;
mod graphql_unbounded;
mod imports;
mod internal_endpoint_exposed;
mod known_critical_version;
mod lockfile_missing;
mod locks;
mod remote_code_install;
mod security_headers_missing;
mod suspicious_name;
mod tls_verification_disabled;
mod undeclared_import;
mod unpinned_dependency;
mod weak_crypto;

pub(super) static ALL: &[Detector] = &[
    detector!(audit_step_missing),
    detector!(ci_actions_unpinned),
    detector!(ci_untrusted_execution),
    detector!(cloud_public_access),
    detector!(container_root),
    detector!(cors_permissive),
    detector!(datastore_exposed),
    detector!(debug_enabled),
    detector!(electron_unsafe_preferences),
    detector!(graphql_unbounded),
    detector!(internal_endpoint_exposed),
    detector!(known_critical_version),
    detector!(lockfile_missing),
    detector!(remote_code_install),
    detector!(security_headers_missing),
    detector!(suspicious_name),
    detector!(tls_verification_disabled),
    detector!(undeclared_import),
    detector!(unpinned_dependency),
    detector!(weak_crypto),
];
