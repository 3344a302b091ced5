//! Which lock files there are, and what they pin.

use super::Source;
use crate::{
    facts::{Document, Locked},
    project::FileId,
};

/// Lock files in here are those of other projects.
const FOREIGN_FOLDERS: &[&str] = &["node_modules", "vendor", "third_party"];

/// A file that pins versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Lockfile {
    /// None for files that are never read, such as `bun.lockb`.
    pub file: Option<FileId>,
    pub path: String,
    pub kind: LockKind,
    pub folder: String,
    /// In file order; empty for files that are never read.
    pub pins: Vec<Locked>,
}

/// The tool that writes a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockKind {
    Npm,
    Pnpm,
    Yarn,
    Bun,
    Deno,
    Poetry,
    Uv,
    Pdm,
    Pipenv,
    Cargo,
    Go,
    Gradle,
    Composer,
    Bundler,
}

pub(super) fn read(sources: &[Source], names: &[String]) -> Vec<Lockfile> {
    names
        .iter()
        .filter(|path| !path.split('/').any(|segment| FOREIGN_FOLDERS.contains(&segment)))
        .filter_map(|path| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let kind = kind_of(name)?;
            let source = sources
                .binary_search_by(|source| (*source.file.path).cmp(path))
                .ok()
                .map(|number| &sources[number]);
            let pins = match source.and_then(|source| source.facts.document.as_ref()) {
                Some(Document::Lock(pins)) => pins.clone(),
                _ => Vec::new(),
            };
            let file = source.map(|source| source.id);
            Some(Lockfile { file, path: path.clone(), kind, folder: folder.to_owned(), pins })
        })
        .collect()
}

fn kind_of(name: &str) -> Option<LockKind> {
    Some(match name {
        "package-lock.json" | "npm-shrinkwrap.json" => LockKind::Npm,
        "pnpm-lock.yaml" => LockKind::Pnpm,
        "yarn.lock" => LockKind::Yarn,
        "bun.lock" | "bun.lockb" => LockKind::Bun,
        "deno.lock" => LockKind::Deno,
        "poetry.lock" => LockKind::Poetry,
        "uv.lock" => LockKind::Uv,
        "pdm.lock" => LockKind::Pdm,
        "Pipfile.lock" => LockKind::Pipenv,
        "Cargo.lock" => LockKind::Cargo,
        "go.sum" => LockKind::Go,
        "gradle.lockfile" => LockKind::Gradle,
        "composer.lock" => LockKind::Composer,
        "Gemfile.lock" => LockKind::Bundler,
        _ => return None,
    })
}

impl Lockfile {
    /// The versions that are pinned for `name`; several where copies differ.
    pub fn versions_of<'l>(&'l self, name: &'l str) -> impl Iterator<Item = &'l str> {
        self.pins.iter().filter(move |pin| pin.name == name).map(|pin| pin.version.as_str())
    }
}
