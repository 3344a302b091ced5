//! Dockerfiles and compose files.

use super::{
    Source, text, texts,
    workflows::{Pair, pairs},
};
use crate::{
    facts::{Document, Node, NodeKind, Text, document::Instruction},
    project::{FileId, Location},
};

/// One Dockerfile.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    pub file: FileId,
    pub stages: Vec<Stage>,
}

/// From one `FROM` to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The image or the earlier stage, with the defaults of `ARG` filled in.
    pub from: Text,
    pub name: Option<Text>,
    /// Without the `FROM`.
    pub instructions: Vec<Instruction>,
    pub location: Location,
}

/// One service of a compose file.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub file: FileId,
    pub name: Text,
    pub image: Option<Text>,
    /// Built from source here instead of taken from a registry.
    pub is_built: bool,
    /// The folder that it is built from, relative to the file; `.` is the file's own.
    pub build_folder: Option<Text>,
    pub labels: Vec<Pair>,
    /// As written: `8080:80`, `127.0.0.1:5432:5432`.
    pub ports: Vec<Text>,
    pub environment: Vec<Pair>,
    pub environment_files: Vec<Text>,
    pub volumes: Vec<Text>,
    pub user: Option<Text>,
    pub command: Option<Text>,
    pub restart: Option<Text>,
    pub is_privileged: bool,
    pub has_healthcheck: bool,
    pub location: Location,
}

pub(super) fn read(source: &Source) -> Option<Container> {
    let Some(Document::Container(instructions)) = &source.facts.document else { return None };
    let mut defaults: Vec<(&str, &str)> = Vec::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions {
        if instruction.keyword == "FROM" {
            let mut words =
                instruction.arguments.split_whitespace().filter(|word| !word.starts_with("--"));
            let from = filled_in(words.next().unwrap_or_default(), &defaults);
            let is_named = words.next().is_some_and(|word| word.eq_ignore_ascii_case("as"));
            let name = words.next().filter(|_| is_named).map(Into::into);
            let location = source.at(instruction.span);
            stages.push(Stage { from: from.into(), name, instructions: Vec::new(), location });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(instruction.clone());
        } else if instruction.keyword == "ARG"
            && let Some((name, value)) = instruction.arguments.split_once('=')
        {
            defaults.push((name.trim(), value.trim().trim_matches('"')));
        }
    }
    Some(Container { file: source.id, stages })
}

/// Puts the defaults in place of `$NAME`, `${NAME}` and `${NAME:-other}`.
fn filled_in(image: &str, defaults: &[(&str, &str)]) -> String {
    let mut result = String::new();
    let mut rest = image;
    while let Some(start) = rest.find('$') {
        result.push_str(&rest[..start]);
        let variable = &rest[start + 1..];
        let braced = variable.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = braced.unwrap_or_else(|| {
            let is_name = |character: char| character.is_alphanumeric() || character == '_';
            let end = variable.find(|character| !is_name(character)).unwrap_or(variable.len());
            variable.split_at(end)
        });
        let (name, otherwise) = name.split_once(":-").unwrap_or((name, ""));
        match defaults.iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => result.push_str(value),
            None if !otherwise.is_empty() => result.push_str(otherwise),
            None => result.push_str(&rest[start..rest.len() - after.len()]),
        }
        rest = after;
    }
    result.push_str(rest);
    result
}

impl Container {
    /// The last instruction with `keyword` that holds in the image that is shipped: the last stage, and the
    /// earlier stages that it is built on.
    pub fn last(&self, keyword: &str) -> Option<&Instruction> {
        self.shipped_stages().find_map(|stage| {
            stage.instructions.iter().rev().find(|instruction| instruction.keyword == keyword)
        })
    }

    /// The user of the shipped image, as the last `USER` says.
    pub fn user(&self) -> Option<&Instruction> {
        self.last("USER")
    }

    /// A health check, unless it is switched off.
    pub fn healthcheck(&self) -> Option<&Instruction> {
        self.last("HEALTHCHECK").filter(|one| !one.arguments.eq_ignore_ascii_case("none"))
    }

    /// What the container runs.
    pub fn command(&self) -> Option<&Instruction> {
        self.last("CMD").or_else(|| self.last("ENTRYPOINT"))
    }

    /// The ports that `EXPOSE` names in the shipped image.
    pub fn exposes(&self) -> impl Iterator<Item = &str> {
        self.shipped_stages()
            .flat_map(|stage| &stage.instructions)
            .filter(|instruction| instruction.keyword == "EXPOSE")
            .flat_map(|instruction| instruction.arguments.split_whitespace())
    }

    /// The image of a registry on which the shipped image is built.
    pub fn base(&self) -> Option<&Stage> {
        self.shipped_stages().last()
    }

    /// The last stage, then the stage that it starts from, and so on. A stage only names earlier ones.
    fn shipped_stages(&self) -> impl Iterator<Item = &Stage> {
        let start = self.stages.len().checked_sub(1);
        std::iter::successors(start, |&number| {
            let from = &self.stages[number].from;
            self.stages[..number].iter().rposition(|stage| {
                stage.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(from))
            })
        })
        .map(|number| &self.stages[number])
    }
}

/// The services of a compose file; none for other files.
pub(super) fn services(source: &Source) -> Vec<Service> {
    let name = source.file.name();
    let is_compose = (name.starts_with("docker-compose") || name.starts_with("compose"))
        && (name.ends_with(".yml") || name.ends_with(".yaml"));
    let services = source.tree().filter(|_| is_compose).and_then(|root| root.get("services"));
    let entries = services.into_iter().flat_map(Node::entries);
    entries.map(|(name, node)| service(source, name, node)).collect()
}

fn service(source: &Source, name: &str, node: &Node) -> Service {
    let build = node.get("build");
    Service {
        file: source.id,
        name: name.into(),
        image: text(node, "image"),
        is_built: build.is_some(),
        build_folder: build.map(|build| {
            let context = build.text().or_else(|| build.text_at("context"));
            context.unwrap_or(".").into()
        }),
        labels: assignments(node.get("labels")),
        ports: short_forms(node.get("ports"), ["host_ip", "published", "target"]),
        environment: assignments(node.get("environment")),
        environment_files: texts(node.get("env_file")),
        volumes: short_forms(node.get("volumes"), ["source", "target", ""]),
        user: text(node, "user"),
        command: node.get("command").map(|node| texts(Some(node)).join(" ").into()),
        restart: text(node, "restart").or_else(|| {
            node.at(&["deploy", "restart_policy", "condition"])?.text().map(Into::into)
        }),
        is_privileged: node.text_at("privileged") == Some("true"),
        has_healthcheck: node
            .get("healthcheck")
            .is_some_and(|check| check.text_at("disable") != Some("true")),
        location: source.at(node.span),
    }
}

/// A map, or a list of `name=value`.
fn assignments(node: Option<&Node>) -> Vec<Pair> {
    let Some(Node { kind: NodeKind::List(items), .. }) = node else { return pairs(node) };
    let items = items.iter().filter_map(Node::text);
    let items = items.map(|item| item.split_once('=').unwrap_or((item, "")));
    items.map(|(name, value)| (name.into(), value.into())).collect()
}

/// The name of an image without its registry and version: `ghcr.io/acme/orders:1.2` is `orders`.
pub fn image_name(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split([':', '@']).next()
}

/// The port of the container that others than its own machine reach by a published port: of `5432:5432` and
/// `0.0.0.0:5432:5432`, not of `127.0.0.1:5432:5432`.
pub fn published_port(published: &str) -> Option<&str> {
    // `${ADDRESS:-127.0.0.1}:5432:5432`
    if published.contains(":-127.") || published.contains(":-localhost") {
        return None;
    }
    let published = published.split('/').next().unwrap_or(published);
    let parts: Vec<&str> = published.rsplitn(3, ':').collect();
    let is_loopback = parts
        .get(2)
        .is_some_and(|host| host.starts_with("127.") || *host == "localhost" || *host == "[::1]");
    parts.first().copied().filter(|_| parts.len() >= 2 && !is_loopback)
}

/// Items in their short form; the long form's keys are joined by `:` in the same order.
fn short_forms(node: Option<&Node>, keys: [&str; 3]) -> Vec<Text> {
    let items = node.map(Node::items).unwrap_or_default().iter();
    items
        .filter_map(|item| {
            if let Some(text) = item.text() {
                return Some(text.into());
            }
            let parts: Vec<_> = keys.iter().filter_map(|key| item.text_at(key)).collect();
            (!parts.is_empty()).then(|| parts.join(":").into())
        })
        .collect()
}
