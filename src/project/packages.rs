//! What a folder declares where a folder is one scope: packages of Go and Java, and the helpers that
//! Nuxt's servers find without an import.

use std::collections::HashMap;

use super::{ClassRef, Declaration, FileId, In, Unit};
use crate::facts::{Facts, Language, Text};

/// The packages of a project, by folder.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    by_folder: HashMap<Text, Package>,
}

#[derive(Clone, Debug, Default)]
struct Package {
    /// The first file that declares each name.
    declaring: HashMap<Text, FileId>,
    /// The parts of each type: its declaration and the methods that other files add.
    parts: HashMap<Text, Vec<ClassRef>>,
}

impl Packages {
    pub(super) fn of(units: &[Unit]) -> Self {
        let mut packages = Self::default();
        for (file, unit) in (0_u32..).map(FileId).zip(units) {
            if let Some(server) =
                server_of(&unit.file.path).filter(|_| unit.file.language.is_script())
            {
                let is_helper = unit.file.path[server.len()..].starts_with("/utils/");
                let package = packages.by_folder.entry(server.into()).or_default();
                for export in unit.facts.exports.iter().filter(|_| is_helper) {
                    package.declaring.entry(export.name.clone()).or_insert(file);
                }
            }
            if !matches!(unit.file.language, Language::Go | Language::Java) {
                continue;
            }
            let package = packages.by_folder.entry(unit.file.folder().into()).or_default();
            unit.index.declared(Facts::TOP_LEVEL).for_each(|(name, declarations)| {
                if !matches!(declarations.first(), None | Some(Declaration::Import(_))) {
                    package.declaring.entry(name.clone()).or_insert(file);
                }
            });
            for (id, class) in unit.facts.classes() {
                package.parts.entry(class.name.clone()).or_default().push(In { file, id });
            }
        }
        packages
    }

    /// The file of the package in `folder` that declares `name`.
    pub(super) fn declaring(&self, folder: &str, name: &str) -> Option<FileId> {
        self.by_folder.get(folder)?.declaring.get(name).copied()
    }

    /// The parts of the type `name` of the package in `folder`.
    pub(super) fn parts(&self, folder: &str, name: &str) -> &[ClassRef] {
        let package = self.by_folder.get(folder);
        package.and_then(|package| package.parts.get(name)).map_or(&[], Vec::as_slice)
    }
}

/// The folder `server` that a file stands in. Everything below it finds what its `utils` export.
pub(super) fn server_of(path: &str) -> Option<&str> {
    const NAME: &str = "server";
    let inside = |start: usize| path[start + NAME.len()..].starts_with('/');
    let mut starts = path.match_indices(NAME).map(|(start, _)| start);
    let start =
        starts.find(|&start| (start == 0 || path[..start].ends_with('/')) && inside(start))?;
    Some(&path[..start + NAME.len()])
}
