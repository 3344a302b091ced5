//! `pyproject.toml`, requirements files, `Pipfile` and `setup.cfg`.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package, Script},
    text, texts,
};
use crate::facts::{Node, Span};

/// PEP 621 and PEP 735, Poetry, and what uv adds.
pub(super) fn project(source: &Source) -> Option<Package> {
    let root = source.tree()?;
    let mut package = Package::new(source, Ecosystem::Python);
    let declared = root.get("project");
    let poetry = root.at(&["tool", "poetry"]);
    for table in [declared, poetry].into_iter().flatten() {
        package.name = package.name.take().or_else(|| text(table, "name"));
        package.version = package.version.take().or_else(|| text(table, "version"));
        for (name, node) in table.get("scripts").into_iter().flat_map(Node::entries) {
            let Some(command) = node.text() else { continue };
            let module = command.split(':').next().unwrap_or(command);
            package.entries.push(module.into());
            let location = source.at(node.span);
            package.scripts.push(Script { name: name.into(), command: command.into(), location });
        }
    }
    package.runtime = declared.and_then(|table| text(table, "requires-python"));
    package.workspaces = texts(root.at(&["tool", "uv", "workspace", "members"]));

    let mut add_list = |node: Option<&Node>, kind| {
        for item in node.map(Node::items).unwrap_or_default() {
            if let Some(requirement) = item.text() {
                add_requirement(&mut package, requirement, kind, item.span);
            }
        }
    };
    add_list(declared.and_then(|table| table.get("dependencies")), DependencyKind::Runtime);
    add_list(root.at(&["build-system", "requires"]), DependencyKind::Build);
    add_list(root.at(&["tool", "uv", "dev-dependencies"]), DependencyKind::Development);
    let optional = declared.and_then(|table| table.get("optional-dependencies"));
    for (_, group) in optional.into_iter().flat_map(Node::entries) {
        add_list(Some(group), DependencyKind::Optional);
    }
    for (_, group) in root.get("dependency-groups").into_iter().flat_map(Node::entries) {
        add_list(Some(group), DependencyKind::Development);
    }
    if let Some(poetry) = poetry {
        add_table(&mut package, poetry.get("dependencies"), DependencyKind::Runtime);
        add_table(&mut package, poetry.get("dev-dependencies"), DependencyKind::Development);
        for (name, group) in poetry.get("group").into_iter().flat_map(Node::entries) {
            let kind =
                if name == "main" { DependencyKind::Runtime } else { DependencyKind::Development };
            add_table(&mut package, group.get("dependencies"), kind);
        }
    }
    for (name, node) in root.at(&["tool", "uv", "sources"]).into_iter().flat_map(Node::entries) {
        let name = normalized(name);
        for dependency in package.dependencies.iter_mut().filter(|one| one.name == name) {
            dependency.source = table_origin(node.items().first().unwrap_or(node));
        }
    }
    Some(package)
}

pub(super) fn pipfile(source: &Source) -> Option<Package> {
    let root = source.tree()?;
    let mut package = Package::new(source, Ecosystem::Python);
    add_table(&mut package, root.get("packages"), DependencyKind::Runtime);
    add_table(&mut package, root.get("dev-packages"), DependencyKind::Development);
    package.runtime = root.at(&["requires", "python_version"]).and_then(Node::text).map(Into::into);
    Some(package)
}

pub(super) fn requirements(source: &Source) -> Package {
    let mut package = Package::new(source, Ecosystem::Python);
    let stem = source.file.name().to_ascii_lowercase();
    let is_development = ["dev", "test", "lint", "doc", "ci"]
        .iter()
        .any(|word| stem.split(['-', '_', '.']).any(|part| part.starts_with(word)));
    let kind = if is_development { DependencyKind::Development } else { DependencyKind::Runtime };
    for (line, span) in source.lines() {
        let line = line.split(" #").next().unwrap_or(line).trim_end_matches('\\').trim();
        if let Some(path) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")) {
            add_requirement(&mut package, path.trim(), kind, span);
        } else if !line.starts_with('-') {
            let requirement = line.split(" --hash").next().unwrap_or(line);
            add_requirement(&mut package, requirement, kind, span);
        }
    }
    package
}

/// Only the lists of requirements; `setup.py` is a program.
pub(super) fn setup(source: &Source) -> Option<Package> {
    let mut package = Package::new(source, Ecosystem::Python);
    let mut section = "";
    let mut key = "";
    for (line, span) in source.lines() {
        if line.starts_with('[') {
            (section, key) = (line, "");
            continue;
        }
        let assigned = line.split_once('=').map(|(name, value)| (name.trim(), value)).filter(
            |(name, value)| {
                !value.starts_with('=')
                    && name
                        .chars()
                        .all(|character| character.is_alphanumeric() || "_.-".contains(character))
            },
        );
        let value = match assigned {
            Some((name, value)) => {
                key = name;
                value.trim()
            }
            None => line,
        };
        match (section, key) {
            ("[metadata]", "name") => package.name = Some(value.into()),
            ("[options]", "install_requires") => {
                add_requirement(&mut package, value, DependencyKind::Runtime, span);
            }
            ("[options]", "tests_require") => {
                add_requirement(&mut package, value, DependencyKind::Development, span);
            }
            ("[options.extras_require]", _) => {
                add_requirement(&mut package, value, DependencyKind::Optional, span);
            }
            _ => {}
        }
    }
    (package.name.is_some() || !package.dependencies.is_empty()).then_some(package)
}

/// `name[extra] >= 1 ; marker`, `name @ address`, or an address alone.
fn add_requirement(package: &mut Package, requirement: &str, kind: DependencyKind, span: Span) {
    let requirement = requirement.split(';').next().unwrap_or(requirement).trim();
    let end = requirement
        .find(|character: char| !(character.is_ascii_alphanumeric() || "._-".contains(character)))
        .unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let rest = rest.trim_start();
    let is_address = requirement.contains("://") || requirement.starts_with("git+");
    if is_address && !rest.starts_with('@') {
        let egg = requirement.split_once("#egg=").map(|(_, egg)| egg.split(['&', '[']).next());
        let last = requirement.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        // `https://host/name.git@tag` names a version behind the `@`.
        let last = last.split('@').next().unwrap_or(last);
        let name = egg.flatten().unwrap_or(last.trim_end_matches(".git"));
        package.depend(&normalized(name), requirement, kind, address_origin(requirement), span);
        return;
    }
    if name.is_empty() || name.starts_with('.') || rest.starts_with(['/', '\\']) {
        if !requirement.is_empty() && !requirement.starts_with(['%', '{', '<']) {
            package.depend(requirement, "", kind, DependencySource::Local, span);
        }
        return;
    }
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    let origin =
        if rest.starts_with('@') { address_origin(rest) } else { DependencySource::Registry };
    let version = rest.trim_start_matches('@').trim().trim_matches(['(', ')']);
    package.depend(&normalized(name), version, kind, origin, span);
}

fn add_table(package: &mut Package, table: Option<&Node>, kind: DependencyKind) {
    for (name, node) in table.into_iter().flat_map(Node::entries) {
        let detail = node.items().first().unwrap_or(node);
        if name == "python" {
            package.runtime = package.runtime.take().or_else(|| detail.text().map(Into::into));
            continue;
        }
        let requirement = detail.text().or_else(|| detail.text_at("version")).unwrap_or_default();
        let requirement = if requirement == "*" { "" } else { requirement };
        let kind = if detail.text_at("optional") == Some("true") {
            DependencyKind::Optional
        } else {
            kind
        };
        package.depend(&normalized(name), requirement, kind, table_origin(detail), node.span);
    }
}

fn table_origin(node: &Node) -> DependencySource {
    if node.get("git").is_some() {
        DependencySource::Git
    } else if node.get("path").is_some() || node.text_at("workspace") == Some("true") {
        DependencySource::Local
    } else if node.get("url").is_some() {
        DependencySource::Address
    } else {
        DependencySource::Registry
    }
}

fn address_origin(address: &str) -> DependencySource {
    if address.contains("git+") {
        DependencySource::Git
    } else if address.contains("file:") {
        DependencySource::Local
    } else {
        DependencySource::Address
    }
}

/// PEP 503: `Flask_SQLAlchemy` is `flask-sqlalchemy`.
fn normalized(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}
