//! Small inputs for the tests of this stage.

use std::sync::Arc;

use crate::facts::{File, Language, Lines, Role, Runtime};

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
