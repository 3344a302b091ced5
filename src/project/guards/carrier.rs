//! What a value carries by where it is read: a header, a cookie, a session, a field of the request.

use super::{evaluate::Stronger, go, path::Label, rust};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    project::{Call, Declaration, Step, Value},
};

/// Names under which frameworks and people keep who is calling.
const IDENTITY_NAMES: [&str; 27] = [
    "user",
    "userId",
    "user_id",
    "userid",
    "currentUser",
    "current_user",
    "account",
    "accountId",
    "principal",
    "identity",
    "uid",
    "auth",
    "isAuthenticated",
    "IsAuthenticated",
    "UserID",
    "CurrentUser",
    "is_authenticated",
    "member",
    "isLoggedIn",
    "logged_in",
    "loggedIn",
    "is_staff",
    "is_superuser",
    "claims",
    "admin",
    "caller",
    "viewer",
];

/// Objects that belong to a request, by the names that everybody gives them.
const REQUEST_NAMES: [&str; 15] = [
    "req", "request", "ctx", "context", "c", "session", "g", "locals", "event", "self", "this",
    "state", "r", "info", "socket",
];

/// Parts of a request that carry credentials.
const CREDENTIAL_NAMES: [&str; 14] = [
    "headers",
    "header",
    "cookies",
    "cookie",
    "authorization",
    "Authorization",
    "session",
    "token",
    "get_token",
    "HTTP_AUTHORIZATION",
    "META",
    "COOKIES",
    "Cookie",
    "Header",
];

/// What a session keeps of who signed in, beside the names above.
const SESSION_KEYS: [&str; 14] = [
    "username",
    "user_name",
    "email",
    "user_email",
    "loggedin",
    "login",
    "role",
    "user_role",
    "authenticated",
    "authentication_status",
    "signed_in",
    "is_logged_in",
    "password_correct",
    "auth_token",
];

/// Keys under which a credential is sent in a body or a query.
const SENT_KEYS: [&str; 6] =
    ["api_key", "apikey", "apiKey", "access_token", "X-Api-Key", "X-API-Key"];

/// Longer texts are no names.
const SOURCE_MAX: usize = 120;

/// What a member of a request carries: a credential, or an identity filled in earlier.
pub(super) fn request_label(value: Value<'_>) -> Option<Label> {
    if rust::takes_identity(value) && rust::is_request(value) == Some(true) {
        return Some(Label::Identity);
    }
    if let Some(label) = go::context_label(value) {
        return Some(label);
    }
    let names = chain(value);
    if keeps_session(value, &names) || is_part_of_caller(value) {
        return Some(Label::Identity);
    }
    label_of(&names, &value.path(), rust::is_request(value))
}

/// What the part of a request carries that these names lead to, the request's own first.
pub(super) fn parts_label(names: &[&str]) -> Option<Label> {
    match names {
        [.., "ctx" | "context" | "locals", "session"] => Some(Label::Identity),
        names => label_of(names, "", None),
    }
}

/// `current_user.is_admin`: a field of what a library keeps for whoever is calling, who may be nobody.
fn is_part_of_caller(value: Value<'_>) -> bool {
    let is_field = matches!(value.kind(), ExpressionKind::Member { .. });
    is_field && root_of(value).filter(|root| root.at != value.at).is_some_and(is_caller)
}

/// Is this what a library keeps for whoever is calling: Flask-Login's `current_user`?
pub(super) fn is_caller(value: Value<'_>) -> bool {
    let vocabulary = value.project.vocabulary();
    matches!(value.kind(), ExpressionKind::Name(_))
        && vocabulary.has(&value.path(), Meaning::ReadIdentity)
}

/// A session that somebody looked up and that strangers have none of: `locals.session`, tRPC's
/// `ctx.session`. The one that Express and Koa keep is always there.
fn keeps_session(value: Value<'_>, names: &[&str]) -> bool {
    match names {
        [.., "locals", "session"] | [_, .., "ctx", "session"] => true,
        ["ctx", "session"] => root_of(value).is_some_and(|root| {
            let declared = value.project.binding(root.at).map(|(_, declaration)| declaration);
            let is_part =
                |steps: &[Step]| matches!(steps, [.., Step::Field(name)] if name == "ctx");
            matches!(declared, Some(Declaration::Parameter(_, steps)) if is_part(steps))
        }),
        _ => false,
    }
}

/// What `"user" in session` asks for: the label of the entry.
pub(super) fn entry_label(container: Value<'_>, key: &str) -> Option<Label> {
    let mut names = chain(container);
    if names.is_empty() {
        return None;
    }
    names.push(key);
    label_of(&names, &container.path(), None)
}

fn label_of(names: &[&str], path: &str, rust_request: Option<bool>) -> Option<Label> {
    let (&root, rest) = names.split_first()?;
    if ["next/headers.cookies()", "next/headers.headers()"].iter().any(|of| path.starts_with(of)) {
        return (!rest.is_empty()).then_some(Label::Credential);
    }
    if names.iter().any(|name| is_plain_header(name)) {
        return None;
    }
    // What a client of socket.io sends with its knock, and the cookies that SvelteKit hands in.
    let is_handed = root == "cookies" && rest.first() == Some(&"get");
    if names.contains(&"handshake") || is_handed {
        return Some(Label::Credential);
    }
    // tRPC's `opts.ctx`.
    let hands_request = matches!(rest.first(), Some(&("ctx" | "context" | "locals")));
    let is_request = rust_request.unwrap_or_else(|| {
        REQUEST_NAMES.contains(&root)
            || hands_request
            || path.starts_with("flask.")
            || is_kept_by_page(path)
            || path.starts_with("?.")
    });
    if !is_request || rest.is_empty() {
        return None;
    }
    // What all requests share is nobody's.
    if rest.first() == Some(&"app") {
        return None;
    }
    let in_session = names.contains(&"session") || is_kept_by_page(path);
    // Whoever sends the request wrote this.
    let is_sent =
        matches!(rest.first(), Some(&("body" | "query" | "params" | "json" | "form" | "args")));
    let is_identity =
        |name: &&str| IDENTITY_NAMES.contains(name) || in_session && SESSION_KEYS.contains(name);
    if !is_sent && rest.iter().any(is_identity) {
        return Some(Label::Identity);
    }
    // Express's `req.get("X-Service-Key")` reads a header.
    let is_header = root == "req" && matches!(rest, ["get", _]);
    let is_credential = |name: &&str| {
        CREDENTIAL_NAMES.contains(name) || SENT_KEYS.contains(name) || *name == "get" && is_header
    };
    rest.iter().any(is_credential).then_some(Label::Credential)
}

/// What the server of a Streamlit page keeps for a visitor, and who the visitor is.
fn is_kept_by_page(path: &str) -> bool {
    ["streamlit.session_state", "streamlit.user", "streamlit.experimental_user"]
        .iter()
        .any(|kept| path.starts_with(kept))
}

/// Is this a token against forged requests? It says that a page of the server's own was asked for, and strangers
/// are given one as well.
pub(super) fn is_against_forgery(value: Value<'_>) -> bool {
    let source = value.source();
    source.len() < SOURCE_MAX && names_forgery(source)
}

/// Is something called after forged requests?
pub(super) fn names_forgery(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("csrf") || name.contains("xsrf")
}

/// Headers that everybody sends or may choose, and that prove nothing: what a request is about, and not who sends it.
fn is_plain_header(name: &str) -> bool {
    const NAMES: [&str; 25] = [
        "host",
        "referer",
        "origin",
        "user-agent",
        "content-type",
        "content-length",
        "accept",
        "accept-language",
        "accept-encoding",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-real-ip",
        "x-request-id",
        "x-requested-with",
        "if-none-match",
        "range",
        "idempotency-key",
        "mcp-session-id",
        "x-tenant",
        "x-tenant-id",
        "x-org-id",
        "x-organization-id",
        "x-correlation-id",
        "x-trace-id",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// `getHeader(event, "user-agent")`, `context.getHeaderString("Origin")`.
pub(super) fn asks_plain_header(call: Call<'_>) -> bool {
    call.positional().filter_map(Value::text).any(is_plain_header)
}

/// The name that a chain of members, indexes and calls starts at.
pub(super) fn root_of(value: Value<'_>) -> Option<Value<'_>> {
    let mut value = value.unwrapped();
    loop {
        match value.kind() {
            ExpressionKind::Name(_) => return Some(value),
            ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Call { callee, .. } => value = value.sibling(*callee).unwrapped(),
            _ => return None,
        }
    }
}

/// The names of a dotted chain, calls and literal indexes included: `req.headers["authorization"]`.
pub(super) fn chain(value: Value<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    let mut value = value.unwrapped();
    loop {
        match value.kind() {
            ExpressionKind::Name(name) => {
                names.push(name.as_str());
                break;
            }
            ExpressionKind::Member { object, name } => {
                names.push(name.as_str());
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Index { object, index } => {
                if let ExpressionKind::Text(key) = value.sibling(*index).kind() {
                    names.push(key.as_str());
                }
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Call { callee, arguments, .. } => {
                if let Some(first) = arguments.first()
                    && let ExpressionKind::Text(key) = value.sibling(first.value).kind()
                {
                    names.push(key.as_str());
                }
                value = value.sibling(*callee).unwrapped();
            }
            _ => return Vec::new(),
        }
    }
    names.reverse();
    names
}

/// What a call hands on of what it was given: `.split(" ")` of a header, `strip(token)`.
pub(super) fn carried(
    call: Call<'_>,
    receiver: Option<Label>,
    argument: Option<Label>,
) -> Option<Label> {
    // `request.cookies().get_private("id").map(User)`: what was verified on the way says more than the cookie.
    if let Some(known) = request_label(call.value()) {
        return Some(known).max_by_level(receiver);
    }
    // `bool(request.user and request.user.is_authenticated)` says no more and no less.
    if call.receiver().is_none() && matches!(call.name(), "bool" | "Boolean" | "any" | "next") {
        return argument;
    }
    let is_plain = call.argument(0).and_then(Value::text).is_some_and(is_plain_header);
    // Rust's `transpose` turns "nothing given" into success.
    if is_plain || call.name() == "transpose" {
        return None;
    }
    match receiver {
        Some(Label::Null) | None => match argument {
            // A function of unknown meaning may do anything with a proof; a credential stays one.
            Some(Label::Credential | Label::Claims) => argument,
            Some(Label::Proof) if writes_otherwise(call.name()) => Some(Label::Credential),
            _ => None,
        },
        known => known,
    }
}

/// `sha256(token)`, `encodeHex(token)`: under what was made of it, the store keeps the same.
fn writes_otherwise(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["sha", "hash", "digest"].iter().any(|word| lower.starts_with(word) || lower.ends_with(word))
        || ["encode", "tohex", "tobase"].iter().any(|word| lower.starts_with(word))
}
