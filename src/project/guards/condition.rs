//! What the truth of a condition proves, and which calls matter on the way.

use super::{
    Level,
    carrier::{self, chain, entry_label},
    deployed::in_production,
    evaluate::named_label,
    java,
    kept::is_handed_in,
    outcome,
    path::{Label, Path},
    rust,
    walk::{Walker, root_name},
};
use crate::{
    facts::{ExpressionId, ExpressionKind, Language, Operator, vocabulary::Meaning},
    project::{Body, Call, Declaration, Value},
};

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
    call.meanings().any(changes_something)
}

/// Does a call of this meaning change something, or read what is stored?
pub fn acts(meaning: Meaning) -> bool {
    changes_something(meaning)
        || matches!(
            meaning,
            Meaning::DatabaseRead | Meaning::SqlQuery | Meaning::DocumentQuery | Meaning::FileRead
        )
}

/// Does a call of this meaning change something, or cost something?
pub fn changes_something(meaning: Meaning) -> bool {
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
}

/// Does a middleware hand the request on here?
pub(super) fn calls_next(call: Call<'_>, middleware: Body<'_>) -> bool {
    let callee = call.callee_value();
    let name = call.name();
    if matches!(name, "next" | "call_next" | "doFilter" | "get_response" | "handleUpgrade") {
        return true;
    }
    if name == "resolve" && is_part_of_parameter(call) {
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
            | "cb"
            | "callback"
            | "service"
            | "svc"
            | "srv"
            | "c"
            | "ctx"
    );
    // `chain.filter(exchange)` of WebFlux.
    let hands_on = hands_on || name == "filter" && root == "chain" && is_parameter;
    hands_on && (is_parameter || sounds)
        || is_parameter
            && sounds
            && callee.source() == root.as_str()
            && root != "c"
            && root != "ctx"
        || hands_on && callee.source().starts_with("self.")
}

/// Is what is called a part of the one object that the function was given, as tRPC's `next` and
/// `SvelteKit`'s `resolve` are: `({ ctx, next }) => next({ ctx })`, `options.next()`?
pub(super) fn is_part_of_parameter(call: Call<'_>) -> bool {
    let callee = call.callee_value();
    let is_parameter = |value: Value<'_>, in_part: bool| {
        let binding = call.project.binding(value.at);
        matches!(binding, Some((_, Declaration::Parameter(_, steps))) if steps.is_empty() != in_part)
    };
    match callee.kind() {
        ExpressionKind::Name(_) => is_parameter(callee, true),
        ExpressionKind::Member { object, .. } => is_parameter(callee.sibling(*object), false),
        _ => false,
    }
}

/// `if (isAllowed(request))`, where nobody waits for the answer: a promise is never false.
fn is_promise(value: Value<'_>) -> bool {
    let call = value.project.call(value.at).filter(|call| !call.is_awaited());
    let waits_by_await = |call: &Call<'_>| {
        let language = call.source_file().language;
        language.is_script() || language == Language::Python
    };
    call.filter(waits_by_await)
        .and_then(Call::callee)
        .is_some_and(|callee| callee.function().is_async && !callee.function().is_generator)
}

impl<'p> Walker<'_, 'p> {
    /// Narrows a path to where `test` came out as `truth`.
    pub(super) fn refine(&mut self, test: ExpressionId, truth: bool, path: &mut Path) {
        let value = self.value(test);
        let by_request = self.grader.request.as_ref().and_then(|request| request.decide(value));
        self.grader.asked_request |= by_request.is_some();
        let decided = by_request.or_else(|| in_production(value));
        if let Some(decided) = decided {
            path.ended |= decided != truth;
            return;
        }
        let request = self.grader.request.as_ref();
        path.unclear |= request.is_some_and(|request| request.is_asked_for_path(value));
        match value.kind() {
            ExpressionKind::Operation { operator, operands } => {
                self.refine_operation(*operator, operands, truth, path);
            }
            // `header.is_none()`, `result.is_err()`.
            ExpressionKind::Call { callee, arguments, .. } if arguments.is_empty() => {
                match value.sibling(*callee).kind() {
                    ExpressionKind::Member { object, name }
                        if matches!(name.as_str(), "is_none" | "is_err" | "is_anonymous") =>
                    {
                        self.refine(*object, !truth, path);
                    }
                    _ => self.refine_by_label(value, truth, path),
                }
            }
            ExpressionKind::Await(inner) | ExpressionKind::Cast { value: inner, .. } => {
                self.refine(*inner, truth, path);
            }
            // Django's user is always there, and may be nobody.
            ExpressionKind::Member { object, name } if name == "is_anonymous" => {
                if carrier::is_caller(value.sibling(*object)) {
                    self.reads_credential = true;
                    path.raise(if truth { Level::Nothing } else { Level::Identity });
                } else {
                    self.refine(*object, !truth, path);
                }
            }
            _ => self.refine_by_label(value, truth, path),
        }
    }

    fn refine_by_label(&mut self, value: Value<'p>, truth: bool, path: &mut Path) {
        if is_promise(value) {
            self.evaluate(value.at.id, &mut path.clone());
            path.ended |= !truth;
            return;
        }
        let label = self.evaluate(value.at.id, path);
        let label = named_label(value, path).or(label);
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
                // An error of Go that is there says that nothing was proven, also where it is returned.
                (Some(Label::Failure), true) if self.is_go() => path.set(name, Some(Label::Set)),
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

    pub(super) fn refine_any(&mut self, operands: &[ExpressionId], truth: bool, path: &mut Path) {
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
            if let Some(state) = self.state(self.value(tested), self.value(other), path) {
                match (state, truth) {
                    (Label::Failure, true) => path.raise(Level::Verified),
                    (Label::Null, false) | (Label::Set, true) => path.ended = true,
                    _ => {}
                }
                return;
            }
            match self.value(other).kind() {
                ExpressionKind::Null => return self.refine(tested, !truth, path),
                ExpressionKind::Bool(value) => return self.refine(tested, truth == *value, path),
                // `typeof x === "undefined"`, `header == ""`.
                ExpressionKind::Text(text) if text == "undefined" || text.is_empty() => {
                    return self.refine(tested, !truth, path);
                }
                // `subtle.ConstantTimeCompare(sent, own) == 0`
                ExpressionKind::Number(number) if number == "0" => {
                    return self.refine(tested, !truth, path);
                }
                _ => {}
            }
        }
        let labels = [first, second].map(|operand| self.evaluate(operand, path));
        for operand in [first, second] {
            self.note_role(self.value(operand));
        }
        let is_about_form = self.guards_forms()
            || [first, second].iter().any(|&side| carrier::is_against_forgery(self.value(side)));
        if !truth || is_about_form {
            return;
        }
        match labels {
            // A credential compared with something that the server knows.
            [Some(Label::Credential), other] if other != Some(Label::Credential) => {
                self.compare_with(second, path);
            }
            [other, Some(Label::Credential)] if other != Some(Label::Credential) => {
                self.compare_with(first, path);
            }
            labels => {
                let strongest = labels.into_iter().flatten().map(Label::level).max();
                path.raise(strongest.unwrap_or_default());
            }
        }
    }

    fn compare_with(&mut self, known: ExpressionId, path: &mut Path) {
        if self.is_configured(known) || self.is_element(self.value(known)) {
            self.verifies = true;
            path.raise(Level::Verified);
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
        if let [element, container] = operands
            && truth
            && self.is_member(self.value(*element), self.value(*container), path)
        {
            path.raise(Level::Verified);
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
    pub(super) fn is_configured(&self, operand: ExpressionId) -> bool {
        let value = self.value(operand);
        if is_handed_in(value) && self.is_parameter(value) {
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
        // `let expected = std::env::var("API_KEY")?;`, compared further down.
        let bound = parts.iter().filter_map(|part| {
            let at = value.project.bound(part.at).filter(|at| *at != part.at)?;
            Some(value.project.value(at))
        });
        let reads_environment = parts.iter().copied().chain(bound.flat_map(Value::descendants));
        let reads_environment = reads_environment.into_iter().any(|part| {
            part.as_call().is_some_and(|call| call.means(Meaning::ReadEnvironment))
                || part.path().starts_with("process.env")
                || part.path().starts_with("os.environ")
        });
        let names_secret = |name: &str| {
            let lower = name.to_ascii_lowercase();
            ["config", "settings", "env", "secret", "key", "token"]
                .iter()
                .any(|word| lower.contains(word))
        };
        reads_environment
            || matches!(
                value.constant().kind(),
                ExpressionKind::Text(_) | ExpressionKind::Concat(_)
            )
            || chain(value).iter().any(|name| names_secret(name))
    }

    /// Is this a parameter of the walked function or of one that is written in it? What was given to the function
    /// around them configures them.
    fn is_parameter(&self, value: Value<'p>) -> bool {
        let binding = carrier::root_of(value).and_then(|root| value.project.binding(root.at));
        let Some((scope, _)) = binding else { return false };
        let facts = value.project.facts(scope.file);
        let mut around = std::iter::successors(Some(scope.id), |&id| facts[id].parent);
        scope.file == self.file.file && around.any(|id| id == self.file.id)
    }

    pub(super) fn note_role(&mut self, value: Value<'p>) {
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
