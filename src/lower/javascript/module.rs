//! What a file takes from others and offers to them: ES modules, `CommonJS`, TypeScript's own forms.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::{Label, Lowering, pattern::is_module_exports};
use crate::facts::{
    EntryKey, Export, ExpressionId, ExpressionKind, Facts, Import, Pattern, Span, StatementKind,
    Text,
};

/// A module named by `require("…")` or `await import("…")`, and the member taken of it at once.
struct Required<'a> {
    module: &'a str,
    name: Option<&'a str>,
}

impl Lowering<'_> {
    pub(super) fn import_declaration(&mut self, node: &ast::ImportDeclaration<'_>) {
        let module = node.source.value.as_str();
        let type_only = node.import_kind.is_type();
        let specifiers = node.specifiers.as_ref().map_or(&[][..], |specifiers| &specifiers[..]);
        if specifiers.is_empty() {
            let import = import("", module, None, self.span(node.span));
            self.facts.imports.push(Import { effect_only: true, type_only, ..import });
        }
        for specifier in specifiers {
            let span = self.span(specifier.span());
            let (local, name, only_type) = match specifier {
                ast::ImportDeclarationSpecifier::ImportSpecifier(specifier) => (
                    &specifier.local,
                    Some(exported_text(&specifier.imported)).filter(|name| name != "default"),
                    specifier.import_kind.is_type(),
                ),
                ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(specifier) => {
                    (&specifier.local, None, false)
                }
                ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(specifier) => {
                    (&specifier.local, None, false)
                }
            };
            let import = import(local.name.as_str(), module, name.as_deref(), span);
            self.facts.imports.push(Import { type_only: type_only || only_type, ..import });
        }
    }

    /// Records `const x = require("m")` and its like as imports. False if the declaration is another.
    pub(super) fn bound_import(&mut self, node: &ast::VariableDeclarator<'_>) -> bool {
        let Some(required) = node.init.as_ref().and_then(required) else { return false };
        let span = self.span(node.span);
        match &node.id {
            ast::BindingPattern::BindingIdentifier(local) => {
                let name = required.name.filter(|name| *name != "default");
                let import = import(local.name.as_str(), required.module, name, span);
                self.facts.imports.push(import);
                true
            }
            ast::BindingPattern::ObjectPattern(object)
                if required.name.is_none() && object.rest.is_none() =>
            {
                let names: Option<Vec<_>> = object.properties.iter().map(plain_property).collect();
                for (name, local) in names.iter().flatten() {
                    let name = Some(name.as_ref()).filter(|name| *name != "default");
                    self.facts.imports.push(import(local, required.module, name, span));
                }
                names.is_some()
            }
            _ => false,
        }
    }

    /// Records a `require("m")` or `import("m")` whose value is dropped. False if it is anything else.
    pub(super) fn effect_import(&mut self, node: &ast::Expression<'_>) -> bool {
        let Some(Required { module, name: None }) = required(node) else { return false };
        let import = import("", module, None, self.span(node.span()));
        self.facts.imports.push(Import { effect_only: true, ..import });
        true
    }

    /// `import x = require("m")`, and `import x = a.b`, which is a binding.
    pub(super) fn import_equals(
        &mut self,
        node: &ast::TSImportEqualsDeclaration<'_>,
    ) -> Option<StatementKind> {
        let span = self.span(node.span);
        let reference = match &node.module_reference {
            ast::TSModuleReference::ExternalModuleReference(reference) => {
                let module = reference.expression.value.as_str();
                let type_only = node.import_kind.is_type();
                let import = import(node.id.name.as_str(), module, None, span);
                self.facts.imports.push(Import { type_only, ..import });
                return None;
            }
            ast::TSModuleReference::IdentifierReference(name) => {
                let kind = ExpressionKind::Name(name.name.as_str().into());
                self.facts.add_expression(kind, self.span(name.span))
            }
            ast::TSModuleReference::QualifiedName(name) => {
                let object = self.type_name(&name.left);
                let name = name.right.name.as_str().into();
                self.facts.add_expression(ExpressionKind::Member { object, name }, span)
            }
        };
        let target = Pattern::Name(node.id.name.as_str().into());
        Some(StatementKind::Bind { target, annotation: None, value: Some(reference) })
    }

    /// `export { a as b }`, where the names are the file's own.
    pub(super) fn export_named(&mut self, node: &ast::ExportNamedDeclaration<'_>) {
        for specifier in &node.specifiers {
            let local = ExpressionKind::Name(exported_text(&specifier.local));
            let value = self.facts.add_expression(local, self.span(specifier.local.span()));
            let name = exported_text(&specifier.exported);
            self.export(name, Some(value), self.span(specifier.span));
        }
    }

    /// `export { a as b } from "m"`.
    pub(super) fn export_from(&mut self, node: &ast::ExportFromDeclaration<'_>) {
        for specifier in &node.specifiers {
            self.facts.exports.push(Export {
                name: exported_text(&specifier.exported),
                value: None,
                from: Some(node.source.value.as_str().into()),
                name_there: Some(exported_text(&specifier.local)),
                span: self.span(specifier.span),
            });
        }
    }

    /// `export * from "m"`; `export * as a from "m"` offers the module itself under a name, so it has no
    /// name there.
    pub(super) fn export_all(&mut self, node: &ast::ExportAllDeclaration<'_>) {
        let name = node.exported.as_ref().map_or_else(|| "*".into(), exported_text);
        let module = node.source.value.as_str();
        self.export_module(name, module, self.span(node.span));
    }

    /// `export default`: what it exports also stands among the statements, where it runs.
    pub(super) fn export_default(
        &mut self,
        node: &ast::ExportDefaultDeclaration<'_>,
    ) -> Option<StatementKind> {
        use ast::ExportDefaultDeclarationKind as Node;
        let span = self.span(node.span);
        let label = Label { text: "default".into(), span };
        let (statement, own_name, kind) = match &node.declaration {
            Node::FunctionDeclaration(function) => {
                function.body.as_ref()?;
                let id = self.function(function, Some(label), function.span);
                (StatementKind::Function(id), &function.id, ExpressionKind::Function(id))
            }
            Node::ClassDeclaration(class) => {
                let id = self.class(class, Some(label));
                (StatementKind::Class(id), &class.id, ExpressionKind::Class(id))
            }
            Node::TSInterfaceDeclaration(interface) => {
                let id = self.interface(interface);
                let name = ExpressionKind::Name(interface.id.name.as_str().into());
                (StatementKind::Class(id), &None, name)
            }
            expression => {
                let value = self.labelled(expression.to_expression(), Some(label));
                self.export("default".into(), Some(value), span);
                return Some(StatementKind::Expression(value));
            }
        };
        let kind = match own_name {
            Some(name) => ExpressionKind::Name(name.name.as_str().into()),
            None => kind,
        };
        let value = self.facts.add_expression(kind, span);
        self.export("default".into(), Some(value), span);
        Some(statement)
    }

    /// Exports a declaration under its own name.
    pub(super) fn export_name(&mut self, name: &Text, span: Span) {
        let kind = ExpressionKind::Name(name.clone());
        let value = self.facts.add_expression(kind, span);
        self.export(name.clone(), Some(value), span);
    }

    /// In `CommonJS`, an assignment to `module.exports`, `exports.a` or `module.exports.a`.
    pub(super) fn common_export(
        &mut self,
        target: &ast::AssignmentTarget<'_>,
        value: ExpressionId,
        span: oxc_span::Span,
    ) {
        let ast::AssignmentTarget::StaticMemberExpression(member) = target else { return };
        let span = self.span(span);
        let name = member.property.name.as_str();
        if is_module_exports(&member.object, name) {
            self.export_whole(value, span);
        } else if is_exports(&member.object) {
            self.export_value(name.into(), value, span);
        }
    }

    /// `module.exports = value` and `export = value`. The members of an object are names of the module.
    pub(super) fn export_whole(&mut self, value: ExpressionId, span: Span) {
        if let Some(module) = required_module(&self.facts, value) {
            self.export_module("*".into(), &module, span);
        }
        self.export_value("default".into(), value, span);
        let ExpressionKind::Object(entries) = self.facts[value].kind.clone() else { return };
        for entry in entries {
            match entry.key {
                EntryKey::Name(name) => self.export_value(name, entry.value, entry.span),
                EntryKey::Spread => {
                    if let Some(module) = required_module(&self.facts, entry.value) {
                        self.export_module("*".into(), &module, entry.span);
                    }
                }
                EntryKey::Computed(_) => {}
            }
        }
    }

    fn export_value(&mut self, name: Text, value: ExpressionId, span: Span) {
        match required_module(&self.facts, value) {
            Some(module) => self.export_module(name, &module, span),
            None => self.export(name, Some(value), span),
        }
    }

    fn export(&mut self, name: Text, value: Option<ExpressionId>, span: Span) {
        if self.namespaces == 0 {
            self.facts.exports.push(Export { name, value, from: None, name_there: None, span });
        }
    }

    /// The module itself, or with the name `*` all its names.
    fn export_module(&mut self, name: Text, from: &str, span: Span) {
        let from = Some(from.into());
        self.facts.exports.push(Export { name, value: None, from, name_there: None, span });
    }

    /// Marks what is exported by name, once all exports are known.
    pub(super) fn mark_public(&mut self) {
        let mut names: Vec<Text> = Vec::new();
        let mut functions = Vec::new();
        let mut classes = Vec::new();
        for export in self.facts.exports.iter().filter(|export| export.from.is_none()) {
            match export.value.map(|value| &self.facts[value].kind) {
                Some(ExpressionKind::Name(name)) => names.push(name.clone()),
                Some(ExpressionKind::Function(id)) => functions.push(*id),
                Some(ExpressionKind::Class(id)) => classes.push(*id),
                _ => {}
            }
        }
        names.sort_unstable();
        let is_exported = |name: &Text| names.binary_search(name).is_ok();
        for &statement in &self.facts[Facts::TOP_LEVEL].body {
            match &self.facts[statement].kind {
                StatementKind::Function(id) if is_exported(&self.facts[*id].name) => {
                    functions.push(*id);
                }
                StatementKind::Class(id) if is_exported(&self.facts[*id].name) => {
                    classes.push(*id);
                }
                StatementKind::Bind { target: Pattern::Name(name), value: Some(value), .. }
                    if is_exported(name) =>
                {
                    match self.facts[*value].kind {
                        ExpressionKind::Function(id) => functions.push(id),
                        ExpressionKind::Class(id) => classes.push(id),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        for id in functions {
            self.facts.function_mut(id).is_public = true;
        }
        for id in classes {
            self.facts.class_mut(id).is_public = true;
        }
    }
}

fn import(local: &str, module: &str, name: Option<&str>, span: Span) -> Import {
    Import {
        local: local.into(),
        module: module.into(),
        name: name.map(Text::from),
        span,
        type_only: false,
        glob: false,
        effect_only: false,
    }
}

fn exported_text(node: &ast::ModuleExportName<'_>) -> Text {
    node.name().as_str().into()
}

/// `{ name: local }` without a default.
fn plain_property<'a>(node: &'a ast::BindingProperty<'_>) -> Option<(Text, &'a str)> {
    let ast::BindingPattern::BindingIdentifier(local) = &node.value else { return None };
    let name = node.key.static_name()?;
    Some((name.as_ref().into(), local.name.as_str()))
}

fn required<'a>(node: &'a ast::Expression<'_>) -> Option<Required<'a>> {
    let module = match node.get_inner_expression() {
        ast::Expression::StaticMemberExpression(member) => {
            let Required { module, name: None } = required(&member.object)? else { return None };
            return Some(Required { module, name: Some(member.property.name.as_str()) });
        }
        ast::Expression::CallExpression(call) if call.callee.is_specific_id("require") => {
            let [argument] = &call.arguments[..] else { return None };
            argument.as_expression()?
        }
        ast::Expression::AwaitExpression(inner) => match &inner.argument {
            ast::Expression::ImportExpression(import) => &import.source,
            _ => return None,
        },
        _ => return None,
    };
    let module = match module {
        ast::Expression::StringLiteral(module) => module.value.as_str(),
        ast::Expression::TemplateLiteral(module) if module.expressions.is_empty() => {
            module.quasis.first()?.value.cooked.as_ref()?.as_str()
        }
        _ => return None,
    };
    Some(Required { module, name: None })
}

/// `exports` or `module.exports`.
fn is_exports(node: &ast::Expression<'_>) -> bool {
    match node {
        ast::Expression::Identifier(name) => name.name.as_str() == "exports",
        ast::Expression::StaticMemberExpression(member) => {
            is_module_exports(&member.object, member.property.name.as_str())
        }
        _ => false,
    }
}

/// The module of a lowered `require("m")`.
fn required_module(facts: &Facts, value: ExpressionId) -> Option<Text> {
    let ExpressionKind::Call { callee, arguments, .. } = &facts[value].kind else { return None };
    let ExpressionKind::Name(callee) = &facts[*callee].kind else { return None };
    match &arguments[..] {
        [module] if callee == "require" => facts[module.value].kind.as_text().map(Text::from),
        _ => None,
    }
}
