//! Middleware that checks what a request holds before the handler runs.

use super::{Candidate, What};
use crate::{
    facts::{StatementKind, vocabulary::Meaning},
    project::{Body, Call, Project},
};

/// Does something in the chain check the request against a schema, and answer itself where it does not fit?
pub(super) fn checks(project: &Project, candidate: &Candidate) -> bool {
    let at = match candidate.what {
        What::Schema => return true,
        What::Expression(at) => at,
        _ => return false,
    };
    let value = project.value(at);
    let by_library = value.as_call().is_some_and(|call| call.means(Meaning::ValidateSchema))
        || project.vocabulary().has(&value.path(), Meaning::ValidateSchema);
    by_library || value.as_function().is_some_and(|body| validates(body) && refuses(body))
}

/// By itself, or by a function of the project that it calls.
fn validates(middleware: Body<'_>) -> bool {
    let checks =
        |body: Body<'_>| body.calls_within().any(|call| call.means(Meaning::ValidateSchema));
    checks(middleware) || middleware.calls_within().filter_map(Call::callee).any(checks)
}

/// `next(error)`, an answer, an exception.
fn refuses(middleware: Body<'_>) -> bool {
    let facts = &middleware.unit().facts;
    let throws = middleware
        .statements()
        .iter()
        .any(|&statement| matches!(facts[statement].kind, StatementKind::Throw(_)));
    throws
        || middleware.calls_within().any(|call| {
            let hands_error_on = call.name() == "next" && !call.arguments().is_empty();
            hands_error_on || call.means(Meaning::Respond) || call.means(Meaning::Reject)
        })
}
