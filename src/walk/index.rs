//! Which files git tracks, read from the index itself: git is never run in an untrusted tree.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gix_index::{decode::Options, entry::Mode, hash::Kind};

/// Far above the index of the largest repositories known; a larger one is hostile.
const INDEX_BYTES_MAX: u64 = 1 << 28;

/// The tracked files below the scanned root, relative to it.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Sorted.
    files: Vec<String>,
    /// Folders that hold another repository: what is inside is tracked there. Each ends in `/`.
    submodules: Vec<String>,
}

impl Index {
    /// The index of the repository at `root` or around it; none where there is none, where it lists
    /// nothing below `root`, or where it cannot be read safely.
    pub(super) fn read(root: &Path) -> Option<Self> {
        let repository =
            root.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
        let git_folder = git_folder(repository)?;
        let path = git_folder.join("index");
        let metadata = path.symlink_metadata().ok()?;
        if !metadata.is_file()
            || metadata.len() > INDEX_BYTES_MAX
            || !are_shared_files_regular(&git_folder)
        {
            return None;
        }
        let options = Options { alloc_limit_bytes: Some(1 << 30), ..Options::default() };
        let index = gix_index::File::at(path, Kind::Sha1, true, options).ok()?;
        let prefix = prefix_of(root, repository)?;

        let mut found = Self::default();
        for entry in index.entries() {
            let path = entry.path(&index).to_string();
            let Some(path) = path.strip_prefix(&prefix) else { continue };
            if entry.mode == Mode::COMMIT {
                found.submodules.push(format!("{path}/"));
            } else {
                found.files.push(path.to_owned());
            }
        }
        found.files.sort_unstable();
        found.files.dedup();
        let is_around = repository == root || !found.files.is_empty();
        is_around.then_some(found)
    }

    pub(super) fn files(&self) -> &[String] {
        &self.files
    }

    pub(super) fn tracks(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
            || self.submodules.iter().any(|folder| path.starts_with(folder))
    }
}

/// The folder that holds the index. A `.git` file may point to it, but only inside the repository:
/// elsewhere it could name anything on the machine.
fn git_folder(repository: &Path) -> Option<PathBuf> {
    let path = repository.join(".git");
    let metadata = path.symlink_metadata().ok()?;
    if metadata.is_dir() {
        return Some(path);
    }
    if !metadata.is_file() || metadata.len() > 4_096 {
        return None;
    }
    let text = fs::read_to_string(&path).ok()?;
    let target = repository.join(text.strip_prefix("gitdir:")?.trim()).canonicalize().ok()?;
    target.starts_with(repository.canonicalize().ok()?).then_some(target)
}

/// A split index names further files beside it, which are opened without our flags.
fn are_shared_files_regular(git_folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(git_folder) else { return false };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex"))
        .all(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
}

/// The path of `root` inside `repository`, as the index writes it: empty, or ending in `/`.
fn prefix_of(root: &Path, repository: &Path) -> Option<String> {
    let inside = root.strip_prefix(repository).ok()?;
    let mut prefix = String::new();
    for segment in inside {
        prefix.push_str(segment.to_str()?);
        prefix.push('/');
    }
    Some(prefix)
}
