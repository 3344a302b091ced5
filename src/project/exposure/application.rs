//! Which application of the repository an exposure leads to.

use std::collections::BTreeSet;

use crate::{
    facts::Text,
    project::{Project, Route},
};

/// What an exposure says of where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The code in a folder; empty for the root.
    Folder(Text),
    /// Something with one of these names: of a service, a workload, an image, a label.
    Named(Vec<Text>),
}

/// Names under which what others made is deployed beside an application.
const OTHERS: [&str; 34] = [
    "adminer",
    "alertmanager",
    "argocd",
    "authelia",
    "authentik",
    "caddy",
    "cert-manager",
    "cloudflared",
    "dex",
    "elasticsearch",
    "flower",
    "grafana",
    "ingress-nginx",
    "jaeger",
    "kafka",
    "keycloak",
    "kibana",
    "loki",
    "mailhog",
    "mailpit",
    "minio",
    "mongo",
    "mongodb",
    "mysql",
    "nginx",
    "oauth2-proxy",
    "pgadmin",
    "phpmyadmin",
    "postgres",
    "postgresql",
    "prometheus",
    "rabbitmq",
    "redis",
    "traefik",
];

impl Target {
    pub(super) fn named(name: &str) -> Self {
        Self::Named(vec![name.into()])
    }

    /// Does it lead to the code in `folder`? Only what [`Applications::find`] returned is asked.
    pub(super) fn reaches(&self, folder: &str) -> bool {
        match self {
            Self::Folder(own) => *own == folder,
            Self::Named(_) => false,
        }
    }
}

/// Why a target is taken for an application of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    Named,
    /// It is the only thing that is deployed, and the application the only one there is.
    Alone,
}

/// The folder of the application that a route belongs to.
pub(super) fn folder_of<'p>(project: &'p Project, route: &Route) -> &'p str {
    project.package_folder(route.handler.map_or(route.location.file, |handler| handler.file))
}

/// The applications of a repository: the packages that something outside may call.
pub(super) struct Applications {
    all: Vec<Application>,
    /// All targets by name are the same thing, which is then the only application.
    is_one_target: bool,
}

struct Application {
    folder: Text,
    /// In the form of [`plain`].
    names: BTreeSet<String>,
}

impl Applications {
    pub(super) fn of<'t>(project: &Project, targets: impl Iterator<Item = &'t Target>) -> Self {
        let routes = project.routes().iter().filter(|route| route.ships(project));
        let folders: BTreeSet<&str> = routes.map(|route| folder_of(project, route)).collect();
        let application = |folder: &str| {
            let packages = project.manifests().packages.iter();
            let named = packages.filter(|package| package.folder == folder);
            let names = named.filter_map(|package| package.name.as_deref());
            let last = folder.rsplit('/').next().filter(|last| !last.is_empty());
            Application { folder: folder.into(), names: names.chain(last).map(plain).collect() }
        };
        let named = targets.filter_map(|target| match target {
            Target::Named(names) => Some(names.as_slice()),
            Target::Folder(_) => None,
        });
        let is_one_target = are_one(named.filter(|names| !is_of_others(names)));
        Self { all: folders.into_iter().map(application).collect(), is_one_target }
    }

    /// The target as the folder of one application, and whether its names or its folder say so; nothing where it
    /// cannot be told which is meant.
    pub(super) fn find(&self, target: &Target) -> Option<(Target, Certainty)> {
        let found = match target {
            Target::Folder(folder) => {
                let exact = self.all.iter().find(|one| one.folder == *folder);
                let inside = || only(self.all.iter().filter(|one| overlap(&one.folder, folder)));
                exact.or_else(inside).map(|found| (found, Certainty::Named))
            }
            Target::Named(names) if is_of_others(names) => None,
            Target::Named(names) => {
                let has_name =
                    |one: &&Application| names.iter().any(|name| one.names.contains(&plain(name)));
                let named = only(self.all.iter().filter(has_name));
                let alone = || only(self.all.iter()).filter(|_| self.is_one_target);
                named
                    .map(|found| (found, Certainty::Named))
                    .or_else(|| alone().map(|found| (found, Certainty::Alone)))
            }
        };
        found
            .map(|(application, certainty)| (Target::Folder(application.folder.clone()), certainty))
    }
}

/// The one that there is; nothing where there are several.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

/// Is one of the folders inside the other?
fn overlap(one: &str, other: &str) -> bool {
    let is_inside = |inner: &str, outer: &str| {
        outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    is_inside(one, other) || is_inside(other, one)
}

fn is_of_others(names: &[Text]) -> bool {
    names.iter().any(|name| {
        OTHERS.iter().any(|other| {
            let rest = name.strip_prefix(other);
            rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
        })
    })
}

/// Do all share names with one another, directly or by others between them?
fn are_one<'n>(targets: impl Iterator<Item = &'n [Text]>) -> bool {
    let mut groups: Vec<BTreeSet<String>> = Vec::new();
    for names in targets {
        let mut joined: BTreeSet<String> = names.iter().map(|name| plain(name)).collect();
        groups.retain(|group| {
            let is_apart = group.is_disjoint(&joined);
            if !is_apart {
                joined.extend(group.iter().cloned());
            }
            is_apart
        });
        groups.push(joined);
    }
    groups.len() == 1
}

/// A name as far as services, images, folders and packages of one application share it: `@acme/orders_api` is
/// `orders-api`, and so is the service `orders-api-svc`.
fn plain(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase().replace('_', "-");
    let ends = ["-service", "-svc", "-deployment"];
    let bare = ends.iter().find_map(|end| name.strip_suffix(end));
    bare.unwrap_or(&name).to_owned()
}
