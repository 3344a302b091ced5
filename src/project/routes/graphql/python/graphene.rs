//! Graphene: classes whose attributes are fields, answered by `resolve_…` or by the class of a mutation.

use super::{Field, answered_by, around};
use crate::{
    facts::{Facts, Text},
    project::{
        Call, Declaration, Definition, ExpressionRef, Project, Type, Value,
        guards::{Assessment, Grade, Mode, split_words},
        routes::{
            Candidate, Handler, Scope, What,
            django::settings::by_path,
            python::{
                ancestry, attribute, candidate, candidate_definition, decorators_from, is_python,
                method,
            },
        },
        views::Setting,
    },
};

/// The methods of a mutation or subscription that answer.
const ANSWERING: [&str; 3] = ["mutate_and_get_payload", "mutate", "subscribe"];

/// The fields of a root type; `None` where it is not written which type that is.
pub(super) fn fields(root: Value<'_>, kind: &str) -> Option<Vec<Field>> {
    let Definition::Class(class) = root.resolve() else { return None };
    let root = root.project.class(class);
    let mut known: Vec<&Text> = Vec::new();
    let mut fields = Vec::new();
    for class in ancestry(root).0 {
        for field in &class.class().fields {
            let Some(id) = field.value.filter(|_| !known.contains(&&field.name)) else { continue };
            known.push(&field.name);
            let value = class.project.value(ExpressionRef { file: class.at.file, id });
            fields.extend(value.as_call().and_then(|call| read(root, &field.name, call, kind)));
        }
    }
    Some(fields)
}

fn read(root: Type<'_>, name: &str, call: Call<'_>, kind: &str) -> Option<Field> {
    let (handler, mut guards) = match mutation(call) {
        Some(class) => by_class(class, call),
        None => by_resolver(root, name, call, kind)?,
    };
    guards.extend(told(call));
    Some(Field { name: name.to_owned(), location: call.location(), handler, guards })
}

/// `CreateBook.Field()`: the class.
fn mutation(call: Call<'_>) -> Option<Type<'_>> {
    let class = call.receiver().filter(|_| call.name() == "Field")?;
    match class.resolve() {
        Definition::Class(class) => Some(call.project.class(class)),
        _ => None,
    }
}

fn by_class<'p>(class: Type<'p>, call: Call<'p>) -> (Handler, Vec<Candidate>) {
    let Some(body) = ANSWERING.into_iter().find_map(|name| method(class, name)) else {
        return (Handler::Expression(call.at()), Vec::new());
    };
    let mut guards = decorators_from(body, 0);
    let listed = attribute(class, "permission_classes").and_then(Value::items).unwrap_or_default();
    guards.extend(listed.into_iter().map(|item| candidate(item, Scope::Class, Mode::Dependency)));
    (Handler::Function(body.at), guards)
}

/// A field that a function of its own answers, a method of the root type, or the type that it lists.
fn by_resolver(
    root: Type<'_>,
    name: &str,
    call: Call<'_>,
    kind: &str,
) -> Option<(Handler, Vec<Candidate>)> {
    if let Some(resolver) = call.named("resolver") {
        let (handler, body) = answered_by(resolver);
        let guards = body.map(|body| decorators_from(body, 0)).unwrap_or_default();
        return Some((handler, guards));
    }
    let starts = if kind == "SUBSCRIPTION" { ["subscribe_", "resolve_"] } else { ["resolve_"; 2] };
    let own = starts.into_iter().find_map(|start| method(root, &format!("{start}{name}")));
    let listed = || {
        let Definition::Class(class) = call.argument(0)?.resolve() else { return None };
        method(call.project.class(class), "get_queryset")
    };
    let body = own.or_else(listed);
    match body {
        Some(body) => Some((Handler::Function(body.at), decorators_from(body, 0))),
        None => is_field(call).then(|| (Handler::Expression(call.at()), Vec::new())),
    }
}

/// Does a call make a field: one of the library, or of a class of this project that extends one?
fn is_field(call: Call<'_>) -> bool {
    let is_of_library = |path: &str| path.starts_with("graphene") || path.starts_with("graphql_");
    if let Definition::Class(class) = call.target() {
        return ancestry(call.project.class(*class)).1.iter().any(|path| is_of_library(path));
    }
    // Without a resolver, a plain type of the library is nothing at the root: `graphene.String()`.
    let own = call.path().strip_prefix("graphene.");
    let is_plain = own.is_some_and(|name| !name.contains('.'));
    !is_plain && (call.name() == "Field" || is_of_library(call.path()))
}

/// `PermissionsField(Order, permissions=[…])`, where the field is one of this project's own: what it does with
/// them is not followed.
fn told(call: Call<'_>) -> Option<Candidate> {
    let Definition::Class(_) = call.target() else { return None };
    let asks = |name: &str| {
        let words = split_words(name);
        words.iter().any(|word| matches!(word.as_str(), "permission" | "permissions" | "auth"))
    };
    let argument = call.arguments().iter().find(|argument| {
        let is_empty = |value: Value<'_>| value.items().is_some_and(|items| items.is_empty());
        let value = call.value().sibling(argument.value);
        argument.name.as_ref().is_some_and(|name| asks(name)) && !is_empty(value)
    })?;
    let name = argument.name.clone().unwrap_or_default();
    let assessment = Assessment {
        grade: Some(Grade::G1),
        why: format!("what `{}` does with `{name}` could not be followed", call.name()),
        decided_at: None,
        role: true,
        weakness: None,
    };
    Some(Candidate {
        what: What::Assessed(assessment),
        name,
        location: call.location(),
        scope: Scope::Route,
        mode: Mode::Dependency,
    })
}

/// What the settings of Django put around all resolvers: `GRAPHENE = {"MIDDLEWARE": […]}`.
pub(super) fn middleware(project: &Project) -> Vec<Candidate> {
    let files =
        project.units().filter(|(file, unit)| is_python(project, *file) && unit.file.is_shipped());
    let mut guards = Vec::new();
    for (file, unit) in files {
        for declared in unit.index.declarations(Facts::TOP_LEVEL, "GRAPHENE") {
            let Declaration::Bound { value: Some(id), .. } = declared else { continue };
            let settings = project.value(ExpressionRef { file, id: *id });
            let Setting::Given(listed) = settings.entry("MIDDLEWARE") else { continue };
            guards.extend(listed.items().unwrap_or_default().into_iter().map(named));
        }
    }
    guards
}

/// Middleware that is named by its path.
fn named(item: Value<'_>) -> Candidate {
    match by_path(item) {
        Definition::Class(class) => {
            let resolve = method(item.project.class(class), "resolve");
            let definition =
                resolve.map_or(Definition::Class(class), |body| Definition::Function(body.at));
            candidate_definition(item.project, definition, item, Scope::Global, Mode::Middleware)
        }
        Definition::Unknown => around(item, Scope::Global),
        definition => {
            candidate_definition(item.project, definition, item, Scope::Global, Mode::Middleware)
        }
    }
}
