//! Does the program refuse to run with the value that everybody knows?

use crate::{
    facts::{Block, ExpressionId, ExpressionKind, StatementKind, Text, vocabulary::Meaning},
    project::{FileId, In, Project},
};

/// Is there a test that names the secret, and whose branch ends the program?
pub(super) fn is_refused(project: &Project, file: FileId, name: &str) -> bool {
    let facts = project.facts(file);
    facts.statements.iter().any(|statement| match &statement.kind {
        StatementKind::If { test, then, otherwise, .. } => {
            names(project, file, *test, name)
                && (ends(project, file, then) || ends(project, file, otherwise))
        }
        StatementKind::Assert { test, .. } => names(project, file, *test, name),
        _ => false,
    })
}

/// Does the test look at the secret's value, and not only whether there is one?
fn names(project: &Project, file: FileId, test: ExpressionId, name: &str) -> bool {
    let parts = project.value(In { file, id: test }).descendants();
    let is_secret = |text: &Text| same_name(text, name);
    let names_it = parts.iter().any(|part| match part.kind() {
        ExpressionKind::Name(found)
        | ExpressionKind::Member { name: found, .. }
        | ExpressionKind::Text(found) => is_secret(found),
        _ => false,
    });
    let looks_at_value = parts.iter().any(|part| match part.kind() {
        ExpressionKind::Text(text) => !is_secret(text),
        ExpressionKind::Name(found) | ExpressionKind::Member { name: found, .. } => {
            let found = found.to_ascii_lowercase();
            ["default", "insecure", "weak", "known", "length", "prod"]
                .iter()
                .any(|word| found.contains(word))
        }
        _ => false,
    });
    names_it && looks_at_value
}

/// `JWT_SECRET`, `jwtSecret` and `jwt_secret` are one.
fn same_name(a: &str, b: &str) -> bool {
    let plain = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|character| character.to_ascii_lowercase()).collect::<String>()
    };
    plain(a) == plain(b)
}

/// Does a block throw, exit or panic?
fn ends(project: &Project, file: FileId, block: &Block) -> bool {
    let facts = project.facts(file);
    block.iter().any(|&id| match &facts[id].kind {
        StatementKind::Throw(_) => true,
        StatementKind::Expression(value) => {
            let call = project.value(In { file, id: *value }).as_call();
            call.is_some_and(|call| {
                call.means(Meaning::Exit)
                    || call.means(Meaning::Panics)
                    || matches!(
                        call.name(),
                        "exit" | "panic" | "Fatal" | "Fatalf" | "abort" | "bail"
                    )
            })
        }
        StatementKind::Return(Some(value)) => {
            matches!(facts[*value].kind, ExpressionKind::Call { .. })
        }
        _ => false,
    })
}
