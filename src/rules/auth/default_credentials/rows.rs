//! Accounts that a migration or a seed of a database inserts.

use std::sync::LazyLock;

use regex::Regex;

use super::{SEEDS, has_word};
use crate::{
    facts::{Document, File, Role, document::Line},
    gap::{Confidence, Severity},
    project::{Project, Unit},
    rules::Sites,
};

/// The table, the columns and the first row of an `INSERT`.
static INSERT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)\binsert\s+into\s+["`\[]?(?:\w+["`\]]?\.["`\[]?)?(?<table>\w+)["`\]]?\s*\((?<columns>[^()]*)\)\s*values\s*\((?<row>.*)"#,
    )
    .expect("the pattern is well formed")
});

/// The table whose rows go, and by which condition.
static DELETE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?is)^\s*(?:delete\s+from|truncate(?:\s+table)?|drop\s+table(?:\s+if\s+exists)?)\s+["`\[]?(?:\w+["`\]]?\.["`\[]?)?(?<table>\w+)["`\]]?\s*(?<condition>where\b.*)?"#,
    )
    .expect("the pattern is well formed")
});

/// How the digests of passwords begin.
const DIGESTS: [&str; 6] = ["$2", "$argon2", "$scrypt", "pbkdf2", "{bcrypt}", "scrypt:"];

pub(super) fn collect(project: &Project, sites: &mut Sites) {
    let files: Vec<_> = project.units().filter(|(_, unit)| runs(&unit.file)).collect();
    for (number, (id, unit)) in files.iter().enumerate() {
        let Some(Document::Sql(statements)) = &unit.facts.document else { continue };
        let is_seed = unit.file.path.split(['/', '.', '_', '-']).any(|word| SEEDS.contains(&word));
        for (position, statement) in statements.iter().enumerate() {
            let Some(row) = inserted(&statement.text) else { continue };
            let later = files[number + 1..].iter().filter_map(|(_, unit)| texts(unit)).flatten();
            let here = statements[position + 1..].iter();
            if here.chain(later).any(|statement| takes_away(&statement.text, &row)) {
                continue;
            }
            let Row { table, password, .. } = row;
            let is_digest = DIGESTS.iter().any(|start| password.starts_with(start));
            let severity = if is_seed || is_digest { Severity::Medium } else { Severity::High };
            let confidence = if is_digest { Confidence::Heuristic } else { Confidence::Likely };
            let message = format!("`{table}` gets a row whose password is the same everywhere");
            sites
                .gap(project.location(*id, statement.span), table, message)
                .severity(severity)
                .confidence(confidence);
        }
    }
}

/// Is it part of how a database comes to be, and not of the way back?
fn runs(file: &File) -> bool {
    matches!(file.role, Role::Source | Role::Migration | Role::Script | Role::Config)
        && !file.undoes_migration()
}

fn texts(unit: &Unit) -> Option<&[Line]> {
    match &unit.facts.document {
        Some(Document::Sql(statements)) => Some(statements),
        _ => None,
    }
}

/// An account that is inserted with a password.
struct Row<'t> {
    table: &'t str,
    password: &'t str,
    values: Vec<&'t str>,
}

/// The first row of a statement that gives its password column a literal.
fn inserted(statement: &str) -> Option<Row<'_>> {
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
    let values: Vec<&str> = values(found.name("row")?.as_str()).collect();
    let password = literal_in(values.get(position)?)?;
    Some(Row { table, password, values })
}

/// Does a later statement remove such a row: all of its table, or those with one of its values?
fn takes_away(statement: &str, row: &Row<'_>) -> bool {
    let Some(found) = DELETE.captures(statement) else { return false };
    let is_same = found.name("table").is_some_and(|table| table.as_str() == row.table);
    is_same
        && found.name("condition").is_none_or(|condition| {
            let mut values = row.values.iter().map(|value| value.trim());
            values.any(|value| value.starts_with('\'') && condition.as_str().contains(value))
        })
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
    use super::{inserted, takes_away};

    fn password(statement: &str) -> Option<(&str, &str)> {
        inserted(statement).map(|row| (row.table, row.password))
    }

    #[test]
    fn the_password_of_the_first_row_is_found() {
        let row = "INSERT INTO users (name, password) VALUES ('a, (b)', 'let me'), ('c', 'd')";
        assert_eq!(password(row), Some(("users", "let me")));
        let hashed = "insert into app.accounts(id, pwd) values (1, crypt('admin', gen_salt('bf')))";
        assert_eq!(password(hashed), Some(("accounts", "admin")));
        assert_eq!(password("insert into users (name, password) values ($1, $2)"), None);
        assert_eq!(password("insert into tokens (password) values ('abc')"), None);
    }

    #[test]
    fn a_row_may_be_taken_away_again() {
        let row = inserted("INSERT INTO users (name, password) VALUES ('root', 'let me')");
        let row = row.expect("it has a password");
        assert!(takes_away("DELETE FROM users WHERE name LIKE 'root'", &row));
        assert!(takes_away("drop table if exists app.users", &row));
        assert!(!takes_away("DELETE FROM users WHERE name = 'guest'", &row));
        assert!(!takes_away("DELETE FROM tokens", &row));
    }
}
