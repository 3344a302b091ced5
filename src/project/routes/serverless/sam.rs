//! SAM templates: resources of type `AWS::Serverless::Function` with their events.

use super::{Event, Guard, Source};
use crate::{
    facts::{Node, NodeKind, Text},
    project::routes::Draft,
};

const FUNCTION: &str = "AWS::Serverless::Function";

pub(super) fn is_template(tree: &Node) -> bool {
    tree.text_at("Transform").is_some_and(|name| name.starts_with("AWS::Serverless"))
        && tree.get("Resources").is_some()
}

pub(super) fn read<'p>(source: &Source<'p>, drafts: &mut Vec<Draft>) {
    let Some(resources) = source.tree.get("Resources") else { return };
    for (_, resource) in resources.entries() {
        let properties = resource.get("Properties");
        let is_function = resource.text_at("Type") == Some(FUNCTION);
        let Some(properties) = properties.filter(|_| is_function) else { continue };
        let Some(handler) = setting(source, properties, "Handler") else { continue };
        let code = setting(source, properties, "CodeUri").unwrap_or_default();
        let declared = properties.get("Events").into_iter().flat_map(Node::entries);
        let mut events: Vec<Event<'p>> =
            declared.filter_map(|(name, event)| self::event(source, name, event)).collect();
        events.extend(properties.get("FunctionUrlConfig").map(url));
        source.push("sam", code, handler, events, drafts);
    }
}

/// A property of a function, or what the template says for all of them.
fn setting<'p>(source: &Source<'p>, properties: &'p Node, key: &str) -> Option<&'p str> {
    let own = properties.text_at(key);
    own.or_else(|| source.tree.at(&["Globals", "Function"])?.text_at(key))
}

/// What starts functions without a request
/// (<https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>).
const STARTERS: [&str; 13] = [
    "Schedule",
    "ScheduleV2",
    "SQS",
    "SNS",
    "S3",
    "DynamoDB",
    "Kinesis",
    "EventBridgeRule",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "MSK",
    "MQ",
    "SelfManagedKafka",
];

fn event<'p>(source: &Source<'p>, name: &'p str, event: &'p Node) -> Option<Event<'p>> {
    let kind = event.text_at("Type")?;
    let properties = event.get("Properties").unwrap_or(event);
    if STARTERS.contains(&kind) {
        let path = properties.text_at("Schedule").unwrap_or(name).into();
        let (method, guard) = (Text::default(), Guard::Started(kind));
        return Some(Event { method, path, span: event.span, guard });
    }
    if !matches!(kind, "Api" | "HttpApi") {
        return None;
    }
    let method = properties.text_at("Method").unwrap_or("ANY").to_ascii_uppercase();
    let path = properties.text_at("Path").unwrap_or("/*");
    Some(Event {
        method: if method == "*" { "ANY".into() } else { method.into() },
        path: Text::from(path),
        span: event.span,
        guard: guard(source, kind, properties),
    })
}

/// The authorizer of an event, or else the default of the interface that it belongs to.
fn guard<'p>(source: &Source<'p>, kind: &str, properties: &'p Node) -> Guard<'p> {
    let resources = source.tree.get("Resources");
    let interface = ["RestApiId", "ApiId"].into_iter().find_map(|key| properties.get(key));
    let interface = interface.and_then(|node| node.text().or_else(|| node.text_at("Ref")));
    let declared = interface
        .and_then(|name| resources?.get(name)?.at(&["Properties", "Auth"]))
        .or_else(|| source.tree.at(&["Globals", kind, "Auth"]));
    let own = properties.at(&["Auth", "Authorizer"]).and_then(Node::text);
    let wants_key = |auth: &Node| {
        auth.get("ApiKeyRequired").map(|asked| matches!(asked.kind, NodeKind::Bool(true)))
    };
    let asks_key = properties.get("Auth").and_then(wants_key);
    let asks_key = asks_key.or_else(|| declared.and_then(wants_key)).unwrap_or_default();
    let default = || declared.and_then(|auth| auth.text_at("DefaultAuthorizer"));
    match own.or_else(default) {
        None | Some("NONE") if asks_key => Guard::Gateway("the list of API keys"),
        None | Some("NONE") => Guard::None,
        Some("AWS_IAM") => Guard::Gateway("IAM"),
        Some(name) => match declared.and_then(|auth| auth.get("Authorizers")?.get(name)) {
            Some(authorizer) => by_declaration(source, name, authorizer),
            None => Guard::Elsewhere(name.to_owned()),
        },
    }
}

fn by_declaration<'p>(source: &Source<'p>, name: &str, authorizer: &'p Node) -> Guard<'p> {
    if authorizer.get("UserPoolArn").is_some() {
        return Guard::Gateway("Cognito");
    }
    if authorizer.get("JwtConfiguration").is_some() {
        return Guard::Gateway("the issuer of signed tokens");
    }
    // `!GetAtt Verify.Arn`, with or without the short form.
    let asked = authorizer.get("FunctionArn").and_then(|arn| {
        let listed = arn.get("Fn::GetAtt").unwrap_or(arn);
        listed.text().or_else(|| listed.items().first().and_then(Node::text))
    });
    let resource = asked.and_then(|asked| {
        let name = asked.split('.').next().unwrap_or(asked);
        source.tree.at(&["Resources", name, "Properties"])
    });
    match resource {
        Some(properties) => {
            let code = setting(source, properties, "CodeUri").unwrap_or_default();
            Guard::Function(properties, code.to_owned())
        }
        None => Guard::Elsewhere(name.to_owned()),
    }
}

fn url(declared: &Node) -> Event<'_> {
    let is_asked = declared.text_at("AuthType") == Some("AWS_IAM");
    Event {
        method: "ANY".into(),
        path: "/".into(),
        span: declared.span,
        guard: if is_asked { Guard::Gateway("IAM") } else { Guard::None },
    }
}
