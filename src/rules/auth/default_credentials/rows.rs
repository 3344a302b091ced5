//! Accounts that a migration or a seed of a database inserts.

use std::sync::LazyLock;

use regex::Regex;

use super::{SEEDS, has_word};
use crate::{
    facts::{Document, Role},
    gap::{Confidence, Severity},
    project::Project,
    rules::Sites,
};

/// The table, the columns and the first row of an `INSERT`.
static INSERT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)\binsert\s+into\s+["`\[]?(?:\w+["`\]]?\.["`\[]?)?(?<table>\w+)["`\]]?\s*\((?<columns>[^()]*)\)\s*values\s*\((?<row>.*)"#,
    )
    .expect("the pattern is well formed")
});

/// How the digests of passwords begin.
const DIGESTS: [&str; 6] = ["$2", "$argon2", "$scrypt", "pbkdf2", "{bcrypt}", "scrypt:"];

pub(super) fn collect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let Some(Document::Sql(statements)) = &unit.facts.document else { continue };
        let file = &unit.file;
        if !matches!(file.role, Role::Source | Role::Migration | Role::Script | Role::Config) {
            continue;
        }
        let is_seed = file.path.split(['/', '.', '_', '-']).any(|word| SEEDS.contains(&word));
        for statement in statements {
            let Some((table, value)) = inserted_password(&statement.text) else { continue };
            let is_digest = DIGESTS.iter().any(|start| value.starts_with(start));
            let severity = if is_seed || is_digest { Severity::Medium } else { Severity::High };
            let confidence = if is_digest { Confidence::Heuristic } else { Confidence::Likely };
            let message = format!("`{table}` gets a row whose password is the same everywhere");
            sites
                .gap(project.location(id, statement.span), table, message)
                .severity(severity)
                .confidence(confidence);
        }
    }
}

/// The table and the literal that its password column gets in the first row.
fn inserted_password(statement: &str) -> Option<(&str, &str)> {
    let found = INSERT.captures(statement)?;
    let table = found.name("table")?.as_str();
    let holds_people =
        ["user", "users", "account", "accounts", "admin", "admins", "member", "members"];
    if !has_word(table, &holds_people) || has_word(table, &["test"]) {
        return None;
    }
    let columns = found.name("columns")?.as_str();
    let position = columns.split(',').position(|column| {
        has_word(column, &["password", "passwd", "pwd", "passwordhash", "encryptedpassword"])
    })?;
    let value = values(found.name("row")?.as_str()).nth(position)?;
    literal_in(value).map(|literal| (table, literal))
}

/// The values of a row, up to the parenthesis that closes it.
fn values(row: &str) -> impl Iterator<Item = &str> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut is_quoted) = (0, 0_u32, false);
    for (at, character) in row.char_indices() {
        match character {
            '\'' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => {
                found.push(&row[start..at]);
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&row[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.into_iter()
}

/// `'admin'`, and what is hashed in `crypt('admin', gen_salt('bf'))`.
fn literal_in(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once('\'')?;
    let (literal, _) = rest.split_once('\'')?;
    let is_variable = literal.starts_with("${") || literal.starts_with(':');
    (literal.len() > 2 && !is_variable).then_some(literal)
}

#[cfg(test)]
mod tests {
    use super::inserted_password;

    #[test]
    fn the_password_of_the_first_row_is_found() {
        let row = "INSERT INTO users (name, password) VALUES ('a, (b)', 'let me'), ('c', 'd')";
        assert_eq!(inserted_password(row), Some(("users", "let me")));
        let hashed = "insert into app.accounts(id, pwd) values (1, crypt('admin', gen_salt('bf')))";
        assert_eq!(inserted_password(hashed), Some(("accounts", "admin")));
        assert_eq!(inserted_password("insert into users (name, password) values ($1, $2)"), None);
        assert_eq!(inserted_password("insert into tokens (password) values ('abc')"), None);
    }
}
