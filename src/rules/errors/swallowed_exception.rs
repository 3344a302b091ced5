use crate::{
    facts::{
        Runtime,
        vocabulary::{Meaning, Row},
    },
    gap::{Confidence, Severity},
    project::{
        Call, Project,
        handlers::{self, Action, Effect, Effects, Handler, HandlerKind, Treatment},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let effects = Effects::default();
    for (file, unit) in project.units() {
        if !unit.file.is_shipped() || !unit.file.language.is_code() {
            continue;
        }
        for handler in handlers::in_file(project, &effects, file) {
            if let Some((effect, call)) = handler.effect() {
                judge(project, &handler, effect, call, sites);
            }
        }
    }
}

fn judge(project: &Project, handler: &Handler, effect: Effect, call: Call, sites: &mut Sites) {
    let at = handler.location;
    let subject = subject(handler, call);
    if handler.expects_absence(project) {
        sites.holds(at, subject, format!("takes `{}` only", handler.type_names().join(", ")));
        return;
    }
    if handler.in_cleanup {
        return;
    }
    let treatment = handler.response.treatment();
    match treatment {
        Treatment::Handled => {
            sites.holds(at, subject, "a failure is passed on, logged, shown or answered");
        }
        Treatment::Weak if !is_reported_when_weak(project, handler, effect) => {
            sites.holds(at, subject, "a failure leaves a trace").credit(0.5);
        }
        Treatment::Silent if effect == Effect::Unknown && handler.kind != HandlerKind::Caught => {}
        Treatment::Weak | Treatment::Silent => {
            let explained = is_explained(&handler.comments(project));
            let severity = severity(project, handler, effect, treatment, explained);
            let confidence =
                if explained || treatment == Treatment::Weak || effect == Effect::Unknown {
                    Confidence::Heuristic
                } else if is_by_name(call) {
                    Confidence::Likely
                } else {
                    Confidence::Certain
                };
            sites
                .gap(at, subject, message(handler, effect, treatment))
                .severity(severity)
                .confidence(confidence)
                .because(call.location(), format!("{} that may fail", effect.name()));
        }
    }
}

fn subject(handler: &Handler, call: Call) -> String {
    let function = call.project.body(handler.function);
    if function.is_top_level() {
        format!("`{}`", call.name())
    } else {
        format!("`{}` in {}", call.name(), function.display_name())
    }
}

/// A trace in the output is enough where nothing is lost; a write that fails must be told.
fn is_reported_when_weak(project: &Project, handler: &Handler, effect: Effect) -> bool {
    let runtime = project.file(handler.location.file).runtime;
    let is_output = matches!(runtime, Runtime::Cli | Runtime::Job);
    effect.is_write() && !(is_output && handler.response.has(Action::Print))
}

fn message(handler: &Handler, effect: Effect, treatment: Treatment) -> String {
    let what = effect.name();
    match (handler.kind, treatment) {
        (HandlerKind::Discarded, _) => format!("the result of {what} is thrown away"),
        (_, Treatment::Weak) if handler.response.has(Action::ReturnFalse) => {
            format!("{what} fails, and why is lost")
        }
        (_, Treatment::Weak) => format!("{what} fails, and only the console says so"),
        _ if handler.response.has(Action::ReturnDefault) => {
            format!("{what} fails, and a default value hides it")
        }
        _ => format!("{what} fails, and nobody learns of it"),
    }
}

fn severity(
    project: &Project,
    handler: &Handler,
    effect: Effect,
    treatment: Treatment,
    explained: bool,
) -> Severity {
    let base = match effect {
        _ if effect.is_write() => Severity::High,
        Effect::Unknown | Effect::File => Severity::Low,
        _ => Severity::Medium,
    };
    let in_browser = project.file(handler.location.file).runtime == Runtime::Browser;
    let steps = [treatment == Treatment::Weak, explained, in_browser && !effect.is_write()];
    steps.into_iter().filter(|&lower| lower).fold(base, |severity, _| severity.lowered())
}

/// Does a comment name what follows from the failure? "ignore" does not.
fn is_explained(comment: &str) -> bool {
    const REASONS: [&str; 9] = [
        "because",
        "so that",
        "non-fatal",
        "nonfatal",
        "best effort",
        "best-effort",
        "fallback",
        "fall back",
        "already",
    ];
    let comment = comment.to_ascii_lowercase();
    comment.split_whitespace().count() >= 4 && REASONS.iter().any(|reason| comment.contains(reason))
}

fn is_by_name(call: Call) -> bool {
    let meanings: Vec<Meaning> = call.meanings().collect();
    meanings.iter().all(|&meaning| call.row(meaning).is_none_or(Row::is_by_name_only))
}
