use crate::{
    facts::{EntryKey, ExpressionKind, File, Role, SecretClass, SecretHit, secret::DATABASE_URL},
    gap::Severity,
    project::{FileId, Project},
    rules::Sites,
};

/// Databases that are sold as a service answer to the whole world.
const PUBLIC_HOSTS: [&str; 16] = [
    "supabase.co",
    "supabase.com",
    "neon.tech",
    "rds.amazonaws.com",
    "mongodb.net",
    "railway.app",
    "rlwy.net",
    "render.com",
    "psdb.cloud",
    "upstash.io",
    "aivencloud.com",
    "digitalocean.com",
    "azure.com",
    "cockroachlabs.cloud",
    "redislabs.com",
    "elephantsql.com",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if is_ours(&unit.file) {
            for hit in unit.facts.secrets.iter().filter(|hit| hit.provider == DATABASE_URL) {
                judge(project, id, hit, sites);
            }
            for (at, expression) in unit.facts.expressions() {
                if let Some(name) = environment_name(&expression.kind) {
                    let value = project.value(crate::project::In { file: id, id: at });
                    sites.holds(
                        value.location(),
                        name,
                        format!("`{name}` is taken from the environment"),
                    );
                }
            }
        }
    }
}

/// Services of a pipeline live for minutes, and manuals show how an address is written.
fn is_ours(file: &File) -> bool {
    let is_pipeline = file.path.contains(".github/")
        || file.path.contains(".circleci/")
        || file.name().contains("gitlab-ci")
        || file.path.split('/').any(|segment| segment == "workflows");
    !is_pipeline
        && !matches!(
            file.role,
            Role::Test | Role::Example | Role::Docs | Role::Vendored | Role::Generated
        )
}

fn judge(project: &Project, file: FileId, hit: &SecretHit, sites: &mut Sites) {
    let host = host_of(hit);
    let is_known = hit.class != SecretClass::Live;
    if is_known && is_local(hit) {
        return;
    }
    let severity = match (PUBLIC_HOSTS.iter().any(|known| host.ends_with(known)), is_local(hit)) {
        (true, _) => Severity::Critical,
        (false, true) => Severity::Low,
        (false, false) => Severity::High,
    };
    let message = if is_known {
        format!("the password for the database at `{host}` is a well-known default")
    } else {
        format!("the password for the database at `{host}` is written out")
    };
    sites
        .gap(project.location(file, hit.span), host, message)
        .severity(severity)
        .identity(format!("{} {}", hit.name, hit.provider));
}

fn host_of(hit: &SecretHit) -> &str {
    let host = hit.redacted.rsplit('@').next().unwrap_or_default();
    host.split([':', ',']).next().unwrap_or_default()
}

/// A host without a dot is a neighbour in a container network.
pub(super) fn is_local(hit: &SecretHit) -> bool {
    let host = host_of(hit);
    !host.contains('.')
        || host.starts_with("127.")
        || host == "0.0.0.0"
        || host == "host.docker.internal"
        || host.ends_with(".local")
        || host.ends_with(".internal")
        || host.ends_with(".localhost")
}

/// The variable that a connection string is read from.
fn environment_name(kind: &ExpressionKind) -> Option<&str> {
    let name = match kind {
        ExpressionKind::Text(text) => text.as_str(),
        ExpressionKind::Member { name, .. } => name.as_str(),
        ExpressionKind::Object(entries) => entries.iter().find_map(|entry| match &entry.key {
            EntryKey::Name(name) if name == "DATABASE_URL" => Some(name.as_str()),
            _ => None,
        })?,
        _ => return None,
    };
    let names = [
        "DATABASE_URL",
        "DATABASE_URI",
        "MONGODB_URI",
        "MONGO_URI",
        "MONGO_URL",
        "MONGODB_URL",
        "REDIS_URL",
        "POSTGRES_URL",
        "DATABASE_DSN",
        "DB_URL",
        "DATABASE_PASSWORD",
        "DB_PASSWORD",
        "POSTGRES_PASSWORD",
    ];
    names.contains(&name).then_some(name)
}
