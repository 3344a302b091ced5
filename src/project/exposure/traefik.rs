//! Traefik: routers with the middlewares before them, in labels of compose files, in files of its own and in
//! objects of a cluster.
//!
//! <https://doc.traefik.io/traefik/middlewares/http/overview/>

use super::{
    Asks, ENFORCED, Exposure, Layer, Target, is_deployed,
    kubernetes::{Cluster, Object, limited},
    pattern::Pattern,
};
use crate::{
    facts::{Document, Node, Text},
    project::Project,
};

/// The middlewares that let only known callers pass, in lower case as labels may be.
const ASKING: [&str; 3] = ["forwardauth", "basicauth", "digestauth"];

/// The rule of a router: the address it is for, and its patterns; nothing in their place where they cannot be told.
pub(super) struct Rule {
    pub(super) host: Text,
    pub(super) patterns: Option<Vec<Pattern>>,
}

impl Rule {
    /// ``Host(`a.example`) && PathPrefix(`/api`)``
    pub(super) fn of(text: &str) -> Self {
        let is_plain = !text.contains('!') && !text.contains("PathRegexp");
        let below = arguments(text, "PathPrefix(").map(Pattern::below);
        let mut patterns: Vec<Pattern> =
            below.chain(arguments(text, "Path(").map(Pattern::exactly)).collect();
        if patterns.is_empty() {
            patterns.push(Pattern::all());
        }
        let host = arguments(text, "Host(").next().unwrap_or_default();
        Self { host: host.into(), patterns: is_plain.then_some(patterns) }
    }

    /// What a router with this rule and these middlewares exposes.
    pub(super) fn exposures(&self, exposure: &Exposure) -> Vec<Exposure> {
        match &self.patterns {
            Some(patterns) => {
                patterns.iter().map(|pattern| exposure.clone().below(pattern.clone())).collect()
            }
            None => vec![Exposure { asks: Asks::Unclear, ..exposure.clone() }],
        }
    }
}

/// The arguments in backquotes of each call of a matcher.
fn arguments<'t>(text: &'t str, matcher: &'t str) -> impl Iterator<Item = &'t str> {
    let calls = text.match_indices(matcher).map(move |(start, _)| &text[start + matcher.len()..]);
    calls.flat_map(|rest| {
        let inner = rest.split(')').next().unwrap_or_default();
        inner.split(',').map(|argument| argument.trim().trim_matches(['`', '\'', '"']))
    })
}

/// What one middleware asks, by the name of its kind.
pub(super) fn asked_by_kind(kind: &str) -> Asks {
    match kind.to_ascii_lowercase() {
        kind if ASKING.contains(&kind.as_str()) => {
            Asks::Caller { by: kind.into(), credit: ENFORCED }
        }
        kind if matches!(kind.as_str(), "chain" | "plugin") => Asks::Unclear,
        _ => Asks::Nobody,
    }
}

/// What a middleware asks by the map that its kind is the key of.
fn asked_by_map(map: &Node) -> Asks {
    first(map.entries().map(|(kind, _)| Some(asked_by_kind(kind))))
}

/// What the first of several middlewares asks that asks at all; unclear if one of them was not found.
pub(super) fn first(found: impl Iterator<Item = Option<Asks>>) -> Asks {
    let mut result = Asks::Nobody;
    for asks in found {
        match asks {
            Some(Asks::Nobody) => {}
            Some(asks @ Asks::Caller { .. }) => return asks,
            Some(_) | None => result = Asks::Unclear,
        }
    }
    result
}

/// The routers of a cluster.
pub(super) fn in_cluster(cluster: &Cluster, exposures: &mut Vec<Exposure>) {
    for object in cluster.of_kind("IngressRoute") {
        for route in object.spec("routes").map(Node::items).unwrap_or_default() {
            let middlewares = route.get("middlewares").map(Node::items).unwrap_or_default();
            let names: Vec<&str> =
                middlewares.iter().filter_map(|one| one.text_at("name")).collect();
            let mut rule = Rule::of(route.text_at("match").unwrap_or_default());
            if names.iter().any(|name| is_stripping(cluster, name)) {
                rule.patterns = Some(vec![Pattern::all()]);
            }
            let asks = first(names.iter().map(|name| asked_by_middleware(cluster, name)));
            for service in route.get("services").map(Node::items).unwrap_or_default() {
                let Some(name) = service.text_at("name") else { continue };
                let (asks, layer) =
                    (limited(cluster, name, "", asks.clone()), Layer::Door(rule.host.clone()));
                let target = cluster.target_of(name);
                let exposure =
                    Exposure::new(object.title(), object.location(), target, layer, asks);
                exposures.extend(rule.exposures(&exposure));
            }
        }
    }
}

/// What the middlewares ask that an ingress names: `default-auth@kubernetescrd`, divided by commas.
pub(super) fn asked_by_references(cluster: &Cluster, names: &str) -> Asks {
    first(references(cluster, names).map(|found| asked_by_middleware(cluster, found?)))
}

/// Does an ingress take off a part of the path before the application sees it?
pub(super) fn rewrites(cluster: &Cluster, ingress: &Object) -> bool {
    let names = ingress.annotation("traefik.ingress.kubernetes.io/router.middlewares");
    let mut found = references(cluster, names.unwrap_or_default()).flatten();
    found.any(|name| is_stripping(cluster, name))
}

/// The names of the middlewares of this cluster that are meant; nothing in the place of one that is not here.
fn references<'c>(cluster: &'c Cluster, names: &'c str) -> impl Iterator<Item = Option<&'c str>> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| {
        let reference = name.split('@').next().unwrap_or(name);
        let is_meant = |object: &&Object| {
            let namespace = reference.strip_suffix(object.name);
            namespace.is_some_and(|namespace| namespace.is_empty() || namespace.ends_with('-'))
        };
        cluster.of_kind("Middleware").find(is_meant).map(|object| object.name)
    })
}

fn asked_by_middleware(cluster: &Cluster, name: &str) -> Option<Asks> {
    let spec = cluster.called("Middleware", name)?.node.get("spec")?;
    let Some(chain) = spec.at(&["chain", "middlewares"]) else { return Some(asked_by_map(spec)) };
    // A chain names single middlewares.
    let single = |one: &Node| {
        let object = cluster.called("Middleware", one.text_at("name")?)?;
        object.node.get("spec").map(asked_by_map)
    };
    Some(first(chain.items().iter().map(single)))
}

fn is_stripping(cluster: &Cluster, name: &str) -> bool {
    let spec = cluster.called("Middleware", name).and_then(|object| object.node.get("spec"));
    spec.is_some_and(|spec| {
        spec.entries().any(|(kind, _)| {
            matches!(kind, "stripPrefix" | "stripPrefixRegex" | "replacePath" | "replacePathRegex")
        })
    })
}

/// The middlewares of Traefik's own files, by name, with what they ask.
pub(super) fn in_files(project: &Project) -> Vec<(Text, Asks)> {
    let trees =
        project.units().filter(|(_, unit)| is_deployed(&unit.file)).filter_map(|(_, unit)| {
            match &unit.facts.document {
                Some(Document::Tree(roots)) => roots.first(),
                _ => None,
            }
        });
    let middlewares =
        trees.filter_map(|root| root.at(&["http", "middlewares"])).flat_map(Node::entries);
    middlewares.map(|(name, node)| (name.to_ascii_lowercase().into(), asked_by_map(node))).collect()
}

/// The routers of Traefik's own files, which lead to the addresses of services.
pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    let middlewares = in_files(project);
    for (file, unit) in project.units().filter(|(_, unit)| is_deployed(&unit.file)) {
        let Some(Document::Tree(roots)) = &unit.facts.document else { continue };
        let Some(http) = roots.first().and_then(|root| root.get("http")) else { continue };
        for (name, router) in http.get("routers").into_iter().flat_map(Node::entries) {
            let rule = Rule::of(router.text_at("rule").unwrap_or_default());
            let named = router.get("middlewares").map(Node::items).unwrap_or_default();
            let asks = first(named.iter().map(|one| {
                let name = one.text()?.split('@').next()?.to_ascii_lowercase();
                middlewares.iter().find(|(known, _)| *known == name).map(|(_, asks)| asks.clone())
            }));
            let service = router.text_at("service").unwrap_or_default();
            let servers = http.at(&["services", service, "loadBalancer", "servers"]);
            for server in servers.map(Node::items).unwrap_or_default() {
                let Some(host) = server.text_at("url").and_then(host_of) else { continue };
                let exposure = Exposure::new(
                    format!("router `{name}`"),
                    project.location(file, router.span),
                    Target::named(host),
                    Layer::Machine(rule.host.clone()),
                    asks.clone(),
                );
                exposures.extend(rule.exposures(&exposure));
            }
        }
    }
}

/// `http://web:8000/` leads to `web`.
pub(super) fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', ':', '.', '?']).next().filter(|host| !host.is_empty())
}
