//! The models of a Prisma schema.

use super::{Entities, Entity};
use crate::{
    facts::{Span, Text},
    project::{Location, Project},
};

pub(super) fn read(project: &Project, entities: &mut Entities) {
    for (file, unit) in project.units() {
        if !unit.file.path.ends_with(".prisma") {
            continue;
        }
        let mut model: Option<Entity> = None;
        let mut start = 0_u32;
        for line in unit.file.text.split_inclusive('\n') {
            let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["model", name, ..] => {
                    let span = Span { start, end: start + length };
                    let location = Location { file, span };
                    model = Some(Entity { name: name.into(), columns: Vec::new(), location });
                }
                ["}", ..] => entities_add(entities, model.take()),
                [name, _, ..] if is_field(name) => {
                    if let Some(model) = &mut model {
                        model.columns.push(Text::from(name));
                    }
                }
                _ => {}
            }
            start = start.saturating_add(length);
        }
        entities_add(entities, model);
    }
}

fn entities_add(entities: &mut Entities, model: Option<Entity>) {
    if let Some(model) = model {
        entities.add(model);
    }
}

fn is_field(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}
