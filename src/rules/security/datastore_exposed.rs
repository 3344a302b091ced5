use super::published::{image_name, is_local, is_open};
use crate::{
    gap::Severity,
    project::{Project, manifests::Service},
    rules::Sites,
};

/// Stores and brokers by the name of their image, with the port that they listen on.
const STORES: [(&str, &str); 15] = [
    ("postgres", "5432"),
    ("mysql", "3306"),
    ("mariadb", "3306"),
    ("mongo", "27017"),
    ("redis", "6379"),
    ("valkey", "6379"),
    ("elasticsearch", "9200"),
    ("opensearch", "9200"),
    ("rabbitmq", "5672"),
    ("memcached", "11211"),
    ("qdrant", "6333"),
    ("weaviate", "8080"),
    ("chroma", "8000"),
    ("clickhouse", "8123"),
    ("neo4j", "7687"),
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for service in &project.manifests().services {
        let file = project.file(service.file);
        if is_local(file) {
            continue;
        }
        let Some(port) = port_of(service) else { continue };
        let published = service.ports.iter().find(|published| is_open(published, port));
        match published {
            None => {
                sites.holds(service.location, &*service.name, "only its neighbours reach it");
            }
            Some(published) => {
                let has_password = service
                    .environment
                    .iter()
                    .any(|(name, value)| name.contains("PASSWORD") && !value.is_empty());
                let severity = if has_password { Severity::Medium } else { Severity::High };
                let message = format!(
                    "`{}` is published on every address of the machine by `{published}`",
                    service.name
                );
                sites
                    .gap(service.location, &*service.name, message)
                    .severity(severity)
                    .identity(&*service.name);
            }
        }
    }
}

fn port_of(service: &Service) -> Option<&'static str> {
    let name = image_name(service)?;
    STORES
        .iter()
        .find(|(known, _)| name == *known || name.starts_with(&format!("{known}-")))
        .map(|(_, port)| *port)
}
