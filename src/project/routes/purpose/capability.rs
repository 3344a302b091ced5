//! Ways in for whoever knows a secret that was handed to few: a token that was mailed, a signature, a key.

use super::is_parameter;
use crate::{
    facts::{ExpressionKind, Pattern, StatementKind, Text, vocabulary::Meaning},
    project::{Call, FunctionRef, In, Project, Value, guards::split_words},
};

/// Does the path hold such a secret?
pub(super) fn in_path(project: &Project, path: &str, handler: Option<FunctionRef>) -> bool {
    let mut parameters = path.split(['/', '?', '&']).filter_map(parameter_name);
    parameters
        .any(|name| is_capability(name) || name == "key" && is_key_of_caller(project, handler))
}

/// Is such a secret taken out of the request, and something looked up by it: `const { token } = await request.json()`
/// before `findByToken(token)`? A phone's own token, under which messages reach it, says nothing of who is calling.
pub(super) fn in_request(project: &Project, path: &str, handler: FunctionRef) -> bool {
    let is_sent = |value: Value<'_>| {
        let source = value.unwrapped().source();
        [".json()", ".body", ".query", "searchParams", ".get_json()"]
            .iter()
            .any(|end| source.ends_with(end))
    };
    let is_address = split_words(path).iter().any(|word| {
        matches!(word.as_str(), "push" | "device" | "devices" | "notification" | "notifications")
    });
    !is_address && looks_up_taken(project, handler, &["body.", "query."], &is_sent)
}

/// Is such a secret taken out of what a procedure was called with, and something looked up by it:
/// `const { token } = input; await findByToken(token)`?
pub(super) fn in_input(project: &Project, handler: FunctionRef) -> bool {
    let is_input = |value: Value<'_>| value.unwrapped().source().ends_with("input");
    looks_up_taken(project, handler, &["input."], &is_input)
}

/// Is something looked up by a secret that is taken from what `is_sent`, or is written behind one of `before`?
fn looks_up_taken(
    project: &Project,
    handler: FunctionRef,
    before: &[&str],
    is_sent: &dyn Fn(Value<'_>) -> bool,
) -> bool {
    let body = project.body(handler);
    let taken = taken_from(project, handler, is_sent);
    let is_taken = |kind: &ExpressionKind, source: &str| match kind {
        ExpressionKind::Name(name) => taken.contains(name),
        ExpressionKind::Member { name, .. } => {
            is_token(name)
                && source
                    .strip_suffix(name.as_str())
                    .is_some_and(|of| before.iter().any(|end| of.ends_with(end)))
        }
        _ => false,
    };
    let names_taken = |value: Value<'_>| {
        value.descendants().into_iter().any(|part| is_taken(part.kind(), part.source()))
    };
    body.calls_within().any(|call| {
        looks_up(call) && call.positional().any(names_taken)
            // `delete({ where: { token } })`
            || call.option("where").given().is_some_and(names_taken)
    })
}

/// Does a call look something up in a store, itself or as a part of what began so: `select("*").eq("token", token)`?
fn looks_up(call: Call<'_>) -> bool {
    let reads = |meaning| {
        matches!(meaning, Meaning::DatabaseRead | Meaning::DocumentQuery | Meaning::SqlQuery)
    };
    let own = |call: Call<'_>| call.meanings().any(reads);
    let mut chain = std::iter::successors(call.receiver().and_then(Value::as_call), |call| {
        call.receiver().and_then(Value::as_call)
    });
    own(call)
        || chain.any(own)
        || call.callee().is_some_and(|callee| call.project.reaches(callee.at, reads))
}

/// The names that a handler gives to the secrets of what is sent to it: `const { token } = input`,
/// `({ input: { token } })`, `const token = searchParams.get("token")`.
fn taken_from(
    project: &Project,
    handler: FunctionRef,
    is_sent: &dyn Fn(Value<'_>) -> bool,
) -> Vec<Text> {
    let facts = project.facts(handler.file);
    let function = project.body(handler).function();
    let mut taken = Vec::new();
    let mut take = |pattern: &Pattern| {
        pattern.each_name(&mut |name| {
            taken.extend((is_token(name) || is_tokens(name)).then(|| name.clone()));
        });
    };
    for parameter in function.plain_parameters() {
        if let Pattern::Fields { fields, .. } = &parameter.pattern {
            fields.iter().filter(|(key, _)| key == "input").for_each(|(_, inner)| take(inner));
        }
    }
    for statement in facts.statements.iter().filter(|one| function.span.contains(one.span)) {
        let StatementKind::Bind { target, value: Some(value), .. } = &statement.kind else {
            continue;
        };
        let value = project.value(In { file: handler.file, id: *value });
        let asks = |call: Call<'_>| call.name() == "get" && call.receiver().is_some_and(is_sent);
        let is_taken = match target {
            Pattern::Fields { .. } => is_sent(value),
            _ => value.unwrapped().as_call().is_some_and(asks),
        };
        if is_taken {
            take(target);
        }
    }
    let each = each_of(project, handler, &taken);
    taken.extend(each);
    // Several are looked up one by one.
    taken.retain(|name| is_token(name));
    taken
}

/// What stands for each of several secrets: `tokens.map((token) => findByToken(token))`.
fn each_of(project: &Project, handler: FunctionRef, taken: &[Text]) -> Vec<Text> {
    let mut each = Vec::new();
    for call in project.body(handler).calls_within() {
        let is_among = |list: Value<'_>| matches!(list.kind(), ExpressionKind::Name(name) if taken.contains(name));
        let literal = call.argument(0).filter(|_| call.receiver().is_some_and(is_among));
        let Some(body) = literal.and_then(Value::as_function) else { continue };
        if let Some(first) = body.function().plain_parameters().next() {
            first.pattern.each_name(&mut |name| each.push(name.clone()));
        }
    }
    each
}

/// A token that lets somebody in, and not one that a device, a form or a library goes by.
fn is_token(name: &str) -> bool {
    const OTHERS: [&str; 9] =
        ["device", "push", "fcm", "apns", "csrf", "xsrf", "page", "next", "captcha"];
    let words = split_words(name);
    words.last().is_some_and(|last| last == "token")
        && !words.iter().any(|word| OTHERS.contains(&word.as_str()))
}

/// Several of them.
fn is_tokens(name: &str) -> bool {
    name.strip_suffix('s').is_some_and(is_token)
}

/// Is the `key` of a path handed to something that says whose key it is: `for_api_key(key)`, `api_key=key`?
fn is_key_of_caller(project: &Project, handler: Option<FunctionRef>) -> bool {
    let says_so = |name: &str| {
        let words = split_words(name);
        words.windows(2).any(|pair| pair[0] == "api" && pair[1] == "key")
            || words.iter().any(|word| word == "apikey")
    };
    let is_key = |call: Call<'_>, id| matches!(call.value().sibling(id).kind(), ExpressionKind::Name(name) if name == "key");
    handler.is_some_and(|handler| {
        project.body(handler).calls_within().any(|call| {
            let mut keys = call.arguments().iter().filter(|given| is_key(call, given.value));
            keys.any(|given| says_so(given.name.as_deref().unwrap_or(call.name())))
        })
    })
}

/// `token` of `:token`, `{token}`, `<str:token>`, `[token]`.
fn parameter_name(segment: &str) -> Option<&str> {
    let inner = segment.trim_start_matches([':', '{', '<', '[', '*', '$', '.']);
    let inner = inner.split([']', '}', '>', ':', '?']);
    is_parameter(segment).then(|| inner.clone().find(|part| !is_converter(part))).flatten()
}

/// The types that Django, Flask and Starlette put before or after a parameter's name.
fn is_converter(part: &str) -> bool {
    matches!(part, "str" | "string" | "slug" | "uuid" | "int" | "path" | "quoted" | "any" | "")
}

/// Does whoever knows such a parameter thereby show that they may come in: a token that was mailed to them,
/// a signature, a key of their own?
fn is_capability(name: &str) -> bool {
    let words = split_words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["token", "signature", "signed", "secret", "invite", "invitation", "nonce"])
        || words.len() > 1 && has(&["access", "share"])
        || words.len() > 1 && words.last().is_some_and(|last| last == "key")
}
