//! Which texts say where a request goes.

pub(super) fn is_host_name(name: &str) -> bool {
    matches!(
        name,
        "host"
            | "hostname"
            | "origin"
            | "netloc"
            | "Host"
            | "Hostname"
            | "getHost"
            | "host_str"
            | "domain"
    )
}

/// `.example.org`: a host that ends so belongs to who owns that domain.
pub(super) fn is_domain_end(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|domain| domain.contains('.') && !domain.contains('/'))
}

/// `https://example.org/`: what comes after it cannot change the host.
pub(super) fn has_whole_host(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    rest.find('/').is_some_and(|slash| slash > 0)
}
