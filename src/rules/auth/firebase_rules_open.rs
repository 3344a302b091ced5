use crate::{
    facts::{Document, Node, NodeKind, Role},
    gap::{Confidence, Severity},
    project::{FileId, Project, Unit},
    rules::Sites,
};

mod language;

use language::{Allow, Condition, condition, read};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if !is_deployed(project, unit) {
            continue;
        }
        let text = &unit.file.text;
        if text.contains("service cloud.firestore") || text.contains("service firebase.storage") {
            for allow in read(text) {
                of_allow(project, id, &allow, sites);
            }
        } else if let Some(Document::Tree(roots)) = &unit.facts.document {
            for rules in roots.iter().filter_map(|root| root.get("rules")) {
                of_tree(project, id, rules, sites);
            }
        }
    }
}

/// Is it a file of rules, and the one that is deployed where the project says which one that is?
fn is_deployed(project: &Project, unit: &Unit) -> bool {
    let file = &unit.file;
    let is_rules = file.name().ends_with(".rules")
        || file.name().ends_with("rules.json")
        || file.name().ends_with("rules.bolt");
    if !is_rules || matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored) {
        return false;
    }
    let mut named = project.units().filter(|(_, other)| {
        other.file.name() == "firebase.json" && file.path.starts_with(other.file.folder())
    });
    let mut configured = named.by_ref().peekable();
    configured.peek().is_none()
        || configured.any(|(_, other)| other.file.text.contains(file.name()))
}

fn of_allow(project: &Project, id: FileId, allow: &Allow, sites: &mut Sites) {
    let place = project.location(id, allow.span);
    let subject = format!("{} {}", allow.verbs.join(", "), allow.path);
    let writes = allow
        .verbs
        .iter()
        .any(|verb| matches!(verb.as_str(), "write" | "create" | "update" | "delete"));
    judge(place, subject, &allow.path, writes, allow.condition, sites);
}

fn judge(
    place: crate::project::Location,
    subject: String,
    path: &str,
    writes: bool,
    condition: Condition,
    sites: &mut Sites,
) {
    let severity = if writes { Severity::Critical } else { Severity::High };
    let what = if writes { "change" } else { "read" };
    match condition {
        Condition::Nobody | Condition::Asked => {
            sites.holds(place, subject, "a condition stands before it");
        }
        Condition::Everybody if !writes && is_published(path) => {
            sites.holds(place, subject, "it is published, and nobody can change it");
        }
        Condition::Everybody => {
            let message = format!("everybody can {what} `{path}`");
            sites.gap(place, subject, message).severity(severity).confidence(Confidence::Certain);
        }
        Condition::UntilDate => {
            let message = format!("everybody can {what} `{path}` up to a date");
            sites.gap(place, subject, message).severity(severity).confidence(Confidence::Certain);
        }
        Condition::SignedIn if is_personal(path) => {
            let message = format!("everybody who signs up can {what} `{path}` of everybody else");
            sites.gap(place, subject, message).severity(Severity::Medium);
        }
        Condition::SignedIn => {
            sites.holds(place, subject, "only who is signed in gets through");
        }
    }
}

/// Collections that are there to be read.
fn is_published(path: &str) -> bool {
    path.split('/').any(|segment| segment.to_ascii_lowercase().starts_with("publi"))
}

/// Everything at once, or what belongs to one user.
fn is_personal(path: &str) -> bool {
    path.contains("=**}")
        || path.split('/').any(|segment| {
            let plain = segment.trim_matches(['{', '}', '$']).to_ascii_lowercase();
            matches!(plain.as_str(), "uid" | "userid" | "user_id" | "users" | "profiles")
        })
}

/// Rules of the Realtime Database, which are a tree: `".write": true` counts for all that is below.
fn of_tree(project: &Project, id: FileId, rules: &Node, sites: &mut Sites) {
    let mut pending = vec![(String::from("/"), rules)];
    while let Some((path, node)) = pending.pop() {
        for (key, child) in node.entries() {
            let writes = key == ".write";
            if writes || key == ".read" {
                let condition = match &child.kind {
                    NodeKind::Bool(true) => Condition::Everybody,
                    NodeKind::Bool(false) => Condition::Nobody,
                    NodeKind::Text(text) => condition(text, &[]),
                    _ => continue,
                };
                let subject = format!("{} {path}", &key[1..]);
                // At the root it counts for everything.
                let reach = if path == "/" { "/{everything=**}" } else { &path };
                let place = project.location(id, child.span);
                judge(place, subject, reach, writes, condition, sites);
            } else if !key.starts_with('.') {
                pending.push((format!("{}/{key}", path.trim_end_matches('/')), child));
            }
        }
    }
}
