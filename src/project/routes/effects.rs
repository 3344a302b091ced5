//! Whether a way in changes anything: by its method, or by its handler where the method does not say.

use super::{Handler, RouteKind, memory};
use crate::facts::vocabulary::Meaning;
use crate::project::{
    Call, FunctionRef, Project,
    guards::{condition::changes_something, split_words},
    operations::{self, OperationKind},
};

/// Words with which the names of functions begin that do something. `set`, `add` and `push` are not among
/// them: headers, lists and pages are made with those.
const DOING: [&str; 38] = [
    "save", "create", "insert", "update", "delete", "remove", "destroy", "drop", "write", "upsert",
    "persist", "commit", "store", "publish", "send", "enqueue", "dispatch", "emit", "submit",
    "process", "execute", "exec", "perform", "run", "apply", "register", "charge", "pay",
    "transfer", "approve", "reset", "import", "upload", "sync", "trigger", "start", "handle",
    "invoke",
];

/// Does it change anything? A form is posted to be shown a preview, and a handler may answer any method:
/// these are judged by what the handler does.
pub(super) fn mutates(
    project: &Project,
    kind: RouteKind,
    method: &str,
    handler: Option<FunctionRef>,
) -> bool {
    match kind {
        RouteKind::Page => false,
        RouteKind::Http | RouteKind::Webhook => match method {
            "GET" | "HEAD" | "OPTIONS" => false,
            "POST" | "ANY" => handler.is_none_or(|handler| !only_reads(project, handler)),
            _ => true,
        },
        RouteKind::Grpc | RouteKind::Tool
            if handler.is_some_and(|handler| says_reads(project, handler)) =>
        {
            handler.is_some_and(|handler| project.reaches_call(handler, changes))
        }
        RouteKind::Grpc | RouteKind::Edge | RouteKind::Job | RouteKind::Tool => {
            handler.is_none_or(|handler| !only_reads(project, handler))
        }
        RouteKind::GraphQl | RouteKind::Rpc => !matches!(method, "QUERY" | "SUBSCRIPTION"),
        _ => true,
    }
}

/// Is the handler a library's that serves a folder, whatever the method?
pub(super) fn serves_files(project: &Project, handler: &Handler) -> bool {
    let Handler::Expression(at) = handler else { return false };
    let value = project.value(*at);
    let bound = || project.value(project.bound(*at)?).as_call();
    let made = value.as_call().or_else(bound);
    made.is_some_and(|made| made.means(Meaning::ListFolder))
}

/// Verbs of methods that only read: standard methods begin with them (<https://google.aip.dev/130>).
const READING: [&str; 10] =
    ["get", "list", "search", "find", "query", "read", "count", "describe", "lookup", "watch"];

/// Is it called after reading something? Then only what is known to change something does.
fn says_reads(project: &Project, handler: FunctionRef) -> bool {
    let words = split_words(&project.body(handler).function().name);
    let verb = words.iter().find(|word| *word != "batch");
    verb.is_some_and(|verb| READING.contains(&verb.as_str()))
}

/// Nothing that the handler calls changes anything, as far as it is known, or sounds as if it did.
fn only_reads(project: &Project, handler: FunctionRef) -> bool {
    !project.reaches_call(handler, may_change) && !memory::changes(project, handler)
}

/// Does a call change something, as far as it is known, or sound as if it did?
pub(in crate::project) fn may_change(call: Call<'_>) -> bool {
    changes(call) || sounds_like_doing(call)
}

fn changes(call: Call<'_>) -> bool {
    call.meanings().any(changes_something)
        || operations::of_call(call).is_some_and(|operation| {
            !matches!(operation.kind, OperationKind::Read | OperationKind::List)
        })
}

/// Of a function that cannot be looked into only the name is known.
fn sounds_like_doing(call: Call<'_>) -> bool {
    let is_unknown = call.callee().is_none() && call.meanings().next().is_none();
    is_unknown
        && split_words(call.name()).first().is_some_and(|verb| DOING.contains(&verb.as_str()))
}
