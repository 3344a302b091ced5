//! Gradio: functions that the browser calls by name, and the pages that they belong to.

use super::{
    Candidate, Draft, Handler, Mount, RouteKind, Scope, What,
    express::join_paths,
    python::{calls, candidate, functions, is_python},
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Call, Definition, FileId, Location, Origin, Project, Value,
        guards::{Assessment, Grade, Mode},
    },
};

/// What happens to a component, with a function that answers.
const EVENTS: [&str; 24] = [
    "click",
    "submit",
    "change",
    "input",
    "load",
    "unload",
    "upload",
    "clear",
    "select",
    "then",
    "success",
    "failure",
    "blur",
    "focus",
    "release",
    "stream",
    "tick",
    "edit",
    "like",
    "retry",
    "undo",
    "play",
    "stop",
    "double_click",
];

/// Where a page is served, and what stands before its functions.
struct Served {
    /// The file in which the page is put together.
    page: Option<FileId>,
    path: Text,
    chain: Vec<Candidate>,
    mount: Mount,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let called = functions_called(project);
    if called.is_empty() {
        return;
    }
    let served = served(project, drafts);
    for function in called {
        let own = served.iter().filter(|served| served.page == Some(function.location.file));
        // With one page there is no doubt which one a function is for.
        let only = || served.first().filter(|_| served.len() == 1);
        let served = own.min_by_key(|served| served.chain.len()).or_else(only);
        let path = served.map(|served| served.path.clone()).unwrap_or_default();
        drafts.push(Draft {
            kind: RouteKind::Action,
            method: "POST".into(),
            path: join_paths(&path, &function.name),
            framework: "gradio",
            location: function.location,
            handler: function.handler,
            chain: served.map(|served| served.chain.clone()).unwrap_or_default(),
            mount: served.map_or(Mount::Partial, |served| served.mount.clone()),
            root: None,
        });
    }
}

/// A function that the browser can call.
struct Called {
    name: Text,
    location: Location,
    handler: Handler,
}

fn functions_called(project: &Project) -> Vec<Called> {
    let mut called = Vec::new();
    for call in calls(project) {
        let Some((position, default)) = takes_function(call) else { continue };
        let given = call.named("fn").or_else(|| call.argument(position));
        let Some(given) = given.filter(|given| !given.is_null()) else { continue };
        called.push(Called {
            name: name(call, given, default),
            location: call.location(),
            handler: Handler::Expression(given.at),
        });
    }
    // `@button.click(inputs=[…])`.
    for body in functions(project) {
        for decorator in body.decorators() {
            let call = decorator.as_call();
            let path = call.map_or_else(|| decorator.path(), |call| call.path().into());
            if !is_event(&path) || call.is_some_and(|call| call.named("fn").is_some()) {
                continue;
            }
            let named = call.and_then(|call| call.named("api_name")).and_then(Value::text);
            called.push(Called {
                name: named.map_or_else(|| body.function().name.clone(), Text::from),
                location: decorator.location(),
                handler: Handler::Function(body.at),
            });
        }
    }
    called
}

/// Where a call takes the function that answers, and the name that it gives it.
fn takes_function(call: Call<'_>) -> Option<(usize, Option<&'static str>)> {
    match call.path() {
        "gradio.Interface" => Some((0, Some("predict"))),
        "gradio.ChatInterface" => Some((0, Some("chat"))),
        "gradio.on" => Some((1, None)),
        path => is_event(path).then_some((0, None)),
    }
}

fn is_event(path: &str) -> bool {
    let event = path.rsplit('.').next().unwrap_or_default();
    path.starts_with("gradio.") && EVENTS.contains(&event)
}

/// `api_name=`, else what the library calls it, else the name of the function.
fn name(call: Call<'_>, function: Value<'_>, default: Option<&str>) -> Text {
    if let Some(named) = call.named("api_name").and_then(Value::text) {
        return named.into();
    }
    match (default, function.kind()) {
        (Some(default), _) => default.into(),
        (None, ExpressionKind::Function(_)) => "lambda".into(),
        (None, ExpressionKind::Member { name, .. } | ExpressionKind::Name(name)) => name.clone(),
        _ => "?".into(),
    }
}

/// The pages that are started by themselves, and those that are mounted in an application.
fn served(project: &Project, drafts: &mut Vec<Draft>) -> Vec<Served> {
    let mut served = Vec::new();
    let is_mount = |draft: &Draft| match draft.handler {
        Handler::Expression(at) => project.call(at).filter(|call| is_mounting(*call)),
        Handler::Function(_) => None,
    };
    drafts.retain(|draft| {
        let Some(call) = is_mount(draft).filter(|call| is_python(project, call.file)) else {
            return true;
        };
        // What an application depends on is asked before its own routes alone.
        let before = draft.chain.iter().filter(|candidate| candidate.mode == Mode::Middleware);
        let mut chain: Vec<Candidate> = before.cloned().collect();
        chain.extend(password(call));
        let asked = call.named("auth_dependency").filter(|asked| !asked.is_null());
        chain.extend(asked.map(|asked| candidate(asked, Scope::Router, Mode::Truth)));
        let page = call.argument(1).or_else(|| call.named("blocks")).and_then(made_in);
        served.push(Served { page, path: draft.path.clone(), chain, mount: draft.mount.clone() });
        false
    });
    let launches = calls(project).filter(|call| call.name() == "launch");
    for call in launches.filter(|call| call.path().starts_with("gradio.") || imports(*call)) {
        let page = call.receiver().and_then(made_in);
        let chain = password(call).into_iter().collect();
        served.push(Served { page, path: Text::default(), chain, mount: Mount::Resolved });
    }
    served
}

/// Does the file of a call know the library? Pages are kept in places that cannot be followed.
fn imports(call: Call<'_>) -> bool {
    let mut modules = call.project.facts(call.file).imports.iter().map(|import| &import.module);
    is_python(call.project, call.file) && modules.any(|module| module == "gradio")
}

/// `gr.mount_gradio_app(app, demo, path="/demo")`.
pub(super) fn is_mounting(call: Call<'_>) -> bool {
    call.path() == "gradio.mount_gradio_app" || call.path() == "gradio.routes.mount_gradio_app"
}

/// The file in which a page was made: `demo` of `demo.queue().launch()`.
fn made_in(page: Value<'_>) -> Option<FileId> {
    let mut page = page;
    while let Some(call) = page.as_call().filter(|call| call.name() == "queue") {
        page = call.receiver()?;
    }
    match page.project.origin(page.at) {
        Origin::Created(at) => Some(at.file),
        _ => page.as_call().map(|call| call.file),
    }
}

/// `auth=("name", "password")`, or a function that is asked; one that says yes to everybody asks nobody.
fn password(call: Call<'_>) -> Option<Candidate> {
    let asked = call.named("auth").filter(|asked| !asked.is_null())?;
    let at = |what| Candidate { what, ..candidate(asked, Scope::Router, Mode::Dependency) };
    if let ExpressionKind::Conditional { .. } = asked.constant().kind() {
        let why = "whether the page asks for a password depends on a test that is not followed";
        return Some(at(What::Unreadable(why.to_owned())));
    }
    let says_yes = match asked.resolve() {
        Definition::Function(function) => {
            let mut returned = call.project.body(function).returned().peekable();
            returned.peek().is_some() && returned.all(|value| value.boolean() == Some(true))
        }
        _ => false,
    };
    let (grade, why) = if says_yes {
        (Grade::G0, "its sign-in lets everybody in")
    } else {
        (Grade::G3, "the page asks for a name and a password")
    };
    let assessment = Assessment {
        grade: Some(grade),
        why: why.to_owned(),
        decided_at: Some(asked.location()),
        role: false,
        weakness: None,
    };
    Some(at(What::Assessed(assessment)))
}
