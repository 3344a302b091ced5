//! Functions that a host deploys one by one: those of Netlify and Vercel by their place, those of Firebase by what
//! they are exported as.
//!
//! Nothing stands before them but what they do themselves.

use super::{
    Candidate, Draft, Handler, Mount, RouteKind,
    exported::{exported, is_served_by_another},
    jobs::started_by,
    next::{Gate, VERBS, behind, gate_of, methods},
};
use crate::{
    facts::{Export, Role, Text, vocabulary::Meaning},
    project::{FileId, In, Location, Project},
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let gates: Vec<Gate> =
        project.units().filter_map(|(file, _)| vercel_gate(project, file)).collect();
    for (file, unit) in project.units() {
        if !unit.file.language.is_script() || unit.file.role == Role::Test {
            continue;
        }
        let exports = &unit.facts.exports;
        drafts.extend(exports.iter().filter_map(|export| firebase(project, file, export)));
        if let Some(name) = netlify_name(&unit.file.path) {
            let answers = |export: &&Export| matches!(&*export.name, "default" | "handler");
            let export = exports.iter().find(answers);
            drafts.extend(export.and_then(|export| netlify(project, file, export, name)));
        }
        if let Some(path) = vercel_path(project, file) {
            for export in exports {
                vercel(project, file, export, &path, &gates, drafts);
            }
        }
    }
}

/// `exports.charge = onCall(async (request) => …)`
fn firebase(project: &Project, file: FileId, export: &Export) -> Option<Draft> {
    let value = project.value(In { file, id: export.value? });
    let call = project.bound(value.at).map_or(value, |bound| project.value(bound)).as_call()?;
    if call.detail(Meaning::RegisterRoute, "framework") != Some("firebase") {
        return None;
    }
    let handler = call.positional().last()?;
    let location = Location { file, span: export.span };
    let path = format!("/{}", export.name).into();
    let handler = Handler::Expression(handler.at);
    draft(project, "firebase", path, location, handler, Vec::new())
}

/// `netlify/functions/<name>.ts` and `netlify/functions/<name>/index.ts`, or a file there of the same name
/// (<https://docs.netlify.com/build/functions/get-started/>).
fn netlify_name(path: &str) -> Option<&str> {
    let inside = path.split_once("netlify/functions/")?.1;
    let (whole, _) = inside.rsplit_once('.')?;
    match whole.split_once('/') {
        None => Some(whole),
        Some((name, rest)) => (rest == "index" || rest == name).then_some(name),
    }
}

fn netlify(project: &Project, file: FileId, export: &Export, name: &str) -> Option<Draft> {
    let (handler, chain) = exported(project, file, export)?;
    let location = Location { file, span: export.span };
    let configured = |key| {
        let mut exports = project.facts(file).exports.iter();
        let config = exports.find(|export| export.name == "config")?;
        project.value(In { file, id: config.value? }).constant().entry(key).given()?.text()
    };
    if let Some(schedule) = configured("schedule") {
        let mut chain = chain;
        chain.push(started_by("schedule", location));
        let job = draft(project, "netlify", schedule.into(), location, handler, chain)?;
        return Some(Draft { kind: RouteKind::Job, method: Text::default(), ..job });
    }
    let path = configured("path").map(Text::from);
    let path = path.unwrap_or_else(|| format!("/.netlify/functions/{name}").into());
    draft(project, "netlify", path, location, handler, chain)
}

/// `api/**` of a project that says it is deployed at Vercel; Next.js has folders of its own
/// (<https://vercel.com/docs/functions/functions-api-reference>).
fn vercel_path(project: &Project, file: FileId) -> Option<String> {
    let path = &project.file(file).path;
    let home = project.nearest_folder_with(file, &["vercel.json"])?;
    let inside = path.strip_prefix(home)?.trim_start_matches('/');
    let whole = inside.strip_prefix("api/")?.rsplit_once('.')?.0;
    let is_private = whole.split('/').any(|part| part.starts_with(['_', '.']));
    let whole = whole.strip_suffix("index").unwrap_or(whole).trim_end_matches('/');
    let path = if whole.is_empty() { "/api".to_owned() } else { format!("/api/{whole}") };
    (!is_private).then_some(path)
}

/// `middleware.ts` beside `vercel.json`, which is asked before all functions that it matches
/// (<https://vercel.com/docs/routing-middleware>).
fn vercel_gate(project: &Project, file: FileId) -> Option<Gate> {
    let path = &project.file(file).path;
    let home = project.nearest_folder_with(file, &["vercel.json"])?;
    let name = path.strip_prefix(home)?.trim_start_matches('/');
    let is_gate = matches!(name, "middleware.ts" | "middleware.js");
    let root = home.trim_end_matches('/').to_owned();
    is_gate.then(|| gate_of(project, file, root)).flatten()
}

fn vercel(
    project: &Project,
    file: FileId,
    export: &Export,
    path: &str,
    gates: &[Gate],
    drafts: &mut Vec<Draft>,
) {
    let is_verb = VERBS.contains(&export.name.as_str());
    if export.name != "default" && !is_verb {
        return;
    }
    let Some((handler, chain)) = exported(project, file, export) else { return };
    let location = Location { file, span: export.span };
    let Some(draft) = draft(project, "vercel", path.into(), location, handler, chain) else {
        return;
    };
    let home = project.nearest_folder_with(file, &["vercel.json"]).unwrap_or_default();
    let draft = behind(draft, gates, home.trim_end_matches('/'));
    let methods =
        if is_verb { vec![export.name.clone()] } else { methods(project, &draft.handler) };
    let of_method = |method| Draft { kind: RouteKind::Http, method, ..draft.clone() };
    drafts.extend(methods.into_iter().map(of_method));
}

fn draft(
    project: &Project,
    framework: &'static str,
    path: Text,
    location: Location,
    handler: Handler,
    chain: Vec<Candidate>,
) -> Option<Draft> {
    // The ways in are those of the application inside.
    (!is_served_by_another(project, &handler)).then_some(Draft {
        kind: RouteKind::Edge,
        method: "ANY".into(),
        path,
        framework,
        location,
        handler,
        chain,
        mount: Mount::Resolved,
        root: None,
    })
}
