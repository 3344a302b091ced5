use crate::{
    facts::{ExpressionKind, Language, Operator, StatementKind, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{Body, Call, Project, Value, reach::RequestPath},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let requests = RequestPath::of(project);
    for body in project.functions().filter(|body| !body.is_top_level()) {
        let ships = body.unit().file.is_shipped() && !is_test(&body);
        if !ships || !requests.contains(project, body.at) {
            continue;
        }
        let mut is_calm = true;
        for call in body.calls() {
            if let Some(severity) = severity_of(call) {
                is_calm = false;
                report(sites, call, severity);
            }
        }
        let answers = project.routes().iter().any(|route| route.handler == Some(body.at));
        if is_calm && answers {
            let fact = "nothing in it ends the worker when it fails";
            sites.holds(body.location(), body.display_name(), fact);
        }
    }
}

fn report(sites: &mut Sites, call: Call, severity: Severity) {
    let shown = format!("`{}`", call.name());
    let message = match severity {
        Severity::High => format!("{shown} ends the whole process while it answers a request"),
        _ => format!("{shown} panics on what a caller can bring about"),
    };
    let certain = matches!(call.source_file().language, Language::Rust | Language::Go);
    let confidence = if certain { Confidence::Certain } else { Confidence::Likely };
    let root = call.function().at;
    sites
        .gap(call.location(), shown, message)
        .severity(severity)
        .confidence(confidence)
        .root(format!("{}:{}", root.file.0, root.id.0));
}

/// How bad the call is, if it ends what runs it; nothing for what cannot fail where it stands.
fn severity_of(call: Call) -> Option<Severity> {
    if call.means(Meaning::Exit) {
        return Some(Severity::High);
    }
    if !call.means(Meaning::Panics) {
        return None;
    }
    let is_rust = call.source_file().language == Language::Rust;
    let receiver = call.receiver();
    if is_rust
        && receiver.is_some_and(|receiver| cannot_fail(receiver) || is_tested(call, receiver))
    {
        return None;
    }
    Some(Severity::Medium)
}

/// Values that are fixed when the program is built, and locks, whose poison is meant to spread.
fn cannot_fail(receiver: Value) -> bool {
    let Some(call) = receiver.as_call() else { return false };
    let spreads_poison = matches!(call.name(), "lock" | "read" | "write" | "try_lock");
    let is_literal =
        |value: Value| matches!(value.kind(), ExpressionKind::Text(_) | ExpressionKind::Number(_));
    let mut given = call.positional().chain(call.receiver()).peekable();
    let all_literal = given.peek().is_some() && {
        let arguments: Vec<Value> = call.positional().collect();
        let of_literal = call.receiver().is_some_and(is_literal);
        if arguments.is_empty() { of_literal } else { arguments.into_iter().all(is_literal) }
    };
    // Writing into a string and building a response from constants report errors that never come.
    let infallible = matches!(call.name(), "write_str" | "into_response");
    spreads_poison && call.positional().next().is_none() || all_literal || infallible
}

/// Does a test of the same value, `is_some()` or `is_ok()`, enclose the call?
fn is_tested(call: Call, receiver: Value) -> bool {
    let Some(statement) = call.value().statement() else { return false };
    let unit = call.project.unit(call.file);
    let text = receiver.source();
    unit.index.enclosing(statement.id).any(|(outer, _)| {
        let StatementKind::If { test, .. } = unit.facts[outer].kind else { return false };
        let test = call.value().sibling(test);
        test.descendants().into_iter().any(|part| {
            let asks = part.as_call().is_some_and(|asked| {
                matches!(asked.name(), "is_some" | "is_ok" | "is_none" | "is_err" | "contains_key")
                    && asked.receiver().is_some_and(|asked| asked.source() == text)
            });
            asks || compares_length(part)
        })
    })
}

fn compares_length(part: Value) -> bool {
    let ExpressionKind::Operation { operator, operands } = part.kind() else { return false };
    let is_order = matches!(
        operator,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
    );
    is_order
        && operands.iter().any(|&operand| {
            part.sibling(operand).as_call().is_some_and(|call| call.name() == "len")
        })
}

/// Functions below `#[cfg(test)]` stand in source files.
fn is_test(body: &Body) -> bool {
    body.decorators().any(|decorator| {
        let source = decorator.source();
        source.contains("test") && !source.contains("not(test)")
    })
}
