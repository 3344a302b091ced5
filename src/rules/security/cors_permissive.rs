use crate::{
    facts::{
        EntryKey, ExpressionKind, Operator, Pattern, Role, StatementKind, vocabulary::Meaning,
    },
    gap::Severity,
    project::{Call, FileId, In, Location, Project, Unit, Value, views::Setting},
    rules::{Sites, branches::is_for_development, common::names_of},
};

const HEADER: &str = "access-control-allow-origin";

/// Methods that set the origins of a policy that is built step by step.
const SETTERS: [&str; 9] = [
    "allow_origin",
    "allow_any_origin",
    "allowed_origin",
    "allowedOrigins",
    "allowedOriginPatterns",
    "addAllowedOrigin",
    "addAllowedOriginPattern",
    "setAllowedOrigins",
    "setAllowedOriginPatterns",
];

/// How cookies and tokens travel decides what a foreign page can do.
#[derive(Clone, Copy)]
struct Transport {
    cookies: bool,
    tokens: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origins {
    Any,
    /// Any, unless a setting says otherwise.
    AnyByDefault,
    Listed,
    Unknown,
}

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let transport = Transport::of(project);
    for (id, unit) in project.units() {
        if !matches!(unit.file.role, Role::Source | Role::Config) {
            continue;
        }
        for call in project.calls_in(id) {
            if let Some((origins, credentials)) = policy(call) {
                let origins = if is_for_development(call) { Origins::Listed } else { origins };
                answer(call.location(), call.name(), origins, credentials, transport, sites);
            } else if let Some(origins) = built(call) {
                let credentials = takes_credentials(call);
                answer(call.location(), call.name(), origins, credentials, transport, sites);
            }
        }
        headers(project, id, unit, transport, sites);
    }
}

impl Transport {
    fn of(project: &Project) -> Self {
        let mut transport = Self { cookies: false, tokens: false };
        for (_, unit) in project.units().filter(|(_, unit)| unit.file.is_shipped()) {
            for expression in &unit.facts.expressions {
                match &expression.kind {
                    ExpressionKind::Text(text) if text.eq_ignore_ascii_case("authorization") => {
                        transport.tokens = true
                    }
                    ExpressionKind::Text(text) if text == "include" => transport.cookies = true,
                    ExpressionKind::Member { name, .. } if name == "authorization" => {
                        transport.tokens = true
                    }
                    ExpressionKind::Member { name, .. } if name == "withCredentials" => {
                        transport.cookies = true
                    }
                    _ => {}
                }
            }
        }
        transport.cookies |= project.calls_with(Meaning::SetCookie).next().is_some();
        transport
    }
}

fn answer(
    place: Location,
    subject: &str,
    origins: Origins,
    credentials: bool,
    transport: Transport,
    sites: &mut Sites,
) {
    // Without credentials a browser sends no cookies along.
    let severity = match (credentials, transport.tokens && !transport.cookies) {
        (true, _) => Severity::High,
        (false, false) => Severity::Medium,
        (false, true) => Severity::Low,
    };
    let message = if credentials {
        "every site may call it in the name of a visitor, with the visitor's cookies"
    } else {
        "every site may call it from a visitor's browser"
    };
    match origins {
        Origins::Any => {
            sites.gap(place, subject, message).severity(severity).root(subject);
        }
        Origins::AnyByDefault => {
            sites.gap(place, subject, format!("without a setting, {message}")).severity(severity);
        }
        Origins::Listed => {
            sites.holds(place, subject, "only listed sites may call it");
        }
        Origins::Unknown => {
            sites.unknown(place, subject, "which sites may call it is decided out of sight");
        }
    }
}

/// The policy that a call sets, given in its options or in those of a class that is handed over.
fn policy(call: Call) -> Option<(Origins, bool)> {
    let project = call.project;
    let own = call.row(Meaning::CrossOrigin);
    let row = if let Some(row) = own {
        row
    } else {
        // `add_middleware(Cors, allow_origins=[…])`
        let path = call.argument(0)?.path();
        let rows = project.vocabulary().rows_of(&path);
        rows.into_iter()
            .map(|(_, row)| row)
            .find(|row| row.means.contains(&Meaning::CrossOrigin))?
    };
    if own.is_some() && matches!(call.name(), "permissive" | "AllowAll" | "very_permissive") {
        return Some((Origins::Any, call.name() == "very_permissive"));
    }
    let names = |key: &str| {
        row.detail(key)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
    };
    let setting =
        |name: &str| of_struct(call, name).map_or_else(|| call.option(name), Setting::Given);
    let credentials = names("credentials").any(
        |name| matches!(setting(name), Setting::Given(value) if value.boolean() == Some(true)),
    );
    let mut origins = None;
    for name in names("origins").chain(["AllowAllOrigins", "AllowOrigins", "AllowedOrigins"]) {
        match setting(name) {
            Setting::Given(value) => return Some((origins_of(value), credentials)),
            Setting::Unknown => origins = Some(Origins::Unknown),
            Setting::Absent => {}
        }
    }
    let by_default = row.detail("default").filter(|default| *default == "*").map(|_| Origins::Any);
    Some((origins.or(by_default)?, credentials))
}

/// Options that are handed over as a value of a type of their own.
fn of_struct<'p>(call: Call<'p>, name: &str) -> Option<Value<'p>> {
    call.positional().find_map(|argument| argument.constant().as_call()?.named(name))
}

/// `.allow_origin(Any)`, `.allowedOrigins("*")`.
fn built(call: Call) -> Option<Origins> {
    if !SETTERS.contains(&call.name()) {
        return None;
    }
    if call.name() == "allow_any_origin" {
        return Some(Origins::Any);
    }
    let value = call.argument(0)?;
    let is_any = value.path().rsplit('.').next() == Some("Any");
    Some(if is_any { Origins::Any } else { origins_of(value) })
}

/// Is the policy that is built told to let credentials through, in the same chain or on the same object?
fn takes_credentials(call: Call) -> bool {
    let root = |call: Call| names_of(call.callee_value()).into_iter().next();
    let own = root(call);
    call.function().calls().any(|other| {
        matches!(other.name(), "setAllowCredentials" | "allowCredentials" | "allow_credentials")
            && other.argument(0).and_then(Value::boolean) == Some(true)
            && own.is_some()
            && root(other) == own
    })
}

fn origins_of(value: Value) -> Origins {
    let value = value.constant();
    match value.kind() {
        ExpressionKind::Text(text) => {
            if is_any(text) {
                Origins::Any
            } else {
                Origins::Listed
            }
        }
        ExpressionKind::Bool(true) => Origins::Any,
        ExpressionKind::List(items) => {
            let items: Vec<Origins> =
                items.iter().map(|&item| origins_of(value.sibling(item))).collect();
            items
                .iter()
                .copied()
                .find(|one| matches!(one, Origins::Any | Origins::AnyByDefault))
                .unwrap_or(Origins::Listed)
        }
        ExpressionKind::Operation { operator: Operator::Or | Operator::Default, operands } => {
            let last = operands.last().map(|&last| origins_of(value.sibling(last)));
            if last == Some(Origins::Any) { Origins::AnyByDefault } else { Origins::Listed }
        }
        ExpressionKind::Conditional { then, otherwise, .. } => {
            let both = [*then, *otherwise].map(|branch| origins_of(value.sibling(branch)));
            // One branch is for development.
            if both == [Origins::Any; 2] { Origins::Any } else { Origins::Listed }
        }
        ExpressionKind::Object(entries) => {
            let nested = entries.iter().map(|entry| origins_of(value.sibling(entry.value)));
            nested.into_iter().find(|one| *one == Origins::Any).unwrap_or(Origins::Listed)
        }
        ExpressionKind::Call { .. } => {
            let call = value.as_call();
            let default = call
                .filter(|call| call.means(Meaning::ReadEnvironment))
                .and_then(|call| call.argument(1));
            let is_any = default.and_then(Value::text).is_some_and(is_any);
            let nested = value
                .descendants()
                .into_iter()
                .any(|part| part.kind().as_text().is_some_and(self::is_any));
            if is_any {
                Origins::AnyByDefault
            } else if nested {
                Origins::Any
            } else {
                Origins::Listed
            }
        }
        _ => Origins::Listed,
    }
}

fn is_any(text: &str) -> bool {
    matches!(text.trim(), "*" | ".*" | "null" | "http://*" | "https://*" | "^.*$")
}

/// The header itself, set to any origin.
fn headers(project: &Project, id: FileId, unit: &Unit, transport: Transport, sites: &mut Sites) {
    let value = |at| project.value(In { file: id, id: at });
    for (at, expression) in unit.facts.expressions() {
        match &expression.kind {
            ExpressionKind::Object(entries) => {
                for entry in entries {
                    if let EntryKey::Name(name) = &entry.key
                        && name.eq_ignore_ascii_case(HEADER)
                        && value(entry.value).text().is_some_and(is_any)
                    {
                        answer(
                            value(entry.value).location(),
                            "the header",
                            Origins::Any,
                            false,
                            transport,
                            sites,
                        );
                    }
                }
                // `{ key: "Access-Control-Allow-Origin", value: "*" }`
                let given = |key: &str| value(at).entry(key).given().and_then(Value::text);
                if given("key").is_some_and(|key| key.eq_ignore_ascii_case(HEADER))
                    && given("value").is_some_and(is_any)
                {
                    answer(
                        value(at).location(),
                        "the header",
                        Origins::Any,
                        false,
                        transport,
                        sites,
                    );
                }
            }
            ExpressionKind::Call { .. } => {
                let Some(call) = value(at).as_call() else { continue };
                let mut arguments = call.positional().skip_while(|one| {
                    !one.text().is_some_and(|text| text.eq_ignore_ascii_case(HEADER))
                });
                if arguments.next().is_some()
                    && arguments.next().and_then(Value::text).is_some_and(is_any)
                {
                    answer(call.location(), "the header", Origins::Any, false, transport, sites);
                }
            }
            _ => {}
        }
    }
    for statement in &unit.facts.statements {
        let StatementKind::Bind { target, value: Some(bound), .. } = &statement.kind else {
            continue;
        };
        let is_switch = match target {
            Pattern::Name(name) => {
                matches!(name.as_str(), "CORS_ALLOW_ALL_ORIGINS" | "CORS_ORIGIN_ALLOW_ALL")
                    && value(*bound).boolean() == Some(true)
            }
            Pattern::Place(place) => {
                let target = value(*place);
                let key = match target.kind() {
                    ExpressionKind::Index { index, .. } => target.sibling(*index).text(),
                    _ => None,
                };
                key.is_some_and(|key| key.eq_ignore_ascii_case(HEADER))
                    && value(*bound).text().is_some_and(is_any)
            }
            _ => false,
        };
        if is_switch {
            answer(value(*bound).location(), "every origin", Origins::Any, false, transport, sites);
        }
    }
}
