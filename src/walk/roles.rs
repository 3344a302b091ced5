//! What a file is for, by its path, its neighbours and its first lines.

use std::collections::BTreeSet;

use super::languages;
use crate::facts::{Language, Role};

const TEST_FOLDERS: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "e2e",
    "fixtures",
    "__fixtures__",
    "testdata",
    "mocks",
    "__mocks__",
    "cypress",
    "playwright",
    "__snapshots__",
];

/// A folder of specifications holds tests in one project and documents in the next: the language decides.
const SPECIFICATION_FOLDERS: &[&str] = &["spec", "specs"];

const EXAMPLE_FOLDERS: &[&str] = &[
    "examples",
    "example",
    "samples",
    "sample",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "stories",
];

const DOCUMENT_FOLDERS: &[&str] = &["docs", "doc", "documentation", "adr", "adrs", "wiki"];

const MIGRATION_FOLDERS: &[&str] =
    &["migrations", "migration", "migrate", "alembic", "flyway", "liquibase"];

const SCRIPT_FOLDERS: &[&str] = &["scripts", "script", "hack", "seeds", "seeders", "seed"];

/// Served to browsers as it is: a folder called `scripts` in there holds no tooling.
const ASSET_FOLDERS: &[&str] = &["static", "public", "assets", "wwwroot"];

const OUTPUT_FOLDERS: &[&str] =
    &["dist", "build", ".next", ".nuxt", ".svelte-kit", "out", "coverage", "target"];

const VENDORED_FOLDERS: &[&str] = &[
    "node_modules",
    "bower_components",
    ".venv",
    "venv",
    "site-packages",
    "third_party",
    "__pycache__",
];

/// Files whose folder is the root of a package.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "go.mod",
    "package.json",
    "pom.xml",
    "pyproject.toml",
    "setup.py",
];

/// What the names of all files say together, which one path alone does not.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Folders that hold a manifest; the root is the empty string.
    packages: BTreeSet<String>,
    /// Folders that hold the marker of vendored Go or PHP modules.
    vendored: BTreeSet<String>,
    /// No code stands outside examples and demonstrations: these are the product.
    examples_only: bool,
}

impl Layout {
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> Self {
        let mut layout = Self::default();
        for path in names.clone() {
            let (folder, name) = split(path);
            if MANIFESTS.contains(&name) {
                layout.packages.insert(folder.to_owned());
            }
            if name == "modules.txt" || name == "autoload.php" {
                layout.vendored.insert(folder.to_owned());
            }
        }
        let code = names.filter(|path| is_code(path));
        let roles: BTreeSet<Role> = code.map(|path| layout.role(path, "")).collect();
        layout.examples_only = roles.contains(&Role::Example) && !roles.contains(&Role::Source);
        layout
    }

    /// The role of the file at `path`. `text` may be empty; then its first lines do not count.
    pub(super) fn role(&self, path: &str, text: &str) -> Role {
        let (folder, name) = split(path);
        let language = match languages::of_name(name) {
            languages::Content::Known(language) => language,
            languages::Content::Unsupported(_) => Language::Unsupported,
            languages::Content::Binary => Language::Text,
        };
        let is_code = languages::is_code(language);
        let project_folders = || before_package_path(folder).split('/');
        let is_in = |folders: &[&str]| project_folders().any(|segment| folders.contains(&segment));

        if self.is_vendored(folder) || is_in(ASSET_FOLDERS) && is_code && is_copied_library(text) {
            Role::Vendored
        } else if is_lock(name) || language == Language::Dockerfile {
            Role::Config
        } else if self.is_output(folder) || is_generated_name(name) || is_generated_text(text) {
            Role::Generated
        } else if is_in(TEST_FOLDERS)
            || is_test_name(name)
            || is_code && is_in(SPECIFICATION_FOLDERS)
        {
            Role::Test
        } else if is_example_name(name) || !self.examples_only && is_in(EXAMPLE_FOLDERS) {
            Role::Example
        } else if (is_code || language == Language::Sql)
            && (is_in(MIGRATION_FOLDERS) || name == "schema.sql")
        {
            Role::Migration
        } else if language == Language::Markdown || is_document_name(name) {
            Role::Docs
        } else if is_in(DOCUMENT_FOLDERS) {
            if is_code && !self.examples_only { Role::Example } else { Role::Docs }
        } else if is_script_name(name)
            || language == Language::Shell
            || is_in(SCRIPT_FOLDERS) && !is_in(ASSET_FOLDERS)
            || self.is_tool_folder(folder)
        {
            Role::Script
        } else if is_build_configuration(name) || !is_code && is_data(language) {
            Role::Config
        } else {
            Role::Source
        }
    }

    /// Is `folder` (relative to the root) filled by a package manager or a build? The walk enters such
    /// folders only for files that git tracks. Gives the reason.
    pub(super) fn reason_to_skip(name: &str, is_package_root: bool) -> Option<&'static str> {
        match name {
            "node_modules" | "bower_components" | ".venv" | "__pycache__" | "site-packages" => {
                Some("dependency-folder")
            }
            ".next" | ".nuxt" | ".svelte-kit" | ".turbo" => Some("build-output"),
            // Names with a meaning of their own elsewhere: `src/build/` may well be written by hand.
            "venv" | "vendor" if is_package_root => Some("dependency-folder"),
            "target" | "dist" | "build" | "coverage" if is_package_root => Some("build-output"),
            _ => None,
        }
    }

    pub(super) fn is_manifest(name: &str) -> bool {
        MANIFESTS.contains(&name) || name == "requirements.txt" || name == "Gemfile"
    }

    /// `vendor` is also a word of trade, so it counts only where tools put it.
    fn is_vendored(&self, folder: &str) -> bool {
        let mut parent = "";
        let mut start = 0;
        for segment in folder.split('/') {
            let here = &folder[..start + segment.len()];
            let is_vendor = matches!(segment, "vendor" | "vendors")
                && (self.vendored.contains(here)
                    || segment == "vendor" && self.packages.contains(parent)
                    || parent.rsplit('/').next().is_some_and(|last| {
                        ASSET_FOLDERS.contains(&last) || matches!(last, "js" | "css" | "lib")
                    }));
            if is_vendor || VENDORED_FOLDERS.contains(&segment) {
                return true;
            }
            parent = here;
            start += segment.len() + 1;
        }
        false
    }

    /// Is `folder` inside a folder of build output that stands at the root of a package?
    fn is_output(&self, folder: &str) -> bool {
        let mut start = 0;
        folder.split('/').any(|segment| {
            let parent = folder[..start].trim_end_matches('/');
            start += segment.len() + 1;
            OUTPUT_FOLDERS.contains(&segment)
                && (segment.starts_with('.') || parent.is_empty() || self.packages.contains(parent))
        })
    }

    /// `bin` and `tools` hold tooling at the root of a package; deeper they are programs, and the tools
    /// of an agent.
    fn is_tool_folder(&self, folder: &str) -> bool {
        folder.rsplit_once('/').map_or(folder == "bin", |(parent, last)| {
            last == "bin" && self.packages.contains(parent)
        })
    }
}

/// The folders of a path up to where a Java package begins: `org/springframework/samples` is a name, not
/// a place for samples.
fn before_package_path(folder: &str) -> &str {
    ["src/main/java", "src/main/kotlin", "src/main/scala"]
        .iter()
        .find_map(|root| folder.find(root).map(|start| &folder[..start]))
        .unwrap_or(folder)
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn is_code(path: &str) -> bool {
    match languages::of_name(split(path).1) {
        languages::Content::Known(language) => languages::is_code(language),
        languages::Content::Unsupported(_) => true,
        languages::Content::Binary => false,
    }
}

fn is_lock(name: &str) -> bool {
    languages::is_lock_file(name)
}

fn is_data(language: Language) -> bool {
    matches!(
        language,
        Language::Json
            | Language::Yaml
            | Language::Toml
            | Language::Xml
            | Language::Env
            | Language::Lines
            | Language::Dockerfile
    )
}

fn is_test_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "py" => {
            stem.starts_with("test_")
                || stem.ends_with("_test")
                || matches!(stem, "conftest" | "tests")
        }
        "go" => stem.ends_with("_test"),
        "rs" => stem == "tests" || stem.ends_with("_test") || stem.ends_with("_tests"),
        "java" | "kt" | "scala" | "cs" => {
            ["Test", "Tests", "TestCase"].iter().any(|suffix| stem.ends_with(suffix))
        }
        "rb" => stem.ends_with("_spec") || stem.ends_with("_test"),
        _ => [".test.", ".spec.", ".e2e.", ".cy."].iter().any(|infix| name.contains(infix)),
    }
}

fn is_example_name(name: &str) -> bool {
    languages::without_template_ending(name) != name
        || name.contains(".stories.")
        || name.starts_with(".env.")
            && ["example", "sample", "template"].iter().any(|word| name.contains(word))
        || matches!(
            name,
            "env.example" | "env.sample" | "env.template" | "example.env" | "sample.env"
        )
}

fn is_script_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    matches!(
        name,
        "setup.py"
            | "noxfile.py"
            | "manage.py"
            | "fabfile.py"
            | "gulpfile.js"
            | "Gruntfile.js"
            | "build.rs"
            | "Makefile"
            | "justfile"
            | "Rakefile"
    ) || matches!(stem, "seed" | "seeds" | "seeder" | "seed_db" | "seed_data")
        || name.contains(".seed.")
}

fn is_build_configuration(name: &str) -> bool {
    name.contains(".config.")
        || name.starts_with(".eslintrc")
        || name.starts_with(".prettierrc")
        || matches!(
            name,
            "webpack.js" | "karma.conf.js" | "gunicorn.conf.py" | "gunicorn_config.py"
        )
}

fn is_document_name(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    matches!(
        stem.to_ascii_uppercase().as_str(),
        "README"
            | "LICENSE"
            | "LICENCE"
            | "COPYING"
            | "NOTICE"
            | "CHANGELOG"
            | "CONTRIBUTING"
            | "AUTHORS"
            | "SECURITY"
    ) && matches!(ending, "" | "txt" | "rst" | "adoc" | "md")
        || !name.contains('.')
            && matches!(name, "LICENSE" | "LICENCE" | "COPYING" | "NOTICE" | "README")
        || ending == "adoc"
}

fn is_generated_name(name: &str) -> bool {
    [
        ".pb.go",
        "_pb2.py",
        "_pb2_grpc.py",
        "_pb2.pyi",
        ".gen.ts",
        ".gen.go",
        "_gen.go",
        ".min.js",
        ".min.css",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
        || name.contains(".generated.")
        || name == "next-env.d.ts"
}

/// A large script that begins with somebody's name or licence, in a folder of assets: a library that was
/// copied there.
fn is_copied_library(text: &str) -> bool {
    const BYTES_MIN: usize = 64 * 1024;
    const BANNER_LINES: usize = 24;
    const MARKS: [&str; 7] =
        ["@author", "@license", "copyright", "licensed under", "(c) ", "©", "released under"];
    let has_mark = |line: &str| {
        let line = line.to_ascii_lowercase();
        MARKS.iter().any(|mark| line.contains(mark))
    };
    text.len() >= BYTES_MIN
        && text.starts_with("/*")
        && text.lines().take(BANNER_LINES).any(|line| line.len() < 400 && has_mark(line))
}

/// Do the first lines declare that a tool wrote the file?
fn is_generated_text(text: &str) -> bool {
    text.lines().take(5).any(|line| {
        let end = line.char_indices().nth(200).map_or(line.len(), |(index, _)| index);
        let line = line[..end].to_ascii_lowercase();
        line.contains("@generated")
            || line.contains("generated")
                && (line.contains("do not edit") || line.contains("do not modify"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(paths: &[&'static str]) -> Vec<Role> {
        let layout = Layout::of(paths.iter().copied());
        paths.iter().map(|path| layout.role(path, "")).collect()
    }

    #[test]
    fn paths_decide() {
        let cases = [
            ("package.json", Role::Config),
            ("src/app.ts", Role::Source),
            ("src/app.test.ts", Role::Test),
            ("tests/test_app.py", Role::Test),
            ("spec/openapi.yaml", Role::Config),
            ("spec/user_spec.rb", Role::Test),
            ("src/main/java/org/samples/Vet.java", Role::Source),
            ("src/test/java/org/samples/VetTests.java", Role::Test),
            ("examples/a.py", Role::Example),
            (".env.example", Role::Example),
            (".env", Role::Config),
            ("docs/adr/0001.md", Role::Docs),
            ("docs/build.py", Role::Example),
            ("db/migrations/1.sql", Role::Migration),
            ("scripts/deploy.ts", Role::Script),
            ("static/scripts/site.js", Role::Source),
            ("bin/start.js", Role::Script),
            ("src/bin/server.rs", Role::Source),
            ("agent/tools/search.py", Role::Source),
            ("vite.config.ts", Role::Config),
            ("dist/app.js", Role::Generated),
            ("src/build/plan.ts", Role::Source),
            ("vendor/github.com/a/b.go", Role::Vendored),
            ("app/vendor/page.tsx", Role::Source),
            ("static/vendor/jquery.js", Role::Vendored),
            ("api/user.pb.go", Role::Generated),
            ("package-lock.json", Role::Config),
        ];
        let paths: Vec<_> = cases.iter().map(|(path, _)| *path).collect();
        for ((path, expected), role) in cases.iter().zip(roles(&paths)) {
            assert_eq!(role, *expected, "{path}");
        }
    }

    #[test]
    fn a_demonstration_that_is_all_there_is_is_the_product() {
        assert_eq!(roles(&["demo/app.py"]), [Role::Source]);
        assert_eq!(roles(&["demo/app.py", "lib/a.py"]), [Role::Example, Role::Source]);
    }

    #[test]
    fn a_declaration_in_the_first_lines_makes_a_file_generated() {
        let layout = Layout::default();
        assert_eq!(layout.role("a.ts", "// Code generated by x. DO NOT EDIT.\n"), Role::Generated);
        let library = format!("/**\n * @author somebody\n */\n{}", "var a;\n".repeat(10_000));
        assert_eq!(layout.role("src/assets/three.js", &library), Role::Vendored);
        assert_eq!(layout.role("src/three.js", &library), Role::Source);
        assert_eq!(layout.role("src/assets/own.js", "/* @author us */\n"), Role::Source);
        assert_eq!(layout.role("a.ts", "// ids are generated here\n"), Role::Source);
    }
}
