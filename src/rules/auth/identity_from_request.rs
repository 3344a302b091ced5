use super::common::{has_word, is_server, last_name, subject};
use crate::{
    facts::{ExpressionKind, Operator, vocabulary::Meaning},
    gap::Confidence,
    project::{
        Body, Call, In, Project, Route, Value, entities,
        guards::split_words,
        operations::{self, Operation, OperationKind},
        provenance::{Provenance, Sources},
        routes::RouteKind,
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let provenance = Provenance::new(project);
    for route in project.routes().iter().filter(|route| is_asked(project, route)) {
        roles(project, route, &provenance, sites);
        owners(project, route, &provenance, sites);
    }
}

fn is_asked(project: &Project, route: &Route) -> bool {
    let is_entry = matches!(
        route.kind,
        RouteKind::Http | RouteKind::Action | RouteKind::Rpc | RouteKind::Edge
    );
    is_entry && route.public.is_none() && is_server(project, route.location.file)
}

/// `if (req.body.role === "admin")`.
fn roles<'p>(project: &'p Project, route: &Route, provenance: &Provenance<'p>, sites: &mut Sites) {
    let Some(handler) = route.handler else { return };
    let body = project.body(handler);
    // Who compares a known role as well takes the one in the request for a value, not for a right.
    if compares(body, |side| {
        last_name(side).is_some_and(names_role) && !provenance.of(side).any(Sources::REQUEST)
    }) {
        return;
    }
    for (id, expression) in body.unit().facts.expressions() {
        let ExpressionKind::Operation { operator: Operator::Equal | Operator::NotEqual, operands } =
            &expression.kind
        else {
            continue;
        };
        if !body.function().span.contains(expression.span) {
            continue;
        }
        let value = project.value(In { file: handler.file, id });
        for &side in operands {
            let side = value.sibling(side);
            if last_name(side).is_some_and(names_role)
                && provenance.of(side).only(Sources::REQUEST)
                && guards_something(value)
            {
                let message = "what the caller may do is read from the request itself";
                sites.gap(value.location(), subject(route), message);
            }
        }
    }
}

fn names_role(name: &str) -> bool {
    has_word(name, &["role", "admin", "isadmin"])
}

/// The comparison stands in a test that compares with a name of a role.
fn guards_something(comparison: Value<'_>) -> bool {
    let ExpressionKind::Operation { operands, .. } = comparison.kind() else { return false };
    operands.iter().any(|&side| {
        let side = comparison.sibling(side);
        side.boolean().is_some()
            || side.text().is_some_and(|text| {
                has_word(text, &["admin", "superuser", "true", "owner", "staff", "root"])
            })
    })
}

/// A query for the rows of whoever the request names, in a handler that knows nobody.
fn owners<'p>(project: &'p Project, route: &Route, provenance: &Provenance<'p>, sites: &mut Sites) {
    let Some(handler) = route.handler else { return };
    let body = project.body(handler);
    let knows_caller = route.authentication.holds();
    let checks_role = route.guards.iter().any(|guard| guard.assessment.role);
    // Whose it is stands in something signed.
    let is_signed = project.reaches(handler, |meaning| {
        matches!(meaning, Meaning::VerifySignature | Meaning::ConstantTimeCompare)
    });
    if checks_role || is_signed {
        return;
    }
    for operation in operations::in_function(body) {
        if operation.kind == OperationKind::Create || by_client(operation.call) {
            continue;
        }
        // `{ projectId: project.id, user: { email } }`: it stays within what the server chose.
        let is_held = operation.filters.iter().any(|filter| {
            let is_chosen = |value| provenance.of(value).any(Sources::REQUEST);
            operations::is_key(&filter.field) && filter.value.is_some_and(|value| !is_chosen(value))
        });
        if is_held {
            continue;
        }
        for filter in operation.owner_filters() {
            let Some(value) = filter.value else { continue };
            let sources = provenance.of(value);
            let subject = subject(route);
            let place = operation.call.location();
            if sources.any(Sources::PRINCIPAL) {
                sites.holds(place, subject, format!("`{}` is who is calling", filter.field));
            } else if sources.any(Sources::REQUEST)
                && !entities::is_publishing(&filter.field)
                && names_caller(&filter.field)
                && !is_found_by_name(&operation, value)
                && !compares_caller(body, provenance)
            {
                let message = format!(
                    "whose `{}` it is about is read from the request itself",
                    operation.entity
                );
                let confidence =
                    if knows_caller { Confidence::Heuristic } else { Confidence::Likely };
                sites.gap(place, subject, message).confidence(confidence);
            }
        }
    }
}

/// Columns that hold who somebody is; an author or host is often looked up by everybody.
fn names_caller(field: &str) -> bool {
    has_word(field, &["user", "userid", "owner", "account", "uid", "customer"])
}

/// `get(user__username=name)`: people are read by the name that others know them by.
fn is_found_by_name(operation: &Operation<'_>, value: Value<'_>) -> bool {
    let is_public = |field: &str| {
        let words = split_words(field);
        words.last().is_some_and(|last| matches!(last.as_str(), "username" | "handle" | "nickname"))
    };
    operation.kind == OperationKind::Read
        && operation.filters.iter().any(|filter| {
            filter.value.is_some_and(|named| named.at == value.at) && is_public(&filter.field)
        })
}

fn by_client(call: Call<'_>) -> bool {
    call.name() == "from"
        && call.argument(0).and_then(Value::text).is_some()
        && !super::common::is_privileged(call)
}

/// The handler compares what the request names with who is calling.
fn compares_caller<'p>(body: Body<'p>, provenance: &Provenance<'p>) -> bool {
    compares(body, |side| provenance.is_principal(side))
}

/// Does a body compare something of this kind?
fn compares<'p>(body: Body<'p>, is_asked: impl Fn(Value<'p>) -> bool) -> bool {
    body.unit().facts.expressions().any(|(id, expression)| {
        let ExpressionKind::Operation { operator: Operator::Equal | Operator::NotEqual, operands } =
            &expression.kind
        else {
            return false;
        };
        let value = body.project.value(In { file: body.at.file, id });
        body.function().span.contains(expression.span)
            && operands.iter().any(|&side| is_asked(value.sibling(side)))
    })
}
