//! Guards that leave the decision to other guards.

use super::{
    Assessment, Grade, Level, Mode, condition,
    path::{Label, Path},
    summary::hands_over,
    walk::Walker,
};
use crate::{
    facts::{ExpressionKind, Parameter, Text},
    project::{Body, Call},
};

impl<'p> Walker<'_, 'p> {
    /// Hands the request to another middleware: `requireUser(req, res, next)`. What that one proves holds
    /// where it lets the request pass.
    pub(super) fn delegates(&mut self, call: Call<'p>, path: &Path) -> bool {
        if self.mode == Mode::Wrapper {
            return self.hands_wrapped_on(call, path);
        }
        let outer = self.grader.project.body(self.outer).function();
        let parameters = &outer.parameters;
        // A method whose `next` is named is told apart from one that answers with `response(scope, receive, send)`.
        let is_next = |parameter: &&Parameter| parameter.name().is_some_and(|name| name == "next");
        let named = outer.plain_parameters().find(is_next);
        let first = named.and(outer.plain_parameters().next()).or(parameters.first());
        let (Some(first), Some(next)) = (first, named.or(parameters.last())) else {
            return false;
        };
        let hands_over = |parameter: &Parameter| {
            call.arguments().iter().any(|argument| match self.value(argument.value).kind() {
                ExpressionKind::Name(name) => parameter.name() == Some(name),
                _ => false,
            })
        };
        // `return handleRequest(input)`, where all that is needed comes in one.
        let hands_on = |callee: Body<'p>| {
            callee.calls_within().any(|inner| condition::calls_next(inner, callee))
        };
        let is_whole = parameters.len() == 1 && call.callee().is_some_and(hands_on);
        let is_middleware = self.mode == Mode::Middleware && (parameters.len() > 1 || is_whole);
        if !is_middleware || !hands_over(first) || !hands_over(next) {
            return false;
        }
        let taken = call.callee().map(|callee| (callee, self.handed(call, callee, path)));
        if let Some((callee, handed)) = taken.filter(|(_, handed)| !handed.is_empty()) {
            self.hands_on_to(call, callee, handed, path);
            return true;
        }
        let callee = call.callee_value();
        let assessment = self.grader.expression(callee.at, &Mode::Middleware);
        self.passes_behind(&assessment, path, call);
        true
    }

    /// What the parameters of a function are that gets the request handed: `withToken(w, r, next, token)`.
    fn handed(&mut self, call: Call<'p>, callee: Body<'p>, path: &Path) -> Vec<(Text, Label)> {
        let parameters = callee.function().plain_parameters().map(Parameter::name);
        let mut handed = Vec::new();
        for (name, argument) in parameters.zip(call.positional()) {
            let is_literal = matches!(argument.kind(), ExpressionKind::Function(_));
            let label =
                if is_literal { None } else { self.evaluate(argument.at.id, &mut path.clone()) };
            let label = label.filter(|label| {
                matches!(label, Label::Credential | Label::Claims | Label::Identity | Label::Proof)
            });
            handed.extend(name.cloned().zip(label));
        }
        handed
    }

    /// Another function lets the request pass where it is called, if it does at all.
    fn hands_on_to(
        &mut self,
        call: Call<'p>,
        callee: Body<'p>,
        handed: Vec<(Text, Label)>,
        path: &Path,
    ) -> bool {
        self.grader.switches = handed;
        let outcome = self.grader.pass(callee.at, &Mode::Middleware);
        self.grader.switches.clear();
        self.reads_credential |= outcome.reads_credential;
        self.role |= outcome.role;
        if !outcome.passes {
            return false;
        }
        let mut passing = path.clone();
        passing.raise(outcome.level);
        self.pass_here(&passing, outcome.decided_at.or(Some(call.location())));
        true
    }

    /// Another guard lets the request pass where it is called.
    fn passes_behind(&mut self, guard: &Assessment, path: &Path, call: Call<'p>) {
        let mut passing = path.clone();
        passing.raise(match guard.grade {
            Some(Grade::G3 | Grade::G4) => Level::Verified,
            Some(Grade::G2) => Level::Identity,
            _ => Level::Nothing,
        });
        self.reads_credential |= guard.grade.is_some();
        self.role |= guard.role;
        self.pass_here(&passing, guard.decided_at.or(Some(call.location())));
    }

    /// Hands what is wrapped to another function of this project, which calls it as its own `next`.
    fn hands_wrapped_on(&mut self, call: Call<'p>, path: &Path) -> bool {
        let outer = self.grader.project.body(self.outer).function();
        let wrapped: Vec<&Text> =
            outer.plain_parameters().filter_map(|parameter| parameter.name()).collect();
        if let Some(guarded) = guarded(call).filter(|made| hands_over(*made, &wrapped)) {
            let guard = guarded.callee_value();
            let request = self.grader.request.as_ref();
            let guard = request.and_then(|request| request.handed(guard)).unwrap_or(guard);
            let assessment = self.grader.expression(guard.at, &Mode::Wrapper);
            self.asks_unseen |= assessment.grade == Some(Grade::G1);
            self.passes_behind(&assessment, path, call);
            return true;
        }
        let Some(callee) = call.callee().filter(|_| hands_over(call, &wrapped)) else {
            return false;
        };
        if callee.at == self.outer {
            return false;
        }
        let handed = self.handed(call, callee, path);
        self.hands_on_to(call, callee, handed, path)
    }
}

/// The call that puts another guard before what is called here: `signedIn(next)` of
/// `signedIn(next).ServeHTTP(w, r)`, also where its result was kept under a name.
pub(super) fn guarded(call: Call<'_>) -> Option<Call<'_>> {
    let callee = call.callee_value();
    let made = match callee.kind() {
        ExpressionKind::Member { object, name } if name == "ServeHTTP" => callee.sibling(*object),
        _ => callee,
    };
    match made.kind() {
        ExpressionKind::Name(_) => made.project.value(made.project.bound(made.at)?).as_call(),
        _ => made.as_call(),
    }
}
