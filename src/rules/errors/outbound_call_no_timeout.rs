use crate::{
    facts::{
        ExpressionKind, Runtime,
        vocabulary::{Meaning, Row},
    },
    gap::{Confidence, Severity},
    project::{
        Call, Project,
        deadlines::{self, Limit},
        reach::RequestPath,
    },
    rules::{Sites, ai},
};

/// Longer than this nobody waits, in seconds.
const LONGEST: f64 = 120.0;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let requests = RequestPath::of(project);
    for call in project.calls_with(Meaning::HttpRequest) {
        if call.source_file().is_shipped() && !is_exempt(call) && !ai::is_model_request(call) {
            judge(project, &requests, call, sites);
        }
    }
}

fn judge(project: &Project, requests: &RequestPath, call: Call, sites: &mut Sites) {
    let at = call.location();
    let subject = format!("`{}`", shown(call));
    let base = base_severity(project, requests, call);
    let by_name = call.row(Meaning::HttpRequest).is_some_and(Row::is_by_name_only);
    // Whoever waits in a browser can close the page.
    let in_browser = call.source_file().runtime == Runtime::Browser;
    let confidence =
        if by_name || in_browser { Confidence::Heuristic } else { Confidence::Certain };
    match deadlines::of(call, Meaning::HttpRequest, Meaning::HttpClient) {
        Limit::Set(place) => {
            sites.holds(at, subject, "it has a time limit").because(place, "set here");
        }
        Limit::Default(seconds) if seconds <= LONGEST => {
            sites.holds(at, subject, format!("its library gives up after {seconds} s"));
        }
        Limit::Default(seconds) => {
            let message = format!("it may take {seconds} s before anybody gives up");
            let site = sites.gap(at, subject, message).severity(base.lowered());
            grouped(site.confidence(confidence), call, None);
        }
        Limit::None(client) => {
            let message = "no time limit: a slow answer holds the caller for ever";
            let site = sites.gap(at, subject, message).severity(base).confidence(confidence);
            grouped(site, call, client.map(|client| (project, client)));
        }
        Limit::Off(place) => {
            sites
                .gap(at, subject, "its time limit is switched off")
                .severity(base)
                .because(place, "no limit");
        }
        Limit::Unknown(why) => {
            sites.unknown(at, subject, why);
        }
    }
}

/// What hangs on one client is one gap; so are the calls of a page, which share its one `fetch`.
fn grouped(
    site: crate::rules::Draft<'_, crate::rules::OfGap>,
    call: Call,
    client: Option<(&Project, crate::project::Location)>,
) {
    if let Some((project, client)) = client {
        let root = format!("{}:{}", project.file(client.file).path, client.span.start);
        site.root(root).because(client, "its client is built here, without a limit");
    } else if call.source_file().runtime == Runtime::Browser {
        site.root(format!("{} in the browser", call.path()));
    }
}

fn shown(call: Call<'_>) -> &str {
    let source = call.callee_value().source();
    let line = source.lines().next().unwrap_or_default();
    if line.len() == source.len() && line.chars().count() <= 60 { source } else { call.name() }
}

fn base_severity(project: &Project, requests: &RequestPath, call: Call) -> Severity {
    match call.source_file().runtime {
        Runtime::Browser => Severity::Low,
        _ if requests.contains(project, call.function().at) => Severity::High,
        _ => Severity::Medium,
    }
}

/// A service on the same machine, and connections that are meant to stay open.
fn is_exempt(call: Call) -> bool {
    const LOCAL: [&str; 4] = ["localhost", "127.0.0.1", "http+unix", "[::1]"];
    let name = call.name().to_ascii_lowercase();
    let stays_open = name.contains("stream") || name.contains("ws_connect");
    let position = call.detail(Meaning::HttpRequest, "url").and_then(|at| at.parse().ok());
    let url = position.and_then(|position| call.argument(position));
    let is_local = url.is_some_and(|url| {
        let constant = url.constant();
        let text = match constant.kind() {
            ExpressionKind::Concat(parts) => {
                parts.first().and_then(|&part| constant.sibling(part).text())
            }
            _ => constant.text(),
        };
        text.is_some_and(|text| LOCAL.iter().any(|host| text.contains(host)))
    });
    stays_open || is_local
}
