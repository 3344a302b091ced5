//! Gateways that are described by objects of their own: the Gateway API with the policies of Envoy Gateway, the
//! plugins of Kong, and the proxy of Google's load balancers.
//!
//! <https://gateway-api.sigs.k8s.io/reference/spec/>, <https://gateway.envoyproxy.io/docs/api/extension_types/>

use super::{
    Asks, ENFORCED, Exposure, Layer,
    kubernetes::{Cluster, Object, limited},
    pattern::Pattern,
};
use crate::facts::Node;

pub(super) fn read(cluster: &Cluster, exposures: &mut Vec<Exposure>) {
    for object in cluster.of_kind("HTTPRoute") {
        http_route(cluster, object, exposures);
    }
}

fn http_route(cluster: &Cluster, object: &Object, exposures: &mut Vec<Exposure>) {
    let asks = asked_by_policies(cluster, object);
    let host = object.spec("hostnames").and_then(|hosts| hosts.items().first()?.text());
    for rule in object.spec("rules").map(Node::items).unwrap_or_default() {
        let filters = rule.get("filters").map(Node::items).unwrap_or_default();
        let is_rewritten =
            filters.iter().any(|filter| filter.text_at("type") == Some("URLRewrite"));
        let patterns: Vec<Option<Pattern>> = match rule.get("matches").map(Node::items) {
            Some(matches) if !is_rewritten => matches.iter().map(matched).collect(),
            _ => vec![Some(Pattern::all())],
        };
        for backend in rule.get("backendRefs").map(Node::items).unwrap_or_default() {
            let Some(service) = backend.text_at("name") else { continue };
            for pattern in &patterns {
                let asks = match pattern {
                    Some(_) => limited(cluster, service, "", asks.clone()),
                    None => Asks::Unclear,
                };
                let layer = Layer::Door(host.unwrap_or_default().into());
                let target = cluster.target_of(service);
                let exposure =
                    Exposure::new(object.title(), object.location(), target, layer, asks);
                exposures.push(exposure.below(pattern.clone().unwrap_or_else(Pattern::all)));
            }
        }
    }
}

/// The pattern of one match; nothing for a regular expression.
fn matched(node: &Node) -> Option<Pattern> {
    let path = node.at(&["path", "value"]).and_then(Node::text).unwrap_or("/");
    let pattern = match node.at(&["path", "type"]).and_then(Node::text) {
        Some("Exact") => Pattern::exactly(path),
        Some("RegularExpression") => return None,
        _ => Pattern::below(path),
    };
    Some(pattern.by(node.text_at("method").unwrap_or_default()))
}

/// What the policies ask that are bound to a route or to its gateway.
fn asked_by_policies(cluster: &Cluster, route: &Object) -> Asks {
    let gateways = route.spec("parentRefs").map(Node::items).unwrap_or_default();
    let is_bound = |policy: &&Object| {
        let one = policy.spec("targetRef").map(std::slice::from_ref);
        let several = policy.spec("targetRefs").map(Node::items);
        let targets = one.or(several).unwrap_or_default();
        targets.iter().any(|target| match target.text_at("kind") {
            Some("HTTPRoute") => target.text_at("name") == Some(route.name),
            Some("Gateway") => {
                gateways.iter().any(|gateway| gateway.text_at("name") == target.text_at("name"))
            }
            _ => false,
        })
    };
    let mut bound = cluster.of_kind("SecurityPolicy").filter(is_bound);
    bound.find_map(asked_by_policy).unwrap_or(Asks::Nobody)
}

fn asked_by_policy(policy: &Object) -> Option<Asks> {
    let kinds = ["oidc", "extAuth", "basicAuth", "apiKeyAuth", "jwt"];
    let by = kinds.into_iter().find(|kind| {
        let is_optional =
            || policy.node.at(&["spec", kind, "optional"]).and_then(Node::text) == Some("true");
        policy.spec(kind).is_some() && !is_optional()
    })?;
    Some(Asks::Caller { by: by.into(), credit: ENFORCED })
}

/// What Kong's plugins ask that an object names, divided by commas.
///
/// <https://docs.konghq.com/hub/?category=authentication>
pub(super) fn asked_by_plugins(cluster: &Cluster, names: &str) -> Asks {
    const ASKING: [&str; 9] = [
        "basic-auth",
        "hmac-auth",
        "jwt",
        "jwt-signer",
        "key-auth",
        "key-auth-enc",
        "ldap-auth",
        "mtls-auth",
        "openid-connect",
    ];
    for name in names.split(',').map(str::trim) {
        let found = ["KongPlugin", "KongClusterPlugin"]
            .into_iter()
            .find_map(|kind| cluster.called(kind, name));
        let Some(plugin) = found else { return Asks::Unclear };
        let Some(kind) = plugin.node.text_at("plugin") else { continue };
        // Who cannot be known is let in as this consumer.
        let lets_pass = plugin.node.at(&["config", "anonymous"]).is_some();
        if ASKING.contains(&kind) && !lets_pass {
            return Asks::Caller { by: kind.into(), credit: ENFORCED };
        }
    }
    Asks::Nobody
}

/// What Google's proxy asks before a service, which names its configuration in an annotation.
///
/// <https://cloud.google.com/iap/docs/enabling-kubernetes-howto>
pub(super) fn asked_by_backend(cluster: &Cluster, service: &str) -> Asks {
    let configuration = cluster
        .called("Service", service)
        .and_then(|service| service.annotation("cloud.google.com/backend-config"));
    let is_named = |object: &&Object| {
        configuration.is_some_and(|text| text.split('"').any(|word| word == object.name))
    };
    let is_on = |object: &Object| {
        object.node.at(&["spec", "iap", "enabled"]).and_then(Node::text) == Some("true")
    };
    match cluster.of_kind("BackendConfig").find(is_named) {
        Some(object) if is_on(object) => Asks::Caller { by: "IAP".into(), credit: ENFORCED },
        None if configuration.is_some() => Asks::Unclear,
        _ => Asks::Nobody,
    }
}
