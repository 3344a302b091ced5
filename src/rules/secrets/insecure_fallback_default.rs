use crate::{
    facts::{
        EntryKey, ExpressionId, ExpressionKind, Operator, Pattern, Role, StatementKind,
        secret::{is_secret_name, is_signing_name},
        vocabulary::Meaning,
    },
    gap::{Confidence, Severity},
    project::{FileId, In, Location, Project, Unit, Value, views::Setting},
    rules::Sites,
};

mod refusal;

/// Where a secret gets its value, and what is used when nothing is given.
struct Fallback {
    name: String,
    /// Nothing else can take its place.
    is_fixed: bool,
    location: Location,
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if !unit.file.language.is_code()
            || matches!(
                unit.file.role,
                Role::Test | Role::Example | Role::Docs | Role::Generated | Role::Vendored
            )
        {
            continue;
        }
        let fallbacks = fallbacks(project, id, unit);
        for fallback in &fallbacks {
            judge(project, id, fallback, sites);
        }
        for (name, location) in required(project, id, unit) {
            if !fallbacks.iter().any(|one| one.location.span.touches(location.span)) {
                sites.holds(location, name, "it has no value that is known in advance");
            }
        }
    }
    for service in &project.manifests().services {
        compose(project, service, sites);
    }
}

fn judge(project: &Project, file: FileId, fallback: &Fallback, sites: &mut Sites) {
    let name = &fallback.name;
    if refusal::is_refused(project, file, name) {
        sites.holds(fallback.location, name, "the program refuses to start with the known value");
        return;
    }
    let message = if fallback.is_fixed {
        format!("`{name}` has the same value everywhere, and it stands in the source")
    } else {
        format!("without a setting, `{name}` takes a value that everybody can read")
    };
    let severity = if is_signing_name(name) { Severity::High } else { Severity::Medium };
    let confidence = if is_signing_name(name) { Confidence::Likely } else { Confidence::Heuristic };
    sites
        .gap(fallback.location, name, message)
        .severity(severity)
        .confidence(confidence)
        .identity(name);
}

fn fallbacks(project: &Project, id: FileId, unit: &Unit) -> Vec<Fallback> {
    let facts = &unit.facts;
    let mut found: Vec<Fallback> = Vec::new();
    let value = |at: ExpressionId| project.value(In { file: id, id: at });
    for (at, expression) in facts.expressions() {
        let fallback = match &expression.kind {
            ExpressionKind::Operation { operator: Operator::Or | Operator::Default, operands } => {
                or_literal(value(at), operands)
            }
            ExpressionKind::Call { .. } => {
                lookup_with_default(value(at)).or_else(|| unwrapped(value(at)))
            }
            ExpressionKind::Text(text) => placeholder_of_annotation(text),
            ExpressionKind::Object(entries) => {
                for entry in entries {
                    if let EntryKey::Name(name) = &entry.key
                        && is_signing_name(name)
                        && is_literal(value(entry.value))
                        && is_configuration(value(at))
                    {
                        found.push(Fallback {
                            name: name.to_string(),
                            is_fixed: true,
                            location: value(entry.value).location(),
                        });
                    }
                }
                None
            }
            ExpressionKind::Assign { target, operator: None, value: assigned } => {
                fixed(value(*target), value(*assigned))
            }
            _ => None,
        };
        let location = value(at).location();
        found.extend(fallback.map(|(name, is_fixed)| Fallback { name, is_fixed, location }));
    }
    for statement in &facts.statements {
        let StatementKind::Bind { target, value: Some(bound), .. } = &statement.kind else {
            continue;
        };
        let fixed = match target {
            Pattern::Name(name) if is_signing_name(name) && is_literal(value(*bound)) => {
                Some((name.to_string(), true))
            }
            Pattern::Place(place) => fixed(value(*place), value(*bound)),
            Pattern::Fields { fields, .. } => {
                fields.iter().find_map(|(name, pattern)| match pattern {
                    Pattern::WithDefault(_, default)
                        if is_secret_name(name) && is_literal(value(*default)) =>
                    {
                        Some((name.to_string(), false))
                    }
                    _ => None,
                })
            }
            _ => None,
        };
        let location = value(*bound).location();
        found.extend(fixed.map(|(name, is_fixed)| Fallback { name, is_fixed, location }));
    }
    for (_, class) in facts.classes() {
        let is_settings = ["Settings", "Config", "Configuration", "Options"]
            .iter()
            .any(|end| class.name.ends_with(end));
        for field in class.fields.iter().filter(|field| is_settings && is_secret_name(&field.name))
        {
            if let Some(default) = field.value.map(value).filter(|one| is_literal(*one)) {
                found.push(Fallback {
                    name: field.name.to_string(),
                    is_fixed: false,
                    location: default.location(),
                });
            }
        }
    }
    // The same literal may be seen as an argument and as the right side of an assignment.
    found.sort_by_key(|one| (one.location, one.is_fixed));
    found.dedup_by(|later, first| {
        later.location.span.touches(first.location.span) && later.name == first.name
    });
    found
}

/// A literal text that is not empty, and not the name of a variable to read.
fn is_literal(value: Value) -> bool {
    match value.kind() {
        ExpressionKind::Text(text) => {
            let is_variable = !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            !text.is_empty()
                && !is_variable
                && !text.starts_with("${")
                && !text.contains("://")
                && !text.contains(' ') | is_phrase(text)
        }
        _ => false,
    }
}

/// Two or three words, as `keyboard cat`; more are a sentence.
fn is_phrase(text: &str) -> bool {
    text.split(' ').count() <= 3 && text.len() <= 40
}

/// `process.env.NAME || "literal"`.
fn or_literal(whole: Value, operands: &[ExpressionId]) -> Option<(String, bool)> {
    let (last, before) = operands.split_last()?;
    let literal = whole.sibling(*last);
    let name = before.iter().find_map(|&operand| read_name(whole.sibling(operand)))?;
    (is_literal(literal) && is_secret_name(&name)).then_some((name, false))
}

/// The variable that an expression reads: its last name, its literal index, or the literal it asks for.
fn read_name(value: Value) -> Option<String> {
    match value.kind() {
        ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) => Some(name.to_string()),
        ExpressionKind::Index { index, .. } => {
            value.sibling(*index).kind().as_text().map(str::to_owned)
        }
        ExpressionKind::Call { .. } => {
            let call = value.as_call()?;
            call.argument(0)?.kind().as_text().map(str::to_owned)
        }
        ExpressionKind::Await(inner)
        | ExpressionKind::Propagate(inner)
        | ExpressionKind::Cast { value: inner, .. } => read_name(value.sibling(*inner)),
        _ => None,
    }
}

/// `getenv("NAME", "literal")` in any spelling.
fn lookup_with_default(value: Value) -> Option<(String, bool)> {
    let call = value.as_call()?;
    let name = call.argument(0)?.kind().as_text()?.to_owned();
    let default = match call.option("default") {
        Setting::Given(default) => default,
        _ => call.argument(1)?,
    };
    let lower = call.name().to_ascii_lowercase();
    let reads = call.means(Meaning::ReadEnvironment)
        || ["env", "config", "setting", "getordefault"].iter().any(|word| lower.contains(word))
        || lower == "get" && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let is_constant_name = !name.contains(' ') && is_secret_name(&name);
    (reads && is_constant_name && is_literal(default)).then_some((name, false))
}

/// `env::var("NAME").unwrap_or("literal")`.
fn unwrapped(value: Value) -> Option<(String, bool)> {
    let call = value.as_call()?;
    if !matches!(call.name(), "unwrap_or" | "unwrap_or_else" | "orElse" | "or_else") {
        return None;
    }
    let name = call.receiver().and_then(read_name).filter(|name| is_secret_name(name))?;
    let has_literal = |value: Value| value.descendants().into_iter().any(is_literal);
    let default = call.argument(0)?;
    let in_closure = || default.as_function().is_some_and(|body| body.returned().any(has_literal));
    (has_literal(default) || in_closure()).then_some((name, false))
}

/// `${jwt.secret:literal}`.
fn placeholder_of_annotation(text: &str) -> Option<(String, bool)> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let (name, default) = inner.split_once(':')?;
    let last = name.rsplit('.').next().unwrap_or(name);
    (!default.is_empty() && !default.starts_with(['$', '#']) && is_secret_name(last))
        .then(|| (name.to_owned(), false))
}

/// `config["SECRET_KEY"] = "literal"`, `app.secret_key = "literal"`.
fn fixed(target: Value, assigned: Value) -> Option<(String, bool)> {
    let name = read_name(target).filter(|name| is_signing_name(name))?;
    is_literal(assigned).then_some((name, true))
}

/// An object that is handed to a call, bound, or exported: options, not a record of data.
fn is_configuration(object: Value) -> bool {
    let index = &object.project.unit(object.at.file).index;
    let Some(parent) = index.expression(object.at.id).parent else { return true };
    match object.sibling(parent).as_call() {
        Some(call) => !call.means(Meaning::DatabaseWrite) && !call.means(Meaning::Respond),
        None => true,
    }
}

/// Signing secrets that are read from the environment, and nothing else.
fn required(project: &Project, id: FileId, unit: &Unit) -> Vec<(String, Location)> {
    let mut found = Vec::new();
    for (at, expression) in unit.facts.expressions() {
        let value = project.value(In { file: id, id: at });
        let name = match &expression.kind {
            ExpressionKind::Member { object, name } => {
                let is_environment = unit.facts.last_segment(*object) == Some("env");
                is_environment.then(|| name.to_string())
            }
            ExpressionKind::Call { .. } => {
                let call = value.as_call().filter(|call| call.means(Meaning::ReadEnvironment));
                call.and_then(|call| call.argument(0)?.kind().as_text().map(str::to_owned))
            }
            ExpressionKind::Index { object, index } => {
                let is_environment =
                    unit.facts.last_segment(*object).is_some_and(|name| name.starts_with("env"));
                let name = unit.facts[*index].kind.as_text().map(str::to_owned);
                name.filter(|_| is_environment)
            }
            _ => None,
        };
        found
            .extend(name.filter(|name| is_signing_name(name)).map(|name| (name, value.location())));
    }
    found
}

/// `${NAME:-literal}` in the environment of a service that is built here.
fn compose(project: &Project, service: &crate::project::manifests::Service, sites: &mut Sites) {
    if matches!(
        project.file(service.file).role,
        Role::Test | Role::Example | Role::Docs | Role::Script
    ) {
        return;
    }
    for (name, value) in &service.environment {
        // A placeholder that nobody replaced works just as well as any other value.
        let is_plain =
            !value.is_empty() && !value.contains('$') && !value.bytes().all(|byte| byte == b'x');
        if is_plain && is_signing_name(name) {
            let message = format!("`{name}` has a value that everybody can read");
            sites
                .gap(service.location, format!("{} of `{}`", name, service.name), message)
                .identity(format!("{} {name}", service.name));
            continue;
        }
        let inner = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let default =
            inner.and_then(|inner| inner.split_once(":-").or_else(|| inner.split_once('-')));
        if default.is_some_and(|(_, default)| !default.is_empty() && !default.starts_with('$'))
            && is_secret_name(name)
        {
            let is_signing = is_signing_name(name);
            let message =
                format!("without a setting, `{name}` takes a value that everybody can read");
            sites
                .gap(service.location, format!("{} of `{}`", name, service.name), message)
                .severity(if is_signing { Severity::High } else { Severity::Medium })
                .identity(format!("{} {name}", service.name));
        }
    }
}
