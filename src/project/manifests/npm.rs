//! `package.json`.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package, Script},
    text, texts,
};
use crate::facts::{Node, NodeKind};

const GROUPS: [(&str, DependencyKind); 4] = [
    ("dependencies", DependencyKind::Runtime),
    ("devDependencies", DependencyKind::Development),
    ("optionalDependencies", DependencyKind::Optional),
    ("peerDependencies", DependencyKind::Peer),
];

pub(super) fn read(source: &Source) -> Option<Package> {
    let root = source.tree()?;
    let mut package = Package::new(source, Ecosystem::Npm);
    package.name = text(root, "name");
    package.version = text(root, "version");
    package.is_private = root.text_at("private") == Some("true");
    package.runtime = root.at(&["engines", "node"]).and_then(Node::text).map(Into::into);
    for (group, kind) in GROUPS {
        for (name, node) in root.get(group).into_iter().flat_map(Node::entries) {
            let requirement = node.text().unwrap_or_default();
            package.depend(name, requirement, kind, origin(requirement), node.span);
        }
    }
    for (name, node) in root.get("scripts").into_iter().flat_map(Node::entries) {
        if let Some(command) = node.text() {
            let location = source.at(node.span);
            package.scripts.push(Script { name: name.into(), command: command.into(), location });
        }
    }
    let workspaces = root.get("workspaces");
    package.workspaces = match workspaces.and_then(|node| node.get("packages")) {
        Some(packages) => texts(Some(packages)),
        None => texts(workspaces),
    };
    for key in ["main", "module", "browser", "bin", "exports"] {
        if let Some(node) = root.get(key) {
            collect_texts(node, &mut package.entries);
        }
    }
    Some(package)
}

/// `exports` and `bin` hold paths at any depth; the reader of JSON bounds it.
fn collect_texts(node: &Node, found: &mut Vec<crate::facts::Text>) {
    match &node.kind {
        NodeKind::Text(path) => found.push(path.clone()),
        NodeKind::List(items) => items.iter().for_each(|item| collect_texts(item, found)),
        NodeKind::Map(entries) => {
            for (_, _, item) in entries {
                collect_texts(item, found);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

fn origin(requirement: &str) -> DependencySource {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| requirement.starts_with(prefix));
    if starts(&["workspace:", "file:", "link:", "portal:", "./", "../"]) {
        DependencySource::Local
    } else if starts(&["git", "github:", "gitlab:", "bitbucket:", "ssh:"])
        || requirement.contains(".git#")
    {
        DependencySource::Git
    } else if starts(&["http:", "https:"]) {
        DependencySource::Address
    } else if requirement.contains('/') && !starts(&["npm:", "catalog:", "@"]) {
        // `owner/repository` is short for GitHub.
        DependencySource::Git
    } else {
        DependencySource::Registry
    }
}
