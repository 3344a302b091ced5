//! What tests demand to go wrong.

use super::assertions::Assertion;
use super::discovery::decorator_path;
use crate::{
    facts::{ExpressionKind, Operator, Pattern, StatementKind, vocabulary::Meaning},
    project::{FunctionRef, In, Location, Project, Value},
};

/// A failure that a test demands or provokes.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub location: Location,
    /// The status of the answer, where one is demanded.
    pub status: Option<u16>,
    /// It is something the code depends on that was made to fail.
    pub of_dependency: bool,
}

impl Failure {
    fn at(location: Location) -> Self {
        Self { location, status: None, of_dependency: false }
    }

    /// A failure that only the test's title speaks of.
    pub(super) fn named(location: Location, title: &str) -> Self {
        let refused = words(title).any(|word| {
            ["unauthori", "unauthent", "forbid", "denied"].iter().any(|own| word.starts_with(own))
        });
        Self { status: refused.then_some(401), ..Self::at(location) }
    }
}

/// What the decorators of a test demand.
pub(super) fn declared(project: &Project, test: FunctionRef) -> Vec<Failure> {
    let decorators = project.body(test).decorators().filter(|&decorator| {
        let means_failure =
            project.vocabulary().has(&decorator_path(decorator), Meaning::ExpectFailure);
        let expects = decorator.as_call().and_then(|call| call.named("expected"));
        means_failure || expects.is_some()
    });
    decorators.map(|decorator| Failure::at(decorator.location())).collect()
}

/// The failure that an assertion demands.
pub(super) fn demanded(assertion: &Assertion<'_>) -> Option<Failure> {
    let failure = Failure::at(assertion.location());
    let all = assertion.value.descendants();
    let means_failure = assertion.call.is_some_and(|call| call.means(Meaning::ExpectFailure))
        || all
            .iter()
            .any(|value| value.as_call().is_some_and(|call| call.means(Meaning::ExpectFailure)));
    if means_failure {
        return Some(failure);
    }
    let source = assertion.value.source();
    if source.contains(".not.") || is_negative(assertion) {
        return None;
    }
    let status = all.iter().find_map(|&value| status_of(value, source));
    if status.is_some() {
        return Some(Failure { status, ..failure });
    }
    let is_error = source.contains("Err(") && source.contains("matches!")
        || all.iter().any(|&value| names_error(value)) && !is_nothing(source)
        || is_refusal(assertion, &all)
        || is_missing_error(assertion);
    is_error.then_some(failure)
}

/// Things that the code depends on and that are made to fail directly in `function`.
pub(super) fn provoked(project: &Project, function: FunctionRef) -> Vec<Failure> {
    let body = project.body(function);
    let facts = &body.unit().facts;
    let mut found = Vec::new();
    for call in body.calls() {
        let rows = project.vocabulary().rows_of(call.path());
        let fails = rows.iter().find_map(|(_, row)| row.detail("fails"));
        let does_fail = match fails {
            Some("always") => true,
            Some(option) => call.named(option).is_some_and(is_error_value),
            None => false,
        };
        if does_fail {
            found.push(Failure { of_dependency: true, ..Failure::at(call.location()) });
        }
    }
    for &id in body.statements() {
        let StatementKind::Bind { target: Pattern::Place(place), value: Some(value), .. } =
            facts[id].kind
        else {
            continue;
        };
        let value = project.value(In { file: function.file, id: value });
        if facts.last_segment(place) == Some("side_effect") && is_error_value(value) {
            found.push(Failure { of_dependency: true, ..Failure::at(value.location()) });
        }
    }
    found
}

fn is_error_value(value: Value<'_>) -> bool {
    let source = value.source();
    ["Error", "Exception", "Timeout", "Failure"].iter().any(|word| source.contains(word))
}

/// Words in a test's title that speak of something going wrong.
const FAILING: [&str; 34] = [
    "invalid",
    "missing",
    "unauthorised",
    "unauthorized",
    "unauthenticated",
    "forbid",
    "forbids",
    "forbidden",
    "fail",
    "fails",
    "failed",
    "failure",
    "error",
    "errors",
    "reject",
    "rejects",
    "rejected",
    "refuse",
    "refuses",
    "refused",
    "timeout",
    "empty",
    "duplicate",
    "denied",
    "denies",
    "without",
    "wrong",
    "expired",
    "malformed",
    "cannot",
    "raises",
    "throws",
    "throw",
    "nonexistent",
];

pub(super) fn is_named(title: &str) -> bool {
    let mut previous = String::new();
    for word in words(title) {
        if FAILING.contains(&word.as_str()) || previous == "not" && word == "found" {
            // "no error", "without errors" say the contrary.
            let denied = matches!(previous.as_str(), "no" | "without" | "not" | "never");
            let is_bare = word == "without";
            let says_contrary = denied && word != "found" || is_bare && title.contains("error");
            if !says_contrary {
                return true;
            }
        }
        previous = word;
    }
    false
}

/// The words of a title: `shouldThrowOnEmpty`, `test_not_found`, `refuses a stranger`.
fn words(title: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in title.chars() {
        if !character.is_alphanumeric() || character.is_uppercase() && was_lower {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            words.last_mut().expect("it starts with one").extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

fn is_negative(assertion: &Assertion<'_>) -> bool {
    let by_name = assertion.call.is_some_and(|call| {
        let name = call.name();
        name.starts_with("assertNot") || matches!(name, "NotEqual" | "assert_ne" | "notEqual")
    });
    let by_operator = matches!(
        assertion.value.kind(),
        ExpressionKind::Operation { operator: Operator::NotEqual | Operator::NotIn, .. }
    );
    by_name || by_operator
}

/// A status from 400 that is written as a number beside the word, or by its name.
fn status_of(value: Value<'_>, source: &str) -> Option<u16> {
    match value.kind() {
        ExpressionKind::Number(number) => {
            let status = number.parse().ok().filter(|status| (400..600).contains(status))?;
            let lower = source.to_ascii_lowercase();
            let speaks = ["status", "code", ".expect(", "resp"];
            speaks.iter().any(|word| lower.contains(word)).then_some(status)
        }
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => status_called(name),
        ExpressionKind::Call { callee, .. } => {
            let facts = value.project.facts(value.at.file);
            facts.last_segment(*callee).and_then(status_called)
        }
        _ => None,
    }
}

/// `NOT_FOUND`, `HTTP_404_NOT_FOUND`, `StatusNotFound`, `isNotFound`.
fn status_called(name: &str) -> Option<u16> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let plain = ["http", "status", "is"]
        .iter()
        .fold(plain.as_str(), |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest));
    let plain = plain.trim_start_matches(|character: char| character.is_ascii_digit());
    Some(match plain {
        "badrequest" | "xxclienterror" => 400,
        "unauthorized" => 401,
        "forbidden" => 403,
        "notfound" => 404,
        "methodnotallowed" => 405,
        "conflict" => 409,
        "gone" => 410,
        "payloadtoolarge" | "requestentitytoolarge" => 413,
        "unsupportedmediatype" => 415,
        "unprocessableentity" | "unprocessablecontent" => 422,
        "toomanyrequests" => 429,
        "internalservererror" | "xxservererror" => 500,
        "badgateway" => 502,
        "serviceunavailable" => 503,
        "gatewaytimeout" => 504,
        _ => return None,
    })
}

/// Is it about an error by name: `body.error`, `"error" in data`, `form.errors`?
fn names_error(value: Value<'_>) -> bool {
    let (ExpressionKind::Name(name)
    | ExpressionKind::Member { name, .. }
    | ExpressionKind::Text(name)) = value.kind()
    else {
        return false;
    };
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "error" | "errors" | "errormessage" | "error_message" | "exception")
        || name.ends_with("Error")
        || lower.ends_with("_error")
        || lower.ends_with("haserrors")
        || lower.ends_with("hasfielderrors")
}

/// Does the assertion say that there is none?
fn is_nothing(source: &str) -> bool {
    let says_nothing = [
        "toBeNull",
        "toBeUndefined",
        "toBeFalsy",
        "is None",
        "NoError",
        "assertIsNone",
        "IsNil",
        ".Nil(",
        "assertNull",
        "toBe(false",
        "toEqual([]",
        "hasNoErrors",
        "== nil",
        "null)",
        "== []",
        "== {}",
        "toHaveLength(0",
        "assertFalse",
        "assertNot",
        " not in ",
        "is_none",
        "isEmpty",
    ];
    says_nothing.iter().any(|words| source.contains(words))
}

/// `expect(result.ok).toBe(false)`, `assert not form.is_valid()`.
fn is_refusal(assertion: &Assertion<'_>, all: &[Value<'_>]) -> bool {
    let succeeds = all.iter().any(|value| {
        let facts = value.project.facts(value.at.file);
        let name = facts.last_segment(value.at.id).unwrap_or_default();
        let text = value.kind().as_text().unwrap_or(name);
        matches!(
            text.to_ascii_lowercase().as_str(),
            "ok" | "success" | "valid" | "is_valid" | "isvalid" | "allowed" | "authenticated"
        )
    });
    let is_false = all.iter().any(|value| {
        matches!(
            value.kind(),
            ExpressionKind::Bool(false) | ExpressionKind::Operation { operator: Operator::Not, .. }
        )
    });
    let by_name = assertion
        .call
        .is_some_and(|call| matches!(call.name(), "assertFalse" | "toBeFalsy" | "False"));
    succeeds && (is_false || by_name)
}

/// `if err == nil { t.Fatal("…") }`
fn is_missing_error(assertion: &Assertion<'_>) -> bool {
    let Some(call) = assertion.call else { return false };
    let Some(at) = call.value().statement() else { return false };
    let unit = call.function().unit();
    let Some((parent, _)) = unit.index.statement(at.id).parent else { return false };
    let StatementKind::If { test, .. } = unit.facts[parent].kind else { return false };
    let test = call.project.value(In { file: call.file, id: test });
    let ExpressionKind::Operation { operator: Operator::Equal, operands } = test.kind() else {
        return false;
    };
    let is_null =
        operands.iter().any(|&id| matches!(test.sibling(id).kind(), ExpressionKind::Null));
    is_null && test.source().to_ascii_lowercase().contains("err")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_speak_of_failures() {
        for title in ["test_create_invalid_email", "refuses: not found", "shouldThrowOnEmptyName"] {
            assert!(is_named(title), "{title}");
        }
        for title in ["creates a user", "test_no_error", "runs without errors", "is found"] {
            assert!(!is_named(title), "{title}");
        }
    }

    #[test]
    fn statuses_are_known_by_their_names() {
        let names = ["NOT_FOUND", "HTTP_404_NOT_FOUND", "StatusNotFound", "isNotFound"];
        assert!(names.iter().all(|name| status_called(name) == Some(404)));
        assert_eq!(status_called("is4xxClientError"), Some(400));
        assert_eq!(status_called("CREATED"), None);
    }
}
