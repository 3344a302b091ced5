//! The shapes of guards in Rust: results that are answered or handed on, macros that leave the function,
//! and requests that are known by the type of a parameter.

use super::{
    Level,
    carrier::root_of,
    path::{Label, Path},
    walk::Walker,
};
use crate::{
    facts::{CallStyle, ExpressionId, ExpressionKind, Facts, FunctionId, Language, Pattern},
    project::{Body, Call, Declaration, Definition, In, Value},
};

/// How deep macros of this project are expanded inside each other.
const EXPANSIONS_MAX: u32 = 4;

/// Types of parameters that are a request or a part of one.
const REQUEST_TYPES: [&str; 8] = [
    "Request",
    "Parts",
    "HeaderMap",
    "Session",
    "Cookie",
    "Extensions",
    "Identity",
    "Authorization",
];

/// Types of parameters that hold nothing but credentials, or may.
const CREDENTIAL_TYPES: [&str; 9] = [
    "HeaderMap",
    "TypedHeader",
    "CookieJar",
    "PrivateCookieJar",
    "SignedCookieJar",
    "Cookies",
    "BearerAuth",
    "BasicAuth",
    "MetadataMap",
];

/// Is success (`Ok`, `Some`, `true`) or failure meant by a name in a pattern?
pub(super) fn polarity_of_name(name: &str) -> Option<bool> {
    match name.rsplit(['.', ':']).next().unwrap_or_default() {
        "Ok" | "Some" | "Success" | "true" => Some(true),
        "Err" | "None" | "Error" | "Failure" | "Forward" | "false" => Some(false),
        _ => None,
    }
}

/// Does an arm match success or failure?
pub(super) fn arm_polarity(
    binding: Option<&Pattern>,
    facts: &Facts,
    tests: &[ExpressionId],
) -> Option<bool> {
    if let Some(Pattern::Variant { path, .. }) = binding {
        return polarity_of_name(path);
    }
    let test = tests.first()?;
    match &facts[*test].kind {
        ExpressionKind::Bool(value) => Some(*value),
        ExpressionKind::Null => Some(false),
        _ => facts.last_segment(*test).and_then(polarity_of_name),
    }
}

/// What `value` is compared with in an `if let`: does the pattern mean success?
pub(super) fn pattern_polarity(pattern: Value<'_>) -> Option<bool> {
    if pattern.project.file(pattern.at.file).language != Language::Rust {
        return None;
    }
    let is_pattern = match pattern.kind() {
        ExpressionKind::Call { style, .. } => *style == CallStyle::Struct,
        ExpressionKind::Name(_) | ExpressionKind::Member { .. } => true,
        _ => false,
    };
    let facts = pattern.project.facts(pattern.at.file);
    facts.last_segment(pattern.at.id).filter(|_| is_pattern).and_then(polarity_of_name)
}

/// Rust's `None`, which is a name like others.
pub(super) fn is_none(value: Value<'_>) -> bool {
    value.project.file(value.at.file).language == Language::Rust
        && matches!(value.kind(), ExpressionKind::Name(name) if name == "None")
}

/// A future that is made on the spot.
pub(super) enum Future {
    /// `Box::pin(async move { … })`.
    Block(FunctionId),
    /// `ready(value)`.
    Ready(ExpressionId),
}

/// The future that a function without `async` answers with.
pub(super) fn future_of(value: Value<'_>) -> Option<Future> {
    let project = value.project;
    if project.file(value.at.file).language != Language::Rust {
        return None;
    }
    let block = |value: Value<'_>| match value.kind() {
        ExpressionKind::Function(function) => {
            let body = &project.facts(value.at.file)[*function];
            (body.is_async && body.parameters.is_empty()).then_some(Future::Block(*function))
        }
        _ => None,
    };
    let call = match value.kind() {
        ExpressionKind::Call { .. } => value.as_call()?,
        _ => return block(value),
    };
    match call.name() {
        "pin" | "new" => call.argument(0).and_then(block),
        "boxed" | "boxed_local" => call.receiver().and_then(block),
        "ready" => call.argument(0).map(|inner| Future::Ready(inner.at.id)),
        _ => None,
    }
}

/// Does a function answer with a value that the caller has to open: `Result`, `Option`, `Outcome`?
pub(super) fn answers_by_result(body: Body<'_>) -> bool {
    let unit = body.unit();
    unit.file.language == Language::Rust
        && body.function().returns.is_some_and(|returns| {
            unit.facts.last_segment(returns).is_some_and(|name| {
                name.ends_with("Result")
                    || name.ends_with("Outcome")
                    || name == "Option"
                    // What a future yields is not written: extractors yield results.
                    || name.ends_with("Future")
                    || matches!(name, "Ready" | "Pin")
            })
        })
}

/// Is the value at the start of a chain a request, by the type of the parameter that it is? `None`
/// outside Rust, where names have to do.
pub(super) fn is_request(value: Value<'_>) -> Option<bool> {
    let project = value.project;
    if project.file(value.at.file).language != Language::Rust {
        return None;
    }
    let root = root_of(value)?;
    let (scope, number) = match project.binding(root.at) {
        Some((scope, Declaration::Parameter(number, _))) => (scope, number),
        Some((scope, Declaration::Bound { value: Some(bound), .. })) => {
            return Some(is_extracted(project.value(In { file: scope.file, id: *bound })));
        }
        _ => return Some(false),
    };
    let parameter = &project.body(scope).function().parameters[*number];
    let Some(annotation) = parameter.annotation else { return Some(true) };
    let written = project.value(In { file: scope.file, id: annotation }).source();
    Some(REQUEST_TYPES.iter().any(|kind| written.contains(kind)))
}

/// `TypedSession::from_request(http_request, payload).await?`: a part of a request that is taken out by its type.
fn is_extracted(value: Value<'_>) -> bool {
    // It may stand in a block.
    let Some((before, _)) = value.source().split_once("::from_request") else { return false };
    let kind = before.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    REQUEST_TYPES.iter().any(|one| kind.contains(one))
}

/// `parts.extensions.get::<CurrentUser>()`: an identity that somebody filled in earlier.
pub(super) fn takes_identity(value: Value<'_>) -> bool {
    let Some(call) = value.as_call() else { return false };
    if call.source_file().language != Language::Rust || !call.name().starts_with("get") {
        return false;
    }
    // `session.get_user_id()`, of a type of this project around a session.
    let words = super::split_words(call.name());
    let names_identity =
        words.iter().any(|word| matches!(word.as_str(), "user" | "account" | "identity"));
    let of_session = call
        .receiver()
        .is_some_and(|receiver| receiver.source().to_ascii_lowercase().ends_with("session"));
    if names_identity && of_session {
        return true;
    }
    let is_extension =
        call.receiver().is_some_and(|receiver| receiver.source().contains("extensions"));
    let kind = call.type_argument().map(super::split_words).unwrap_or_default();
    let is_identity = kind.iter().any(|word| {
        matches!(
            word.as_str(),
            "user" | "claims" | "auth" | "session" | "identity" | "principal" | "account"
        )
    });
    is_extension && is_identity
}

/// A call that looks an identity up in what the server stores, by a method that this project only
/// declares: `database.get_session_user(token)`.
pub(super) fn looks_up_identity(call: Call<'_>) -> bool {
    if call.source_file().language != Language::Rust || call.receiver().is_none() {
        return false;
    }
    if call.callee().is_some_and(|body| !body.function().body.is_empty()) {
        return false;
    }
    let words = super::split_words(call.name());
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["get", "find", "fetch", "lookup", "load", "by", "select", "authenticate"])
        && has(&["session", "sessions", "user", "users", "account", "member", "principal"])
}

/// The result of a closure decides these calls: `header.and_then(|token| verify(token))`.
pub(super) fn is_decided_by_closure(name: &str) -> bool {
    matches!(
        name,
        "and_then"
            | "map"
            | "filter"
            | "is_some_and"
            | "is_ok_and"
            | "then"
            | "local_cache"
            | "local_cache_async"
    )
}

impl<'p> Walker<'_, 'p> {
    /// Macros that test, leave the function or hand on a failure. `None` for any other macro.
    #[expect(
        clippy::option_option,
        reason = "whether the macro is known, and what it is worth, are two questions"
    )]
    pub(super) fn macro_call(&mut self, call: Call<'p>, path: &mut Path) -> Option<Option<Label>> {
        let first = call.argument(0).map(|argument| argument.at.id);
        match call.name() {
            "bail" | "panic" | "unreachable" | "todo" | "unimplemented" => {
                path.ended = true;
                Some(None)
            }
            "ensure" | "assert" => {
                self.refine(first?, true, path);
                Some(None)
            }
            "try_outcome" | "try" => {
                let label = self.evaluate(first?, path);
                path.raise(label.map_or(Level::Nothing, Label::level));
                Some(label)
            }
            name => {
                let template = self.grader.project.macro_named(name)?;
                for argument in call.positional() {
                    self.evaluate(argument.at.id, path);
                }
                self.expand(template, path);
                Some(None)
            }
        }
    }

    /// Runs the template of a macro as if it stood here.
    fn expand(&mut self, template: Body<'p>, path: &mut Path) {
        if self.expansions >= EXPANSIONS_MAX {
            return;
        }
        self.expansions += 1;
        let outside = std::mem::replace(&mut self.file, template.at);
        self.block(&template.function().body, path);
        self.file = outside;
        self.expansions -= 1;
    }

    /// Rust's last expression is the answer: one that hands on another result passes only where that
    /// result is good.
    pub(super) fn hands_on_result(&self, value: Value<'p>) -> bool {
        let body = self.grader.project.body(self.file);
        let facts = self.grader.project.facts(value.at.file);
        let wraps = facts
            .last_segment(value.at.id)
            .is_some_and(|name| matches!(name, "Ok" | "Some" | "Success"));
        answers_by_result(body) && value.as_call().is_some() && !wraps
    }
}

/// What parameters carry by their types: headers, cookies, bearer tokens.
pub(super) fn typed_parameters(body: Body<'_>, path: &mut Path) {
    let unit = body.unit();
    if unit.file.language != Language::Rust {
        return;
    }
    for parameter in &body.function().parameters {
        let kind = parameter.annotation.and_then(|it| unit.facts.last_segment(it));
        if kind.is_some_and(|kind| CREDENTIAL_TYPES.contains(&kind)) {
            parameter.pattern.each_name(&mut |name| path.set(name, Some(Label::Credential)));
        }
    }
}

/// Is a guard asked for by a type of a library that nothing is known of: `request.guard::<Session>()`?
pub(super) fn asks_unseen(call: Call<'_>) -> bool {
    const WORDS: [&str; 6] = ["user", "session", "auth", "claims", "account", "identity"];
    let words = call.type_argument().map(super::split_words).unwrap_or_default();
    call.source_file().language == Language::Rust
        && matches!(call.name(), "guard" | "extract" | "extract_parts" | "extract_with_state")
        && asked_by_type(call).is_none()
        && words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// A guard that is asked for by its type: `request.guard::<User>()`.
pub(super) fn asked_by_type(call: Call<'_>) -> Option<Body<'_>> {
    if !matches!(call.name(), "guard" | "extract" | "extract_parts" | "extract_with_state") {
        return None;
    }
    let Definition::Class(class) = call.project.resolve_export(call.file, call.type_argument()?)
    else {
        return None;
    };
    let class = call.project.class(class);
    class.method("from_request_parts").or_else(|| class.method("from_request"))
}
