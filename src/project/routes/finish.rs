//! From a way in as its framework registers it to what is known about who may call it.

use super::{
    Authentication, Candidate, Draft, GuardUse, Handler, Mount, Route, Scope, What, effects, flask,
    handed_on, nest, purpose, sveltekit, validation,
};
use crate::{
    facts::{Parameter, Text},
    project::{
        Body, Call, Definition, FunctionRef, In, Location, Project,
        guards::{Assessment, Grade, Grader, Mode, Request, Weakness, is_guard_word, split_words},
    },
};

/// Grades what stands before the handler, and the handler itself.
pub(super) fn finish(project: &Project, grader: &mut Grader<'_>, draft: Draft) -> Route {
    let handler = match draft.handler {
        Handler::Function(function) => Some(function),
        Handler::Expression(at) => project.value(at).as_function().map(|body| body.at),
    };
    let handler_name = match (handler, &draft.handler) {
        (Some(function), _) => project.body(function).name(),
        (None, Handler::Expression(at)) => Text::from(project.value(*at).path()),
        (None, Handler::Function(_)) => Text::default(),
    };
    let id = match (draft.framework, handler) {
        ("flask", Some(handler)) => flask::endpoint(project.body(handler), draft.location),
        _ => sveltekit::route_id(&project.file(draft.location.file).path),
    };
    let notes = handler.map(|function| nest::metadata(project, function)).unwrap_or_default();
    let request = Request::new(&draft.method, &draft.path).called(id).with_notes(notes);
    let chain = draft.chain.into_iter().map(|candidate| candidate.seeing(&request));
    let chain: Vec<(Candidate, Request)> = chain.collect();
    let is_validated = chain.iter().any(|(candidate, _)| {
        candidate.scope != Scope::Behind && validation::checks(project, candidate)
    });
    let mut unreadable = None;
    let mut guards = Vec::new();
    for (candidate, seen) in chain {
        grader.request = Some(seen);
        let function = function_of(project, &candidate.what);
        let assessment = match judge(grader, candidate.what, &candidate.mode) {
            Judged::Worth(assessment) => assessment,
            Judged::Unreadable(why) => {
                if candidate.scope != Scope::Behind {
                    unreadable = Some(why);
                }
                continue;
            }
            Judged::NoGuard => continue,
        };
        if candidate.scope == Scope::Behind && assessment.grade < Some(Grade::G2) {
            continue;
        }
        // What stands outside the code of a route can be gone round; it supports, and proves nothing.
        let grade = assessment.grade.map(|grade| match candidate.scope {
            Scope::Matcher => grade.min(Grade::G2),
            _ => grade,
        });
        let assessment = match candidate.scope {
            Scope::Behind => behind(assessment.decided_at),
            _ => Assessment { grade, ..assessment },
        };
        if assessment.grade.is_some() {
            let Candidate { name, location, scope, .. } = candidate;
            guards.push(GuardUse { name, location, scope, function, assessment });
        }
    }
    grader.request = Some(request);
    let mutates = !effects::serves_files(project, &draft.handler)
        && effects::mutates(project, draft.kind, &draft.method, handler);
    let purpose =
        |mutates| purpose::of(project, draft.kind, &draft.method, &draft.path, handler, mutates);
    let public = purpose(mutates);
    let mut changes_for_known = false;
    // What only its purpose has verified guards nothing.
    let is_judged = |handler: &FunctionRef| {
        !purpose::verifies(project, public, *handler) || grader.asks_as_others_do(*handler)
    };
    if let Some(function) = handler.filter(is_judged) {
        let is_connection = matches!(draft.framework, "socket.io" | "ws" | "channels");
        let mode = match draft.framework {
            "streamlit" => Mode::Script,
            _ if is_connection => Mode::Connection,
            _ => Mode::Handler,
        };
        if draft.framework == "django" {
            grader.leave_out(left_out(project.body(function), &draft.path));
        }
        let (inline, only_for_known) = grader.handler(function, &mode);
        changes_for_known = only_for_known && mutates && draft.method == "ANY";
        if inline.grade.is_some_and(|grade| grade >= Grade::G2) {
            let body = project.body(function);
            let location = inline.decided_at.unwrap_or_else(|| body.location());
            let name = Text::from(body.display_name());
            let (scope, function) = (Scope::Inline, Some(function));
            guards.push(GuardUse { name, location, scope, function, assessment: inline });
        } else if let Some(taker) = handed_on::to_unseen(project, function) {
            unreadable.get_or_insert_with(|| {
                format!("`{taker}` gets the request and cannot be followed")
            });
        }
    }
    if let Some(wrapper) = handed_on::among_options(project, &draft.handler) {
        unreadable.get_or_insert_with(|| {
            format!("`{wrapper}` asks who is calling, and whom it lets pass cannot be followed")
        });
    }
    let public = public.or_else(|| changes_for_known.then(|| purpose(false)).flatten());
    if let Mount::Dynamic(why) = &draft.mount {
        unreadable.get_or_insert_with(|| why.clone());
    }
    let (authentication, reason) = decide(&guards, unreadable.as_deref());
    let declared = project.declarations().is_public(&draft.path).then_some("declared");
    // Guarded all the same: nobody meant it for strangers.
    let public = declared.or(public.filter(|_| !authentication.holds()));
    Route {
        kind: draft.kind,
        method: draft.method,
        path: draft.path,
        framework: draft.framework,
        location: draft.location,
        handler,
        handler_name,
        guards,
        mount: draft.mount,
        is_validated,
        mutates,
        changes_for_known,
        public,
        authentication,
        reason,
        edge: None,
        root: draft.root,
    }
}

/// What is known about something in a guard's position.
enum Judged {
    Worth(Assessment),
    /// It cannot be read: why.
    Unreadable(String),
    NoGuard,
}

fn judge(grader: &mut Grader<'_>, what: What, mode: &Mode) -> Judged {
    match what {
        What::Expression(at) => Judged::Worth(grader.expression(at, mode)),
        What::Definition(definition) => Judged::Worth(grader.definition(&definition, mode)),
        What::Assessed(assessment) => Judged::Worth(assessment),
        What::Unreadable(why) => Judged::Unreadable(why),
        What::Schema | What::Below(..) => Judged::NoGuard,
        What::Any(all) => {
            let all = all.into_iter().map(|one| judge(grader, one, mode));
            all.reduce(weaker).unwrap_or(Judged::NoGuard)
        }
    }
}

/// The one of two ways in that lets more callers pass; what cannot be read may, and may not.
fn weaker(first: Judged, second: Judged) -> Judged {
    let is_open = |one: &Judged| match one {
        Judged::Worth(assessment) => assessment.grade < Some(Grade::G2),
        Judged::Unreadable(_) => false,
        Judged::NoGuard => true,
    };
    match (first, second) {
        (open, _) | (_, open) if is_open(&open) => open,
        (Judged::Worth(first), Judged::Worth(second)) => {
            Judged::Worth(if second.grade < first.grade { second } else { first })
        }
        (Judged::Worth(_), unclear) | (unclear, _) => unclear,
    }
}

/// The parameters that Django fills from the path, and this path has not: `key=None`.
fn left_out<'p>(handler: Body<'p>, path: &str) -> Vec<&'p Text> {
    let is_in_path = |name: &Text| {
        let mut parts = path.split(['<', '>', ':']);
        parts.any(|part| part == name.as_str())
    };
    let is_nothing = |id| handler.project.value(In { file: handler.at.file, id }).is_null();
    let optional = handler
        .function()
        .plain_parameters()
        .filter(|parameter| parameter.default.is_some_and(is_nothing));
    optional.filter_map(Parameter::name).filter(|name| !is_in_path(name)).collect()
}

/// The function of this project that stands in a guard's position, or that made what stands there.
fn function_of(project: &Project, what: &What) -> Option<FunctionRef> {
    match what {
        What::Definition(Definition::Function(function)) => Some(*function),
        What::Expression(at) => {
            let value = project.value(*at);
            let made = || value.as_call().and_then(Call::callee);
            value.as_function().or_else(made).map(|body| body.at)
        }
        _ => None,
    }
}

/// What a guard is worth that requests for this route do not pass.
fn behind(decided_at: Option<Location>) -> Assessment {
    Assessment {
        grade: Some(Grade::G0),
        why: "refuses strangers, and requests for this route do not pass it".to_owned(),
        decided_at,
        role: false,
        weakness: Some(Weakness::Disabled),
    }
}

fn decide(guards: &[GuardUse], unreadable: Option<&str>) -> (Authentication, String) {
    let best = guards.iter().max_by_key(|guard| guard.assessment.grade);
    let named = |guard: &GuardUse| format!("`{}`: {}", guard.name, guard.assessment.why);
    match best.map(|guard| (guard, guard.assessment.grade)) {
        Some((guard, Some(Grade::G4))) => (Authentication::Proven, named(guard)),
        Some((guard, Some(Grade::G3))) => (Authentication::Library, named(guard)),
        Some((guard, Some(Grade::G2))) => (Authentication::Checked, named(guard)),
        _ if unreadable.is_some() => {
            (Authentication::Unknown, unreadable.unwrap_or_default().to_owned())
        }
        Some((guard, Some(Grade::G1))) => (Authentication::Named, named(guard)),
        Some((guard, _)) if is_meant_as_guard(guard) => (Authentication::None, named(guard)),
        _ => (
            Authentication::None,
            "nothing before the handler, and nothing in it, refuses a stranger".to_owned(),
        ),
    }
}

/// That a limiter lets everybody pass who is not too fast explains nothing.
fn is_meant_as_guard(guard: &GuardUse) -> bool {
    guard.assessment.weakness != Some(Weakness::Greets)
        || split_words(&guard.name).iter().any(|word| is_guard_word(word))
}
