use super::common::{has_word, last_name};
use crate::{
    facts::Runtime,
    gap::Severity,
    project::{Call, Project, Value, guards::split_words},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in project.calls().filter(|call| keeps(*call)) {
        let key = call.argument(0).and_then(Value::text);
        let value = call.argument(1).and_then(last_name);
        let Some(name) = [key, value].into_iter().flatten().find(|name| is_token(name)) else {
            continue;
        };
        let message = format!("`{name}` is kept where every script of the page can read it");
        let severity = if has_word(name, &["refresh"]) { Severity::Medium } else { Severity::Low };
        sites.gap(call.location(), name, message).severity(severity);
    }
}

/// `localStorage.setItem` and its like, in code that ships to browsers.
fn keeps(call: Call<'_>) -> bool {
    let file = call.source_file();
    let is_browser = file.is_shipped() && !matches!(file.runtime, Runtime::Server | Runtime::Edge);
    let storage = call.receiver().and_then(last_name);
    call.name() == "setItem"
        && is_browser
        && matches!(storage, Some("localStorage" | "sessionStorage"))
}

fn is_token(name: &str) -> bool {
    let words = split_words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["token", "jwt", "accesstoken", "refreshtoken", "authtoken", "apikey", "bearer"])
        && !has(&["csrf", "xsrf", "design", "count", "tokens", "push", "fcm"])
}
