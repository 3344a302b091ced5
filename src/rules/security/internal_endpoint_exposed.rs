use super::published::{image_name, is_local, is_open};
use crate::{
    facts::{Document, ExpressionKind, File, Language, Node, Role, Span, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{Location, Project, Route, Value, routes::Authentication},
    rules::Sites,
};

/// Tools for operators without a login of their own, by a part of the image's name, with the port of
/// their pages.
const TOOLS: [(&str, &str); 14] = [
    ("adminer", "8080"),
    ("alertmanager", "9093"),
    ("cadvisor", "8080"),
    ("dozzle", "8080"),
    ("all-in-one", "16686"),
    ("flower", "5555"),
    ("kafka-ui", "8080"),
    ("mailhog", "8025"),
    ("mailpit", "8025"),
    ("mongo-express", "8081"),
    ("node-exporter", "9100"),
    ("phpmyadmin", "80"),
    ("prometheus", "9090"),
    ("redis-commander", "8081"),
];

/// Options that open a debugger to every address, with which any program can be run.
const DEBUGGERS: [&str; 6] = [
    "--inspect=0.0.0.0",
    "--inspect-brk=0.0.0.0",
    "debugpy --listen 0.0.0.0",
    "address=*:",
    "address=0.0.0.0:",
    "--listen=:2345",
];

/// Endpoints of Spring's actuator that show memory and configuration.
const ACTUATOR: [&str; 8] =
    ["*", "env", "heapdump", "threaddump", "configprops", "httptrace", "jolokia", "shutdown"];

/// Segments of paths that people make for themselves.
const DEBUG_SEGMENTS: [&str; 8] =
    ["debug", "_debug", "reset-db", "resetdb", "seed", "phpinfo", "dump", "env"];

/// Words beside a handler that may turn some callers away.
const REFUSALS: [&str; 6] = ["Forbidden", "403", "Unauthorized", "401", "Allowed", "allowed"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    services(project, sites);
    images(project, sites);
    settings(project, sites);
    routes(project, sites);
    profilers(project, sites);
    listings(project, sites);
}

fn services(project: &Project, sites: &mut Sites) {
    for service in &project.manifests().services {
        if is_local(project.file(service.file)) {
            continue;
        }
        let command = service.command.as_deref().unwrap_or_default();
        if let Some(option) = DEBUGGERS.iter().find(|option| command.contains(**option)) {
            let message = format!("`{option}` lets whoever reaches the port run anything");
            sites.gap(service.location, &*service.name, message).severity(Severity::High);
            continue;
        }
        let Some(image) = image_name(service) else { continue };
        let Some((_, port)) = TOOLS.iter().find(|(tool, _)| image.contains(tool)) else { continue };
        match service.ports.iter().find(|published| is_open(published, port)) {
            None => {
                sites.holds(service.location, &*service.name, "only its neighbours reach it");
            }
            Some(published) => {
                let message = format!(
                    "`{}` is for operators, and `{published}` is open to everybody",
                    service.name
                );
                sites.gap(service.location, &*service.name, message).identity(&*service.name);
            }
        }
    }
}

fn images(project: &Project, sites: &mut Sites) {
    for container in &project.manifests().containers {
        let file = project.file(container.file);
        let Some(command) = container.command().filter(|_| !is_local(file)) else { continue };
        if let Some(option) = DEBUGGERS.iter().find(|option| command.arguments.contains(**option)) {
            let message = format!("`{option}` lets whoever reaches the port run anything");
            let place = project.location(container.file, command.span);
            sites.gap(place, "the image", message).severity(Severity::High);
        }
    }
}

/// Spring's settings, as properties or as a tree.
fn settings(project: &Project, sites: &mut Sites) {
    let is_secured = project.manifests().packages.iter().any(|package| {
        package.dependencies.iter().any(|one| one.name.contains("spring-boot-starter-security"))
    });
    for (id, unit) in project.units() {
        let is_development = ["dev", "local", "test", "h2"]
            .iter()
            .any(|word| unit.file.name().split(['-', '.', '_']).any(|part| part == *word));
        if is_development
            || !unit.file.name().starts_with("application")
            || !is_delivered(&unit.file)
        {
            continue;
        }
        let (endpoints, console) =
            ("management.endpoints.web.exposure.include", "spring.h2.console.enabled");
        let document = unit.facts.document.as_ref();
        let from_afar = pairs(document, &["spring.h2.console.settings.web-allow-others"]);
        for (name, value, span) in pairs(document, &[endpoints, console]) {
            let place = project.location(id, span);
            let shown = value.split(',').map(|one| one.trim().trim_matches(['"', '\'']));
            let opened: Vec<&str> = shown.filter(|one| ACTUATOR.contains(one)).collect();
            if name == console {
                match from_afar.first().map(|(_, value, _)| value.as_str()) {
                    _ if value != "true" => {}
                    Some("false") => {
                        sites.holds(place, name, "the console answers its own machine only");
                    }
                    _ => {
                        let message = "the console runs any SQL for whoever opens the page";
                        sites.gap(place, name, message).severity(Severity::High);
                    }
                }
            } else if opened.is_empty() {
                sites.holds(place, name, "shows nothing of the inside");
            } else if is_secured {
                sites.unknown(place, name, "the security settings may ask who is calling");
            } else {
                let message =
                    format!("`{}` shows memory and configuration to everybody", opened.join(", "));
                sites.gap(place, name, message).severity(Severity::High);
            }
        }
    }
}

fn pairs(document: Option<&Document>, names: &[&'static str]) -> Vec<(&'static str, String, Span)> {
    let found = names.iter().filter_map(|&name| match document {
        Some(Document::Settings(settings)) => {
            let setting = settings.iter().find(|setting| setting.name == name)?;
            Some((name, setting.value.to_string(), setting.span))
        }
        Some(Document::Tree(roots)) => {
            let path: Vec<&str> = name.split('.').collect();
            let node = roots.iter().find_map(|root| root.at(&path))?;
            let texts: Vec<&str> = node.items().iter().filter_map(Node::text).collect();
            Some((name, texts.join(","), node.span))
        }
        _ => None,
    });
    found.collect()
}

fn is_delivered(file: &File) -> bool {
    matches!(file.role, Role::Source | Role::Config)
}

/// Ways in whose name, or whose answer, is for the people who wrote them.
fn routes(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| route.ships(project)) {
        let environment = whole_environment(project, route);
        let last = route.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let is_metrics = matches!(last, "metrics" | "prometheus");
        let is_debug = route.path.split('/').any(|segment| DEBUG_SEGMENTS.contains(&segment));
        if environment.is_none() && !is_metrics && !is_debug {
            continue;
        }
        let subject = format!("{} {}", route.method, route.path);
        match route.authentication {
            Authentication::Proven | Authentication::Library | Authentication::Checked => {
                sites.holds(route.location, subject, "asks who is calling");
            }
            Authentication::Named | Authentication::Unknown => {
                sites.unknown(route.location, subject, "what stands before it is not known");
            }
            Authentication::None if is_metrics && may_refuse(project, route) => {
                sites.unknown(route.location, subject, "its handler may refuse by address");
            }
            Authentication::None => of_open(route, environment, is_metrics, subject, sites),
        }
    }
}

/// Metrics are often open to the addresses of a network only, which no guard shows.
fn may_refuse(project: &Project, route: &Route) -> bool {
    route.path.contains(['<', '{', ':'])
        || route.handler.is_none_or(|handler| {
            let text = &project.file(handler.file).text;
            REFUSALS.iter().any(|word| text.contains(word))
        })
}

fn of_open(
    route: &Route,
    environment: Option<Location>,
    is_metrics: bool,
    subject: String,
    sites: &mut Sites,
) {
    if let Some(place) = environment {
        let message = "every setting of the program, secrets included, goes to whoever asks";
        sites.gap(place, subject, message).severity(Severity::High).confidence(Confidence::Likely);
    } else if is_metrics {
        let message = "figures about the inside are open to everybody who reaches the service";
        sites.gap(route.location, subject, message).severity(Severity::Low);
    } else {
        let severity = if route.mutates { Severity::High } else { Severity::Medium };
        let message = "an address for developers is open to everybody";
        sites.gap(route.location, subject, message).severity(severity);
    }
}

/// `res.json(process.env)`, `return dict(os.environ)`: where the whole environment becomes the answer.
fn whole_environment(project: &Project, route: &Route) -> Option<Location> {
    let body = project.body(route.handler?);
    let answered = body.calls().filter(|call| {
        call.means(Meaning::Respond) || ["json", "send", "jsonify", "dict"].contains(&call.name())
    });
    let values =
        answered.flat_map(|call| call.positional().collect::<Vec<_>>()).chain(body.returned());
    values
        .filter(|value| match value.unwrapped().kind() {
            ExpressionKind::Member { name, .. } => {
                name == "env" && value.source().ends_with("process.env")
                    || value.source() == "os.environ"
            }
            _ => false,
        })
        .map(Value::location)
        .next()
}

/// Go's profiler hangs itself on the default multiplexer.
fn profilers(project: &Project, sites: &mut Sites) {
    for (id, unit) in project.units() {
        let imports = unit.facts.imports.iter();
        let Some(import) = imports
            .filter(|_| unit.file.language == Language::Go && unit.file.is_shipped())
            .find(|import| import.module == "net/http/pprof" && import.local != "pprof")
        else {
            continue;
        };
        let served = project.calls().filter(|call| {
            call.path() == "net/http.ListenAndServe" && call.source_file().is_shipped()
        });
        let open =
            served.filter(|call| call.argument(1).is_some_and(Value::is_null)).find(|call| {
                let address = call.argument(0).and_then(Value::text);
                !address
                    .is_some_and(|text| text.starts_with("localhost:") || text.starts_with("127."))
            });
        let place = project.location(id, import.span);
        match open {
            None => {
                sites.holds(place, "net/http/pprof", "no open listener serves it");
            }
            Some(call) => {
                let message = "the profiler answers whoever reaches the service";
                sites
                    .gap(place, "net/http/pprof", message)
                    .severity(Severity::High)
                    .because(call.location(), "serves the default multiplexer");
            }
        }
    }
}

/// Servers that list folders.
fn listings(project: &Project, sites: &mut Sites) {
    for call in project.calls_with(Meaning::ListFolder) {
        // Where the call also serves files, only the folder of the program itself is wrong.
        let folder = call.argument(0).and_then(Value::as_call).and_then(|made| made.argument(0));
        let is_whole =
            folder.and_then(Value::text).is_some_and(|path| matches!(path, "." | "./" | "/"));
        let lists = call.source_file().language.is_script() || is_whole;
        if lists && call.source_file().is_shipped() {
            let message = "whoever opens the folder sees the names of all files in it";
            sites.gap(call.location(), call.name(), message);
        }
    }
    for (id, unit) in project.units() {
        let file = &unit.file;
        let is_server = file.name().ends_with(".conf") || file.name() == "nginx.conf.template";
        if !is_server || is_local(file) || file.role == Role::Vendored {
            continue;
        }
        let mut start = 0;
        for line in file.text.split_inclusive('\n') {
            let words: Vec<&str> = line.trim().trim_end_matches(';').split_whitespace().collect();
            if words == ["autoindex", "on"] {
                let end = start + line.trim_end().len();
                let span = Span::new(offset(start), offset(end));
                let message = "whoever opens the folder sees the names of all files in it";
                sites.gap(project.location(id, span), "autoindex", message);
            }
            start += line.len();
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
