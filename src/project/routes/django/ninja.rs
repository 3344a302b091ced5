//! Django Ninja: interfaces and routers with decorators; the nearest `auth=` counts.

use super::{Carrier, Carriers, Place, RouteKind};
use crate::{
    facts::Text,
    project::{
        Call, ExpressionRef, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Draft, Handler, Scope, What,
            python::{
                Registered, calls, candidate, decorators_from, functions, library_path, methods,
                objects, path_text,
            },
        },
    },
};

mod controllers;

/// How many routers inside each other are followed up.
const DEPTH_MAX: usize = 12;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) fn is_object(path: &str) -> bool {
    matches!(path, "ninja.NinjaAPI()" | "ninja.Router()" | "ninja_extra.NinjaExtraAPI()")
}

/// Hangs routers on interfaces. An interface hangs on the pattern that takes its `urls`.
pub(super) fn attach(project: &Project, tree: &mut Carriers) {
    for call in calls(project).filter(|call| call.name() == "add_router") {
        let Some(receiver) = call.receiver() else { continue };
        let prefix = call.argument(0).map(path_text).unwrap_or_default();
        let Some(router) = call.argument(1).or_else(|| call.named("router")) else { continue };
        for parent in objects(receiver, is_object) {
            for child in routers(router) {
                let (child, parent) = (Carrier::Object(child), Carrier::Object(parent));
                tree.hang(child, parent, prefix.clone(), Vec::new());
            }
        }
    }
}

/// The routers that an argument names: an object, or the path of one as a string.
fn routers(router: Value<'_>) -> Vec<ExpressionRef> {
    use crate::project::Definition;

    match super::settings::by_path(router) {
        Definition::External(_) | Definition::Instance(_) | Definition::Unknown => {
            let Some((module, name)) = router.text().and_then(|text| text.rsplit_once('.')) else {
                return objects(router, is_object);
            };
            let project = router.project;
            let file = project.modules().resolve(project.file(router.at.file), module);
            let found = calls(project).filter(|call| {
                Some(call.file) == file
                    && is_object(&library_path(call.value()))
                    && super::table_of(call.value()).is_some_and(
                        |table| matches!(table, Carrier::Table(_, bound) if bound == name),
                    )
            });
            found.map(Call::at).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn routes(project: &Project, tree: &Carriers, drafts: &mut Vec<Draft>) {
    controllers::routes(project, tree, drafts);
    for body in functions(project) {
        for (number, decorator) in body.decorators().enumerate() {
            let Some(call) = decorator.as_call() else { continue };
            let answered = match call.name() {
                "api_operation" => methods(call.argument(0), &["GET"]),
                name if METHODS.contains(&name) => vec![Text::from(name.to_ascii_uppercase())],
                _ => continue,
            };
            let Some(receiver) = call.receiver() else { continue };
            let path = match call.name() {
                "api_operation" => call.argument(1),
                _ => call.argument(0),
            };
            let path = path.map(path_text).unwrap_or_default();
            for object in objects(receiver, is_object) {
                let ways = tree.ways(&Carrier::Object(object));
                let mut guards: Vec<Candidate> = nearest(project, call, object);
                guards.extend(decorators_from(body, number + 1));
                let place = Place { ways: &ways, at: decorator };
                place.push(
                    &Registered {
                        framework: "django-ninja",
                        kind: RouteKind::Http,
                        methods: answered.clone(),
                        path: &path,
                        at: decorator,
                        handler: Handler::Function(body.at),
                        guards,
                    },
                    drafts,
                );
            }
        }
    }
}

/// The `auth=` of the operation, else of its router, of where that was added, and so on up to the interface.
fn nearest(project: &Project, operation: Call<'_>, object: ExpressionRef) -> Vec<Candidate> {
    if let Some(auth) = operation.named("auth") {
        return asked(auth, Scope::Extractor);
    }
    let mut object = object;
    for _ in 0..DEPTH_MAX {
        let created = project.call(object).and_then(|call| call.named("auth"));
        if let Some(auth) = created {
            return asked(auth, Scope::Router);
        }
        let added = calls(project).filter(|call| call.name() == "add_router").find(|call| {
            let router = call.argument(1).or_else(|| call.named("router"));
            router.is_some_and(|router| routers(router).contains(&object))
        });
        let Some(added) = added else { break };
        if let Some(auth) = added.named("auth") {
            return asked(auth, Scope::Router);
        }
        let above = added.receiver().map(|above| objects(above, is_object)).unwrap_or_default();
        let Some(above) = above.into_iter().next() else { break };
        object = above;
    }
    Vec::new()
}

/// What an `auth=` asks: nothing, one thing, or any of several.
fn asked(auth: Value<'_>, scope: Scope) -> Vec<Candidate> {
    if auth.is_null() {
        return Vec::new();
    }
    let all = auth.items().unwrap_or_else(|| vec![auth]);
    match all.as_slice() {
        [only] => vec![candidate(*only, scope, Mode::Truth)],
        all => {
            let what = What::Any(all.iter().map(|item| What::Expression(item.at)).collect());
            vec![Candidate { what, ..candidate(auth, scope, Mode::Truth) }]
        }
    }
}
