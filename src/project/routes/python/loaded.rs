//! Modules that are imported by computed names, and what of theirs may hang on an application.

use super::{created_path, path_text};
use crate::{
    facts::Text,
    project::{
        Body, Call, ExpressionRef, FileId, Value,
        routes::{
            Candidate,
            tree::{Supposed, Tree},
        },
    },
};

/// A registration of something out of a module that is imported by a computed name.
pub(in crate::project::routes) struct Loading<'p> {
    call: Call<'p>,
    modules: Modules,
    /// What it is registered on.
    parents: Vec<ExpressionRef>,
    prefix: Text,
    /// Does the prefix stand in place of the object's own, or before it?
    replaces: bool,
    guards: Vec<Candidate>,
}

impl<'p> Loading<'p> {
    /// What a call registers, if it comes out of such a module.
    pub(in crate::project::routes) fn by(
        call: Call<'p>,
        parents: Vec<ExpressionRef>,
    ) -> Option<Self> {
        let modules = Modules::imported_by(call)?;
        let (prefix, guards) = (Text::default(), Vec::new());
        Some(Self { call, modules, parents, prefix, replaces: false, guards })
    }

    /// The same below a prefix, behind guards.
    pub(in crate::project::routes) fn below(self, prefix: Text, guards: Vec<Candidate>) -> Self {
        Self { prefix, guards, ..self }
    }

    /// The same below a prefix in place of the own one.
    pub(in crate::project::routes) fn instead(self, prefix: Text) -> Self {
        Self { prefix, replaces: true, ..self }
    }

    /// Hangs what hangs on nothing, is made by a call that `is_wanted` and stands in such a module.
    pub(in crate::project::routes) fn hang(
        &self,
        tree: &mut Tree<ExpressionRef>,
        is_wanted: impl Fn(&str) -> bool,
    ) {
        let project = self.call.project;
        let is_of = |object: &ExpressionRef| {
            let call = project.call(*object);
            self.is_of(object.file) && call.is_some_and(|call| is_wanted(&created_path(call)))
        };
        let why = self.why();
        for child in tree.loose().into_iter().filter(is_of) {
            for &parent in &self.parents {
                tree.suppose(
                    child,
                    parent,
                    &Supposed {
                        prefix: self.prefix.clone(),
                        replaces: self.replaces,
                        guards: &self.guards,
                        why: &why,
                    },
                );
            }
        }
    }

    /// May a file be one of the modules?
    pub(in crate::project::routes) fn is_of(&self, file: FileId) -> bool {
        self.modules.hold(&self.call.project.file(file).path)
    }

    /// Why something of theirs may only be registered.
    pub(in crate::project::routes) fn why(&self) -> String {
        let file = &self.call.source_file().path;
        let line = self.call.project.line(self.call.location());
        format!("mounted by {file}:{line}, which loads files by a computed name")
    }
}

/// The modules that a computed name may mean.
struct Modules {
    /// What their dotted names begin with, as a folder; empty where all of it is computed.
    package: String,
    /// The folder of the file that imports them.
    folder: String,
}

impl Modules {
    /// Those that a function or what it calls imports by computed names.
    fn imported_by(call: Call<'_>) -> Option<Self> {
        let own = || call.function().calls_within();
        let called = || own().filter_map(Call::callee).flat_map(Body::calls_within);
        let import = own().find(is_import).or_else(|| called().find(is_import))?;
        let name = import.argument(0).map(path_text).unwrap_or_default();
        let written = name.split('{').next().unwrap_or_default();
        let package = written.rsplit_once('.').map_or("", |(package, _)| package);
        Some(Self {
            package: package.trim_matches('.').replace('.', "/"),
            folder: import.source_file().folder().to_owned(),
        })
    }

    fn hold(&self, path: &str) -> bool {
        if self.package.is_empty() {
            return path.starts_with(&self.folder);
        }
        let inside = format!("/{}/", self.package);
        format!("/{path}").contains(&inside)
    }
}

fn is_import(call: &Call<'_>) -> bool {
    let is_computed = |name: Value<'_>| name.constant().text().is_none();
    matches!(call.name(), "import_module" | "__import__" | "import_string")
        && call.argument(0).is_some_and(is_computed)
}
