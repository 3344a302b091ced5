//! gRPC: services that implement a generated trait or interface, and the interceptors of their servers.

use super::{Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What, rust};
use crate::{
    facts::{ClassKind, File, Language, Role, Text},
    project::{
        Body, Call, ClassRef, Declaration, Definition, In, Location, Origin, Project, Type, Value,
        guards::{Assessment, Grade, Mode},
    },
};

pub(super) mod connect;
mod go;
mod listed;
mod tonic;

/// gRPC has one verb.
const METHOD: &str = "CALL";

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let implementations = project.units().filter(|(_, unit)| rust::is_read(&unit.file));
    for (file, unit) in implementations {
        for (id, class) in unit.facts.classes() {
            if class.kind == ClassKind::Implementation {
                tonic::routes(project.class(In { file, id }), drafts);
            }
        }
    }
    let calls = project.calls().filter(|call| is_go(call.source_file()));
    for call in calls {
        go::routes(call, drafts);
    }
}

fn is_go(file: &File) -> bool {
    file.language == Language::Go
        && !matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

/// One service and what its server puts before it.
struct Service<'p> {
    name: Text,
    framework: &'static str,
    methods: Vec<Body<'p>>,
    /// What stands before methods that answer once.
    chain: Vec<Candidate>,
    /// What stands before those that are given a stream, where that is something else.
    stream_chain: Option<Vec<Candidate>>,
    mount: Mount,
    root: Location,
}

impl Service<'_> {
    fn drafts(&self, drafts: &mut Vec<Draft>) {
        for &method in &self.methods {
            let of_streams = self.stream_chain.as_ref().filter(|_| takes_stream(method));
            let chain = of_streams.unwrap_or(&self.chain);
            drafts.push(Draft {
                kind: RouteKind::Grpc,
                method: METHOD.into(),
                path: Text::from(format!("/{}/{}", self.name, method.function().name)),
                framework: self.framework,
                location: method.location(),
                handler: Handler::Function(method.at),
                chain: chain.clone(),
                mount: self.mount.clone(),
                root: Some(Root::Router(self.root)),
            });
        }
    }
}

/// The types of what a method of Go is given, as they are written.
fn taken_types(method: Body<'_>) -> Vec<&str> {
    let annotations = method.function().plain_parameters().filter_map(|one| one.annotation);
    annotations.map(|id| method.project.value(In { file: method.at.file, id }).source()).collect()
}

/// Go: is the last of what a method is given the stream that it answers on?
fn takes_stream(method: Body<'_>) -> bool {
    taken_types(method).last().is_some_and(|last| {
        last.ends_with("Server") || last.contains("StreamingServer[") || last.contains("Stream[")
    })
}

/// The methods of a type of Go which a service consists of: those that the generated interface asks for, where
/// that is in the project.
fn methods_asked<'p>(
    class: Type<'p>,
    register: Option<Body<'p>>,
    position: usize,
) -> Vec<Body<'p>> {
    let project = class.project;
    let blocks = project.implementations(class.at).iter().map(|&block| project.class(block));
    let methods = std::iter::once(class).chain(blocks).flat_map(Type::methods);
    let interface = register.and_then(|register| {
        let annotation = register.function().plain_parameters().nth(position)?.annotation?;
        match project.value(In { file: register.at.file, id: annotation }).resolve() {
            Definition::Class(class) => Some(project.class(class).class()),
            _ => None,
        }
    });
    let is_asked = |method: &Body<'p>| {
        let name = &method.function().name;
        name.starts_with(char::is_uppercase)
            && interface.is_none_or(|asks| asks.fields.iter().any(|field| field.name == *name))
    };
    methods.filter(is_asked).collect()
}

/// What a name was bound to where it stands.
fn bound(value: Value<'_>) -> Value<'_> {
    match value.project.binding(value.at) {
        Some((scope, Declaration::Bound { value: Some(id), .. })) => {
            value.project.value(In { file: scope.file, id: *id })
        }
        _ => value,
    }
}

/// Only those come in who show a certificate.
fn certificate(call: Call<'_>) -> Candidate {
    Candidate {
        what: What::Assessed(Assessment {
            grade: Some(Grade::G3),
            why: "callers have to show a certificate".to_owned(),
            decided_at: Some(call.location()),
            role: false,
            weakness: None,
        }),
        name: call.name().into(),
        location: call.location(),
        scope: Scope::Global,
        mode: Mode::Dependency,
    }
}

fn class_of(value: Value<'_>) -> Option<ClassRef> {
    let project = value.project;
    let is_interface = |class: ClassRef| project.class(class).class().kind == ClassKind::Interface;
    match project.resolve_value(value.at) {
        Definition::Instance(class) | Definition::Class(class) if !is_interface(class) => {
            Some(class)
        }
        // `NewGreeter(store)`: what the function returns, or else what it says it does.
        _ => {
            let made = match project.origin(value.at) {
                Origin::Created(made) => project.call(made),
                _ => None,
            };
            let body = made.or_else(|| value.as_call())?.callee()?;
            let returned = body.returned().filter(|returned| returned.at != value.at);
            let declared = || {
                let id = body.function().returns?;
                match project.instance_of(In { file: body.at.file, id }) {
                    Definition::Instance(class) => Some(class),
                    _ => None,
                }
            };
            let of_returned = returned.filter_map(|returned| match returned.resolve() {
                Definition::Instance(class) if !is_interface(class) => Some(class),
                _ => None,
            });
            of_returned.last().or_else(declared)
        }
    }
}
