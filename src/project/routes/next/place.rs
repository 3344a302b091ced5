//! From the place of a file to the path of its route.

use crate::{facts::Text, project::Project};

/// What a file is by its place in an application.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `app/**/route.ts`.
    Route { root: String, path: Text },
    /// `pages/api/**`.
    Api { root: String, path: Text },
}

/// What the file at `path` is.
pub(super) fn of(project: &Project, path: &str) -> Option<Place> {
    let stem = stem(path)?;
    let segments: Vec<&str> = stem.split('/').collect();
    if segments.last() == Some(&"route") {
        let app = folder(project, &segments, "app")?;
        let inner = &segments[app + 1..segments.len() - 1];
        return Some(Place::Route { root: root(&segments[..app]), path: route_path(inner) });
    }
    let pages = folder(project, &segments, "pages")?;
    let inner = &segments[pages + 1..];
    let inner = if inner.last() == Some(&"index") { &inner[..inner.len() - 1] } else { inner };
    let is_api = segments.get(pages + 1) == Some(&"api");
    is_api.then(|| Place::Api { root: root(&segments[..pages]), path: route_path(inner) })
}

/// The application that a `middleware.ts` or `proxy.ts` stands before, if it stands where Next.js looks.
pub(super) fn of_middleware(project: &Project, path: &str) -> Option<String> {
    let stem = stem(path)?;
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    if !matches!(name, "middleware" | "proxy") {
        return None;
    }
    let segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    let root = root(&segments);
    let has_package = has_package(project, &root);
    let is_at_root = segments.is_empty() || segments.last() == Some(&"src") || has_package;
    (is_at_root && has_application(project, &root)).then_some(root)
}

fn stem(path: &str) -> Option<&str> {
    let (stem, extension) = path.rsplit_once('.')?;
    matches!(extension, "ts" | "js" | "tsx" | "jsx" | "mjs").then_some(stem)
}

/// The position of the folder that holds the application's routes. In a repository of several packages
/// any folder may be called `app`: the one in a package's root counts, else the first.
fn folder(project: &Project, segments: &[&str], name: &str) -> Option<usize> {
    let folders = segments.len().saturating_sub(1);
    let named: Vec<usize> = (0..folders).filter(|&number| segments[number] == name).collect();
    let in_package =
        named.iter().copied().find(|&number| has_package(project, &root(&segments[..number])));
    in_package.or_else(|| named.first().copied())
}

fn has_package(project: &Project, root: &str) -> bool {
    let manifest = in_folder(root, "package.json");
    project.names().binary_search(&manifest).is_ok()
}

fn has_application(project: &Project, root: &str) -> bool {
    ["app/", "pages/", "src/app/", "src/pages/"].into_iter().any(|folder| {
        let prefix = in_folder(root, folder);
        let names = project.names();
        let first = names.partition_point(|name| *name < prefix);
        names.get(first).is_some_and(|name| name.starts_with(&prefix))
    })
}

fn in_folder(root: &str, name: &str) -> String {
    if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") }
}

/// The application's folder: what holds `app`, `src` left out.
fn root(segments: &[&str]) -> String {
    let segments = match segments.split_last() {
        Some((&"src", above)) => above,
        _ => segments,
    };
    segments.join("/")
}

/// Groups `(x)` and slots `@x` are no part of a path.
fn route_path(segments: &[&str]) -> Text {
    let visible = segments.iter().filter(|segment| {
        let is_group = segment.starts_with('(') && segment.ends_with(')');
        !is_group && !segment.starts_with('@')
    });
    let mut path = String::new();
    for segment in visible {
        path.push('/');
        path.push_str(segment);
    }
    if path.is_empty() { "/".into() } else { path.into() }
}

#[cfg(test)]
mod tests {
    use super::route_path;

    #[test]
    fn groups_and_slots_are_no_part_of_the_path() {
        assert_eq!(route_path(&["(shop)", "api", "[id]"]), "/api/[id]");
        assert_eq!(route_path(&["@modal", "api"]), "/api");
        assert_eq!(route_path(&[]), "/");
    }
}
