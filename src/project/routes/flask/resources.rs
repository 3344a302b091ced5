//! Classes with a method for each verb: resources of Flask-RESTful and its like, views of Flask and Sanic.

use super::{METHODS, Objects, is_object};
use crate::project::{
    Call, Definition, ExpressionRef, In, Project, Type, Value,
    guards::Mode,
    routes::{
        Candidate, Draft, Handler, RouteKind, Scope,
        python::{
            Registered, ancestry, attribute, calls, candidate, decorators_from, loaded::Loading,
            method, objects, path_text,
        },
        tree::Way,
    },
};

/// `@ns.route("/x")` on a class.
pub(super) fn decorated_class(class: Type<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    for &id in &class.class().decorators {
        let decorator = class.project.value(In { file: class.at.file, id });
        let Some(call) = decorator.as_call().filter(|call| call.name() == "route") else {
            continue;
        };
        let Some(receiver) = call.receiver() else { continue };
        for object in objects(receiver, is_object) {
            let ways = tree.ways(&object);
            for path in call.positional().map(path_text) {
                class_routes(class, &path, decorator, &[], &ways, drafts);
            }
        }
    }
}

/// `api.add_resource(Class, "/x", "/x/<id>")`.
pub(super) fn resource(call: Call<'_>, tree: &Objects, drafts: &mut Vec<Draft>) {
    let Some(parents) = call.receiver().map(|on| objects(on, is_object)) else { return };
    let classes = if let Some(class) = resource_class(call) {
        vec![(class, None)]
    } else {
        let Some(loading) = Loading::by(call, parents.clone()) else { return };
        let loose = loose_resources(call.project).into_iter();
        let loose = loose.filter(|class| loading.is_of(class.at.file));
        loose.map(|class| (class, Some(loading.why()))).collect()
    };
    for object in parents {
        for (class, why) in &classes {
            let ways = tree.ways(&object).into_iter();
            let ways: Vec<_> = match why {
                Some(why) => ways.map(|way| way.supposed(why.clone())).collect(),
                None => ways.collect(),
            };
            for path in call.positional().skip(1).map(path_text) {
                class_routes(*class, &path, call.value(), &[], &ways, drafts);
            }
        }
    }
}

fn resource_class(call: Call<'_>) -> Option<Type<'_>> {
    match call.argument(0)?.resolve() {
        Definition::Class(class) => Some(call.project.class(class)),
        _ => None,
    }
}

/// The classes of resources that nothing adds by their names.
fn loose_resources(project: &Project) -> Vec<Type<'_>> {
    let adding = calls(project).filter(|call| call.name() == "add_resource");
    let added: Vec<Type<'_>> = adding.filter_map(resource_class).collect();
    let is_resource = |class: &Type<'_>| {
        let outside = ancestry(*class).1;
        outside.iter().any(|path| path.ends_with(".Resource") || path.ends_with(".MethodView"))
    };
    let classes = project
        .units()
        .flat_map(|(file, unit)| unit.facts.classes().map(move |(id, _)| In { file, id }));
    classes
        .map(|at| project.class(at))
        .filter(is_resource)
        .filter(|class| class.class().decorators.is_empty())
        .filter(|class| !added.iter().any(|known| known.at == class.at))
        .collect()
}

/// The methods of a resource or view class, each behind the class's own decorators.
pub(super) fn class_routes(
    class: Type<'_>,
    path: &str,
    at: Value<'_>,
    wrappers: &[Candidate],
    ways: &[Way<ExpressionRef>],
    drafts: &mut Vec<Draft>,
) {
    let listed =
        ["decorators", "method_decorators"].into_iter().filter_map(|name| attribute(class, name));
    let listed: Vec<Value<'_>> = listed.collect();
    for name in METHODS {
        let Some(method) = method(class, name) else { continue };
        let mut guards = wrappers.to_vec();
        // A list for all methods, or one for each.
        let on_class = listed.iter().flat_map(|list| {
            let own = list.entry(name).given().and_then(Value::items);
            own.or_else(|| list.items()).unwrap_or_default()
        });
        guards.extend(on_class.map(|guard| candidate(guard, Scope::Class, Mode::Wrapper)));
        guards.extend(decorators_from(method, 0));
        Registered {
            framework: "flask",
            kind: RouteKind::Http,
            methods: vec![name.to_ascii_uppercase().into()],
            path,
            at,
            handler: Handler::Function(method.at),
            guards,
        }
        .drafts(ways, drafts);
    }
}
