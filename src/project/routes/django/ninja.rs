//! Django Ninja: interfaces and routers with decorators; the nearest `auth=` counts.

use super::{Carrier, Carriers, Place, RouteKind};
use crate::{
    facts::Text,
    project::{
        Call, ExpressionRef, Project, Value,
        guards::Mode,
        routes::{
            Candidate, Draft, Handler, Scope,
            python::{
                Registered, calls, candidate, decorators_from, functions, library_path, methods,
                objects, path_text,
            },
        },
    },
};

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
                let mut guards: Vec<Candidate> = nearest(project, call, object, tree);
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

/// The `auth=` of the operation, else of its router, else of where the router was added, else of the
/// interface.
fn nearest(
    project: &Project,
    operation: Call<'_>,
    object: ExpressionRef,
    tree: &Carriers,
) -> Vec<Candidate> {
    let created = project.call(object);
    let added = calls(project).filter(|call| {
        call.name() == "add_router"
            && call.argument(1).is_some_and(|router| routers(router).contains(&object))
    });
    let tops = tree.ways(&Carrier::Object(object)).into_iter().filter_map(|way| match way.top {
        Carrier::Object(top) => project.call(top),
        Carrier::Table(..) => None,
    });
    let interfaces = calls(project)
        .filter(|call| call.path().ends_with("NinjaAPI") || call.path().ends_with("NinjaExtraAPI"));
    let mut all =
        [Some(operation), created].into_iter().flatten().chain(added).chain(tops).chain(interfaces);
    let auth = all.find_map(|call| call.named("auth"));
    let Some(auth) = auth.filter(|auth| !auth.is_null()) else { return Vec::new() };
    let listed = auth.items().unwrap_or_else(|| vec![auth]);
    listed.into_iter().map(|item| candidate(item, Scope::Router, Mode::Dependency)).collect()
}
