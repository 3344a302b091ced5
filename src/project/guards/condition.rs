//! What the truth of a condition proves, and which calls matter on the way.

use super::{
    Grader, Level, go, java, outcome,
    path::{Label, Path},
    rust,
    walk::{Walker, root_name},
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Language, Operator, vocabulary::Meaning},
    project::{Body, Call, Definition, Location, Value},
};

/// Names under which frameworks and people keep who is calling.
const IDENTITY_NAMES: [&str; 25] = [
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
];

/// Objects that belong to a request, by the names that everybody gives them.
const REQUEST_NAMES: [&str; 14] = [
    "req", "request", "ctx", "context", "c", "session", "g", "locals", "event", "self", "this",
    "state", "r", "info",
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
const SESSION_KEYS: [&str; 8] =
    ["username", "user_name", "email", "user_email", "loggedin", "login", "role", "user_role"];

/// Keys under which a credential is sent in a body or a query.
const SENT_KEYS: [&str; 6] =
    ["api_key", "apikey", "apiKey", "access_token", "X-Api-Key", "X-API-Key"];

/// What a member of a request carries: a credential, or an identity filled in earlier.
pub(super) fn request_label(value: Value<'_>) -> Option<Label> {
    if rust::takes_identity(value) && rust::is_request(value) == Some(true) {
        return Some(Label::Identity);
    }
    if let Some(label) = go::context_label(value) {
        return Some(label);
    }
    label_of(&chain(value), &value.path(), rust::is_request(value))
}

/// What `"user" in session` asks for: the label of the entry.
fn entry_label(container: Value<'_>, key: &str) -> Option<Label> {
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
    let is_request = rust_request.unwrap_or_else(|| {
        REQUEST_NAMES.contains(&root) || path.starts_with("flask.") || path.starts_with("?.")
    });
    if !is_request || rest.is_empty() {
        return None;
    }
    let in_session = names.iter().any(|name| *name == "session");
    let is_identity =
        |name: &&str| IDENTITY_NAMES.contains(name) || in_session && SESSION_KEYS.contains(name);
    if rest.iter().any(is_identity) {
        return Some(Label::Identity);
    }
    let is_credential = |name: &&str| CREDENTIAL_NAMES.contains(name) || SENT_KEYS.contains(name);
    rest.iter().any(is_credential).then_some(Label::Credential)
}

/// Headers that everybody sends and that prove nothing.
fn is_plain_header(name: &str) -> bool {
    const NAMES: [&str; 17] = [
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
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
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
fn chain<'p>(value: Value<'p>) -> Vec<&'p str> {
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
                if let Some(first) = arguments.first() {
                    if let ExpressionKind::Text(key) = value.sibling(first.value).kind() {
                        names.push(key.as_str());
                    }
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
    if let Some(known) = request_label(call.value()) {
        return Some(known);
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
            _ => None,
        },
        known => known,
    }
}

/// Is this a framework's way to ask for a dependency: `Depends(f)`, `Security(f)`?
pub fn is_dependency(call: Call<'_>) -> bool {
    matches!(call.path(), "fastapi.Depends" | "fastapi.Security" | "fastapi.params.Depends")
}

/// Does the verification leave the function when it fails?
pub(super) fn throws(call: Call<'_>) -> bool {
    let given = call.detail(Meaning::VerifyCredential, "fails");
    match given {
        Some("value" | "result") => false,
        Some(_) => true,
        None => !matches!(call.source_file().language, Language::Rust | Language::Go),
    }
}

/// Effects that a handler must not reach for a stranger.
pub(super) fn is_effect(call: Call<'_>) -> bool {
    call.meanings().any(|meaning| {
        matches!(
            meaning,
            Meaning::DatabaseWrite
                | Meaning::ModelCall
                | Meaning::Payment
                | Meaning::SendMail
                | Meaning::FileWrite
                | Meaning::FileDelete
                | Meaning::QueuePublish
                | Meaning::ShellCommand
        )
    })
}

/// Does a middleware hand the request on here?
pub(super) fn calls_next(call: Call<'_>, middleware: Body<'_>) -> bool {
    let callee = call.callee_value();
    let name = call.name();
    if matches!(name, "next" | "call_next" | "doFilter" | "get_response") {
        return true;
    }
    // `super().dispatch(request)` and `self.app(scope, receive, send)` hand on.
    let source = callee.source();
    if matches!(source, "super().dispatch" | "super().__call__" | "self.app") {
        return true;
    }
    let Some(root) = root_name(callee) else { return false };
    let is_parameter =
        middleware.function().parameters.iter().any(|parameter| parameter.name() == Some(root));
    let hands_on = matches!(name, "ServeHTTP" | "run" | "handle" | "call" | "proceed" | "Next");
    let sounds = matches!(
        root.as_str(),
        "next"
            | "handler"
            | "inner"
            | "chain"
            | "h"
            | "done"
            | "service"
            | "svc"
            | "srv"
            | "c"
            | "ctx"
    );
    hands_on && (is_parameter || sounds)
        || is_parameter
            && sounds
            && callee.source() == root.as_str()
            && root != "c"
            && root != "ctx"
        || hands_on && callee.source().starts_with("self.")
}

/// What a dependency proves, for the function that asks for it.
pub(super) struct Dependency {
    pub(super) level: Level,
    pub(super) label: Option<Label>,
    pub(super) reads_credential: bool,
    pub(super) role: bool,
    pub(super) decided_at: Option<Location>,
}

impl<'p> Grader<'p> {
    /// What a dependency of a dependency proves.
    pub(super) fn dependency(&mut self, value: Value<'p>) -> Dependency {
        let assessment = match value.resolve() {
            Definition::Function(function) => {
                let outcome = self.pass(function, &super::Mode::Dependency);
                // An optional dependency yields nothing for a stranger: its value still proves.
                let when_true = self.proven_when_true(function);
                let label = match outcome.level.max(when_true) {
                    Level::Verified => Some(Label::Proof),
                    Level::Identity => Some(Label::Identity),
                    Level::Presence => Some(Label::Credential),
                    Level::Nothing if outcome.reads_credential => Some(Label::Credential),
                    Level::Nothing => None,
                };
                return Dependency {
                    level: outcome.level,
                    label,
                    reads_credential: outcome.reads_credential,
                    role: outcome.role,
                    decided_at: outcome.decided_at,
                };
            }
            _ => self.expression(value.at, &super::Mode::Dependency),
        };
        let (level, label) = match assessment.grade {
            Some(super::Grade::G4 | super::Grade::G3) => (Level::Verified, Some(Label::Proof)),
            Some(super::Grade::G2) => (Level::Identity, Some(Label::Identity)),
            Some(super::Grade::G0) => (Level::Nothing, Some(Label::Credential)),
            Some(super::Grade::G1) | None => (Level::Nothing, None),
        };
        Dependency {
            level,
            label,
            reads_credential: label.is_some(),
            role: assessment.role,
            decided_at: assessment.decided_at,
        }
    }
}

impl<'p> Walker<'_, 'p> {
    /// Narrows a path to where `test` came out as `truth`.
    pub(super) fn refine(&mut self, test: ExpressionId, truth: bool, path: &mut Path) {
        let value = self.value(test);
        let decided = self.grader.request.as_ref().and_then(|request| request.decide(value));
        if let Some(decided) = decided {
            path.ended |= decided != truth;
            return;
        }
        match value.kind() {
            ExpressionKind::Operation { operator, operands } => {
                self.refine_operation(*operator, operands, truth, path);
            }
            // `header.is_none()`, `result.is_err()`.
            ExpressionKind::Call { callee, arguments, .. } if arguments.is_empty() => {
                match value.sibling(*callee).kind() {
                    ExpressionKind::Member { object, name }
                        if matches!(name.as_str(), "is_none" | "is_err") =>
                    {
                        self.refine(*object, !truth, path);
                    }
                    _ => self.refine_by_label(value, truth, path),
                }
            }
            ExpressionKind::Await(inner) | ExpressionKind::Cast { value: inner, .. } => {
                self.refine(*inner, truth, path);
            }
            _ => self.refine_by_label(value, truth, path),
        }
    }

    fn refine_by_label(&mut self, value: Value<'p>, truth: bool, path: &mut Path) {
        let label = self.evaluate(value.at.id, path);
        let label = self.named_label(value, path).or(label);
        self.note_role(value);
        if let Some(succeeded) = self.asks_outcome(value, path) {
            if succeeded == truth {
                path.raise(Level::Verified);
            }
            return;
        }
        match (label, truth) {
            // It never is so: nobody comes this way.
            (Some(Label::Null), true) | (Some(Label::Set), false) => path.ended = true,
            (Some(Label::Failure), false) => path.raise(Level::Verified),
            (Some(label), true) => path.raise(label.level()),
            _ => {}
        }
        if let ExpressionKind::Name(name) = value.kind() {
            match (label, truth) {
                (Some(Label::Failure), _) => {}
                (_, false) => path.set(name, Some(Label::Null)),
                (None, true) => path.set(name, Some(Label::Set)),
                _ => {}
            }
        }
    }

    fn refine_operation(
        &mut self,
        operator: Operator,
        operands: &[ExpressionId],
        truth: bool,
        path: &mut Path,
    ) {
        match (operator, operands) {
            (Operator::Not, [inner]) => self.refine(*inner, !truth, path),
            (Operator::And, operands) if truth => self.refine_all(operands, true, path),
            (Operator::Or | Operator::Default, operands) if !truth => {
                self.refine_all(operands, false, path);
            }
            // One of the alternatives holds: only what each of them proves.
            (Operator::And, operands) => self.refine_any(operands, false, path),
            (Operator::Or | Operator::Default, operands) => self.refine_any(operands, true, path),
            (Operator::Equal, [first, second]) => self.refine_equal(*first, *second, truth, path),
            (Operator::NotEqual, [first, second]) => {
                self.refine_equal(*first, *second, !truth, path);
            }
            (Operator::In, operands) => self.refine_membership(operands, truth, path),
            (Operator::NotIn, operands) => self.refine_membership(operands, !truth, path),
            (Operator::InstanceOf, [value, kind]) if java::is_anonymous(self.value(*kind)) => {
                self.refine(*value, !truth, path);
            }
            (Operator::InstanceOf, [value, _]) => self.refine(*value, truth, path),
            (_, operands) => {
                for &operand in operands {
                    self.evaluate(operand, path);
                }
            }
        }
    }

    fn refine_all(&mut self, operands: &[ExpressionId], truth: bool, path: &mut Path) {
        for &operand in operands {
            self.refine(operand, truth, path);
        }
    }

    fn refine_any(&mut self, operands: &[ExpressionId], truth: bool, path: &mut Path) {
        let alternatives = operands.iter().map(|&operand| {
            let mut alternative = path.clone();
            self.refine(operand, truth, &mut alternative);
            alternative
        });
        // Alternatives that cannot be are left out by the join.
        if let Some(joined) = alternatives.reduce(Path::join) {
            *path = joined;
        }
    }

    fn refine_equal(
        &mut self,
        first: ExpressionId,
        second: ExpressionId,
        truth: bool,
        path: &mut Path,
    ) {
        if let Some(success) = rust::pattern_polarity(self.value(second)) {
            return self.refine(first, truth == success, path);
        }
        for (tested, other) in [(first, second), (second, first)] {
            match self.value(other).kind() {
                ExpressionKind::Null => return self.refine(tested, !truth, path),
                ExpressionKind::Bool(value) => return self.refine(tested, truth == *value, path),
                // `typeof x === "undefined"`.
                ExpressionKind::Text(text) if text == "undefined" => {
                    return self.refine(tested, !truth, path);
                }
                _ => {}
            }
        }
        let labels = [first, second].map(|operand| self.evaluate(operand, path));
        for operand in [first, second] {
            self.note_role(self.value(operand));
        }
        if !truth {
            return;
        }
        match labels {
            // A credential compared with something that the server knows.
            [Some(Label::Credential), other] | [other, Some(Label::Credential)]
                if other != Some(Label::Credential) =>
            {
                let server_side =
                    [first, second].into_iter().any(|operand| self.is_configured(operand));
                if server_side {
                    path.raise(Level::Verified);
                }
            }
            labels => {
                let strongest = labels.into_iter().flatten().map(Label::level).max();
                path.raise(strongest.unwrap_or_default());
            }
        }
    }

    fn refine_membership(&mut self, operands: &[ExpressionId], truth: bool, path: &mut Path) {
        let mut strongest = Level::Nothing;
        if let [element, container] = operands {
            let (element, container) = (self.value(*element), self.value(*container));
            if let Some(key) = element.kind().as_text() {
                let label = self.evaluate(container.at.id, path);
                if label == Some(Label::Outcome) {
                    if !truth && outcome::is_failure_key(key) {
                        path.raise(Level::Verified);
                    }
                    return;
                }
                if let Some(label) = entry_label(container, key).filter(|_| truth) {
                    path.raise(label.level());
                }
            }
        }
        for &operand in operands {
            self.note_role(self.value(operand));
            let level = self.evaluate(operand, path).map_or(Level::Nothing, Label::level);
            strongest = strongest.max(level);
        }
        if truth {
            path.raise(strongest);
        }
    }

    /// Something that the server was configured with: the environment, a setting, a constant.
    fn is_configured(&self, operand: ExpressionId) -> bool {
        let value = self.value(operand);
        if root_name(value).is_some_and(|root| self.declares(root)) {
            return false;
        }
        // The scheme is no secret.
        let scheme = value.text().map(|text| text.trim().to_ascii_lowercase());
        if scheme.is_some_and(|text| {
            matches!(text.as_str(), "bearer" | "token" | "basic" | "jwt" | "apikey" | "digest" | "")
        }) {
            return false;
        }
        let parts = value.descendants();
        let reads_environment = parts.iter().any(|part| {
            part.as_call().is_some_and(|call| call.means(Meaning::ReadEnvironment))
                || part.path().starts_with("process.env")
                || part.path().starts_with("os.environ")
        });
        reads_environment
            || matches!(
                value.constant().kind(),
                ExpressionKind::Text(_) | ExpressionKind::Concat(_)
            )
            || root_name(value).is_some_and(|root| {
                let lower = root.to_ascii_lowercase();
                ["config", "settings", "env", "secret", "key", "token"]
                    .iter()
                    .any(|word| lower.contains(word))
            })
    }

    fn note_role(&mut self, value: Value<'p>) {
        let names = chain(value);
        let is_role = |name: &str| {
            let words = super::split_words(name);
            words.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "role"
                        | "roles"
                        | "admin"
                        | "permission"
                        | "permissions"
                        | "scope"
                        | "scopes"
                        | "superuser"
                        | "staff"
                )
            })
        };
        self.role |= names.iter().any(|name| is_role(name));
    }
}
