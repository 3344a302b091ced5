use super::{
    common::{EFFECTS, has_word, reaches_any},
    privileged_client_without_user_check::{privileged_use, proves_otherwise},
};
use crate::{
    facts::{Document, Node, NodeKind, Role, vocabulary::Meaning},
    gap::Severity,
    project::{
        Body, Call, FileId, FunctionRef, In, Location, Project,
        guards::{Grade, Grader, Mode},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let mut grader = Grader::new(project);
    for (file, name) in functions(project) {
        let Some(handler) = handler(project, file) else { continue };
        let at = handler.at;
        let spends = reaches_any(project, at, &EFFECTS) || privileged_use(project, at).is_some();
        let subject = format!("function {name}");
        let place = handler.location();
        let graded = grader.function(at, &Mode::Handler);
        if graded.grade.is_some_and(|grade| grade >= Grade::G2) {
            sites.holds(place, subject, graded.why);
            continue;
        }
        if let Some(fact) = proves_otherwise(project, at) {
            sites.holds(place, subject, fact);
            continue;
        }
        if asks_for_user(project, at) {
            sites.holds(place, subject, "it asks who is calling").credit(0.8);
            continue;
        }
        if !spends || has_word(&name, &["contact", "newsletter", "subscribe", "waitlist", "health"])
        {
            continue;
        }
        let setting = gateway(project, &name);
        let is_off = setting.is_some_and(|(is_on, _)| !is_on);
        let message = if is_off {
            format!("anybody on the internet can call the function `{name}`")
        } else {
            format!("anybody with the public key of the site can call the function `{name}`")
        };
        let severity =
            if privileged_use(project, at).is_some() { Severity::Critical } else { Severity::High };
        let mut site = sites.gap(place, subject, message).severity(severity);
        if let Some((_, at)) = setting {
            site = site.because(at, "what the gateway asks for");
        }
        let effect = handler
            .calls_within()
            .find(|call| call.meanings().any(|meaning| EFFECTS.contains(&meaning)));
        if let Some(effect) = effect {
            site.because(effect.location(), "reached without a check of who is calling");
        }
    }
}

/// The entry files of functions that are deployed one by one, with their names.
fn functions(project: &Project) -> Vec<(FileId, String)> {
    let found = project.units().filter_map(|(file, unit)| {
        let (_, rest) = unit.file.path.split_once("supabase/functions/")?;
        let (name, inside) = rest.split_once('/')?;
        let is_entry = inside.starts_with("index.") && unit.file.language.is_script();
        (is_entry && !name.starts_with('_') && unit.file.role != Role::Test)
            .then(|| (file, name.to_owned()))
    });
    found.collect()
}

/// What `serve` or `Deno.serve` is given.
fn handler(project: &Project, file: FileId) -> Option<Body<'_>> {
    let served = project.calls_in(file).filter(|call| call.name() == "serve");
    let given = served
        .flat_map(|call| call.positional().collect::<Vec<_>>())
        .find_map(|value| value.as_function());
    given.or_else(|| {
        let facts = project.facts(file);
        let default = facts.exports.iter().find(|export| export.name == "default")?;
        project.value(In { file, id: default.value? }).as_function()
    })
}

/// The user is read from the token, here or in a helper, and the answer depends on it.
fn asks_for_user(project: &Project, handler: FunctionRef) -> bool {
    project.reaches(handler, |meaning| {
        matches!(meaning, Meaning::ReadIdentity | Meaning::VerifyCredential)
    }) && project.body(handler).calls_within().any(|call: Call<'_>| {
        call.means(Meaning::ReadIdentity)
            || call.means(Meaning::VerifyCredential)
            || call.callee().is_some_and(|callee| {
                project.reaches(callee.at, |meaning| {
                    matches!(meaning, Meaning::ReadIdentity | Meaning::VerifyCredential)
                })
            })
    })
}

/// `[functions.name] verify_jwt = …`, and where it is written.
fn gateway(project: &Project, name: &str) -> Option<(bool, Location)> {
    project.units().find_map(|(file, unit)| {
        let is_config = unit.file.path.ends_with("supabase/config.toml");
        let Some(Document::Tree(trees)) = unit.facts.document.as_ref().filter(|_| is_config) else {
            return None;
        };
        let setting: &Node = trees.first()?.at(&["functions", name, "verify_jwt"])?;
        let is_on = !matches!(setting.kind, NodeKind::Bool(false));
        Some((is_on, Location { file, span: setting.span }))
    })
}
