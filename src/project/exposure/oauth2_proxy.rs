//! oauth2-proxy as a server of its own, which hands what it lets pass to the application behind it.
//!
//! <https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview/>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, compose, kubernetes::Cluster, pattern::Pattern,
    traefik::host_of,
};
use crate::{
    facts::{Node, Text},
    project::{
        Project,
        manifests::{Service, image_name},
    },
};

/// What a proxy was told, by options or by variables.
struct Options {
    upstreams: Vec<Text>,
    /// Patterns of paths for which nobody is asked; nothing for one that cannot be read.
    skipped: Vec<Option<Pattern>>,
}

impl Options {
    fn of<'t>(options: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let mut result = Self { upstreams: Vec::new(), skipped: Vec::new() };
        for (name, value) in options {
            let values = value.split([',', '\n']).map(str::trim).filter(|value| !value.is_empty());
            match name
                .trim_start_matches("OAUTH2_PROXY_")
                .to_ascii_lowercase()
                .replace('_', "-")
                .as_str()
            {
                "upstream" | "upstreams" => result.upstreams.extend(values.map(Text::from)),
                "skip-auth-route" | "skip-auth-routes" | "skip-auth-regex" => {
                    result.skipped.extend(values.map(skipped));
                }
                _ => {}
            }
        }
        result
    }

    /// The addresses that it hands requests to.
    fn hosts(&self) -> impl Iterator<Item = &str> {
        self.upstreams.iter().filter_map(|upstream| host_of(upstream))
    }

    fn exposures(&self, exposure: Exposure) -> impl Iterator<Item = Exposure> {
        let open = Exposure { asks: Asks::Nobody, ..exposure.clone() };
        let skipped = self.skipped.iter().map(move |pattern| match pattern {
            Some(pattern) => open.clone().below(pattern.clone()),
            None => Exposure { asks: Asks::Unclear, ..open.clone() },
        });
        std::iter::once(exposure).chain(skipped)
    }
}

/// `GET=^/health$`
fn skipped(value: &str) -> Option<Pattern> {
    let (method, path) = value.split_once('=').unwrap_or(("", value));
    let path = path.trim_start_matches('^');
    let is_whole = path.ends_with('$');
    let path = path.trim_end_matches('$');
    let pattern = Pattern::written(path)?;
    // Without an end it matches whatever begins so.
    Some(
        if is_whole { pattern } else { Pattern::below(path.trim_end_matches(['*', '.'])) }
            .by(method),
    )
}

/// `--name=value` and `--name value`
fn pairs(words: &[String]) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else { continue };
        if let Some((name, value)) = option.split_once('=') {
            pairs.push((name, value));
        } else if let Some(value) = words.next_if(|next| !next.starts_with("--")) {
            pairs.push((option, value));
        }
    }
    pairs
}

fn is_proxy(image: &str) -> bool {
    image_name(image) == Some("oauth2-proxy")
}

/// The exposures by the proxies of a cluster.
pub(super) fn in_cluster(cluster: &Cluster, exposures: &mut Vec<Exposure>) {
    for workload in &cluster.objects {
        for container in workload.containers() {
            if !container.text_at("image").is_some_and(is_proxy) {
                continue;
            }
            let listed = ["command", "args"].into_iter().filter_map(|key| container.get(key));
            let words: Vec<String> =
                listed.flat_map(Node::items).filter_map(Node::text).map(str::to_owned).collect();
            let variables = container.get("env").map(Node::items).unwrap_or_default();
            let variables = variables.iter().filter_map(|variable| {
                Some((variable.text_at("name")?, variable.text_at("value")?))
            });
            let options = Options::of(pairs(&words).into_iter().chain(variables));
            for host in options.hosts() {
                // Beside it in its own pod, which may be reached by other ports as well.
                let is_beside = matches!(host, "localhost" | "127");
                let target =
                    if is_beside { workload.own_target() } else { cluster.target_of(host) };
                let credit = if cluster.is_inside(host) { ENFORCED } else { PARTIAL };
                let asks = Asks::Caller { by: "oauth2-proxy".into(), credit };
                let layer = Layer::Door(format!("oauth2-proxy {}", workload.name).into());
                let exposure =
                    Exposure::new(workload.title(), workload.location(), target, layer, asks);
                exposures.extend(options.exposures(exposure));
            }
        }
    }
}

/// The exposures by a proxy of a compose file. A file that adds to another names no image.
pub(super) fn in_compose(project: &Project, proxy: &Service, exposures: &mut Vec<Exposure>) {
    let is_named = proxy.image.is_none() && proxy.name == "oauth2-proxy";
    if !is_named && !proxy.image.as_deref().is_some_and(is_proxy) {
        return;
    }
    let words: Vec<String> = proxy
        .command
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .collect();
    let variables = proxy.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let options = Options::of(pairs(&words).into_iter().chain(variables));
    for host in options.hosts() {
        let asks = Asks::Caller { by: "oauth2-proxy".into(), credit: ENFORCED };
        let layer = Layer::Machine(format!("oauth2-proxy {}", proxy.name).into());
        let name = format!("service `{}`", proxy.name);
        let exposure =
            Exposure::new(name, proxy.location, compose::target_of(project, host), layer, asks);
        exposures.extend(options.exposures(exposure));
    }
}
