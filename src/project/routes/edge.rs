//! Cloudflare's workers: `export default { fetch(request, environment, context) { … } }` below a
//! `wrangler.toml`.

use super::{
    Draft, Handler, Mount, RouteKind,
    exported::{fetch_of, is_served_by_another},
};
use crate::{
    facts::{Export, Role},
    project::{FileId, Project},
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    for (file, unit) in project.units() {
        if !unit.file.language.is_script() || unit.file.role == Role::Test {
            continue;
        }
        let default = unit.facts.exports.iter().find(|export| export.name == "default");
        drafts.extend(default.and_then(|export| worker(project, file, export)));
    }
}

fn worker(project: &Project, file: FileId, export: &Export) -> Option<Draft> {
    if !is_deployed(project, file) {
        return None;
    }
    let answers = project.value(fetch_of(project, file, export)?);
    let handler = Handler::Expression(answers.at);
    // The ways in are those of the application inside: `{ fetch: app.fetch }`.
    let is_own = answers.as_function().is_some() && !is_served_by_another(project, &handler);
    is_own.then(|| Draft {
        kind: RouteKind::Edge,
        method: "ANY".into(),
        path: "/*".into(),
        framework: "workers",
        location: answers.location(),
        handler,
        chain: Vec::new(),
        mount: Mount::Resolved,
        root: None,
    })
}

fn is_deployed(project: &Project, file: FileId) -> bool {
    let settings = ["wrangler.toml", "wrangler.json", "wrangler.jsonc"];
    project.nearest_folder_with(file, &settings).is_some()
}
