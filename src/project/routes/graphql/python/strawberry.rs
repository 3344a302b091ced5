//! Strawberry: classes whose decorated methods and attributes are fields.

use super::{Field, answered_by, around};
use crate::{
    facts::Text,
    project::{
        Body, Call, Definition, ExpressionRef, Type, Value,
        guards::Mode,
        routes::{
            Candidate, Handler, Scope,
            python::{ancestry, bases, candidate, decorators_from},
        },
    },
};

/// How deep types are followed that only group fields.
const DEPTH_MAX: usize = 4;

/// The fields of a root type; `None` where it is not written which type that is.
pub(super) fn fields(root: Value<'_>) -> Option<Vec<Field>> {
    let mut reader = Reader { prefix: String::new(), above: Vec::new(), fields: Vec::new() };
    reader.root(root)?;
    Some(reader.fields)
}

struct Reader {
    /// The names of the fields that lead to the type that is read.
    prefix: String,
    /// What stands before these.
    above: Vec<Candidate>,
    fields: Vec<Field>,
}

impl Reader {
    fn root(&mut self, root: Value<'_>) -> Option<()> {
        if let Definition::Class(class) = root.resolve() {
            self.class(root.project.class(class), 0);
            return Some(());
        }
        let call = root.constant().as_call().or_else(|| {
            let crate::project::Origin::Created(at) = root.project.origin(root.at) else {
                return None;
            };
            root.project.call(at)
        })?;
        let parts = call.argument(1).or_else(|| call.named("fields"))?.items()?;
        match call.name() {
            "merge_types" => parts.into_iter().try_for_each(|part| self.root(part)),
            "create_type" => {
                parts.into_iter().filter_map(Value::as_function).for_each(|body| {
                    self.method(body, 0);
                });
                Some(())
            }
            _ => None,
        }
    }

    fn class(&mut self, class: Type<'_>, depth: usize) {
        let mut known: Vec<Text> = Vec::new();
        for class in ancestry(class).0 {
            // `class Query(UserQuery)`, where that is `create_type("UserQuery", [me])`.
            let made = bases(class).filter(|base| !matches!(base.resolve(), Definition::Class(_)));
            made.for_each(|base| _ = self.root(base));
            for body in class.methods() {
                let name = &body.function().name;
                if !known.contains(name) {
                    self.method(body, depth);
                    known.push(name.clone());
                }
            }
            for field in &class.class().fields {
                let Some(id) = field.value.filter(|_| !known.contains(&field.name)) else {
                    continue;
                };
                known.push(field.name.clone());
                let value = class.project.value(ExpressionRef { file: class.at.file, id });
                if let Some(call) = value.as_call().filter(|call| makes_field(call.path())) {
                    self.attribute(&field.name, call, depth);
                }
            }
        }
    }

    /// `@strawberry.mutation(permission_classes=[…])` on a method.
    fn method(&mut self, body: Body<'_>, depth: usize) {
        let mut decorators = body.decorators().enumerate();
        let Some((number, call)) = decorators.find_map(|(number, decorator)| {
            let call = decorator.as_call();
            let path = call.map_or_else(|| decorator.path(), |call| call.path().into());
            makes_field(&path).then_some((number, call))
        }) else {
            return;
        };
        let mut guards = call.map(permissions).unwrap_or_default();
        guards.extend(decorators_from(body, number + 1));
        self.answered(&body.function().name, body, guards, depth);
    }

    /// `order: Order = strawberry.field(resolver=…)`.
    fn attribute(&mut self, name: &str, call: Call<'_>, depth: usize) {
        let mut guards = permissions(call);
        let resolver = call.named("resolver").or_else(|| call.argument(0));
        let (handler, body) = resolver.map_or((Handler::Expression(call.at()), None), answered_by);
        if let Some(body) = body {
            guards.extend(decorators_from(body, 0));
            return self.answered(name, body, guards, depth);
        }
        let handler = if resolver.is_some_and(|resolver| resolver.as_call().is_some()) {
            handler
        } else {
            Handler::Expression(call.at())
        };
        self.push(name, call.location(), handler, guards);
    }

    /// A field that a function answers. One that hands on an empty type only groups the fields of that.
    fn answered(&mut self, name: &str, body: Body<'_>, guards: Vec<Candidate>, depth: usize) {
        let Some(group) = grouped(body).filter(|_| depth < DEPTH_MAX) else {
            return self.push(name, body.location(), Handler::Function(body.at), guards);
        };
        let outer = (self.prefix.len(), self.above.len());
        self.prefix.push_str(name);
        self.prefix.push('.');
        self.above.extend(guards);
        self.class(group, depth + 1);
        self.prefix.truncate(outer.0);
        self.above.truncate(outer.1);
    }

    fn push(
        &mut self,
        name: &str,
        location: crate::project::Location,
        handler: Handler,
        guards: Vec<Candidate>,
    ) {
        let mut chain = self.above.clone();
        chain.extend(guards);
        let name = format!("{}{name}", self.prefix);
        self.fields.push(Field { name, location, handler, guards: chain });
    }
}

/// Is this the path of something that makes a method or an attribute a field?
fn makes_field(path: &str) -> bool {
    path.starts_with("strawberry")
}

/// The type that a resolver makes out of nothing: `return BookMutations()`.
fn grouped(body: Body<'_>) -> Option<Type<'_>> {
    let asks = body
        .function()
        .plain_parameters()
        .filter_map(|parameter| parameter.name())
        .any(|name| !matches!(name.as_str(), "self" | "root" | "info"));
    let mut returned = body.returned();
    let call = returned.next()?.as_call().filter(|call| !asks && call.arguments().is_empty())?;
    match call.target() {
        Definition::Class(class) if returned.next().is_none() => Some(body.project.class(*class)),
        _ => None,
    }
}

fn items(listed: Value<'_>) -> Vec<Value<'_>> {
    listed.items().unwrap_or_else(|| vec![listed])
}

/// What a field is told to ask before it is resolved.
fn permissions(call: Call<'_>) -> Vec<Candidate> {
    let asked = |item: Value<'_>| candidate(item, Scope::Route, Mode::Dependency);
    let classes = call.named("permission_classes").into_iter().flat_map(items).map(asked);
    let mut guards: Vec<Candidate> = classes.collect();
    for extension in call.named("extensions").into_iter().flat_map(items) {
        let inside = extension.as_call().and_then(|made| made.named("permissions"));
        match inside {
            Some(permissions) => guards.extend(items(permissions).into_iter().map(asked)),
            None => guards.push(around(extension, Scope::Route)),
        }
    }
    guards
}
