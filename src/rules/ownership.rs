//! Which stored things a caller can name, and what ties them to who is calling.

use std::collections::BTreeMap;

use super::{common::has_word, open_routes::is_open};
use crate::{
    facts::{ExpressionKind, Operator},
    project::{
        Body, Call, FunctionRef, In, Project, Route, Value,
        entities::{self, Entity},
        guards::split_words,
        operations::{self, Operation, OperationKind},
        provenance::{Provenance, Sources},
        routes::RouteKind,
    },
};

mod scope;

use scope::Scope;

/// One operation on something that belongs to somebody, and the way in that leads to it.
pub(super) struct Asked<'p> {
    pub(super) route: &'p Route,
    pub(super) operation: Operation<'p>,
    pub(super) entity: &'p Entity,
    pub(super) evidence: Evidence,
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

/// How many calls deep a handler is followed.
const HOPS_MAX: usize = 2;

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
        let bodies = bodies(project, handler);
        let mut operations: Vec<Operation<'p>> = Vec::new();
        for body in &bodies {
            operations.extend(operations::in_function(*body));
        }
        let scope = Scope::of(&operations, &provenance);
        let restricts = restriction(route, &bodies, &provenance, &mut checks);
        for operation in &operations {
            if !kinds.contains(&operation.kind) {
                continue;
            }
            let Some(entity) = project.entities().get(&operation.entity) else { continue };
            if !is_of_interest(operation, entity, &provenance) || runs_as_caller(operation) {
                continue;
            }
            let evidence = match tie(operation, &provenance) {
                _ if is_open => Evidence::Open,
                Evidence::None => match (scope.tie(operation), &restricts) {
                    (Some(field), _) => Evidence::Owner(format!(
                        "filtered by `{field}`, which was looked up with who is calling"
                    )),
                    (None, Some(fact)) => Evidence::Owner(fact.clone()),
                    (None, None) => Evidence::None,
                },
                known => known,
            };
            found.push(Asked { route, operation: operation.clone(), entity, evidence });
        }
    }
    found
}

/// Does a handler read all people that are stored, and not those of one owner, tenant or caller?
pub(super) fn lists_everybody(project: &Project, handler: FunctionRef) -> bool {
    let provenance = Provenance::new(project);
    let bodies = bodies(project, handler);
    let mut operations = bodies.into_iter().flat_map(operations::in_function);
    operations.any(|operation| {
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

/// The handler and the project's functions that it calls.
fn bodies(project: &Project, handler: FunctionRef) -> Vec<Body<'_>> {
    let mut seen = vec![handler];
    let mut frontier = vec![handler];
    for _ in 0..HOPS_MAX {
        let mut next = Vec::new();
        for at in frontier {
            for callee in project.body(at).calls_within().filter_map(Call::callee) {
                if !seen.contains(&callee.at) {
                    seen.push(callee.at);
                    next.push(callee.at);
                }
            }
        }
        frontier = next;
    }
    seen.into_iter().map(|at| project.body(at)).collect()
}

/// It belongs to somebody, and the caller chooses which one.
fn is_of_interest<'p>(
    operation: &Operation<'p>,
    entity: &Entity,
    provenance: &Provenance<'p>,
) -> bool {
    let writes = matches!(operation.kind, OperationKind::Update | OperationKind::Delete);
    let is_somebodys = entity.is_owned() || entity.is_person() && writes;
    if !is_somebodys {
        return false;
    }
    if operation.kind == OperationKind::List {
        let narrowed = operation.filters.iter().any(|filter| {
            entities::is_publishing(&filter.field) || operations::is_key(&filter.field)
        });
        return !narrowed;
    }
    if operation.filters.iter().any(|filter| {
        matches!(
            filter.field.as_str(),
            "token" | "slug" | "shareId" | "share_id" | "published" | "isPublic" | "is_public"
        )
    }) {
        return false;
    }
    let key = operation.key().and_then(|key| key.value);
    key.is_some_and(|value| provenance.is_chosen_by_request(value))
}

/// A client that carries the caller's own rights: the database decides.
fn runs_as_caller(operation: &Operation<'_>) -> bool {
    let by_text = operation.call.name() == "from"
        && operation.call.argument(0).and_then(Value::text).is_some();
    by_text && !super::common::is_privileged(operation.call)
}

/// A filter on whose it is, with a value that the caller cannot choose.
fn tie<'p>(operation: &Operation<'p>, provenance: &Provenance<'p>) -> Evidence {
    for filter in operation.owner_filters() {
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
    let receiver = operation.call.receiver();
    if receiver.is_some_and(|receiver| provenance.of(receiver).only(Sources::PRINCIPAL)) {
        return Evidence::Owner("taken from who is calling".to_owned());
    }
    if operation.is_opaque {
        return Evidence::Hidden("the filter is put together elsewhere");
    }
    Evidence::None
}

/// A check that stands beside the operation: of the role, or of whose the row is.
fn restriction<'p>(
    route: &Route,
    bodies: &[Body<'p>],
    provenance: &Provenance<'p>,
    checks: &mut Checks,
) -> Option<String> {
    let by_role = route.guards.iter().find(|guard| guard.assessment.role);
    if let Some(guard) = by_role {
        return Some(format!("`{}` asks for a role", guard.name));
    }
    bodies.iter().find_map(|&body| {
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
        if !is_comparison {
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
        if has_caller && sides.len() > 1 && names_owner {
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
            if is_flag && provenance.of(value).any(Sources::PRINCIPAL | Sources::STORED) {
                return Some("the role is checked".to_owned());
            }
        }
    }
    None
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
            "belongs",
            "membership",
            "role",
        ]) && !has(&["token", "control", "log"]);
        let given = call.positional().chain(call.receiver()).any(|value| {
            provenance
                .of(value)
                .any(Sources::PRINCIPAL | Sources::REQUEST_OBJECT | Sources::REQUEST)
        });
        (sounds && given).then(|| format!("`{}` decides", call.name()))
    })
}
