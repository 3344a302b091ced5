//! `pom.xml`.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package},
    text, texts,
};
use crate::facts::Node;

pub(super) fn read(source: &Source) -> Option<Package> {
    let project = source.tree()?.get("project")?;
    let mut package = Package::new(source, Ecosystem::Maven);
    let parent = project.get("parent");
    let group =
        text(project, "groupId").or_else(|| parent.and_then(|parent| text(parent, "groupId")));
    package.name = text(project, "artifactId")
        .map(|artifact| format!("{}:{artifact}", group.unwrap_or_default()).into());
    package.version = text(project, "version");
    package.runtime =
        project.at(&["properties", "java.version"]).and_then(Node::text).map(Into::into);
    package.workspaces = project
        .get("modules")
        .into_iter()
        .flat_map(Node::entries)
        .flat_map(|(_, module)| texts(Some(module)))
        .collect();
    for dependency in children(project.get("dependencies"), "dependency") {
        let kind = match dependency.text_at("scope") {
            Some("test") => DependencyKind::Development,
            Some("provided" | "system") => DependencyKind::Build,
            _ if dependency.text_at("optional") == Some("true") => DependencyKind::Optional,
            _ => DependencyKind::Runtime,
        };
        add(&mut package, project, dependency, kind);
    }
    for plugin in children(project.at(&["build", "plugins"]), "plugin") {
        add(&mut package, project, plugin, DependencyKind::Build);
    }
    if let Some(parent) = parent {
        add(&mut package, project, parent, DependencyKind::Build);
    }
    Some(package)
}

fn children<'n>(parent: Option<&'n Node>, name: &'n str) -> impl Iterator<Item = &'n Node> {
    let entries = parent.into_iter().flat_map(Node::entries);
    entries.filter(move |(key, _)| *key == name).map(|(_, node)| node)
}

fn add(package: &mut Package, project: &Node, node: &Node, kind: DependencyKind) {
    let Some(artifact) = node.text_at("artifactId") else { return };
    let group = node.text_at("groupId").unwrap_or("org.apache.maven.plugins");
    let requirement = resolved(project, node.text_at("version").unwrap_or_default());
    let name = format!("{group}:{artifact}");
    package.depend(&name, requirement, kind, DependencySource::Registry, node.span);
}

/// The value of `${name}`, where this file's own properties give it.
fn resolved<'n>(project: &'n Node, version: &'n str) -> &'n str {
    let name = version.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.and_then(|name| project.get("properties")?.text_at(name)).unwrap_or(version)
}
