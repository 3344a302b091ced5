//! From the name of a module to the file that holds it.

use std::collections::HashMap;

use super::{
    FileId,
    manifests::{Ecosystem, Package},
};
use crate::facts::{File, Language};

/// Where modules are.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    by_path: HashMap<String, FileId>,
    /// Files by the last segment of their path without extension, for absolute Python and Java names.
    by_stem: HashMap<String, Vec<FileId>>,
    /// Prefixes that stand for folders, longest first, per folder that declares them.
    aliases: Vec<Alias>,
    /// Packages of this repository by name, with the folder that holds their source.
    packages: HashMap<String, String>,
    /// Go module paths with their folders.
    go_roots: Vec<(String, String)>,
    paths: Vec<String>,
}

/// One entry of `compilerOptions.paths`, or of a bundler's aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The folder below which it holds.
    pub scope: String,
    /// `@/`; ends in `/` for a prefix, else it stands for one module.
    pub from: String,
    /// The folder or module that it stands for, relative to the root.
    pub to: String,
}

/// Extensions that JavaScript's resolution tries, in order.
const SCRIPT_EXTENSIONS: [&str; 10] =
    ["ts", "tsx", "d.ts", "js", "jsx", "mjs", "cjs", "mts", "vue", "svelte"];

/// What prefixes mean without a declared alias: by the habit of every template, or by a configuration that
/// a framework generates when it is run (`SvelteKit`'s `$lib`, Nuxt's `~~/`).
const HABITS: [(&str, &[&str]); 5] = [
    ("@/", &["src", "", "app"]),
    ("~/", &["src", "", "app"]),
    ("$lib", &["src/lib"]),
    ("~~/", &[""]),
    ("@@/", &[""]),
];

impl Modules {
    /// Notes all files; aliases and packages are added from the manifests.
    pub fn of<'f>(files: impl Iterator<Item = &'f File>) -> Self {
        let mut modules = Self::default();
        for (number, file) in (0_u32..).zip(files) {
            let id = FileId(number);
            modules.by_path.insert(file.path.to_string(), id);
            modules.paths.push(file.path.to_string());
            let stem = file.name().split('.').next().unwrap_or_default();
            modules.by_stem.entry(stem.to_owned()).or_default().push(id);
        }
        modules
    }

    /// Adds an alias; the most specific one wins.
    pub fn add_alias(&mut self, alias: Alias) {
        self.aliases.push(alias);
        self.aliases.sort_by(|a, b| {
            (b.scope.len(), b.from.len(), &a.from).cmp(&(a.scope.len(), a.from.len(), &b.from))
        });
    }

    /// Adds what a manifest declares: a package that other packages of the repository may import.
    pub fn add_declared(&mut self, package: &Package) {
        let Some(name) = &package.name else { return };
        match package.ecosystem {
            Ecosystem::Go => self.add_go_module(name, &package.folder),
            Ecosystem::Npm | Ecosystem::Cargo => self.add_package(name, &package.folder),
            Ecosystem::Python | Ecosystem::Maven | Ecosystem::Gradle => {}
        }
    }

    /// Adds a package of this repository: its name and the folder of its manifest.
    pub fn add_package(&mut self, name: &str, folder: &str) {
        self.packages.insert(name.to_owned(), folder.to_owned());
    }

    /// Adds a Go module: its path and the folder of its `go.mod`.
    pub fn add_go_module(&mut self, path: &str, folder: &str) {
        self.go_roots.push((path.to_owned(), folder.to_owned()));
        self.go_roots.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The files of `folder` itself, not of folders below, in path order.
    pub fn files_in<'m>(&'m self, folder: &'m str) -> impl Iterator<Item = FileId> + 'm {
        let first = self.paths.partition_point(|path| path.as_str() < folder);
        let candidates = self.paths[first..].iter().zip(first..);
        candidates
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| folder_of(path) == folder)
            .map(|(_, number)| FileId(u32::try_from(number).unwrap_or(u32::MAX)))
    }

    /// The file that `module` names, seen from `from`. Go packages are folders: see
    /// [`Modules::go_folder`].
    pub fn resolve(&self, from: &File, module: &str) -> Option<FileId> {
        match from.language {
            Language::JavaScript | Language::TypeScript | Language::Vue | Language::Svelte => {
                self.script(from, module)
            }
            Language::Python | Language::Notebook => self.python(from, module),
            Language::Rust => self.rust(from, module),
            Language::Java => self.java(module),
            _ => None,
        }
    }

    fn script(&self, from: &File, module: &str) -> Option<FileId> {
        if module.starts_with('.') {
            return self.script_at(&join(from.folder(), module));
        }
        if let Some(absolute) = module.strip_prefix('/') {
            return self.script_at(absolute);
        }
        for alias in self.aliases.iter().filter(|alias| is_below(&from.path, &alias.scope)) {
            let target = if alias.from.ends_with('/') || alias.from.is_empty() {
                module.strip_prefix(&alias.from).map(|rest| join(&alias.to, rest))
            } else {
                (module == alias.from).then(|| alias.to.clone())
            };
            if let Some(found) = target.and_then(|target| self.script_at(&target)) {
                return Some(found);
            }
        }
        if let Some(found) = self.package(module) {
            return Some(found);
        }
        let (habit, folders) = HABITS.iter().find(|(habit, _)| module.starts_with(habit))?;
        let rest = module[habit.len()..].trim_start_matches('/');
        ancestors(from.folder()).find_map(|folder| {
            folders.iter().find_map(|source| self.script_at(&join(&join(folder, source), rest)))
        })
    }

    fn script_at(&self, base: &str) -> Option<FileId> {
        if let Some(found) = self.file(base) {
            return Some(found);
        }
        // TypeScript writes the extension of the output: `./a.js` is `./a.ts`.
        let without_output = [".js", ".jsx", ".mjs", ".cjs"]
            .iter()
            .find_map(|extension| base.strip_suffix(extension))
            .filter(|stem| !stem.is_empty());
        let stems = [Some(base), without_output].into_iter().flatten();
        stems.into_iter().find_map(|stem| {
            let direct = SCRIPT_EXTENSIONS.iter().map(|extension| format!("{stem}.{extension}"));
            let index = SCRIPT_EXTENSIONS.iter().map(|extension| {
                let name = format!("index.{extension}");
                if stem.is_empty() { name } else { format!("{stem}/{name}") }
            });
            direct.chain(index).find_map(|path| self.file(&path))
        })
    }

    /// A package of the same repository, or a module inside it.
    fn package(&self, module: &str) -> Option<FileId> {
        let slash = if module.starts_with('@') {
            module.match_indices('/').nth(1).map(|(at, _)| at)
        } else {
            module.find('/')
        };
        let (name, rest) = match slash {
            Some(at) => (&module[..at], &module[at + 1..]),
            None => (module, ""),
        };
        let folder = self.packages.get(name)?;
        ["", "src"].iter().find_map(|source| {
            let base = join(folder, source);
            self.script_at(&join(&base, if rest.is_empty() { "index" } else { rest }))
        })
    }

    fn python(&self, from: &File, module: &str) -> Option<FileId> {
        let dots = module.len() - module.trim_start_matches('.').len();
        let relative = module.trim_start_matches('.').replace('.', "/");
        if dots > 0 {
            let mut folder = from.folder();
            for _ in 1..dots {
                folder = folder_of(folder);
            }
            return self.python_at(&join(folder, &relative));
        }
        // An absolute name starts at a source root: the nearest folder above the importing file, then
        // any folder of the repository, shortest path first.
        // A package is no source root, unless it is the outermost one, where people start scripts; and
        // a file never means itself: `import jwt` in `services/jwt.py` is the library.
        let is_package = |folder: &str| self.file(&join(folder, "__init__.py")).is_some();
        let is_root = |folder: &str| {
            folder.is_empty() || !is_package(folder) || !is_package(folder_of(folder))
        };
        let is_other = |found: &FileId| self.file(&from.path) != Some(*found);
        let mut roots = ancestors(from.folder()).filter(|folder| is_root(folder));
        let found =
            roots.find_map(|folder| self.python_at(&join(folder, &relative)).filter(is_other));
        if found.is_some() {
            return found;
        }
        let stem = relative.rsplit('/').next().unwrap_or_default();
        let ends = [format!("/{relative}.py"), format!("/{relative}/__init__.py")];
        let candidates = [stem, "__init__"].into_iter().filter_map(|stem| self.by_stem.get(stem));
        candidates
            .flatten()
            .copied()
            .filter(|&id| {
                let path = self.path(id);
                let end = ends.iter().find(|end| path.ends_with(end.as_str()));
                end.is_some_and(|end| is_root(&path[..path.len() - end.len()])) && is_other(&id)
            })
            .min_by_key(|&id| (self.path(id).len(), id))
    }

    fn python_at(&self, base: &str) -> Option<FileId> {
        let init =
            if base.is_empty() { "__init__.py".to_owned() } else { format!("{base}/__init__.py") };
        self.file(&format!("{base}.py")).or_else(|| self.file(&init))
    }

    fn rust(&self, from: &File, module: &str) -> Option<FileId> {
        let mut segments = module.split("::").filter(|segment| !segment.is_empty()).peekable();
        let source = rust_source_root(&from.path);
        let mut folder = rust_module_folder(&from.path);
        match segments.peek().copied() {
            Some("crate") => {
                segments.next();
                source.clone_into(&mut folder);
                if segments.peek().is_none() {
                    let root = self.rust_root(source);
                    return if from.name() == "main.rs" { self.file(&from.path) } else { root };
                }
            }
            Some("self") => {
                segments.next();
                if segments.peek().is_none() {
                    return self.file(&from.path);
                }
            }
            Some("super") => {
                while segments.peek() == Some(&"super") {
                    segments.next();
                    folder = folder_of(&folder).to_owned();
                }
                if segments.peek().is_none() {
                    return self.rust_module(&folder, source);
                }
            }
            Some(name) => {
                if let Some(package) =
                    self.packages.get(&name.replace('_', "-")).or_else(|| self.packages.get(name))
                {
                    segments.next();
                    let root = join(package, "src");
                    if segments.peek().is_none() {
                        return self.rust_root(&root);
                    }
                    folder = root;
                }
            }
            None => return None,
        }
        let path = join(&folder, &segments.collect::<Vec<_>>().join("/"));
        self.rust_module(&path, source)
    }

    fn rust_module(&self, base: &str, source: &str) -> Option<FileId> {
        if base == source {
            return self.rust_root(source);
        }
        self.file(&format!("{base}.rs")).or_else(|| self.file(&format!("{base}/mod.rs")))
    }

    fn rust_root(&self, source: &str) -> Option<FileId> {
        ["lib.rs", "main.rs"].iter().find_map(|name| self.file(&join(source, name)))
    }

    fn java(&self, module: &str) -> Option<FileId> {
        let end = format!("/{}.java", module.replace('.', "/"));
        let stem = module.rsplit('.').next()?;
        self.by_stem.get(stem)?.iter().copied().find(|&id| self.path(id).ends_with(&end))
    }

    /// The folder of the Go package `module`, if it is one of this repository.
    pub fn go_folder(&self, module: &str) -> Option<String> {
        self.go_roots.iter().find_map(|(path, folder)| {
            let rest = module.strip_prefix(path.as_str())?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| join(folder, rest.trim_start_matches('/')))
        })
    }

    fn path(&self, id: FileId) -> &str {
        &self.paths[id.0 as usize]
    }
}

/// Joins a folder and a relative path, resolving `.` and `..`; never leaves the root.
pub fn join(folder: &str, relative: &str) -> String {
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in relative.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    segments.join("/")
}

/// The folder above `path`; empty for the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Is `path` inside `folder`, or `folder` the root?
pub fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// `folder`, the one above it, and so on to the root.
pub fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}

/// The folder of a crate's root module: everything up to the last `src`.
fn rust_source_root(path: &str) -> &str {
    match path.rfind("src/") {
        Some(at) if at == 0 || path.as_bytes()[at - 1] == b'/' => &path[..at + 3],
        _ => folder_of(path),
    }
}

/// The folder in which a Rust file's child modules lie.
fn rust_module_folder(path: &str) -> String {
    let folder = folder_of(path);
    match path.rsplit('/').next() {
        Some("mod.rs" | "lib.rs" | "main.rs") | None => folder.to_owned(),
        Some(name) => join(folder, name.trim_end_matches(".rs")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::{Lines, Role, Runtime};

    fn file(path: &str, language: Language) -> File {
        File {
            path: Arc::from(path),
            language,
            role: Role::Source,
            runtime: Runtime::Unknown,
            tracked: true,
            text: Arc::from(""),
            lines: Lines::default(),
        }
    }

    fn resolved<'f>(files: &'f [File], from: &str, module: &str) -> Option<&'f str> {
        let modules = Modules::of(files.iter());
        let from = files.iter().find(|file| &*file.path == from).expect("it is one of them");
        modules.resolve(from, module).map(|id| &*files[id.0 as usize].path)
    }

    #[test]
    fn scripts_resolve_relative_to_the_importer() {
        let mut files: Vec<File> = ["src/app.ts", "src/auth/index.ts", "src/db.js"]
            .map(|path| file(path, Language::TypeScript))
            .into();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(resolved(&files, "src/app.ts", "./auth"), Some("src/auth/index.ts"));
        assert_eq!(resolved(&files, "src/auth/index.ts", "../db"), Some("src/db.js"));
        assert_eq!(resolved(&files, "src/auth/index.ts", "@/app"), Some("src/app.ts"));
        assert_eq!(resolved(&files, "src/app.ts", "express"), None);
    }

    #[test]
    fn python_names_resolve_from_source_roots() {
        let mut files: Vec<File> =
            ["backend/app/main.py", "backend/app/api/deps.py", "backend/app/api/__init__.py"]
                .map(|path| file(path, Language::Python))
                .into();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let main = "backend/app/main.py";
        assert_eq!(resolved(&files, main, "app.api.deps"), Some("backend/app/api/deps.py"));
        assert_eq!(resolved(&files, main, ".api"), Some("backend/app/api/__init__.py"));
        assert_eq!(resolved(&files, "backend/app/api/deps.py", "..main"), Some(main));
    }

    #[test]
    fn rust_paths_resolve_from_the_crate_and_from_the_module() {
        let mut files: Vec<File> = ["src/main.rs", "src/http/mod.rs", "src/http/users.rs"]
            .map(|path| file(path, Language::Rust))
            .into();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(
            resolved(&files, "src/main.rs", "crate::http::users"),
            Some("src/http/users.rs")
        );
        assert_eq!(resolved(&files, "src/http/users.rs", "super"), Some("src/http/mod.rs"));
        assert_eq!(resolved(&files, "src/http/mod.rs", "self::users"), Some("src/http/users.rs"));
    }
}
