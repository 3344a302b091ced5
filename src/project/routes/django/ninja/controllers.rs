//! Controllers of Ninja Extra: classes whose methods answer, below the prefix of the class and behind what it asks.

use super::{Carrier, Carriers, Place, RouteKind, asked, is_object};
use crate::{
    facts::Text,
    project::{
        Call, Definition, ExpressionRef, In, Project, Type, Value,
        guards::Mode,
        routes::{
            Candidate, Draft, Handler, Scope,
            python::{Registered, calls, candidate, decorators_from, objects, path_text},
        },
    },
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) fn routes(project: &Project, tree: &Carriers, drafts: &mut Vec<Draft>) {
    for (file, unit) in project.units() {
        for (id, _) in unit.facts.classes() {
            let class = project.class(In { file, id });
            let decorators = class.class().decorators.iter();
            let written = decorators.map(|&id| project.value(In { file, id }));
            let mut calls = written.filter_map(Value::as_call);
            if let Some(declared) = calls.find(|call| call.name() == "api_controller") {
                controller(class, declared, tree, drafts);
            }
        }
    }
}

fn controller(class: Type<'_>, declared: Call<'_>, tree: &Carriers, drafts: &mut Vec<Draft>) {
    let prefix = declared.argument(0).or_else(|| declared.named("prefix_or_class"));
    let prefix = prefix.map(path_text).unwrap_or_default();
    let interfaces = interfaces(class);
    let ways: Vec<_> = if interfaces.is_empty() {
        tree.ways(&Carrier::Object(declared.at()))
    } else {
        interfaces.iter().flat_map(|at| tree.ways(&Carrier::Object(*at))).collect()
    };
    for body in class.methods() {
        for (number, decorator) in body.decorators().enumerate() {
            let Some(call) = decorator.as_call() else { continue };
            let Some(method) = method_of(call) else { continue };
            let path = call.argument(0).or_else(|| call.named("path")).map(path_text);
            let path = format!("{prefix}/{}", path.unwrap_or_default().trim_start_matches('/'));
            let mut guards = nearest_auth(call, declared, &interfaces);
            let permissions = call.named("permissions").or_else(|| declared.named("permissions"));
            let permissions = permissions.and_then(Value::items).unwrap_or_default();
            guards.extend(permissions.into_iter().map(permission));
            guards.extend(decorators_from(body, number + 1));
            let place = Place { ways: &ways, at: decorator };
            place.push(
                &Registered {
                    framework: "django-ninja",
                    kind: RouteKind::Http,
                    methods: vec![method],
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

/// `GET` of `@http_get("/x")` and `@route.get("/x")`.
fn method_of(call: Call<'_>) -> Option<Text> {
    let by_route = || {
        let is_route = call.receiver().is_some_and(|receiver| receiver.source() == "route");
        is_route.then(|| call.name())
    };
    let name = call.name().strip_prefix("http_").or_else(by_route)?;
    METHODS.contains(&name).then(|| name.to_ascii_uppercase().into())
}

/// The interfaces that a controller is registered on.
fn interfaces(class: Type<'_>) -> Vec<ExpressionRef> {
    let registering = calls(class.project).filter(|call| call.name() == "register_controllers");
    let with_class = registering.filter(|call| {
        call.positional().any(|given| given.resolve() == Definition::Class(class.at))
    });
    with_class.filter_map(Call::receiver).flat_map(|on| objects(on, is_object)).collect()
}

/// The `auth=` of the method, else of its class, else of the interface.
fn nearest_auth(call: Call<'_>, class: Call<'_>, interfaces: &[ExpressionRef]) -> Vec<Candidate> {
    let of_interface = || class.project.call(*interfaces.first()?)?.named("auth");
    let own = call.named("auth").or_else(|| class.named("auth"));
    let own = own.or_else(|| class.argument(1)).or_else(of_interface);
    own.map(|auth| asked(auth, Scope::Extractor)).unwrap_or_default()
}

fn permission(item: Value<'_>) -> Candidate {
    let class = item.as_call().map_or(item, Call::callee_value);
    candidate(class, Scope::Class, Mode::Dependency)
}
