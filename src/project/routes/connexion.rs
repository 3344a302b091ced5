//! Connexion: an `OpenAPI` description names the functions that answer.

use super::{Candidate, Draft, Handler, Mount, RouteKind, Scope, What, express::join_paths};
use crate::{
    facts::{Document, Node, Span, Text},
    project::{
        Definition, FileId, FunctionRef, Location, Project, guards::Mode, routes::python::calls,
    },
};

const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

/// The keys under which a scheme names the function that checks its credential.
const CHECKS: [&str; 4] =
    ["x-bearerInfoFunc", "x-tokenInfoFunc", "x-basicInfoFunc", "x-apikeyInfoFunc"];

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let is_used = |module: &str| module == "connexion" || module.starts_with("connexion.");
    let uses = project
        .units()
        .any(|(_, unit)| unit.facts.imports.iter().any(|import| is_used(&import.module)));
    if !uses {
        return;
    }
    for (file, unit) in project.units() {
        let Some(Document::Tree(trees)) = &unit.facts.document else { continue };
        for tree in trees {
            if let Some(paths) = tree.get("paths") {
                Description { project, file, tree }.read(paths, drafts);
            }
        }
    }
}

struct Description<'p> {
    project: &'p Project,
    file: FileId,
    tree: &'p Node,
}

impl<'p> Description<'p> {
    fn read(&self, paths: &'p Node, drafts: &mut Vec<Draft>) {
        let prefix = self.prefix();
        for (path, item) in paths.entries() {
            let local = join_paths(&prefix, path);
            for (method, span, operation) in operations(item) {
                let Some(handler) = self.handler(item, operation) else { continue };
                drafts.push(Draft {
                    kind: RouteKind::Http,
                    method: method.to_ascii_uppercase().into(),
                    path: local.clone(),
                    framework: "connexion",
                    location: Location { file: self.file, span },
                    handler: Handler::Function(handler),
                    chain: self.security(operation),
                    mount: Mount::Resolved,
                    root: Some(Location { file: self.file, span: self.tree.span }),
                });
            }
        }
    }

    /// `base_path=` where the description is added, else that of the description.
    fn prefix(&self) -> Text {
        let name = self.project.file(self.file).name();
        let added = calls(self.project).find(|call| {
            let named = call.argument(0).and_then(super::super::views::Value::text);
            call.name() == "add_api" && named.is_some_and(|text| text.ends_with(name))
        });
        let given = added.and_then(|call| call.named("base_path")?.text());
        let server = || {
            let first = self.tree.get("servers")?.items().first()?;
            let url = first.text_at("url")?;
            Some(match url.split_once("://") {
                Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
                None => url,
            })
        };
        given.or_else(|| self.tree.text_at("basePath")).or_else(server).unwrap_or_default().into()
    }

    /// The function that `operationId` names, below the controller where one is given.
    fn handler(&self, item: &Node, operation: &Node) -> Option<FunctionRef> {
        let name = operation.text_at("operationId")?;
        let controllers = ["x-openapi-router-controller", "x-swagger-router-controller"];
        let controller = controllers
            .into_iter()
            .find_map(|key| operation.text_at(key).or_else(|| item.text_at(key)));
        let whole = match controller {
            Some(controller) => format!("{controller}.{name}"),
            None => name.to_owned(),
        };
        match self.by_path(&whole)? {
            Definition::Function(function) => Some(function),
            _ => None,
        }
    }

    /// What a dotted path stands for, seen from any Python file.
    fn by_path(&self, path: &str) -> Option<Definition> {
        let (module, name) = path.rsplit_once('.')?;
        let mut sources = self
            .project
            .units()
            .filter(|(file, _)| super::python::is_python(self.project, *file))
            .map(|(_, unit)| &unit.file);
        let found = sources.find_map(|from| self.project.modules().resolve(from, module))?;
        Some(self.project.resolve_export(found, name))
    }

    /// The checks of the schemes that an operation, or else the whole description, asks for.
    fn security(&self, operation: &Node) -> Vec<Candidate> {
        let Some(asked) = operation.get("security").or_else(|| self.tree.get("security")) else {
            return Vec::new();
        };
        // `{}` among the alternatives lets strangers pass.
        if asked.items().iter().any(|one| one.entries().next().is_none()) {
            return Vec::new();
        }
        let schemes = self
            .tree
            .at(&["components", "securitySchemes"])
            .or_else(|| self.tree.get("securityDefinitions"));
        let names = asked.items().iter().flat_map(|one| one.entries().map(|(name, _)| name));
        let checks = names.filter_map(|name| {
            let scheme = schemes?.get(name)?;
            let path = CHECKS.into_iter().find_map(|key| scheme.text_at(key))?;
            Some(Candidate {
                what: What::Definition(self.by_path(path)?),
                name: path.into(),
                location: Location { file: self.file, span: scheme.span },
                scope: Scope::Route,
                mode: Mode::Dependency,
            })
        });
        checks.collect()
    }
}

/// The operations of a path, each with the place of its key.
fn operations(item: &Node) -> impl Iterator<Item = (&str, Span, &Node)> {
    use crate::facts::NodeKind;

    let entries = match &item.kind {
        NodeKind::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    entries
        .iter()
        .filter(|(method, _, _)| METHODS.contains(&method.as_str()))
        .map(|(method, span, operation)| (method.as_str(), *span, operation))
}
