//! Pipelines of continuous integration, in one form for every provider.

use super::{Source, pipelines, text, texts};
use crate::{
    facts::{Node, Text},
    project::{FileId, Location},
};

/// One file that tells a server what to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    pub file: FileId,
    pub provider: Provider,
    pub name: Option<Text>,
    /// Events as the provider calls them: `push`, `pull_request`, `schedule`. Empty where the provider
    /// runs on every push by default.
    pub triggers: Vec<Text>,
    /// `None` when nothing is said; a pair `("*", "write-all")` for one word.
    pub permissions: Option<Vec<Pair>>,
    pub jobs: Vec<Job>,
}

/// Who runs a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    GitHub,
    GitLab,
    Circle,
    Azure,
    Bitbucket,
}

/// Steps that run on one machine, one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: Text,
    pub needs: Vec<Text>,
    /// `if:`, `only:`, `rules:` as text.
    pub condition: Option<Text>,
    /// A failure does not fail the pipeline. An expression counts as allowed.
    pub may_fail: bool,
    pub permissions: Option<Vec<Pair>>,
    /// `runs-on` or the image.
    pub machine: Option<Text>,
    /// A workflow or template that is used instead of steps.
    pub uses: Option<Text>,
    /// What is handed to it.
    pub with: Vec<Pair>,
    pub environment: Option<Text>,
    pub timeout: Option<Text>,
    pub steps: Vec<Step>,
    pub location: Location,
}

/// One command, or one use of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: Option<Text>,
    /// The commands as written.
    pub run: Option<Text>,
    /// The action, orb or task with its version.
    pub uses: Option<Text>,
    pub with: Vec<Pair>,
    pub variables: Vec<Pair>,
    pub condition: Option<Text>,
    /// The folder in which its commands run, when it is not the checkout's root.
    pub directory: Option<Text>,
    pub may_fail: bool,
    pub location: Location,
}

/// A name and its value.
pub type Pair = (Text, Text);

/// The pipeline that `source` describes, if it does.
pub(super) fn read(source: &Source) -> Option<Workflow> {
    let path = &*source.file.path;
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    if !is_yaml {
        return None;
    }
    let root = source.tree()?;
    // Only the folder at the root counts for GitHub, but a package's own may be moved there.
    if path.starts_with(".github/workflows/") || path.contains("/.github/workflows/") {
        return Some(github(source, root));
    }
    match source.file.name() {
        ".gitlab-ci.yml" => Some(pipelines::gitlab(source, root)),
        "azure-pipelines.yml" | "azure-pipelines.yaml" => Some(pipelines::azure(source, root)),
        "bitbucket-pipelines.yml" => Some(pipelines::bitbucket(source, root)),
        _ if path.ends_with(".circleci/config.yml") => Some(pipelines::circle(source, root)),
        _ => None,
    }
}

fn github(source: &Source, root: &Node) -> Workflow {
    let triggers = match root.get("on") {
        Some(node) if node.entries().next().is_some() => {
            node.entries().map(|(event, _)| event.into()).collect()
        }
        node => texts(node),
    };
    let jobs = root.get("jobs").into_iter().flat_map(Node::entries);
    Workflow {
        file: source.id,
        provider: Provider::GitHub,
        name: text(root, "name"),
        triggers,
        permissions: root.get("permissions").map(permissions),
        jobs: jobs.map(|(id, node)| github_job(source, id, node)).collect(),
    }
}

fn github_job(source: &Source, id: &str, node: &Node) -> Job {
    let environment = node.get("environment");
    Job {
        needs: texts(node.get("needs")),
        condition: text(node, "if"),
        may_fail: may_fail(node),
        permissions: node.get("permissions").map(permissions),
        machine: texts(node.get("runs-on")).into_iter().next(),
        uses: text(node, "uses"),
        with: pairs(node.get("with")),
        environment: environment
            .and_then(|node| node.text().or_else(|| node.text_at("name")))
            .map(Into::into),
        timeout: text(node, "timeout-minutes"),
        steps: node
            .get("steps")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .map(|step| github_step(source, step))
            .collect(),
        ..Job::new(source, id, node)
    }
}

fn github_step(source: &Source, node: &Node) -> Step {
    Step {
        name: text(node, "name"),
        run: text(node, "run"),
        uses: text(node, "uses"),
        with: pairs(node.get("with")),
        variables: pairs(node.get("env")),
        condition: text(node, "if"),
        directory: text(node, "working-directory"),
        may_fail: may_fail(node),
        location: source.at(node.span),
    }
}

fn may_fail(node: &Node) -> bool {
    node.text_at("continue-on-error").is_some_and(|value| value != "false")
}

fn permissions(node: &Node) -> Vec<Pair> {
    node.text().map_or_else(|| pairs(Some(node)), |word| vec![("*".into(), word.into())])
}

/// The entries of a map whose values are scalars; a null value is empty.
pub(super) fn pairs(node: Option<&Node>) -> Vec<Pair> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries.map(|(key, value)| (key.into(), value.text().unwrap_or_default().into())).collect()
}

impl Job {
    pub(super) fn new(source: &Source, id: &str, node: &Node) -> Self {
        Self {
            id: id.into(),
            needs: Vec::new(),
            condition: None,
            may_fail: false,
            permissions: None,
            machine: None,
            uses: None,
            with: Vec::new(),
            environment: None,
            timeout: None,
            steps: Vec::new(),
            location: source.at(node.span),
        }
    }
}

impl Step {
    /// A step that runs the command in `node`.
    pub(super) fn command(source: &Source, node: &Node) -> Self {
        Self { run: node.text().map(Into::into), ..Self::at(source, node) }
    }

    pub(super) fn at(source: &Source, node: &Node) -> Self {
        Self {
            name: None,
            run: None,
            uses: None,
            with: Vec::new(),
            variables: Vec::new(),
            condition: None,
            directory: None,
            may_fail: false,
            location: source.at(node.span),
        }
    }
}

impl Workflow {
    /// All steps of all jobs, in file order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.jobs.iter().flat_map(|job| &job.steps)
    }
}
