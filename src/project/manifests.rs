//! What a project declares about itself: packages, pins, pipelines, containers and settings.
//!
//! Plain readings of the trees that `lower::data` made. Nothing here judges.

use super::{
    FileId, Location,
    modules::{Alias, is_below},
};
use crate::facts::{Document, Facts, File, Language, Node, Span, Text, document::Setting};

mod aliases;
mod cargo;
mod containers;
mod go;
mod gradle;
mod lockfiles;
mod maven;
mod npm;
mod packages;
mod pipelines;
mod python;
mod workflows;

pub use containers::{Container, Service, Stage, image_name, published_port};
pub use lockfiles::{LockKind, Lockfile};
pub use packages::{Dependency, DependencyKind, DependencySource, Ecosystem, Package, Script};
pub use workflows::{Job, Pair, Provider, Step, Workflow};

/// All that the files of a project declare, each kind in path order.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    pub packages: Vec<Package>,
    pub lockfiles: Vec<Lockfile>,
    pub workflows: Vec<Workflow>,
    pub containers: Vec<Container>,
    /// The services of all compose files.
    pub services: Vec<Service>,
    /// `.env` files, templates included.
    pub environments: Vec<Environment>,
    /// Names that `tsconfig.json` and `package.json` give to folders.
    pub aliases: Vec<Alias>,
}

/// A `.env` file.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub file: FileId,
    /// A template for people to copy, such as `.env.example`.
    pub is_template: bool,
    pub settings: Vec<Setting>,
}

/// One file as the readers see it.
#[derive(Clone, Copy)]
struct Source<'s> {
    id: FileId,
    file: &'s File,
    facts: &'s Facts,
}

impl Manifests {
    /// Reads the manifests among `files`; `facts` runs in parallel. `names` are the paths of all files
    /// that exist, for those that are never read, such as binary lock files.
    pub fn read(files: &[File], facts: &[Facts], names: &[String]) -> Self {
        let sources: Vec<Source> = (0_u32..)
            .zip(files.iter().zip(facts))
            .map(|(number, (file, facts))| Source { id: FileId(number), file, facts })
            .collect();
        let mut manifests = Self {
            packages: packages::read(&sources),
            lockfiles: lockfiles::read(&sources, names),
            aliases: aliases::read(&sources),
            ..Self::default()
        };
        for source in &sources {
            manifests.workflows.extend(workflows::read(source));
            manifests.containers.extend(containers::read(source));
            manifests.services.extend(containers::services(source));
            manifests.environments.extend(environment(source));
        }
        manifests
    }

    /// The package whose folder is nearest above `path`, preferring the given ecosystem's own kind.
    pub fn package_of(&self, path: &str, ecosystem: Ecosystem) -> Option<&Package> {
        self.packages
            .iter()
            .filter(|package| package.ecosystem == ecosystem && is_below(path, &package.folder))
            .max_by_key(|package| package.folder.len())
    }

    /// All dependencies of all packages called `name`.
    pub fn dependencies_called<'m>(
        &'m self,
        name: &'m str,
    ) -> impl Iterator<Item = &'m Dependency> {
        let all = self.packages.iter().flat_map(|package| &package.dependencies);
        all.filter(move |dependency| dependency.name == name)
    }
}

fn environment(source: &Source) -> Option<Environment> {
    let name = source.file.name();
    let Some(Document::Settings(settings)) = &source.facts.document else { return None };
    if source.file.language != Language::Env || name.ends_with(".properties") {
        return None;
    }
    let is_template =
        ["example", "sample", "template", "dist"].iter().any(|word| name.contains(word));
    Some(Environment { file: source.id, is_template, settings: settings.clone() })
}

impl<'s> Source<'s> {
    /// The first tree of the file.
    fn tree(&self) -> Option<&'s Node> {
        match &self.facts.document {
            Some(Document::Tree(roots)) => roots.first(),
            Some(Document::Markup(root)) => Some(root),
            _ => None,
        }
    }

    /// The lines of the file with their places.
    fn lines(&self) -> impl Iterator<Item = (&'s str, Span)> + use<'s> {
        let lines = match &self.facts.document {
            Some(Document::Lines(lines)) => lines.as_slice(),
            _ => &[],
        };
        lines.iter().map(|line| (line.text.as_str(), line.span))
    }

    fn at(&self, span: Span) -> Location {
        Location { file: self.id, span }
    }
}

/// The texts of a list, or the one text in its place; nothing for anything else.
fn texts(node: Option<&Node>) -> Vec<Text> {
    node.map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .map(Text::from)
        .collect()
}

/// The text under `key`.
fn text(node: &Node, key: &str) -> Option<Text> {
    node.text_at(key).map(Text::from)
}

#[cfg(test)]
mod tests;
