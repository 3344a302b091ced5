//! Accounts that stand in a list, which a program reads or fills a store from.

use std::collections::BTreeSet;

use super::{ACCOUNT_KEYS, SEEDS, has_word, may_create, password_in};
use crate::{
    facts::{Pattern, StatementKind},
    gap::Severity,
    project::{FileId, In, Location, Project, Unit, Value},
    rules::Sites,
};

/// What such lists are called.
const PEOPLE: [&str; 9] = [
    "user",
    "users",
    "account",
    "accounts",
    "admins",
    "members",
    "employees",
    "logins",
    "credentials",
];

/// `known` holds the passwords for which there is a gap already.
pub(super) fn collect(project: &Project, known: &BTreeSet<Location>, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|(_, unit)| may_create(unit)) {
        for (name, list) in named_lists(project, file, unit) {
            of_list(name, list, known, sites);
        }
    }
}

/// `const users = […]`, of people and not of what tests play with.
fn named_lists<'p>(
    project: &'p Project,
    file: FileId,
    unit: &'p Unit,
) -> impl Iterator<Item = (&'p str, Value<'p>)> {
    unit.facts.statements.iter().filter_map(move |statement| {
        let StatementKind::Bind { target: Pattern::Name(name), value: Some(value), .. } =
            &statement.kind
        else {
            return None;
        };
        let is_of_people = has_word(name, &PEOPLE) && !has_word(name, &["mock", "fake", "dummy"]);
        is_of_people.then(|| (name.as_str(), project.value(In { file, id: *value })))
    })
}

fn of_list(name: &str, list: Value<'_>, known: &BTreeSet<Location>, sites: &mut Sites) {
    for record in list.items().unwrap_or_default() {
        let has = |key: &&str| record.entry(key).given().is_some();
        let is_account = ACCOUNT_KEYS.iter().any(&has) || has(&"name");
        let password = password_in(record).filter(|_| is_account);
        let Some(password) = password else { continue };
        if password.text().is_none_or(str::is_empty) || known.contains(&password.location()) {
            continue;
        }
        let path = &list.project.file(list.at.file).path;
        let is_seed = path.split(['/', '.', '_', '-']).any(|word| SEEDS.contains(&word));
        let message = format!("an account of `{name}` has a password that stands in the code");
        sites
            .gap(password.location(), name, message)
            .severity(if is_seed { Severity::Medium } else { Severity::High })
            .root(format!("{path} {name}"))
            .identity(name);
    }
}
