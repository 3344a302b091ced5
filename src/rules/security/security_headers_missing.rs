use crate::{
    facts::{Language, Role, Span, vocabulary::Meaning},
    gap::Severity,
    project::{Location, Project, Unit},
    rules::Sites,
};

/// Headers that tell a browser what a page may do.
const HEADERS: [&str; 5] = [
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = entry(project) else { return };
    if let Some((place, fact)) = source(project) {
        sites.holds(place, "the project", fact);
    } else {
        let pages = serves_pages(project);
        let severity = if pages { Severity::Medium } else { Severity::Low };
        let message = "answers tell a browser nothing about what a page may load, frame or run";
        sites.gap(place, "the project", message).severity(severity).identity("headers");
    }
}

/// Where requests are answered: the root of the first route that ships.
fn entry(project: &Project) -> Option<Location> {
    let mut routes = project.routes().iter();
    let route = routes.find(|route| route.ships(project) && !route.is_demonstration())?;
    Some(project.location(route.location.file, Span::default()))
}

fn serves_pages(project: &Project) -> bool {
    project.calls_with(Meaning::RenderTemplate).next().is_some()
        || project
            .units()
            .any(|(_, unit)| unit.file.language == Language::Html && unit.file.is_shipped())
}

/// What sets such headers, in code or in the configuration of a platform or proxy.
fn source(project: &Project) -> Option<(Location, String)> {
    let mut calls =
        project.calls_with(Meaning::SecurityHeaders).filter(|call| call.source_file().is_shipped());
    if let Some(call) = calls.next() {
        return Some((call.location(), format!("`{}` sets them", call.name())));
    }
    for (id, unit) in project.units() {
        if let Some(span) = header_in(project, unit) {
            return Some((project.location(id, span), "the headers are set here".to_owned()));
        }
    }
    None
}

fn header_in(project: &Project, unit: &Unit) -> Option<Span> {
    if !matches!(unit.file.role, Role::Source | Role::Config) {
        return None;
    }
    let is_header = |text: &str| {
        let text = text.to_ascii_lowercase();
        HEADERS.iter().any(|header| text == *header)
    };
    let names_middleware = |text: &str| project.vocabulary().has(text, Meaning::SecurityHeaders);
    let in_code = unit.facts.expressions.iter().find(|expression| {
        expression.kind.as_text().is_some_and(|text| is_header(text) || names_middleware(text))
    });
    if let Some(expression) = in_code {
        return Some(expression.span);
    }
    let is_platform = matches!(
        unit.file.language,
        Language::Json
            | Language::Toml
            | Language::Text
            | Language::Yaml
            | Language::Html
            | Language::JavaScript
    );
    let lower = is_platform.then(|| unit.file.text.to_ascii_lowercase())?;
    let found = HEADERS.iter().find_map(|header| lower.find(header))?;
    let start = u32::try_from(found).ok()?;
    (!unit.file.language.is_code()).then(|| Span::new(start, start + 1))
}
