//! Who may do this, and how do we know who is asking?

use super::{Detector, branches, common, database, detector, open_routes, ownership};

mod account_enumeration;
mod admin_route_without_role;
mod client_side_only_guard;
mod credential_presence_only;
mod csrf_missing;
mod default_credentials;
mod demo_ui_open;
mod edge_function_open;
mod firebase_rules_open;
mod flows;
mod guard_fails_open;
mod guard_not_effective;
mod identity_from_request;
mod insecure_random_token;
mod jwt_not_verified;
mod login_without_rate_limit;
mod logout_keeps_session;
mod metered_endpoint_open;
mod mocked_authentication;
mod next_middleware_gap;
mod oauth_state_missing;
mod object_lookup_without_owner_check;
mod password_stored_weakly;
mod permissive_rls_policy;
mod privileged_client_without_user_check;
mod realtime_without_authentication;
mod reset_flow_weak;
mod route_without_authentication;
mod rpc_procedure_open;
mod security_definer_exposed;
mod senders;
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
    detector!(account_enumeration),
    detector!(admin_route_without_role),
    detector!(client_side_only_guard),
    detector!(credential_presence_only),
    detector!(csrf_missing),
    detector!(default_credentials),
    detector!(demo_ui_open),
    detector!(edge_function_open),
    detector!(firebase_rules_open),
    detector!(guard_fails_open),
    detector!(guard_not_effective),
    detector!(identity_from_request),
    detector!(insecure_random_token),
    detector!(jwt_not_verified),
    detector!(login_without_rate_limit),
    detector!(logout_keeps_session),
    detector!(metered_endpoint_open),
    detector!(mocked_authentication),
    detector!(next_middleware_gap),
    detector!(oauth_state_missing),
    detector!(object_lookup_without_owner_check),
    detector!(password_stored_weakly),
    detector!(permissive_rls_policy),
    detector!(privileged_client_without_user_check),
    detector!(realtime_without_authentication),
    detector!(reset_flow_weak),
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
