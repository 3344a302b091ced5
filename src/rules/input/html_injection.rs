use super::reach::{report, subject};
use crate::{
    facts::{Runtime, vocabulary::Meaning},
    gap::Confidence,
    project::{
        Project, Value,
        flow::{Judgement, Kills, Origin, Role, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for found in project.flows().of(&[Meaning::RawHtml]) {
        let location = found.location(project);
        let file = project.file(location.file);
        if !file.is_shipped() || file.path.contains("components/ui/") || !is_html(project, found) {
            continue;
        }
        // In a page of the browser all that is not constant was stored by somebody.
        let is_page = found.call(project).is_none() && found.role == Role::Subject;
        match found.judge(Kills::HTML, &[Origin::Request, Origin::ModelOutput]) {
            Judgement::Reached(flow) => {
                report(project, sites, found, flow, "becomes HTML without being escaped");
            }
            Judgement::Unknown(flow) if is_page && file.runtime != Runtime::Cli => {
                let message = "a value that is not constant becomes HTML without being cleaned";
                let mut draft = sites.gap(location, subject(project, found), message);
                draft = draft.confidence(Confidence::Heuristic);
                for step in &flow.steps {
                    draft = draft.because(step.location, &step.note);
                }
            }
            Judgement::Clean(why) if !found.flows.is_empty() => {
                sites.holds(location, subject(project, found), format!("the HTML: {why}"));
            }
            Judgement::Clean(_) | Judgement::Unknown(_) => {}
        }
    }
}

/// What is written to an answer is a page only if it has markup.
fn is_html(project: &Project, found: &Use) -> bool {
    let Some(call) = found.call(project) else {
        return true;
    };
    if call.row(Meaning::RawHtml).is_some_and(|row| row.detail("writer").is_some()) {
        let format = call.argument(1).and_then(Value::text);
        return format.is_some_and(|format| format.contains('<'));
    }
    if call.row(Meaning::RawHtml).is_some_and(|row| row.detail("only") == Some("html")) {
        let start = found.constant.as_ref().or(found.prefix.as_ref());
        return found.is_text && start.is_some_and(|start| start.contains('<'));
    }
    if let Some(option) = call.row(Meaning::RawHtml).and_then(|row| row.detail("only_with")) {
        return call.option(option).given().is_some_and(|value| value.boolean() == Some(true));
    }
    true
}
