//! What a part of a request is, by the names that frameworks and people give it.

use super::Sources;
use crate::{
    facts::{ExpressionKind, Text, vocabulary::Meaning},
    project::{Call, Declaration, Value, guards::split_words},
};

/// Objects that carry a request, by the names that everybody gives them.
const REQUEST_NAMES: [&str; 17] = [
    "req",
    "request",
    "ctx",
    "context",
    "c",
    "event",
    "r",
    "g",
    "locals",
    "info",
    "opts",
    "evt",
    "httpRequest",
    "_req",
    "_request",
    "res",
    "exchange",
];

/// Parts of a request that lead on to the request or to what is kept with it.
const CARRIERS: [&str; 13] = [
    "req",
    "request",
    "ctx",
    "context",
    "state",
    "locals",
    "var",
    "raw",
    "native",
    "data",
    "scope",
    "extensions",
    "root",
];

/// Parts that whoever sends the request chooses.
const CHOSEN: [&str; 44] = [
    "body",
    "query",
    "params",
    "headers",
    "cookies",
    "files",
    "file",
    "rawBody",
    "url",
    "nextUrl",
    "searchParams",
    "args",
    "form",
    "json",
    "values",
    "GET",
    "POST",
    "FILES",
    "META",
    "COOKIES",
    "query_params",
    "path_params",
    "view_args",
    "match_info",
    "URL",
    "Header",
    "Body",
    "Form",
    "PostForm",
    "originalUrl",
    "path",
    "data",
    "input",
    "payload",
    "formData",
    "text",
    "param",
    "queries",
    "header",
    "parseBody",
    "get_json",
    "query_string",
    "rel_url",
    "hostname",
];

/// Words for who is calling. Alone, as in `session` or `user`, or with others: `currentUser`, `authUser`.
const IDENTITY: [&str; 12] = [
    "user",
    "userid",
    "principal",
    "identity",
    "claims",
    "viewer",
    "uid",
    "caller",
    "auth",
    "session",
    "member",
    "account",
];

/// Is this how people call who is calling?
pub fn is_identity_name(name: &str) -> bool {
    let words = split_words(name);
    let qualifiers = [
        "current",
        "auth",
        "authenticated",
        "session",
        "logged",
        "in",
        "req",
        "request",
        "token",
        "jwt",
        "my",
        "db",
        "the",
        "id",
        "actor",
        "sub",
        "data",
        "info",
        "is",
        "authorized",
        "signed",
        "calling",
        "active",
    ];
    let is_word = |word: &String| IDENTITY.contains(&word.as_str());
    words.iter().any(is_word)
        && words.iter().all(|word| is_word(word) || qualifiers.contains(&word.as_str()))
}

/// Does a function of this name yield who is calling: `requireUser`, `getSession`, `auth`?
pub fn sounds_like_caller(name: &str) -> bool {
    let words = split_words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&[
        "by", "list", "all", "create", "update", "delete", "find", "users", "set", "new", "sign",
    ]) {
        return false;
    }
    let names_caller =
        has(&["user", "session", "principal", "identity", "viewer", "claims", "auth", "account"]);
    let obtains = has(&[
        "get",
        "require",
        "current",
        "ensure",
        "verify",
        "validate",
        "authenticate",
        "authenticated",
        "check",
        "read",
        "extract",
        "assert",
        "load",
        "fetch",
        "use",
        "protect",
        "must",
    ]);
    names_caller && obtains || words == ["auth"] || words == ["current", "user"]
}

/// The root of a dotted chain, and the names taken from it: `req` and `body`, `id` of `req.body["id"]`.
pub(super) fn chain(value: Value<'_>) -> (Value<'_>, Vec<Text>) {
    let mut names = Vec::new();
    let mut value = value.unwrapped();
    loop {
        match value.kind() {
            ExpressionKind::Member { object, name } => {
                names.push(name.clone());
                value = value.sibling(*object).unwrapped();
            }
            ExpressionKind::Index { object, index } => {
                if let ExpressionKind::Text(key) = value.sibling(*index).kind() {
                    names.push(key.clone());
                }
                value = value.sibling(*object).unwrapped();
            }
            _ => break,
        }
    }
    names.reverse();
    (value, names)
}

/// What a member of a request is; nothing if `root` is no request.
pub(super) fn member(root: Value<'_>, names: &[Text]) -> Option<Sources> {
    let ExpressionKind::Name(name) = root.kind() else { return None };
    let path = root.path();
    let is_framework = matches!(
        &*path,
        "flask.request"
            | "flask.g"
            | "flask.session"
            | "quart.request"
            | "bottle.request"
            | "sanic.request"
    );
    if matches!(&*path, "flask.session" | "quart.session" | "streamlit.session_state") {
        return Some(Sources::PRINCIPAL);
    }
    let own = matches!(name.as_str(), "self" | "this");
    if own {
        let is_request =
            |name: &&Text| matches!(name.as_str(), "request" | "req" | "ctx" | "context");
        names.first().filter(is_request)?;
    } else if !is_framework && (!REQUEST_NAMES.contains(&name.as_str()) || is_imported(root)) {
        return None;
    }
    Some(part(names))
}

/// A package may be called `request` as well.
fn is_imported(root: Value<'_>) -> bool {
    let declarations = root.declarations().map_or(&[][..], |(_, declarations)| declarations);
    declarations.iter().any(|declaration| matches!(declaration, Declaration::Import(_)))
}

/// What these names, taken one by one from a request, lead to.
pub(super) fn part(names: &[Text]) -> Sources {
    for name in names {
        if CHOSEN.contains(&name.as_str()) {
            return Sources::REQUEST;
        }
        if is_identity_name(name)
            || matches!(name.as_str(), "user_id" | "tenant" | "tenantId" | "orgId" | "tenant_id")
        {
            return Sources::PRINCIPAL;
        }
        if !CARRIERS.contains(&name.as_str()) {
            return Sources::REQUEST_OBJECT | Sources::UNKNOWN;
        }
    }
    Sources::REQUEST_OBJECT
}

/// What a method of a request yields: `c.req.param("id")`, `request.json()`, `c.get("user")`.
pub(super) fn method(call: Call<'_>) -> Option<Sources> {
    if call.means(Meaning::RenderTemplate) {
        return None;
    }
    let receiver = call.receiver()?;
    let (root, names) = chain(receiver);
    // `r.URL.Query().Get("id")`, `r.Context().Value(key)`.
    let inner = root.as_call().and_then(method);
    let whole = inner.or_else(|| member(root, &names))?;
    let name = call.name();
    let key = call.argument(0);
    let asks_for = |key: Value<'_>| {
        let text = key.text().unwrap_or_else(|| key.source());
        let words = split_words(text);
        words.iter().any(|word| {
            matches!(
                word.as_str(),
                "user"
                    | "userid"
                    | "uid"
                    | "claims"
                    | "auth"
                    | "session"
                    | "principal"
                    | "jwtpayload"
                    | "account"
                    | "tenant"
                    | "sub"
                    | "identity"
            )
        })
    };
    let reads_kept = matches!(
        name,
        "get"
            | "Get"
            | "MustGet"
            | "GetString"
            | "GetInt"
            | "GetInt64"
            | "GetUint"
            | "Locals"
            | "Value"
            | "var"
            | "getAttribute"
    );
    if reads_kept && whole.any(Sources::REQUEST_OBJECT) && key.is_some_and(asks_for) {
        return Some(Sources::PRINCIPAL);
    }
    if matches!(name, "getUserPrincipal" | "getRemoteUser" | "getServerSession") {
        return Some(Sources::PRINCIPAL);
    }
    if matches!(name, "Context" | "context") {
        return Some(Sources::REQUEST_OBJECT);
    }
    if whole.any(Sources::REQUEST_OBJECT) {
        let chosen = CHOSEN.contains(&name)
            || matches!(
                name,
                "Param"
                    | "Query"
                    | "DefaultQuery"
                    | "GetHeader"
                    | "FormValue"
                    | "PathValue"
                    | "PostFormValue"
                    | "Params"
                    | "QueryParam"
                    | "Cookie"
                    | "Cookies"
                    | "BodyParser"
                    | "Bind"
                    | "ShouldBindJSON"
                    | "BindJSON"
                    | "getParameter"
                    | "getHeader"
                    | "get"
                    | "getlist"
                    | "get_data"
                    | "valid"
                    | "bytes"
                    | "blob"
                    | "arrayBuffer"
                    | "cookie"
            );
        return Some(if chosen {
            Sources::REQUEST
        } else {
            Sources::REQUEST_OBJECT | Sources::UNKNOWN
        });
    }
    Some(whole)
}
