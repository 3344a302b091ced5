use super::{common::has_word, open_routes::is_open};
use crate::{
    facts::{ExpressionKind, Operator, Runtime},
    gap::{Confidence, Severity},
    project::{FileId, In, Project, Unit, Value, guards::split_words},
    rules::Sites,
};

/// What the browser's own storage is asked for, as if its owner could not change it.
const CLAIMS: [&str; 10] = [
    "admin",
    "isadmin",
    "role",
    "userrole",
    "isloggedin",
    "loggedin",
    "isauthenticated",
    "authenticated",
    "permissions",
    "ispremium",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let files = project.units().filter(|(file, unit)| is_browser(project, *file, unit));
    for (file, unit) in files {
        for (id, expression) in unit.facts.expressions() {
            let value = project.value(In { file, id });
            if let ExpressionKind::Operation { operator, .. } = expression.kind
                && matches!(operator, Operator::Equal | Operator::NotEqual)
            {
                compared(project, value, sites);
            }
        }
    }
}

fn is_browser(project: &Project, file: FileId, unit: &Unit) -> bool {
    let is_component = ["tsx", "jsx", "vue", "svelte"]
        .iter()
        .any(|ending| unit.file.path.ends_with(&format!(".{ending}")));
    unit.file.is_shipped()
        && (unit.file.runtime == Runtime::Browser || is_component || project.client().has(file))
}

fn compared(project: &Project, test: Value<'_>, sites: &mut Sites) {
    let ExpressionKind::Operation { operands, .. } = test.kind() else { return };
    let [first, second] = operands.as_slice() else { return };
    let sides = [(*first, *second), (*second, *first)];
    for (asked, known) in sides.map(|(asked, known)| (test.sibling(asked), test.sibling(known))) {
        if is_password(asked) && is_secret(known) {
            let message = "the password is compared in the browser, where everybody can read it";
            sites.gap(test.location(), "password", message).severity(Severity::Critical);
            return;
        }
        if let Some(claim) = stored_claim(asked)
            && matches!(known.kind(), ExpressionKind::Text(_))
            && let Some(route) = project.routes().iter().find(|route| is_open(project, route))
        {
            let message = format!(
                "`{claim}` is believed as the browser stores it, and the server asks nobody"
            );
            sites
                .gap(test.location(), claim, message)
                .severity(Severity::High)
                .confidence(Confidence::Heuristic)
                .because(route.location, "open to everybody");
            return;
        }
    }
}

/// `password`, `form.password`, and not `errors.password` or `passwordStrength`.
fn is_password(value: Value<'_>) -> bool {
    let (ExpressionKind::Name(name) | ExpressionKind::Member { name, .. }) = value.kind() else {
        return false;
    };
    let words = split_words(name);
    let is_named = words.last().is_some_and(|last| {
        matches!(last.as_str(), "password" | "passwd" | "passcode" | "pwd" | "pin" | "passphrase")
    });
    let about = ["error", "errors", "touched", "status", "type", "types", "mode", "view", "label"];
    is_named && !has_word(value.source(), &about)
}

/// A text that a person could be asked for; names of fields and states are none.
fn is_secret(value: Value<'_>) -> bool {
    const STATES: [&str; 14] = [
        "password",
        "text",
        "hidden",
        "string",
        "required",
        "weak",
        "strong",
        "medium",
        "reset",
        "forgot",
        "change",
        "undefined",
        "none",
        "valid",
    ];
    value.kind().as_text().is_some_and(|text| {
        text.len() > 2
            && !text.contains(' ')
            && !STATES.contains(&text.to_ascii_lowercase().as_str())
    })
}

/// `localStorage.getItem("isAdmin")`
fn stored_claim(value: Value<'_>) -> Option<&str> {
    let call = value.as_call().filter(|call| call.name() == "getItem")?;
    let storage = call.receiver()?.source();
    let key = call.argument(0)?.text()?;
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_storage = storage.ends_with("localStorage") || storage.ends_with("sessionStorage");
    (is_storage && CLAIMS.contains(&plain.as_str())).then_some(key)
}
