use super::common::{has_word, server_calls};
use crate::{
    facts::{EntryKey, ExpressionKind, Pattern, StatementKind, vocabulary::Meaning},
    gap::Severity,
    project::{Call, In, Project, guards::split_words},
    rules::Sites,
};

/// What must not be guessed, by the words of its name.
const SECRETS: [&str; 17] = [
    "token",
    "otp",
    "password",
    "passwd",
    "secret",
    "apikey",
    "nonce",
    "csrf",
    "salt",
    "pin",
    "passcode",
    "verification",
    "resettoken",
    "sessionid",
    "invitecode",
    "jti",
    "credential",
];

/// Names that hold one of those words and are none.
const NEUTRAL: [&str; 14] = [
    "count",
    "tokens",
    "tokenizer",
    "length",
    "max",
    "min",
    "type",
    "limit",
    "index",
    "usage",
    "test",
    "mock",
    "demo",
    "color",
];

/// Words beside `pin` that make it the number of a tax payer, a letter's destination or a contact of a chip.
const PUBLIC_PINS: [&str; 10] =
    ["vat", "tax", "kra", "gst", "postal", "post", "zip", "area", "gpio", "map"];

/// What stands in an address beside its `pin_code`.
const ADDRESS: [&str; 8] =
    ["city", "street", "address", "state", "country", "district", "county", "locality"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::InsecureRandom) {
        let counts_visits =
            has_word(&call.source_file().path, &["analytics", "tracking", "telemetry"]);
        let Some(target) = target(call).filter(|_| !counts_visits) else { continue };
        let message = format!("`{target}` can be guessed: `{}` is predictable", call.name());
        let site = sites.gap(call.location(), target, message);
        // Where it only stands in for what cannot be guessed, most of what runs has the better one.
        if call.function().calls().any(|other| other.means(Meaning::SecureRandom)) {
            site.severity(Severity::Medium);
        }
    }
    for call in server_calls(project, Meaning::SecureRandom) {
        if let Some(target) = target(call) {
            sites.holds(call.location(), target, format!("`{}` cannot be predicted", call.name()));
        }
    }
}

/// The name of the secret that the random value becomes, if it becomes one.
fn target(call: Call<'_>) -> Option<String> {
    let unit = call.project.unit(call.file);
    let mut child = call.id();
    for parent in unit.index.ancestors(call.id()) {
        match &unit.facts[parent].kind {
            ExpressionKind::Object(entries) => {
                let entry = entries.iter().find(|entry| entry.value == child)?;
                if let EntryKey::Name(key) = &entry.key {
                    let is_postal = has_word(key, &["pin", "pincode"])
                        && entries.iter().any(|other| {
                            matches!(&other.key, EntryKey::Name(key) if has_word(key, &ADDRESS))
                        });
                    return (is_secret(key) && !is_postal).then(|| key.to_string());
                }
            }
            ExpressionKind::Call { arguments, .. } => {
                let named = arguments.iter().find(|argument| argument.value == child);
                if let Some(name) = named.and_then(|argument| argument.name.as_ref())
                    && is_secret(name)
                {
                    return Some(name.to_string());
                }
            }
            ExpressionKind::Assign { target, .. } => {
                let name = unit.facts.last_segment(*target)?;
                return is_secret(name).then(|| name.to_owned());
            }
            ExpressionKind::Function(_) => return None,
            _ => {}
        }
        child = parent;
    }
    let statement = unit.index.expression(call.id()).statement?;
    match &unit.facts[statement].kind {
        StatementKind::Bind { target, .. } => {
            let name = match target {
                Pattern::Place(place) => unit.facts.last_segment(*place)?,
                _ => target.as_name()?.as_str(),
            };
            if is_secret(name) { Some(name.to_owned()) } else { handed_on(call, name) }
        }
        StatementKind::Return(_) => {
            let function = call
                .project
                .body(In { file: call.file, id: unit.index.expression(call.id()).function });
            let name = &function.function().name;
            let makes = has_word(name, &["generate", "create", "make", "new", "random", "gen"]);
            (makes && is_secret(name)).then(|| name.to_string())
        }
        _ => None,
    }
}

/// `value = random()`, and `key = str(value)` or `session[name] = value` further down.
fn handed_on(call: Call<'_>, name: &str) -> Option<String> {
    let unit = call.project.unit(call.file);
    let function = unit.index.expression(call.id()).function;
    let after = unit.facts[call.id()].span.end;
    unit.index.statements_of(function).iter().find_map(|&statement| {
        let StatementKind::Bind { target, value: Some(value), .. } = &unit.facts[statement].kind
        else {
            return None;
        };
        let value = call.project.value(In { file: call.file, id: *value });
        let is_made_of_it = value.location().span.start > after
            && value
                .descendants()
                .into_iter()
                .any(|part| matches!(part.kind(), ExpressionKind::Name(part) if part == name));
        if !is_made_of_it {
            return None;
        }
        match target {
            Pattern::Place(place) => match &unit.facts[*place].kind {
                ExpressionKind::Index { object, .. } => {
                    let store = unit.facts.last_segment(*object)?;
                    store.to_ascii_lowercase().ends_with("session").then(|| store.to_owned())
                }
                ExpressionKind::Member { name, .. } => is_secret(name).then(|| name.to_string()),
                _ => None,
            },
            target => target.as_name().filter(|name| is_secret(name)).map(ToString::to_string),
        }
    })
}

fn is_secret(name: &str) -> bool {
    let words = split_words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let pairs = words.windows(2).any(|pair| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("api", "key")
                | ("reset" | "verification" | "verify" | "invite" | "otp" | "access", "code")
                | ("session", "id")
                | ("remember", "me")
                | ("temp", "pwd")
        )
    });
    let is_public = has(&["pin"]) && has(&PUBLIC_PINS);
    (has(&SECRETS) || pairs) && !has(&NEUTRAL) && !is_public
}
