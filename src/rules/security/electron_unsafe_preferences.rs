use crate::{
    facts::{Document, ExpressionKind, NodeKind},
    gap::Severity,
    project::{Call, FileId, Project, Value, views::Setting},
    rules::Sites,
};

/// Preferences of a window with the value that takes a protection away.
const UNSAFE: [(&str, bool, Severity, &str); 7] = [
    ("nodeIntegration", true, Severity::High, "pages can start programs and read files"),
    ("contextIsolation", false, Severity::High, "pages can change what the preload script uses"),
    ("webSecurity", false, Severity::High, "pages of any site read each other's data"),
    ("allowRunningInsecureContent", true, Severity::High, "scripts are loaded without encryption"),
    ("enableRemoteModule", true, Severity::High, "pages can use the objects of the main process"),
    ("nodeIntegrationInSubFrames", true, Severity::High, "frames can start programs"),
    ("sandbox", false, Severity::Low, "a page that breaks out of its engine is in the system"),
];

/// Messages from a page to the main process.
const MESSAGES: [&str; 4] = ["invoke", "send", "sendSync", "postMessage"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let uses = unit.facts.imports.iter().any(|import| import.module.starts_with("electron"));
        if uses && unit.file.is_shipped() {
            for call in project.calls_in(id) {
                window(call, sites);
                opened(call, sites);
                bridge(call, sites);
            }
        }
        if matches!(unit.file.name(), "tauri.conf.json" | "Tauri.toml") {
            tauri(project, id, sites);
        }
    }
}

fn window(call: Call, sites: &mut Sites) {
    if !matches!(call.name(), "BrowserWindow" | "BrowserView" | "WebContentsView") {
        return;
    }
    let preferences = match call.option("webPreferences") {
        Setting::Given(preferences) => preferences,
        Setting::Absent => {
            sites.holds(call.location(), call.name(), "the defaults protect it");
            return;
        }
        Setting::Unknown => {
            sites.unknown(call.location(), call.name(), "its options are not written here");
            return;
        }
    };
    let mut is_safe = true;
    for (name, bad, severity, message) in UNSAFE {
        if let Setting::Given(value) = preferences.entry(name)
            && value.boolean() == Some(bad)
        {
            is_safe = false;
            sites.gap(value.location(), name, message).severity(severity);
        }
    }
    if is_safe {
        sites.holds(call.location(), call.name(), "no protection is taken away");
    }
}

/// `shell.openExternal(url)`: the system opens whatever the address's scheme stands for.
fn opened(call: Call, sites: &mut Sites) {
    if call.name() != "openExternal" {
        return;
    }
    let Some(address) = call.argument(0).filter(|address| !is_written(*address)) else { return };
    let body = call.function();
    let text = body.unit().file.slice(body.function().span);
    let text = if text.is_empty() { &*body.unit().file.text } else { text };
    let is_checked = ["https:", "protocol", "startsWith", "allow", "mailto:"];
    if is_checked.iter().any(|word| text.contains(word)) {
        sites.holds(call.location(), "openExternal", "the address is looked at first");
    } else {
        let message = "an address from elsewhere can start any program that a scheme stands for";
        sites
            .gap(call.location(), "openExternal", message)
            .severity(Severity::Medium)
            .because(address.location(), "not written here");
    }
}

/// A literal, or a text that begins with its scheme.
fn is_written(value: Value) -> bool {
    match value.constant().kind() {
        ExpressionKind::Text(_) => true,
        ExpressionKind::Concat(parts) => parts.first().is_some_and(|&part| {
            let start = value.constant().sibling(part).text();
            start.is_some_and(|text| text.contains(':'))
        }),
        _ => false,
    }
}

/// What the preload script hands to the page: single messages, or any message at all?
fn bridge(call: Call, sites: &mut Sites) {
    if call.name() == "exposeInMainWorld" {
        let whole = call.argument(1).into_iter().flat_map(Value::descendants).find(|value| {
            matches!(value.kind(), ExpressionKind::Name(name) if name == "ipcRenderer")
                && is_handed_whole(*value)
        });
        match whole {
            Some(value) => {
                let message = "the page gets the whole channel to the main process";
                sites.gap(value.location(), "ipcRenderer", message);
            }
            None => {
                sites.holds(call.location(), "ipcRenderer", "the page gets named functions");
            }
        }
        return;
    }
    let is_message = MESSAGES.contains(&call.name())
        && call.receiver().is_some_and(|receiver| receiver.source().ends_with("ipcRenderer"));
    let text = &call.source_file().text;
    if !is_message || !text.contains("exposeInMainWorld") {
        return;
    }
    if call.argument(0).is_some_and(|channel| !is_written(channel) && is_parameter(channel)) {
        let body = call.function();
        let text = body.unit().file.slice(body.function().span);
        let is_listed = ["includes(", ".has(", " in "].iter().any(|word| text.contains(word));
        if !is_listed {
            let message = "the page chooses which message goes to the main process";
            sites.gap(call.location(), call.name(), message);
        }
    }
}

/// Not `ipcRenderer.invoke(…)`, where only a method of it is used.
fn is_handed_whole(value: Value) -> bool {
    let index = &value.project.unit(value.at.file).index;
    let parent = index.expression(value.at.id).parent;
    parent
        .is_none_or(|parent| !matches!(value.sibling(parent).kind(), ExpressionKind::Member { .. }))
}

fn is_parameter(value: Value) -> bool {
    let ExpressionKind::Name(name) = value.kind() else { return false };
    let mut names = Vec::new();
    for parameter in &value.function().function().parameters {
        parameter.pattern.each_name(&mut |bound| names.push(bound.clone()));
    }
    names.contains(name)
}

fn tauri(project: &Project, id: FileId, sites: &mut Sites) {
    let Some(Document::Tree(roots)) = &project.facts(id).document else { return };
    for root in roots {
        let mut at = |path: &[&str], is_bad: fn(&NodeKind) -> bool, severity, message: &str| {
            let Some(node) = root.at(path) else { return };
            let place = project.location(id, node.span);
            let subject = path.join(".");
            if is_bad(&node.kind) {
                sites.gap(place, subject, message).severity(severity);
            } else {
                sites.holds(place, subject, "it is narrowed down");
            }
        };
        let is_on: fn(&NodeKind) -> bool = |kind| matches!(kind, NodeKind::Bool(true));
        let is_null: fn(&NodeKind) -> bool = |kind| matches!(kind, NodeKind::Null);
        let is_any: fn(&NodeKind) -> bool = |kind| !matches!(kind, NodeKind::Null);
        at(&["tauri", "allowlist", "all"], is_on, Severity::High, "pages can use the whole system");
        at(
            &["tauri", "allowlist", "shell", "all"],
            is_on,
            Severity::High,
            "pages can start programs",
        );
        at(
            &["tauri", "security", "dangerousRemoteDomainIpcAccess"],
            is_any,
            Severity::High,
            "pages of another site reach the main process",
        );
        for path in [["tauri", "security", "csp"], ["app", "security", "csp"]] {
            at(&path, is_null, Severity::Medium, "nothing says which scripts a page may run");
        }
    }
}
