//! Who may do this, and how do we know who is asking?

use super::{Detector, detector};

mod common;
mod database;
mod ownership;

mod admin_route_without_role;
mod edge_function_open;
mod jwt_not_verified;
mod login_without_rate_limit;
mod mocked_authentication;
mod object_lookup_without_owner_check;
mod password_stored_weakly;
mod permissive_rls_policy;
mod privileged_client_without_user_check;
mod route_without_authentication;
mod security_definer_exposed;
mod server_action_without_session;
mod storage_bucket_open;
mod supabase_table_without_rls;
mod unscoped_list_query;

pub(super) static ALL: &[Detector] = &[
    detector!(admin_route_without_role),
    detector!(edge_function_open),
    detector!(jwt_not_verified),
    detector!(login_without_rate_limit),
    detector!(mocked_authentication),
    detector!(object_lookup_without_owner_check),
    detector!(password_stored_weakly),
    detector!(permissive_rls_policy),
    detector!(privileged_client_without_user_check),
    detector!(route_without_authentication),
    detector!(security_definer_exposed),
    detector!(server_action_without_session),
    detector!(storage_bucket_open),
    detector!(supabase_table_without_rls),
    detector!(unscoped_list_query),
];
