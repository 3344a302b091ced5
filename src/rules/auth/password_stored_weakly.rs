use super::common::{
    bindings, chained, has_word, is_server, last_name, server_calls, with_bindings,
};
use crate::{
    facts::{EntryKey, ExpressionKind, Language, Operator, vocabulary::Meaning},
    gap::Severity,
    project::{Call, In, Project, Value, guards::split_words},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    comparisons(project, sites);
    digests(project, sites);
    let hashes_on_save = hashes_on_save(project);
    for call in project.calls().filter(|call| is_server(project, call.file)) {
        if !hashes_on_save {
            stored(call, sites);
        }
        in_sql(call, sites);
    }
    for meaning in [Meaning::HashPassword, Meaning::ComparePassword] {
        for call in server_calls(project, meaning) {
            hashed(call, sites);
        }
    }
}

/// `user.password === password`.
fn comparisons(project: &Project, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|&(file, _)| is_server(project, file)) {
        for (id, expression) in unit.facts.expressions() {
            let ExpressionKind::Operation { operator, operands } = &expression.kind else {
                continue;
            };
            let [first, second] = operands[..] else { continue };
            if !matches!(operator, Operator::Equal | Operator::NotEqual) {
                continue;
            }
            let sides = [first, second].map(|id| project.value(In { file, id }));
            let Some(message) = compared(sides) else { continue };
            let comparison = project.value(In { file, id });
            // `if (user.password !== given) hash(given)`: whether it changed, not whether it fits.
            let hashes =
                comparison.function().calls_within().any(|call| call.means(Meaning::HashPassword));
            if !hashes {
                sites.gap(comparison.location(), "password comparison", message);
            }
        }
    }
}

fn compared(sides: [Value<'_>; 2]) -> Option<&'static str> {
    let is_plain = |side: Value<'_>| last_name(side).is_some_and(is_password);
    let repeats = |side: Value<'_>| {
        last_name(side).is_some_and(|name| {
            has_word(
                name,
                &[
                    "confirm",
                    "confirmation",
                    "repeat",
                    "repeated",
                    "again",
                    "new",
                    "old",
                    "retype",
                    "verify",
                    "password2",
                    "password1",
                ],
            )
        }) || side.source().ends_with('2')
    };
    if sides.iter().any(|&side| repeats(side)) {
        return None;
    }
    match sides {
        [first, second] if is_plain(first) && is_plain(second) => {
            // One of the two is a row's or an object's; two variables are a form being checked.
            let is_field =
                |side: Value<'_>| !matches!(side.unwrapped().kind(), ExpressionKind::Name(_));
            let same_object = object_of(first).is_some() && object_of(first) == object_of(second);
            let fits = (is_field(first) || is_field(second)) && !same_object;
            let configured = sides.iter().any(|&side| is_configured(side));
            (fits && !configured && !sides.iter().any(|&side| is_hashed(side)))
                .then_some("the password is compared with one that is stored in plain text")
        }
        [first, second] => {
            let pairs = [(first, second), (second, first)];
            let is_weak = pairs.into_iter().any(|(stored, given)| {
                is_plain(stored) && given.as_call().is_some_and(is_fast_hash)
            });
            is_weak.then_some("the password is compared with a digest that is fast to guess")
        }
    }
}

/// The object that a field is taken from, as written.
fn object_of(side: Value<'_>) -> Option<&str> {
    let side = side.unwrapped();
    match side.kind() {
        ExpressionKind::Member { object, .. } | ExpressionKind::Index { object, .. } => {
            Some(side.sibling(*object).source())
        }
        _ => None,
    }
}

/// Digests made for speed, of something that is called a password.
fn digests(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::FastDigest) {
        let fed: Vec<Value<'_>> = call
            .positional()
            .chain(
                chained(call)
                    .into_iter()
                    .filter(|next| matches!(next.name(), "update" | "Update" | "chain_update"))
                    .flat_map(Call::positional),
            )
            .collect();
        let is_of_password = fed.iter().any(|value| {
            value.descendants().into_iter().any(|part| last_name(part).is_some_and(is_password))
        });
        let hardened = call.enclosing_calls().any(|outer| {
            outer.means(Meaning::HashPassword) || outer.means(Meaning::ComparePassword)
        });
        let feeds_kdf = call.function().calls_within().any(|other| {
            other.means(Meaning::HashPassword) || other.means(Meaning::ComparePassword)
        });
        if !is_of_password || hardened || feeds_kdf || is_breach_check(call) {
            continue;
        }
        let not_for_security =
            call.option("usedforsecurity").given().and_then(Value::boolean) == Some(false);
        if not_for_security {
            continue;
        }
        sites
            .gap(
                call.location(),
                "password digest",
                "the password is hashed with a digest that is fast to guess",
            )
            .severity(Severity::High);
    }
}

/// Asking whether a password is known to have leaked needs a digest of it.
fn is_breach_check(call: Call<'_>) -> bool {
    let words = [
        "breach",
        "breached",
        "pwned",
        "hibp",
        "leak",
        "leaked",
        "compromised",
        "gravatar",
        "cache",
        "etag",
    ];
    let file = call.source_file();
    has_word(&call.function().name(), &words) || has_word(&file.path, &words)
}

/// A row or document with a password in it.
fn stored(call: Call<'_>, sites: &mut Sites) {
    let leaves_it_to_others = call.name() == "rpc" || call.path().contains("auth.");
    let writes = call.means(Meaning::DatabaseWrite) && !leaves_it_to_others;
    let builds_row = call.style() == crate::facts::CallStyle::New && is_saved(call)
        || call.source_file().language == Language::Python && builds_model(call);
    if !(writes || builds_row)
        || has_word(call.name(), &["user", "superuser", "account", "password"])
            && has_word(call.name(), &["create", "set"])
    {
        return;
    }
    for argument in call.arguments() {
        let value = call.value().sibling(argument.value);
        if argument.name.as_deref().is_some_and(is_password) {
            judge_stored(value, sites);
        }
        for part in value.constant().descendants() {
            let ExpressionKind::Object(entries) = part.kind() else { continue };
            for entry in entries {
                if let EntryKey::Name(key) = &entry.key
                    && is_password(key)
                    && !is_query(call, part)
                {
                    judge_stored(part.sibling(entry.value), sites);
                }
            }
        }
    }
}

/// `where: {…}` and `select: {…}` are not written.
fn is_query(call: Call<'_>, object: Value<'_>) -> bool {
    ["where", "select", "include", "omit", "attributes", "orderBy"].iter().any(|name| {
        call.option(name)
            .given()
            .is_some_and(|given| given.location().span.contains(object.location().span))
    })
}

fn judge_stored(value: Value<'_>, sites: &mut Sites) {
    let inner = value.unwrapped();
    let is_given = match inner.kind() {
        ExpressionKind::Name(name) => {
            is_password(name) && !bindings(inner, name).into_iter().any(is_hashed)
        }
        ExpressionKind::Member { name, .. } => is_password(name),
        ExpressionKind::Index { .. } => last_name(inner).is_some_and(is_password),
        ExpressionKind::Call { .. } => inner.as_call().is_some_and(|call| {
            matches!(call.name(), "get" | "getlist")
                && call.argument(0).and_then(Value::text).is_some_and(is_password)
        }),
        _ => false,
    };
    let place = value.location();
    if is_given && !is_hashed(value) {
        sites.gap(place, "stored password", "the password is stored as it was typed");
    }
}

/// An object that something later calls `save` on.
fn is_saved(call: Call<'_>) -> bool {
    call.function().calls().any(|other| {
        other.name() == "save" && other.means(Meaning::DatabaseWrite) || other.name() == "save"
    })
}

/// A class of the project with a column for the password.
fn builds_model(call: Call<'_>) -> bool {
    let crate::project::Definition::Class(class) = call.target() else { return false };
    let class = call.project.class(*class);
    let is_mapped = class.base_paths().any(|base| {
        base.ends_with(".Model")
            || base == "Base"
            || base.ends_with("#Base")
            || base.contains("DeclarativeBase")
    });
    let is_model = is_mapped || class.class().options.iter().any(|(name, _)| name == "table");
    let hashes = class
        .methods()
        .any(|method| method.calls_within().any(|call| call.means(Meaning::HashPassword)));
    let is_schema =
        class.base_paths().any(|base| base.contains("BaseModel") || base.contains("Schema"));
    // A form or an update that is never a row of its own is a schema too.
    let is_stored = call.project.entities().get(class.name()).is_some();
    is_model && is_stored && !hashes && !is_schema
}

/// `SELECT … WHERE email = ? AND password = ?`, and rows written with a password as typed.
fn in_sql(call: Call<'_>, sites: &mut Sites) {
    if !call.means(Meaning::SqlQuery) && !call.means(Meaning::SqlRaw) {
        return;
    }
    let Some(query) = call.argument(0) else { return };
    let text = literal_text(query.constant());
    let lower = text.to_ascii_lowercase();
    let Some(start) = lower.find("where") else { return };
    let filters = &lower[start..];
    let compares = split_words_with_sign(filters);
    let given: Vec<Value<'_>> = call.positional().skip(1).flat_map(with_bindings).collect();
    let hashed =
        given.into_iter().any(is_hashed) || with_bindings(query).into_iter().any(is_hashed);
    if compares && lower.trim_start().starts_with("select") && !hashed {
        let message = "the password is compared with one that is stored in plain text";
        sites.gap(call.location(), "password query", message);
    }
}

/// `password = ` followed by a value that is handed in.
fn split_words_with_sign(filters: &str) -> bool {
    let mut rest = filters;
    while let Some(at) = rest.find("password") {
        let before = rest[..at].chars().next_back();
        let after = rest[at + "password".len()..].trim_start_matches(['"', '`', ']']);
        let is_whole =
            !before.is_some_and(|character| character.is_alphanumeric() || character == '_');
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        let handed_in = value.is_some_and(|value| {
            value.starts_with(['?', '$', ':', '%', '\'', '"', '{', '\u{0}', '@'])
        });
        if is_whole && handed_in {
            return true;
        }
        rest = &rest[at + "password".len()..];
    }
    false
}

/// The literal parts of a text, with a mark where something is put in.
fn literal_text(value: Value<'_>) -> String {
    match value.kind() {
        ExpressionKind::Text(text) => text.to_string(),
        ExpressionKind::Concat(parts) => {
            let parts = parts.iter().map(|&part| match value.sibling(part).kind() {
                ExpressionKind::Text(text) => text.to_string(),
                _ => "\u{0}".to_owned(),
            });
            parts.collect()
        }
        _ => String::new(),
    }
}

/// A library for passwords, and how hard it is told to work.
fn hashed(call: Call<'_>, sites: &mut Sites) {
    let rounds = call
        .argument(1)
        .or_else(|| call.named("rounds"))
        .and_then(Value::number)
        .filter(|_| call.means(Meaning::HashPassword) && call.path().contains("bcrypt"));
    let place = call.location();
    match rounds {
        Some(rounds) if rounds < 10.0 => {
            let message = format!("passwords are hashed with {rounds} rounds only");
            sites.gap(place, "password hash", message).severity(Severity::Medium);
        }
        _ => {
            sites.holds(place, "password hash", format!("`{}` is made for passwords", call.name()));
        }
    }
}

/// Models that hash what they are given before they are saved.
fn hashes_on_save(project: &Project) -> bool {
    project.calls_with(Meaning::HashPassword).any(|call| {
        let function = call.function();
        let unit = function.unit();
        let by_name = matches!(
            function.function().name.as_str(),
            "save"
                | "set_password"
                | "setPassword"
                | "beforeCreate"
                | "beforeSave"
                | "beforeUpdate"
                | "password"
                | "clean_password"
                | "hashPassword"
                | "hash_password"
                | "set"
        ) && (function.function().class.is_some()
            || function.function().name.starts_with("before"));
        let by_mark = function.decorators().any(|decorator| {
            unit.facts.last_segment(decorator.at.id).is_some_and(|name| {
                matches!(
                    name,
                    "BeforeInsert"
                        | "BeforeUpdate"
                        | "validates"
                        | "setter"
                        | "listens_for"
                        | "field_validator"
                        | "validator"
                )
            })
        });
        let literal = unit.index.literal_of(function.at.id);
        let given_to = literal
            .and_then(|id| unit.index.expression(id).parent)
            .and_then(|id| project.call(In { file: function.at.file, id }));
        let by_hook = given_to.is_some_and(|outer| {
            matches!(
                outer.name(),
                "pre"
                    | "addHook"
                    | "beforeCreate"
                    | "beforeSave"
                    | "beforeUpdate"
                    | "beforeBulkCreate"
                    | "$use"
                    | "set"
                    | "virtual"
            )
        });
        by_name || by_mark || by_hook
    })
}

fn is_password(name: &str) -> bool {
    let words = split_words(name);
    let last = words.last().map_or("", String::as_str);
    let is_one = matches!(last, "password" | "passwd" | "pwd" | "passphrase" | "passcode");
    is_one
        && !words.iter().any(|word| {
            matches!(
                word.as_str(),
                "hash"
                    | "hashed"
                    | "encrypted"
                    | "digest"
                    | "crypted"
                    | "confirm"
                    | "no"
                    | "has"
                    | "is"
                    | "reset"
                    | "forgot"
                    | "old"
                    | "salted"
                    | "bcrypt"
                    | "show"
                    | "db"
                    | "smtp"
                    | "database"
                    | "redis"
                    | "email"
            )
        })
}

/// Comes out of something made for passwords, or says so.
fn is_hashed(value: Value<'_>) -> bool {
    value.descendants().into_iter().any(|part| {
        if let Some(call) = part.as_call() {
            let own = || {
                call.callee().is_some_and(|callee| {
                    callee.calls_within().any(|inner| inner.means(Meaning::HashPassword))
                })
            };
            return call.means(Meaning::HashPassword)
                || call.means(Meaning::Encrypt)
                || call.means(Meaning::FastDigest)
                || own()
                || has_word(
                    call.name(),
                    &["hash", "encrypt", "hashed", "encode", "bcrypt", "argon2", "hashpw"],
                );
        }
        last_name(part)
            .is_some_and(|name| has_word(name, &["hash", "hashed", "digest", "encrypted"]))
    })
}

fn is_fast_hash(call: Call<'_>) -> bool {
    let root = super::common::names_of(call.callee_value());
    let fast = |call: Call<'_>| call.means(Meaning::FastDigest);
    let inner_is_fast = call.value().descendants().into_iter().filter_map(Value::as_call).any(fast);
    let own_is_fast = call.callee().is_some_and(|callee| {
        callee.calls_within().any(fast)
            && !callee.calls_within().any(|inner| inner.means(Meaning::HashPassword))
    });
    !root.is_empty() && (inner_is_fast || own_is_fast)
}

/// A password of the deployment, not of a user.
fn is_configured(value: Value<'_>) -> bool {
    let path = value.path();
    path.starts_with("process.env")
        || with_bindings(value).into_iter().any(|part| {
            part.path().starts_with("process.env")
                || part.as_call().is_some_and(|call| call.means(Meaning::ReadEnvironment))
                || matches!(last_name(part), Some("env" | "config" | "settings" | "secrets"))
        })
}
