//! Templates by their names: what a call that renders one means.

use std::collections::HashMap;

use super::{Call, FileId, FunctionRef, In, Project, Unit};
use crate::facts::{Facts, StatementKind, Text, vocabulary::Meaning};

/// The templates of a project, by the last part of their paths without its ending.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    by_stem: HashMap<Text, Vec<FileId>>,
}

impl Templates {
    pub(super) fn of(units: &[Unit]) -> Self {
        let mut templates = Self::default();
        for (file, unit) in (0_u32..).map(FileId).zip(units) {
            if unit.file.language.is_template() && unit.facts.functions.len() > 1 {
                templates.by_stem.entry(stem(unit.file.name()).into()).or_default().push(file);
            }
        }
        templates
    }
}

impl Project {
    /// The template that a call renders, as the function that it is.
    pub fn rendered(&self, call: Call<'_>) -> Option<FunctionRef> {
        if !call.means(Meaning::RenderTemplate) {
            return None;
        }
        let named = ["template_name", "template", "name"].map(|name| call.named(name));
        let mut names = call.positional().take(3).chain(named.into_iter().flatten());
        names.find_map(|value| self.template(value.text()?, call.file))
    }

    /// The template called `name`, seen from a file: of equal names the nearest.
    fn template(&self, name: &str, from: FileId) -> Option<FunctionRef> {
        let last = name.rsplit('/').next()?;
        let candidates = self.templates.by_stem.get(stem(last))?;
        let is_meant = |file: &&FileId| {
            let path: &str = &self.file(**file).path;
            let ends_with_name = |path: &str| {
                path.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
            };
            let without_ending = path.rsplit_once('.').map_or(path, |(path, _)| path);
            ends_with_name(path) || ends_with_name(without_ending)
        };
        let shared = |file: &&FileId| {
            let (path, from) = (&self.file(**file).path, &self.file(from).path);
            path.split('/').zip(from.split('/')).take_while(|(a, b)| a == b).count()
        };
        let file = *candidates.iter().filter(is_meant).max_by_key(shared)?;
        let facts = self.facts(file);
        facts[Facts::TOP_LEVEL].body.iter().find_map(|&statement| match facts[statement].kind {
            StatementKind::Function(id) => Some(In { file, id }),
            _ => None,
        })
    }
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
