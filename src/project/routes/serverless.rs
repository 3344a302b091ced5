//! Functions that are deployed one by one behind a gateway: AWS Lambda by `serverless.yml` and by SAM
//! templates.
//!
//! The file names the function that answers, its address, and the authorizer that the gateway asks first.
//! An authorizer of this repository is judged by its body; Cognito's, IAM's and those for signed tokens
//! refuse by themselves.

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    exported::{exported, is_served_by_another},
    express::join_paths,
    jobs::started_by,
};
use crate::{
    facts::{Document, Node, Span, Text, vocabulary::Meaning},
    project::{
        Definition, FileId, FunctionRef, Location, Project,
        guards::{Assessment, Grade, Grader, Mode},
        modules::join,
    },
};

mod framework;
mod sam;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    for (file, unit) in project.units() {
        let Some(Document::Tree(trees)) = &unit.facts.document else { continue };
        let Some(tree) = trees.first() else { continue };
        let source = Source { project, file, tree };
        let name = unit.file.name();
        if name.starts_with("serverless.") || name.starts_with("serverless-") {
            framework::read(&source, drafts);
        } else if sam::is_template(tree) {
            sam::read(&source, drafts);
        }
    }
}

/// A file that declares functions.
struct Source<'p> {
    project: &'p Project,
    file: FileId,
    tree: &'p Node,
}

/// One address of a function.
struct Event<'p> {
    method: Text,
    path: Text,
    span: Span,
    guard: Guard<'p>,
}

/// What the gateway asks before it calls a function.
enum Guard<'p> {
    None,
    /// No request comes by it; what starts the function instead.
    Started(&'p str),
    /// The gateway itself checks; who does.
    Gateway(&'static str),
    /// A function of this file, by what it names as its handler.
    Function(&'p Node, String),
    Elsewhere(String),
}

impl<'p> Source<'p> {
    fn at(&self, span: Span) -> Location {
        Location { file: self.file, span }
    }

    /// The drafts of one function. `code` is the folder that its handler is looked for in.
    fn push(
        &self,
        framework: &'static str,
        code: &str,
        handler: &str,
        events: Vec<Event<'p>>,
        drafts: &mut Vec<Draft>,
    ) {
        let Some((handler, wrappers)) = self.handler(code, handler) else { return };
        // The ways in are those of the application inside.
        if is_served_by_another(self.project, &handler) {
            return;
        }
        for event in events {
            let mut chain: Vec<Candidate> = self.candidate(&event).into_iter().collect();
            chain.extend(wrappers.iter().cloned());
            let is_job = matches!(event.guard, Guard::Started(_));
            drafts.push(Draft {
                kind: if is_job { RouteKind::Job } else { RouteKind::Http },
                method: event.method,
                path: if is_job { event.path } else { join_paths("/", &event.path) },
                framework,
                location: self.at(event.span),
                handler: handler.clone(),
                chain,
                mount: Mount::Resolved,
                root: None,
            });
        }
    }

    /// `todos/create.handler`: the name that a file exports.
    fn handler(&self, code: &str, handler: &str) -> Option<(Handler, Vec<Candidate>)> {
        let (module, name) = handler.rsplit_once('.')?;
        let file = self.module(code, module)?;
        let unit = self.project.unit(file);
        if unit.file.language.is_script() {
            let export = unit.facts.exports.iter().find(|export| export.name == name)?;
            return exported(self.project, file, export);
        }
        match self.project.resolve_export(file, name) {
            Definition::Function(function) => Some((Handler::Function(function), Vec::new())),
            _ => None,
        }
    }

    fn module(&self, code: &str, module: &str) -> Option<FileId> {
        let folder = join(self.project.file(self.file).folder(), code);
        let module =
            if module.contains('/') { module.to_owned() } else { module.replace('.', "/") };
        let base = join(&folder, &module);
        ["ts", "js", "mts", "mjs", "cjs", "tsx", "py"]
            .into_iter()
            .find_map(|extension| self.project.file_at(&format!("{base}.{extension}")))
    }

    fn candidate(&self, event: &Event<'p>) -> Option<Candidate> {
        let (what, name) = match &event.guard {
            Guard::None => return None,
            Guard::Started(starter) => return Some(started_by(starter, self.at(event.span))),
            Guard::Gateway(who) => (What::Assessed(refuses(who)), Text::from(*who)),
            Guard::Function(declared, code) => {
                let handler =
                    declared.text_at("handler").or_else(|| declared.text_at("Handler"))?;
                let function = match self.handler(code, handler).map(|(handler, _)| handler) {
                    Some(Handler::Function(function)) => Some(function),
                    Some(Handler::Expression(at)) => {
                        self.project.value(at).as_function().map(|body| body.at)
                    }
                    None => None,
                };
                let what = match function {
                    Some(function) => What::Assessed(asked_first(self.project, function)),
                    None => What::Unreadable(format!("the authorizer `{handler}` was not found")),
                };
                (what, handler.into())
            }
            Guard::Elsewhere(name) => {
                let why = format!("the authorizer `{name}` is not in this repository");
                (What::Unreadable(why), name.as_str().into())
            }
        };
        let location = self.at(event.span);
        Some(Candidate { what, name, location, scope: Scope::Route, mode: Mode::Dependency })
    }
}

fn refuses(who: &str) -> Assessment {
    Assessment {
        grade: Some(Grade::G3),
        why: format!("the gateway refuses callers that {who} does not know"),
        decided_at: None,
        role: false,
        weakness: None,
    }
}

/// What a function is worth that the gateway asks first. Its answer is a policy, which is not read: where it
/// verifies at all, it is taken to mean it.
fn asked_first(project: &Project, function: FunctionRef) -> Assessment {
    let takes_callback = project.body(function).function().plain_parameters().count() > 2;
    let mode = if takes_callback { Mode::Middleware } else { Mode::Dependency };
    let graded = Grader::new(project).function(function, &mode);
    if graded.grade.is_some_and(|grade| grade >= Grade::G2) {
        return graded;
    }
    let verifies = project.reaches(function, |meaning| {
        matches!(
            meaning,
            Meaning::VerifyCredential | Meaning::ReadIdentity | Meaning::ConstantTimeCompare
        )
    });
    let (grade, why) = if verifies {
        (Grade::G2, "verifies the credential before the gateway goes on")
    } else {
        (Grade::G0, "is asked by the gateway, and verifies nothing")
    };
    Assessment { grade: Some(grade), why: why.to_owned(), ..graded }
}
