use super::servers::{is_serverless, server};
use crate::{
    facts::{ExpressionKind, Language, vocabulary::Meaning},
    project::{Call, Location, Project, Route},
    rules::{Level, Sites},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = server(project) else { return };
    if is_serverless(project) {
        return;
    }
    let subject = "the service";
    let routes = project
        .routes()
        .iter()
        .filter(|route| route.method != "POST" && is_health(&route.path) && route.ships(project));
    let mut found = false;
    for route in routes {
        found = true;
        let (level, fact) = judge(project, route);
        sites.level(level, route.location, subject, fact);
    }
    if found {
        return;
    }
    if let Some(at) = by_library(project) {
        sites.level(Level::Wired, at, subject, "a library answers how the service is");
    } else if let Some(at) = by_text(project) {
        sites.level(Level::Substantive, at, subject, "an address says how the service is");
    } else {
        let message = "nothing answers whether the service is alive and ready";
        sites.level(Level::Absent, place, subject, message);
    }
}

fn judge(project: &Project, route: &Route) -> (Level, &'static str) {
    let asks = route.handler.is_some_and(|handler| {
        project.reaches(handler, |meaning| {
            matches!(
                meaning,
                Meaning::DatabaseRead
                    | Meaning::SqlQuery
                    | Meaning::DocumentQuery
                    | Meaning::HttpRequest
                    | Meaning::DatabaseWrite
                    | Meaning::HealthCheck
            )
        })
    });
    let probed = is_probed(project, &route.path);
    match (asks, probed) {
        (true, true) => (Level::Exercised, "it asks what it depends on, and a probe calls it"),
        (true, false) => (Level::Wired, "it asks what it depends on"),
        (false, true) => (Level::Wired, "a probe calls it"),
        (false, false) => {
            (Level::Substantive, "it answers, whatever the state of what it depends on")
        }
    }
}

/// Does a container, a deployment or a pipeline call the path?
fn is_probed(project: &Project, path: &str) -> bool {
    project.units().any(|(_, unit)| {
        matches!(
            unit.file.language,
            Language::Dockerfile | Language::Yaml | Language::Toml | Language::Json
        ) && unit.file.text.contains(path)
    })
}

/// `/health`, `/api/v1/healthz`, `/livez`: the whole path, not the state of one thing among others.
fn is_health(path: &str) -> bool {
    const WORDS: [&str; 21] = [
        "health",
        "healthz",
        "_health",
        "healthcheck",
        "health-check",
        "health_check",
        "live",
        "livez",
        "liveness",
        "ready",
        "readyz",
        "readiness",
        "ping",
        "status",
        "up",
        "heartbeat",
        "alive",
        "__heartbeat__",
        "health_status",
        "liveness-check",
        "readiness-check",
    ];
    let path = path.trim_matches('/').to_ascii_lowercase();
    let mut segments: Vec<&str> = path.split('/').collect();
    let last = segments.pop().unwrap_or_default();
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let is_prefix = |segment: &&str| {
        is_version(segment)
            || WORDS.contains(segment)
            || matches!(*segment, "api" | "actuator" | "utils" | "system" | "internal" | "")
    };
    let is_word = WORDS.contains(&last)
        || (last == "health-check" || last == "db" || last == "check")
            && segments.iter().any(|segment| WORDS.contains(segment));
    is_word && segments.iter().all(is_prefix)
}

fn by_library(project: &Project) -> Option<Location> {
    let called =
        project.calls_with(Meaning::HealthCheck).find(|call| call.source_file().is_shipped());
    called.map(Call::location).or_else(|| {
        let packages = &project.manifests().packages;
        let mut needed = packages.iter().flat_map(|package| &package.dependencies);
        let answers = |name: &str| project.vocabulary().has(name, Meaning::HealthCheck);
        needed.find(|dependency| answers(&dependency.name)).map(|dependency| dependency.location)
    })
}

/// A literal that is a path of health, where the framework's routes are not read.
fn by_text(project: &Project) -> Option<Location> {
    let shipped = project.units().filter(|(_, unit)| {
        unit.file.is_shipped() && unit.file.runtime != crate::facts::Runtime::Browser
    });
    let mut found = shipped.flat_map(|(id, unit)| {
        unit.facts.expressions().filter_map(move |(_, expression)| match &expression.kind {
            ExpressionKind::Text(text)
                if text.len() < 40 && text.contains('/') && is_health(text) =>
            {
                Some(project.location(id, expression.span))
            }
            _ => None,
        })
    });
    found.next().or_else(|| {
        let is_file = |path: &str| {
            path.contains("/api/health")
                || path.contains("/healthz")
                || path.contains("/health/route.")
        };
        let (id, _) =
            project.units().find(|(_, unit)| unit.file.is_shipped() && is_file(&unit.file.path))?;
        Some(project.location(id, crate::facts::Span::default()))
    })
}
