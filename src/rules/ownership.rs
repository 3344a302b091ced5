//! Which stored things a caller can name, and what ties them to who is calling.

use std::collections::BTreeMap;

use super::{common::has_word, open_routes::is_open};
use crate::{
    facts::{ExpressionId, ExpressionKind, Operator, Pattern, StatementKind, Text},
    project::{
        Body, FunctionRef, In, Location, Project, Route, Value,
        entities::{self, Entity},
        guards::split_words,
        operations::{self, Filter, Operation, OperationKind},
        provenance::{Provenance, Sources},
        routes::RouteKind,
    },
};

mod frames;
mod rows;
mod scope;

use frames::{Frame, Reached, frames};
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

/// The check that stands in each function: many routes call the same ones.
type Checks = BTreeMap<FunctionRef, Option<String>>;

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
        let reached: Vec<Reached<'p>> = frames.iter().flat_map(Frame::operations).collect();
        let operations: Vec<&Operation<'p>> =
            reached.iter().map(|(operation, _)| operation).collect();
        let scope = Scope::of(&operations, &provenance);
        let rows = Rows::of(&operations, route, &provenance);
        let restricts = restriction(route, &frames, &provenance, &mut checks);
        for (operation, place) in &reached {
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
                        .or_else(|| restricts.clone())
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
            entities::is_publishing(&filter.field) || operations::is_key(&filter.field)
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

/// Is a row found by this column meant for everybody who has it? A readable name may be known to all, and
/// still not everybody may change what it names.
fn opens(field: &str, writes: bool) -> bool {
    field.ends_with("token")
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

/// A check that stands beside the operation: of the role, or of whose the row is.
fn restriction<'p>(
    route: &Route,
    frames: &[Frame<'p>],
    provenance: &Provenance<'p>,
    checks: &mut Checks,
) -> Option<String> {
    let names_role = |name: &str| {
        let words = ["admin", "manager", "owner", "role", "permission", "permissions", "policy"];
        has_word(name, &words)
    };
    let by_role =
        route.guards.iter().find(|guard| guard.assessment.role || names_role(&guard.name));
    if let Some(guard) = by_role {
        return Some(format!("`{}` asks for a role", guard.name));
    }
    frames.iter().find_map(|frame| {
        let body = frame.body;
        let check = || comparison(body, provenance).or_else(|| authorizer(body, provenance));
        checks.entry(body.at).or_insert_with(check).clone()
    })
}

/// `if (post.userId !== user.id)`, `if user.role != "admin"`.
fn comparison<'p>(body: Body<'p>, provenance: &Provenance<'p>) -> Option<String> {
    let unit = body.unit();
    for (id, expression) in unit.facts.expressions() {
        if !body.function().span.contains(expression.span) {
            continue;
        }
        let value = body.project.value(In { file: body.at.file, id });
        let is_comparison = match &expression.kind {
            ExpressionKind::Operation { operator, .. } => {
                matches!(
                    operator,
                    Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn
                )
            }
            ExpressionKind::Call { .. } => value.as_call().is_some_and(|call| {
                matches!(
                    call.name(),
                    "equals"
                        | "includes"
                        | "has"
                        | "some"
                        | "contains"
                        | "isEqual"
                        | "Equal"
                        | "eq"
                        | "ne"
                )
            }),
            _ => false,
        };
        if !is_comparison || is_told(value) {
            continue;
        }
        let mut sides: Vec<Value<'p>> =
            if let ExpressionKind::Operation { operands, .. } = &expression.kind {
                operands.iter().map(|&side| value.sibling(side)).collect()
            } else {
                let call = value.as_call()?;
                call.positional().chain(call.receiver()).collect()
            };
        sides.retain(|side| !side.is_null());
        let sources: Vec<Sources> = sides.iter().map(|&side| provenance.of(side)).collect();
        let has_caller = sources.iter().any(|side| side.any(Sources::PRINCIPAL));
        // `check.project_id != request.project.id`: a guard put the caller's own project there.
        let is_carried =
            |side: &Sources| side.any(Sources::REQUEST_OBJECT) && !side.any(Sources::REQUEST);
        let names_link = sides.iter().any(|&side| {
            super::common::last_name(side).is_some_and(|name| body.project.entities().is_link(name))
        });
        if names_link && sides.len() > 1 && (has_caller || sources.iter().any(is_carried)) {
            return Some("compared with what the caller belongs to".to_owned());
        }
        let names_owner = sides.iter().any(|side| {
            side.descendants().into_iter().any(|part| {
                super::common::last_name(part).is_some_and(|name| {
                    entities::is_owner(name)
                        || has_word(
                            name,
                            &[
                                "role",
                                "roles",
                                "admin",
                                "permission",
                                "staff",
                                "superuser",
                                "owner",
                                "member",
                                "members",
                            ],
                        )
                })
            })
        });
        // `domain !== project.domain`: what a wrapper hands to the handler is what the caller belongs to.
        let is_handed = |side: &Value<'p>| {
            let ExpressionKind::Member { object, .. } = side.unwrapped().kind() else {
                return false;
            };
            let parameter = side.unwrapped().sibling(*object).as_parameter();
            parameter
                .is_some_and(|(function, number)| number >= 2 && provenance.is_handler(function))
        };
        let is_chosen = |side: &Sources| side.any(Sources::REQUEST);
        if sides.iter().any(is_handed) && sources.iter().any(is_chosen) {
            return Some("compared with what the caller belongs to".to_owned());
        }
        // `if current_user.id != id`: the path may name nobody but the caller.
        let is_asked = |side: &Sources| side.any(Sources::REQUEST) && !side.any(Sources::PRINCIPAL);
        let names_caller = has_caller && sources.iter().any(is_asked);
        if has_caller && sides.len() > 1 && (names_owner || names_caller) {
            return Some("compared with who is calling".to_owned());
        }
        // The role of somebody, whoever loaded them, decides.
        let is_role = sides.iter().any(|side| {
            super::common::last_name(*side).is_some_and(|name| has_word(name, &["role", "roles"]))
        });
        let is_given = sources.iter().any(|side| side.any(Sources::REQUEST));
        if is_role && !is_given {
            return Some("the role is checked".to_owned());
        }
    }
    // `if (!user.isAdmin)`, `current_user.is_superuser`.
    let flags = unit
        .facts
        .expressions()
        .filter(|(_, expression)| body.function().span.contains(expression.span));
    for (id, expression) in flags {
        if let ExpressionKind::Member { name, .. } = &expression.kind {
            let is_flag = has_word(name, &["admin", "superuser", "staff"]);
            let value = body.project.value(In { file: body.at.file, id });
            let is_set = place_assigned(value) == Some(id);
            if is_flag && !is_set && provenance.of(value).any(Sources::PRINCIPAL | Sources::STORED)
            {
                return Some("the role is checked".to_owned());
            }
        }
    }
    None
}

/// `user.isAdmin = user.role === ADMIN`, `{ mine: post.author === me }`: told to others, decides nothing here.
fn is_told(comparison: Value<'_>) -> bool {
    let facts = comparison.project.facts(comparison.at.file);
    let index = &comparison.project.unit(comparison.at.file).index;
    for ancestor in index.ancestors(comparison.at.id) {
        match &facts[ancestor].kind {
            ExpressionKind::Assign { target, .. } => {
                return matches!(facts[*target].kind, ExpressionKind::Member { .. });
            }
            ExpressionKind::Object(_) => return true,
            ExpressionKind::Call { .. } | ExpressionKind::Function(_) => return false,
            _ => {}
        }
    }
    place_assigned(comparison).is_some()
}

/// The `a.b` of the assignment `a.b = …` in whose statement a value stands.
fn place_assigned(value: Value<'_>) -> Option<ExpressionId> {
    match value.project.facts(value.at.file)[value.statement()?.id].kind {
        StatementKind::Bind { target: Pattern::Place(place), .. } => Some(place),
        _ => None,
    }
}

/// `canEdit(user, post)`, `authorize(…)`, `ability.can("update", post)`.
fn authorizer<'p>(body: Body<'p>, provenance: &Provenance<'p>) -> Option<String> {
    body.calls_within().find_map(|call| {
        let words = split_words(call.name());
        let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        let sounds = has(&[
            "can",
            "authorize",
            "authorise",
            "permission",
            "permissions",
            "access",
            "owns",
            "owner",
            "ownership",
            "policy",
            "enforce",
            "allowed",
            "accessible",
            "belongs",
            "membership",
            "role",
        ]) && !has(&["token", "control", "log"]);
        let asks = words.first().is_some_and(|word| {
            matches!(word.as_str(), "is" | "has" | "can" | "may" | "check" | "belongs" | "owns")
        });
        let sources = || call.positional().chain(call.receiver()).map(|value| provenance.of(value));
        let given = || {
            let about = Sources::PRINCIPAL | Sources::REQUEST_OBJECT | Sources::REQUEST;
            sources().any(|side| side.any(about))
        };
        // `if !cipher.is_editable_by(user)`: asked of something, about who is calling.
        let by_caller = || {
            let (own, others): (Vec<_>, Vec<_>) =
                sources().partition(|side| side.any(Sources::PRINCIPAL));
            let is_other =
                |side: &Sources| side.any(Sources::STORED | Sources::REQUEST | Sources::UNKNOWN);
            !own.is_empty() && others.iter().any(is_other)
        };
        (sounds && given() || asks && by_caller()).then(|| format!("`{}` decides", call.name()))
    })
}
