use std::collections::BTreeSet;

use crate::{
    facts::{Facts, File, Role, SecretClass, SecretHit, Span, secret::DATABASE_URL},
    gap::{Confidence, Severity},
    project::Project,
    rules::Sites,
};

/// A file with tokens of so many issuers is the test data of a program that looks for tokens.
const ISSUERS_MAX: usize = 4;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let tokens: Vec<&SecretHit> = tokens(&unit.facts).collect();
        let issuers: BTreeSet<&str> = tokens.iter().map(|hit| hit.provider.as_str()).collect();
        if issuers.len() >= ISSUERS_MAX {
            let reason = format!("it holds tokens of {} issuers, as test data does", issuers.len());
            sites.unknown(project.location(id, tokens[0].span), &*unit.file.path, reason);
            continue;
        }
        for hit in tokens {
            let (severity, confidence) = graded(hit, &unit.file);
            sites
                .gap(project.location(id, hit.span), &*hit.title, message(hit))
                .severity(severity)
                .confidence(confidence)
                .root(format!("{}:{}", unit.file.path, hit.provider))
                .identity(format!("{} {}", hit.name, hit.provider));
        }
    }
    if sites.is_empty()
        && let Some((first, _)) = project.units().find(|(_, unit)| unit.file.language.is_code())
    {
        let fact = "no file holds a credential in the form of a known issuer";
        sites.holds(project.location(first, Span::default()), "the project", fact);
    }
}

fn tokens(facts: &Facts) -> impl Iterator<Item = &SecretHit> {
    facts.secrets.iter().filter(|hit| hit.provider != DATABASE_URL)
}

fn message(hit: &SecretHit) -> String {
    let article = if hit.title.starts_with(['A', 'a', 'O']) { "an" } else { "a" };
    format!("{article} {} is readable by everyone with the repository", hit.title)
}

fn graded(hit: &SecretHit, file: &File) -> (Severity, Confidence) {
    let severity = match hit.class {
        SecretClass::Live => Severity::Critical,
        SecretClass::Test => Severity::High,
        SecretClass::Identifier => Severity::Medium,
    };
    let confidence = if hit.verified { Confidence::Certain } else { Confidence::Likely };
    if hit.provider == "private-key" && is_of_one_machine(file) {
        return (Severity::Medium, lowered(confidence));
    }
    let is_shown = matches!(file.role, Role::Test | Role::Example | Role::Docs);
    if is_shown || super::hardcoded_credential::is_test_place(&file.path) {
        (severity.lowered(), lowered(confidence))
    } else {
        (severity, confidence)
    }
}

/// `certs/localhost.key`: a key for encrypting what a developer's browser says to the same machine.
fn is_of_one_machine(file: &File) -> bool {
    let name = file.name().to_ascii_lowercase();
    ["localhost", "selfsigned", "self-signed", "self_signed", "snakeoil"]
        .iter()
        .any(|word| name.contains(word))
}

const fn lowered(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::Certain => Confidence::Likely,
        Confidence::Likely | Confidence::Heuristic => Confidence::Heuristic,
    }
}
