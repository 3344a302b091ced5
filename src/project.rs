//! 4. Facts of all files, joined.

use crate::facts::{
    Expression, ExpressionId, ExpressionKind, Facts, File, Span, Text,
    vocabulary::{Meaning, Vocabulary},
};

/// The number of a file in the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place in a file of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub file: FileId,
    pub span: Span,
}

/// All that is known of the repository.
#[derive(Debug, Default)]
pub struct Project {
    files: Vec<(File, Facts)>,
    pub vocabulary: Vocabulary,
}

impl Project {
    pub fn join(files: Vec<File>, facts: Vec<Facts>) -> Self {
        Self { files: files.into_iter().zip(facts).collect(), vocabulary: Vocabulary::default() }
    }

    pub fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0_u32..).map(FileId).zip(self.files.iter().map(|(file, _)| file))
    }

    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize].0
    }

    pub fn facts(&self, id: FileId) -> &Facts {
        &self.files[id.0 as usize].1
    }
}

/// A call whose callee was resolved.
#[derive(Clone, Debug)]
pub struct Call {
    pub file: FileId,
    pub expression: ExpressionId,
    pub span: Span,
    /// The canonical path of the callee.
    pub path: Text,
}

/// What a call is made on.
#[derive(Clone, Debug)]
pub enum Client {
    /// On a module or a plain function.
    None,
    /// On a value that this call built.
    Built(Call),
    /// On a value that could not be traced to where it was built.
    Unknown,
}

impl Call {
    pub fn location(&self) -> Location {
        Location { file: self.file, span: self.span }
    }
}

impl Project {
    /// The calls that mean this by the vocabulary, in the order of their places.
    pub fn calls_meaning(&self, meaning: Meaning) -> Vec<Call> {
        let mut calls: Vec<Call> =
            self.calls().filter(|call| self.vocabulary.has(&call.path, meaning)).collect();
        calls.sort_by_key(Call::location);
        calls
    }

    /// Where the receiver of a call was built.
    pub fn client_of(&self, call: &Call) -> Client {
        if call.path.starts_with('?') { Client::Unknown } else { Client::None }
    }

    /// Does the call stand inside the arguments or the block of a call that means this?
    pub fn is_inside_call(&self, call: &Call, meaning: Meaning) -> bool {
        self.calls_meaning(meaning).iter().any(|outer| {
            outer.file == call.file && outer.span != call.span && outer.span.contains(call.span)
        })
    }

    /// Source files that could not be read as code, and why.
    pub fn unassessed(&self) -> Vec<(Location, String)> {
        Vec::new()
    }

    fn calls(&self) -> impl Iterator<Item = Call> {
        self.files().flat_map(|(file, _)| {
            let facts = self.facts(file);
            facts.expressions().filter_map(move |(expression, Expression { kind, span })| {
                let ExpressionKind::Call { callee, .. } = kind else { return None };
                let path = dotted(facts, *callee);
                Some(Call { file, expression, span: *span, path })
            })
        })
    }
}

fn dotted(facts: &Facts, callee: ExpressionId) -> Text {
    match &facts[callee].kind {
        ExpressionKind::Name(name) => name.clone(),
        ExpressionKind::Member { object, name } => {
            format!("{}.{name}", dotted(facts, *object)).into()
        }
        _ => "?".into(),
    }
}
