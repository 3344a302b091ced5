//! Connexion: an `OpenAPI` description names the functions that answer.

use super::{Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What, express::join_paths};
use crate::{
    facts::{Document, Node, Span, Text},
    project::{
        Call, Definition, FileId, FunctionRef, Location, Project, guards::Mode,
        routes::python::calls,
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
        let added = self.added();
        let prefix = self.prefix(added);
        let mount = self.mount(added);
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
                    mount: mount.clone(),
                    root: Some(Root::Router(Location { file: self.file, span: self.tree.span })),
                });
            }
        }
    }

    /// The call that adds the description.
    fn added(&self) -> Option<Call<'p>> {
        let name = self.project.file(self.file).name();
        calls(self.project).find(|call| {
            call.name() == "add_api" && described(*call).is_some_and(|text| text.ends_with(name))
        })
    }

    /// A description that nothing names is served if something adds what it computes.
    fn mount(&self, added: Option<Call<'p>>) -> Mount {
        if added.is_some() {
            return Mount::Resolved;
        }
        let mut adding = calls(self.project).filter(|call| call.name() == "add_api");
        let Some(computed) = adding.find(|call| described(*call).is_none()) else {
            return Mount::Resolved;
        };
        let line = self.project.line(computed.location());
        let file = &computed.source_file().path;
        Mount::Dynamic(format!("{file}:{line} adds descriptions by computed names"))
    }

    /// `base_path=` where the description is added, else that of the description.
    fn prefix(&self, added: Option<Call<'p>>) -> Text {
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
        let alternatives = asked.items().iter().map(|one| self.together(one, schemes));
        let what = What::Any(alternatives.collect());
        let names = asked.items().iter().flat_map(|one| one.entries().map(|(name, _)| name));
        let candidate = Candidate {
            what,
            name: names.collect::<Vec<_>>().join(" or ").into(),
            location: Location { file: self.file, span: asked.span },
            scope: Scope::Route,
            mode: Mode::Truth,
        };
        vec![candidate]
    }

    /// The check of the schemes that are asked for together: the first of them that says what it is.
    fn together(&self, asked: &Node, schemes: Option<&Node>) -> What {
        let checks = asked.entries().filter_map(|(name, _)| {
            let scheme = schemes?.get(name)?;
            CHECKS.into_iter().find_map(|key| scheme.text_at(key))
        });
        let mut missing = None;
        for path in checks {
            match self.by_path(path) {
                Some(definition) => return What::Definition(definition),
                None => missing = Some(path),
            }
        }
        What::Unreadable(match missing {
            Some(path) => format!("`{path}` is not in this repository"),
            None => "the description does not say what checks its scheme".to_owned(),
        })
    }
}

/// The description that a call adds, where it is written.
fn described(call: Call<'_>) -> Option<&str> {
    call.argument(0)?.text()
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
