use provider::Before;

use super::common::{has_word, last_name, server_calls, with_bindings};
use crate::{
    facts::{ExpressionId, ExpressionKind, Pattern, StatementKind, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{Call, Project, Value},
    rules::Sites,
};

mod callers;
mod provider;

/// Options that switch the check of the signature off, with the value that does it.
const UNSIGNED: [(&str, bool); 4] = [
    ("verify_signature", false),
    ("verify", false),
    ("complete_verification", false),
    ("insecure_disable_signature_validation", true),
];

/// Options that let expired tokens pass, with the value that does it.
const EXPIRED: [(&str, bool); 4] = [
    ("ignoreExpiration", true),
    ("verify_exp", false),
    ("validate_exp", false),
    ("require_exp", false),
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::DecodeCredential) {
        decoded(call, sites);
    }
    for call in server_calls(project, Meaning::VerifyCredential) {
        if is_about_tokens(call) {
            verified(call, sites);
        }
    }
    for call in project.calls().filter(|call| super::common::is_server(project, call.file)) {
        taken_apart(call, sites);
    }
}

/// A library that decodes without a check.
fn decoded(call: Call<'_>, sites: &mut Sites) {
    let subject = call.path().to_owned();
    // It switches the check off for the verification that follows.
    let switches_off = UNSIGNED.iter().any(|&(option, _)| option == call.name());
    if !switches_off && verifies_nearby(call) {
        sites.holds(call.value().location(), subject, "verified in the same function");
        return;
    }
    if has_word(call.name(), &["header"]) || reads_lifetime(call) {
        return;
    }
    if !switches_off && let Some(careless) = callers::careless(call) {
        sites.holds(call.value().location(), subject, "verified by whoever asks what it says");
        for caller in careless {
            let message = format!(
                "`{}` says what a token holds, and nothing here verifies it",
                caller.name()
            );
            sites
                .gap(caller.value().location(), caller.path(), message)
                .because(call.value().location(), "decoded without a check")
                .severity(Severity::High)
                .confidence(Confidence::Heuristic);
        }
        return;
    }
    let before = provider::of(call);
    if matches!(before, Before::Own | Before::Fetched) {
        sites.holds(call.value().location(), subject, "signed or fetched in the same function");
        return;
    }
    let message = format!("`{}` reads a token without checking its signature", call.name());
    let gap = sites.gap(call.value().location(), subject, message);
    // OpenID Connect Core 3.1.3.7 lets the connection to the provider stand for the signature.
    if before == Before::HandedIn {
        gap.severity(Severity::Medium);
    }
}

/// Is nothing read but for how long the token holds and who made it? That says nothing of who is calling:
/// `const { exp } = decode(token)`, `decode::<Lifetime>(token)`.
fn reads_lifetime(call: Call<'_>) -> bool {
    const LIFETIME: [&str; 6] = ["exp", "iat", "nbf", "iss", "typ", "jti"];
    let facts = call.project.facts(call.file);
    // The type that a call of Rust asks for is not among the facts.
    let asked = call.value().source().split_once(&format!("{}::<", call.name()));
    let asked = asked.and_then(|(_, rest)| Some(rest.split_once('>')?.0));
    let class = facts.classes.iter().find(|class| Some(class.name.as_str()) == asked);
    let taken =
        facts.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Bind {
                target: Pattern::Fields { fields, rest: None }, value, ..
            } if value.is_some_and(|value| is_call(call, value)) => Some(fields),
            _ => None,
        });
    let fields: Vec<&str> = match (class, taken) {
        (Some(class), _) => class.fields.iter().map(|field| field.name.as_str()).collect(),
        (None, Some(taken)) => taken.iter().map(|(key, _)| key.as_str()).collect(),
        (None, None) => return false,
    };
    !fields.is_empty() && fields.iter().all(|name| LIFETIME.contains(name))
}

fn is_call(call: Call<'_>, value: ExpressionId) -> bool {
    call.value().sibling(value).unwrapped().at == call.value().at
}

fn verified(call: Call<'_>, sites: &mut Sites) {
    let place = call.value().location();
    let subject = call.path().to_owned();
    let name = call.name();
    if UNSIGNED.iter().any(|&(option, value)| setting(call, option) == Some(value)) {
        if verifies_elsewhere(call) {
            return;
        }
        sites.gap(place, subject, format!("`{name}` is told not to check the signature"));
    } else if algorithms(call).iter().any(|name| name.eq_ignore_ascii_case("none")) {
        sites.gap(place, subject, format!("`{name}` accepts tokens without a signature"));
    } else if takes_algorithm_from_token(call) {
        let message = format!("`{name}` lets the token choose how it is checked");
        sites.gap(place, subject, message);
    } else if EXPIRED.iter().any(|&(option, value)| setting(call, option) == Some(value)) {
        sites
            .gap(place, subject, format!("`{name}` accepts tokens that have expired"))
            .severity(Severity::High);
    } else {
        sites.holds(place, subject, "the signature is checked");
    }
}

/// `JSON.parse(atob(token.split(".")[1]))`: the claims, without any library.
fn taken_apart(call: Call<'_>, sites: &mut Sites) {
    let decodes = matches!(
        call.name(),
        "atob"
            | "b64decode"
            | "urlsafe_b64decode"
            | "urlsafeB64Decode"
            | "decodeString"
            | "DecodeString"
    ) || call.name() == "from" && call.path().ends_with("Buffer.from");
    let Some(argument) = call.argument(0).filter(|_| decodes) else { return };
    if !with_bindings(argument).into_iter().any(is_middle_part) || verifies_nearby(call) {
        return;
    }
    let message = "the claims of a token are read without checking its signature";
    sites.gap(call.value().location(), "token claims", message);
}

/// `token.split(".")[1]`.
fn is_middle_part(value: Value<'_>) -> bool {
    let ExpressionKind::Index { object, index } = value.kind() else { return false };
    let is_second = value.sibling(*index).number() == Some(1.0);
    let split = value.sibling(*object).as_call();
    is_second
        && split.is_some_and(|split| {
            let by_dot = split.argument(0).and_then(Value::text) == Some(".");
            let of_token = split.receiver().is_some_and(|receiver| {
                last_name(receiver)
                    .is_none_or(|name| has_word(name, &["token", "jwt", "auth", "credential"]))
            });
            split.name() == "split" && by_dot && of_token
        })
}

/// A login form proves a password, not a token.
fn is_about_tokens(call: Call<'_>) -> bool {
    let path = call.path().to_ascii_lowercase();
    !matches!(call.name(), "authenticate" | "aauthenticate" | "check")
        && ["jwt", "jose", "token", "paseto", "jsonwebtoken", "decode", "verify"]
            .iter()
            .any(|word| path.contains(word))
}

/// The literal value of an option, given by name, in an object, or in the dictionary `options`.
fn setting(call: Call<'_>, name: &str) -> Option<bool> {
    let direct = call.option(name).given();
    let nested = || call.named("options").and_then(|options| options.entry(name).given());
    direct.or_else(nested).and_then(Value::boolean)
}

fn algorithms(call: Call<'_>) -> Vec<&str> {
    let Some(given) = call.option("algorithms").given() else { return Vec::new() };
    let items = given.items().unwrap_or_else(|| vec![given]);
    items.into_iter().filter_map(Value::text).collect()
}

/// `algorithms=[header["alg"]]`.
fn takes_algorithm_from_token(call: Call<'_>) -> bool {
    let Some(given) = call.option("algorithms").given() else { return false };
    let items = given.items().unwrap_or_default();
    items.into_iter().any(|item| last_name(item) == Some("alg"))
}

/// Decoding to choose the key, or to look at a token that is verified here too, is no trust.
fn verifies_nearby(call: Call<'_>) -> bool {
    verifies_elsewhere(call)
        || call.function().calls_within().any(|other| other.means(Meaning::VerifySignature))
}

fn verifies_elsewhere(call: Call<'_>) -> bool {
    call.function().calls_within().any(|other| {
        let is_check = other.means(Meaning::VerifyCredential)
            && UNSIGNED.iter().all(|&(option, value)| setting(other, option) != Some(value));
        let by_callee = other.callee().is_some_and(|callee| {
            callee.at != call.function().at
                && callee.calls_within().any(|inner| inner.means(Meaning::VerifyCredential))
        });
        other.id() != call.id() && (is_check || by_callee)
    })
}
