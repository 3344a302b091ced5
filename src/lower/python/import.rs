//! Imports.

use ruff_python_ast::{StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

use super::{Lowering, span_of};
use crate::facts::{Import, Text};

impl Lowering<'_> {
    /// `import a.b as c` names the whole module; `import a.b` names `a` and runs `a.b` as well.
    pub(super) fn import(&mut self, statement: &StmtImport) {
        for alias in &statement.names {
            let module = Text::from(alias.name.as_str());
            let span = span_of(alias.range());
            if let Some(local) = &alias.asname {
                self.add_import(Import { local: local.as_str().into(), ..whole(module, span) });
                continue;
            }
            match module.split_once('.') {
                None => self.add_import(Import { local: module.clone(), ..whole(module, span) }),
                Some((package, _)) => {
                    let package = Text::from(package);
                    self.add_import(Import { local: package.clone(), ..whole(package, span) });
                    self.add_import(Import { effect_only: true, ..whole(module, span) });
                }
            }
        }
    }

    pub(super) fn import_from(&mut self, statement: &StmtImportFrom) {
        let mut module = Text::from(".".repeat(statement.level as usize));
        module.push_str(statement.module.as_ref().map_or("", |name| name.as_str()));
        for alias in &statement.names {
            let import = whole(module.clone(), span_of(alias.range()));
            if alias.name.as_str() == "*" {
                self.add_import(Import { glob: true, ..import });
                continue;
            }
            let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str().into();
            self.add_import(Import { local, name: Some(alias.name.as_str().into()), ..import });
        }
    }

    fn add_import(&mut self, import: Import) {
        self.facts.imports.push(Import { type_only: self.is_type_checking, ..import });
    }
}

/// An import of `module` that binds nothing yet.
fn whole(module: Text, span: crate::facts::Span) -> Import {
    Import {
        local: Text::default(),
        module,
        name: None,
        span,
        type_only: false,
        glob: false,
        effect_only: false,
    }
}
