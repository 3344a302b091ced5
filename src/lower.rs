//! 2. File to facts: parse, then ask the language.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rayon::prelude::*;

use crate::facts::{Facts, File, Language, Problem, ProblemKind, Span, secret::masked};

mod data;
mod depth;
mod go;
mod java;
mod javascript;
mod notebook;
mod python;
mod rust;
mod secrets;
mod template;
mod tree;

/// Address space, not memory: pages are taken as a deep tree touches them. Together with the limits of
/// [`depth`] no parser and no walk over its tree reaches the end.
const STACK_BYTES: usize = 1 << 30;

/// Lowers one file. Nothing here fails: a broken file gives fewer facts and a problem. Credentials are
/// found first, and no fact shows what they hide.
///
/// Call it on a thread with a large stack: [`on_large_stacks`].
pub fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let found = secrets::scan(file);
    let (mut facts, problems) = match masked(&file.text, &found.secrets, &found.credentials) {
        Cow::Borrowed(_) => lower_text(file),
        Cow::Owned(text) => lower_text(&File { text: text.into(), ..file.clone() }),
    };
    facts.secrets = found.secrets;
    facts.credentials = found.credentials;
    (facts, problems)
}

fn lower_text(file: &File) -> (Facts, Vec<Problem>) {
    if let Some(reason) = depth::too_deep(&file.text, file.language) {
        return nothing(file, ProblemKind::TooDeep, reason.to_owned());
    }
    let lowered = catch_unwind(AssertUnwindSafe(|| by_language(file)));
    lowered.unwrap_or_else(|_| {
        nothing(file, ProblemKind::Internal, "the reader of this language failed inside".to_owned())
    })
}

/// Lowers all files, in parallel, in their order. Call it [`on_large_stacks`].
pub fn all(files: &[File]) -> (Vec<Facts>, Vec<Problem>) {
    let lowered: Vec<_> = files.par_iter().map(lower).collect();
    let (facts, problems): (Vec<_>, Vec<_>) = lowered.into_iter().unzip();
    (facts, problems.into_iter().flatten().collect())
}

/// Runs `work` and all that it does in parallel on threads whose stacks hold every tree that the depth
/// scan lets through.
pub fn on_large_stacks<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .stack_size(STACK_BYTES)
        .thread_name(|index| format!("gapcheck-{index}"))
        .build()
        .expect("address space for a few stacks")
        .install(work)
}

fn by_language(file: &File) -> (Facts, Vec<Problem>) {
    match file.language {
        Language::JavaScript | Language::TypeScript | Language::Vue | Language::Svelte => {
            javascript::lower(file)
        }
        Language::Python => python::lower(file),
        Language::Notebook => notebook::lower(file),
        Language::Rust => rust::lower(file),
        Language::Go => parsed(file, go::lower(file)),
        Language::Json
        | Language::Yaml
        | Language::Toml
        | Language::Xml
        | Language::Dockerfile
        | Language::Env
        | Language::Markdown
        | Language::Lines
        | Language::Sql => data::lower(file),
        Language::Java => parsed(file, java::lower(file)),
        Language::Html | Language::Template => template::lower(file),
        _ => (Facts::empty(), Vec::new()),
    }
}

fn parsed(file: &File, outcome: Result<(Facts, Vec<Problem>), Problem>) -> (Facts, Vec<Problem>) {
    outcome.unwrap_or_else(|problem| nothing(file, problem.kind, problem.message))
}

/// As long as `part` and without anything in it but its line breaks: offsets and lines stay.
fn blanks(part: &str) -> String {
    part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// No facts, and the whole file marked so that no rule concludes anything from their absence.
fn nothing(file: &File, kind: ProblemKind, message: String) -> (Facts, Vec<Problem>) {
    let end = u32::try_from(file.text.len()).unwrap_or(u32::MAX);
    let facts = Facts { broken: vec![Span::new(0, end)], ..Facts::empty() };
    (facts, vec![Problem { path: file.path.to_string(), kind, message }])
}

#[cfg(test)]
mod tests;
