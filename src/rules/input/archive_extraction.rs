use crate::{
    facts::{ExpressionKind, Runtime, vocabulary::Meaning},
    project::{Body, Call, Project, Value},
    rules::{Sites, common::server_calls},
};

/// Calls after which a name does not lead out of its folder, or that ask whether it does.
const CONTAINING: [&str; 15] = [
    "IsLocal",
    "HasPrefix",
    "Rel",
    "Contains",
    "startsWith",
    "starts_with",
    "startswith",
    "contains",
    "relativize",
    "is_relative_to",
    "relative_to",
    "commonpath",
    "enclosed_name",
    "mangled_name",
    "strip_prefix",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for call in server_calls(project, Meaning::ExtractArchive) {
        // Whoever runs a tool chooses the archive and owns the folder.
        if call.source_file().runtime == Runtime::Cli {
            continue;
        }
        if let Some(option) = call.detail(Meaning::ExtractArchive, "safe_option") {
            judge_option(call, option, sites);
        } else if call.detail(Meaning::ExtractArchive, "contained").is_some() {
            let fact = "its library keeps all entries below the folder";
            sites.holds(call.location(), call.name(), fact);
        } else if let Some(name) = call.detail(Meaning::ExtractArchive, "entry_name") {
            judge_entries(call, name, sites);
        }
    }
}

/// A library that asks its caller whether to refuse entries that leave the folder.
fn judge_option(call: Call<'_>, option: &str, sites: &mut Sites) {
    let given = call.option(option).given();
    let (at, subject) = (call.location(), call.name());
    match given.map(Value::text) {
        Some(Some("fully_trusted")) => {
            sites.gap(at, subject, "entries of the archive may be written anywhere, as it is told");
        }
        Some(_) => {
            sites.holds(at, subject, "entries that leave the folder are refused");
        }
        None if call.named("members").is_some() => {
            sites.unknown(at, subject, "which entries are chosen is decided elsewhere");
        }
        None => {
            sites.gap(at, subject, "entries of the archive may be written outside the folder");
        }
    }
}

/// Entries that are written one by one, below a folder joined with their names.
fn judge_entries(call: Call<'_>, name: &str, sites: &mut Sites) {
    let body = call.function();
    let joins = |join: &Call<'_>| {
        let is_path = matches!(join.name(), "Join" | "join" | "resolve" | "File");
        is_path && join.positional().any(|value| has_name(value, name))
    };
    let Some(join) = body.calls_within().find(joins) else { return };
    if is_contained(body) {
        sites.holds(join.location(), join.name(), "the names of entries are checked");
    } else {
        let message = "an entry of the archive chooses where it is written";
        sites.gap(join.location(), join.name(), message).because(call.location(), "opened here");
    }
}

fn has_name(value: Value<'_>, name: &str) -> bool {
    value
        .descendants()
        .into_iter()
        .any(|part| matches!(part.kind(), ExpressionKind::Member { name: own, .. } if own == name))
}

fn is_contained(body: Body<'_>) -> bool {
    body.calls_within().any(|call| {
        call.means(Meaning::ContainPath)
            || CONTAINING.contains(&call.name())
            || call.positional().any(|value| value.text().is_some_and(|text| text.contains("..")))
    })
}
