use super::{
    common::{EFFECTS, READS, function_at, has_word, is_server, is_told, reaches_any, subject},
    open_routes::is_open,
    ownership::lists_everybody,
    weak_guards::says_role,
};
use crate::{
    facts::ExpressionKind,
    gap::{Confidence, Severity},
    project::{
        Body, Call, FunctionRef, In, Project, Route,
        guards::split_words,
        routes::{GuardUse, RouteKind},
    },
    rules::Sites,
};

/// Segments under which a system is managed.
const ADMINISTRATIVE: [&str; 10] = [
    "admin",
    "administrator",
    "backoffice",
    "superuser",
    "impersonate",
    "staff",
    "superadmin",
    "sysadmin",
    "moderation",
    "admins",
];

/// Words with which code asks what somebody may do.
const ROLE_WORDS: [&str; 20] = [
    "role",
    "roles",
    "admin",
    "admins",
    "permission",
    "permissions",
    "superuser",
    "staff",
    "scope",
    "scopes",
    "authorize",
    "authorise",
    "can",
    "ability",
    "privilege",
    "privileges",
    "rbac",
    "moderator",
    "owner",
    "policy",
];

/// Why a route is for administrators.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Its address says so.
    Named,
    /// It hands out all people, in a project where some may do more than others.
    ListsEverybody,
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes() {
        let is_open = is_open(project, route);
        if !(route.authentication.holds() || is_open) {
            continue;
        }
        let Some(reason) = reason(project, route) else { continue };
        let subject = subject(route);
        if is_open {
            sites.dependent_gap(route.location, subject, "anybody may call this, of whatever role");
            continue;
        }
        if let Some(guard) =
            route.guards.iter().find(|guard| guard.assessment.role || is_about_role(project, guard))
        {
            sites.holds(route.location, subject, format!("`{}` asks for a role", guard.name));
            continue;
        }
        if route.handler.is_some_and(|handler| checks_role(project, handler))
            || route.guards.iter().any(|guard| names_role(project, guard.assessment.decided_at))
        {
            sites.holds(route.location, subject, "the role is checked");
            continue;
        }
        let what = match reason {
            Reason::Named => "is for administrators",
            Reason::ListsEverybody => "hands out all people that are stored",
        };
        let message = format!("`{subject}` {what}, and anybody who is signed in may call it");
        let grave = ["role", "impersonate", "refund", "delete", "ban", "permissions"];
        let is_grave = route.method == "DELETE" || has_word(&route.path, &grave);
        let severity = if is_grave { Severity::Critical } else { Severity::High };
        let confidence = match route.handler {
            Some(_) if reason == Reason::Named => Confidence::Likely,
            _ => Confidence::Heuristic,
        };
        let mut site =
            sites.gap(route.location, subject, message).severity(severity).confidence(confidence);
        for guard in &route.guards {
            site = site.because(guard.location, format!("`{}` lets every user pass", guard.name));
        }
    }
}

fn reason(project: &Project, route: &Route) -> Option<Reason> {
    let is_asked = matches!(
        route.kind,
        RouteKind::Http | RouteKind::Action | RouteKind::Rpc | RouteKind::Edge
    );
    if !is_asked || route.public.is_some() || !is_server(project, route.location.file) {
        return None;
    }
    // `/admin-users`, and not `/collections-admin`, which says whose collections are meant.
    let segments: Vec<&str> =
        route.path.split(['/', '?']).filter(|segment| !segment.is_empty()).collect();
    let by_path = segments.iter().enumerate().any(|(place, segment)| {
        let words = split_words(segment);
        words.first().is_some_and(|first| ADMINISTRATIVE.contains(&first.as_str()))
            && !names_variant(route, &segments[..=place], segments.len())
    });
    let by_name =
        route.kind == RouteKind::Action && has_word(&route.handler_name, &["admin", "impersonate"]);
    let touches = route.handler.is_none_or(|handler| {
        reaches_any(project, handler, &EFFECTS) || reaches_any(project, handler, &READS)
    });
    if (by_path || by_name) && touches {
        return Some(Reason::Named);
    }
    route
        .handler
        .is_some_and(|handler| lists_everybody(project, handler))
        .then_some(Reason::ListsEverybody)
}

/// `PUT /ciphers/{id}/admin`: at the end it says in which part the thing that is named before is changed.
fn names_variant(route: &Route, until: &[&str], segments: usize) -> bool {
    let is_last = until.len() == segments && until.len() > 1;
    let before = until.iter().rev().nth(1);
    let is_one = before.is_some_and(|before| before.starts_with([':', '{', '<', '[']));
    is_last && (is_one || !matches!(route.method.as_str(), "GET" | "ANY"))
}

/// Is it called after a role, and does its body, where there is one to read, say anything of one?
fn is_about_role(project: &Project, guard: &GuardUse) -> bool {
    asks_role(&guard.name) && guard.function.is_none_or(|function| says_role(project, function))
}

fn asks_role(name: &str) -> bool {
    has_word(name, &ROLE_WORDS)
}

/// A guard's own body speaks of roles.
fn names_role(project: &Project, decided_at: Option<crate::project::Location>) -> bool {
    decided_at.and_then(|place| function_at(project, place)).is_some_and(speaks_of_roles)
}

fn checks_role(project: &Project, handler: FunctionRef) -> bool {
    let body = project.body(handler);
    speaks_of_roles(body)
        || body.calls_within().filter_map(Call::callee).any(speaks_of_roles)
        || body.calls_within().any(|call| asks_role(call.name()) && !acts_on_data(call.name()))
}

/// `getAdmins`, `updateRole`: they work with roles, and ask for none.
fn acts_on_data(name: &str) -> bool {
    const VERBS: [&str; 14] = [
        "get", "find", "list", "fetch", "load", "read", "count", "update", "create", "delete",
        "set", "add", "remove", "save",
    ];
    split_words(name).first().is_some_and(|first| VERBS.contains(&first.as_str()))
}

/// A member or name such as `user.role`, `isAdmin`, in a place where it decides something.
fn speaks_of_roles(body: Body<'_>) -> bool {
    let unit = body.unit();
    let within = |span| body.function().span.contains(span);
    unit.facts.expressions().any(|(id, expression)| {
        if !within(expression.span) {
            return false;
        }
        let (ExpressionKind::Member { name, .. } | ExpressionKind::Name(name)) = &expression.kind
        else {
            return false;
        };
        let decides = has_word(
            name,
            &[
                "role",
                "roles",
                "admin",
                "superuser",
                "staff",
                "permission",
                "permissions",
                "moderator",
            ],
        );
        decides && is_tested(body, id)
    })
}

/// Part of a comparison, a negation, or a test, and not only noted: `user.isAdmin = …`.
fn is_tested(body: Body<'_>, id: crate::facts::ExpressionId) -> bool {
    use crate::facts::StatementKind;

    if is_told(body.project.value(In { file: body.at.file, id })) {
        return false;
    }
    let unit = body.unit();
    let in_operation = unit.index.ancestors(id).take(4).any(|parent| {
        matches!(unit.facts[parent].kind, ExpressionKind::Operation { .. } | ExpressionKind::Conditional { .. })
            || matches!(&unit.facts[parent].kind, ExpressionKind::Call { callee, .. } if unit.facts.last_segment(*callee).is_some_and(|name| matches!(name, "includes" | "has" | "some" | "equals" | "contains")))
    });
    let is_test = unit.index.expression(id).statement.is_some_and(|statement| {
        matches!(unit.facts[statement].kind, StatementKind::If { test, .. } if test == id)
    });
    in_operation || is_test
}
