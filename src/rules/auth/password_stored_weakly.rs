use std::collections::BTreeSet;

use super::common::{chained, has_word, is_server, last_name, server_calls, with_bindings};
use crate::{
    facts::{ExpressionKind, Operator, vocabulary::Meaning},
    gap::Severity,
    project::{Body, Call, In, Location, Project, Value, guards::split_words},
    rules::Sites,
};

mod queries;
mod rows;

/// Names under which people are known.
const PEOPLE: [&str; 12] = [
    "user", "users", "account", "accounts", "member", "members", "admin", "admins", "customer",
    "employee", "person", "profile",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    comparisons(project, sites);
    digests(project, sites);
    let hashes_on_save = hashes_on_save(project);
    let mut helpers = BTreeSet::new();
    for call in project.calls().filter(|call| is_server(project, call.file)) {
        if !hashes_on_save {
            rows::written(call, sites);
        }
        queries::in_sql(call, sites);
        queries::in_filter(call, sites);
        compared_by_helper(call, &mut helpers, sites);
    }
    if !hashes_on_save {
        rows::assigned(project, sites);
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
                sites
                    .gap(comparison.location(), "password comparison", message)
                    .root(root_of(comparison));
            }
        }
    }
}

/// What a program stores, compares and looks up as it was typed is one decision.
fn root_of(value: Value<'_>) -> String {
    format!("plain text in {}", value.project.package_folder(value.at.file))
}

fn compared(sides: [Value<'_>; 2]) -> Option<&'static str> {
    let is_plain = |side: Value<'_>| password_name(side).is_some_and(is_password);
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
            // A constant stands for no password: `password != UNCHANGED`.
            let configured =
                sides.iter().any(|&side| is_configured(side) || side.constant().text().is_some());
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

/// The name of a value: that of a field, and what `form.get("password")` asks for.
fn password_name(value: Value<'_>) -> Option<&str> {
    last_name(value).or_else(|| {
        let call = value.unwrapped().as_call()?;
        matches!(call.name(), "get" | "getlist" | "pop").then(|| call.argument(0)?.text())?
    })
}

/// `same(given, user.password)` of a function that compares what it is given.
fn compared_by_helper(call: Call<'_>, helpers: &mut BTreeSet<Location>, sites: &mut Sites) {
    let arguments: Vec<Value<'_>> = call.positional().collect();
    let [first, second] = arguments[..] else { return };
    let Some(callee) = call.callee() else { return };
    let comparison = callee.returned().find(|value| match value.kind() {
        ExpressionKind::Operation { operator: Operator::Equal, operands } => {
            let parameters: Vec<usize> = operands
                .iter()
                .filter_map(|&operand| value.sibling(operand).as_parameter())
                .filter(|(function, _)| *function == callee.at)
                .map(|(_, number)| number)
                .collect();
            parameters.len() == 2 && parameters[0] != parameters[1]
        }
        _ => false,
    });
    let (Some(message), Some(comparison)) = (compared([first, second]), comparison) else { return };
    let place = comparison.location();
    if helpers.insert(place) {
        sites
            .gap(place, "password comparison", message)
            .root(root_of(comparison))
            .because(call.location(), "given the stored one here");
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

/// A library for passwords, and how hard it is told to work.
fn hashed(call: Call<'_>, sites: &mut Sites) {
    let rounds = call
        .argument(1)
        .or_else(|| call.named("rounds"))
        .and_then(Value::number)
        .filter(|_| call.means(Meaning::HashPassword) && call.path().contains("bcrypt"));
    let place = call.location();
    if call.detail(Meaning::HashPassword, "strength").is_some() {
        if is_for_old_passwords(call) {
            sites.holds(place, "password hash", "new passwords are hashed by another one");
            return;
        }
        let message = format!("`{}` leaves passwords as they are, or easy to guess", call.name());
        sites.gap(place, "password hash", message);
        return;
    }
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

/// `encoders.put("MD5", new Md5Encoder())` beside `new DelegatingPasswordEncoder("bcrypt", encoders)`: it answers for
/// passwords that were stored before.
fn is_for_old_passwords(encoder: Call<'_>) -> bool {
    let Some(outer) = encoder.enclosing_calls().next() else { return false };
    let given: Vec<Value<'_>> = outer.positional().collect();
    let position = given.iter().position(|value| value.at == encoder.value().at);
    let name = position.and_then(|at| given.get(at.checked_sub(1)?));
    let Some(name) = name.and_then(|name| name.constant().text()) else { return false };
    encoder.function().calls_within().any(|call| {
        let first = call.detail(Meaning::HashPassword, "chooses").and_then(|_| call.argument(0));
        first.and_then(|first| first.constant().text()).is_some_and(|first| first != name)
    })
}

/// Models that hash what they are given before they are saved, themselves or by a helper.
fn hashes_on_save(project: &Project) -> bool {
    project.calls_with(Meaning::HashPassword).any(|call| {
        let hashing = call.function();
        let mut callers = project.callers(hashing.at).map(Call::function);
        is_called_so(hashing) || is_hook(hashing) || callers.any(is_hook)
    })
}

/// `beforeCreate(user)`, `User.set_password(self, password)`.
fn is_called_so(function: Body<'_>) -> bool {
    let name = function.function().name.as_str();
    let is_known = matches!(
        name,
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
    );
    is_known && (function.function().class.is_some() || name.starts_with("before"))
}

/// `@field_validator("password")`, `schema.pre("save", function () { … })`.
fn is_hook(function: Body<'_>) -> bool {
    let unit = function.unit();
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
        .and_then(|id| function.project.call(In { file: function.at.file, id }));
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
    by_mark || by_hook
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
                || matches!(
                    last_name(part),
                    Some(
                        "env"
                            | "config"
                            | "conf"
                            | "cfg"
                            | "configuration"
                            | "settings"
                            | "secrets"
                    )
                )
        })
}

/// Is one of the names that the call hangs on that of people?
fn is_about_people(call: Call<'_>) -> bool {
    super::common::names_of(call.callee_value()).iter().any(|name| has_word(name, &PEOPLE))
}
