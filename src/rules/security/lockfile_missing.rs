use crate::{
    facts::Span,
    gap::Severity,
    project::{
        Project,
        manifests::{
            Dependency, DependencyKind, DependencySource, Ecosystem, LockKind, Lockfile, Package,
        },
    },
    rules::Sites,
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

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let packages = &project.manifests().packages;
    let mut seen: Vec<(&str, Ecosystem)> = Vec::new();
    for package in packages {
        let key = (package.folder.as_str(), package.ecosystem);
        let is_aside = package.folder.split('/').any(|segment| ASIDE.contains(&segment));
        if is_aside || seen.contains(&key) || package.ecosystem == Ecosystem::Maven {
            continue;
        }
        seen.push(key);
        let here: Vec<&Package> = packages
            .iter()
            .filter(|other| (other.folder.as_str(), other.ecosystem) == key)
            .collect();
        judge(project, &here, sites);
    }
}

fn judge(project: &Project, here: &[&Package], sites: &mut Sites) {
    let package = here[0];
    let asked: Vec<&Dependency> = here
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| dependency.source == DependencySource::Registry)
        .filter(|dependency| dependency.kind != DependencyKind::Peer)
        .collect();
    if asked.is_empty() || is_library(project, package) {
        return;
    }
    let place = project.location(package.file, Span::default());
    let subject = if package.folder.is_empty() { "the project" } else { &package.folder };
    let lock = lock_of(project, package);
    let committed = lock.is_none_or(|lock| lock.file.is_none_or(|file| project.file(file).tracked));
    match lock {
        Some(lock) if committed => {
            let fact = format!("`{}` pins what is installed", lock.path);
            sites.holds(place, subject, fact);
            return;
        }
        Some(lock) => {
            let message = format!("`{}` is not committed", lock.path);
            sites.gap(place, subject, message);
            return;
        }
        None => {}
    }
    if package.ecosystem == Ecosystem::Python {
        let loose = asked.iter().find(|dependency| !is_exact(&dependency.requirement));
        match loose {
            None => {
                sites.holds(place, subject, "every requirement names one version").credit(0.8);
            }
            Some(loose) => {
                let message =
                    format!("no lock file, and `{}` may be any of several versions", loose.name);
                sites.gap(place, subject, message).because(loose.location, "not one version");
            }
        }
        return;
    }
    let verified = format!("{}gradle/verification-metadata.xml", with_slash(&package.folder));
    if package.ecosystem == Ecosystem::Gradle && project.names().contains(&verified) {
        sites.holds(place, subject, "what is downloaded is verified");
        return;
    }
    let site = sites.gap(place, subject, "no lock file pins what is installed");
    if package.ecosystem == Ecosystem::Gradle {
        site.severity(Severity::Low);
    }
}

/// The lock beside the manifest, or that of the workspace that it belongs to.
fn lock_of<'p>(project: &'p Project, package: &Package) -> Option<&'p Lockfile> {
    let locks = project.manifests().lockfiles.iter();
    let fitting = locks.filter(|lock| kinds(package.ecosystem).contains(&lock.kind));
    let above = fitting.filter(|lock| {
        lock.folder == package.folder
            || is_below(&package.folder, &lock.folder)
                && is_workspace(project, package, &lock.folder)
    });
    above.max_by_key(|lock| lock.folder.len())
}

fn is_below(folder: &str, parent: &str) -> bool {
    parent.is_empty() || folder.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
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

fn with_slash(folder: &str) -> String {
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
fn is_library(project: &Project, package: &Package) -> bool {
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
                    use crate::facts::Runtime;
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

fn is_exact(requirement: &str) -> bool {
    let requirement = requirement.trim();
    requirement.starts_with("==") && !requirement.contains('*') && !requirement.contains(',')
}
