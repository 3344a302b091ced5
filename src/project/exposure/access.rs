//! Cloudflare Access: policies at the edge of Cloudflare's network.
//!
//! <https://developers.cloudflare.com/cloudflare-one/access-controls/policies/>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, Target,
    pattern::Pattern,
    terraform::{Resource, Resources},
};
use crate::project::{Project, manifests::image_name};

const APPLICATIONS: [&str; 2] =
    ["cloudflare_access_application", "cloudflare_zero_trust_access_application"];

const POLICIES: [&str; 2] = ["cloudflare_access_policy", "cloudflare_zero_trust_access_policy"];

/// With a tunnel the application has no address of its own.
const TUNNELS: [&str; 3] =
    ["cloudflare_argo_tunnel", "cloudflare_tunnel", "cloudflare_zero_trust_tunnel_cloudflared"];

pub(super) fn read(project: &Project, resources: &Resources, exposures: &mut Vec<Exposure>) {
    let services = &project.manifests().services;
    let is_composed = services
        .iter()
        .any(|service| service.image.as_deref().and_then(image_name) == Some("cloudflared"));
    let has_tunnel = is_composed || resources.of_kinds(&TUNNELS).next().is_some();
    for application in resources.of_kinds(&APPLICATIONS) {
        let policies: Vec<&Resource> = resources
            .of_kinds(&POLICIES)
            .filter(|policy| policy.refers_to("application_id", application))
            .collect();
        let lets_pass = policies.iter().find(|policy| policy.text("decision") == "bypass");
        let credit = if has_tunnel { ENFORCED } else { PARTIAL };
        // Without a policy nobody passes at all.
        let (at, asks) = match lets_pass {
            Some(policy) => (*policy, Asks::Everybody),
            None => (application, Asks::Caller { by: "Cloudflare Access".into(), credit }),
        };
        let host = "cloudflare".into();
        // The ports that a compose file opens lead past a tunnel of the same file.
        let layer = if is_composed { Layer::Machine(host) } else { Layer::Door(host) };
        let domain = application.text("domain");
        let path = domain.rsplit('}').next().unwrap_or(domain);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        let target = Target::named(application.label());
        let exposure = Exposure::new(at.title(), at.location(), target, layer, asks);
        exposures.push(exposure.below(Pattern::below(path)));
    }
}
