//! Which lock file holds the versions of a package, and which packages are installed as they stand.

use crate::{
    facts::Runtime,
    project::{
        Project,
        manifests::{Ecosystem, LockKind, Lockfile, Package},
        modules::is_below,
    },
};

/// Folders whose packages are not what is delivered.
const ASIDE: [&str; 8] = [
    "test",
    "tests",
    "fixtures",
    "__fixtures__",
    "examples",
    "example",
    "testdata",
    "node_modules",
];

/// Is `package` a test's, an example's or somebody else's?
pub(super) fn is_aside(package: &Package) -> bool {
    package.folder.split('/').any(|segment| ASIDE.contains(&segment))
}

/// The lock beside the manifest, or that of the workspace that it belongs to.
pub(super) fn lock_of<'p>(project: &'p Project, package: &Package) -> Option<&'p Lockfile> {
    let locks = project.manifests().lockfiles.iter();
    let fitting = locks.filter(|lock| kinds(package.ecosystem).contains(&lock.kind));
    let above = fitting.filter(|lock| {
        lock.folder == package.folder
            || is_below(&package.folder, &lock.folder)
                && is_workspace(project, package, &lock.folder)
    });
    above.max_by_key(|lock| lock.folder.len())
}

/// Is there a workspace in `folder`, of which the package below it can be a member?
fn is_workspace(project: &Project, package: &Package, folder: &str) -> bool {
    let declared = project.manifests().packages.iter().any(|root| {
        root.ecosystem == package.ecosystem && root.folder == folder && !root.workspaces.is_empty()
    });
    let by_file = format!("{}pnpm-workspace.yaml", with_slash(folder));
    let is_gradle = package.ecosystem == Ecosystem::Gradle;
    declared || is_gradle || project.names().contains(&by_file)
}

/// `folder` as the beginning of a path.
pub(super) fn with_slash(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

const fn kinds(ecosystem: Ecosystem) -> &'static [LockKind] {
    match ecosystem {
        Ecosystem::Npm => {
            &[LockKind::Npm, LockKind::Pnpm, LockKind::Yarn, LockKind::Bun, LockKind::Deno]
        }
        Ecosystem::Python => &[LockKind::Poetry, LockKind::Uv, LockKind::Pdm, LockKind::Pipenv],
        Ecosystem::Cargo => &[LockKind::Cargo],
        Ecosystem::Go => &[LockKind::Go],
        Ecosystem::Gradle => &[LockKind::Gradle],
        Ecosystem::Maven => &[],
    }
}

/// A library is installed into other projects, whose lock files count.
pub(super) fn is_library(project: &Project, package: &Package) -> bool {
    let prefix = with_slash(&package.folder);
    let has = |names: &[&str]| {
        names.iter().any(|name| {
            let path = format!("{prefix}{name}");
            project.names().binary_search(&path).is_ok()
        })
    };
    match package.ecosystem {
        Ecosystem::Cargo => {
            let has_programs =
                project.names().iter().any(|name| name.starts_with(&format!("{prefix}src/bin/")));
            !has(&["src/main.rs"])
                && !has_programs
                && package.workspaces.is_empty()
                && package.entries.is_empty()
        }
        // Published, and nothing in it serves or starts anything.
        Ecosystem::Npm | Ecosystem::Python => {
            let is_published =
                !package.is_private && package.version.is_some() && !package.entries.is_empty();
            is_published
                && !project.units().any(|(_, unit)| {
                    let runs = matches!(
                        unit.file.runtime,
                        Runtime::Server | Runtime::Browser | Runtime::Edge | Runtime::Job
                    );
                    runs && unit.file.is_shipped() && is_below(unit.file.folder(), &package.folder)
                })
        }
        _ => false,
    }
}

/// Does a requirement of Python name one version?
pub(super) fn is_exact(requirement: &str) -> bool {
    let requirement = requirement.trim();
    requirement.starts_with("==") && !requirement.contains('*') && !requirement.contains(',')
}
