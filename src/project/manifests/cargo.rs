//! `Cargo.toml`.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package},
    text, texts,
};
use crate::{
    facts::{Node, NodeKind, Text},
    project::modules::is_below,
};

const GROUPS: [(&str, DependencyKind); 3] = [
    ("dependencies", DependencyKind::Runtime),
    ("dev-dependencies", DependencyKind::Development),
    ("build-dependencies", DependencyKind::Build),
];

/// Stands for "as the workspace says" until [`inherit`] has run.
const INHERITED: &str = "workspace = true";

pub(super) fn read(source: &Source) -> Option<Package> {
    let root = source.tree()?;
    let mut package = Package::new(source, Ecosystem::Cargo);
    let declared = root.get("package");
    package.name = declared.and_then(|node| text(node, "name"));
    package.version = declared.and_then(|node| text(node, "version"));
    package.runtime = declared.and_then(|node| text(node, "rust-version"));
    package.is_private = declared.and_then(|node| node.text_at("publish")) == Some("false");
    package.workspaces = texts(root.at(&["workspace", "members"]));
    for table in ["bin", "lib"] {
        for target in root.get(table).map(Node::items).unwrap_or_default() {
            package.entries.extend(text(target, "path"));
        }
    }
    add_dependencies(&mut package, root);
    for (_, target) in root.get("target").into_iter().flat_map(Node::entries) {
        add_dependencies(&mut package, target);
    }
    Some(package)
}

fn add_dependencies(package: &mut Package, tables: &Node) {
    for (group, kind) in GROUPS {
        for (key, node) in tables.get(group).into_iter().flat_map(Node::entries) {
            let kind = if node.text_at("optional") == Some("true") {
                DependencyKind::Optional
            } else {
                kind
            };
            package.depend(
                node.text_at("package").unwrap_or(key),
                &requirement(node),
                kind,
                origin(node),
                node.span,
            );
        }
    }
}

fn requirement(node: &Node) -> Text {
    if node.text_at("workspace") == Some("true") {
        return INHERITED.into();
    }
    node.text().or_else(|| node.text_at("version")).unwrap_or_default().into()
}

fn origin(node: &Node) -> DependencySource {
    if node.get("git").is_some() {
        DependencySource::Git
    } else if node.get("path").is_some() {
        DependencySource::Local
    } else {
        DependencySource::Registry
    }
}

/// Gives members of a workspace the versions that its root declares.
pub(super) fn inherit(packages: &mut [Package], sources: &[Source]) {
    let roots: Vec<(&str, &Node)> = sources
        .iter()
        .filter(|source| source.file.name() == "Cargo.toml")
        .filter_map(|source| {
            Some((source.file.folder(), source.tree()?.at(&["workspace", "dependencies"])?))
        })
        .filter(|(_, node)| matches!(node.kind, NodeKind::Map(_)))
        .collect();
    for package in packages.iter_mut().filter(|package| package.ecosystem == Ecosystem::Cargo) {
        let root = roots
            .iter()
            .filter(|(folder, _)| package.folder == *folder || is_below(&package.folder, folder))
            .max_by_key(|(folder, _)| folder.len());
        for dependency in package.dependencies.iter_mut().filter(|one| one.requirement == INHERITED)
        {
            let declared = root.and_then(|(_, declared)| declared.get(&dependency.name));
            dependency.requirement = declared.map(requirement).unwrap_or_default();
            if let Some(declared) = declared {
                dependency.source = origin(declared);
                if let Some(name) = declared.text_at("package") {
                    dependency.name = name.into();
                }
            }
        }
    }
}
