//! 1. Repository to files: what there is, what each file is for, and what was passed over and why.

use std::{collections::BTreeMap, path::Path};

use crate::facts::{File, Problem};

/// All that the walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// The files that were read, sorted by path.
    pub files: Vec<File>,
    pub problems: Vec<Problem>,
    /// Files that exist in the tree and were not read, by reason.
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
    /// Globs of paths to leave out, from `gapcheck.toml`.
    pub exclude: Vec<String>,
}

/// Reads the tree below `root`.
pub fn files(_root: &Path, _options: &Options) -> Walk {
    Walk::default()
}
