//! `SvelteKit`: endpoints, form actions and loads by the place of their files, and the `handle` of
//! `hooks.server` that stands before all of them.
//!
//! What a layout's load checks protects neither actions nor endpoints: each runs on its own.

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
    exported::{exported, innermost},
    wrapped::bound_value,
};
use crate::{
    facts::{EntryKey, Export, ExpressionKind, Role, Text, vocabulary::Meaning},
    project::{Definition, FileId, In, Location, Project, Value, guards::Mode},
};

/// The exports of `+server` that answer requests. `fallback` takes every method without one.
const VERBS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "fallback"];

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let hooks: Vec<Hook> = project.units().filter_map(|(file, _)| hook(project, file)).collect();
    for (file, unit) in project.units() {
        let is_code = unit.file.language.is_script() && unit.file.role != Role::Test;
        let Some(place) = Place::of(&unit.file.path).filter(|_| is_code) else { continue };
        let hook = hooks.iter().find(|hook| hook.root == place.root);
        let before = hook.map_or(&[][..], |hook| hook.candidates.as_slice());
        let first = drafts.len();
        for export in &unit.facts.exports {
            match (place.kind, export.name.as_str()) {
                (Kind::Endpoint, name) if VERBS.contains(&name) => {
                    let method = if name == "fallback" { "ANY" } else { name };
                    let found = exported(project, file, export);
                    let location = Location { file, span: export.span };
                    let draft = found.map(|found| {
                        draft(RouteKind::Http, method, place.path.clone(), location, found)
                    });
                    drafts.extend(draft);
                }
                (Kind::Page, "actions") => actions(project, file, export, &place.path, drafts),
                (Kind::Page | Kind::Layout, "load") => {
                    let found = exported(project, file, export);
                    let location = Location { file, span: export.span };
                    let draft = found.map(|found| {
                        draft(RouteKind::Page, "GET", place.path.clone(), location, found)
                    });
                    drafts.extend(draft);
                }
                _ => {}
            }
        }
        for draft in &mut drafts[first..] {
            draft.chain.splice(..0, before.iter().cloned());
            draft.root = Some(Root::Folder(place.root.as_str().into()));
        }
    }
}

fn draft(
    kind: RouteKind,
    method: &str,
    path: Text,
    location: Location,
    (handler, chain): (Handler, Vec<Candidate>),
) -> Draft {
    Draft {
        kind,
        method: method.into(),
        path,
        framework: "sveltekit",
        location,
        handler,
        chain,
        mount: Mount::Resolved,
        root: None,
    }
}

/// The form actions of a page: `default` is sent to the page itself, the others to `?/name`.
fn actions(project: &Project, file: FileId, export: &Export, page: &Text, drafts: &mut Vec<Draft>) {
    let value = export.value.and_then(|id| bound_value(project.value(In { file, id })));
    let Some(object) = value.map(|value| value.unwrapped().constant()) else { return };
    let ExpressionKind::Object(entries) = object.kind() else { return };
    for entry in entries {
        let EntryKey::Name(name) = &entry.key else { continue };
        let path = match name.as_str() {
            "default" => page.clone(),
            name => Text::from(format!("{page}?/{name}")),
        };
        let found = innermost(project, object.sibling(entry.value));
        let location = Location { file: object.at.file, span: entry.span };
        drafts.push(draft(RouteKind::Action, "POST", path, location, found));
    }
}

// --- Where a file stands ----------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Endpoint,
    Page,
    Layout,
}

/// What a file is by its place in an application.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// The folder that holds `src`.
    root: String,
    kind: Kind,
    path: Text,
}

/// The folder below which routes stand.
const ROUTES: &str = "src/routes/";

impl Place {
    fn of(path: &str) -> Option<Self> {
        let (root, inside) = below_routes(path)?;
        let (folder, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        let (stem, extension) = name.rsplit_once('.')?;
        let kind = match stem {
            "+server" => Kind::Endpoint,
            "+page.server" => Kind::Page,
            "+layout.server" => Kind::Layout,
            _ => return None,
        };
        let is_script = matches!(extension, "ts" | "js" | "mts" | "mjs");
        let root = root.trim_end_matches('/').to_owned();
        is_script.then(|| Self { root, kind, path: route_path(folder) })
    }
}

/// The identifier that the framework gives a route, groups included: `event.route.id`.
pub(super) fn route_id(path: &str) -> Option<String> {
    let (_, inside) = below_routes(path)?;
    let folder = inside.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(format!("/{folder}"))
}

fn below_routes(path: &str) -> Option<(&str, &str)> {
    let start = path.find(ROUTES)?;
    let root = &path[..start];
    (root.is_empty() || root.ends_with('/')).then(|| (root, &path[start + ROUTES.len()..]))
}

/// Groups `(x)` are no part of a path.
fn route_path(folder: &str) -> Text {
    let segments = folder.split('/');
    let visible = segments.filter(|segment| !(segment.starts_with('(') || segment.is_empty()));
    let path: String = visible.flat_map(|segment| ["/", segment]).collect();
    if path.is_empty() { "/".into() } else { path.into() }
}

// --- What stands before all of them -----------------------------------------------------------------

/// The `handle` of an application.
struct Hook {
    root: String,
    candidates: Vec<Candidate>,
}

fn hook(project: &Project, file: FileId) -> Option<Hook> {
    let unit = project.unit(file);
    let (root, rest) = unit.file.path.split_once("src/hooks.server.")?;
    let is_hook = unit.file.language.is_script() && matches!(rest, "ts" | "js");
    let export = unit.facts.exports.iter().find(|export| export.name == "handle" && is_hook)?;
    let root = root.trim_end_matches('/').to_owned();
    let location = Location { file, span: export.span };
    let value = export.value.and_then(|id| bound_value(project.value(In { file, id })));
    let sequence = value
        .and_then(Value::as_call)
        .filter(|call| call.detail(Meaning::WrapHandler, "runs") == Some("in-order"));
    if let Some(sequence) = sequence {
        let parts = sequence.positional().map(|part| Candidate {
            what: What::Expression(part.at),
            name: part.source().lines().next().unwrap_or_default().into(),
            location: part.location(),
            scope: Scope::Global,
            mode: Mode::Middleware,
        });
        return Some(Hook { root, candidates: parts.collect() });
    }
    let what = match project.resolve_export(file, "handle") {
        Definition::Function(function) => What::Definition(Definition::Function(function)),
        _ => What::Expression(In { file, id: export.value? }),
    };
    let candidate = Candidate {
        what,
        name: "handle".into(),
        location,
        scope: Scope::Global,
        mode: Mode::Middleware,
    };
    Some(Hook { root, candidates: vec![candidate] })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Place, route_id};

    #[test]
    fn a_place_gives_the_path_without_groups() {
        let place = Place::of("web/src/routes/(app)/notes/[id]/+page.server.ts").expect("a page");
        assert_eq!(
            place,
            Place { root: "web".into(), kind: Kind::Page, path: "/notes/[id]".into() }
        );
        assert_eq!(Place::of("src/routes/+server.js").expect("an endpoint").path, "/");
        assert_eq!(Place::of("src/routes/notes/+page.ts"), None);
        assert_eq!(route_id("src/routes/(app)/notes/+server.ts").as_deref(), Some("/(app)/notes"));
    }
}
