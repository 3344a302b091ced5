//! Which package an import stands for: `rules/data/imports.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::Deserialize;

use crate::embedded;

/// What is known of imports without asking a registry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Imports {
    #[serde(rename = "schema")]
    _schema: u32,
    #[serde(rename = "as_of")]
    _as_of: String,
    python_standard: BTreeSet<String>,
    node_standard: BTreeSet<String>,
    python_platform: BTreeSet<String>,
    script_platform: BTreeSet<String>,
    python_shared: BTreeSet<String>,
    /// Tools that put all modules of a program into few files.
    pub(super) bundlers: BTreeSet<String>,
    python: BTreeMap<String, Vec<String>>,
    python_brings: BTreeMap<String, Vec<String>>,
    script_brings: BTreeMap<String, Vec<String>>,
}

/// The table of this version.
pub(super) static IMPORTS: LazyLock<Imports> = LazyLock::new(|| {
    let text = embedded::file("data/imports.toml").expect("the file is embedded");
    toml::from_str(text).expect("a test loads the table")
});

/// The package that `module` names in a script; none for what is no package: a path, a runtime's own
/// module, a name that only a bundler knows.
pub(super) fn script_package(module: &str) -> Option<&str> {
    let is_special = module.starts_with(['.', '/', '#', '$', '~', '!', '\\'])
        || module.starts_with("@/")
        || module.contains([':', '?', '*', '%', ' ', '$', '!']);
    if is_special || module.is_empty() {
        return None;
    }
    let mut segments = module.splitn(3, '/');
    let first = segments.next()?;
    let name = if first.starts_with('@') {
        let second = segments.next()?;
        module.get(..first.len() + 1 + second.len())?
    } else {
        first
    };
    let is_known = IMPORTS.node_standard.contains(first) || IMPORTS.script_platform.contains(first);
    let is_name = |part: &str| {
        part.trim_start_matches('@').chars().all(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/')
        })
    };
    (!is_known && first != "@" && is_name(name)).then_some(name)
}

/// The first part of a module that comes with Python or its surroundings?
pub(super) fn is_python_standard(first: &str) -> bool {
    IMPORTS.python_standard.contains(first) || IMPORTS.python_platform.contains(first)
}

/// The packages that bring `module`, most likely first, as manifests write them.
pub(super) fn python_packages(module: &str) -> Vec<String> {
    let mut prefix = module;
    loop {
        if let Some(known) = IMPORTS.python.get(prefix) {
            return known.clone();
        }
        match prefix.rsplit_once('.') {
            Some((shorter, _)) => prefix = shorter,
            None => return vec![prefix.to_ascii_lowercase().replace('_', "-")],
        }
    }
}

/// Can the package `declared` bring `module`, whose likely packages are `wanted`?
pub(super) fn brings_python(declared: &str, module: &str, wanted: &[String]) -> bool {
    let first = module.split('.').next().unwrap_or(module);
    let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_', '.'], "");
    let (bare, asked) = (plain(declared), plain(first));
    // `python-foo`, `foo-py`, `pyfoo` and the like bring `foo`.
    let is_variant = bare == asked
        || bare.strip_prefix("python").or_else(|| bare.strip_prefix("py")) == Some(&asked)
        || bare.strip_prefix("django") == Some(&asked)
        || ["python", "py", "sdk", "client", "binary", "lib"]
            .iter()
            .any(|end| bare.strip_suffix(end) == Some(&asked));
    let is_shared = IMPORTS.python_shared.contains(first) && bare.starts_with(&asked);
    is_variant
        || is_shared
        || wanted.iter().any(|name| name == declared)
        || IMPORTS
            .python_brings
            .get(declared)
            .is_some_and(|brought| wanted.iter().any(|name| brought.contains(name)))
}

/// Does the package `declared` let its users import `wanted` as well?
pub(super) fn brings_script(declared: &str, wanted: &str) -> bool {
    declared == wanted
        || IMPORTS
            .script_brings
            .get(declared)
            .is_some_and(|brought| brought.iter().any(|name| name == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_the_first_part_of_a_module() {
        assert_eq!(script_package("lodash/fp"), Some("lodash"));
        assert_eq!(script_package("@scope/name/deep"), Some("@scope/name"));
        for none in ["./a", "node:fs", "fs/promises", "@/db", "virtual:pwa", "$lib/db", "#imports"]
        {
            assert_eq!(script_package(none), None, "{none}");
        }
    }

    #[test]
    fn python_modules_have_packages_of_other_names() {
        let brings = |declared: &str, module: &str| {
            brings_python(declared, module, &python_packages(module))
        };
        for (declared, module) in [
            ("opencv-python", "cv2"),
            ("pyyaml", "yaml"),
            ("google-cloud-storage", "google.cloud.storage"),
            ("python-dotenv", "dotenv"),
            ("flask", "werkzeug.security"),
            ("scikit-learn", "sklearn.metrics"),
            ("my-own_tools", "my_own_tools"),
        ] {
            assert!(brings(declared, module), "{declared} brings {module}");
        }
        assert!(!brings("flask", "requests"));
        assert!(!brings("langchain-openai", "langchain"));
    }
}
