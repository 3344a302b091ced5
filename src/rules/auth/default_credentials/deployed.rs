//! Accounts that a container or a framework creates from its settings.

use crate::{
    facts::{Document, Node, Role},
    gap::Severity,
    project::{FileId, Location, Project, manifests::Service},
    rules::{
        Sites,
        published::{image_name, is_local, is_public},
    },
};

/// Images whose administrator's password is a variable of the container.
const ADMINISTERED: [(&str, &[&str]); 12] = [
    ("grafana", &["GF_SECURITY_ADMIN_PASSWORD"]),
    ("keycloak", &["KEYCLOAK_ADMIN_PASSWORD", "KEYCLOAK_PASSWORD", "KC_BOOTSTRAP_ADMIN_PASSWORD"]),
    ("mariadb", &["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD"]),
    ("minio", &["MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"]),
    ("mongo", &["MONGO_INITDB_ROOT_PASSWORD"]),
    ("mongo-express", &["ME_CONFIG_BASICAUTH_PASSWORD"]),
    ("mssql", &["SA_PASSWORD", "MSSQL_SA_PASSWORD"]),
    ("mysql", &["MYSQL_ROOT_PASSWORD"]),
    ("neo4j", &["NEO4J_AUTH"]),
    ("pgadmin4", &["PGADMIN_DEFAULT_PASSWORD"]),
    ("postgres", &["POSTGRES_PASSWORD"]),
    ("rabbitmq", &["RABBITMQ_DEFAULT_PASS"]),
];

/// Passwords that everybody tries first.
const KNOWN: [&str; 14] = [
    "admin",
    "administrator",
    "password",
    "passwd",
    "changeme",
    "change_me",
    "root",
    "guest",
    "secret",
    "default",
    "test",
    "example",
    "123456",
    "12345678",
];

pub(super) fn collect(project: &Project, sites: &mut Sites) {
    for service in &project.manifests().services {
        if !is_local(project.file(service.file)) {
            of_service(service, sites);
        }
    }
    for (id, unit) in project.units() {
        let file = &unit.file;
        let is_for_one_machine = ["dev", "local", "test", "h2"]
            .iter()
            .any(|word| file.name().split(['-', '.', '_']).any(|part| part == *word));
        if is_for_one_machine || !matches!(file.role, Role::Source | Role::Config) {
            continue;
        }
        for (place, password) in settings(project, id, unit.facts.document.as_ref()) {
            let is_written = !password.is_empty() && !password.contains("${");
            let message = "the account of the framework has a password that stands in its settings";
            if is_written {
                sites.gap(place, "spring.security.user", message).identity("spring.security.user");
            } else {
                sites.holds(place, "spring.security.user", "its password comes from outside");
            }
        }
    }
}

fn of_service(service: &Service, sites: &mut Sites) {
    let Some(image) = image_name(service) else { return };
    let is_image = |known: &str| image == known || image.starts_with(&format!("{known}-"));
    let Some((_, variables)) = ADMINISTERED.iter().find(|(known, _)| is_image(known)) else {
        return;
    };
    let set = service.environment.iter();
    for (name, value) in set.filter(|(name, _)| variables.contains(&name.as_str())) {
        // `NEO4J_AUTH` holds the name too.
        let password = value.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let is_known = KNOWN.contains(&password.as_str())
            || password == image.to_ascii_lowercase()
            || password == service.name.to_ascii_lowercase();
        if value.is_empty() || value.contains('$') || !is_known {
            continue;
        }
        let Some(port) = service.ports.iter().find(|port| is_public(port)) else { continue };
        let message = format!(
            "`{}` is reachable by `{port}` with `{name}` at a value that everybody tries",
            service.name
        );
        sites
            .gap(service.location, &*service.name, message)
            .severity(Severity::High)
            .identity(format!("{} {name}", service.name));
    }
}

/// Where Spring's one account gets its password.
fn settings<'p>(
    project: &Project,
    id: FileId,
    document: Option<&'p Document>,
) -> Vec<(Location, &'p str)> {
    match document {
        Some(Document::Settings(settings)) => settings
            .iter()
            .filter(|setting| setting.name == "spring.security.user.password")
            .map(|setting| (project.location(id, setting.span), setting.value.as_str()))
            .collect(),
        Some(Document::Tree(roots)) => roots
            .iter()
            .filter_map(|root| root.at(&["spring", "security", "user", "password"]))
            .filter_map(|node: &Node| Some((project.location(id, node.span), node.text()?)))
            .collect(),
        _ => Vec::new(),
    }
}
