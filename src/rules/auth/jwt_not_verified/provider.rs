//! Tokens that nobody else could have written: made here, or fetched from whoever issues them.

use crate::{
    facts::{Pattern, vocabulary::Meaning},
    project::{Body, Call, In, Value},
    rules::common::with_bindings,
};

/// What an answer of another service is, by its type.
const ANSWERS: [&str; 4] = ["oauth2.Token", "Response", "TokenSet", "TokenResponse"];

/// Where a token that is decoded was before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Signed in the same function.
    Own,
    /// In the answer to a request that is sent in the same function.
    Fetched,
    /// Handed in by what fetched it: a library's callback, or a caller with the answer.
    HandedIn,
    Unknown,
}

pub(super) fn of(decoding: Call<'_>) -> Before {
    let Some(token) = decoding.argument(0) else { return Before::Unknown };
    let parts = with_bindings(token);
    let means =
        |meaning| parts.iter().any(|part| part.as_call().is_some_and(|call| call.means(meaning)));
    if means(Meaning::IssueToken) {
        return Before::Own;
    }
    if parts.iter().any(|part| is_fetched(*part)) {
        return Before::Fetched;
    }
    let is_handed_in = parts.iter().any(|part| is_of_answer(*part)) || is_of_callback(token);
    if is_handed_in { Before::HandedIn } else { Before::Unknown }
}

/// Does a name in `part` hold the answer to a request to a service?
fn is_fetched(part: Value<'_>) -> bool {
    with_bindings(part)
        .into_iter()
        .any(|inner| inner.as_call().is_some_and(|call| call.means(Meaning::HttpRequest)))
}

/// Is it a parameter that holds the answer of another service?
fn is_of_answer(part: Value<'_>) -> bool {
    let Some((function, number)) = part.as_parameter() else { return false };
    let body = part.project.body(function);
    let annotation = body.function().parameters.get(number).and_then(|found| found.annotation);
    annotation.is_some_and(|id| {
        let annotation = part.project.value(In { file: function.file, id }).source();
        ANSWERS.contains(&annotation.trim_start_matches(['*', '&']))
    })
}

/// Is the token one of what a library hands to `(access_token, refresh_token, …)` after it fetched them?
fn is_of_callback(token: Value<'_>) -> bool {
    token.descendants().into_iter().any(|part| {
        part.as_parameter()
            .is_some_and(|(function, number)| takes_fetched(part.project.body(function), number))
    })
}

/// Does `body` take an access token and a refresh token, and is its parameter `number` one of them or what came with
/// them?
fn takes_fetched(body: Body<'_>, number: usize) -> bool {
    let names: Vec<String> = body
        .function()
        .parameters
        .iter()
        .map(|parameter| match &parameter.pattern {
            Pattern::Name(name) => name.replace('_', "").to_ascii_lowercase(),
            _ => String::new(),
        })
        .collect();
    let at = |wanted: &str| names.iter().position(|name| name == wanted);
    matches!((at("accesstoken"), at("refreshtoken")), (Some(access), Some(_)) if number >= access)
}
