//! Guards that leave the decision to other guards.

use super::{
    Assessment, Grade, Level, Mode, condition, path::Path, summary::hands_over, walk::Walker,
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
        let parameters = &self.grader.project.body(self.outer).function().parameters;
        let (Some(first), Some(last)) = (parameters.first(), parameters.last()) else {
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
        if !is_middleware || !hands_over(first) || !hands_over(last) {
            return false;
        }
        let callee = call.callee_value();
        let assessment = self.grader.expression(callee.at, &Mode::Middleware);
        self.passes_behind(&assessment, path, call);
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
        let outcome = self.grader.pass(callee.at, &Mode::Middleware);
        if !outcome.passes {
            return false;
        }
        let mut passing = path.clone();
        passing.raise(outcome.level);
        self.reads_credential |= outcome.reads_credential;
        self.role |= outcome.role;
        self.pass_here(&passing, outcome.decided_at.or(Some(call.location())));
        true
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
