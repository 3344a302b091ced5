//! Packages and what they depend on, in one form for every ecosystem.

use super::{Source, cargo, go, gradle, maven, npm, python};
use crate::{
    facts::{Span, Text},
    project::{FileId, Location},
};

/// A package manager's world: names in it are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    Npm,
    Python,
    Cargo,
    Go,
    Maven,
    Gradle,
}

/// One manifest: what a package is called, needs and offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    pub file: FileId,
    /// The folder of the manifest; empty for the root.
    pub folder: String,
    pub ecosystem: Ecosystem,
    pub name: Option<Text>,
    pub version: Option<Text>,
    /// Declared as never to be published.
    pub is_private: bool,
    pub dependencies: Vec<Dependency>,
    pub scripts: Vec<Script>,
    /// Globs or folders of the packages that belong to this one.
    pub workspaces: Vec<Text>,
    /// Files or modules that start the program or stand for the package, as written: `main`, `module`,
    /// `exports`, `bin`, `[[bin]] path`, `[project.scripts]`.
    pub entries: Vec<Text>,
    /// The runtime's version that the package asks for: `engines.node`, `requires-python`, `go`.
    pub runtime: Option<Text>,
}

/// One thing that a package needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// As the registry calls it: `@scope/name`, `group:artifact`, `github.com/owner/module`. Python names
    /// are in lower case with `-`.
    pub name: Text,
    /// The version that is asked for, as written; empty for any.
    pub requirement: Text,
    pub kind: DependencyKind,
    pub source: DependencySource,
    pub location: Location,
}

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    Runtime,
    Development,
    Optional,
    Peer,
    Build,
    /// Needed by another dependency, listed for its version (Go).
    Indirect,
}

/// Where a dependency comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencySource {
    Registry,
    /// A folder or file, or another package of the workspace.
    Local,
    Git,
    /// An archive at an address.
    Address,
}

/// A command with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    pub name: Text,
    pub command: Text,
    pub location: Location,
}

/// All packages, in path order.
pub(super) fn read(sources: &[Source]) -> Vec<Package> {
    let mut packages: Vec<Package> = sources.iter().filter_map(of_file).collect();
    cargo::inherit(&mut packages, sources);
    packages
}

fn of_file(source: &Source) -> Option<Package> {
    let name = source.file.name();
    match name {
        "package.json" => npm::read(source),
        "pyproject.toml" => python::project(source),
        "Pipfile" => python::pipfile(source),
        "setup.cfg" => python::setup(source),
        "Cargo.toml" => cargo::read(source),
        "go.mod" => go::read(source),
        "pom.xml" => maven::read(source),
        "build.gradle" | "build.gradle.kts" => Some(gradle::read(source)),
        _ if name.contains("requirements") && (name.ends_with(".txt") || name.ends_with(".in")) => {
            Some(python::requirements(source))
        }
        // `requirements/base.txt`
        _ if name.ends_with(".txt")
            && source.file.folder().rsplit('/').next() == Some("requirements") =>
        {
            Some(python::requirements(source))
        }
        _ => None,
    }
}

impl Package {
    pub(super) fn new(source: &Source, ecosystem: Ecosystem) -> Self {
        Self {
            file: source.id,
            folder: source.file.folder().to_owned(),
            ecosystem,
            name: None,
            version: None,
            is_private: false,
            dependencies: Vec::new(),
            scripts: Vec::new(),
            workspaces: Vec::new(),
            entries: Vec::new(),
            runtime: None,
        }
    }

    pub(super) fn depend(
        &mut self,
        name: &str,
        requirement: &str,
        kind: DependencyKind,
        source: DependencySource,
        span: Span,
    ) {
        let location = Location { file: self.file, span };
        let (name, requirement) = (name.into(), requirement.into());
        self.dependencies.push(Dependency { name, requirement, kind, source, location });
    }
}
