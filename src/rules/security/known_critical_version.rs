use std::{cmp::Ordering, sync::LazyLock};

use serde::Deserialize;

use super::locks::{is_aside, is_exact, lock_of};
use crate::{
    embedded,
    gap::Severity,
    project::{
        Location, Project,
        manifests::{Dependency, DependencyKind, Ecosystem, Package},
        modules::{folder_of, is_below},
    },
    rules::Sites,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flaws {
    #[serde(rename = "schema")]
    _schema: u32,
    as_of: String,
    #[serde(rename = "flaw")]
    rows: Vec<Flaw>,
}

/// Releases of some packages that share a flaw.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flaw {
    id: String,
    published: String,
    ecosystem: String,
    packages: Vec<String>,
    /// "first-with-it first-without"; the second is missing where no release is without.
    ranges: Vec<String>,
    /// What it lets a stranger do.
    what: String,
    #[serde(default = "critical")]
    severity: Severity,
    /// Files of these names have to be there for it to matter; empty where it always does.
    #[serde(default)]
    applies_to: Vec<String>,
}

const fn critical() -> Severity {
    Severity::Critical
}

/// The table of this version.
static FLAWS: LazyLock<Flaws> = LazyLock::new(|| {
    let text = embedded::file("data/versions.toml").expect("the file is embedded");
    toml::from_str(text).expect("a test loads the table")
});

/// One release that is installed.
struct Installed<'p> {
    version: &'p str,
    place: Location,
    asked: Location,
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for package in project.manifests().packages.iter().filter(|package| !is_aside(package)) {
        for dependency in package.dependencies.iter().filter(|one| is_delivered(one)) {
            let mut flaws = listed(package.ecosystem, &dependency.name).peekable();
            if flaws.peek().is_none() {
                continue;
            }
            let Some(found) = installed(project, package, dependency) else {
                let reason = "no lock file says which release it is";
                sites.unknown(dependency.location, &*dependency.name, reason);
                continue;
            };
            judge(project, package, dependency, &found, sites);
        }
    }
}

fn is_delivered(dependency: &Dependency) -> bool {
    !matches!(dependency.kind, DependencyKind::Development | DependencyKind::Peer)
}

fn listed(ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = &'static Flaw> {
    let family = match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Python => "python",
        Ecosystem::Cargo => "cargo",
        Ecosystem::Go => "go",
        Ecosystem::Maven | Ecosystem::Gradle => "maven",
    };
    FLAWS
        .rows
        .iter()
        .filter(move |flaw| flaw.ecosystem == family && flaw.packages.iter().any(|one| one == name))
}

/// The release that the lock file holds, or the one that the manifest names.
fn installed<'p>(
    project: &'p Project,
    package: &Package,
    dependency: &'p Dependency,
) -> Option<Installed<'p>> {
    let asked = dependency.location;
    // Sums of Go and of Maven list more than what is chosen; their manifests name one release.
    let names_one =
        matches!(package.ecosystem, Ecosystem::Go | Ecosystem::Maven | Ecosystem::Gradle);
    if !names_one && let Some(lock) = lock_of(project, package) {
        let pins = lock.pins.iter().filter(|pin| pin.name.eq_ignore_ascii_case(&dependency.name));
        // Copies below other packages are older or newer; what is asked for here is the newest.
        let pin = pins.max_by(|a, b| compare(&a.version, &b.version))?;
        let place = lock.file.map_or(asked, |file| project.location(file, pin.span));
        return Some(Installed { version: &pin.version, place, asked });
    }
    let requirement = dependency.requirement.trim();
    let version = match package.ecosystem {
        Ecosystem::Python => is_exact(requirement).then(|| requirement.trim_start_matches('='))?,
        _ => requirement.trim_start_matches('v'),
    };
    let is_one = version.starts_with(|first: char| first.is_ascii_digit())
        && !version.contains([' ', '|', 'x', '*', ',']);
    is_one.then_some(Installed { version: version.trim(), place: asked, asked })
}

fn judge(
    project: &Project,
    package: &Package,
    dependency: &Dependency,
    found: &Installed,
    sites: &mut Sites,
) {
    let name = dependency.name.as_str();
    let mut has = listed(package.ecosystem, name)
        .filter(|flaw| flaw.ranges.iter().any(|range| contains(range, found.version)))
        .map(|flaw| {
            let severity =
                if applies(project, package, flaw) { flaw.severity } else { Severity::Medium };
            (severity, flaw)
        })
        .collect::<Vec<_>>();
    has.sort_by(|(a, first), (b, second)| {
        b.cmp(a).then_with(|| second.published.cmp(&first.published))
    });
    let Some((severity, worst)) = has.first() else {
        let fact = format!("`{}` has none of the flaws listed on {}", found.version, FLAWS.as_of);
        sites.holds(dependency.location, name, fact);
        return;
    };
    let more = match has.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let message = format!(
        "`{name}` {}: {} ({}, {}{more})",
        found.version, worst.what, worst.id, worst.published
    );
    let site = sites
        .gap(found.place, name, message)
        .severity(*severity)
        .root(format!("{name} {}", found.version))
        .identity(format!("{name} {}", worst.id));
    if found.asked != found.place {
        site.because(found.asked, "asked for here");
    }
}

/// Is what the flaw needs there?
fn applies(project: &Project, package: &Package, flaw: &Flaw) -> bool {
    flaw.applies_to.is_empty()
        || project.names().iter().any(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let folder = folder_of(path);
            flaw.applies_to.iter().any(|one| one == name)
                && (folder == package.folder || is_below(folder, &package.folder))
        })
}

fn contains(range: &str, version: &str) -> bool {
    let (from, fixed) = range.split_once(' ').map_or((range, None), |(from, to)| (from, Some(to)));
    compare(version, from) != Ordering::Less
        && fixed.is_none_or(|fixed| compare(version, fixed) == Ordering::Less)
}

/// Releases by their numbers; what comes before a release is older than it.
fn compare(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> (Vec<u64>, bool) {
        let numbers = text.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
        let mut numbers: Vec<u64> =
            numbers.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        (numbers, !text.contains('-'))
    };
    parts(a).cmp(&parts(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_number() {
        assert_eq!(compare("2.10.0", "2.9"), Ordering::Greater);
        assert_eq!(compare("2.0", "2.0.0"), Ordering::Equal);
        assert_eq!(compare("15.2.3-canary.1", "15.2.3"), Ordering::Less);
        assert!(contains("15.0.0 15.2.3", "15.1.0") && !contains("15.0.0 15.2.3", "15.2.3"));
        assert!(contains("0.0.0", "9.9.9"));
    }

    #[test]
    fn every_row_is_dated_and_in_order() {
        assert!(!FLAWS.as_of.is_empty());
        for flaw in &FLAWS.rows {
            assert_eq!(flaw.published.len(), "2025-01-01".len(), "{}", flaw.id);
            assert!(flaw.published <= FLAWS.as_of, "{}", flaw.id);
            for (from, fixed) in flaw.ranges.iter().filter_map(|range| range.split_once(' ')) {
                assert_eq!(compare(from, fixed), Ordering::Less, "{}: {from} {fixed}", flaw.id);
            }
        }
    }
}
