use crate::{
    facts::{ExpressionKind, secret::words, vocabulary::Meaning},
    gap::Severity,
    project::{Call, Project, Value, views::Setting},
    rules::Sites,
};

/// Ciphers and modes that no longer keep anything secret, as parts of the names of algorithms.
const WEAK_CIPHERS: [&str; 9] =
    ["des", "desede", "3des", "tripledes", "rc4", "arc4", "rc2", "bf", "ecb"];

/// What a digest must not be made of by a fast and broken function.
const SENSITIVE: [&str; 9] =
    ["password", "passwd", "pwd", "passphrase", "secret", "token", "signature", "pin", "otp"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in project.calls().filter(|call| call.source_file().is_shipped()) {
        if call.means(Meaning::Encrypt) {
            cipher(call, sites);
        } else if call.means(Meaning::FastDigest) && is_broken(call) {
            digest(call, sites);
        }
    }
}

fn cipher(call: Call, sites: &mut Sites) {
    let named =
        call.positional().find_map(|value| weak_part(value)).or_else(|| weak_words(call.path()));
    if let Some(weak) = named {
        let message = format!("`{weak}` can be broken, or shows patterns of what it hides");
        sites.gap(call.location(), call.path(), message).severity(Severity::High);
    } else if matches!(call.name(), "createCipher" | "createDecipher") {
        let message =
            "key and start value are both made from the password, so equal texts look equal";
        sites.gap(call.location(), call.path(), message);
    } else {
        sites.holds(call.location(), call.path(), "a current cipher");
    }
}

/// The weak algorithm that an argument names, as text or as a constant of the library.
fn weak_part(value: Value) -> Option<String> {
    match value.constant().kind() {
        ExpressionKind::Text(text) => weak_words(text),
        ExpressionKind::Member { name, .. } => weak_words(name),
        _ => None,
    }
}

fn weak_words(text: &str) -> Option<String> {
    let parts = text.split(|character: char| !character.is_ascii_alphanumeric());
    let mut parts = parts.map(str::to_ascii_lowercase);
    parts.any(|part| WEAK_CIPHERS.contains(&part.as_str())).then(|| text.to_owned())
}

/// The function by its name: in the path, or as its first argument.
fn is_broken(call: Call) -> bool {
    let named = call.argument(0).and_then(Value::text).unwrap_or_default().to_ascii_lowercase();
    let path = call.path().to_ascii_lowercase();
    let says = |text: &str| {
        let mut parts = text.split(|character: char| !character.is_ascii_alphanumeric());
        parts.any(|part| matches!(part, "md5" | "sha1" | "md4" | "md5hex" | "sha1hex"))
    };
    says(&path) || matches!(named.as_str(), "md5" | "sha1" | "sha-1" | "md4")
}

/// File names, cache keys and tags need no strong digest: only what guards something counts.
fn digest(call: Call, sites: &mut Sites) {
    if let Setting::Given(purpose) = call.option("usedforsecurity")
        && purpose.boolean() == Some(false)
    {
        return;
    }
    // `createHash("md5").update(password)`: what is digested stands further out.
    let chain = call
        .enclosing_calls()
        .take(2)
        .filter(|outer| matches!(outer.name(), "update" | "digest" | "hexdigest"));
    let inputs =
        std::iter::once(call).chain(chain).flat_map(|one| one.positional().collect::<Vec<_>>());
    let sensitive = inputs.flat_map(Value::descendants).find_map(|part| match part.kind() {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => words(name)
            .iter()
            .any(|word| SENSITIVE.contains(&word.as_str()))
            .then(|| name.to_string()),
        _ => None,
    });
    if let Some(name) = sensitive {
        let message = format!("a fast and broken digest is made of `{name}`");
        sites.gap(call.location(), call.path(), message);
    } else if let Some(name) = sensitive_file(call) {
        let message = format!("a fast and broken digest is made where `{name}` is written");
        sites.gap(call.location(), call.path(), message);
    }
}

/// The file of passwords or secrets that the same function opens, by its constant name.
fn sensitive_file(call: Call) -> Option<String> {
    let opened = call.function().calls().filter(|other| other.means(Meaning::FilePath));
    let parts = opened.flat_map(|other| other.positional().flat_map(Value::descendants));
    parts.into_iter().find_map(|part| {
        let text = part.text()?.trim_start_matches('/');
        let is_sensitive =
            words(text).iter().any(|word| SENSITIVE.contains(&word.trim_end_matches('s')));
        (is_sensitive && !text.contains(char::is_whitespace)).then(|| text.to_owned())
    })
}
