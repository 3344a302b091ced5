//! Which stored things a caller can name, and what ties them to who is calling.

use super::open_routes::is_open;
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        FunctionRef, Location, Project, Route, Value,
        entities::{self, Entity},
        guards::split_words,
        operations::{self, Filter, Operation, OperationKind},
        provenance::{Provenance, Sources},
        routes::RouteKind,
    },
};

mod frames;
mod restriction;
mod rows;
mod scope;

use frames::{Frame, Reached, frames};
use restriction::{Checks, restriction};
use rows::Rows;
use scope::Scope;

/// One operation on something that belongs to somebody, and the way in that leads to it.
pub(super) struct Asked<'p> {
    pub(super) route: &'p Route,
    pub(super) operation: Operation<'p>,
    pub(super) entity: &'p Entity,
    pub(super) evidence: Evidence,
    /// The column by which the caller chooses.
    pub(super) key: Option<Text>,
    /// Where the handler asks for it: the operation itself, or the call that leads to it.
    pub(super) place: Location,
}

/// What ties an operation to who is calling.
pub(super) enum Evidence {
    Owner(String),
    /// It may be there, and cannot be seen.
    Hidden(&'static str),
    /// The way in is open: nobody is known whom it could be tied to.
    Open,
    None,
}

/// Why an operation behind an open way in is not judged by itself.
pub(super) const NOBODY_IS_KNOWN: &str =
    "anybody may call this: nobody is known whom it could belong to";

/// The operations of these kinds that callers reach, with what ties them to the caller. A way in that
/// should have authentication and has none is reported by another rule, and here hangs on it.
pub(super) fn asked<'p>(project: &'p Project, kinds: &[OperationKind]) -> Vec<Asked<'p>> {
    let provenance = Provenance::new(project);
    let mut checks = Checks::default();
    let mut found = Vec::new();
    for route in project.routes() {
        let is_asked = matches!(
            route.kind,
            RouteKind::Http | RouteKind::Action | RouteKind::Rpc | RouteKind::Edge
        );
        let Some(handler) = route.handler.filter(|_| is_asked) else { continue };
        let is_open = is_open(project, route);
        let is_known = route.authentication.holds() && route.public.is_none();
        if !(is_known || is_open) || !route.ships(project) {
            continue;
        }
        let frames = frames(project, handler);
        let reached: Vec<(&Frame<'p>, Reached<'p>)> = frames
            .iter()
            .flat_map(|frame| frame.operations().into_iter().map(move |reached| (frame, reached)))
            .collect();
        let operations: Vec<&Operation<'p>> =
            reached.iter().map(|(_, (operation, _))| operation).collect();
        let scope = Scope::of(&operations, &provenance);
        let rows = Rows::of(&operations, route, &provenance);
        for (frame, (operation, place)) in &reached {
            if !kinds.contains(&operation.kind) {
                continue;
            }
            let Some(entity) = project.entities().get(&operation.entity) else { continue };
            let is_meant = is_of_interest(operation, entity, route, &provenance, &rows);
            if !is_meant || runs_as_caller(operation) {
                continue;
            }
            let evidence = match tie(operation, &provenance) {
                _ if is_open => Evidence::Open,
                Evidence::None => {
                    let tied = scope.tie(operation);
                    let scoped = tied.map(|field| {
                        format!("filtered by `{field}`, which was looked up with who is calling")
                    });
                    scoped
                        .or_else(|| rows.own(operation, route))
                        .or_else(|| restriction(route, &frames, frame, &provenance, &mut checks))
                        .map_or(Evidence::None, Evidence::Owner)
                }
                known => known,
            };
            let operation = operation.clone();
            let key = picking(&operation, route).map(|key| key.field.clone());
            let place = rows.lookup(&operation, route).unwrap_or(*place);
            found.push(Asked { route, operation, entity, evidence, key, place });
        }
    }
    found
}

/// Does a handler read all people that are stored, and not those of one owner, tenant or caller?
pub(super) fn lists_everybody(project: &Project, handler: FunctionRef) -> bool {
    let provenance = Provenance::new(project);
    let frames = frames(project, handler);
    let mut operations = frames.iter().flat_map(Frame::operations);
    operations.any(|(operation, _)| {
        let is_people = project.entities().get(&operation.entity).is_some_and(|entity| {
            entity.is_person() && entity.privilege_columns().next().is_some()
        });
        let narrows = |field: &str| {
            entities::is_owner(field) || entities::is_sensitive(field) || operations::is_key(field)
        };
        operation.kind == OperationKind::List
            && is_people
            && !operation.is_opaque
            && !operation.filters.iter().any(|filter| {
                let by_caller = filter.value.is_some_and(|value| provenance.is_principal(value));
                narrows(&filter.field) || by_caller
            })
            && !runs_as_caller(&operation)
    })
}

/// It belongs to somebody, and the caller chooses which one.
fn is_of_interest<'p>(
    operation: &Operation<'p>,
    entity: &Entity,
    route: &Route,
    provenance: &Provenance<'p>,
    rows: &Rows<'p>,
) -> bool {
    let writes = matches!(operation.kind, OperationKind::Update | OperationKind::Delete);
    let hangs_on_owned = || operation.call.project.entities().link(entity).is_some();
    let is_list = operation.kind == OperationKind::List;
    // Profiles are read by others.
    let is_somebodys = if entity.is_person() {
        writes || is_list && entity.is_owned()
    } else {
        entity.is_owned() || !is_list && hangs_on_owned()
    };
    if !is_somebodys {
        return false;
    }
    if is_list {
        let narrowed = operation.filters.iter().any(|filter| {
            // Who hands in a credential is looked up by it, and nobody else's rows are.
            let column = filter.field.split("__").next().unwrap_or_default();
            entities::is_publishing(&filter.field)
                || operations::is_key(&filter.field)
                || is_credential(column)
        });
        return !narrowed;
    }
    if operation.filters.iter().any(|filter| opens(&filter.field, writes)) {
        return false;
    }
    // What hangs on something owned is chosen by its own key: rows of a join go with what they join.
    let is_own_key = |filter: &&Filter<'p>| {
        entity.is_owned()
            || !operations::is_key(&filter.field)
            || matches!(filter.field.as_str(), "id" | "_id" | "pk" | "uuid" | "guid" | "key")
    };
    let key = picking(operation, route).filter(is_own_key).and_then(|filter| filter.value);
    key.is_some_and(|value| {
        provenance.is_chosen_by_request(value) || writes && rows.are_chosen(value)
    })
}

/// `api_key_readonly`, `access_token`, `secret`: only who was given one has it.
fn is_credential(column: &str) -> bool {
    let words = split_words(column);
    let is_word = |word: &String| matches!(word.as_str(), "token" | "secret" | "apikey");
    words.iter().any(is_word)
        || words
            .windows(2)
            .any(|pair| matches!(pair[0].as_str(), "api" | "access") && pair[1] == "key")
}

/// Is a row found by this column meant for everybody who has it? A readable name may be known to all, and
/// still not everybody may change what it names.
fn opens(field: &str, writes: bool) -> bool {
    split_words(field).last().is_some_and(|last| last == "token")
        || matches!(field, "shareId" | "share_id" | "published" | "isPublic" | "is_public")
        || field == "slug" && !writes
}

/// The filter that picks one row: by its key, by a readable name or code that stands for it, or by whatever
/// else the path names.
fn picking<'o, 'p>(operation: &'o Operation<'p>, route: &Route) -> Option<&'o Filter<'p>> {
    let is_name = |filter: &&Filter<'p>| matches!(filter.field.as_str(), "slug" | "code");
    let is_in_path = |filter: &&Filter<'p>| {
        let is_read = operation.kind == OperationKind::Read;
        let is_public_name = matches!(filter.field.as_str(), "username" | "handle" | "name");
        !(is_read && is_public_name) && filter.value.is_some_and(|value| is_path_part(route, value))
    };
    let filters = || operation.filters.iter();
    operation.key().or_else(|| filters().find(is_name)).or_else(|| filters().find(is_in_path))
}

/// Is this the handler's parameter of the name that a part of the path has: `username` of `/users/{username}`?
fn is_path_part(route: &Route, value: Value<'_>) -> bool {
    // `str(title)` names the same part.
    let inner = value.as_call().and_then(|call| call.argument(0)).unwrap_or(value);
    let Some((function, _)) = inner.as_parameter().filter(|at| Some(at.0) == route.handler) else {
        return false;
    };
    let name = inner.source();
    let is_named = |segment: &str| {
        let inner = segment.trim_matches(['<', '>', '{', '}', ':']);
        segment != inner && inner.rsplit(':').next() == Some(name)
    };
    function.file == value.at.file && route.path.split('/').any(is_named)
}

/// A client that carries the caller's own rights: the database decides.
fn runs_as_caller(operation: &Operation<'_>) -> bool {
    let by_text = operation.call.name() == "from"
        && operation.call.argument(0).and_then(Value::text).is_some();
    by_text && !super::common::is_privileged(operation.call)
}

/// A filter on whose it is, with a value that the caller cannot choose.
fn tie<'p>(operation: &Operation<'p>, provenance: &Provenance<'p>) -> Evidence {
    let entities = operation.call.project.entities();
    let ties = |filter: &&Filter<'p>| {
        entities::is_owner(&filter.field)
            || entities.is_link(&filter.field) && !operations::is_key(&filter.field)
    };
    for filter in operation.filters.iter().filter(ties) {
        let Some(value) = filter.value else {
            return Evidence::Owner(format!("filtered by `{}`", filter.field));
        };
        if !provenance.is_chosen_by_request(value) {
            return Evidence::Owner(format!("filtered by `{}`", filter.field));
        }
    }
    let by_caller = operation
        .filters
        .iter()
        .any(|filter| filter.value.is_some_and(|value| provenance.is_principal(value)));
    if by_caller {
        return Evidence::Owner("filtered by who is calling".to_owned());
    }
    if let Some(field) = owner_of_same_row(operation) {
        return Evidence::Hidden(field);
    }
    if only_adds_caller(operation, provenance) {
        return Evidence::Owner("nothing but the caller's own changes".to_owned());
    }
    let receiver = operation.call.receiver();
    if receiver.is_some_and(|receiver| provenance.of(receiver).only(Sources::PRINCIPAL)) {
        return Evidence::Owner("taken from who is calling".to_owned());
    }
    if operation.is_opaque {
        return Evidence::Hidden("the filter is put together elsewhere");
    }
    Evidence::None
}

/// `WHERE id = row.id AND user_id = row.user_id`: whose it is comes with the row, from where that was loaded.
fn owner_of_same_row(operation: &Operation<'_>) -> Option<&'static str> {
    let root = |filter: &Filter<'_>| match filter.value?.unwrapped().kind() {
        ExpressionKind::Member { object, .. } => {
            Some(filter.value?.unwrapped().sibling(*object).source().to_owned())
        }
        _ => None,
    };
    let row = operation.key().and_then(root)?;
    let is_same = operation.owner_filters().any(|filter| root(filter).as_ref() == Some(&row));
    is_same.then_some("whose it is was decided where the row was loaded")
}

/// `update({ where: { slug }, data: { likedBy: { connect: { id: me } } } })`.
fn only_adds_caller<'p>(operation: &Operation<'p>, provenance: &Provenance<'p>) -> bool {
    let written = operation.data.filter(|_| operation.kind == OperationKind::Update);
    written.is_some_and(|data| {
        let sources = provenance.of(data);
        sources.any(Sources::PRINCIPAL) && sources.only(Sources::PRINCIPAL | Sources::CONSTANT)
    })
}
