//! Where a package begins, and other folders that a file lies in.

use super::{FileId, Project};

impl Project {
    /// The folder of the package that a file belongs to; the whole repository where nothing says that one begins.
    pub fn package_folder(&self, file: FileId) -> &str {
        const MANIFESTS: [&str; 9] = [
            "package.json",
            "pyproject.toml",
            "setup.py",
            "requirements.txt",
            "go.mod",
            "deno.json",
            "pom.xml",
            "build.gradle",
            "Cargo.toml",
        ];
        self.nearest_folder_with(file, &MANIFESTS).unwrap_or_default()
    }

    /// The innermost folder around a file in which a file of one of these names exists.
    pub fn nearest_folder_with(&self, file: FileId, names: &[&str]) -> Option<&str> {
        let holds = |folder: &str, name: &str| {
            let path = if folder.is_empty() { name.into() } else { format!("{folder}/{name}") };
            self.names.binary_search(&path).is_ok()
        };
        let mut folders = std::iter::successors(Some(self.file(file).folder()), |folder| {
            (!folder.is_empty()).then_some(folder.rsplit_once('/').map_or("", |(above, _)| above))
        });
        folders.find(|folder| names.iter().any(|name| holds(folder, name)))
    }
}
