//! 2. File to facts: parse, then ask the language.

pub mod notebook;
pub mod python;

use crate::facts::{Facts, File, Language, Problem};

/// Lowers one file. Nothing here fails: a broken file gives fewer facts and a problem.
pub fn lower(file: &File) -> (Facts, Vec<Problem>) {
    match file.language {
        Language::Python => python::lower(file),
        Language::Notebook => notebook::lower(file),
        Language::Unsupported => (Facts::empty(), Vec::new()),
        _ => (Facts::empty(), Vec::new()),
    }
}

/// Lowers all files, in parallel, in their order.
pub fn all(files: &[File]) -> (Vec<Facts>, Vec<Problem>) {
    let (facts, problems): (Vec<_>, Vec<_>) = files.iter().map(lower).unzip();
    (facts, problems.into_iter().flatten().collect())
}
