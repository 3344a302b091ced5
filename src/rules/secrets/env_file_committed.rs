use crate::{
    facts::{File, Role, SecretClass, SecretHit, Span, Strength, secret::DATABASE_URL},
    gap::Severity,
    project::{Project, Unit},
    rules::Sites,
};

use super::secret_in_build_or_deploy::is_deployment;

/// Files that hold what differs between installations, by their whole name.
const NAMES: [&str; 16] = [
    ".env",
    ".envrc",
    ".dev.vars",
    ".flaskenv",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
    "secrets.json",
    "local.settings.json",
    "terraform.tfvars",
    "terraform.tfstate",
    ".pypirc",
    ".netrc",
    ".npmrc",
    ".htpasswd",
    "credentials.json",
];

/// Parts of a name that make such a file a template for people to copy.
const TEMPLATES: [&str; 7] = ["example", "sample", "template", "dist", "defaults", "tmpl", "test"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let file = &unit.file;
        if !file.tracked || !is_environment(file) || is_deployment(file) {
            continue;
        }
        let top = project.location(id, Span::default());
        let Some((severity, span, what)) = worst(unit) else {
            sites.holds(top, &*file.path, "it holds no secret, only public and local values");
            continue;
        };
        let message = format!("`{}` is in the repository and holds {what}", file.path);
        let place = project.location(id, span);
        let mut site =
            sites.gap(place, &*file.path, message).severity(severity).identity(&*file.path);
        for hit in unit.facts.secrets.iter().filter(|hit| counts(hit) && hit.span != span) {
            site = site.because(project.location(id, hit.span), format!("a {}", hit.title));
        }
        for one in unit.facts.credentials.iter().filter(|one| one.span != span) {
            site =
                site.because(project.location(id, one.span), format!("a value for `{}`", one.name));
        }
    }
}

fn is_environment(file: &File) -> bool {
    let name = file.name();
    let is_named = NAMES.contains(&name)
        || name.starts_with(".env.")
        || name.ends_with(".env")
        || name.ends_with(".tfvars")
        || name.ends_with(".tfstate");
    let is_template = name.split(['.', '-', '_']).any(|part| TEMPLATES.contains(&part));
    is_named
        && !is_template
        && !matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored)
}

/// The worst that the file holds, and where.
fn worst(unit: &Unit) -> Option<(Severity, Span, String)> {
    let hits = unit.facts.secrets.iter().filter(|hit| counts(hit)).map(|hit| {
        let severity =
            if hit.class == SecretClass::Live { Severity::Critical } else { Severity::High };
        (severity, hit.span, format!("a {}", hit.title))
    });
    let credentials = unit.facts.credentials.iter();
    let credentials = credentials.filter(|one| one.strength != Strength::Words || !one.is_fallback);
    let credentials =
        credentials.map(|one| (Severity::High, one.span, format!("a value for `{}`", one.name)));
    // The first in the file of those that are worst.
    hits.chain(credentials).min_by_key(|(severity, span, _)| (std::cmp::Reverse(*severity), *span))
}

/// A password that everybody knows opens only what runs on the own machine.
fn counts(hit: &SecretHit) -> bool {
    hit.provider != DATABASE_URL
        || hit.class == SecretClass::Live && !super::database_url_with_password::is_local(hit)
}
