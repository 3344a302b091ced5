//! What a function does with stored data: which entity, by which filters, with which values.

use super::{Body, Call, In, Value, entities};
use crate::facts::{Language, Text, vocabulary::Meaning};

mod chain;
mod diesel;
mod filters;
mod gorm;
mod repositories;
mod sql;

pub use sql::columns_named;

/// One read or write of stored data.
#[derive(Clone)]
pub struct Operation<'p> {
    /// The call that names the entity.
    pub call: Call<'p>,
    /// As the code calls it.
    pub entity: Text,
    pub kind: OperationKind,
    pub filters: Vec<Filter<'p>>,
    /// Filters that could not be read: anything may be among them.
    pub is_opaque: bool,
    /// What is written, where it is one value.
    pub data: Option<Value<'p>>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// One row, by a key or another filter.
    Read,
    List,
    Create,
    Update,
    Delete,
}

/// One condition on a column.
#[derive(Clone)]
pub struct Filter<'p> {
    pub field: Text,
    /// What the column is compared with, where that is known.
    pub value: Option<Value<'p>>,
}

impl<'p> Operation<'p> {
    /// The filter that picks one row.
    pub fn key(&self) -> Option<&Filter<'p>> {
        self.filters.iter().find(|filter| is_key(&filter.field))
    }

    /// Filters on a column that says whose a row is.
    pub fn owner_filters(&self) -> impl Iterator<Item = &Filter<'p>> {
        self.filters.iter().filter(|filter| entities::is_owner(&filter.field))
    }
}

/// Is this column a row's own number: `id`, `pk`, `_id`, `uuid`, `postId` of posts?
pub fn is_key(field: &str) -> bool {
    let plain: String = field
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    matches!(plain.as_str(), "id" | "pk" | "uuid" | "guid" | "key" | "objectid")
        || plain.ends_with("id") && !entities::is_owner(field)
}

/// The collection without a schema that a call of a document store works on.
pub fn collection(call: Call<'_>) -> Option<Text> {
    chain::collection_name(call.receiver()?)
}

/// The operations directly in a function and in the functions written inside it.
pub fn in_function(body: Body<'_>) -> Vec<Operation<'_>> {
    in_called(body, None)
}

/// The same for one call of the function: criteria that it takes as a parameter are those of `through`.
pub fn in_called<'p>(body: Body<'p>, through: Option<Call<'p>>) -> Vec<Operation<'p>> {
    body.calls_within().filter_map(|call| read(call, through)).collect()
}

/// The operation that a call starts or is.
pub fn of_call(call: Call<'_>) -> Option<Operation<'_>> {
    read(call, None)
}

fn read<'p>(call: Call<'p>, through: Option<Call<'p>>) -> Option<Operation<'p>> {
    if (call.means(Meaning::SqlQuery) || call.means(Meaning::SqlRaw))
        && let Some(found) = sql::read(call)
    {
        return Some(found);
    }
    match call.source_file().language {
        Language::Python => chain::python_document(call).or_else(|| chain::python(call)),
        Language::Java => repositories::read(call),
        Language::Rust => diesel::read(call),
        Language::Go => gorm::read(call),
        language if language.is_script() => chain::script(call, through),
        _ => None,
    }
}

/// The calls made on the result of `call`, one on the other: `update` and `digest` of
/// `createHash("md5").update(x).digest()`.
pub fn chained(call: Call<'_>) -> Vec<Call<'_>> {
    use crate::facts::ExpressionKind;

    let mut found = Vec::new();
    let mut current = call;
    let index = &call.project.unit(call.file).index;
    let facts = call.project.facts(call.file);
    loop {
        let mut parent = index.expression(current.id()).parent;
        while let Some(id) = parent {
            match facts[id].kind {
                ExpressionKind::Await(_) | ExpressionKind::Propagate(_) => {
                    parent = index.expression(id).parent;
                }
                _ => break,
            }
        }
        let Some(member) = parent else { break };
        if !matches!(facts[member].kind, ExpressionKind::Member { .. }) {
            break;
        }
        let Some(outer) = index.expression(member).parent else { break };
        let next = call.project.call(In { file: call.file, id: outer });
        let Some(next) = next.filter(|next| next.callee_value().at.id == member) else { break };
        found.push(next);
        current = next;
    }
    found
}
