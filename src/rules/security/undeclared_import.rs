use std::collections::{BTreeMap, BTreeSet};

use super::imports::{
    IMPORTS, brings_python, brings_script, is_python_standard, python_packages, script_package,
};
use crate::{
    facts::{Import, Language, Role, Runtime, Span, StatementKind},
    gap::Severity,
    project::{
        FileId, Location, Project, Unit,
        manifests::{Dependency, DependencyKind, DependencySource, Ecosystem, LockKind, Package},
        modules::{ancestors, folder_of, is_below, join},
    },
    rules::Sites,
};

/// More places than these say nothing new.
const PLACES_MAX: usize = 4;

/// Names this close are mistaken for one another.
const DISTANCE_MAX: usize = 2;

/// What settings of a bundler or a test runner are called; they may give names to folders.
const SETTINGS: [&str; 14] = [
    "vite.config",
    "vitest.config",
    "webpack",
    "next.config",
    "babel.config",
    ".babelrc",
    "rollup.config",
    "craco.config",
    "config-overrides",
    "nuxt.config",
    "svelte.config",
    "metro.config",
    "vue.config",
    "astro.config",
];

/// Where the files of a package stand, and what they may import.
struct Scope<'p> {
    package: &'p Package,
    declared: Vec<&'p Dependency>,
}

/// One package that files of one scope import.
struct Use<'p> {
    scope: &'p Package,
    declared: Vec<&'p Dependency>,
    module: String,
    wanted: Vec<String>,
    places: Vec<(Location, Runtime, Language)>,
}

/// What is known of the whole repository.
struct Surroundings<'p> {
    project: &'p Project,
    /// Names of folders and files with Python in them.
    python: BTreeSet<&'p str>,
    /// Words of images, scripts, pipelines and set-up programs, which install packages too.
    installed: BTreeSet<String>,
    /// Texts that give names to modules.
    naming: Vec<&'p str>,
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let around = Surroundings::of(project);
    let mut uses: BTreeMap<(FileId, String), Use> = BTreeMap::new();
    for (id, unit) in project.units() {
        let Some(ecosystem) = ecosystem_of(unit) else { continue };
        let Some(scope) = scope_of(project, unit, ecosystem) else { continue };
        for import in &unit.facts.imports {
            let Some(wanted) = around.wanted(unit, import, &scope) else { continue };
            let Some(name) = wanted.first() else { continue };
            let place = (project.location(id, import.span), unit.file.runtime, unit.file.language);
            uses.entry((scope.package.file, name.clone()))
                .or_insert_with(|| Use {
                    scope: scope.package,
                    declared: scope.declared.clone(),
                    module: module_of(unit.file.language, import),
                    wanted,
                    places: Vec::new(),
                })
                .places
                .push(place);
        }
    }
    for ((_, name), found) in &uses {
        around.judge(name, found, sites);
    }
}

/// The manifests that a file's imports are looked up in; none for code that does not ship.
fn ecosystem_of(unit: &Unit) -> Option<Ecosystem> {
    let file = &unit.file;
    let imports = || unit.facts.imports.iter();
    // Folders that start with a dot belong to tools.
    let is_tool = file.folder().split('/').any(|segment| segment.starts_with('.'));
    if !file.is_shipped() || is_tool || !unit.facts.broken.is_empty() {
        return None;
    }
    if file.language == Language::Python {
        // A script that lists its packages itself.
        return (!file.text.contains("# /// script")).then_some(Ecosystem::Python);
    }
    // Deno takes packages from addresses.
    let by_address = imports().any(|import| {
        ["npm:", "jsr:", "https://"].iter().any(|start| import.module.starts_with(start))
    });
    let is_foreign = by_address || file.path.contains("supabase/functions/");
    (file.language.is_script() && !is_foreign).then_some(Ecosystem::Npm)
}

fn scope_of<'p>(project: &'p Project, unit: &Unit, ecosystem: Ecosystem) -> Option<Scope<'p>> {
    let packages = || project.manifests().packages.iter().filter(|one| one.ecosystem == ecosystem);
    let is_above = |package: &&Package| is_below(&unit.file.path, home_of(package));
    let above = || packages().filter(is_above);
    let package = above().max_by_key(|package| home_of(package).len())?;
    let has_own_map = ecosystem == Ecosystem::Npm
        && ancestors(unit.file.folder()).any(|folder| {
            ["deno.json", "deno.jsonc", "import_map.json"]
                .iter()
                .any(|name| project.names().binary_search(&join(folder, name)).is_ok())
        });
    if has_own_map || above().all(|package| package.dependencies.is_empty()) {
        return None;
    }
    // Requirements of Python stand in any folder, and one list includes another.
    let declared = if ecosystem == Ecosystem::Python {
        packages().flat_map(|package| &package.dependencies).collect()
    } else {
        above().flat_map(|package| &package.dependencies).collect()
    };
    Some(Scope { package, declared })
}

/// `requirements/base.txt` is for the folder above.
fn home_of(package: &Package) -> &str {
    let folder = package.folder.as_str();
    if folder.rsplit('/').next() == Some("requirements") { folder_of(folder) } else { folder }
}

fn module_of(language: Language, import: &Import) -> String {
    match &import.name {
        Some(name) if language == Language::Python => format!("{}.{name}", import.module),
        _ => import.module.to_string(),
    }
}

impl<'p> Surroundings<'p> {
    fn of(project: &'p Project) -> Self {
        let mut around = Self {
            project,
            python: BTreeSet::new(),
            installed: BTreeSet::new(),
            naming: Vec::new(),
        };
        for path in project.names() {
            if let Some(stem) = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyi")) {
                around.python.extend(stem.split('/'));
            }
        }
        for (_, unit) in project.units() {
            let (file, name) = (&unit.file, unit.file.name());
            let is_installing = matches!(file.language, Language::Dockerfile | Language::Shell)
                || matches!(name, "setup.py" | "tox.ini" | "noxfile.py" | "pyproject.toml")
                || name.starts_with("environment")
                || name.starts_with("conda")
                || file.path.contains(".github/workflows/");
            if is_installing {
                let words = file.text.split(|character: char| {
                    !character.is_ascii_alphanumeric() && !"-_.@/".contains(character)
                });
                around
                    .installed
                    .extend(words.map(|word| word.to_ascii_lowercase().replace('_', "-")));
            }
            let is_naming = SETTINGS.iter().any(|start| name.starts_with(start))
                || name == "package.json"
                || name.ends_with(".d.ts") && file.text.contains("declare module")
                || file.language == Language::Html && file.text.contains("importmap");
            // Most of these files give no names: they are asked again for each import.
            let gives_names = |text: &str| {
                ["declare module", "alias", "importmap"].iter().any(|sign| text.contains(sign))
            };
            if is_naming && file.role != Role::Vendored && gives_names(&file.text) {
                around.naming.push(&file.text);
            }
        }
        around
    }

    /// The packages that may stand behind `import`, most likely first; none for what needs no package.
    fn wanted(&self, unit: &Unit, import: &Import, scope: &Scope) -> Option<Vec<String>> {
        let file = &unit.file;
        if import.type_only || is_optional(unit, import) {
            return None;
        }
        let module = module_of(file.language, import);
        if file.language == Language::Python {
            let first = module.split('.').next().filter(|first| !first.is_empty())?;
            let is_own = first.starts_with('_')
                || first.ends_with("_pb2")
                || self.python.contains(first)
                || self.project.modules().resolve(file, &import.module).is_some();
            if is_own || is_python_standard(first) {
                return None;
            }
            return Some(python_packages(&module));
        }
        let name = script_package(&module)?;
        let first = name.split('/').next().unwrap_or(name);
        let packages = &self.project.manifests().packages;
        let is_own = packages.iter().any(|package| package.name.as_deref() == Some(name))
            || self.project.modules().resolve(file, &module).is_some()
            || self.is_aliased(&file.path, &module)
            || self.is_folder(scope.package, file.folder(), first)
            || self.is_named(name, first);
        (!is_own).then(|| vec![name.to_owned()])
    }

    fn is_aliased(&self, path: &str, module: &str) -> bool {
        self.project.manifests().aliases.iter().any(|alias| {
            !alias.from.is_empty()
                && is_below(path, &alias.scope)
                && module.starts_with(&alias.from)
        })
    }

    /// Is there a folder of this name where a compiler's base or the source of a package lies?
    fn is_folder(&self, package: &Package, folder: &str, first: &str) -> bool {
        let names = self.project.names();
        ancestors(folder)
            .filter(|folder| is_below(folder, &package.folder) || *folder == package.folder)
            .any(|folder| {
                ["", "src", "app"].iter().any(|source| {
                    let start = format!("{}/", join(&join(folder, source), first));
                    let at = names.partition_point(|name| *name < start);
                    names.get(at).is_some_and(|name| name.starts_with(&start))
                })
            })
    }

    /// Does a setting of a bundler, or a declaration for the compiler, give this name to something?
    fn is_named(&self, name: &str, first: &str) -> bool {
        self.naming.iter().any(|text| {
            [format!("declare module \"{name}"), format!("declare module '{name}")]
                .iter()
                .any(|text_of| text.contains(text_of.as_str()))
                || text.contains("alias")
                    && [format!("\"{first}"), format!("'{first}"), format!("{first}:")]
                        .iter()
                        .any(|key| text.contains(key.as_str()))
                || text.contains("importmap") && text.contains(&format!("\"{first}"))
        })
    }

    fn judge(&self, name: &str, found: &Use, sites: &mut Sites) {
        let is_python = found.scope.ecosystem == Ecosystem::Python;
        let fits = |dependency: &&&Dependency| {
            if is_python {
                brings_python(&dependency.name, &found.module, &found.wanted)
            } else {
                brings_script(&dependency.name, name)
            }
        };
        let Some(&(place, _, _)) = found.places.first() else { return };
        let declaring: Vec<&&Dependency> = found.declared.iter().filter(fits).collect();
        if let Some(first) = declaring.first() {
            let aside =
                declaring.iter().all(|dependency| dependency.kind == DependencyKind::Development);
            match found.places.iter().find(|place| aside && needs_it_at_run_time(found, place)) {
                Some(&(place, _, _)) => {
                    let message = format!(
                        "`{name}` is declared for development only, and the server needs it"
                    );
                    sites
                        .gap(place, name, message)
                        .severity(Severity::Low)
                        .because(first.location, "declared here")
                        .identity(name);
                }
                None => declared_here(self.project, found, sites),
            }
            return;
        }
        // Installed by a command of an image, a script or a pipeline.
        if found.wanted.iter().any(|wanted| self.installed.contains(wanted)) {
            declared_here(self.project, found, sites);
            return;
        }
        let is_open = |dependency: &&&Dependency| {
            matches!(dependency.source, DependencySource::Git | DependencySource::Address)
        };
        if let Some(open) = found.declared.iter().find(is_open).filter(|_| is_python) {
            let reason = format!("it may come with `{}`, which no registry describes", open.name);
            sites.unknown(place, name, reason);
            return;
        }
        let brought = self.is_locked(found);
        let message = if brought {
            format!("`{name}` is imported, and only another package happens to bring it along")
        } else {
            format!("`{name}` is imported, and no manifest declares it")
        };
        let mut site = sites.gap(place, name, message).identity(name);
        if brought {
            site = site.severity(Severity::Low);
        }
        if let Some(near) = nearest(name, &found.declared) {
            site = site.because(near.location, "the nearest name that is declared");
        }
        for &(place, _, _) in found.places.iter().skip(1).take(PLACES_MAX) {
            site = site.because(place, "imported here as well");
        }
    }

    fn is_locked(&self, found: &Use) -> bool {
        let locks = self.project.manifests().lockfiles.iter();
        let is_python = found.scope.ecosystem == Ecosystem::Python;
        locks
            .filter(|lock| {
                is_below(&found.scope.folder, &lock.folder) || found.scope.folder == lock.folder
            })
            .filter(|lock| {
                let for_python = [LockKind::Poetry, LockKind::Uv, LockKind::Pdm, LockKind::Pipenv];
                for_python.contains(&lock.kind) == is_python
            })
            .flat_map(|lock| &lock.pins)
            .any(|pin| found.wanted.iter().any(|wanted| pin.name.eq_ignore_ascii_case(wanted)))
    }
}

/// One site for all that a manifest declares: more imports are no progress.
fn declared_here(project: &Project, found: &Use, sites: &mut Sites) {
    let file = found.scope.file;
    let place = project.location(file, Span::default());
    sites.holds(place, &*project.file(file).path, "what is imported is declared");
}

/// Guarded by a handler, or by a question about the version or the platform.
fn is_optional(unit: &Unit, import: &Import) -> bool {
    unit.facts.statements.iter().filter(|statement| statement.span.contains(import.span)).any(
        |statement| match &statement.kind {
            StatementKind::Try { handlers, .. } => !handlers.is_empty(),
            StatementKind::If { test, .. } => {
                let test = unit.file.slice(unit.facts[*test].span);
                ["version_info", "platform", "os.name", "find_spec"]
                    .iter()
                    .any(|word| test.contains(word))
            }
            _ => false,
        },
    )
}

/// Plain code of a server, which nothing puts into a bundle before it is delivered.
fn needs_it_at_run_time(found: &Use, place: &(Location, Runtime, Language)) -> bool {
    let &(_, runtime, language) = place;
    let is_bundled =
        found.declared.iter().any(|dependency| IMPORTS.bundlers.contains(dependency.name.as_str()));
    let has_runtime =
        found.declared.iter().any(|dependency| dependency.kind == DependencyKind::Runtime);
    matches!(runtime, Runtime::Server | Runtime::Job)
        // The compiler drops imports of types.
        && matches!(language, Language::JavaScript | Language::Python)
        && has_runtime
        && !is_bundled
}

/// The declared name that `name` may be a slip of.
fn nearest<'p>(name: &str, declared: &[&'p Dependency]) -> Option<&'p Dependency> {
    let near = declared.iter().map(|&one| (strsim::damerau_levenshtein(name, &one.name), one));
    near.filter(|(distance, _)| *distance <= DISTANCE_MAX && name.len() > DISTANCE_MAX + 1)
        .min_by_key(|(distance, one)| (*distance, one.location))
        .map(|(_, one)| one)
}
