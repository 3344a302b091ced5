//! Edge functions of Supabase: one folder a function below `supabase/functions/`, called by name at
//! `/functions/v1/<name>`, and `supabase/config.toml`, which says what the gateway asks for.
//!
//! The gateway lets every valid token pass, and the key that ships with the site is one: `verify_jwt` keeps out
//! who has never seen the site, and nobody else
//! (<https://supabase.com/docs/guides/functions/function-configuration>).

use std::collections::BTreeMap;

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    exported::{exported, innermost, is_served_by_another, member_of},
};
use crate::{
    facts::{Document, Facts, Node, NodeKind, Role},
    project::{
        FileId, In, Location, Project,
        guards::{Assessment, Grade, Mode, Weakness},
    },
};

/// The folder of Supabase's own files in a repository.
const HOME: &str = "supabase/";

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let settings = settings(project);
    for function in functions(project, &settings) {
        let Some((handler, mut chain)) = handler(project, function.entry) else { continue };
        // The ways in are those of the application inside.
        if is_served_by_another(project, &handler) {
            continue;
        }
        let setting = settings.get(&(function.home.as_str(), function.name.as_str()));
        chain.insert(0, gateway(project, &function, setting));
        let location = match &handler {
            Handler::Function(at) => project.body(*at).location(),
            Handler::Expression(at) => project.value(*at).location(),
        };
        chain.extend(unseen(project, &handler, location));
        drafts.push(Draft {
            kind: RouteKind::Edge,
            method: "ANY".into(),
            path: format!("/functions/v1/{}", function.name).into(),
            framework: "supabase",
            location,
            handler,
            chain,
            mount: Mount::Resolved,
            root: None,
        });
    }
}

/// A function that is deployed under its own name.
struct Deployed {
    /// The folder of the configuration, with its last slash.
    home: String,
    name: String,
    entry: FileId,
}

/// What `[functions.<name>]` says, and where.
struct Setting<'p> {
    node: &'p Node,
    file: FileId,
}

/// The settings of all functions, by the folder of the configuration and their names.
fn settings(project: &Project) -> BTreeMap<(&str, &str), Setting<'_>> {
    let mut found = BTreeMap::new();
    for (file, unit) in project.units() {
        let home = unit.file.path.strip_suffix("config.toml").filter(|home| is_home(home));
        let (Some(home), Some(Document::Tree(trees))) = (home, unit.facts.document.as_ref()) else {
            continue;
        };
        let functions = trees.first().and_then(|tree| tree.get("functions"));
        for (name, node) in functions.into_iter().flat_map(Node::entries) {
            found.insert((home, name), Setting { node, file });
        }
    }
    found
}

fn is_home(folder: &str) -> bool {
    folder == HOME || folder.ends_with("/supabase/")
}

/// Folders that begin with `_` hold what several functions share.
fn functions(project: &Project, settings: &BTreeMap<(&str, &str), Setting<'_>>) -> Vec<Deployed> {
    let mut found = Vec::new();
    for (entry, unit) in project.units() {
        let Some((before, inside)) = unit.file.path.rsplit_once("supabase/functions/") else {
            continue;
        };
        let Some((name, file)) = inside.split_once('/') else { continue };
        let home = format!("{before}{HOME}");
        let is_code = unit.file.language.is_script() && unit.file.role != Role::Test;
        let is_entry =
            file.strip_prefix("index.").is_some_and(|extension| !extension.contains('.'));
        if is_code && is_entry && !name.starts_with('_') && is_home(&home) {
            found.push(Deployed { home, name: name.to_owned(), entry });
        }
    }
    let named = settings.iter().filter_map(|(&(home, name), setting)| {
        let entry = setting.node.text_at("entrypoint")?;
        let entry = project.file_at(&format!("{home}{}", entry.trim_start_matches("./")))?;
        Some(Deployed { home: home.to_owned(), name: name.to_owned(), entry })
    });
    let named: Vec<Deployed> = named.collect();
    found.retain(|one| {
        !named.iter().any(|other| (&other.home, &other.name) == (&one.home, &one.name))
    });
    found.extend(named);
    found
}

/// What `Deno.serve` is given, behind its options, or what the file exports.
fn handler(project: &Project, file: FileId) -> Option<(Handler, Vec<Candidate>)> {
    let mut served = project.calls_in(file).filter(|call| call.name() == "serve");
    if let Some(given) = served.find_map(|call| call.positional().last()) {
        return Some(innermost(project, given));
    }
    let exports = &project.facts(file).exports;
    let default = exports.iter().find(|export| export.name == "default")?;
    match member_of(project, file, default, "fetch") {
        Some(fetch) => Some((Handler::Expression(fetch), Vec::new())),
        None => exported(project, file, default),
    }
}

/// What answers may be chosen while the function starts.
fn unseen(project: &Project, handler: &Handler, location: Location) -> Option<Candidate> {
    let Handler::Expression(at) = handler else { return None };
    let value = project.value(*at);
    let what = What::Unreadable(format!("`{}` cannot be followed to a function", value.source()));
    let name = "serve".into();
    let is_unseen = value.as_function().is_none();
    is_unseen.then_some(Candidate {
        what,
        name,
        location,
        scope: Scope::Route,
        mode: Mode::Handler,
    })
}

/// What the gateway asks for.
fn gateway(project: &Project, function: &Deployed, setting: Option<&Setting<'_>>) -> Candidate {
    let asked = setting.and_then(|setting| Some((setting.file, setting.node.get("verify_jwt")?)));
    let is_off = asked.is_some_and(|(_, asked)| matches!(asked.kind, NodeKind::Bool(false)));
    let location = match asked {
        Some((file, asked)) => Location { file, span: asked.span },
        None => project.body(In { file: function.entry, id: Facts::TOP_LEVEL }).location(),
    };
    let (why, weakness) = if is_off {
        ("`verify_jwt = false`: the gateway asks for nothing", Weakness::Disabled)
    } else {
        ("the gateway lets the public key of the site pass", Weakness::PresenceOnly)
    };
    let assessment = Assessment {
        grade: Some(Grade::G0),
        why: why.to_owned(),
        decided_at: Some(location),
        role: false,
        weakness: Some(weakness),
    };
    Candidate {
        what: What::Assessed(assessment),
        name: "verify_jwt".into(),
        location,
        scope: Scope::Route,
        mode: Mode::Dependency,
    }
}
