use crate::{
    facts::{
        Credential, Document, File, Language, Node, Role, Span, Strength,
        secret::{
            is_secret_name, is_signing_name,
            placeholder::{decoded, is_address, is_default, is_placeholder},
            words,
        },
    },
    gap::{Confidence, Severity},
    project::{FileId, Project, Unit},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let is_ours = !matches!(
            unit.file.role,
            Role::Test | Role::Example | Role::Docs | Role::Vendored | Role::Script
        );
        if !is_ours || !is_deployment(&unit.file) {
            continue;
        }
        let before = sites.is_empty();
        written_out(project, id, unit, sites);
        match &unit.facts.document {
            Some(Document::Container(_)) => container(project, id, sites),
            Some(Document::Tree(roots)) => {
                for root in roots {
                    kubernetes_secret(project, id, root, sites);
                }
            }
            _ => {}
        }
        if before == sites.is_empty() {
            let fact = "no secret is written out";
            sites.holds(project.location(id, Span::default()), &*unit.file.path, fact);
        }
    }
}

/// Container definitions, compose files, pipelines, cluster and infrastructure definitions.
pub(super) fn is_deployment(file: &File) -> bool {
    let name = file.name();
    let is_yaml = file.language == Language::Yaml;
    let in_folder =
        |folders: &[&str]| file.path.split('/').any(|segment| folders.contains(&segment));
    file.language == Language::Dockerfile
        || is_yaml && (name.contains("compose") || name.starts_with("docker-"))
        || is_yaml
            && in_folder(&[
                "k8s",
                "kubernetes",
                "helm",
                "charts",
                "manifests",
                "deploy",
                "deployment",
            ])
        || is_yaml
            && (file.path.contains(".github/workflows/")
                || name.contains("gitlab-ci")
                || in_folder(&[".circleci"]))
        || name.ends_with(".tf")
        || matches!(
            name,
            "render.yaml"
                | "app.yaml"
                | "fly.toml"
                | "serverless.yml"
                | "railway.json"
                | "vercel.json"
                | "wrangler.toml"
                | "netlify.toml"
                | "application.yaml"
        ) && file.role != Role::Docs
            && name != "application.yaml"
}

/// Literals under a secret's name.
fn written_out(project: &Project, id: FileId, unit: &Unit, sites: &mut Sites) {
    let is_pipeline = unit.file.path.contains(".github/");
    for one in &unit.facts.credentials {
        // A pipeline's own database lives for minutes.
        if is_pipeline && one.strength != Strength::Random || is_reference_key(unit, one) {
            continue;
        }
        let message = format!(
            "`{}` is written out where everybody who deploys or reads it sees it",
            one.name
        );
        sites
            .gap(project.location(id, one.span), &*one.name, message)
            .severity(severity(one))
            .confidence(if one.strength == Strength::Words {
                Confidence::Heuristic
            } else {
                Confidence::Likely
            })
            .identity(&*one.name);
    }
}

/// The name of an entry in a secret store: `secretKey: db-password`, `key: …`.
fn is_reference_key(unit: &Unit, one: &Credential) -> bool {
    let file = &unit.file;
    let line = file.lines.text_of(&file.text, file.lines.line_of(one.span.start)).trim();
    line.starts_with("secretName")
        || line.starts_with("secretKeyRef")
        || line.starts_with("existingSecret")
        || line.starts_with("- secret:")
}

fn severity(one: &Credential) -> Severity {
    match one.strength {
        Strength::Random => Severity::High,
        _ if is_signing_name(&one.name) => Severity::High,
        Strength::Mixed | Strength::Words => Severity::Medium,
    }
}

/// What a build argument holds stays in the image's history, and a copied file in the image.
fn container(project: &Project, id: FileId, sites: &mut Sites) {
    let containers = project.manifests().containers.iter().filter(|container| container.file == id);
    let stages = containers.flat_map(|container| &container.stages);
    for instruction in stages.flat_map(|stage| &stage.instructions) {
        let place = project.location(id, instruction.span);
        let words = instruction.arguments.split_whitespace();
        match instruction.keyword.as_str() {
            "ARG" => {
                let name = instruction.arguments.split('=').next().unwrap_or_default().trim();
                if is_secret_name(name) {
                    let message = format!(
                        "the build argument `{name}` stays readable in the image's history"
                    );
                    sites
                        .gap(place, name, message)
                        .severity(Severity::Medium)
                        .confidence(Confidence::Heuristic);
                }
            }
            "COPY" | "ADD" => {
                let mut sources: Vec<&str> = words.filter(|word| !word.starts_with("--")).collect();
                sources.pop();
                let secret = sources.iter().find(|source| is_secret_file(source));
                if let Some(secret) = secret {
                    let message = format!("`{secret}` is copied into the image");
                    sites.gap(place, *secret, message);
                }
            }
            _ => {}
        }
    }
}

fn is_secret_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_template = ["example", "sample", "template"].iter().any(|word| name.contains(word));
    !is_template
        && (name == ".env"
            || name.starts_with(".env.")
            || name.starts_with("id_rsa")
            || name == ".netrc"
            || name == ".pypirc")
}

/// A secret of a cluster is only encoded. Sealed and encrypted ones are of another kind.
fn kubernetes_secret(project: &Project, id: FileId, root: &Node, sites: &mut Sites) {
    if root.text_at("kind") != Some("Secret") || root.get("sops").is_some() {
        return;
    }
    let name = root.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
    for section in ["data", "stringData"] {
        for (key, node) in root.get(section).into_iter().flat_map(Node::entries) {
            let written = node.text().unwrap_or_default();
            let encoded = decoded(written).filter(|_| section == "data");
            let value = encoded.as_deref().unwrap_or(written).trim();
            if is_private(key) && is_secret(key, value) && !is_covered(project, id, node.span) {
                let message = format!("`{key}` of a cluster secret is in the repository");
                sites
                    .gap(project.location(id, node.span), key, message)
                    .confidence(Confidence::Heuristic)
                    .root(format!("secret {name}"))
                    .identity(key);
            }
        }
    }
}

/// Is it more than something to be filled in, and more than an address? A password that everybody tries first is one
/// all the same.
fn is_secret(key: &str, value: &str) -> bool {
    let is_filled_in = value.contains('<') || is_placeholder(value) || is_address(value);
    let is_name =
        !is_secret_name(key) && !value.contains(|sign: char| sign.is_ascii_digit() || sign == '@');
    is_secret_name(key) && is_default(value) || value.len() >= 4 && !is_filled_in && !is_name
}

/// Does the key name a secret, and not the host or the user beside it?
fn is_private(key: &str) -> bool {
    let is_word = |word: &String| {
        matches!(word.as_str(), "key" | "url" | "uri" | "dsn" | "cert" | "pass" | "auth")
    };
    is_secret_name(key) || words(key).iter().any(is_word)
}

/// Is there a credential in this place already?
fn is_covered(project: &Project, id: FileId, span: Span) -> bool {
    let facts = project.facts(id);
    facts.credentials.iter().any(|one| one.span.touches(span))
        || facts.secrets.iter().any(|hit| hit.span.touches(span))
}
