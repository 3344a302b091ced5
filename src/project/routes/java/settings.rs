//! `application.properties` and `application.yml`: what they set, under dotted names.

use std::collections::BTreeMap;

use super::{annotations::UNKNOWN, is_test_role, security::package_folder};
use crate::{
    facts::{Document, Node, NodeKind, Text},
    project::{FileId, Location, Project},
};

/// The settings that hold in production, by the folder of their package.
#[derive(Default)]
pub(super) struct Settings {
    packages: BTreeMap<Text, BTreeMap<Text, Setting>>,
}

/// One setting and its place. The texts of a list are joined by commas.
pub(super) struct Setting {
    pub(super) value: Text,
    pub(super) at: Location,
}

impl Settings {
    pub(super) fn read(project: &Project) -> Self {
        let mut settings = Self::default();
        for (file, unit) in project.units() {
            let is_ours = matches!(
                unit.file.name(),
                "application.properties" | "application.yml" | "application.yaml"
            );
            if !is_ours || is_test_role(&unit.file) {
                continue;
            }
            let package = settings.packages.entry(package_folder(project, file)).or_default();
            match &unit.facts.document {
                Some(Document::Settings(all)) => {
                    for one in all {
                        let at = Location { file, span: one.span };
                        add(package, &one.name, Setting { value: one.value.clone(), at });
                    }
                }
                Some(Document::Tree(roots)) => {
                    roots.iter().for_each(|root| flatten(root, "", file, package));
                }
                _ => {}
            }
        }
        settings
    }

    /// What is set under `name` for the package in `folder`.
    pub(super) fn get(&self, folder: &str, name: &str) -> Option<&Setting> {
        self.packages.get(folder)?.get(name)
    }

    pub(super) fn text(&self, folder: &str, name: &str) -> Option<&str> {
        self.get(folder, name).map(|setting| setting.value.as_str())
    }

    /// What is set below `prefix`, by the rest of its name.
    pub(super) fn below<'s>(
        &'s self,
        folder: &str,
        prefix: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s Setting)> {
        let package = self.packages.get(folder).into_iter().flatten();
        package.filter_map(move |(name, setting)| Some((name.strip_prefix(prefix)?, setting)))
    }
}

impl Settings {
    /// A text with what its placeholders are set to: `${api.path}`, `${api.path:/api}`. What is set elsewhere is
    /// not known.
    pub(super) fn filled(&self, folder: &str, text: &str) -> Text {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((inner, after)) = after.split_once('}') else { break };
            let (name, default) = inner
                .split_once(':')
                .map_or((inner, None), |(name, default)| (name, Some(default)));
            filled.push_str(self.text(folder, name).or(default).unwrap_or(UNKNOWN));
            rest = after;
        }
        filled.push_str(rest);
        filled.into()
    }
}

/// What is set for one profile alone counts if that is production's.
fn add(package: &mut BTreeMap<Text, Setting>, name: &str, setting: Setting) {
    let name = name.strip_prefix("%prod.").unwrap_or(name);
    if !name.starts_with('%') {
        package.insert(name.replace('"', "").into(), setting);
    }
}

fn flatten(node: &Node, name: &str, file: FileId, package: &mut BTreeMap<Text, Setting>) {
    let at = Location { file, span: node.span };
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, _, inner) in entries {
                let inner_name =
                    if name.is_empty() { key.to_string() } else { format!("{name}.{key}") };
                flatten(inner, &inner_name, file, package);
            }
        }
        NodeKind::List(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Node::text).collect();
            match texts {
                Some(texts) => add(package, name, Setting { value: texts.join(",").into(), at }),
                None => {
                    for (number, item) in items.iter().enumerate() {
                        flatten(item, &format!("{name}[{number}]"), file, package);
                    }
                }
            }
        }
        _ => {
            if let Some(text) = node.text() {
                add(package, name, Setting { value: text.into(), at });
            }
        }
    }
}
