//! A check that stands beside an operation: of the role, or of whose the row is.

use std::collections::BTreeMap;

use super::{
    super::common::{has_word, is_told, last_name, place_assigned},
    frames::Frame,
};
use crate::{
    facts::{ExpressionKind, Operator},
    project::{
        Body, FunctionRef, In, Route, Value, entities,
        guards::split_words,
        provenance::{Provenance, Sources},
    },
};

/// The check that stands in each function: many routes call the same ones.
pub(super) type Checks = BTreeMap<FunctionRef, Option<String>>;

/// What before or beside the operations of one function that a way in reaches decides who may do them.
pub(super) fn restriction<'p>(
    route: &Route,
    frames: &[Frame<'p>],
    reached: &Frame<'p>,
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
    frames.iter().filter(|frame| frame.goes_with(reached)).find_map(|frame| {
        let body = frame.body;
        let check = || {
            comparison(body, provenance)
                .or_else(|| flag(body, provenance))
                .or_else(|| authorizer(body, provenance))
        };
        checks.entry(body.at).or_insert_with(check).clone()
    })
}

/// `if (post.userId !== user.id)`, `if user.role != "admin"`.
fn comparison<'p>(body: Body<'p>, provenance: &Provenance<'p>) -> Option<String> {
    let decided = expressions(body)
        .filter(|value| !is_told(*value))
        .find_map(|value| decided(&compared(value, provenance)?));
    decided.map(str::to_owned)
}

fn expressions(body: Body<'_>) -> impl Iterator<Item = Value<'_>> {
    let file = body.at.file;
    let within = move |span| body.function().span.contains(span);
    let all = body.unit().facts.expressions();
    all.filter(move |(_, expression)| within(expression.span))
        .map(move |(id, _)| body.project.value(In { file, id }))
}

/// One side of a comparison.
struct Side<'p> {
    value: Value<'p>,
    sources: Sources,
    /// A part of what a wrapper hands to the handler beside the request.
    is_handed: bool,
}

impl Side<'_> {
    /// The caller chose it.
    fn is_chosen(&self) -> bool {
        self.sources.any(Sources::REQUEST)
    }

    fn is_caller(&self) -> bool {
        self.sources.any(Sources::PRINCIPAL)
    }

    /// `request.project.id`: a guard put the caller's own project there.
    fn is_carried(&self) -> bool {
        self.sources.any(Sources::REQUEST_OBJECT) && !self.is_chosen()
    }

    fn names_link(&self) -> bool {
        let entities = self.value.project.entities();
        last_name(self.value).is_some_and(|name| entities.is_link(name))
    }

    fn names_owner(&self) -> bool {
        const OWNERS: [&str; 9] = [
            "role",
            "roles",
            "admin",
            "permission",
            "staff",
            "superuser",
            "owner",
            "member",
            "members",
        ];
        let is_owner = |name: &str| entities::is_owner(name) || has_word(name, &OWNERS);
        self.value.descendants().into_iter().any(|part| last_name(part).is_some_and(is_owner))
    }

    fn names_role(&self) -> bool {
        last_name(self.value).is_some_and(|name| has_word(name, &["role", "roles"]))
    }
}

/// The sides of a comparison, without `null`.
fn compared<'p>(value: Value<'p>, provenance: &Provenance<'p>) -> Option<Vec<Side<'p>>> {
    let sides: Vec<Value<'p>> = match value.kind() {
        ExpressionKind::Operation {
            operator: Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn,
            operands,
        } => operands.iter().map(|&side| value.sibling(side)).collect(),
        ExpressionKind::Call { .. } => {
            let call = value.as_call()?;
            let compares = matches!(
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
            );
            if !compares {
                return None;
            }
            call.positional().chain(call.receiver()).collect()
        }
        _ => return None,
    };
    let side = |value: Value<'p>| {
        let is_handed = is_handed(value, provenance);
        Side { value, sources: provenance.of(value), is_handed }
    };
    Some(sides.into_iter().filter(|side| !side.is_null()).map(side).collect())
}

/// `project.domain` of a handler `(request, params, project)`.
fn is_handed<'p>(side: Value<'p>, provenance: &Provenance<'p>) -> bool {
    let ExpressionKind::Member { object, .. } = side.unwrapped().kind() else { return false };
    let parameter = side.unwrapped().sibling(*object).as_parameter();
    parameter.is_some_and(|(function, number)| number >= 2 && provenance.is_handler(function))
}

/// What a comparison decides about who may go on.
fn decided(sides: &[Side<'_>]) -> Option<&'static str> {
    let has_caller = sides.iter().any(Side::is_caller);
    let is_carried = has_caller || sides.iter().any(Side::is_carried);
    // `check.project_id != request.project.id`
    if sides.len() > 1 && is_carried && sides.iter().any(Side::names_link) {
        return Some("compared with what the caller belongs to");
    }
    // `domain !== project.domain`: what a wrapper hands to the handler is what the caller belongs to. A body
    // that repeats what the path says is a request's word on both sides.
    let is_handed = |side: &Side<'_>| side.is_handed && !side.is_chosen();
    if sides.iter().any(is_handed) && sides.iter().any(Side::is_chosen) {
        return Some("compared with what the caller belongs to");
    }
    // `if current_user.id != id`: the path may name nobody but the caller.
    let is_asked = |side: &Side<'_>| side.is_chosen() && !side.is_caller();
    let names_caller = || sides.iter().any(is_asked) || sides.iter().any(Side::names_owner);
    if has_caller && sides.len() > 1 && names_caller() {
        return Some("compared with who is calling");
    }
    // The role of somebody, whoever loaded them, decides.
    let is_role = sides.iter().any(Side::names_role) && !sides.iter().any(Side::is_chosen);
    is_role.then_some("the role is checked")
}

/// `if (!user.isAdmin)`, `current_user.is_superuser`.
fn flag<'p>(body: Body<'p>, provenance: &Provenance<'p>) -> Option<String> {
    let is_flag = |value: Value<'p>| {
        let ExpressionKind::Member { name, .. } = value.kind() else { return false };
        has_word(name, &["admin", "superuser", "staff"])
            && place_assigned(value) != Some(value.at.id)
            && provenance.of(value).any(Sources::PRINCIPAL | Sources::STORED)
    };
    expressions(body).any(is_flag).then(|| "the role is checked".to_owned())
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
