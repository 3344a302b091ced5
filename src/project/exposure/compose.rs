//! Compose files: the ports that a machine opens, routers of Traefik in labels, and proxies that ask.

use super::{
    Asks, Exposure, Layer, Target, is_deployed, oauth2_proxy,
    traefik::{self, Rule},
};
use crate::{
    facts::Text,
    project::{
        Project,
        manifests::{Service, image_name, published_port},
        modules::join,
    },
};

pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    let services: Vec<&Service> = project
        .manifests()
        .services
        .iter()
        .filter(|service| is_deployed(project.file(service.file)))
        .collect();
    let mut middlewares = traefik::in_files(project);
    middlewares.extend(services.iter().flat_map(|service| labelled_middlewares(service)));
    for service in &services {
        let target = target(project, service);
        routers(service, &target, &middlewares, exposures);
        if service.ports.iter().any(|port| published_port(port).is_some()) {
            let layer = Layer::Machine(format!("port of {}", service.name).into());
            let name = format!("the port of service `{}`", service.name);
            exposures.push(Exposure::new(name, service.location, target, layer, Asks::Nobody));
        }
        oauth2_proxy::in_compose(project, service, exposures);
    }
}

/// What a name leads to in the network of a composition.
pub(super) fn target_of(project: &Project, name: &str) -> Target {
    let services = &project.manifests().services;
    let called: Vec<Target> = services
        .iter()
        .filter(|service| service.name == name)
        .map(|service| target(project, service))
        .collect();
    let built = called.iter().find(|target| matches!(target, Target::Folder(_)));
    built.or_else(|| called.first()).cloned().unwrap_or_else(|| Target::named(name))
}

fn target(project: &Project, service: &Service) -> Target {
    if let Some(folder) = &service.build_folder {
        return Target::Folder(join(project.file(service.file).folder(), folder).into());
    }
    let image = service.image.as_deref().and_then(image_name);
    Target::Named(image.into_iter().chain([service.name.as_str()]).map(Text::from).collect())
}

/// `traefik.http.middlewares.NAME.forwardauth.address`
fn labelled_middlewares(service: &Service) -> impl Iterator<Item = (Text, Asks)> {
    service.labels.iter().filter_map(|(label, _)| {
        let label = label.to_ascii_lowercase();
        let mut parts = label.strip_prefix("traefik.http.middlewares.")?.split('.');
        let (name, kind) = (parts.next()?, parts.next()?);
        Some((name.into(), traefik::asked_by_kind(kind)))
    })
}

/// `traefik.http.routers.NAME.rule` with `.middlewares`
fn routers(
    service: &Service,
    target: &Target,
    middlewares: &[(Text, Asks)],
    exposures: &mut Vec<Exposure>,
) {
    let parts = |label: &str| {
        let (router, option) = label.strip_prefix("traefik.http.routers.")?.split_once('.')?;
        Some((router.to_owned(), option.to_owned()))
    };
    for (label, rule) in &service.labels {
        let Some((router, option)) = parts(&label.to_ascii_lowercase()) else { continue };
        if option != "rule" {
            continue;
        }
        let names = service.labels.iter().find(|(label, _)| {
            parts(&label.to_ascii_lowercase())
                .is_some_and(|(other, option)| other == router && option == "middlewares")
        });
        let names = names.map(|(_, names)| names.as_str()).unwrap_or_default();
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let asks = traefik::first(names.map(|name| {
            let name = name.split('@').next().unwrap_or(name).to_ascii_lowercase();
            let known = middlewares.iter().find(|(known, _)| *known == name);
            known.map(|(_, asks)| asks.clone())
        }));
        let rule = Rule::of(rule);
        let layer = Layer::Machine(rule.host.clone());
        let name = format!("router `{router}`");
        let exposure = Exposure::new(name, service.location, target.clone(), layer, asks);
        exposures.extend(rule.exposures(&exposure));
    }
}
