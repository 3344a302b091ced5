use super::locks::{is_aside, is_exact, is_library, lock_of, with_slash};
use crate::{
    facts::Span,
    gap::Severity,
    project::{
        Project,
        manifests::{Dependency, DependencyKind, DependencySource, Ecosystem, Package},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let packages = &project.manifests().packages;
    let mut seen: Vec<(&str, Ecosystem)> = Vec::new();
    for package in packages {
        let key = (package.folder.as_str(), package.ecosystem);
        if is_aside(package) || seen.contains(&key) || package.ecosystem == Ecosystem::Maven {
            continue;
        }
        seen.push(key);
        let here: Vec<&Package> = packages
            .iter()
            .filter(|other| (other.folder.as_str(), other.ecosystem) == key)
            .collect();
        judge(project, &here, sites);
    }
}

fn judge(project: &Project, here: &[&Package], sites: &mut Sites) {
    let package = here[0];
    let asked: Vec<&Dependency> = here
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.source == DependencySource::Registry)
        .filter(|dependency| dependency.kind != DependencyKind::Peer)
        .collect();
    if asked.is_empty() || is_library(project, package) {
        return;
    }
    let place = project.location(package.file, Span::default());
    let subject = if package.folder.is_empty() { "the project" } else { &package.folder };
    let lock = lock_of(project, package);
    let committed = lock.is_none_or(|lock| lock.file.is_none_or(|file| project.file(file).tracked));
    match lock {
        Some(lock) if committed => {
            let fact = format!("`{}` pins what is installed", lock.path);
            sites.holds(place, subject, fact);
            return;
        }
        Some(lock) => {
            let message = format!("`{}` is not committed", lock.path);
            sites.gap(place, subject, message);
            return;
        }
        None => {}
    }
    if package.ecosystem == Ecosystem::Python {
        let loose = asked.iter().find(|dependency| !is_exact(&dependency.requirement));
        match loose {
            None => {
                sites.holds(place, subject, "every requirement names one version").credit(0.8);
            }
            Some(loose) => {
                let message =
                    format!("no lock file, and `{}` may be any of several versions", loose.name);
                sites.gap(place, subject, message).because(loose.location, "not one version");
            }
        }
        return;
    }
    let verified = format!("{}gradle/verification-metadata.xml", with_slash(&package.folder));
    if package.ecosystem == Ecosystem::Gradle && project.names().contains(&verified) {
        sites.holds(place, subject, "what is downloaded is verified");
        return;
    }
    let site = sites.gap(place, subject, "no lock file pins what is installed");
    if package.ecosystem == Ecosystem::Gradle {
        site.severity(Severity::Low);
    }
}
