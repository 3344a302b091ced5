//! What a file is written in, by its name.

use crate::facts::Language;

/// What the name of a file says about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Known(Language),
    /// A programming language that is not lowered, by its name.
    Unsupported(&'static str),
    /// An image, an archive, a font: never opened.
    Binary,
}

/// Names that decide alone, whatever the ending.
const BY_NAME: &[(&str, Language)] = &[
    ("CODEOWNERS", Language::Lines),
    ("Cargo.lock", Language::Toml),
    ("Gemfile", Language::Lines),
    ("Gemfile.lock", Language::Lines),
    ("Gopkg.lock", Language::Toml),
    ("Pipfile", Language::Toml),
    ("Pipfile.lock", Language::Json),
    ("Procfile", Language::Lines),
    ("build.gradle", Language::Lines),
    ("build.gradle.kts", Language::Lines),
    ("bun.lock", Language::Json),
    ("composer.lock", Language::Json),
    ("flake.lock", Language::Json),
    ("go.mod", Language::Lines),
    ("go.sum", Language::Lines),
    ("go.work", Language::Lines),
    ("gradle.lockfile", Language::Lines),
    ("gradle.properties", Language::Env),
    ("pdm.lock", Language::Toml),
    ("poetry.lock", Language::Toml),
    ("setup.cfg", Language::Lines),
    ("settings.gradle", Language::Lines),
    ("settings.gradle.kts", Language::Lines),
    ("uv.lock", Language::Toml),
    ("yarn.lock", Language::Lines),
];

/// Configuration whose name carries no ending and that holds JSON, mostly with comments.
const JSON_NAMES: &[&str] =
    &[".babelrc", ".eslintrc", ".prettierrc", ".stylelintrc", ".swcrc", ".firebaserc", "deno.lock"];

const IGNORE_LISTS: &[&str] = &[
    ".dockerignore",
    ".eslintignore",
    ".gcloudignore",
    ".gitattributes",
    ".gitignore",
    ".npmignore",
    ".prettierignore",
    ".vercelignore",
];

const BY_ENDING: &[(&str, Language)] = &[
    ("bash", Language::Shell),
    ("cjs", Language::JavaScript),
    ("cts", Language::TypeScript),
    ("ejs", Language::Template),
    ("eta", Language::Template),
    ("geojson", Language::Json),
    ("go", Language::Go),
    ("handlebars", Language::Template),
    ("hbs", Language::Template),
    ("htm", Language::Html),
    ("html", Language::Html),
    ("ipynb", Language::Notebook),
    ("j2", Language::Template),
    ("jade", Language::Template),
    ("java", Language::Java),
    ("jinja", Language::Template),
    ("jinja2", Language::Template),
    ("js", Language::JavaScript),
    ("json", Language::Json),
    ("json5", Language::Json),
    ("jsonc", Language::Json),
    ("jsx", Language::JavaScript),
    ("liquid", Language::Template),
    ("markdown", Language::Markdown),
    ("md", Language::Markdown),
    ("mdx", Language::Markdown),
    ("mjs", Language::JavaScript),
    ("mts", Language::TypeScript),
    ("mustache", Language::Template),
    ("njk", Language::Template),
    ("properties", Language::Env),
    ("pug", Language::Template),
    ("py", Language::Python),
    ("pyi", Language::Python),
    ("pyw", Language::Python),
    ("rs", Language::Rust),
    ("rst", Language::Markdown),
    ("sh", Language::Shell),
    ("sql", Language::Sql),
    ("svelte", Language::Svelte),
    ("swig", Language::Template),
    ("toml", Language::Toml),
    ("ts", Language::TypeScript),
    ("tsx", Language::TypeScript),
    ("twig", Language::Template),
    ("vue", Language::Vue),
    ("webmanifest", Language::Json),
    ("xml", Language::Xml),
    ("yaml", Language::Yaml),
    ("yml", Language::Yaml),
    ("zsh", Language::Shell),
];

const UNSUPPORTED: &[(&str, &str)] = &[
    ("astro", "astro"),
    ("c", "c"),
    ("cc", "c++"),
    ("clj", "clojure"),
    ("cljs", "clojure"),
    ("cpp", "c++"),
    ("cs", "c#"),
    ("cshtml", "c#"),
    ("cxx", "c++"),
    ("dart", "dart"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("erl", "erlang"),
    ("f90", "fortran"),
    ("fs", "f#"),
    ("groovy", "groovy"),
    ("h", "c"),
    ("hpp", "c++"),
    ("hs", "haskell"),
    ("jl", "julia"),
    ("kt", "kotlin"),
    ("kts", "kotlin"),
    ("lua", "lua"),
    ("m", "objective-c"),
    ("ml", "ocaml"),
    ("nim", "nim"),
    ("php", "php"),
    ("pl", "perl"),
    ("pm", "perl"),
    ("ps1", "powershell"),
    ("r", "r"),
    ("rb", "ruby"),
    ("erb", "ruby"),
    ("sc", "scala"),
    ("scala", "scala"),
    ("sol", "solidity"),
    ("swift", "swift"),
    ("vb", "visual basic"),
    ("zig", "zig"),
];

const BINARY: &[&str] = &[
    "7z", "a", "avi", "avif", "bin", "bmp", "bz2", "class", "db", "dll", "dylib", "ear", "eot",
    "exe", "gif", "gz", "icns", "ico", "jar", "jpeg", "jpg", "lockb", "mov", "mp3", "mp4", "o",
    "ogg", "otf", "parquet", "pdf", "pkl", "png", "pptx", "psd", "pyc", "rar", "so", "sqlite",
    "sqlite3", "tar", "tgz", "tif", "tiff", "ttf", "war", "wasm", "wav", "webm", "webp", "whl",
    "woff", "woff2", "xls", "xlsx", "docx", "xz", "zip", "zst",
];

/// Lock files may be far larger than anything that a person writes.
const LOCK_FILES: &[&str] = &[
    "Cargo.lock",
    "Pipfile.lock",
    "bun.lock",
    "composer.lock",
    "deno.lock",
    "go.sum",
    "gradle.lockfile",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
];

/// The language of the file called `name`, without its folders.
pub(super) fn of_name(name: &str) -> Content {
    if let Some(&(_, language)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Content::Known(language);
    }
    if JSON_NAMES.contains(&name) {
        return Content::Known(Language::Json);
    }
    if IGNORE_LISTS.contains(&name) || name.ends_with(".dockerignore") || is_requirements(name) {
        return Content::Known(Language::Lines);
    }
    if is_container(name) {
        return Content::Known(Language::Dockerfile);
    }
    if is_environment(name) {
        return Content::Known(Language::Env);
    }
    let ending = without_template_ending(name)
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase())
        .unwrap_or_default();
    if let Some(&(_, language)) = BY_ENDING.iter().find(|(known, _)| *known == ending) {
        return Content::Known(language);
    }
    if let Some(&(_, language)) = UNSUPPORTED.iter().find(|(known, _)| *known == ending) {
        return Content::Unsupported(language);
    }
    if BINARY.contains(&ending.as_str()) {
        return Content::Binary;
    }
    Content::Known(Language::Text)
}

/// Is the file written by a package manager to pin versions?
pub(super) fn is_lock_file(name: &str) -> bool {
    LOCK_FILES.contains(&name)
}

/// Is it code that is lowered to functions and calls?
pub(super) fn is_code(language: Language) -> bool {
    matches!(
        language,
        Language::JavaScript
            | Language::TypeScript
            | Language::Vue
            | Language::Svelte
            | Language::Python
            | Language::Notebook
            | Language::Rust
            | Language::Go
            | Language::Java
            | Language::Unsupported
    )
}

fn is_requirements(name: &str) -> bool {
    name.ends_with(".txt") && (name.contains("requirements") || name == "constraints.txt")
        || name.ends_with("requirements.in")
}

fn is_container(name: &str) -> bool {
    ["Dockerfile", "Containerfile", "dockerfile"].iter().any(|known| {
        name == *known
            || name.strip_prefix(known).is_some_and(|rest| rest.starts_with(['.', '-', '_']))
            || name.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
    })
}

fn is_environment(name: &str) -> bool {
    name == ".env"
        || name == ".envrc"
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || name.ends_with(".env")
        || matches!(name, "env.example" | "env.sample" | "env.template" | ".flaskenv" | ".dev.vars")
}

/// `config.yaml.example` holds YAML.
pub(super) fn without_template_ending(name: &str) -> &str {
    [".example", ".sample", ".template", ".dist", ".tmpl", ".tpl"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_before_endings() {
        let cases = [
            ("Dockerfile", Language::Dockerfile),
            ("Dockerfile.prod", Language::Dockerfile),
            ("api.Dockerfile", Language::Dockerfile),
            ("Dockerfile.dockerignore", Language::Lines),
            (".env.local", Language::Env),
            ("config.yaml.example", Language::Yaml),
            ("requirements-dev.txt", Language::Lines),
            ("go.mod", Language::Lines),
            ("build.gradle.kts", Language::Lines),
            ("notes.txt", Language::Text),
            ("schema.prisma", Language::Text),
        ];
        for (name, language) in cases {
            assert_eq!(of_name(name), Content::Known(language), "{name}");
        }
        assert_eq!(of_name("mix.exs"), Content::Unsupported("elixir"));
        assert_eq!(of_name("logo.PNG"), Content::Binary);
    }
}
