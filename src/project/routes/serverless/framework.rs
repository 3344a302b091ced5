//! `serverless.yml`: functions with their events. Other clouds than AWS describe theirs in other words.

use super::{Event, Guard, Source};
use crate::{
    facts::{Node, NodeKind, Text},
    project::routes::Draft,
};

pub(super) fn read<'p>(source: &Source<'p>, drafts: &mut Vec<Draft>) {
    let provider = source.tree.get("provider");
    let cloud = provider.and_then(|provider| provider.text().or_else(|| provider.text_at("name")));
    let Some(functions) =
        source.tree.get("functions").filter(|_| cloud.is_none_or(|name| name == "aws"))
    else {
        return;
    };
    // A list of parts is read like one map.
    let parts = match functions.kind {
        NodeKind::List(_) => functions.items().iter().collect(),
        _ => vec![functions],
    };
    for (_, function) in parts.iter().flat_map(|part| part.entries()) {
        let Some(handler) = function.text_at("handler") else { continue };
        let mut events: Vec<Event<'p>> = Vec::new();
        for event in function.get("events").map(Node::items).unwrap_or_default() {
            for (kind, declared) in event.entries() {
                match kind {
                    "http" | "httpApi" => events.push(http(source, kind, declared)),
                    kind if STARTERS.contains(&kind) => events.push(started(kind, declared)),
                    _ => {}
                }
            }
        }
        events.extend(function.get("url").and_then(url));
        source.push("serverless", "", handler, events, drafts);
    }
}

/// What starts functions without a request (<https://www.serverless.com/framework/docs/providers/aws/events>).
const STARTERS: [&str; 11] = [
    "schedule",
    "sqs",
    "sns",
    "s3",
    "stream",
    "eventBridge",
    "cloudwatchEvent",
    "cloudwatchLog",
    "kafka",
    "msk",
    "activemq",
];

/// `schedule: rate(1 day)`, `sqs: { arn: … }`
fn started<'p>(starter: &'p str, declared: &'p Node) -> Event<'p> {
    let named = ["rate", "name", "arn", "bucket", "topicName", "topic"];
    let name = declared.text().or_else(|| named.iter().find_map(|key| declared.text_at(key)));
    Event {
        method: Text::default(),
        path: name.unwrap_or(starter).into(),
        span: declared.span,
        guard: Guard::Started(starter),
    }
}

/// `http: GET users/{id}`, or with its parts under keys.
fn http<'p>(source: &Source<'p>, kind: &str, declared: &'p Node) -> Event<'p> {
    let (method, path) = match declared.text() {
        Some(text) => text.split_once(' ').unwrap_or(("*", text)),
        None => {
            (declared.text_at("method").unwrap_or("*"), declared.text_at("path").unwrap_or("*"))
        }
    };
    let guard = match declared.get("authorizer") {
        Some(authorizer) => named(source, kind, authorizer),
        None if matches!(
            declared.get("private").map(|node| &node.kind),
            Some(NodeKind::Bool(true))
        ) =>
        {
            Guard::Gateway("the list of API keys")
        }
        None => Guard::None,
    };
    Event { method: method_of(method), path: path_of(path), span: declared.span, guard }
}

/// `url: true`, `url: { authorizer: aws_iam }`.
fn url(declared: &Node) -> Option<Event<'_>> {
    let is_on = !matches!(declared.kind, NodeKind::Bool(false) | NodeKind::Null);
    let is_asked = declared.text_at("authorizer") == Some("aws_iam");
    is_on.then(|| Event {
        method: "ANY".into(),
        path: "/".into(),
        span: declared.span,
        guard: if is_asked { Guard::Gateway("IAM") } else { Guard::None },
    })
}

/// What `${self:custom.authorizer}` stands for in the same file.
fn written<'p>(source: &Source<'p>, node: &'p Node) -> &'p Node {
    let variable = node.text().and_then(|text| text.strip_prefix("${self:")?.strip_suffix('}'));
    let found = variable.and_then(|path| source.tree.at(&path.split('.').collect::<Vec<_>>()));
    found.unwrap_or(node)
}

fn named<'p>(source: &Source<'p>, kind: &str, authorizer: &'p Node) -> Guard<'p> {
    let authorizer = written(source, authorizer);
    let text = |key: &str| authorizer.text_at(key);
    let name = authorizer.text().or_else(|| text("name")).unwrap_or_default();
    let kind_of = text("type").unwrap_or_default().to_ascii_lowercase();
    let arn = text("arn").unwrap_or(name);
    if kind_of == "aws_iam" || name.eq_ignore_ascii_case("aws_iam") {
        return Guard::Gateway("IAM");
    }
    if kind_of.contains("cognito") || arn.contains("cognito-idp") {
        return Guard::Gateway("Cognito");
    }
    let functions = source.tree.get("functions");
    let function = |name: &str| functions.and_then(|functions| functions.get(name));
    if let Some(declared) = function(name) {
        return Guard::Function(declared, String::new());
    }
    let shared = source.tree.at(&["provider", "httpApi", "authorizers", name]);
    match shared.filter(|_| kind == "httpApi") {
        Some(shared) => match shared.text_at("functionName").map(|name| (name, function(name))) {
            Some((_, Some(declared))) => Guard::Function(declared, String::new()),
            Some((name, None)) => Guard::Elsewhere(name.to_owned()),
            None => Guard::Gateway("the issuer of signed tokens"),
        },
        None => Guard::Elsewhere(if name.is_empty() { arn } else { name }.to_owned()),
    }
}

fn method_of(method: &str) -> Text {
    match method {
        "*" | "any" | "ANY" => "ANY".into(),
        method => method.to_ascii_uppercase().into(),
    }
}

fn path_of(path: &str) -> Text {
    if path == "*" { "/*".into() } else { path.into() }
}
