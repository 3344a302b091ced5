use crate::{
    facts::{File, Role, Span, secret::DATABASE_URL},
    gap::Severity,
    project::Project,
    rules::Sites,
};

/// Configuration of coding agents and of the servers that they start, by the end of the path.
const FILES: [&str; 12] = [
    ".mcp.json",
    "mcp.json",
    ".claude/settings.json",
    ".claude/settings.local.json",
    "claude_desktop_config.json",
    ".codex/config.toml",
    ".aider.conf.yml",
    ".continue/config.json",
    ".continue/config.yaml",
    ".gemini/settings.json",
    "opencode.json",
    ".zed/settings.json",
];

/// Folders that agents keep to themselves.
const FOLDERS: [&str; 3] = [".windsurf", ".cursor", ".roo"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if !is_agent_file(&unit.file) || unit.file.role == Role::Vendored {
            continue;
        }
        let secrets = unit
            .facts
            .secrets
            .iter()
            .map(|hit| (hit.span, &hit.name, hit.provider != DATABASE_URL));
        let credentials = unit.facts.credentials.iter().map(|one| (one.span, &one.name, false));
        let mut found = false;
        for (span, name, is_token) in secrets.chain(credentials) {
            let subject = if name.is_empty() { "a credential" } else { name };
            let message =
                format!("`{subject}` is written into the configuration of a coding agent");
            let severity = if is_token { Severity::Critical } else { Severity::High };
            sites
                .gap(project.location(id, span), subject, message)
                .severity(severity)
                .identity(subject);
            found = true;
        }
        if !found {
            let fact = "it refers to its secrets or has none";
            sites.holds(project.location(id, Span::default()), &*unit.file.path, fact);
        }
    }
}

pub(super) fn is_agent_file(file: &File) -> bool {
    let is_named = FILES.iter().any(|known| {
        let rest = file.path.strip_suffix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/') || known.starts_with("mcp"))
    });
    is_named || file.path.split('/').any(|segment| FOLDERS.contains(&segment))
}
