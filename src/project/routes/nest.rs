//! `NestJS`: controllers and resolvers, with guards on the application, the class and the method.

use super::{
    Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What, express::join_paths,
    script::imports,
};
use crate::{
    facts::Text,
    project::{Body, ClassRef, Definition, In, Project, Type, Value, guards::Mode},
};

mod application;
mod decorator;
mod guards;
mod metadata;
mod middleware;

use application::Application;
use decorator::Decorator;
pub(super) use metadata::metadata;
pub(in crate::project) use metadata::note_key;

/// How many classes deep methods are inherited.
const DEPTH_MAX: usize = 4;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    if !imports(project, "@nestjs/") {
        return;
    }
    let application = Application::read(project);
    for class in classes(project) {
        let decorators = decorator::of_class(class);
        for decorator in &decorators {
            match decorator.name() {
                "Controller" => application.controller(class, decorator, drafts),
                "Resolver" => application.resolver(class, drafts),
                _ => {}
            }
        }
    }
}

/// The classes in the scripts of a project.
fn classes(project: &Project) -> impl Iterator<Item = Type<'_>> {
    let scripts = project.units().filter(|(_, unit)| unit.file.language.is_script());
    scripts.flat_map(move |(file, unit)| {
        unit.facts.classes().map(move |(id, _)| project.class(In { file, id }))
    })
}

/// A class and the classes of the project that it extends.
fn lineage(class: Type<'_>) -> Vec<Type<'_>> {
    let mut found = vec![class];
    while let Some(last) = found.last().copied().filter(|_| found.len() < DEPTH_MAX) {
        let bases = last.class().bases.iter();
        let base = bases.map(|&id| class.project.resolve(In { file: last.at.file, id }));
        let mut classes = base.filter_map(|base| match base {
            Definition::Class(base) => Some(base),
            _ => None,
        });
        match classes.next().filter(|base| found.iter().all(|known| known.at != *base)) {
            Some(base) => found.push(class.project.class(base)),
            None => break,
        }
    }
    found
}

/// The method of HTTP that a decorator says, as `NestJS` and Micronaut call them.
pub(super) fn verb(name: &str) -> Option<&'static str> {
    Some(match name {
        "Get" | "Sse" => "GET",
        "Post" => "POST",
        "Put" => "PUT",
        "Patch" => "PATCH",
        "Delete" => "DELETE",
        "Head" => "HEAD",
        "Options" => "OPTIONS",
        "All" => "ANY",
        _ => return None,
    })
}

impl<'p> Application<'p> {
    fn controller(&self, class: Type<'p>, marked: &Decorator<'p>, drafts: &mut Vec<Draft>) {
        let prefixes = marked.paths();
        for part in lineage(class) {
            for method in part.methods() {
                let decorators = decorator::of_method(method);
                for decorator in &decorators {
                    let Some(verb) = verb(decorator.name()) else { continue };
                    let local = decorator.paths();
                    let places = prefixes
                        .iter()
                        .flat_map(|prefix| local.iter().map(move |path| join_paths(prefix, path)));
                    for place in places {
                        let version = decorator::version(&decorators)
                            .or_else(|| marked.version())
                            .or_else(|| decorator::version(&decorator::of_class(class)));
                        let path = self.full_path(class.at, &place, version);
                        let mut chain = self.middleware(class.at, verb, &place);
                        chain.extend(self.guards(class, method));
                        drafts.push(Draft {
                            kind: RouteKind::Http,
                            method: verb.into(),
                            path,
                            framework: "nestjs",
                            location: decorator.value.location(),
                            handler: Handler::Function(method.at),
                            chain,
                            mount: self.mount(class.at),
                            root: Some(Root::Router(class.location())),
                        });
                    }
                }
            }
        }
    }

    /// Queries and mutations of `GraphQL`.
    fn resolver(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        for method in class.methods() {
            for decorator in decorator::of_method(method) {
                let verb = match decorator.name() {
                    "Query" => "QUERY",
                    "Mutation" => "MUTATION",
                    _ => continue,
                };
                let named = decorator.call.and_then(|call| {
                    call.option("name").given().or_else(|| call.argument(0)).and_then(Value::text)
                });
                let name = named.unwrap_or(&method.function().name);
                drafts.push(Draft {
                    kind: RouteKind::GraphQl,
                    method: verb.into(),
                    path: Text::from(format!("graphql {name}")),
                    framework: "nestjs-graphql",
                    location: decorator.value.location(),
                    handler: Handler::Function(method.at),
                    chain: self.guards(class, method),
                    mount: Mount::Resolved,
                    root: Some(Root::Router(class.location())),
                });
            }
        }
    }

    /// The guards of the application, the class and the method, and what checks the body.
    fn guards(&self, class: Type<'p>, method: Body<'p>) -> Vec<Candidate> {
        let mut chain = self.global_guards.clone();
        let of_class = decorator::of_class(class);
        let of_method = decorator::of_method(method);
        chain.extend(guards::used(&of_class, Scope::Class));
        chain.extend(guards::used(&of_method, Scope::Route));
        let pipes =
            self.validates || decorator::validates(&of_class) || decorator::validates(&of_method);
        chain.extend(checked_body(method, pipes));
        chain
    }

    fn mount(&self, controller: ClassRef) -> Mount {
        if self.modules.is_empty() || self.modules.contains_key(&controller) {
            return Mount::Resolved;
        }
        match &self.computed {
            Some(location) => {
                let file = &self.project.file(location.file).path;
                let line = self.project.line(*location);
                let why = format!("{file}:{line} computes which controllers it has");
                Mount::Dynamic(why)
            }
            None => Mount::Partial,
        }
    }
}

/// The body that a pipe checks against the class it is declared as.
fn checked_body(method: Body<'_>, has_pipe: bool) -> Option<Candidate> {
    let body = method.function().parameters.iter().find_map(|parameter| {
        let here = |id| method.project.value(In { file: method.at.file, id });
        let mark = parameter.decorators.iter().map(|&id| Decorator::of(here(id)));
        let mark = mark.into_iter().find(|decorator| decorator.name() == "Body")?;
        Some((mark, parameter.annotation.map(here)))
    });
    let (mark, annotation) = body?;
    let has_own_pipe = mark.call.is_some_and(|call| call.positional().any(decorator::is_pipe));
    let is_declared = annotation.is_some_and(decorator::declares_schema);
    (has_own_pipe || has_pipe && is_declared).then(|| Candidate {
        what: What::Schema,
        name: "schema".into(),
        location: mark.value.location(),
        scope: Scope::Route,
        mode: Mode::Dependency,
    })
}
