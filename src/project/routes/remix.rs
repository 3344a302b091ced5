//! Remix and React Router: the `loader` and `action` of route modules, by the place of their files or by
//! `app/routes.ts`.
//!
//! What the loader of a parent checks protects no child: both run side by side. Middleware that a module
//! exports stands before its own loader and action and before those of modules nested in it.

use std::collections::BTreeMap;

use super::{
    Candidate, Draft, Mount, Root, RouteKind, Scope, What, exported::exported, express::join_paths,
    wrapped::bound_value,
};
use crate::{
    facts::{Role, Text, vocabulary::Meaning},
    project::{
        Call, FileId, In, Location, Project, Value, guards::Mode, manifests::Ecosystem,
        modules::join,
    },
};

/// Packages by which an application runs loaders and actions on a server.
const SERVERS: [&str; 2] = ["@remix-run/", "@react-router/"];

/// How files of modules end.
const EXTENSIONS: [&str; 4] = ["tsx", "jsx", "ts", "js"];

/// How many configured routes deep a path is followed.
const PARENTS_MAX: usize = 8;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let configured = configured(project);
    for (file, unit) in project.units() {
        let is_code = unit.file.language.is_script() && unit.file.role != Role::Test;
        if !is_code || !offers(project, file, &["loader", "action"]) {
            continue;
        }
        let Some((root, inside)) = below_application(&unit.file.path) else { continue };
        if !runs_on_server(project, &unit.file.path) {
            continue;
        }
        let place = inside.strip_prefix("routes/").filter(|place| is_module(place));
        let by_config = configured.get(&file);
        let path = match (by_config, place) {
            (Some(configured), _) => configured.path.clone(),
            (None, Some(place)) => route_path(place),
            (None, None) if inside.starts_with("root.") => "/".into(),
            (None, None) => continue,
        };
        let mut modules: Vec<FileId> = root_file(project, root).into_iter().collect();
        modules.extend(by_config.iter().flat_map(|configured| &configured.parents));
        if let (None, Some(place)) = (by_config, place) {
            modules.extend(around(project, root, place));
        }
        modules.retain(|module| *module != file);
        modules.push(file);
        let before: Vec<Candidate> =
            modules.into_iter().flat_map(|module| middleware(project, module)).collect();
        let first = drafts.len();
        push_module(project, file, &path, &before, drafts);
        for draft in &mut drafts[first..] {
            draft.root = Some(Root::Folder(root.into()));
        }
    }
}

/// The drafts of one route module.
fn push_module(
    project: &Project,
    file: FileId,
    path: &Text,
    before: &[Candidate],
    drafts: &mut Vec<Draft>,
) {
    // Without a page of its own, a module answers with data.
    let is_page = offers(project, file, &["default"]);
    for export in &project.facts(file).exports {
        let (kind, method) = match (export.name.as_str(), is_page) {
            ("loader", true) => (RouteKind::Page, "GET"),
            ("loader", false) => (RouteKind::Http, "GET"),
            ("action", _) => (RouteKind::Action, "POST"),
            _ => continue,
        };
        let Some((handler, wrappers)) = exported(project, file, export) else { continue };
        let mut chain = before.to_owned();
        chain.extend(wrappers);
        drafts.push(Draft {
            kind,
            method: method.into(),
            path: path.clone(),
            framework: "remix",
            location: Location { file, span: export.span },
            handler,
            chain,
            mount: Mount::Resolved,
            root: None,
        });
    }
}

/// `export const middleware = [requireUser]`.
fn middleware(project: &Project, file: FileId) -> Vec<Candidate> {
    let exports = &project.facts(file).exports;
    let names = ["middleware", "unstable_middleware"];
    let export = exports.iter().find(|export| names.contains(&export.name.as_str()));
    let value =
        export.and_then(|export| bound_value(project.value(In { file, id: export.value? })));
    let listed = value.and_then(|value| value.unwrapped().items()).unwrap_or_default();
    let candidates = listed.into_iter().map(|value| Candidate {
        what: What::Expression(value.at),
        name: value.source().lines().next().unwrap_or_default().into(),
        location: value.location(),
        scope: Scope::Router,
        mode: Mode::Middleware,
    });
    candidates.collect()
}

fn offers(project: &Project, file: FileId, names: &[&str]) -> bool {
    project.facts(file).exports.iter().any(|export| names.contains(&export.name.as_str()))
}

/// The folder that holds `app`, and the place inside `app`.
fn below_application(path: &str) -> Option<(&str, &str)> {
    match path.strip_prefix("app/") {
        Some(inside) => Some(("", inside)),
        None => path.split_once("/app/"),
    }
}

fn root_file(project: &Project, root: &str) -> Option<FileId> {
    let folder = join(root, "app");
    EXTENSIONS
        .into_iter()
        .find_map(|extension| project.file_at(&format!("{folder}/root.{extension}")))
}

/// The modules that one is nested in by the name of its file: `shop.tsx` of `shop.orders.tsx`.
fn around(project: &Project, root: &str, place: &str) -> Vec<FileId> {
    let folder = join(root, "app/routes");
    let stem = place.rsplit_once('.').map_or(place, |(stem, _)| stem);
    let ends = stem.match_indices(['.', '/']).map(|(end, _)| &stem[..end]);
    let module = |outer: &str| {
        let files = [outer.to_owned(), format!("{outer}/route")];
        let mut paths = files.iter().flat_map(|file| EXTENSIONS.map(|end| format!("{file}.{end}")));
        paths.find_map(|path| project.file_at(&format!("{folder}/{path}")))
    };
    ends.filter_map(module).collect()
}

fn runs_on_server(project: &Project, path: &str) -> bool {
    let package = project.manifests().package_of(path, Ecosystem::Npm);
    package.is_some_and(|package| {
        let mut names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        names.any(|name| SERVERS.iter().any(|server| name.starts_with(server)))
    })
}

// --- Paths ------------------------------------------------------------------------------------------

/// Modules that stand beside routes and are none: `login.server.ts`, `+shared/form.tsx`, `__editor.tsx`.
fn is_module(place: &str) -> bool {
    let beside = |segment: &str| segment.starts_with('+') || segment.starts_with("__");
    let name = place.rsplit('/').next().unwrap_or(place);
    let is_helper =
        [".server.", ".client.", ".test.", ".spec."].iter().any(|part| name.contains(part));
    !is_helper && !place.split('/').any(beside)
}

/// `users.$id_.edit.tsx`, `users/$id/index.tsx` and `users+/$id.tsx` to `/users/:id/edit` and the like.
fn route_path(place: &str) -> Text {
    let stem = place.rsplit_once('.').map_or(place, |(stem, _)| stem);
    let mut path = String::new();
    for segment in stem.split('/').flat_map(|folder| pieces(folder.trim_end_matches('+'))) {
        let segment = segment.trim_start_matches('(').trim_end_matches(')');
        let is_left_out =
            segment.starts_with('_') || matches!(segment, "index" | "route" | "layout");
        let segment = segment.trim_end_matches('_');
        match segment.strip_prefix('$') {
            _ if is_left_out || segment.is_empty() => {}
            Some("") => path.push_str("/*"),
            Some(parameter) => {
                path.push_str("/:");
                path.push_str(parameter);
            }
            None => {
                path.push('/');
                path.extend(segment.chars().filter(|character| !matches!(character, '[' | ']')));
            }
        }
    }
    if path.is_empty() { "/".into() } else { path.into() }
}

/// Splits at dots that do not stand in brackets: `sitemap[.]xml` is one piece.
fn pieces(folder: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let at_dot = move |character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '.' && depth == 0
    };
    folder.split(at_dot).collect()
}

/// What `app/routes.ts` says of a module.
struct Configured {
    path: Text,
    /// The modules that it is nested in, outermost first.
    parents: Vec<FileId>,
}

/// The modules that `app/routes.ts` names: `route("users/:id", "./users/one.tsx", [children])`.
fn configured(project: &Project) -> BTreeMap<FileId, Configured> {
    let declares =
        |call: &Call<'_>| call.detail(Meaning::RegisterRoute, "framework") == Some("remix");
    let mut found = BTreeMap::new();
    for call in project.calls_with(Meaning::RegisterRoute).filter(declares) {
        let Some(file) = module_of(call) else { continue };
        let above: Vec<Call<'_>> =
            call.enclosing_calls().filter(declares).take(PARENTS_MAX).collect();
        let own = Text::from(own_path(call));
        let path = above.iter().fold(own, |path, parent| join_paths(own_path(*parent), &path));
        let parents = above.iter().rev().filter_map(|parent| module_of(*parent)).collect();
        found.insert(file, Configured { path: join_paths("/", &path), parents });
    }
    found
}

/// The part of the path that a declaration adds.
fn own_path(call: Call<'_>) -> &str {
    let is_named = matches!(call.name(), "route" | "prefix");
    call.argument(0).filter(|_| is_named).and_then(Value::text).unwrap_or_default()
}

fn module_of(call: Call<'_>) -> Option<FileId> {
    let module = match call.name() {
        "route" => call.argument(1),
        "index" | "layout" => call.argument(0),
        _ => None,
    };
    call.project.file_at(&join(call.source_file().folder(), module?.text()?))
}

#[cfg(test)]
mod tests {
    use super::{is_module, route_path};

    #[test]
    fn flat_and_nested_files_give_paths() {
        assert_eq!(route_path("users.$id_.edit.tsx"), "/users/:id/edit");
        assert_eq!(
            route_path("users/$username/notes/$noteId.tsx"),
            "/users/:username/notes/:noteId"
        );
        assert_eq!(route_path("_auth/login.tsx"), "/login");
        assert_eq!(route_path("users+/$id.tsx"), "/users/:id");
        assert_eq!(route_path("_index.tsx"), "/");
        assert_eq!(route_path("_seo/sitemap[.]xml.ts"), "/sitemap.xml");
        assert_eq!(route_path("notes.$id/route.tsx"), "/notes/:id");
        assert_eq!(route_path("$.tsx"), "/*");
    }

    #[test]
    fn helpers_beside_routes_are_none() {
        assert!(is_module("users/$id.tsx"));
        assert!(!is_module("users/login.server.ts"));
        assert!(!is_module("users/+shared/form.tsx"));
    }
}
