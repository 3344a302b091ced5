use super::locks::{is_aside, is_exact, is_library, lock_of};
use crate::{
    facts::{Role, Span, document::Instruction},
    gap::Severity,
    project::{
        FileId, Project,
        manifests::{Container, Dependency, DependencyKind, DependencySource, Ecosystem, Package},
        terraform::{self, Block},
    },
    rules::Sites,
};

/// What every image brings up to date before it installs anything.
const INSTALLERS: [&str; 3] = ["pip", "setuptools", "wheel"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for package in &project.manifests().packages {
        let role = project.file(package.file).role;
        let is_foreign = matches!(role, Role::Test | Role::Example | Role::Vendored | Role::Docs);
        if !is_foreign && !is_aside(package) && !is_library(project, package) {
            of_package(project, package, sites);
        }
    }
    for container in &project.manifests().containers {
        of_container(project, container, sites);
    }
    for (id, unit) in project.units() {
        let is_foreign = matches!(unit.file.role, Role::Test | Role::Example | Role::Docs);
        if unit.file.name().ends_with(".tf") && !is_foreign {
            for block in terraform::read(&unit.file.text) {
                if block.kind == "module" {
                    of_module(project, id, &block, sites);
                }
            }
        }
    }
}

/// A module of Terraform: a folder, a registry's with its version, or a repository's with its tag.
fn of_module(project: &Project, file: FileId, block: &Block, sites: &mut Sites) {
    let source = block.value("source").trim_matches('"');
    if source.is_empty() || source.starts_with('.') || source.starts_with("${") {
        return;
    }
    let place = project.location(file, block.span);
    let reference = source.split_once("ref=").map_or("", |(_, reference)| reference);
    let is_fixed = reference.bytes().any(|byte| byte.is_ascii_digit());
    if is_fixed || block.attribute("version").is_some() {
        sites.holds(place, block.label(0), "its version is named");
    } else {
        let message = format!("`{source}` is whatever its owner published last");
        sites.gap(place, block.label(0), message).root(source);
    }
}

fn of_package(project: &Project, package: &Package, sites: &mut Sites) {
    let asked = || package.dependencies.iter().filter(|dependency| counts(dependency));
    let Some(first) = asked().next() else { return };
    let manifest = project.file(package.file);
    if let Some(lock) = lock_of(project, package) {
        let fact = format!("`{}` holds every version", lock.path);
        sites.holds(project.location(package.file, Span::default()), &*manifest.path, fact);
        return;
    }
    let is_constrained = manifest
        .text
        .lines()
        .any(|line| line.starts_with("-c ") || line.starts_with("--constraint"));
    if is_constrained && package.ecosystem == Ecosystem::Python {
        let reason = "another file of constraints may name the versions";
        sites.unknown(first.location, &*manifest.path, reason);
        return;
    }
    for dependency in asked() {
        match looseness(package.ecosystem, dependency) {
            Some((what, severity)) if !is_pinned_beside(project, package, dependency) => {
                let message = format!("`{}` is {what}", dependency.name);
                sites
                    .gap(dependency.location, &*dependency.name, message)
                    .severity(severity)
                    .root(&*manifest.path);
            }
            _ => {
                let fact = format!("`{}` has a bound", dependency.name);
                sites.holds(dependency.location, &*dependency.name, fact);
            }
        }
    }
}

/// What is delivered, and comes from outside.
fn counts(dependency: &Dependency) -> bool {
    matches!(dependency.kind, DependencyKind::Runtime | DependencyKind::Optional)
        && matches!(dependency.source, DependencySource::Registry | DependencySource::Git)
}

/// What may be installed, where nothing bounds it.
fn looseness(ecosystem: Ecosystem, dependency: &Dependency) -> Option<(&'static str, Severity)> {
    let requirement = dependency.requirement.trim();
    if dependency.source == DependencySource::Git {
        // The facts keep the address for these two; for others a revision may stand beside it.
        let reference = match ecosystem {
            Ecosystem::Npm => requirement.rsplit_once('#').map_or("", |(_, reference)| reference),
            Ecosystem::Python if requirement.contains("git+") => git_reference(requirement),
            _ => return None,
        };
        let is_moving = !reference.bytes().any(|byte| byte.is_ascii_digit());
        return is_moving.then_some(("whatever its branch holds that day", Severity::Medium));
    }
    let is_open = match ecosystem {
        Ecosystem::Npm => is_open_range(requirement) || matches!(requirement, "latest" | "next"),
        Ecosystem::Python => !requirement.starts_with('$') && is_open_python(requirement),
        Ecosystem::Cargo => !requirement.is_empty() && is_open_range(requirement),
        // Without a version it comes from a platform or a parent.
        Ecosystem::Maven | Ecosystem::Gradle => {
            requirement == "+"
                || matches!(requirement, "LATEST" | "RELEASE" | "latest.release")
                || requirement.ends_with(",)")
        }
        Ecosystem::Go => false,
    };
    is_open.then_some(("whatever version is the newest that day", Severity::Low))
}

/// The part behind the last `@` of an address, which is no user's name.
fn git_reference(address: &str) -> &str {
    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let reference = path.rsplit_once('@').map_or("", |(_, reference)| reference);
    reference.split('#').next().unwrap_or_default()
}

fn is_open_range(requirement: &str) -> bool {
    matches!(requirement, "" | "*" | "x" | "X")
        || requirement.starts_with('>') && !requirement.contains('<')
}

/// `>=1`, `!=2` or nothing: no upper end.
fn is_open_python(requirement: &str) -> bool {
    requirement.split(',').map(str::trim).all(|part| {
        part.is_empty() || part == "*" || part.starts_with('>') || part.starts_with("!=")
    })
}

/// Does another manifest of the folder, such as one compiled from this, name the one version?
fn is_pinned_beside(project: &Project, package: &Package, dependency: &Dependency) -> bool {
    package.ecosystem == Ecosystem::Python
        && project
            .manifests()
            .packages
            .iter()
            .filter(|other| other.ecosystem == Ecosystem::Python && other.folder == package.folder)
            .flat_map(|other| &other.dependencies)
            .any(|other| other.name == dependency.name && is_exact(&other.requirement))
}

fn of_container(project: &Project, container: &Container, sites: &mut Sites) {
    let file = project.file(container.file);
    let is_aside = matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored)
        || ["dev", "test"].iter().any(|word| file.name().contains(word));
    if is_aside {
        return;
    }
    let instructions = container.stages.iter().flat_map(|stage| &stage.instructions);
    for instruction in instructions.filter(|instruction| instruction.keyword == "RUN") {
        if let Some(name) = installed_loosely(instruction) {
            let message = format!("the image gets whatever version of `{name}` is the newest");
            let place = project.location(container.file, instruction.span);
            sites.gap(place, name, message).root(&*file.path);
        }
    }
}

/// The first package that a `RUN` installs by its bare name.
fn installed_loosely(instruction: &Instruction) -> Option<&str> {
    let commands = instruction.arguments.split(['\n', ';', '&', '|']);
    commands.filter_map(packages_of).find_map(|mut words| {
        words.find(|name| {
            let is_plain = name.chars().all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '[' | ']')
            });
            is_plain && !name.starts_with('-') && !INSTALLERS.contains(name)
        })
    })
}

/// The words behind `pip install` and `npm install -g`; none where a file lists the packages.
fn packages_of(command: &str) -> Option<impl Iterator<Item = &str>> {
    let at = ["pip install ", "pip3 install ", "npm install -g ", "npm i -g "]
        .iter()
        .find_map(|install| Some(command.find(install)? + install.len()))?;
    let words = command.get(at..)?.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let lists = ["-r", "-c", "-e", "-t", "-i", "--requirement", "--constraint", "--index-url"];
    let mut known = words.clone();
    (!known.any(|word| lists.contains(&word) || word.starts_with("--extra-index"))).then_some(words)
}
