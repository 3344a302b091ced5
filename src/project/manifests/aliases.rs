//! Names for folders: `paths` and `baseUrl` of `tsconfig.json`, `imports` of `package.json`.

use std::collections::BTreeMap;

use super::Source;
use crate::{
    facts::Node,
    project::modules::{Alias, join},
};

/// A configuration may extend another one, which may extend a third.
const EXTENSIONS_MAX: usize = 8;

pub(super) fn read(sources: &[Source]) -> Vec<Alias> {
    let by_path: BTreeMap<&str, &Source> =
        sources.iter().map(|source| (&*source.file.path, source)).collect();
    let mut aliases = Vec::new();
    for source in sources {
        let name = source.file.name();
        if (name.starts_with("tsconfig") || name.starts_with("jsconfig")) && name.ends_with(".json")
        {
            of_compiler(source, &by_path, &mut aliases);
        } else if name == "package.json" {
            of_package(source, &mut aliases);
        }
    }
    aliases.dedup();
    aliases
}

fn of_compiler(source: &Source, by_path: &BTreeMap<&str, &Source>, aliases: &mut Vec<Alias>) {
    let scope = source.file.folder().to_owned();
    let mut chain = Vec::new();
    let mut current = Some(source);
    while let Some(source) = current
        && chain.len() < EXTENSIONS_MAX
    {
        chain.push(source);
        current = extended(source, by_path);
    }
    // The nearest configuration that sets an option wins; paths in it are relative to its own folder.
    let option = |key: &str| {
        chain.iter().find_map(|source| {
            let node = source.tree()?.get("compilerOptions")?.get(key)?;
            Some((source.file.folder(), node))
        })
    };
    let base = option("baseUrl").and_then(|(folder, node)| Some(join(folder, node.text()?)));
    if let Some((folder, paths)) = option("paths") {
        let from_folder = base.clone().unwrap_or_else(|| folder.to_owned());
        for (pattern, targets) in paths.entries() {
            for target in targets.items().iter().filter_map(Node::text) {
                aliases.push(Alias {
                    scope: scope.clone(),
                    from: pattern.trim_end_matches('*').to_owned(),
                    to: join(&from_folder, target.trim_end_matches('*').trim_end_matches('/')),
                });
            }
        }
    }
    if let Some(base) = base {
        aliases.push(Alias { scope, from: String::new(), to: base });
    }
}

/// The configuration inside the tree that `source` extends; packages are not looked into.
fn extended<'s>(
    source: &Source,
    by_path: &BTreeMap<&str, &'s Source<'s>>,
) -> Option<&'s Source<'s>> {
    let extends = source.tree()?.get("extends")?;
    extends.items().iter().filter_map(Node::text).filter(|path| path.starts_with('.')).find_map(
        |path| {
            let path = join(source.file.folder(), path);
            let with_ending = format!("{path}.json");
            by_path.get(path.as_str()).or_else(|| by_path.get(with_ending.as_str())).copied()
        },
    )
}

/// `"#db/*": "./src/db/*"`
fn of_package(source: &Source, aliases: &mut Vec<Alias>) {
    let imports = source.tree().and_then(|root| root.get("imports"));
    for (pattern, target) in imports.into_iter().flat_map(Node::entries) {
        let target = target.text().or_else(|| target.entries().find_map(|(_, node)| node.text()));
        if let Some(target) = target.filter(|target| target.starts_with('.')) {
            let is_prefix = pattern.ends_with('*');
            let target = target.split('*').next().unwrap_or(target).trim_end_matches('/');
            if !is_prefix || pattern.trim_end_matches('*').ends_with('/') {
                aliases.push(Alias {
                    scope: source.file.folder().to_owned(),
                    from: pattern.trim_end_matches('*').to_owned(),
                    to: join(source.file.folder(), target),
                });
            }
        }
    }
}
