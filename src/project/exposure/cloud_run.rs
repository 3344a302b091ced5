//! Google Cloud Run: who may invoke a service, by the commands that deploy it and by Terraform; and the proxy
//! that asks before it.
//!
//! Without a grant to everybody only callers that IAM knows pass.
//! <https://cloud.google.com/run/docs/authenticating/public>

use super::{
    Asks, ENFORCED, Exposure, Layer, PARTIAL, Target, is_deployed,
    terraform::{Resource, Resources},
};
use crate::{
    facts::{Document, Language, Node, Span, Text},
    project::{Location, Project},
};

const SERVICES: [&str; 2] = ["google_cloud_run_service", "google_cloud_run_v2_service"];

const GRANTS: [&str; 6] = [
    "google_cloud_run_service_iam_binding",
    "google_cloud_run_service_iam_member",
    "google_cloud_run_service_iam_policy",
    "google_cloud_run_v2_service_iam_binding",
    "google_cloud_run_v2_service_iam_member",
    "google_cloud_run_v2_service_iam_policy",
];

/// Services of load balancers and applications for which Google's proxy may ask.
const BEHIND_PROXY: [&str; 3] = [
    "google_app_engine_application",
    "google_compute_backend_service",
    "google_compute_region_backend_service",
];

/// The services of Terraform, with the grants that name them.
pub(super) fn of_resources(resources: &Resources, exposures: &mut Vec<Exposure>) {
    for service in resources.of_kinds(&SERVICES) {
        let grants = resources.of_kinds(&GRANTS);
        let mut grants: Vec<&Resource> = grants
            .filter(|grant| {
                ["service", "name"].iter().any(|key| {
                    grant.refers_to(key, service) || grant.text(key) == service.text("name")
                })
            })
            .collect();
        grants.sort_by_key(|grant| is_for_all(resources, grant));
        let open = grants.last().copied().filter(|grant| is_for_all(resources, grant));
        let is_variable = |grant: &&&Resource| {
            let members = [grant.block.value("member"), grant.block.value("members")];
            members.iter().any(|member| member.contains("var.") || member.contains("each."))
        };
        // What comes by the load balancer alone is asked there.
        let is_inner = service.text("ingress").to_lowercase().contains("internal")
            || service
                .block
                .inner("metadata")
                .any(|metadata| metadata.value("annotations").contains("internal"));
        let (at, asks) = match open {
            _ if service.text("iap_enabled") == "true" => (service, caller("IAP")),
            _ if service.text("invoker_iam_disabled") == "true" && !is_inner => {
                (service, Asks::Everybody)
            }
            Some(_) if is_inner => continue,
            Some(grant) => (grant, Asks::Everybody),
            None if grants.iter().any(|grant| is_variable(&grant)) => (service, Asks::Unclear),
            None => (service, caller("IAM")),
        };
        let names = [service.text("name"), service.label()].map(Text::from);
        let target = Target::Named(names.to_vec());
        exposures.push(wall(at.title(), at.location(), target, asks));
    }
    for service in resources.of_kinds(&BEHIND_PROXY) {
        let mut proxy = service.block.inner("iap");
        if proxy.any(|iap| iap.value("enabled") != "false") {
            let names = [service.text("name"), service.label()].map(Text::from);
            let asks = Asks::Caller { by: "IAP".into(), credit: PARTIAL };
            let layer = Layer::Door(service.label().into());
            let target = Target::Named(names.to_vec());
            exposures.push(Exposure::new(service.title(), service.location(), target, layer, asks));
        }
    }
}

fn is_for_all(resources: &Resources, grant: &Resource) -> bool {
    let policy = resources.looked_up(grant.text("policy_data"));
    let bindings = policy.into_iter().flat_map(|policy| policy.block.inner("binding"));
    let own = [grant.block.value("member"), grant.block.value("members")].into_iter();
    own.chain(bindings.map(|binding| binding.value("members")))
        .any(|members| members.contains("allUsers"))
}

fn caller(by: &str) -> Asks {
    Asks::Caller { by: by.into(), credit: ENFORCED }
}

fn wall(name: String, location: Location, target: Target, asks: Asks) -> Exposure {
    Exposure::new(name, location, target, Layer::Wall("cloud run".into()), asks)
}

/// The commands of scripts and pipelines that deploy a service.
pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    for workflow in &project.manifests().workflows {
        if !is_deployed(project.file(workflow.file)) {
            continue;
        }
        for step in workflow.jobs.iter().flat_map(|job| &job.steps) {
            let with = |key: &str| {
                step.with.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
            };
            let is_action = step
                .uses
                .as_deref()
                .is_some_and(|uses| uses.starts_with("google-github-actions/deploy-cloudrun"));
            if is_action {
                let (name, flags) =
                    (with("service").unwrap_or_default(), with("flags").unwrap_or_default());
                exposures.extend(deployed(name, flags, step.location));
            }
            let run = step.run.as_deref().unwrap_or_default();
            exposures.extend(commands(run, |_| step.location));
        }
    }
    for (id, unit) in project.units().filter(|(_, unit)| is_deployed(&unit.file)) {
        if unit.file.language == Language::Shell {
            exposures.extend(commands(&unit.file.text, |span| project.location(id, span)));
        } else if let Some(Document::Tree(roots)) = &unit.facts.document
            && unit.file.name().starts_with("cloudbuild")
        {
            let steps = roots.first().and_then(|root| root.get("steps"));
            for step in steps.map(Node::items).unwrap_or_default() {
                let words = step.get("args").map(Node::items).unwrap_or_default();
                let words: Vec<&str> = words.iter().filter_map(Node::text).collect();
                let command = format!("gcloud {}", words.join(" "));
                exposures.extend(commands(&command, |_| project.location(id, step.span)));
            }
        }
    }
}

/// `gcloud run deploy NAME … --no-allow-unauthenticated`, one exposure a command that says who may come in. `place`
/// tells where a part of the text stands.
fn commands(text: &str, place: impl Fn(Span) -> Location) -> Vec<Exposure> {
    const FORMS: [&str; 3] =
        ["run deploy", "run services update", "run services add-iam-policy-binding"];
    // As long as what it stands for, so that offsets hold.
    let joined = text.replace("\\\n", "  ");
    let mut found = Vec::new();
    let mut start = 0;
    for whole in joined.split_inclusive('\n') {
        let end = start + whole.trim_end().len();
        let span = Span::new(offset(start), offset(end));
        start += whole.len();
        let line = whole.split(" #").next().unwrap_or(whole).trim();
        let Some((before, options)) = FORMS.into_iter().find_map(|form| line.split_once(form))
        else {
            continue;
        };
        let name = options.split_whitespace().next().filter(|name| !name.starts_with('-'));
        if !line.starts_with('#') && before.contains("gcloud") {
            found.extend(deployed(name.unwrap_or_default(), options, place(span)));
        }
    }
    found
}

/// Files are capped far below four thousand million bytes.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn deployed(name: &str, options: &str, location: Location) -> Option<Exposure> {
    let has = |option: &str| options.split([' ', '\n', '"', '\'', '\\']).any(|word| word == option);
    let asks = if has("--no-allow-unauthenticated") || has("--allow-unauthenticated=false") {
        caller("--no-allow-unauthenticated")
    } else if has("--iap") {
        caller("--iap")
    } else if options.contains("allUsers")
        || has("--allow-unauthenticated")
            && !options.contains("--ingress=internal")
            && !options.contains("--ingress internal")
    {
        Asks::Everybody
    } else {
        return None;
    };
    let name = name.trim_matches(['"', '\'']);
    let title = if name.is_empty() {
        "the Cloud Run service".into()
    } else {
        format!("Cloud Run service `{name}`")
    };
    // A name that a variable holds is told nowhere.
    let is_variable = name.contains('$');
    let names = if is_variable || name.is_empty() { "cloud-run" } else { name };
    Some(wall(title, location, Target::named(names), asks))
}
