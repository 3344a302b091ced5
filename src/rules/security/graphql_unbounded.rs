use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    gap::Severity,
    project::{Call, FileId, Location, Project, Unit, Value, views::Setting},
    rules::Sites,
};

/// Options that carry rules for queries, whatever library they come from.
const RULES: [&str; 4] = ["validationRules", "validation_rules", "persistedOperations", "cost_map"];

/// Options that show the whole schema to everybody who asks.
const SHOWN: [(&str, &str); 2] = [
    ("introspection", "the whole schema is shown to whoever asks, also in production"),
    ("graphiql", "a console for queries is part of what is delivered"),
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let bound = project.units().find_map(|(id, unit)| limit_in(project, id, unit));
    let servers = project.calls_with(Meaning::GraphqlServer);
    for server in servers.filter(|call| call.source_file().is_shipped()) {
        limits(server, bound, sites);
        for (option, message) in SHOWN {
            if let Setting::Given(value) = server.option(option)
                && value.boolean() == Some(true)
            {
                sites.gap(value.location(), option, message).severity(Severity::Low);
            }
        }
    }
}

fn limits(server: Call, bound: Option<Location>, sites: &mut Sites) {
    let place = server.location();
    let subject = server.name();
    if let Some(bound) = bound {
        sites.holds(place, subject, "queries are bounded").because(bound, "by this");
        return;
    }
    match server.any_option(RULES) {
        Setting::Given(rules) if !is_empty(rules) => {
            sites.holds(place, subject, "rules of its own judge each query");
        }
        // Scripts hand all options over as the first argument.
        Setting::Absent if server.argument(0).is_some_and(is_elsewhere) => {
            sites.unknown(place, subject, "its options are not written here");
        }
        Setting::Given(_) | Setting::Absent => {
            let message = "one query may nest as deep and ask for as much as it likes";
            sites.gap(place, subject, message);
        }
        Setting::Unknown => {
            sites.unknown(place, subject, "its options are not written here");
        }
    }
}

fn is_elsewhere(options: Value) -> bool {
    let is_script = options.project.file(options.at.file).language.is_script();
    is_script && !matches!(options.constant().kind(), ExpressionKind::Object(_))
}

fn is_empty(rules: Value) -> bool {
    rules.items().is_some_and(|items| items.is_empty())
}

/// Where delivered code bounds queries: a call, or the name of a limit that is handed on.
fn limit_in(project: &Project, id: FileId, unit: &Unit) -> Option<Location> {
    if !unit.file.is_shipped() {
        return None;
    }
    let means = |path: &str| project.vocabulary().has(path, Meaning::GraphqlLimit);
    if let Some(call) = project.calls_in(id).find(|call| call.means(Meaning::GraphqlLimit)) {
        return Some(call.location());
    }
    let import = unit.facts.imports.iter().find(|import| {
        let path = match &import.name {
            Some(name) => format!("{}.{name}", import.module),
            None => import.module.to_string(),
        };
        means(&path)
    })?;
    Some(project.location(id, import.span))
}
