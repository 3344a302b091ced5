//! `build.gradle` and `build.gradle.kts`, line by line: the language around the dependencies is a program.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package},
};

const CONFIGURATIONS: [(&str, DependencyKind); 14] = [
    ("implementation", DependencyKind::Runtime),
    ("api", DependencyKind::Runtime),
    ("compile", DependencyKind::Runtime),
    ("runtime", DependencyKind::Runtime),
    ("runtimeOnly", DependencyKind::Runtime),
    ("developmentOnly", DependencyKind::Development),
    ("testImplementation", DependencyKind::Development),
    ("testCompile", DependencyKind::Development),
    ("testRuntimeOnly", DependencyKind::Development),
    ("testAnnotationProcessor", DependencyKind::Development),
    ("compileOnly", DependencyKind::Build),
    ("annotationProcessor", DependencyKind::Build),
    ("kapt", DependencyKind::Build),
    ("classpath", DependencyKind::Build),
];

pub(super) fn read(source: &Source) -> Package {
    let mut package = Package::new(source, Ecosystem::Gradle);
    for (line, span) in source.lines() {
        let word_end =
            line.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(line.len());
        let (word, rest) = line.split_at(word_end);
        if let Some((_, kind)) = CONFIGURATIONS.iter().find(|(known, _)| *known == word) {
            let Some(coordinates) = first_quoted(rest) else { continue };
            let mut parts = coordinates.split(':');
            let (Some(group), Some(artifact)) = (parts.next(), parts.next()) else {
                if rest.contains("project(") {
                    package.depend(coordinates, "", *kind, DependencySource::Local, span);
                }
                continue;
            };
            if rest.contains("project(") {
                package.depend(coordinates, "", *kind, DependencySource::Local, span);
                continue;
            }
            let name = format!("{group}:{artifact}");
            let version = parts.next().unwrap_or_default();
            package.depend(&name, version, *kind, DependencySource::Registry, span);
        } else if word == "id"
            && let Some(plugin) = first_quoted(rest)
        {
            let version = rest.split_once("version").and_then(|(_, rest)| first_quoted(rest));
            let (version, registry) = (version.unwrap_or_default(), DependencySource::Registry);
            package.depend(plugin, version, DependencyKind::Build, registry, span);
        } else if word == "group" || word == "version" {
            let value = first_quoted(rest).map(Into::into);
            if word == "version" {
                package.version = package.version.or(value);
            }
        }
    }
    package
}

fn first_quoted(text: &str) -> Option<&str> {
    let start = text.find(['"', '\''])?;
    let quote = text[start..].chars().next()?;
    let rest = &text[start + 1..];
    rest.find(quote).map(|end| &rest[..end])
}
