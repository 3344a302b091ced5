//! Cloudflare's workers: `export default { fetch(request, environment, context) { … } }` below a
//! `wrangler.toml`.

use super::{
    Draft, Handler, Mount, RouteKind,
    exported::{is_served_by_another, member_of},
    jobs::started_by,
};
use crate::{
    facts::{Role, Text},
    project::{ExpressionRef, FileId, Project},
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    for (file, unit) in project.units() {
        if !unit.file.language.is_script() || unit.file.role == Role::Test {
            continue;
        }
        let default = unit.facts.exports.iter().find(|export| export.name == "default");
        let Some(default) = default.filter(|_| is_deployed(project, file)) else { continue };
        let answers = member_of(project, file, default, "fetch");
        drafts.extend(answers.and_then(|at| worker(project, at)));
        // https://developers.cloudflare.com/workers/runtime-apis/handlers/
        for starter in ["scheduled", "queue"] {
            let started = member_of(project, file, default, starter);
            drafts.extend(started.map(|at| job(project, starter, at)));
        }
    }
}

fn worker(project: &Project, at: ExpressionRef) -> Option<Draft> {
    let answers = project.value(at);
    let handler = Handler::Expression(at);
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

fn job(project: &Project, starter: &str, at: ExpressionRef) -> Draft {
    let location = project.value(at).location();
    Draft {
        kind: RouteKind::Job,
        method: Text::default(),
        path: starter.into(),
        framework: "workers",
        location,
        handler: Handler::Expression(at),
        chain: vec![started_by(starter, location)],
        mount: Mount::Resolved,
        root: None,
    }
}

fn is_deployed(project: &Project, file: FileId) -> bool {
    let settings = ["wrangler.toml", "wrangler.json", "wrangler.jsonc"];
    project.nearest_folder_with(file, &settings).is_some()
}
