//! Pipelines of GitLab, `CircleCI`, Azure and Bitbucket.

use super::{
    Source, text, texts,
    workflows::{Job, Provider, Step, Workflow, pairs},
};
use crate::facts::{Node, Text};

/// Keys at the top of `.gitlab-ci.yml` that are no jobs.
const GITLAB_KEYWORDS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

/// Templates may nest, but nobody nests them deeper.
const TEMPLATE_DEPTH_MAX: usize = 6;

pub(super) fn gitlab(source: &Source, root: &Node) -> Workflow {
    let mut jobs = Vec::new();
    for (id, node) in root.entries() {
        let is_job = !id.starts_with('.')
            && !GITLAB_KEYWORDS.contains(&id)
            && ["script", "extends", "trigger", "stage"].iter().any(|key| node.get(key).is_some());
        if !is_job {
            continue;
        }
        let template = texts(node.get("extends")).into_iter().find_map(|name| root.get(&name));
        let scripts = ["before_script", "script", "after_script"].into_iter().filter_map(|key| {
            node.get(key).or_else(|| template?.get(key)).or_else(|| root.get("default")?.get(key))
        });
        let allowed = node.get("allow_failure");
        jobs.push(Job {
            needs: texts(node.get("needs")),
            condition: rules(node),
            may_fail: allowed.is_some_and(|allowed| allowed.text() != Some("false")),
            machine: text(node, "image"),
            environment: node
                .get("environment")
                .and_then(|node| node.text().or_else(|| node.text_at("name")))
                .map(Into::into),
            timeout: text(node, "timeout"),
            steps: scripts.flat_map(Node::items).map(|line| Step::command(source, line)).collect(),
            ..Job::new(source, id, node)
        });
    }
    for include in root.get("include").map(Node::items).unwrap_or_default() {
        let used = ["template", "project", "remote", "component", "local"]
            .iter()
            .find_map(|key| include.text_at(key))
            .or_else(|| include.text());
        jobs.push(Job { uses: used.map(Into::into), ..Job::new(source, "include", include) });
    }
    workflow(source, Provider::GitLab, Vec::new(), jobs)
}

fn rules(node: &Node) -> Option<Text> {
    let rules = node.get("rules").map(Node::items).unwrap_or_default();
    let mut conditions = rules.iter().filter_map(|rule| rule.text_at("if"));
    let first = conditions.next().map(Text::from);
    first.or_else(|| texts(node.get("only")).into_iter().next())
}

pub(super) fn circle(source: &Source, root: &Node) -> Workflow {
    let mut jobs = Vec::new();
    for (id, node) in root.get("jobs").into_iter().flat_map(Node::entries) {
        let steps = node.get("steps").map(Node::items).unwrap_or_default();
        let images = node.get("docker").map(Node::items).unwrap_or_default();
        jobs.push(Job {
            machine: images.first().and_then(|image| text(image, "image")),
            steps: steps.iter().map(|step| circle_step(source, step)).collect(),
            ..Job::new(source, id, node)
        });
    }
    workflow(source, Provider::Circle, Vec::new(), jobs)
}

/// `checkout`, `run: command`, `run: {name, command}`, or a command of an orb.
fn circle_step(source: &Source, node: &Node) -> Step {
    let here = Step::at(source, node);
    let Some((key, value)) = node.entries().next() else {
        return Step { uses: node.text().map(Into::into), ..here };
    };
    if key != "run" {
        return Step { uses: Some(key.into()), with: pairs(Some(value)), ..here };
    }
    Step {
        name: text(value, "name"),
        run: value.text().or_else(|| value.text_at("command")).map(Into::into),
        variables: pairs(value.get("environment")),
        condition: text(value, "when"),
        ..here
    }
}

pub(super) fn azure(source: &Source, root: &Node) -> Workflow {
    let mut jobs = Vec::new();
    azure_jobs(source, root, 0, &mut jobs);
    let triggers = ["trigger", "pr", "schedules"]
        .into_iter()
        .filter(|key| root.get(key).is_some_and(|node| node.text() != Some("none")))
        .map(Into::into)
        .collect();
    workflow(source, Provider::Azure, triggers, jobs)
}

/// Stages hold jobs, jobs hold steps; a file may start with any of the three.
fn azure_jobs(source: &Source, node: &Node, depth: usize, jobs: &mut Vec<Job>) {
    if depth > TEMPLATE_DEPTH_MAX {
        return;
    }
    if let Some(steps) = node.get("steps") {
        let id = ["job", "deployment", "stage"].iter().find_map(|key| node.text_at(key));
        jobs.push(Job {
            needs: texts(node.get("dependsOn")),
            condition: text(node, "condition"),
            may_fail: node.text_at("continueOnError").is_some_and(|value| value != "false"),
            timeout: text(node, "timeoutInMinutes"),
            steps: steps.items().iter().map(|step| azure_step(source, step)).collect(),
            ..Job::new(source, id.unwrap_or_default(), node)
        });
    }
    for key in ["stages", "jobs"] {
        for child in node.get(key).map(Node::items).unwrap_or_default() {
            azure_jobs(source, child, depth + 1, jobs);
        }
    }
}

fn azure_step(source: &Source, node: &Node) -> Step {
    let commands = ["script", "bash", "pwsh", "powershell"];
    Step {
        name: text(node, "displayName"),
        run: commands.iter().find_map(|key| text(node, key)),
        uses: text(node, "task").or_else(|| text(node, "template")),
        with: pairs(node.get("inputs")),
        variables: pairs(node.get("env")),
        condition: text(node, "condition"),
        may_fail: node.text_at("continueOnError").is_some_and(|value| value != "false"),
        ..Step::at(source, node)
    }
}

pub(super) fn bitbucket(source: &Source, root: &Node) -> Workflow {
    let mut jobs = Vec::new();
    let mut triggers = Vec::new();
    for (event, node) in root.get("pipelines").into_iter().flat_map(Node::entries) {
        triggers.push(event.into());
        // `default` is a list of steps; `branches` and its like are maps of such lists.
        let lists = node.entries().map(|(_, list)| list);
        for item in std::iter::once(node).chain(lists).flat_map(Node::items) {
            let parallel = item.get("parallel");
            let parallel = parallel.map(|node| node.get("steps").unwrap_or(node));
            let inner = parallel.map(Node::items).unwrap_or_default();
            for step in std::iter::once(item).chain(inner).filter_map(|item| item.get("step")) {
                let script = step.get("script").map(Node::items).unwrap_or_default();
                jobs.push(Job {
                    machine: text(step, "image"),
                    environment: text(step, "deployment"),
                    steps: script
                        .iter()
                        .map(|line| Step {
                            uses: text(line, "pipe"),
                            ..Step::command(source, line)
                        })
                        .collect(),
                    ..Job::new(source, step.text_at("name").unwrap_or(event), step)
                });
            }
        }
    }
    workflow(source, Provider::Bitbucket, triggers, jobs)
}

fn workflow(source: &Source, provider: Provider, triggers: Vec<Text>, jobs: Vec<Job>) -> Workflow {
    Workflow { file: source.id, provider, name: None, triggers, permissions: None, jobs }
}
