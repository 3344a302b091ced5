//! `go.mod`.

use super::{
    Source,
    packages::{DependencyKind, DependencySource, Ecosystem, Package},
};

pub(super) fn read(source: &Source) -> Option<Package> {
    let mut package = Package::new(source, Ecosystem::Go);
    let mut replaced = Vec::new();
    let mut block = "";
    for (line, span) in source.lines() {
        let (content, note) = line.split_once("//").unwrap_or((line, ""));
        let content = content.trim();
        let (directive, rest) = if block.is_empty() {
            content.split_once(char::is_whitespace).unwrap_or((content, ""))
        } else {
            (block, content)
        };
        let rest = rest.trim();
        if content == ")" {
            block = "";
        } else if rest == "(" {
            block = directive;
        } else {
            match directive {
                "module" => package.name = Some(rest.trim_matches('"').into()),
                "go" => package.runtime = Some(rest.into()),
                "require" => {
                    let (name, version) =
                        rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                    let kind = if note.trim().starts_with("indirect") {
                        DependencyKind::Indirect
                    } else {
                        DependencyKind::Runtime
                    };
                    package.depend(name, version.trim(), kind, DependencySource::Registry, span);
                }
                "replace" => {
                    if let Some((from, to)) = rest.split_once("=>") {
                        let from = from.split_whitespace().next().unwrap_or_default();
                        replaced.push((from, to.trim().starts_with('.')));
                    }
                }
                _ => {}
            }
        }
    }
    for dependency in &mut package.dependencies {
        if replaced.iter().any(|(from, is_local)| *is_local && dependency.name == *from) {
            dependency.source = DependencySource::Local;
        }
    }
    package.name.is_some().then_some(package)
}
