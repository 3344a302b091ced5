use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::Deserialize;

use super::locks::is_aside;
use crate::{
    embedded,
    facts::{Role, Span},
    gap::Severity,
    project::{
        Project,
        manifests::{Dependency, DependencySource, Ecosystem, Package},
        modules::is_below,
    },
    rules::Sites,
};

/// Shorter names are close to too many others; there are few scopes.
const NAME_LENGTH_MIN: usize = 5;
const SCOPE_LENGTH_MIN: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "schema")]
    _schema: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    npm: Names,
    python: Names,
}

/// The names of one registry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    /// Worth imitating.
    known: BTreeSet<String>,
    /// Almost called like one of those, and packages of their own.
    neighbours: BTreeSet<String>,
    scopes: BTreeSet<String>,
    /// Something else than what people mean by them, with what they mean.
    instead: BTreeMap<String, String>,
}

/// The table of this version.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = embedded::file("data/names.toml").expect("the file is embedded");
    toml::from_str(text).expect("a test loads the table")
});

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for package in &project.manifests().packages {
        let names = match package.ecosystem {
            Ecosystem::Npm => &TABLE.npm,
            Ecosystem::Python => &TABLE.python,
            _ => continue,
        };
        let role = project.file(package.file).role;
        let is_foreign = matches!(role, Role::Test | Role::Example | Role::Vendored | Role::Docs);
        if is_foreign || is_aside(package) {
            continue;
        }
        let asked = package
            .dependencies
            .iter()
            .filter(|one| one.source == DependencySource::Registry && !is_own(project, one));
        let mut seen = 0;
        let mut has_doubt = false;
        for dependency in asked {
            seen += 1;
            let Some((message, severity)) = doubt(names, dependency) else { continue };
            if is_private(project, package, &dependency.name) {
                continue;
            }
            has_doubt = true;
            sites
                .gap(dependency.location, &*dependency.name, message)
                .severity(severity)
                .root(&*dependency.name);
        }
        if seen > 0 && !has_doubt {
            let manifest = &project.file(package.file).path;
            let place = project.location(package.file, Span::default());
            sites.holds(place, &**manifest, "no name is almost that of a well-known package");
        }
    }
}

/// A member of the workspace.
fn is_own(project: &Project, dependency: &Dependency) -> bool {
    let packages = &project.manifests().packages;
    packages.iter().any(|package| package.name.as_deref() == Some(dependency.name.as_str()))
}

/// Why somebody should look at the name before it is installed.
fn doubt(names: &Names, dependency: &Dependency) -> Option<(String, Severity)> {
    let name = dependency.name.as_str();
    // `"chartjs": "npm:chart.js@4"` installs the other one.
    if dependency.requirement.starts_with("npm:")
        || names.known.contains(name)
        || names.neighbours.contains(name)
    {
        return None;
    }
    if !name.is_ascii() {
        let message = format!("`{name}` has letters that only look like others");
        return Some((message, Severity::High));
    }
    if let Some(meant) = names.instead.get(name) {
        let message = format!("`{name}` is not what it is taken for: {meant}");
        return Some((message, Severity::Medium));
    }
    if let Some((scope, _)) = name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        let near = nearest(scope, &names.scopes, SCOPE_LENGTH_MIN)?;
        let message =
            format!("`@{scope}` is almost called `@{near}`, and belongs to somebody else");
        return Some((message, Severity::High));
    }
    let near = nearest(name, &names.known, NAME_LENGTH_MIN)?;
    let message = format!("`{name}` is almost called `{near}`: look it up before it is installed");
    Some((message, Severity::High))
}

/// The name that is one slip away: a letter more, less, another, or two exchanged.
fn nearest<'n>(name: &str, known: &'n BTreeSet<String>, length_min: usize) -> Option<&'n str> {
    let is_near = |other: &&String| {
        let is_comparable =
            name.len() >= length_min && other.len() >= length_min && name != other.as_str();
        // `foo2` and `foo-3` are successors.
        let is_successor = name.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-')
            == other.trim_end_matches(|last: char| last.is_ascii_digit() || last == '-');
        is_comparable
            && !is_successor
            && name.len().abs_diff(other.len()) <= 1
            && strsim::damerau_levenshtein(name, other) == 1
    };
    known.iter().find(is_near).map(String::as_str)
}

/// Does a setting send the scope of `name`, or everything, to a registry of its own?
fn is_private(project: &Project, package: &Package, name: &str) -> bool {
    project.units().any(|(_, unit)| {
        let is_setting = matches!(unit.file.name(), ".npmrc" | ".yarnrc" | ".yarnrc.yml");
        let is_near =
            package.folder == unit.file.folder() || is_below(&package.folder, unit.file.folder());
        let scope = name.split('/').next().filter(|scope| scope.starts_with('@'));
        is_setting
            && is_near
            && scope.is_some_and(|scope| unit.file.text.contains(&format!("{scope}:registry")))
    })
}
