//! Lock files: only what they pin. The rest of them is large and says nothing more.

use jsonc_parser::{
    ast::{Object, Value},
    common::Ranged as _,
};

use super::{json, lines_with_offsets, span};
use crate::facts::Locked;

/// What the lock file called `name` pins; none if it is not a lock file that we read.
pub(super) fn read(name: &str, text: &str) -> Option<Vec<Locked>> {
    match name {
        "package-lock.json"
        | "npm-shrinkwrap.json"
        | "bun.lock"
        | "Pipfile.lock"
        | "composer.lock" => json::root(text).map(|root| match name {
            "bun.lock" => of_bun(&root),
            "Pipfile.lock" => of_pipenv(&root),
            "composer.lock" => of_composer(&root),
            _ => of_npm(&root),
        }),
        "pnpm-lock.yaml" => Some(of_pnpm(text)),
        "yarn.lock" => Some(of_yarn(text)),
        "Cargo.lock" | "poetry.lock" | "uv.lock" | "pdm.lock" => Some(of_package_tables(text)),
        "go.sum" => Some(of_go(text)),
        "gradle.lockfile" => Some(of_gradle(text)),
        _ => None,
    }
}

fn locked(name: &str, version: &str, start: usize, end: usize) -> Locked {
    Locked { name: name.into(), version: version.into(), span: span(start, end) }
}

fn string<'v>(object: &'v Object, key: &str) -> Option<&'v str> {
    match &object.get(key)?.value {
        Value::StringLit(literal) => Some(&literal.value),
        _ => None,
    }
}

fn object<'v, 'a>(object: &'v Object<'a>, key: &str) -> Option<&'v Object<'a>> {
    object.get(key)?.value.as_object()
}

/// From version 2 on, `packages` lists paths below `node_modules`; before, `dependencies` lists names.
fn of_npm(root: &Object) -> Vec<Locked> {
    let Some(packages) = object(root, "packages").or_else(|| object(root, "dependencies")) else {
        return Vec::new();
    };
    packages
        .properties
        .iter()
        .filter_map(|property| {
            let path = property.name.as_str();
            let name = path.rsplit("node_modules/").next().unwrap_or(path);
            let version = string(property.value.as_object()?, "version")?;
            let range = property.name.range();
            // Paths without `node_modules` are the project's own packages; names are never paths.
            let is_own = object(root, "packages").is_some() && !path.contains("node_modules/");
            (!is_own).then(|| locked(name, version, range.start, range.end))
        })
        .collect()
}

/// `"express": ["express@4.18.2", …]`
fn of_bun(root: &Object) -> Vec<Locked> {
    let Some(packages) = object(root, "packages") else { return Vec::new() };
    packages
        .properties
        .iter()
        .filter_map(|property| {
            let resolved = property.value.as_array()?.elements.first()?;
            let (name, version) = resolved.as_string_lit()?.value.rsplit_once('@')?;
            let range = property.name.range();
            (!version.starts_with("workspace:"))
                .then(|| locked(name, version, range.start, range.end))
        })
        .collect()
}

fn of_pipenv(root: &Object) -> Vec<Locked> {
    let groups = ["default", "develop"].into_iter().filter_map(|group| object(root, group));
    groups
        .flat_map(|group| &group.properties)
        .filter_map(|property| {
            let version = string(property.value.as_object()?, "version")?;
            let range = property.name.range();
            let version = version.trim_start_matches('=');
            Some(locked(property.name.as_str(), version, range.start, range.end))
        })
        .collect()
}

fn of_composer(root: &Object) -> Vec<Locked> {
    let groups = ["packages", "packages-dev"]
        .into_iter()
        .filter_map(|group| root.get(group)?.value.as_array());
    groups
        .flat_map(|group| &group.elements)
        .filter_map(|element| {
            let package = element.as_object()?;
            let range = element.range();
            Some(locked(
                string(package, "name")?,
                string(package, "version")?,
                range.start,
                range.end,
            ))
        })
        .collect()
}

/// In `packages:`, keys two blanks deep: `/a/1.0.0`, `/a@1.0.0(b@2)` or `'@s/a@1.0.0'`, by version.
fn of_pnpm(text: &str) -> Vec<Locked> {
    let mut found = Vec::new();
    let mut in_packages = false;
    for (start, line) in lines_with_offsets(text) {
        if !line.starts_with(' ') && !line.is_empty() {
            in_packages = line.trim_end() == "packages:";
            continue;
        }
        let Some(key) =
            line.strip_prefix("  ").filter(|rest| in_packages && !rest.starts_with(' '))
        else {
            continue;
        };
        let Some(key) =
            key.trim_end().strip_suffix(':').or_else(|| key.split_once(": ").map(|(key, _)| key))
        else {
            continue;
        };
        let key = key.trim_matches(['\'', '"']).trim_start_matches('/');
        let key = key.split('(').next().unwrap_or(key);
        let parts = match key.rfind('@') {
            Some(at) if at > 0 => Some((&key[..at], &key[at + 1..])),
            _ => key.rsplit_once('/'),
        };
        if let Some((name, version)) = parts {
            let version = version.split('_').next().unwrap_or(version);
            found.push(locked(name, version, start + 2, start + line.len()));
        }
    }
    found
}

/// `"@s/a@^1.0.0", "@s/a@^1.1.0":`, then `  version "1.1.3"`; from version 2 on `  version: 1.1.3`.
fn of_yarn(text: &str) -> Vec<Locked> {
    let mut found = Vec::new();
    let mut entry: Option<(&str, usize, usize)> = None;
    for (start, line) in lines_with_offsets(text) {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            let first =
                line.trim_end_matches(':').split(", ").next().unwrap_or(line).trim_matches('"');
            let name = match first.get(1..).and_then(|rest| rest.find('@')) {
                Some(at) => &first[..=at],
                None => first,
            };
            let is_own = first.contains("@workspace:") || name == "__metadata";
            entry = (!is_own).then_some((name, start, start + line.len()));
        } else if let Some(version) = line.strip_prefix("  version")
            && let Some((name, start, end)) = entry.take()
        {
            found.push(locked(
                name,
                version.trim_start_matches(':').trim().trim_matches('"'),
                start,
                end,
            ));
        }
    }
    found
}

/// `[[package]]` with `name = "a"` and `version = "1.0.0"`.
fn of_package_tables(text: &str) -> Vec<Locked> {
    let mut found = Vec::new();
    let mut in_package = false;
    let mut name: Option<(&str, usize, usize)> = None;
    for (start, line) in lines_with_offsets(text) {
        if line.starts_with('[') {
            in_package = line == "[[package]]";
            name = None;
        } else if in_package && let Some(value) = line.strip_prefix("name = ") {
            name = Some((value.trim_matches('"'), start, start + line.len()));
        } else if in_package
            && let Some(value) = line.strip_prefix("version = ")
            && let Some((name, start, end)) = name.take()
        {
            found.push(locked(name, value.trim_matches('"'), start, end));
        }
    }
    found
}

/// `github.com/a/b v1.2.3 h1:…`; the lines about a module's go.mod alone pin nothing that is built.
fn of_go(text: &str) -> Vec<Locked> {
    lines_with_offsets(text)
        .filter_map(|(start, line)| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next()?, words.next()?);
            (!version.ends_with("/go.mod"))
                .then(|| locked(name, version, start, start + line.len()))
        })
        .collect()
}

/// `group:artifact:version=configurations`
fn of_gradle(text: &str) -> Vec<Locked> {
    lines_with_offsets(text)
        .filter(|(_, line)| !line.starts_with('#'))
        .filter_map(|(start, line)| {
            let (coordinates, _) = line.split_once('=')?;
            let (name, version) = coordinates.rsplit_once(':')?;
            Some(locked(name, version, start, start + line.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins(name: &str, text: &str) -> Vec<String> {
        let locked = read(name, text).expect("it is a lock file");
        locked.iter().map(|one| format!("{} {}", one.name, one.version)).collect()
    }

    #[test]
    fn each_format_gives_names_and_versions() {
        let npm = r#"{"packages": {"": {"version": "0"}, "apps/a": {"version": "1"},
            "node_modules/@s/a": {"version": "1.2.3"}, "node_modules/b/node_modules/c": {"version": "2.0.0"}}}"#;
        assert_eq!(pins("package-lock.json", npm), ["@s/a 1.2.3", "c 2.0.0"]);
        let old = r#"{"dependencies": {"a": {"version": "1.0.0"}}}"#;
        assert_eq!(pins("package-lock.json", old), ["a 1.0.0"]);
        let pnpm = "importers:\n  .:\n    x: 1\npackages:\n\n  '@s/a@1.0.0':\n    resolution: {}\n  /b@2.0.0(c@1):\n  /d/3.0.0_x:\nsnapshots:\n  e@1:\n";
        assert_eq!(pins("pnpm-lock.yaml", pnpm), ["@s/a 1.0.0", "b 2.0.0", "d 3.0.0"]);
        let yarn = "# v1\n\"@s/a@^1\", \"@s/a@~1.1\":\n  version \"1.1.3\"\n  dependencies:\n    version \"9\"\n\nb@npm:^2:\n  version: 2.0.1\n";
        assert_eq!(pins("yarn.lock", yarn), ["@s/a 1.1.3", "b 2.0.1"]);
        let cargo = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n[package.source]\nname = \"no\"\n";
        assert_eq!(pins("Cargo.lock", cargo), ["a 1.0.0"]);
        assert_eq!(pins("go.sum", "a/b v1.0.0 h1:x\na/b v1.0.0/go.mod h1:y\n"), ["a/b v1.0.0"]);
        assert_eq!(pins("gradle.lockfile", "# x\ng:a:1.0=compile\nempty=\n"), ["g:a 1.0"]);
        let pipenv =
            r#"{"_meta": {}, "default": {"a": {"version": "==1.0"}}, "develop": {"b": {}}}"#;
        assert_eq!(pins("Pipfile.lock", pipenv), ["a 1.0"]);
        assert_eq!(pins("bun.lock", r#"{"packages": {"a": ["a@1.0.0", "",],}}"#), ["a 1.0.0"]);
    }

    #[test]
    fn a_large_lock_file_is_read_quickly() {
        let entries: Vec<_> = (0..8_000)
            .map(|number| {
                format!(
                    "\"node_modules/p{number}\": {{\"version\": \"1.0.{number}\", \"resolved\": \
                     \"https://registry.example/p{number}/-/p{number}-1.0.{number}.tgz\", \"integrity\": \
                     \"sha512-{number:088}\", \"dependencies\": {{\"a\": \"^1.0.0\", \"b\": \"^2.0.0\"}}}}"
                )
            })
            .collect();
        let text = format!("{{\"packages\": {{{}}}}}", entries.join(",\n"));
        assert_eq!(read("package-lock.json", &text).map(|locked| locked.len()), Some(8_000));
    }
}
