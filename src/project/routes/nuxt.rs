//! Nuxt and Nitro: handlers below `server/api` and `server/routes` by the place of their files, and the
//! middleware of `server/middleware`, which runs before all of them in the order of its file names.
//!
//! Middleware returns nothing; what it returns all the same is the answer.

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What, exported::exported,
    wrapped::bound_value,
};
use crate::{
    facts::{Role, Text, vocabulary::Meaning},
    project::{
        Call, Definition, FileId, In, Location, Project, Value, guards::Mode, manifests::Ecosystem,
    },
};

mod router;

/// Packages of which one makes a folder `server` the server of an application.
const SERVERS: [&str; 5] = ["nuxt", "nuxt3", "nuxt-nightly", "nitropack", "nitro"];

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut gates: Vec<Gate> =
        project.units().filter_map(|(file, _)| gate(project, file)).collect();
    gates.sort_by(|a, b| a.path.cmp(&b.path));
    for (file, unit) in project.units() {
        let Some(place) = Place::of(project, file) else { continue };
        let Some((method, path)) = address(&place) else { continue };
        let default = unit.facts.exports.iter().find(|export| export.name == "default");
        let Some(export) = default else { continue };
        let value = export.value.and_then(|id| bound_value(project.value(In { file, id })));
        let root = Root::Folder(place.root.as_str().into());
        let before = gates.iter().filter(|gate| gate.root == place.root);
        let before: Vec<Candidate> = before.map(|gate| gate.candidate.clone()).collect();
        if let Some(registered) = value.and_then(router::registered) {
            drafts.extend(registered.into_iter().map(|registered| Draft {
                kind: RouteKind::Http,
                method: registered.method,
                path: registered.path,
                framework: "nuxt",
                location: registered.call.location(),
                handler: registered.handler,
                chain: before.iter().cloned().chain(registered.chain).collect(),
                mount: Mount::Resolved,
                root: Some(root.clone()),
            }));
            continue;
        }
        let (handler, own) = match value.and_then(|value| by_object(project, value)) {
            Some(found) => found,
            None => match exported(project, file, export) {
                Some(found) => found,
                None => continue,
            },
        };
        let mut chain = before;
        chain.extend(own);
        drafts.push(Draft {
            kind: RouteKind::Http,
            method,
            path,
            framework: "nuxt",
            location: Location { file, span: export.span },
            handler,
            chain,
            mount: Mount::Resolved,
            root: Some(root),
        });
    }
}

/// `defineEventHandler({ onRequest: [requireUser], handler })`.
fn by_object(project: &Project, value: Value<'_>) -> Option<(Handler, Vec<Candidate>)> {
    let call = value.as_call().filter(|call| defines_handler(*call))?;
    let handler = call.argument(0)?.entry("handler").given()?;
    let before = call.argument(0)?.entry("onRequest").given();
    let listed = before.map(|before| before.items().unwrap_or_else(|| vec![before]));
    let candidates = listed.unwrap_or_default().into_iter().map(|value| hook(project, value));
    Some((Handler::Expression(handler.at), candidates.collect()))
}

/// The library's own wrapper: what it is given runs, and nothing before it.
fn defines_handler(call: Call<'_>) -> bool {
    call.detail(Meaning::WrapHandler, "framework") == Some("nuxt")
}

/// A function that runs before a handler, taken out of the library's wrapper.
fn hook(project: &Project, value: Value<'_>) -> Candidate {
    let made = project.bound(value.at).map_or(value, |at| project.value(at));
    let call = made.as_call().filter(|call| defines_handler(*call));
    let inner = call.and_then(|call| call.argument(0)).unwrap_or(value);
    Candidate {
        what: What::Expression(inner.at),
        name: value.source().lines().next().unwrap_or_default().into(),
        location: value.location(),
        scope: Scope::Route,
        // What it returns is not looked at.
        mode: Mode::Dependency,
    }
}

// --- Middleware -------------------------------------------------------------------------------------

struct Gate {
    root: String,
    path: String,
    candidate: Candidate,
}

fn gate(project: &Project, file: FileId) -> Option<Gate> {
    let place = Place::of(project, file)?;
    let name = place.inside.strip_prefix("middleware/")?.to_owned();
    let export = project.facts(file).exports.iter().find(|export| export.name == "default")?;
    let what = match exported(project, file, export)?.0 {
        Handler::Function(function) => What::Definition(Definition::Function(function)),
        Handler::Expression(at) => What::Expression(at),
    };
    let candidate = Candidate {
        what,
        name: Text::from(format!("server/middleware/{name}")),
        location: Location { file, span: export.span },
        scope: Scope::Global,
        mode: Mode::Hook,
    };
    Some(Gate { root: place.root, path: name, candidate })
}

// --- Where a file stands ----------------------------------------------------------------------------

/// What a file is by its place in a server.
struct Place {
    /// The folder of the server.
    root: String,
    /// Inside the folder of the server, without extension.
    inside: String,
}

impl Place {
    fn of(project: &Project, file: FileId) -> Option<Self> {
        let file = project.file(file);
        let is_code = file.language.is_script() && file.role != Role::Test;
        let (root, inside) = below_server(&file.path).filter(|_| is_code)?;
        let (inside, _) = inside.rsplit_once('.')?;
        (is_configured(project, root) || is_needed(project, &file.path))
            .then(|| Self { root: root.to_owned(), inside: inside.to_owned() })
    }
}

/// Does the folder say that it is an application, whichever package brings what it needs?
fn is_configured(project: &Project, root: &str) -> bool {
    let names = ["nuxt.config", "nitro.config"];
    let mut files =
        names.iter().flat_map(|name| ["ts", "js", "mjs"].map(|end| format!("{root}{name}.{end}")));
    files.any(|path| project.file_at(&path).is_some())
}

fn is_needed(project: &Project, path: &str) -> bool {
    let Some(package) = project.manifests().package_of(path, Ecosystem::Npm) else { return false };
    let mut names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
    names.any(|name| SERVERS.contains(&name))
}

fn below_server(path: &str) -> Option<(&str, &str)> {
    const FOLDER: &str = "server/";
    let start = match path.strip_prefix(FOLDER) {
        Some(_) => 0,
        None => path.find("/server/")? + 1,
    };
    Some((&path[..start], &path[start + FOLDER.len()..]))
}

/// The method and path of a handler: `api/users/[id].delete` is `DELETE /api/users/[id]`.
fn address(place: &Place) -> Option<(Text, Text)> {
    let inside = place.inside.as_str();
    let local = match inside.strip_prefix("routes/") {
        Some(local) => local,
        None if inside.starts_with("api/") => inside,
        None => return None,
    };
    let methods = ["get", "post", "put", "patch", "delete", "head", "options"];
    let (local, method) = match local.rsplit_once('.') {
        Some((stem, suffix)) if methods.contains(&suffix) => (stem, suffix.to_ascii_uppercase()),
        _ => (local, "ANY".to_owned()),
    };
    let segments = local.split('/').filter(|segment| {
        let is_group = segment.starts_with('(') && segment.ends_with(')');
        !is_group && *segment != "index"
    });
    let path: String = segments.flat_map(|segment| ["/", segment]).collect();
    let path = if path.is_empty() { "/".into() } else { path.into() };
    Some((method.into(), path))
}

#[cfg(test)]
mod tests {
    use super::{Place, address};

    #[test]
    fn suffixes_are_methods() {
        let at = |inside: &str| {
            let place = Place { root: String::new(), inside: inside.to_owned() };
            address(&place).map(|(method, path)| format!("{method} {path}"))
        };
        assert_eq!(at("api/users/[id].delete").as_deref(), Some("DELETE /api/users/[id]"));
        assert_eq!(at("api/users/index").as_deref(), Some("ANY /api/users"));
        assert_eq!(at("routes/feed.xml.get").as_deref(), Some("GET /feed.xml"));
        assert_eq!(at("utils/session"), None);
    }
}
