//! Which declaration a name is bound to, and which `impl` blocks belong to a type.

use super::Definition;
use crate::{
    facts::{ClassKind, ExpressionKind, Facts, Language},
    project::{Body, ClassRef, Declaration, ExpressionRef, FunctionRef, In, Project},
};

impl Project {
    /// What the name at `expression` is bound to: the declaration that holds there, and the function
    /// that makes it.
    pub fn binding(&self, expression: ExpressionRef) -> Option<(FunctionRef, &Declaration)> {
        let unit = self.unit(expression.file);
        let ExpressionKind::Name(name) = &unit.facts[expression.id].kind else { return None };
        let use_start = unit.facts[expression.id].span.start;
        let mut next = Some(unit.index.expression(expression.id).function);
        while let Some(function) = next {
            let scope = FunctionRef { file: expression.file, id: function };
            if let Some(found) = self.declaration_for(scope, name, use_start) {
                return Some((scope, found));
            }
            next = unit.facts[function].parent;
        }
        None
    }

    /// The module that the first name of a Rust path stands for, when nothing else has that name:
    /// `crate`, `super`, a module declared in the file, a crate of the same workspace.
    pub(super) fn rust_module(
        &self,
        expression: ExpressionRef,
        found: &Definition,
    ) -> Option<Definition> {
        let unit = self.unit(expression.file);
        let ExpressionKind::Name(name) = &unit.facts[expression.id].kind else { return None };
        let is_free = matches!(found, Definition::External(path) if path == name);
        if !is_free || unit.file.language != Language::Rust {
            return None;
        }
        let declared =
            unit.facts.imports.iter().find(|import| import.effect_only && import.local == *name);
        let module = declared.map_or(name.as_str(), |import| import.module.as_str());
        self.modules.resolve(&unit.file, module).map(Definition::Module)
    }

    /// The Rust macro of this name that may leave the function it is used in.
    pub fn macro_named(&self, name: &str) -> Option<Body<'_>> {
        self.macros.get(name).map(|&function| self.body(function))
    }

    /// Notes the macros that are lowered as functions.
    pub(crate) fn resolve_macros(&mut self) {
        let mut found = Vec::new();
        for (file, unit) in self.units().filter(|(_, unit)| unit.file.language == Language::Rust) {
            for (id, function) in unit.facts.functions() {
                let is_template = function.decorators.iter().any(|&decorator| {
                    matches!(&unit.facts[decorator].kind,
                        ExpressionKind::Name(name) if name == "macro_rules")
                });
                if is_template {
                    found.push((function.name.clone(), In { file, id }));
                }
            }
        }
        self.macros.extend(found);
    }

    /// The declaration of `name` in one function that holds at `use_start`: the last one before it; for
    /// a use that comes first (hoisting, another function), the first. One with a value is preferred.
    pub(super) fn declaration_for(
        &self,
        scope: FunctionRef,
        name: &str,
        use_start: u32,
    ) -> Option<&Declaration> {
        let unit = self.unit(scope.file);
        let declarations = unit.index.declarations(scope.id, name);
        let holds = |declaration: &&Declaration| match declaration {
            Declaration::Bound { statement, value, .. } => {
                // `let app = app.layer(x)`: the name inside is the one from before.
                let inside = value.is_some_and(|value| {
                    let span = unit.facts[value].span;
                    span.start <= use_start && use_start < span.end
                });
                unit.facts[*statement].span.start < use_start && !inside
            }
            _ => true,
        };
        // Nothing local is hoisted in Rust and Go: an earlier use means something outside, as in
        // `server := &server{}`.
        let hoists = !matches!(unit.file.language, Language::Rust | Language::Go)
            || scope.id == Facts::TOP_LEVEL;
        let first = || declarations.first().filter(|_| hoists);
        let chosen = declarations.iter().rev().find(holds).or_else(first)?;
        let has_value = |declaration: &&Declaration| {
            !matches!(declaration, Declaration::Bound { value: None, .. })
        };
        if has_value(&chosen) {
            return Some(chosen);
        }
        Some(declarations.iter().rev().find(has_value).unwrap_or(chosen))
    }

    /// The type that a class belongs to: for a Rust `impl` block the type it is for, else itself.
    pub fn type_of(&self, class: ClassRef) -> ClassRef {
        self.types_of_implementations.get(&class).copied().unwrap_or(class)
    }

    /// The `impl` blocks of a Rust type, in the order of their files.
    pub fn implementations(&self, class: ClassRef) -> &[ClassRef] {
        self.implementations.get(&self.type_of(class)).map_or(&[], Vec::as_slice)
    }

    /// Finds what extends or implements what.
    pub(crate) fn resolve_subtypes(&mut self) {
        let mut found = Vec::new();
        for (file, unit) in self.units() {
            if unit.file.language != Language::Java && !unit.file.language.is_script() {
                continue;
            }
            for (id, class) in unit.facts.classes() {
                for &base in &class.bases {
                    if let Definition::Class(base) = self.resolve(In { file, id: base }) {
                        found.push((base, In { file, id }));
                    }
                }
            }
        }
        for (base, class) in found {
            self.subtypes.entry(base).or_default().push(class);
        }
    }

    /// Finds the type of every `impl` block; an `impl` may stand in another file than its type.
    pub(crate) fn resolve_implementations(&mut self) {
        let mut found = Vec::new();
        for (file, unit) in self.units() {
            for (id, class) in unit.facts.classes() {
                if class.kind != ClassKind::Implementation {
                    continue;
                }
                let block = In { file, id };
                let named = match unit.file.language {
                    Language::Go => self.resolve_in_package(file, &class.name),
                    _ => self.resolve_export(file, &class.name),
                };
                let owner = match named {
                    Definition::Class(owner) => owner,
                    _ => block,
                };
                found.push((block, owner));
            }
        }
        for (block, owner) in found {
            self.types_of_implementations.insert(block, owner);
            self.implementations.entry(owner).or_default().push(block);
        }
    }
}
