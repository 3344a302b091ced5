use super::{
    common::has_word,
    flows::{handlers, values, with_callees},
};
use crate::{
    facts::{ExpressionKind, Pattern, StatementKind, vocabulary::Meaning},
    project::{Body, Location, Project, Value},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (_, body) in handlers(project, &["logout", "signout", "logoff"]) {
        sign_out(body, sites);
    }
    for body in project.functions().filter(|body| body.unit().file.is_shipped()) {
        if let Some((place, name)) = keeps_number(body) {
            let message = format!("`{name}` is put into the session that the visitor had before");
            sites.gap(place, body.display_name(), message);
        }
    }
}

/// A handler that forgets the cookie of a session that the server keeps.
fn sign_out(body: Body<'_>, sites: &mut Sites) {
    let name = body.display_name();
    let parts = with_callees(body);
    let ends = parts.iter().any(|part| {
        let by_call = part.calls_within().any(|call| {
            call.means(Meaning::DatabaseWrite)
                || has_word(
                    call.name(),
                    &[
                        "destroy",
                        "logout",
                        "signout",
                        "regenerate",
                        "invalidate",
                        "revoke",
                        "delete",
                        "clear",
                        "flush",
                        "pop",
                        "purge",
                        "remove",
                    ],
                ) && !is_cookie_call(call.name())
        });
        by_call || empties_session(*part)
    });
    let forgets = parts.iter().find_map(|part| {
        part.calls_within().find(|call| is_cookie_call(call.name()) && keeps_sessions(*part))
    });
    match forgets {
        Some(call) if !ends => {
            let message = "the cookie is cleared, and the session it names stays valid";
            sites.gap(call.location(), name, message);
        }
        _ if ends => {
            sites.holds(body.location(), name, "the session ends on the server");
        }
        _ => {}
    }
}

fn is_cookie_call(name: &str) -> bool {
    has_word(name, &["cookie", "cookies"])
}

/// Does this file, or the application around it, keep sessions on the server?
fn keeps_sessions(body: Body<'_>) -> bool {
    let keeps = |module: &str| body.project.vocabulary().has(module, Meaning::SessionStore);
    body.project.units().any(|(_, unit)| {
        unit.file.is_shipped() && unit.facts.imports.iter().any(|import| keeps(&import.module))
    })
}

/// `req.session = null`
fn empties_session(body: Body<'_>) -> bool {
    bound_places(body).any(|(place, value)| {
        let is_session = place.source().ends_with(".session");
        is_session && matches!(value.kind(), ExpressionKind::Null | ExpressionKind::Object(_))
    })
}

/// Where a sign-in puts who signed in into the session without giving it a new number.
fn keeps_number(body: Body<'_>) -> Option<(Location, String)> {
    if !body.unit().file.language.is_script()
        || !body.calls_within().any(|call| call.means(Meaning::ComparePassword))
        || !keeps_sessions(body)
    {
        return None;
    }
    let renews = values(body).any(|value| match value.kind() {
        ExpressionKind::Member { name, .. } => name == "regenerate",
        _ => false,
    });
    let (place, _) = bound_places(body).find(|(place, _)| {
        let written = place.source();
        written.contains(".session.") && has_word(written, &["user", "userid", "id", "email"])
    })?;
    (!renews).then(|| (place.location(), place.source().to_owned()))
}

/// What a function assigns to: the place and the value.
fn bound_places(body: Body<'_>) -> impl Iterator<Item = (Value<'_>, Value<'_>)> {
    let facts = &body.unit().facts;
    let span = body.function().span;
    let value = move |id| body.project.value(crate::project::In { file: body.at.file, id });
    facts.statements.iter().filter(move |statement| span.contains(statement.span)).filter_map(
        move |statement| match &statement.kind {
            StatementKind::Bind { target: Pattern::Place(place), value: Some(bound), .. } => {
                Some((value(*place), value(*bound)))
            }
            _ => None,
        },
    )
}
