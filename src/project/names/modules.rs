//! What other files and packages give a name: imports, exports, modules.

use super::{Definition, Resolver, is_known, joined};
use crate::{
    facts::{Argument, ExpressionId, ExpressionKind, Facts, Import, Language, Text},
    project::{ExpressionRef, FileId, FunctionRef, In, packages::server_of},
};

impl Resolver<'_> {
    /// What a module's default export stands for; anything else is itself.
    pub(super) fn default_of(&mut self, definition: Definition) -> Definition {
        let Definition::Module(file) = definition else { return definition };
        match default_export(self.project.facts(file)) {
            Some(value) if self.spend() => {
                let found = self.expression(In { file, id: value });
                if matches!(found, Definition::Module(_)) { definition } else { found }
            }
            _ => definition,
        }
    }

    /// What a name stands for that the file itself does not declare: the package's or the language's own.
    pub(super) fn beyond_file(&mut self, file: FileId, name: &str) -> Definition {
        let unit = self.project.unit(file);
        // Where a path of Rust begins, whatever a glob brings along.
        if unit.file.language == Language::Rust && matches!(name, "crate" | "super") {
            return Definition::External(name.into());
        }
        for import in unit.facts.imports.iter().filter(|import| import.glob) {
            if let Some(module) = self.project.module_of(file, &import.module) {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        match unit.file.language {
            Language::Go | Language::Java => {
                let folder = unit.file.folder().to_owned();
                self.package_member(&folder, name)
                    .unwrap_or_else(|| Definition::External(name.into()))
            }
            language if language.is_script() => {
                let server = server_of(&unit.file.path);
                let helper = server.and_then(|server| self.package_member(server, name));
                helper.filter(is_known).unwrap_or_else(|| Definition::External(name.into()))
            }
            _ => Definition::External(name.into()),
        }
    }

    pub(super) fn package_member(&mut self, folder: &str, name: &str) -> Option<Definition> {
        let file = self.project.packages.declaring(folder, name)?;
        self.declared(FunctionRef { file, id: Facts::TOP_LEVEL }, name, u32::MAX)
    }

    pub(super) fn import(&mut self, file: FileId, import: &Import) -> Definition {
        let from = self.project.file(file);
        if from.language == Language::Go {
            return match self.project.modules.go_folder(&import.module) {
                Some(folder) => Definition::Package(folder.into()),
                None => Definition::External(import.module.clone()),
            };
        }
        if from.language == Language::Java {
            return self.java_import(file, import);
        }
        let Some(module) = self.project.module_of(file, &import.module) else {
            // `from package import module`: the name itself may be a file.
            return self.submodule(file, import).unwrap_or_else(|| {
                let name = import.name.as_deref().filter(|name| *name != "default");
                let module = outside_module(&import.module.replace("::", "."));
                Definition::External(match name {
                    Some(name) => joined(&module, &format!(".{name}")),
                    None => module,
                })
            });
        };
        match &import.name {
            None => Definition::Module(module),
            Some(name) => {
                let found = self.export(module, name);
                if is_known(&found) { found } else { self.submodule(file, import).unwrap_or(found) }
            }
        }
    }

    /// `require("./x")` and `import("./x")` in the middle of an expression.
    pub(super) fn required(&mut self, file: FileId, module: &str) -> Definition {
        match self.project.modules.resolve(self.project.file(file), module) {
            Some(file) => Definition::Module(file),
            None => Definition::External(outside_module(module)),
        }
    }

    fn submodule(&mut self, file: FileId, import: &Import) -> Option<Definition> {
        let from = self.project.file(file);
        let name = import.name.as_deref()?;
        let module = match from.language {
            Language::Python | Language::Notebook if import.module.ends_with('.') => {
                format!("{}{name}", import.module)
            }
            Language::Python | Language::Notebook => format!("{}.{name}", import.module),
            Language::Rust => format!("{}::{name}", import.module),
            _ => return None,
        };
        self.project.modules.resolve(from, &module).map(Definition::Module)
    }

    fn java_import(&mut self, file: FileId, import: &Import) -> Definition {
        let from = self.project.file(file);
        let name = import.name.as_deref().unwrap_or_default();
        let whole = format!("{}.{name}", import.module);
        if let Some(module) = self.project.modules.resolve(from, &whole) {
            let found = self.export(module, name);
            if is_known(&found) {
                return found;
            }
        }
        // A static import: the module is the class.
        if let Some(module) = self.project.module_of(file, &import.module) {
            let class_name = import.module.rsplit('.').next().unwrap_or_default();
            let class = self.export(module, class_name);
            let found = self.member(&class, name);
            if is_known(&found) {
                return found;
            }
        }
        Definition::External(whole.into())
    }

    /// What lies inside a package that is named in full: Java's `org.example.Helper` without an import.
    pub(super) fn module_inside(
        &mut self,
        file: FileId,
        package: &Definition,
        name: &str,
    ) -> Option<Definition> {
        let Definition::External(package) = package else { return None };
        let is_java = self.project.unit(file).file.language == Language::Java;
        let is_class = name.starts_with(char::is_uppercase) && !package.contains(['(', '?']);
        if !is_java || !is_class {
            return None;
        }
        let module = self.project.module_of(file, &format!("{package}.{name}"))?;
        Some(self.export(module, name)).filter(is_known)
    }

    /// The module that is named in full after `import package.module`, whatever its first name alone may stand
    /// for: a folder, a package, or a file of that name nearer by.
    pub(super) fn spelled_module(&self, at: ExpressionRef) -> Option<Definition> {
        let unit = self.project.unit(at.file);
        if !matches!(unit.file.language, Language::Python | Language::Notebook) {
            return None;
        }
        let mut asked = unit.facts.imports.iter().filter(|import| import.effect_only).peekable();
        asked.peek()?;
        let whole = spelled(&unit.facts, at.id)?;
        let is_asked = |import: &Import| {
            let rest = import.module.strip_prefix(whole.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let module = asked.any(is_asked).then(|| self.project.module_of(at.file, &whole))?;
        module.map(Definition::Module)
    }

    /// What a module offers under `name`.
    pub(super) fn export(&mut self, file: FileId, name: &str) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let unit = self.project.unit(file);
        let exports = &unit.facts.exports;
        if let Some(export) = exports.iter().find(|export| export.name == name) {
            if let Some(value) = export.value {
                return self.expression(In { file, id: value });
            }
            if let Some(from) = &export.from {
                let there = export.name_there.as_deref();
                return self.re_export(file, from, there);
            }
        }
        let top = FunctionRef { file, id: Facts::TOP_LEVEL };
        let is_script = unit.file.language.is_script();
        let is_default_object = name != "default" && is_script;
        if is_default_object && let Some(value) = default_export(&unit.facts) {
            let whole = self.expression(In { file, id: value });
            let found = self.member_of_export(&whole, name);
            if is_known(&found) {
                return found;
            }
        }
        if !is_script && let Some(found) = self.declared(top, name, u32::MAX) {
            return found;
        }
        for export in exports.iter().filter(|export| export.name == "*") {
            if let Some(from) = &export.from
                && let Some(module) = self.project.module_of(file, from)
            {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        for import in unit.facts.imports.iter().filter(|import| import.glob && !is_script) {
            if let Some(module) = self.project.module_of(file, &import.module) {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        Definition::Unknown
    }

    pub(super) fn member_of_export(&mut self, whole: &Definition, name: &str) -> Definition {
        match whole {
            Definition::Value(_)
            | Definition::Instance(_)
            | Definition::Class(_)
            | Definition::Constructed(_)
            | Definition::External(_) => self.member(whole, name),
            _ => Definition::Unknown,
        }
    }

    fn re_export(&mut self, file: FileId, from: &str, there: Option<&str>) -> Definition {
        let importer = self.project.file(file);
        match (self.project.module_of(file, from), there) {
            (Some(module), Some(name)) => {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
                let nested = format!("{from}::{name}");
                match self.project.modules.resolve(importer, &nested) {
                    Some(module) if importer.language == Language::Rust => {
                        Definition::Module(module)
                    }
                    _ => found,
                }
            }
            (Some(module), None) => Definition::Module(module),
            (None, there) => {
                let from = from.replace("::", ".");
                match there.filter(|name| *name != "default") {
                    Some(name) => Definition::External(joined(&from, &format!(".{name}"))),
                    None => Definition::External(from.into()),
                }
            }
        }
    }

    /// `package.module` where the package does not import it (Python), `module::child` (Rust).
    pub(super) fn child_module(&mut self, file: FileId, name: &str) -> Definition {
        let file = self.project.file(file);
        let child = match file.language {
            Language::Rust if name == "super" => name.to_owned(),
            Language::Rust => format!("self::{name}"),
            Language::Python if file.name() == "__init__.py" => format!(".{name}"),
            _ => return Definition::Unknown,
        };
        match self.project.modules.resolve(file, &child) {
            Some(module) => Definition::Module(module),
            None => Definition::Unknown,
        }
    }
}

/// The name of a package, however it is asked for: `node:fs` is `fs`, `npm:zod@3` and
/// `https://esm.sh/zod@3.22.4?target=deno` are `zod`, `https://deno.land/std@0.200.0/http/server.ts` is
/// `@std/http`.
pub(super) fn outside_module(module: &str) -> Text {
    if let Some(built_in) = module.strip_prefix("node:") {
        return built_in.into();
    }
    let package = ["npm:", "jsr:"].into_iter().find_map(|scheme| module.strip_prefix(scheme));
    let address = module.strip_prefix("https://").or_else(|| module.strip_prefix("http://"));
    let Some(rest) = package.or(address) else { return module.into() };
    let rest = rest.split('?').next().unwrap_or(rest).trim_start_matches('/');
    let mut segments: Vec<&str> = rest.split('/').collect();
    if package.is_none() {
        segments.remove(0);
        // `esm.sh/v135/zod`, `cdn.jsdelivr.net/npm/zod`, `deno.land/x/oak@v12/mod.ts`.
        let is_shelf = |segment: &&str| {
            matches!(*segment, "npm" | "x" | "gh" | "stable")
                || segment.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok())
        };
        if segments.len() > 1 && segments.first().is_some_and(is_shelf) {
            segments.remove(0);
        }
    }
    let unversioned = |segment: &str| {
        let end = segment.char_indices().skip(1).find(|&(_, character)| character == '@');
        end.map_or(segment, |(end, _)| &segment[..end]).to_owned()
    };
    let mut names: Vec<String> = segments.into_iter().map(unversioned).collect();
    if names.last().is_some_and(|last| last.ends_with(".ts") || last.ends_with(".js")) {
        names.pop();
    }
    if names.first().is_some_and(|first| first == "std") {
        names[0].insert(0, '@');
    }
    names.join("/").into()
}

pub(super) fn required_module<'f>(
    facts: &'f Facts,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Option<&'f str> {
    let ExpressionKind::Name(name) = &facts[callee].kind else { return None };
    let is_import = name == "require" || name == "import";
    facts[arguments.first().filter(|_| is_import)?.value].kind.as_text()
}

fn default_export(facts: &Facts) -> Option<ExpressionId> {
    facts.exports.iter().find(|export| export.name == "default").and_then(|export| export.value)
}

/// The names of a chain without calls: `package.module`.
fn spelled(facts: &Facts, id: ExpressionId) -> Option<String> {
    match &facts[id].kind {
        ExpressionKind::Name(name) => Some(name.to_string()),
        ExpressionKind::Member { object, name } => {
            Some(format!("{}.{name}", spelled(facts, *object)?))
        }
        _ => None,
    }
}
