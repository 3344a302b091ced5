//! Tables whose columns are known only from the SQL that code sends.

use super::{Entities, Entity};
use crate::{
    facts::{Role, vocabulary::Meaning},
    project::{Project, operations},
};

pub(super) fn read(project: &Project, entities: &mut Entities) {
    for call in project.calls() {
        let is_sql = call.means(Meaning::SqlQuery) || call.means(Meaning::SqlRaw);
        if !is_sql || call.source_file().role == Role::Test {
            continue;
        }
        if let Some((name, columns)) = operations::columns_named(call) {
            entities.add(Entity { name, columns, location: call.location() });
        }
    }
}
