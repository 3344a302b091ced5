use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::{
    facts::{Document, ExpressionKind, Facts, Span, vocabulary::Meaning},
    project::{FileId, Location, Project},
    rules::Sites,
};

/// Where the secrets of one machine are kept.
const LOCAL_FILE: &str = ".env";

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(reads) = first_read(project).filter(|_| keeps_files(project)) else { return };
    for folder in folders(project) {
        let file = if folder.is_empty() { ".env".to_owned() } else { format!("{folder}/.env") };
        let name = if folder.is_empty() { "the root" } else { folder };
        match ignored(project, folder, ".gitignore") {
            Some(list) => {
                sites.holds(list, name, format!("`{file}` is ignored"));
            }
            None => {
                let place = nearest(project, folder).unwrap_or(reads);
                let message =
                    format!("git would add `{file}`, where the secrets of one machine are kept");
                sites
                    .gap(place, name, message)
                    .because(reads, "the environment is read here")
                    .identity(name);
            }
        }
    }
}

/// Where the project reads a variable of its environment, outside tests.
fn first_read(project: &Project) -> Option<Location> {
    let by_call = project.calls_with(Meaning::ReadEnvironment).map(|call| call.location());
    let by_member = project.units().flat_map(|(file, unit)| {
        let members = members(&unit.facts);
        members.map(move |span| Location { file, span })
    });
    by_call.chain(by_member).filter(|place| project.file(place.file).is_shipped()).min()
}

/// `process.env.NAME`, `import.meta.env.NAME`.
fn members(facts: &Facts) -> impl Iterator<Item = Span> {
    facts.expressions.iter().filter_map(|expression| match &expression.kind {
        ExpressionKind::Member { name, .. } if name == "env" => Some(expression.span),
        _ => None,
    })
}

/// Folders in which such a file is expected: beside a template of one, or at the root.
fn folders(project: &Project) -> Vec<&str> {
    let environments = project.manifests().environments.iter();
    let mut folders: Vec<&str> = environments
        .map(|environment| project.file(environment.file))
        .filter(|file| file.name().starts_with(".env") && file.path.split('/').count() <= 4)
        .map(crate::facts::File::folder)
        .collect();
    folders.sort_unstable();
    folders.dedup();
    if folders.is_empty() { vec![""] } else { folders }
}

/// Is there a sign that variables are kept in a file: one of its kind, code that names it, or a bundler that
/// looks for it by itself? Elsewhere the environment comes from outside.
fn keeps_files(project: &Project) -> bool {
    let has_file = !project.manifests().environments.is_empty();
    let is_bundled = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with("vite.config.") || name.starts_with("next.config.")
    };
    let is_named = |facts: &Facts| {
        let loads = facts.imports.iter().any(|import| import.module.contains("dotenv"));
        loads || facts.expressions.iter().any(|one| one.kind.as_text() == Some(LOCAL_FILE))
    };
    has_file
        || project.names().iter().any(is_bundled)
        || project.units().any(|(_, unit)| unit.file.is_shipped() && is_named(&unit.facts))
}

/// The list that ignores the local file in `folder`, looked for from there upwards.
fn ignored(project: &Project, folder: &str, list_name: &str) -> Option<Location> {
    let path =
        if folder.is_empty() { LOCAL_FILE.to_owned() } else { format!("{folder}/{LOCAL_FILE}") };
    deciding_list(project, folder, list_name, &path)
}

fn deciding_list(project: &Project, folder: &str, list_name: &str, path: &str) -> Option<Location> {
    for above in upwards(folder) {
        let list_path =
            if above.is_empty() { list_name.to_owned() } else { format!("{above}/{list_name}") };
        let Some(file) = project.file_at(&list_path) else { continue };
        let inside = path.strip_prefix(above).unwrap_or(path).trim_start_matches('/');
        let matched = rules_of(project, file);
        let matched = matched.matched_path_or_any_parents(inside, false);
        if matched.is_ignore() {
            return Some(project.location(file, Span::default()));
        }
        if matched.is_whitelist() {
            return None;
        }
    }
    None
}

fn rules_of(project: &Project, file: FileId) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    if let Some(Document::Lines(lines)) = &project.facts(file).document {
        for line in lines {
            // A line that is no pattern ignores nothing.
            let _ = builder.add_line(None, &line.text);
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// `a/b`, `a`, and the root.
fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(parent, _)| parent))
    })
}

/// The list that should name it.
fn nearest(project: &Project, folder: &str) -> Option<Location> {
    upwards(folder).find_map(|above| {
        let path =
            if above.is_empty() { ".gitignore".to_owned() } else { format!("{above}/.gitignore") };
        Some(project.location(project.file_at(&path)?, Span::default()))
    })
}
