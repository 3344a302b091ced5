use super::commands::{Fault, fault_of};
use crate::{
    facts::{File, Language, Role, Runtime, Span},
    gap::Severity,
    project::{Location, Project, Value, views::Setting},
    rules::Sites,
};

/// An option with which a library runs the code that came with downloaded data.
const TRUST: &str = "trust_remote_code";

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    images(project, sites);
    pipelines(project, sites);
    scripts(project, sites);
    calls(project, sites);
}

fn images(project: &Project, sites: &mut Sites) {
    for container in &project.manifests().containers {
        let file = project.file(container.file);
        if is_aside(file) {
            continue;
        }
        let instructions = container.stages.iter().flat_map(|stage| &stage.instructions);
        for instruction in instructions {
            let place = project.location(container.file, instruction.span);
            let arguments = instruction.arguments.as_str();
            match instruction.keyword.as_str() {
                "RUN" => judge(arguments, place, Severity::Medium, sites),
                "ADD" if is_remote(arguments) => {
                    if arguments.contains("--checksum=") {
                        sites.holds(place, "ADD", "what is added has to have one checksum");
                    } else {
                        let message = "what an address holds today becomes part of the image";
                        sites.gap(place, "ADD", message).severity(Severity::Low);
                    }
                }
                _ => {}
            }
        }
    }
}

/// An archive or a file at an address; a repository with a version names what is added.
fn is_remote(arguments: &str) -> bool {
    let mut sources = arguments.split_whitespace().filter(|word| !word.starts_with("--"));
    sources.any(|source| source.starts_with("http://") || source.starts_with("https://"))
}

fn pipelines(project: &Project, sites: &mut Sites) {
    for workflow in &project.manifests().workflows {
        let text = &project.file(workflow.file).text;
        let has_secrets = text.contains("secrets.") || text.contains("id-token: write");
        let severity = if has_secrets { Severity::High } else { Severity::Medium };
        for step in workflow.steps() {
            if let Some(run) = &step.run {
                judge(run, step.location, severity, sites);
            }
        }
    }
}

/// Shell scripts, and the commands that a package manager runs by itself.
fn scripts(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if unit.file.language != Language::Shell || is_aside(&unit.file) {
            continue;
        }
        for (line, span) in logical_lines(&unit.file.text) {
            judge(&line, project.location(id, span), Severity::Medium, sites);
        }
    }
    for package in &project.manifests().packages {
        let file = project.file(package.file);
        let by_itself = ["preinstall", "install", "postinstall", "prepare", "build", "start"];
        let scripts = package.scripts.iter().filter(|_| !is_aside(file));
        for script in scripts.filter(|script| by_itself.contains(&script.name.as_str())) {
            judge(&script.command, script.location, Severity::Medium, sites);
        }
    }
}

/// Not delivered; a container for development stays on the machine of a developer.
fn is_aside(file: &File) -> bool {
    matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored | Role::Generated)
        || file.path.contains(".devcontainer/")
}

/// Lines with their continuations, without comments.
fn logical_lines(text: &str) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    let mut start = 0;
    let mut is_continued = false;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let bare = line.trim();
        if !bare.starts_with('#') && !bare.is_empty() {
            let part = bare.trim_end_matches('\\');
            let last = offset(start + line.trim_end().len());
            if let Some((whole, span)) = found.last_mut().filter(|_| is_continued) {
                whole.push(' ');
                whole.push_str(part);
                span.end = last;
            } else {
                found.push((part.to_owned(), Span::new(offset(start), last)));
            }
            is_continued = bare.ends_with('\\');
        }
        start = end;
    }
    found
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn judge(command: &str, place: Location, severity: Severity, sites: &mut Sites) {
    let subject = "the command";
    match fault_of(command) {
        None => {}
        Some(Fault::Verified) => {
            sites.holds(place, subject, "what is downloaded is checked before it runs");
        }
        Some(Fault::Runs { source, is_known }) => {
            let is_plain = source.starts_with("http://");
            let severity = match severity {
                _ if is_plain => Severity::High,
                Severity::Medium if is_known => Severity::Low,
                Severity::High if is_known => Severity::Medium,
                other => other,
            };
            let what = if source.is_empty() { "an address" } else { &source };
            let message = format!("whatever `{what}` answers is run unseen");
            sites.gap(place, subject, message).severity(severity).root(&*source);
        }
        Some(Fault::Branch { source }) => {
            let message = format!("`{source}` installs what its branch holds that day");
            sites.gap(place, subject, message).severity(severity).root(&*source);
        }
        Some(Fault::PlainIndex { source }) => {
            let message = format!("packages come from `{source}` without encryption");
            sites.gap(place, subject, message).severity(Severity::High).root(&*source);
        }
    }
}

/// Calls that let downloaded data bring its own program.
fn calls(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let file = &unit.file;
        if file.language != Language::Python || is_aside(file) || !file.text.contains(TRUST) {
            continue;
        }
        for call in project.calls_in(id).filter(|_| file.runtime != Runtime::Notebook) {
            let Setting::Given(value) = call.option(TRUST) else { continue };
            if value.boolean() != Some(true) {
                continue;
            }
            let revision = call.option("revision").given().and_then(Value::text);
            if revision.is_some_and(is_commit) {
                sites.holds(call.location(), call.name(), "one revision is named");
            } else {
                let message = "code that came with the model runs, whatever it is that day";
                sites.gap(call.location(), call.name(), message).severity(Severity::High);
            }
        }
    }
}

fn is_commit(text: &str) -> bool {
    text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
