//! Object mappers and query builders: the entity, and what the calls around it do.

use super::{Operation, OperationKind, chained, filters::Filters, is_key};
use crate::{
    facts::{ExpressionKind, Language, Pattern, StatementKind, Text, vocabulary::Meaning},
    project::{Call, Origin, Value},
};

/// Prisma, Mongoose, Sequelize, `TypeORM`, Drizzle, Knex and what looks like them.
pub(super) fn script<'p>(call: Call<'p>, through: Option<Call<'p>>) -> Option<Operation<'p>> {
    let name = call.name();
    if name == "from" && call.argument(0).is_some() {
        return from_table(call);
    }
    if matches!(name, "update" | "delete" | "insert")
        && call.receiver().is_some()
        && let Some(found) = table_write(call)
    {
        return Some(found);
    }
    if let Some(kind) = kysely_kind(name) {
        return kysely(call, kind);
    }
    if !works_on_data(call) {
        return None;
    }
    let receiver = call.receiver()?;
    let entity = collection_name(receiver).or_else(|| last_name(receiver))?;
    let mut filters = Filters::through(through);
    let kind = match name {
        "findById" | "findByPk" | "findByIdAndUpdate" | "findByIdAndDelete"
        | "findByIdAndRemove" => {
            filters.pair("id", call.argument(0)?);
            match name {
                "findByIdAndUpdate" => OperationKind::Update,
                "findByIdAndDelete" | "findByIdAndRemove" => OperationKind::Delete,
                _ => OperationKind::Read,
            }
        }
        "findUnique" | "findUniqueOrThrow" | "findFirst" | "findFirstOrThrow" | "findOne"
        | "findOneBy" | "findOneOrFail" | "findOneByOrFail" | "findOneAndUpdate"
        | "findOneAndDelete" | "findOneAndReplace" | "update" | "upsert" | "updateMany"
        | "updateOne" | "replaceOne" | "delete" | "deleteMany" | "deleteOne" | "destroy"
        | "remove" | "softDelete" | "findMany" | "findAll" | "find" | "findBy"
        | "findAndCountAll" => {
            object_filters(call, &mut filters);
            match name {
                "findMany" | "findAll" | "find" | "findBy" | "findAndCountAll" => {
                    OperationKind::List
                }
                "findOneAndDelete" | "delete" | "deleteMany" | "deleteOne" | "destroy"
                | "remove" | "softDelete" => OperationKind::Delete,
                "findOneAndUpdate" | "findOneAndReplace" | "update" | "upsert" | "updateMany"
                | "updateOne" | "replaceOne" => OperationKind::Update,
                _ => OperationKind::Read,
            }
        }
        "create" | "createMany" | "insertOne" | "insertMany" | "insert" | "save" => {
            OperationKind::Create
        }
        _ => return None,
    };
    // Mongoose narrows afterwards: `Post.find().where("author", id)`.
    for next in chained(call) {
        if let ("where", Some(field)) = (next.name(), next.argument(0).and_then(Value::text))
            && let Some(value) = next.argument(1)
        {
            filters.pair(field, value);
        }
    }
    let data = call.option("data").given().or_else(|| match kind {
        OperationKind::Create => call.argument(0),
        OperationKind::Update => call.argument(1),
        _ => None,
    });
    Some(operation(call, entity, kind, filters, data))
}

fn works_on_data(call: Call<'_>) -> bool {
    call.meanings().any(|meaning| {
        matches!(
            meaning,
            Meaning::DatabaseRead
                | Meaning::DatabaseWrite
                | Meaning::DocumentQuery
                | Meaning::SqlQuery
                | Meaning::SqlRaw
        )
    })
}

/// The collection without a schema that stands behind a value: `db.collection("posts")`, `db["posts"]` or, in
/// Python, `db.posts`, under whatever name.
pub(super) fn collection_name(value: Value<'_>) -> Option<Text> {
    if value.project.file(value.at.file).language == Language::Python {
        let whole = value.project.bound(value.at).map_or(value, |at| value.project.value(at));
        return match whole.unwrapped().kind() {
            ExpressionKind::Index { index, .. } => whole.sibling(*index).text().map(Text::from),
            ExpressionKind::Member { name, .. } => Some(name.clone()),
            _ => None,
        };
    }
    let call = value.unwrapped().as_call().or_else(|| match value.project.origin(value.at) {
        Origin::Created(at) => value.project.call(at),
        _ => None,
    })?;
    let name = call.argument(0).filter(|_| call.name() == "collection")?;
    name.text().map(Text::from)
}

/// The condition stands under `where`, or is the first argument itself.
fn object_filters<'p>(call: Call<'p>, filters: &mut Filters<'p>) {
    let first = call.argument(0).map(|first| filters.whole(first));
    let stated = call.option("where").given();
    if let Some(given) = stated.or_else(|| first?.entry("where").given()) {
        if matches!(filters.whole(given).kind(), ExpressionKind::Object(_)) {
            filters.object(given);
        } else {
            filters.condition(given);
        }
        return;
    }
    let Some(first) = first else { return };
    match first.kind() {
        ExpressionKind::Object(entries) => {
            let is_options = entries.iter().any(|entry| {
                matches!(&entry.key, crate::facts::EntryKey::Name(name) if matches!(name.as_str(), "select" | "include" | "orderBy" | "take" | "skip" | "relations" | "order" | "attributes"))
            });
            if !is_options {
                filters.object(first);
            }
        }
        ExpressionKind::Function(_) => filters.is_opaque = true,
        _ if matches!(call.name(), "delete" | "update" | "softDelete" | "findOne") => {
            filters.pair("id", first);
        }
        _ => filters.is_opaque = true,
    }
}

/// `db.select().from(posts).where(…)`, `client.from("posts").update(…).eq("id", id)`.
fn from_table(call: Call<'_>) -> Option<Operation<'_>> {
    let table = call.argument(0)?;
    let is_text = table.text().is_some();
    let entity = table.text().map(Text::from).or_else(|| last_name(table))?;
    let builder = call
        .receiver()?
        .as_call()
        .is_some_and(|inner| matches!(inner.name(), "select" | "selectDistinct"));
    if !is_text && !builder
        || call.path().starts_with("Array")
        || call.path().starts_with("Buffer")
        || call.path().contains("storage")
    {
        return None;
    }
    let mut filters = Filters::default();
    let mut kind = OperationKind::List;
    let mut data = None;
    let mut is_query = builder;
    for next in chained(call) {
        match next.name() {
            "select" => is_query = true,
            "insert" | "upsert" => {
                (kind, data, is_query) = (OperationKind::Create, next.argument(0), true);
            }
            "update" => (kind, data, is_query) = (OperationKind::Update, next.argument(0), true),
            "delete" => (kind, is_query) = (OperationKind::Delete, true),
            "eq" | "in" | "contains" | "filter" => {
                let value = next
                    .argument(1)
                    .filter(|_| next.name() != "filter")
                    .or_else(|| next.argument(2));
                if let (Some(field), Some(value)) = (next.argument(0).and_then(Value::text), value)
                {
                    filters.pair(field, value);
                }
            }
            "match" => next.argument(0).into_iter().for_each(|given| filters.object(given)),
            "or" => filters.is_opaque = true,
            "where" | "andWhere" => next.positional().for_each(|given| filters.condition(given)),
            _ => {}
        }
    }
    is_query.then(|| operation(call, entity, kind, filters, data))
}

/// The kind of a Kysely query, by how it begins.
fn kysely_kind(name: &str) -> Option<OperationKind> {
    match name {
        "selectFrom" => Some(OperationKind::List),
        "insertInto" => Some(OperationKind::Create),
        "updateTable" => Some(OperationKind::Update),
        "deleteFrom" => Some(OperationKind::Delete),
        _ => None,
    }
}

/// `db.selectFrom("posts").where("id", "=", id)`.
fn kysely(call: Call<'_>, kind: OperationKind) -> Option<Operation<'_>> {
    let entity = Text::from(call.argument(0)?.text()?);
    let mut filters = Filters::default();
    let mut data = None;
    for next in chained(call) {
        match (next.name(), next.argument(0), next.argument(2)) {
            ("where", Some(column), Some(value)) => {
                let column = column.text().unwrap_or_default();
                filters.pair(column.rsplit('.').next().unwrap_or(column), value);
            }
            ("where", ..) => filters.is_opaque = true,
            ("set" | "values", given, _) => data = given,
            _ => {}
        }
    }
    Some(operation(call, entity, kind, filters, data))
}

/// `db.update(posts).set(…).where(…)`, `db.delete(posts).where(…)`.
fn table_write(call: Call<'_>) -> Option<Operation<'_>> {
    let following = chained(call);
    let has = |name: &str| following.iter().any(|next| next.name() == name);
    let kind = match call.name() {
        "update" if has("set") => OperationKind::Update,
        "delete" if has("where") => OperationKind::Delete,
        "insert" if has("values") => OperationKind::Create,
        _ => return None,
    };
    let entity = last_name(call.argument(0)?)?;
    let mut filters = Filters::default();
    let mut data = None;
    for next in following {
        match next.name() {
            "where" => next.positional().for_each(|given| filters.condition(given)),
            "set" | "values" => data = next.argument(0),
            _ => {}
        }
    }
    Some(operation(call, entity, kind, filters, data))
}

/// `posts.find_one({"_id": key})`, `db.posts.update_one(filter, change)`.
pub(super) fn python_document(call: Call<'_>) -> Option<Operation<'_>> {
    if !call.means(Meaning::DocumentQuery) && !call.means(Meaning::DatabaseWrite) {
        return None;
    }
    let kind = match call.name() {
        "find_one" | "count_documents" => OperationKind::Read,
        "find" | "aggregate" | "distinct" => OperationKind::List,
        "insert_one" | "insert_many" => OperationKind::Create,
        "update_one"
        | "update_many"
        | "replace_one"
        | "find_one_and_update"
        | "find_one_and_replace" => OperationKind::Update,
        "delete_one" | "delete_many" | "find_one_and_delete" => OperationKind::Delete,
        _ => return None,
    };
    let entity = collection_name(call.receiver()?)?;
    let mut filters = Filters::default();
    if kind != OperationKind::Create
        && let Some(filter) = call.argument(0)
    {
        filters.object(filter);
    }
    let data = match kind {
        OperationKind::Create => call.argument(0),
        OperationKind::Update => call.argument(1),
        _ => None,
    };
    Some(operation(call, entity, kind, filters, data))
}

/// What managers of Django and queries of `SQLAlchemy` take arguments for
/// (<https://docs.djangoproject.com/en/5.2/ref/models/querysets/>).
const QUERYING: [&str; 30] = [
    "filter",
    "filter_by",
    "where",
    "exclude",
    "get",
    "aget",
    "get_or_404",
    "first_or_404",
    "all",
    "order_by",
    "values",
    "values_list",
    "annotate",
    "aggregate",
    "select_related",
    "prefetch_related",
    "only",
    "defer",
    "distinct",
    "using",
    "in_bulk",
    "join",
    "options",
    "limit",
    "offset",
    "paginate",
    "with_entities",
    "select_for_update",
    "count",
    "alias",
];

/// Django, `SQLAlchemy` and `SQLModel`.
pub(super) fn python(call: Call<'_>) -> Option<Operation<'_>> {
    let name = call.name();
    // `get_object_or_404(E, pk=key)`, `session.get(E, key)`.
    let first_is_class = || call.argument(0).and_then(class_name);
    if matches!(name, "get_object_or_404" | "get_list_or_404" | "aget_object_or_404" | "get_or_404")
        && first_is_class().is_some()
    {
        let mut filters = Filters::default();
        filters.named(call);
        if let Some(key) = call.argument(1) {
            filters.pair("id", key);
        }
        return Some(operation(call, first_is_class()?, row_kind(call), filters, None));
    }
    if name == "get" && call.arguments().len() >= 2 {
        let entity = first_is_class()?;
        let mut filters = Filters::default();
        filters.pair("id", call.argument(1)?);
        return Some(operation(call, entity, row_kind(call), filters, None));
    }
    if matches!(name, "select" | "query" | "delete" | "update")
        && first_is_class().is_some()
        && (name == "query" || call.receiver().is_none())
    {
        let kind = match name {
            "delete" => OperationKind::Delete,
            "update" => OperationKind::Update,
            _ => OperationKind::List,
        };
        return Some(narrowed(call, first_is_class()?, kind, &chained(call), Filters::default()));
    }
    // `E.objects.get(…)`, `E.query.filter_by(…)`: the first call on the manager.
    let receiver = call.receiver()?;
    let ExpressionKind::Member { object, name: manager } = receiver.kind() else { return None };
    if !matches!(manager.as_str(), "objects" | "query") {
        return None;
    }
    let entity = class_name(receiver.sibling(*object))?;
    let mut filters = Filters::default();
    if matches!(name, "get" | "get_or_404")
        && let Some(key) = call.argument(0)
    {
        filters.pair("id", key);
    }
    let adds = ["create", "bulk_", "get_or_create", "update_or_create", "aget_or_create"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    // `Project.objects.for_api_key(key)`: a method of the manager's own may ask for anything.
    filters.is_opaque = !QUERYING.contains(&name) && !adds && !call.arguments().is_empty();
    let mut calls = vec![call];
    calls.extend(chained(call));
    let kind = if adds { OperationKind::Create } else { OperationKind::List };
    Some(narrowed(call, entity, kind, &calls, filters))
}

/// Reads what follows on a query of Python's mappers.
fn narrowed<'p>(
    call: Call<'p>,
    entity: Text,
    kind: OperationKind,
    following: &[Call<'p>],
    mut filters: Filters<'p>,
) -> Operation<'p> {
    let mut kind = kind;
    let mut is_one = false;
    for next in following {
        match next.name() {
            "filter" | "where" | "filter_by" | "exclude" | "get" | "get_or_create"
            | "first_or_404" | "aget" => {
                filters.named(*next);
                next.positional().for_each(|given| filters.condition(given));
                is_one |= next.name() == "get" || next.name() == "aget";
            }
            "first" | "one" | "one_or_none" | "scalar_one_or_none" | "get_or_404" | "last"
            | "latest" | "earliest" | "count" | "exists" | "aggregate" => is_one = true,
            "delete" => kind = OperationKind::Delete,
            "update" => kind = OperationKind::Update,
            "create" => kind = OperationKind::Create,
            _ => {}
        }
    }
    // `get_object_or_404(Dashboard.objects.all(), user=request.user)`
    if let Some(outer) = call.enclosing_calls().find(|outer| picks_from(*outer, call)) {
        filters.named(outer);
        is_one = true;
    }
    let by_key = filters.found.iter().any(|filter| is_key(&filter.field));
    if kind == OperationKind::List && (is_one || by_key) {
        kind = row_kind(call);
    }
    operation(call, entity, kind, filters, None)
}

/// Does a function of Django pick one of the rows that a query yields?
fn picks_from(outer: Call<'_>, query: Call<'_>) -> bool {
    matches!(outer.name(), "get_object_or_404" | "aget_object_or_404")
        && outer
            .argument(0)
            .is_some_and(|rows| rows.location().span.contains(query.location().span))
}

/// A row that is looked up is read, or changed through its attributes.
fn row_kind(lookup: Call<'_>) -> OperationKind {
    if is_changed(lookup) { OperationKind::Update } else { OperationKind::Read }
}

/// `post = Post.query.get(key)`, `post.title = …`.
fn is_changed(lookup: Call<'_>) -> bool {
    let facts = lookup.project.facts(lookup.file);
    let Some(statement) = lookup.value().statement() else { return false };
    let StatementKind::Bind { target: Pattern::Name(row), .. } = &facts[statement.id].kind else {
        return false;
    };
    lookup.function().statements().iter().any(|&statement| {
        let StatementKind::Bind { target: Pattern::Place(place), .. } = facts[statement].kind
        else {
            return false;
        };
        let ExpressionKind::Member { object, .. } = facts[place].kind else { return false };
        matches!(&facts[object].kind, ExpressionKind::Name(name) if name == row)
    })
}

fn operation<'p>(
    call: Call<'p>,
    entity: Text,
    kind: OperationKind,
    filters: Filters<'p>,
    data: Option<Value<'p>>,
) -> Operation<'p> {
    let by_key = filters.found.iter().any(|filter| is_key(&filter.field) && filter.field == "id");
    let kind = if kind == OperationKind::List && by_key { OperationKind::Read } else { kind };
    Operation { call, entity, kind, filters: filters.found, is_opaque: filters.is_opaque, data }
}

/// The name of a class: a capital first letter, as everybody writes it.
fn class_name(value: Value<'_>) -> Option<Text> {
    last_name(value).filter(|name| name.starts_with(char::is_uppercase))
}

fn last_name(value: Value<'_>) -> Option<Text> {
    match value.unwrapped().kind() {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => Some(name.clone()),
        ExpressionKind::Call { arguments, .. } => {
            // `getRepository(Post)`, `collection("posts")`, `knex("posts")`.
            let first = value.unwrapped().sibling(arguments.first()?.value);
            first.text().map(Text::from).or_else(|| match first.kind() {
                ExpressionKind::Name(name) => Some(name.clone()),
                _ => None,
            })
        }
        _ => None,
    }
}
