//! Policies of Istio's mesh, which its proxy beside each workload enforces.
//!
//! A `RequestAuthentication` alone refuses wrong tokens and lets requests without one pass, so it counts for
//! nothing; the policy that demands a principal does.
//!
//! <https://istio.io/latest/docs/reference/config/security/authorization-policy/>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, Target,
    kubernetes::{Cluster, Object},
    pattern::Pattern,
};
use crate::facts::Node;

pub(super) fn read(cluster: &Cluster, exposures: &mut Vec<Exposure>) {
    for policy in cluster.of_kind("AuthorizationPolicy") {
        let action = policy.spec("action").and_then(Node::text).unwrap_or("ALLOW");
        let rules = policy.spec("rules").map(Node::items).unwrap_or_default();
        for rule in rules {
            match action {
                "ALLOW" => allowed(cluster, policy, rule, exposures),
                "DENY" => denied(cluster, policy, rule, exposures),
                "CUSTOM" => custom(cluster, policy, rule, exposures),
                _ => {}
            }
        }
    }
}

/// What is allowed to those with a principal is denied to all others, unless another rule allows it.
fn allowed(cluster: &Cluster, policy: &Object, rule: &Node, exposures: &mut Vec<Exposure>) {
    let sources: Vec<&Node> = sources(rule).collect();
    if !sources.is_empty() && sources.iter().all(|source| names_workloads(source)) {
        return;
    }
    let needs_principal = !sources.is_empty()
        && sources.iter().all(|source| source.get("requestPrincipals").is_some());
    let needs_claim =
        rule.get("when").map(Node::items).unwrap_or_default().iter().any(|condition| {
            let key = condition.text_at("key").unwrap_or_default();
            key.starts_with("request.auth.") && condition.get("values").is_some()
        });
    let asks =
        if needs_principal || needs_claim { caller("requestPrincipals") } else { Asks::Nobody };
    push(cluster, policy, rule, "allow", &asks, exposures);
}

/// Other workloads of the mesh, and not its gateway, by which strangers come.
fn names_workloads(source: &Node) -> bool {
    let mut names = texts(source, "principals").chain(texts(source, "namespaces")).peekable();
    let is_gateway =
        |name: &str| name == "*" || name.contains("ingress") || name.contains("istio-system");
    names.peek().is_some() && !names.any(is_gateway)
}

/// Requests without a principal are denied, but for the paths that the rule leaves out.
fn denied(cluster: &Cluster, policy: &Object, rule: &Node, exposures: &mut Vec<Exposure>) {
    let is_for_strangers = sources(rule).any(|source| {
        let without = source.get("notRequestPrincipals").map(Node::items).unwrap_or_default();
        without.iter().any(|principal| principal.text() == Some("*"))
    });
    if !is_for_strangers {
        return;
    }
    push(cluster, policy, rule, "deny", &caller("notRequestPrincipals"), exposures);
    left_out(cluster, policy, rule, "deny", exposures);
}

/// A server of the mesh's own configuration decides. Only its name tells whether it asks who is calling.
fn custom(cluster: &Cluster, policy: &Object, rule: &Node, exposures: &mut Vec<Exposure>) {
    const ASKING: [&str; 8] =
        ["authelia", "authentik", "authn", "login", "oauth", "oidc", "pomerium", "sso"];
    let provider = policy.node.at(&["spec", "provider", "name"]).and_then(Node::text);
    let asking = provider.filter(|name| ASKING.iter().any(|word| name.contains(word)));
    let asks = match asking {
        Some(name) => Asks::Caller { by: name.into(), credit: PARTIAL },
        None => Asks::Unclear,
    };
    push(cluster, policy, rule, "custom", &asks, exposures);
    left_out(cluster, policy, rule, "custom", exposures);
}

fn caller(by: &str) -> Asks {
    Asks::Caller { by: by.into(), credit: ENFORCED }
}

fn sources(rule: &Node) -> impl Iterator<Item = &Node> {
    let from = rule.get("from").map(Node::items).unwrap_or_default();
    from.iter().filter_map(|from| from.get("source"))
}

fn operations(rule: &Node) -> impl Iterator<Item = &Node> {
    let to = rule.get("to").map(Node::items).unwrap_or_default();
    to.iter().filter_map(|to| to.get("operation"))
}

fn push(
    cluster: &Cluster,
    policy: &Object,
    rule: &Node,
    group: &str,
    asks: &Asks,
    exposures: &mut Vec<Exposure>,
) {
    let patterns: Vec<Option<Pattern>> = operations(rule).flat_map(patterns).collect();
    let patterns = if patterns.is_empty() { vec![Some(Pattern::all())] } else { patterns };
    for pattern in patterns {
        let asks = if pattern.is_some() { asks.clone() } else { Asks::Unclear };
        let pattern = pattern.unwrap_or_else(Pattern::all);
        let walls = walls(cluster, policy, group, &asks).into_iter();
        exposures.extend(walls.map(|wall| wall.below(pattern.clone())));
    }
}

/// The paths that a rule does not speak of.
fn left_out(
    cluster: &Cluster,
    policy: &Object,
    rule: &Node,
    group: &str,
    exposures: &mut Vec<Exposure>,
) {
    for path in operations(rule).flat_map(|operation| texts(operation, "notPaths")) {
        let asks = if written(path).is_some() { Asks::Nobody } else { Asks::Unclear };
        let pattern = written(path).unwrap_or_else(Pattern::all);
        let walls = walls(cluster, policy, group, &asks).into_iter();
        exposures.extend(walls.map(|wall| wall.below(pattern.clone())));
    }
}

/// The policy around each workload that it is for.
fn walls(cluster: &Cluster, policy: &Object, group: &str, asks: &Asks) -> Vec<Exposure> {
    let targets = match policy.node.at(&["spec", "selector", "matchLabels"]) {
        Some(labels) => vec![Target::Named(cluster.names_behind(labels))],
        None => cluster.targets_in(policy.namespace()),
    };
    let layer = Layer::Wall(format!("istio {group}").into());
    let wall = |target| {
        Exposure::new(policy.title(), policy.location(), target, layer.clone(), asks.clone())
    };
    targets.into_iter().map(wall).collect()
}

/// The paths of an operation, each with each of its methods.
fn patterns(operation: &Node) -> Vec<Option<Pattern>> {
    let methods: Vec<&str> = texts(operation, "methods").collect();
    let methods = if methods.is_empty() { vec!["*"] } else { methods };
    let paths: Vec<&str> = texts(operation, "paths").collect();
    let paths = if paths.is_empty() { vec!["/*"] } else { paths };
    let pair = |path: &str| -> Vec<Option<Pattern>> {
        methods.iter().map(|method| Some(written(path)?.by(method))).collect()
    };
    paths.into_iter().flat_map(pair).collect()
}

/// `/info*`, `/admin/*` and `/exact`; nothing for a pattern that begins with a star.
fn written(path: &str) -> Option<Pattern> {
    match path.strip_suffix('*') {
        Some(start) if !start.contains('*') => Some(Pattern::below(start)),
        None if !path.contains(['*', '{']) => Some(Pattern::exactly(path)),
        _ => None,
    }
}

fn texts<'n>(operation: &'n Node, key: &str) -> impl Iterator<Item = &'n str> {
    operation.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::text)
}
