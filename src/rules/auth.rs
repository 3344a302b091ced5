//! Who may do this, and how do we know who is asking?

use super::{Detector, common, database, detector, open_routes, ownership};

mod admin_route_without_role;
mod credential_presence_only;
mod csrf_missing;
mod default_credentials;
mod edge_function_open;
mod firebase_rules_open;
mod guard_fails_open;
mod guard_not_effective;
mod identity_from_request;
mod insecure_random_token;
mod jwt_not_verified;
mod login_without_rate_limit;
mod metered_endpoint_open;
mod mocked_authentication;
mod object_lookup_without_owner_check;
mod password_stored_weakly;
mod permissive_rls_policy;
mod privileged_client_without_user_check;
mod realtime_without_authentication;
mod route_without_authentication;
mod rpc_procedure_open;
mod security_definer_exposed;
mod server_action_without_session;
mod session_cookie_flags;
mod storage_bucket_open;
mod supabase_getsession_trusted;
mod supabase_table_without_rls;
mod timing_unsafe_compare;
mod token_in_browser_storage;
mod token_without_expiry;
mod unscoped_list_query;
mod weak_guards;
mod webhook_without_signature;

pub(super) static ALL: &[Detector] = &[
    detector!(admin_route_without_role),
    detector!(credential_presence_only),
    detector!(csrf_missing),
    detector!(default_credentials),
    detector!(edge_function_open),
    detector!(firebase_rules_open),
    detector!(guard_fails_open),
    detector!(guard_not_effective),
    detector!(identity_from_request),
    detector!(insecure_random_token),
    detector!(jwt_not_verified),
    detector!(login_without_rate_limit),
    detector!(metered_endpoint_open),
    detector!(mocked_authentication),
    detector!(object_lookup_without_owner_check),
    detector!(password_stored_weakly),
    detector!(permissive_rls_policy),
    detector!(privileged_client_without_user_check),
    detector!(realtime_without_authentication),
    detector!(route_without_authentication),
    detector!(rpc_procedure_open),
    detector!(security_definer_exposed),
    detector!(server_action_without_session),
    detector!(session_cookie_flags),
    detector!(storage_bucket_open),
    detector!(supabase_getsession_trusted),
    detector!(supabase_table_without_rls),
    detector!(timing_unsafe_compare),
    detector!(token_in_browser_storage),
    detector!(token_without_expiry),
    detector!(unscoped_list_query),
    detector!(webhook_without_signature),
];
