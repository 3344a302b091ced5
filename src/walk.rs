//! 1. Repository to files: what there is, what each file is for, and what was passed over and why.
//!
//! Nothing outside the tree is read, no link is followed, and git is never run. What `.gitignore` hides is
//! left out unless git tracks it nevertheless.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rayon::prelude::*;

use crate::facts::{File, Language, Lines, Problem, ProblemKind, Role};

mod index;
mod languages;
mod open;
mod roles;
mod runtimes;

use index::Index;
use languages::Content;
use roles::Layout;
use runtimes::Platforms;

/// Larger sources are almost always generated; parsing them costs more than all others together.
const SOURCE_BYTES_MAX: u64 = 2 << 20;

/// Lock files and notebooks with their output grow far beyond what a person writes.
const LOCK_FILE_BYTES_MAX: u64 = 16 << 20;

/// Nobody writes such a line; a bundler does.
const LINE_BYTES_MAX: usize = 20_000;

/// Ignore files are read by the walker before we see them, so a monstrous one keeps its folder out.
const IGNORE_FILE_BYTES_MAX: u64 = 1 << 20;

/// All that the walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// The files that were read, sorted by path.
    pub files: Vec<File>,
    pub problems: Vec<Problem>,
    /// Files that exist in the tree and were not read, by reason. A folder of dependencies or of build
    /// output counts once.
    pub skipped: BTreeMap<&'static str, usize>,
    /// Files in languages that are not lowered, by language name, with their number of lines.
    pub not_assessed: BTreeMap<&'static str, NotAssessed>,
    /// The names of all files that exist, read or not, sorted: presence is a fact of its own.
    pub names: Vec<String>,
    /// There is a git index; without one, "not ignored" counts as tracked.
    pub has_git_index: bool,
}

/// How much of one language was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotAssessed {
    pub files: usize,
    pub lines: usize,
}

/// What the walk may do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Globs of paths to leave out, from `gapcheck.toml`, written as in `.gitignore`.
    pub exclude: Vec<String>,
}

/// Reads the tree below `root`.
pub fn files(root: &Path, options: &Options) -> Walk {
    let mut walk = Walk::default();
    let root = match root.canonicalize() {
        Ok(root) => root,
        Err(error) => {
            walk.problems.push(unreadable(&root.to_string_lossy(), &error));
            return walk;
        }
    };
    let index = Index::read(&root);
    walk.has_git_index = index.is_some();

    let mut paths = list(&root, &mut walk);
    if let Some(index) = &index {
        add_tracked(&root, index, &mut paths);
    }
    walk.names = paths.keys().cloned().collect();
    let excluded = excluded(&root, options, &mut walk.problems);
    let layout = Layout::of(walk.names.iter().map(String::as_str));
    let platforms = Platforms::of(walk.names.iter().map(String::as_str));

    let reader = Reader {
        index: index.as_ref(),
        excluded: &excluded,
        layout: &layout,
        platforms: &platforms,
    };
    let outcomes: Vec<Outcome> =
        paths.par_iter().map(|(name, path)| reader.read(name, path)).collect();
    for outcome in outcomes {
        walk.take(outcome);
    }
    walk.problems.sort();
    walk
}

/// What became of one file.
enum Outcome {
    Read { file: File, unsupported: Option<&'static str> },
    Skipped { reason: &'static str, problem: Option<Problem> },
    Unreadable(Problem),
}

impl Walk {
    fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Read { file, unsupported } => {
                if let Some(language) = unsupported {
                    let left_out = self.not_assessed.entry(language).or_default();
                    left_out.files += 1;
                    left_out.lines += file.lines.count(&file.text);
                }
                self.files.push(file);
            }
            Outcome::Skipped { reason, problem } => {
                *self.skipped.entry(reason).or_default() += 1;
                self.problems.extend(problem);
            }
            Outcome::Unreadable(problem) => self.problems.push(problem),
        }
    }
}

/// The files below `root` that no `.gitignore` hides: from the name in reports to the path to open.
fn list(root: &Path, walk: &mut Walk) -> BTreeMap<String, PathBuf> {
    let passed_over: Arc<Mutex<Vec<Result<&'static str, PathBuf>>>> = Arc::default();
    let entries = ignore::WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .git_ignore(true)
        .require_git(false)
        .follow_links(false)
        .filter_entry({
            let passed_over = Arc::clone(&passed_over);
            let root = root.to_owned();
            move |entry| match reason_to_pass_over(&root, entry) {
                None => true,
                Some(PassOver::Silently) => false,
                Some(PassOver::Because(reason)) => {
                    lock(&passed_over).push(Ok(reason));
                    false
                }
                Some(PassOver::UnsafeIgnoreFile) => {
                    lock(&passed_over).push(Err(entry.path().to_owned()));
                    false
                }
            }
        })
        .build();

    let mut paths = BTreeMap::new();
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {}
            Ok(entry) => {
                let path = entry.into_path();
                paths.insert(name_of(root, &path), path);
            }
            Err(error) => walk.problems.push(Problem {
                path: String::new(),
                kind: ProblemKind::Unreadable,
                message: error.to_string().replace(&*root.to_string_lossy(), "."),
            }),
        }
    }
    for folder in lock(&passed_over).drain(..) {
        match folder {
            Ok(reason) => *walk.skipped.entry(reason).or_default() += 1,
            Err(path) => walk.problems.push(Problem {
                path: name_of(root, &path),
                kind: ProblemKind::Unreadable,
                message: "its .gitignore is not a file of reasonable size inside the tree"
                    .to_owned(),
            }),
        }
    }
    paths
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

enum PassOver {
    Silently,
    Because(&'static str),
    UnsafeIgnoreFile,
}

fn reason_to_pass_over(root: &Path, entry: &ignore::DirEntry) -> Option<PassOver> {
    let name = entry.file_name().to_string_lossy();
    if name == ".git" && entry.depth() > 0 {
        return Some(PassOver::Silently);
    }
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return None;
    }
    if entry.depth() > 0 {
        let parent = entry.path().parent();
        let is_package_root = || parent.is_some_and(has_manifest);
        // Looking for manifests costs a read of the folder, so only names in question pay for it.
        if Layout::reason_to_skip(&name, true).is_some()
            && let Some(reason) = Layout::reason_to_skip(&name, is_package_root())
        {
            return Some(PassOver::Because(reason));
        }
    }
    (!is_ignore_file_safe(root, entry.path())).then_some(PassOver::UnsafeIgnoreFile)
}

fn has_manifest(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| Layout::is_manifest(&entry.file_name().to_string_lossy()))
        })
    })
}

/// The walker opens `.gitignore` as it is, links included: a pipe would hold it for ever.
fn is_ignore_file_safe(root: &Path, folder: &Path) -> bool {
    let path = folder.join(".gitignore");
    if path.symlink_metadata().is_err() {
        return true;
    }
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= IGNORE_FILE_BYTES_MAX)
        && path.canonicalize().is_ok_and(|target| target.starts_with(root))
}

/// Adds the files that git tracks although `.gitignore` hides them or their folder was passed over.
fn add_tracked(root: &Path, index: &Index, paths: &mut BTreeMap<String, PathBuf>) {
    let mut real_folders = BTreeSet::new();
    for name in index.files() {
        if paths.contains_key(name)
            || name.split('/').any(|segment| matches!(segment, "" | "." | ".." | ".git"))
        {
            continue;
        }
        let path = root.join(name);
        let is_reached_without_links =
            path.ancestors().skip(1).take_while(|folder| *folder != root).all(|folder| {
                real_folders.contains(folder) || is_real_folder(folder, &mut real_folders)
            });
        if is_reached_without_links && path.symlink_metadata().is_ok() {
            paths.insert(name.clone(), path);
        }
    }
}

fn is_real_folder(folder: &Path, known: &mut BTreeSet<PathBuf>) -> bool {
    let is_real = folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    if is_real {
        known.insert(folder.to_owned());
    }
    is_real
}

/// The name of `path` in reports: relative to `root`, with `/`.
fn name_of(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    if inside.as_os_str().is_empty() {
        return path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    }
    let segments: Vec<_> = inside.iter().map(|segment| segment.to_string_lossy()).collect();
    segments.join("/")
}

fn excluded(root: &Path, options: &Options, problems: &mut Vec<Problem>) -> Gitignore {
    let mut builder = GitignoreBuilder::new(root);
    let mut refuse = |message: String| {
        problems.push(Problem {
            path: "gapcheck.toml".to_owned(),
            kind: ProblemKind::Configuration,
            message,
        });
    };
    for glob in &options.exclude {
        if let Err(error) = builder.add_line(None, glob) {
            refuse(error.to_string());
        }
    }
    builder.build().unwrap_or_else(|error| {
        refuse(error.to_string());
        Gitignore::empty()
    })
}

fn unreadable(path: &str, error: &io::Error) -> Problem {
    Problem { path: path.to_owned(), kind: ProblemKind::Unreadable, message: error.to_string() }
}

/// What is known of the whole tree when one file is read.
struct Reader<'w> {
    index: Option<&'w Index>,
    excluded: &'w Gitignore,
    layout: &'w Layout,
    platforms: &'w Platforms,
}

impl Reader<'_> {
    fn read(&self, name: &str, path: &Path) -> Outcome {
        let skipped = |reason| Outcome::Skipped { reason, problem: None };
        if self.excluded.matched_path_or_any_parents(Path::new(name), false).is_ignore() {
            return skipped("excluded");
        }
        if self.layout.role(name, "") == Role::Vendored {
            return skipped("vendored");
        }
        let last = name.rsplit('/').next().unwrap_or(name);
        let (language, unsupported) = match languages::of_name(last) {
            Content::Known(language) => (language, None),
            Content::Unsupported(name) => (Language::Unsupported, Some(name)),
            Content::Binary => return skipped(reason_of_unopened(path)),
        };
        let bytes_max = if languages::is_lock_file(last) || language == Language::Notebook {
            LOCK_FILE_BYTES_MAX
        } else {
            SOURCE_BYTES_MAX
        };
        let text = match open::read(path, bytes_max) {
            Ok(open::Content::Text(text)) => text,
            Ok(open::Content::Binary) => return skipped("binary"),
            Ok(open::Content::Symlink) => return skipped("symlink"),
            Ok(open::Content::NotRegular) => return skipped("not-regular"),
            Ok(open::Content::TooLarge) => {
                return Outcome::Skipped {
                    reason: "too-large",
                    problem: (language != Language::Text).then(|| too_large(name, bytes_max)),
                };
            }
            Err(error) => return Outcome::Unreadable(unreadable(name, &error)),
        };
        if is_minified(last, language, &text) {
            return skipped("minified");
        }
        let file = File {
            role: self.layout.role(name, &text),
            runtime: self.platforms.runtime(name, language),
            tracked: self.index.is_none_or(|index| index.tracks(name)),
            lines: Lines::of(&text),
            path: name.into(),
            language,
            text: text.into(),
        };
        Outcome::Read { file, unsupported }
    }
}

/// Files with the ending of an image are never opened; links among them are still told apart.
fn reason_of_unopened(path: &Path) -> &'static str {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.file_type().is_symlink() => "symlink",
        Ok(metadata) if !metadata.is_file() => "not-regular",
        _ => "binary",
    }
}

fn too_large(path: &str, bytes_max: u64) -> Problem {
    Problem {
        path: path.to_owned(),
        kind: ProblemKind::TooLarge,
        message: format!("larger than {} MiB", bytes_max >> 20),
    }
}

fn is_minified(name: &str, language: Language, text: &str) -> bool {
    name.ends_with(".min.js")
        || name.ends_with(".min.css")
        || (language == Language::JavaScript || name.ends_with(".css"))
            && text.split(['\n', '\r']).any(|line| line.len() > LINE_BYTES_MAX)
}

#[cfg(test)]
mod tests;
