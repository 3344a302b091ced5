use crate::{
    facts::{ExpressionKind, Operator, Runtime, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{Call, Project, Value, guards::split_words},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in project.calls() {
        let records = |meaning: Meaning| {
            matches!(meaning, Meaning::Log | Meaning::Print | Meaning::ReportError)
        };
        if !call.source_file().is_shipped() || !call.meanings().any(records) {
            continue;
        }
        if let Some((kind, value)) = written_by(call) {
            report(call, kind, value, sites);
        }
    }
}

/// The worst of what a call writes to the log and should not.
fn written_by(call: Call<'_>) -> Option<(Kind, Value<'_>)> {
    let values = call.arguments().iter().map(|argument| call.value().sibling(argument.value));
    values.filter_map(|value| found_in(value, 0)).max_by_key(|(kind, _)| *kind)
}

/// Does this call write something to the log that must not stand there?
pub(super) fn writes_secrets(call: Call<'_>) -> bool {
    written_by(call).is_some_and(|(kind, _)| kind != Kind::Personal)
}

/// What is written to the log, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Personal,
    Container,
    Credential,
}

fn report(call: Call, kind: Kind, value: Value, sites: &mut Sites) {
    let shown = value.source().lines().next().unwrap_or_default();
    let message = match kind {
        Kind::Credential => format!("`{shown}` is written to the log"),
        Kind::Container => format!("`{shown}` is written to the log whole, with what it may hold"),
        Kind::Personal => format!("`{shown}`, which is personal data, is written to the log"),
    };
    let base = if kind == Kind::Personal { Severity::Medium } else { Severity::High };
    let in_browser = call.source_file().runtime == Runtime::Browser;
    let severity = if in_browser { base.lowered() } else { base };
    let confidence =
        if kind == Kind::Credential { Confidence::Likely } else { Confidence::Heuristic };
    let subject = format!("`{}` in `{}`", shown, call.name());
    sites.gap(value.location(), subject, message).severity(severity).confidence(confidence);
}

/// What a value shows of itself when it is printed. What was masked, measured or compared shows nothing.
fn found_in(value: Value<'_>, depth: u32) -> Option<(Kind, Value<'_>)> {
    const DEPTH_MAX: u32 = 24;
    if depth > DEPTH_MAX {
        return None;
    }
    let below = |id| found_in(value.sibling(id), depth + 1);
    match value.kind() {
        ExpressionKind::Name(name) => kind_of(name).map(|kind| (kind, value)),
        ExpressionKind::Member { name, .. } => {
            container(value).or_else(|| kind_of(name)).map(|kind| (kind, value))
        }
        ExpressionKind::Index { object, index } => {
            let key = value.sibling(*index).kind().as_text().and_then(kind_of);
            key.map(|kind| (kind, value))
                .or_else(|| below(*object).filter(|(kind, _)| *kind == Kind::Credential))
        }
        ExpressionKind::Call { arguments, .. } => {
            let call = value.as_call()?;
            if is_transparent(call.name()) {
                return arguments.iter().find_map(|argument| below(argument.value));
            }
            if let Some(kind) = read_property(call).and_then(kind_of) {
                return Some((kind, value));
            }
            let reads_header = matches!(call.name(), "get" | "header" | "getHeader");
            let key = call.argument(0).and_then(|argument| argument.kind().as_text());
            let kind = key.filter(|_| reads_header).and_then(kind_of)?;
            Some((kind, value))
        }
        ExpressionKind::Concat(parts) | ExpressionKind::List(parts) => {
            parts.iter().find_map(|&part| below(part))
        }
        ExpressionKind::Object(entries) => entries.iter().find_map(|entry| below(entry.value)),
        ExpressionKind::Operation {
            operator: Operator::Or | Operator::Default | Operator::Add,
            operands,
        } => operands.iter().find_map(|&operand| below(operand)),
        ExpressionKind::Conditional { then, otherwise, .. } => {
            below(*then).or_else(|| below(*otherwise))
        }
        ExpressionKind::Await(inner)
        | ExpressionKind::Propagate(inner)
        | ExpressionKind::Spread(inner)
        | ExpressionKind::Cast { value: inner, .. } => below(*inner),
        _ => None,
    }
}

/// What a getter reads: `login.getPassword()` in Java.
fn read_property(call: Call<'_>) -> Option<&str> {
    let property = call.name().strip_prefix("get").filter(|_| call.arguments().is_empty())?;
    property.starts_with(|first: char| first.is_ascii_uppercase()).then_some(property)
}

/// Hands on what it is given, in another form.
fn is_transparent(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "stringify",
        "str",
        "String",
        "dumps",
        "repr",
        "inspect",
        "format",
        "to_string",
        "trim",
        "dict",
        "toString",
        "Sprint",
    ];
    NAMES.contains(&name)
}

/// The body or the headers of a request, or all settings of the process.
fn container(value: Value<'_>) -> Option<Kind> {
    const REQUESTS: [&str; 5] = ["req", "request", "ctx.request", "c.req", "self.request"];
    let path = value.path();
    if matches!(path.as_str(), "process.env" | "os.environ") {
        return Some(Kind::Container);
    }
    let (owner, part) = value.source().rsplit_once('.')?;
    let is_whole = matches!(part, "body" | "headers" | "cookies" | "META" | "POST");
    (is_whole && REQUESTS.contains(&owner)).then_some(Kind::Container)
}

/// What a name says that it holds.
fn kind_of(name: &str) -> Option<Kind> {
    const CREDENTIALS: [&str; 12] = [
        "password",
        "passwd",
        "pwd",
        "secret",
        "token",
        "authorization",
        "cookie",
        "otp",
        "cvv",
        "iban",
        "ssn",
        "passphrase",
    ];
    const KEYS: [&str; 5] = ["api", "private", "access", "secret", "encryption"];
    const HARMLESS: [&str; 18] = [
        "next",
        "previous",
        "page",
        "continuation",
        "cursor",
        "has",
        "is",
        "no",
        "missing",
        "valid",
        "masked",
        "redacted",
        "hashed",
        "invalid",
        "csrf",
        "use",
        "with",
        "sync",
    ];
    let words = split_words(name);
    let last = words.last()?.as_str();
    if words.iter().any(|word| HARMLESS.contains(&word.as_str())) {
        return None;
    }
    let before = words.len().checked_sub(2).map(|at| words[at].as_str());
    let is_key =
        last == "apikey" || (last == "key" && before.is_some_and(|word| KEYS.contains(&word)));
    let is_card = matches!((before, last), (Some("card"), "number")) || last == "cardnumber";
    if CREDENTIALS.contains(&last) || is_key || is_card {
        Some(Kind::Credential)
    } else if matches!(last, "email" | "phone") {
        Some(Kind::Personal)
    } else {
        None
    }
}
