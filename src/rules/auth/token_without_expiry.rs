use super::common::{bindings, chained, has_word, server_calls};
use crate::{
    facts::{EntryKey, ExpressionKind, vocabulary::Meaning},
    project::{Call, Project, Value, views::Setting},
    rules::Sites,
};

/// Names under which people and libraries write when a token ends.
const EXPIRY: [&str; 11] = [
    "exp",
    "expiresIn",
    "expires_in",
    "expires_delta",
    "ExpiresAt",
    "expires",
    "expiration",
    "expiresAt",
    "expires_at",
    "maxAge",
    "expirationTime",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::IssueToken).filter(|call| signs(*call)) {
        let place = call.location();
        let subject = call.path().to_owned();
        match expiry(call) {
            Setting::Given(_) => {
                sites.holds(place, subject, "the token ends by itself");
            }
            Setting::Unknown => {
                sites.unknown(place, subject, "what is signed is put together elsewhere");
            }
            Setting::Absent => {
                let message = format!("the token that `{}` signs never expires", call.name());
                sites.gap(place, subject, message);
            }
        }
    }
}

/// Signs a token of its own, and is no library that keeps sessions itself.
fn signs(call: Call<'_>) -> bool {
    let path = call.path().to_ascii_lowercase();
    matches!(call.name(), "sign" | "encode" | "signAsync" | "SignJWT" | "NewWithClaims")
        && ["jwt", "jsonwebtoken", "jose", "token"].iter().any(|word| path.contains(word))
}

fn expiry(call: Call<'_>) -> Setting<'_> {
    let direct = call.any_option(EXPIRY);
    if let Setting::Given(value) = direct {
        return Setting::Given(value);
    }
    if let Some(next) = chained(call).into_iter().find(|next| next.name() == "setExpirationTime") {
        return Setting::Given(next.value());
    }
    if configured(call) {
        return Setting::Unknown;
    }
    let Some(claims) = call.arguments().first().map(|first| call.value().sibling(first.value))
    else {
        return Setting::Unknown;
    };
    claims_expiry(claims, 4).unwrap_or(match direct {
        Setting::Unknown => Setting::Unknown,
        _ => Setting::Absent,
    })
}

/// What the claims say of their end. Nothing: they are written here, without one.
fn claims_expiry(claims: Value<'_>, depth: u32) -> Option<Setting<'_>> {
    if depth == 0 {
        return Some(Setting::Unknown);
    }
    let claims = claims.unwrapped();
    match claims.kind() {
        ExpressionKind::Object(entries) => {
            let mut hidden = None;
            for entry in entries {
                match &entry.key {
                    EntryKey::Name(key) if EXPIRY.contains(&key.as_str()) => {
                        return Some(Setting::Given(claims.sibling(entry.value)));
                    }
                    EntryKey::Spread => {
                        hidden = claims_expiry(claims.sibling(entry.value), depth - 1).or(hidden);
                    }
                    EntryKey::Name(_) | EntryKey::Computed(_) => {}
                }
            }
            hidden
        }
        ExpressionKind::Name(name) => {
            let bound = bindings(claims, name);
            if let Some(end) = set_later(claims, name) {
                return Some(end);
            }
            if bound.is_empty() {
                return Some(Setting::Unknown);
            }
            bound.into_iter().find_map(|value| claims_expiry(value, depth - 1))
        }
        ExpressionKind::Call { arguments, .. } => {
            let named = arguments.iter().find(|argument| {
                argument.name.as_ref().is_some_and(|name| EXPIRY.contains(&name.as_str()))
            });
            match named {
                Some(argument) => Some(Setting::Given(claims.sibling(argument.value))),
                None => Some(Setting::Unknown),
            }
        }
        ExpressionKind::Text(_) | ExpressionKind::Concat(_) => None,
        _ => Some(Setting::Unknown),
    }
}

/// `to_encode.update({"exp": …})`, `payload["exp"] = …`.
fn set_later<'p>(claims: Value<'p>, name: &str) -> Option<Setting<'p>> {
    let body = claims.function();
    let mut found = None;
    for call in body.calls_within() {
        let is_update = matches!(call.name(), "update" | "setdefault" | "assign")
            && call
                .receiver()
                .is_none_or(|receiver| receiver.source() == name || receiver.source() == "Object");
        if !is_update {
            continue;
        }
        let end = EXPIRY.iter().find_map(|key| match call.option(key) {
            Setting::Given(value) => Some(value),
            _ => None,
        });
        found = end.map(Setting::Given).or(found).or(Some(Setting::Unknown));
    }
    let source = claims.project.file(claims.at.file).slice(body.function().span);
    let written = [format!("{name}[\"exp\"]"), format!("{name}['exp']"), format!("{name}.exp ")];
    if written.iter().any(|place| source.contains(place)) {
        return Some(Setting::Given(claims));
    }
    found
}

/// The library was told once for all: `JwtModule.register({ signOptions: { expiresIn } })`.
fn configured(call: Call<'_>) -> bool {
    call.receiver()
        .is_some_and(|receiver| has_word(receiver.source(), &["service", "signer", "jwt"]))
        && call.project.calls().any(|other| {
            other.option("signOptions").given().is_some() || other.option("sign").given().is_some()
        })
}
