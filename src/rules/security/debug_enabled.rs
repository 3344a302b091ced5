use crate::{
    facts::{
        ExpressionId, ExpressionKind, Language, Pattern, Role, Span, StatementKind,
        vocabulary::Meaning,
    },
    gap::{Confidence, Severity},
    project::{Call, FileId, In, Project, Unit, Value, views::Setting},
    rules::{Sites, common::has_word},
};

const MESSAGE: &str = "errors show source and variables to whoever causes them";

/// Settings files that are read on the machines of developers only.
const DEVELOPMENT: [&str; 6] = ["dev", "development", "local", "test", "testing", "ci"];

/// Variables that switch a framework into its debug mode, with the values that do.
const VARIABLES: [&str; 4] = ["FLASK_DEBUG", "DEBUG", "DJANGO_DEBUG", "APP_DEBUG"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if is_for_development(unit) {
            continue;
        }
        if unit.file.language.is_code() {
            for call in project.calls_in(id).filter(|call| starts(*call)) {
                of_call(call, sites);
            }
            for call in project.calls_in(id).filter(|call| loads_development(*call)) {
                let message =
                    "the settings of developers, with debug mode, are loaded wherever it runs";
                sites.gap(call.location(), call.path(), message).severity(Severity::Medium);
            }
            bindings(project, id, unit, sites);
        }
    }
    containers(project, sites);
    properties(project, sites);
}

fn is_for_development(unit: &Unit) -> bool {
    let file = &unit.file;
    let named = file.name().split(['.', '-', '_']).any(|word| DEVELOPMENT.contains(&word));
    named
        || matches!(
            file.role,
            Role::Test | Role::Example | Role::Docs | Role::Generated | Role::Vendored
        )
}

/// A call that is known to start in debug mode on demand, or that runs an application of unknown kind.
fn starts(call: Call) -> bool {
    call.means(Meaning::DebugMode) || call.name() == "run" && call.path().starts_with('?')
}

fn of_call(call: Call, sites: &mut Sites) {
    let option = call.detail(Meaning::DebugMode, "option").unwrap_or("debug");
    match call.option(option) {
        Setting::Given(value) => match value.boolean() {
            Some(true) => {
                sites.gap(call.location(), call.path(), MESSAGE);
            }
            Some(false) => {
                sites.holds(call.location(), call.path(), "debug mode is off");
            }
            None => {
                sites.holds(call.location(), call.path(), "debug mode depends on a setting");
            }
        },
        Setting::Absent | Setting::Unknown => {}
    }
}

/// `app.config.from_object(settings["development"])`, whatever the environment says, where such settings switch
/// debug mode on.
fn loads_development(call: Call) -> bool {
    let taken = call.detail(Meaning::DebugMode, "settings").and_then(|at| at.parse().ok());
    let Some(given) = taken.and_then(|at| call.argument(at)).map(Value::unwrapped) else {
        return false;
    };
    let named = match given.kind() {
        ExpressionKind::Index { index, .. } => given.sibling(*index).text(),
        ExpressionKind::Text(path) => path.rsplit('.').next(),
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => Some(name.as_str()),
        _ => None,
    };
    let is_chosen = call.value().statement().is_some_and(|statement| {
        let unit = call.project.unit(statement.file);
        unit.index
            .enclosing(statement.id)
            .any(|(outer, _)| matches!(unit.facts[outer].kind, StatementKind::If { .. }))
    });
    named.is_some_and(|name| has_word(name, &["development", "dev"]))
        && !is_chosen
        && has_development_settings(call.project)
}

/// Is there a class of settings for developers that switches debug mode on?
fn has_development_settings(project: &Project) -> bool {
    project.units().any(|(file, unit)| {
        unit.facts.classes().any(|(_, class)| {
            let switches =
                |value: ExpressionId| project.value(In { file, id: value }).boolean() == Some(true);
            has_word(&class.name, &["development", "dev"])
                && class.fields.iter().any(|field| {
                    field.name.eq_ignore_ascii_case("debug") && field.value.is_some_and(switches)
                })
        })
    })
}

/// `DEBUG = True` at the top of a settings file, in a class of settings, or as what a setting falls back to.
fn bindings(project: &Project, id: FileId, unit: &Unit, sites: &mut Sites) {
    let facts = &unit.facts;
    let value = |at: ExpressionId| project.value(In { file: id, id: at });
    let is_settings = ["settings", "config", "conf"]
        .iter()
        .any(|word| unit.file.path.to_ascii_lowercase().contains(word));
    let top = project.body(In { file: id, id: crate::facts::Facts::TOP_LEVEL }).statements();
    for &statement in top {
        if let StatementKind::Bind { target: Pattern::Name(name), value: Some(bound), .. } =
            &facts[statement].kind
            && name == "DEBUG"
            && is_settings
        {
            judge(value(*bound), sites);
        }
    }
    for (_, class) in facts.classes() {
        let name = class.name.to_ascii_lowercase();
        if DEVELOPMENT.iter().any(|word| name.starts_with(word))
            || !name.contains("config") && !name.contains("settings")
        {
            continue;
        }
        for field in class.fields.iter().filter(|field| field.name.eq_ignore_ascii_case("debug")) {
            if let Some(default) = field.value {
                judge(value(default), sites);
            }
        }
    }
    for statement in &facts.statements {
        if let StatementKind::Bind { target: Pattern::Place(place), value: Some(bound), .. } =
            &statement.kind
        {
            let target = value(*place).source();
            if target.ends_with("['DEBUG']") || target.ends_with("[\"DEBUG\"]") {
                judge(value(*bound), sites);
            }
        }
    }
}

fn judge(value: Value, sites: &mut Sites) {
    match value.boolean() {
        Some(true) => {
            sites.gap(value.location(), "DEBUG", MESSAGE);
        }
        Some(false) => {
            sites.holds(value.location(), "DEBUG", "debug mode is off");
        }
        None if falls_back_to_on(value) => {
            sites
                .gap(value.location(), "DEBUG", "debug mode is on unless a setting turns it off")
                .confidence(Confidence::Likely);
        }
        None => {
            sites.holds(value.location(), "DEBUG", "debug mode depends on a setting");
        }
    }
}

/// `env("DEBUG", "True")`, also inside a comparison or a conversion.
fn falls_back_to_on(value: Value) -> bool {
    let calls = value.descendants().into_iter().filter_map(Value::as_call);
    let mut defaults = calls.filter_map(|call| match call.option("default") {
        Setting::Given(default) => Some(default),
        _ => call.argument(1),
    });
    defaults.any(|default| {
        default.boolean() == Some(true)
            || default.text().is_some_and(|text| {
                matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
            })
    })
}

/// The environment of shipped images and of the services that are built here.
fn containers(project: &Project, sites: &mut Sites) {
    for container in &project.manifests().containers {
        if is_for_development(project.unit(container.file)) {
            continue;
        }
        let instructions =
            container.stages.last().map(|stage| stage.instructions.as_slice()).unwrap_or_default();
        for instruction in instructions.iter().filter(|instruction| instruction.keyword == "ENV") {
            let mut pairs = instruction.arguments.split_whitespace();
            let is_on = pairs.any(|pair| {
                pair.split_once('=').is_some_and(|(name, value)| turns_on(name, value))
            });
            let is_plain_form = instruction
                .arguments
                .split_once(' ')
                .is_some_and(|(name, value)| turns_on(name, value));
            if is_on || is_plain_form {
                sites.gap(project.location(container.file, instruction.span), "the image", MESSAGE);
            }
        }
    }
    for service in &project.manifests().services {
        let file = project.file(service.file);
        let is_local =
            ["dev", "local", "override", "test"].iter().any(|word| file.name().contains(word));
        let is_on = service.environment.iter().any(|(name, value)| turns_on(name, value));
        if is_on
            && !is_local
            && service.is_built
            && file.role != Role::Example
            && file.role != Role::Test
        {
            sites.gap(service.location, &*service.name, MESSAGE).identity(&*service.name);
        }
    }
}

fn turns_on(name: &str, value: &str) -> bool {
    let value = value.trim_matches(['"', '\'']).to_ascii_lowercase();
    VARIABLES.contains(&name) && matches!(value.as_str(), "1" | "true" | "yes" | "on")
}

/// Settings of a program that say how much of an error is shown, and how much is logged.
fn properties(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        if unit.file.language != Language::Env
            || !unit.file.name().ends_with(".properties")
            || is_for_development(unit)
        {
            continue;
        }
        let Some(crate::facts::Document::Settings(settings)) = &unit.facts.document else {
            continue;
        };
        for setting in settings {
            let value = setting.value.to_ascii_lowercase();
            let place: Span = setting.span;
            let found = match setting.name.as_str() {
                "debug" if value == "true" => Some((Severity::High, MESSAGE)),
                "server.error.include-stacktrace" if value == "always" => {
                    Some((Severity::High, MESSAGE))
                }
                name if name.starts_with("logging.level.")
                    && matches!(value.as_str(), "debug" | "trace") =>
                {
                    Some((Severity::Low, "the log holds what is meant for developers"))
                }
                _ => None,
            };
            if let Some((severity, message)) = found {
                sites.gap(project.location(id, place), &*setting.name, message).severity(severity);
            }
        }
    }
}
