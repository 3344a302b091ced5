//! The inventory of ways in, as a table, JSON, Markdown and CSV.

use std::fmt::Write as _;

use serde::Serialize;

use super::{
    Tool,
    escape::{Untrusted, disarm_lines},
    json,
    style::{Ink, Look, count, cut, cut_front, pad, width_of},
};
use crate::gap::Severity;

/// One way in: a route, a server action, a procedure, a job, a webhook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteRow {
    /// `http`, `action`, `rpc`, `job`, `webhook`, `tool`, `table`.
    pub kind: String,
    /// The HTTP method; empty where there is none.
    pub method: String,
    pub path: String,
    pub file: String,
    pub line: u32,
    pub handler: String,
    /// Does it change anything?
    pub mutates: bool,
    /// `proven`, `library`, `checked`, `named`, `none` or `unknown`.
    pub authentication: String,
    /// Why it is meant to be public: `login`, `health`; nothing when it is not.
    pub public: Option<String>,
    /// What asks who is calling where nothing in the code does.
    pub edge: Option<RouteEdge>,
    pub guards: Vec<RouteGuard>,
    /// Why it is considered guarded, public or open.
    pub reason: String,
}

/// What asks who is calling before a request arrives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteEdge {
    pub name: String,
    /// File and line that show it; nothing where it is declared.
    pub place: Option<(String, u32)>,
    /// From 0 to 1: how far it is to be relied on.
    pub credit: f64,
}

/// Something that stands in front of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteGuard {
    pub name: String,
    pub file: String,
    pub line: u32,
    /// `G0` to `G4`: graded by what it does.
    pub grade: String,
}

impl RouteRow {
    /// Neither public by purpose nor behind something that checks, or is said to.
    pub fn is_open(&self) -> bool {
        self.state() == "open"
    }

    /// One word: `open`, `public`, `guarded`, `declared`, or why it is not known.
    pub fn state(&self) -> &'static str {
        match (self.public.is_some(), self.authentication.as_str()) {
            (true, _) => "public",
            (false, "none" | "unknown") if let Some(edge) = &self.edge => match edge.place {
                Some(_) => "guarded",
                None => "declared",
            },
            (false, "none") => "open",
            (false, "proven" | "library" | "checked") => "guarded",
            (false, "named") => "guarded?",
            (false, _) => "unknown",
        }
    }

    fn guard_names(&self) -> String {
        let names: Vec<String> =
            self.guards.iter().map(|guard| format!("{} ({})", guard.name, guard.grade)).collect();
        names.join(", ")
    }

    /// What to say of it in one line.
    fn explanation(&self) -> String {
        match (&self.public, self.guards.is_empty()) {
            (Some(purpose), _) if self.reason.is_empty() => purpose.clone(),
            (Some(purpose), _) => format!("{purpose}: {}", self.reason),
            (None, false) => self.guard_names(),
            _ => self.reason.clone(),
        }
    }
}

/// A table for people.
pub fn terminal(routes: &[RouteRow], look: Look) -> String {
    let columns = |route: &RouteRow| {
        let way = if route.method.is_empty() { &route.kind } else { &route.method };
        [route.state().to_owned(), shown(way), shown(&route.path), place(route)]
    };
    let rows: Vec<[String; 4]> = routes.iter().map(columns).collect();
    let widest = |column: usize| rows.iter().map(|row| width_of(&row[column])).max().unwrap_or(0);
    let [state_width, way_width] = [widest(0).clamp(5, 8), widest(1).clamp(4, 9)];
    let left = look.width.saturating_sub(state_width + way_width + 6);
    let path_width = widest(2).clamp(4, (left * 3 / 5).max(4));
    let place_width = left.saturating_sub(path_width);
    let mut text = String::new();
    for (route, [state, way, path, place]) in routes.iter().zip(rows) {
        let ink = match route.state() {
            "open" if route.mutates => Ink::Severity(Severity::Critical),
            "open" => Ink::Severity(Severity::High),
            "guarded" => Ink::Good,
            "public" => Ink::Faint,
            _ => Ink::Severity(Severity::Medium),
        };
        let state = look.paint(ink, &pad(&state, state_width));
        let way = pad(&cut(&way, way_width), way_width);
        let path = pad(&cut(&path, path_width), path_width);
        let place = look.paint(Ink::Faint, &cut_front(&place, place_width));
        text.push_str(format!("{state}  {way}  {path}  {place}").trim_end());
        text.push('\n');
        let explanation = route.explanation();
        if look.verbose && !explanation.is_empty() {
            let indent = state_width + 2;
            let explanation = cut(&shown(&explanation), look.width.saturating_sub(indent));
            let _ = writeln!(text, "{:indent$}{explanation}", "");
        }
    }
    let _ = writeln!(text, "\n{}", summary(routes));
    disarm_lines(&text).into_owned()
}

fn summary(routes: &[RouteRow]) -> String {
    let number = |state: &str| routes.iter().filter(|route| route.state() == state).count();
    let states = ["open", "public", "guarded", "declared", "guarded?", "unknown"]
        .into_iter()
        .filter(|state| number(state) > 0)
        .map(|state| format!("{} {state}", number(state)));
    let states: Vec<String> = states.collect();
    let total = count(routes.len(), "way");
    if states.is_empty() {
        format!("{total} in")
    } else {
        format!("{total} in: {}", states.join(", "))
    }
}

/// The same rows for machines.
pub fn json(routes: &[RouteRow]) -> String {
    #[derive(Serialize)]
    struct RoutesV1<'a> {
        schema: &'static str,
        tool: json::ToolV1,
        routes: Vec<json::RouteV1<'a>>,
    }
    json::text_of(&RoutesV1 {
        schema: "gapcheck/routes/v1",
        tool: Tool::this().into(),
        routes: routes.iter().map(json::RouteV1::from).collect(),
    })
}

/// A table for pull requests and documents.
pub fn markdown(routes: &[RouteRow]) -> String {
    let mut text = "| state | method | path | handler | place | why |\n\
                    |---|---|---|---|---|---|\n"
        .to_owned();
    for route in routes {
        let way = if route.method.is_empty() { &route.kind } else { &route.method };
        let cells = [
            route.state().to_owned(),
            code_span(way),
            code_span(&route.path),
            code_span(&route.handler),
            code_span(&place(route)),
            code_span(&route.explanation()),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    disarm_lines(&text).into_owned()
}

/// Untrusted text as code in a cell of a table: no markup, mention, image or link comes alive in it.
fn code_span(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // A bar ends a cell even within code, and a backslash before it would be shown.
    let text = shown(text).replace('|', "¦");
    let longest_run = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest_run + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// A table for spreadsheets.
pub fn csv(routes: &[RouteRow]) -> String {
    let mut text =
        "state,kind,method,path,file,line,handler,mutates,authentication,public,guards,reason\r\n"
            .to_owned();
    for route in routes {
        let cells = [
            cell(route.state()),
            cell(&route.kind),
            cell(&route.method),
            cell(&route.path),
            cell(&route.file),
            route.line.to_string(),
            cell(&route.handler),
            route.mutates.to_string(),
            cell(&route.authentication),
            cell(route.public.as_deref().unwrap_or_default()),
            cell(&route.guard_names()),
            cell(&route.reason),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    disarm_lines(&text).into_owned()
}

/// A quoted cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = shown(text);
    let prefix = if text.starts_with(['=', '+', '-', '@', '\\']) { "'" } else { "" };
    format!("\"{prefix}{}\"", text.replace('"', "\"\""))
}

fn place(route: &RouteRow) -> String {
    shown(&format!("{}:{}", route.file, route.line))
}

fn shown(text: &str) -> String {
    Untrusted(text).to_string()
}
