//! Which files ship to a browser, and by which chain of imports.

use std::collections::{BTreeMap, VecDeque};

use super::{FileId, Project};
use crate::facts::{Language, Role, Runtime};

/// Files that a browser gets, each with the file that brings it along; an entry brings itself.
#[derive(Debug, Default)]
pub struct Client {
    brought_by: BTreeMap<FileId, FileId>,
}

impl Client {
    /// Follows the imports of every entry of a browser's bundle.
    pub fn of(project: &Project) -> Self {
        let mut client = Self::default();
        let mut pending = VecDeque::new();
        for (id, unit) in project.units() {
            if unit.file.language.is_script()
                && unit.file.role == Role::Source
                && is_entry(project, id)
            {
                client.brought_by.insert(id, id);
                pending.push_back(id);
            }
        }
        while let Some(from) = pending.pop_front() {
            for import in project.facts(from).imports.iter().filter(|import| !import.type_only) {
                let Some(to) = project.modules().resolve(project.file(from), &import.module) else {
                    continue;
                };
                if !client.brought_by.contains_key(&to) && !stays_on_server(project, to) {
                    client.brought_by.insert(to, from);
                    pending.push_back(to);
                }
            }
        }
        client
    }

    pub fn has(&self, file: FileId) -> bool {
        self.brought_by.contains_key(&file)
    }

    /// Does the project ship anything to a browser?
    pub fn is_empty(&self) -> bool {
        self.brought_by.is_empty()
    }

    /// From the entry to the file.
    pub fn chain(&self, file: FileId) -> Vec<FileId> {
        let mut chain = vec![file];
        let mut at = file;
        while let Some(&by) = self.brought_by.get(&at).filter(|by| **by != at) {
            chain.push(by);
            at = by;
        }
        chain.reverse();
        chain
    }
}

/// Code that a framework or a page loads in the browser by itself.
fn is_entry(project: &Project, id: FileId) -> bool {
    let unit = project.unit(id);
    let path = &*unit.file.path;
    let is_component = matches!(unit.file.language, Language::Vue | Language::Svelte);
    let is_marked = unit.facts.directives.iter().any(|directive| directive == "use client");
    let is_loaded =
        unit.file.runtime == Runtime::Browser && is_first(path) || is_from_page(project, id);
    !stays_on_server(project, id) && (is_component || is_marked || is_loaded)
}

/// Does a file of Rust use what only a browser has?
pub fn is_rust_of_browser(project: &Project, id: FileId) -> bool {
    if project.file(id).language != Language::Rust {
        return false;
    }
    let imports = project.facts(id).imports.iter();
    imports.map(|import| import.module.split("::").next().unwrap_or_default()).any(|library| {
        matches!(library, "web_sys" | "gloo" | "gloo_net" | "gloo_storage" | "wasm_bindgen" | "yew")
    })
}

/// The first file of a bundle, by the names that bundlers' templates give it.
fn is_first(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    matches!(
        stem,
        "main"
            | "index"
            | "App"
            | "app"
            | "client"
            | "entry-client"
            | "popup"
            | "content"
            | "background"
            | "contentScript"
            | "renderer"
    ) || path.contains("/components/")
        || path.contains("/pages/") && !path.contains("/api/")
}

/// Does a page of the project load this file?
fn is_from_page(project: &Project, id: FileId) -> bool {
    let path = &*project.file(id).path;
    let name = path.rsplit('/').next().unwrap_or(path);
    let pages = project.units().filter(|(_, unit)| unit.file.language == Language::Html);
    let mut pages = pages.filter(|(_, unit)| matches!(unit.file.role, Role::Source | Role::Config));
    pages.any(|(page_id, page)| {
        // Every package of a workspace may have its own `/src/main.ts`.
        let is_of_package = || project.package_folder(page_id) == project.package_folder(id);
        let is_loaded = page.file.text.match_indices(name).any(|(place, _)| {
            let before = &page.file.text[..place];
            let tag = before.rfind('<').map_or("", |start| &before[start..]);
            // `src="/src/main.tsx"` is meant from the page's folder or from the root.
            let written =
                tag.rsplit(['"', '\'']).next().unwrap_or_default().trim_start_matches(['.', '/']);
            tag.starts_with("<script") && path.ends_with(&format!("{written}{name}"))
        });
        is_loaded && is_of_package()
    })
}

/// Marked for the server by a directive, an import or a name that bundlers honour.
fn stays_on_server(project: &Project, id: FileId) -> bool {
    let unit = project.unit(id);
    let path = &*unit.file.path;
    let is_marked = unit
        .facts
        .directives
        .iter()
        .any(|directive| directive == "use server" || directive == "server-only")
        || unit.facts.imports.iter().any(|import| import.module == "server-only");
    let name = path.rsplit('/').next().unwrap_or(path);
    is_marked
        || name.contains(".server.")
        || name.starts_with("+server.")
        || path.contains("/lib/server/")
        || path.contains("/api/") && path.contains("app/")
        || path.contains("pages/api/")
        || matches!(unit.file.runtime, Runtime::Server | Runtime::Edge)
            && name.starts_with("route.")
}
