use super::{
    sensitive_data_in_logs::writes_secrets,
    servers::{is_serverless, server},
};
use crate::{
    facts::{CallStyle, ExpressionKind, vocabulary::Meaning},
    project::{Call, Project, reach::RequestPath},
    rules::{Level, Sites},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = server(project) else { return };
    let shipped = |call: &Call| {
        let file = call.source_file();
        file.is_shipped() && file.runtime != crate::facts::Runtime::Browser
    };
    // A call that writes a password is a gap, and must not be what makes the service observable.
    let logs: Vec<Call> = project
        .calls_with(Meaning::Log)
        .filter(|call| shipped(call) && is_logger(*call) && !writes_secrets(*call))
        .collect();
    let subject = "the service";
    if logs.is_empty() {
        let prepared = project.calls_with(Meaning::Logger).find(shipped);
        if let Some(prepared) = prepared {
            let message = "a logger is prepared and never called";
            sites.level(Level::Named, prepared.location(), subject, message);
            return;
        }
        let printed = project.calls_with(Meaning::Print).filter(shipped).count();
        let message = match printed {
            0 => "nothing is logged".to_owned(),
            _ if is_serverless(project) => {
                format!("only the platform keeps what {printed} prints say: no levels, no fields")
            }
            _ => format!("only the console sees what happens: {printed} prints, no logger"),
        };
        sites.level(Level::Absent, place, subject, message);
        return;
    }
    let requests = RequestPath::of(project);
    let in_request =
        logs.iter().find(|call| requests.contains(project, call.function().at)).copied();
    let with_fields = logs.iter().find(|call| has_fields(**call)).copied();
    let (level, call, fact) = match (in_request, with_fields) {
        (Some(_), Some(call)) => (Level::Exercised, call, "requests are logged, with fields"),
        (Some(call), None) => (Level::Wired, call, "requests are logged, as text"),
        (None, Some(call)) => (Level::Wired, call, "a logger is used, with fields"),
        (None, None) => (Level::Substantive, logs[0], "a logger is used"),
    };
    sites.level(level, call.location(), subject, fact);
}

/// A function of one's own that happens to be called `info` is none.
fn is_logger(call: Call<'_>) -> bool {
    call.path().contains('.') || call.style() == CallStyle::Macro
}

/// Are values given by name, and not glued into the text?
fn has_fields(call: Call<'_>) -> bool {
    let named = |name: &str| name != "exc_info" && name != "stack_info";
    call.arguments().iter().any(|argument| {
        let value = call.value().sibling(argument.value);
        argument.name.as_deref().is_some_and(named)
            || matches!(value.kind(), ExpressionKind::Object(_))
            || matches!(value.kind(), ExpressionKind::Assign { .. })
    })
}
