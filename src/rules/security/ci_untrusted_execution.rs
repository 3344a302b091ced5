use crate::{
    project::{
        Location, Project,
        manifests::{Provider, Step, Workflow},
    },
    rules::Sites,
};

/// Fields of an event that a stranger fills in.
const FOREIGN: [&str; 11] = [
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.comment.body",
    "github.event.review.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.head_commit.message",
    "github.head_ref",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let workflows = project.manifests().workflows.iter();
    for workflow in workflows.filter(|workflow| workflow.provider == Provider::GitHub) {
        let top = project.location(workflow.file, crate::facts::Span::default());
        let found: Vec<(Location, String)> = workflow
            .steps()
            .filter_map(|step| Some((step.location, fault(workflow, step)?)))
            .collect();
        let subject = project.file(workflow.file).path.to_string();
        if found.is_empty() {
            sites.holds(top, &subject, "no step runs what a stranger wrote");
        }
        for (place, message) in found {
            sites.gap(place, &subject, message);
        }
    }
}

fn fault(workflow: &Workflow, step: &Step) -> Option<String> {
    let script = step.with.iter().find(|(name, _)| name == "script").map(|(_, text)| text);
    for text in step.run.iter().chain(script) {
        let mut expressions = text.split("${{").skip(1).filter_map(|rest| rest.split("}}").next());
        if let Some(foreign) =
            expressions.find_map(|inner| FOREIGN.iter().find(|field| inner.contains(**field)))
        {
            return Some(format!(
                "`{foreign}` is written by strangers and becomes part of the command"
            ));
        }
    }
    let is_privileged = workflow
        .triggers
        .iter()
        .any(|event| event == "pull_request_target" || event == "workflow_run");
    let takes_head = step.uses.as_ref().is_some_and(|used| used.starts_with("actions/checkout"))
        && step.with.iter().any(|(name, value)| {
            (name == "ref" || name == "repository")
                && (value.contains("pull_request.head")
                    || value.contains("github.head_ref")
                    || value.contains("workflow_run.head"))
        });
    (is_privileged && takes_head).then(|| {
        "the code of a stranger's change is checked out with the project's own rights".to_owned()
    })
}
