//! Collections without a schema: their columns are the fields that code writes and asks for.

use super::{Entities, Entity, code::keys};
use crate::{
    facts::{Role, Text, vocabulary::Meaning},
    project::{Call, Project, operations},
};

pub(super) fn read(project: &Project, entities: &mut Entities) {
    let uses = |call: &Call<'_>| {
        let stores = [Meaning::DocumentQuery, Meaning::DatabaseWrite, Meaning::DatabaseRead];
        stores.iter().any(|&meaning| call.means(meaning)) && call.source_file().role != Role::Test
    };
    for call in project.calls().filter(uses) {
        let Some(name) = operations::collection(call) else { continue };
        let mut columns: Vec<Text> = Vec::new();
        for document in call.positional().take(2) {
            columns.extend(keys(document).into_iter().filter(|field| !field.starts_with('$')));
            let changed = ["$set", "$setOnInsert"].map(|operator| document.entry(operator).given());
            columns.extend(changed.into_iter().flatten().flat_map(keys));
        }
        entities.add(Entity { name, columns, location: call.location() });
    }
}
