//! Small inputs for the tests of this stage.

use std::sync::Arc;

use crate::{
    facts::{File, Language, Lines, Role, Runtime, vocabulary::Vocabulary},
    project::Project,
};

/// A source file in JavaScript.
pub(super) fn file(path: &str, text: &str) -> File {
    File {
        path: Arc::from(path),
        language: Language::JavaScript,
        role: Role::Source,
        runtime: Runtime::Server,
        tracked: true,
        text: Arc::from(text),
        lines: Lines::of(text),
    }
}

/// A project of these files, with the meanings of this vocabulary.
pub(super) fn project(files: &[(&str, &str)], vocabulary: &str) -> Project {
    let files: Vec<File> = files.iter().map(|(path, text)| file(path, text)).collect();
    let (facts, _) = crate::lower::all(&files);
    let names = files.iter().map(|file| file.path.to_string()).collect();
    let mut words = Vocabulary::default();
    words.add(vocabulary).expect("the test's own rows are well formed");
    Project::join(files, facts, names, words)
}
