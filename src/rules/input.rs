//! What if the input is hostile?

use super::{Detector, detector, reach};

mod archive_extraction;
mod body_size_unbounded;
mod body_without_schema;
mod client_controlled_amount;
mod code_eval;
mod command_injection;
mod html_injection;
mod ldap_injection;
mod log_injection;
mod mass_assignment;
mod nosql_injection;
mod open_redirect;
mod path_traversal;
mod prototype_pollution;
mod regex_denial;
mod sensitive_fields_returned;
mod sql_injection;
mod ssrf;
mod template_injection;
mod unbounded_query_size;
mod unsafe_deserialization;
mod upload_unrestricted;
mod xml_external_entities;
mod xpath_injection;

pub(super) static ALL: &[Detector] = &[
    detector!(archive_extraction),
    detector!(body_size_unbounded),
    detector!(body_without_schema),
    detector!(client_controlled_amount),
    detector!(code_eval),
    detector!(command_injection),
    detector!(html_injection),
    detector!(ldap_injection),
    detector!(log_injection),
    detector!(mass_assignment),
    detector!(nosql_injection),
    detector!(open_redirect),
    detector!(path_traversal),
    detector!(prototype_pollution),
    detector!(regex_denial),
    detector!(sensitive_fields_returned),
    detector!(sql_injection),
    detector!(ssrf),
    detector!(template_injection),
    detector!(unbounded_query_size),
    detector!(unsafe_deserialization),
    detector!(upload_unrestricted),
    detector!(xml_external_entities),
    detector!(xpath_injection),
];
