//! Java: what the frameworks of Java share, and what stands before their endpoints.

use std::collections::BTreeSet;

use super::{Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What, express::join_paths};
use crate::{
    facts::{File, Language, Role, Text},
    project::{
        Body, Definition, FileId, In, Location, Project, Type, Value,
        guards::{Assessment, Mode},
    },
};

mod annotated;
mod annotations;
mod filters;
mod functional;
mod interceptors;
mod jaxrs;
mod micronaut;
mod packages;
mod patterns;
mod quarkus;
mod security;
mod settings;
mod spring;

use annotations::class_annotations;
use filters::Filter;
use interceptors::Interceptor;
use jaxrs::Resources;
use packages::Packages;
use security::{Says, Security, package_folder};
use settings::Settings;

/// How many classes deep annotations are inherited.
const DEPTH_MAX: usize = 6;

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let classes: Vec<Type<'_>> = classes(project).collect();
    if classes.is_empty() {
        return;
    }
    let packages = Packages::new(project);
    let application = Application {
        project,
        security: Security::read(project),
        filters: filters::filters(&classes),
        interceptors: interceptors::interceptors(&classes),
        settings: Settings::read(project),
        resources: Resources::read(&classes),
        packages,
    };
    for &class in &classes {
        application.controller(class, drafts);
        application.servlet(class, drafts);
        application.resource(class, drafts);
        application.fetchers(class, drafts);
        application.reactive_routes(class, drafts);
        application.socket(class, drafts);
        application.micronaut(class, drafts);
    }
    application.loose_resources(&classes, drafts);
    application.functional(drafts);
}

/// Is this Java that may serve?
fn is_read(project: &Project, file: FileId) -> bool {
    let file = project.file(file);
    file.language == Language::Java && !is_test_role(file)
}

fn is_test_role(file: &File) -> bool {
    matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

fn classes(project: &Project) -> impl Iterator<Item = Type<'_>> {
    let files = project.units().filter(|(file, _)| is_read(project, *file));
    files.flat_map(move |(file, unit)| {
        unit.facts.classes().map(move |(id, _)| project.class(In { file, id }))
    })
}

/// The folders of packages that have controllers.
fn serving_folders(project: &Project) -> BTreeSet<Text> {
    classes(project)
        .filter(|class| spring::is_controller(*class))
        .map(|class| package_folder(project, class.at.file))
        .collect()
}

/// The last names of what a class extends or implements.
fn base_names(class: Type<'_>) -> impl Iterator<Item = &str> {
    let facts = class.project.facts(class.at.file);
    let bases = class.class().bases.iter();
    bases.map(|&base| facts.last_segment(base).unwrap_or_default())
}

/// All that the ways in of Java have in common.
struct Application<'p> {
    project: &'p Project,
    security: Security,
    filters: Vec<Filter<'p>>,
    interceptors: Vec<Interceptor<'p>>,
    settings: Settings,
    resources: Resources<'p>,
    packages: Packages<'p>,
}

/// One method that answers.
struct Endpoint<'p> {
    framework: &'static str,
    kind: RouteKind,
    methods: Vec<Text>,
    path: Text,
    /// The path that filters see.
    seen_path: Text,
    location: Location,
    handler: Body<'p>,
    /// The method that carries the annotations: the handler, or what it implements.
    declared: Body<'p>,
    class: Type<'p>,
    /// The folder of its package.
    home: Text,
    /// What the framework itself puts before it.
    before: Vec<Candidate>,
    mount: Mount,
}

impl<'p> Endpoint<'p> {
    fn new(framework: &'static str, class: Type<'p>, handler: Body<'p>) -> Self {
        Self {
            framework,
            kind: RouteKind::Http,
            methods: Vec::new(),
            path: Text::default(),
            seen_path: Text::default(),
            location: handler.location(),
            handler,
            declared: handler,
            class,
            home: package_folder(class.project, class.at.file),
            before: Vec::new(),
            mount: Mount::Resolved,
        }
    }

    fn answering(self, methods: Vec<Text>, path: Text) -> Self {
        Self { methods, seen_path: path.clone(), path, ..self }
    }

    /// The path below which the application answers, which not all that stands before it sees.
    fn context(&self) -> &str {
        self.path.strip_suffix(self.seen_path.as_str()).unwrap_or_default()
    }

    fn at(self, value: Value<'p>) -> Self {
        Self { location: value.location(), ..self }
    }

    fn decorators(&self) -> impl Iterator<Item = Value<'p>> + use<'p> {
        let inherited = (self.declared.at != self.handler.at).then_some(self.declared);
        self.handler.decorators().chain(inherited.into_iter().flat_map(Body::decorators))
    }
}

impl<'p> Application<'p> {
    /// The path below which the server of a package answers, as Spring is told.
    fn served_below(&self, home: &str) -> Text {
        let set = |name: &str| self.settings.text(home, name).unwrap_or_default();
        let context = set("server.servlet.context-path");
        let context = if context.is_empty() { set("spring.webflux.base-path") } else { context };
        let context = join_paths(context, set("spring.mvc.servlet.path"));
        self.settings.filled(home, context.trim_end_matches('/'))
    }

    fn push(&self, endpoint: &Endpoint<'p>, drafts: &mut Vec<Draft>) {
        self.push_answered(endpoint, &Handler::Function(endpoint.handler.at), drafts);
    }

    fn push_answered(&self, endpoint: &Endpoint<'p>, handler: &Handler, drafts: &mut Vec<Draft>) {
        for method in &endpoint.methods {
            drafts.push(Draft {
                kind: endpoint.kind,
                method: method.clone(),
                path: endpoint.path.clone(),
                framework: endpoint.framework,
                location: endpoint.location,
                handler: handler.clone(),
                chain: self.chain(endpoint, method),
                mount: endpoint.mount.clone(),
                root: Some(Root::Router(endpoint.class.location())),
            });
        }
    }

    /// What stands before an endpoint: the container's filters, the filter chain, the annotations.
    fn chain(&self, endpoint: &Endpoint<'p>, method: &str) -> Vec<Candidate> {
        let project = self.project;
        let asked = if endpoint.kind == RouteKind::GraphQl { "POST" } else { method };
        let file = endpoint.class.at.file;
        let mut chain = self.filtered(endpoint, asked);
        let judged = self.security.judge(project, file, asked, &endpoint.seen_path);
        for &filter in judged.chain.map_or(&[][..], |chain| &chain.filters) {
            let value = project.value(filter);
            if let Definition::Instance(class) = value.resolve() {
                let class = project.class(class);
                chain.extend(filters::candidate(class, value.location(), endpoint, asked));
            }
        }
        match judged.says {
            Says::Nothing => {}
            Says::Assessed(assessment) => {
                chain.push(matched("SecurityFilterChain", endpoint, assessment));
            }
            Says::Unclear(why, at) => chain.push(unreadable("SecurityFilterChain", why, at)),
        }
        chain.extend(self.intercepting(endpoint));
        chain.extend(self.permission(endpoint, asked));
        chain.extend(endpoint.before.iter().cloned());
        let annotated = self.annotated(endpoint);
        if annotated.is_empty() {
            chain.extend(self.by_default(endpoint, asked));
        }
        chain.extend(annotated);
        chain
    }

    /// What the framework demands of who calls an endpoint that says nothing itself.
    fn by_default(&self, endpoint: &Endpoint<'p>, method: &str) -> Option<Candidate> {
        match endpoint.framework {
            "jax-rs" => self.unannotated(endpoint),
            "micronaut" => self.intercepted(endpoint, method),
            _ => None,
        }
    }
}

/// A table of paths outside the code of an endpoint, and what it says of it.
fn matched(name: &str, endpoint: &Endpoint<'_>, assessment: Assessment) -> Candidate {
    let location = assessment.decided_at.unwrap_or_else(|| endpoint.class.location());
    Candidate {
        what: What::Assessed(assessment),
        name: name.into(),
        location,
        scope: Scope::Matcher,
        mode: Mode::Middleware,
    }
}

/// Something that decides and is not written where it can be read.
fn unreadable(name: &str, why: String, location: Location) -> Candidate {
    Candidate {
        what: What::Unreadable(why),
        name: name.into(),
        location,
        scope: Scope::Matcher,
        mode: Mode::Middleware,
    }
}

/// A class, and those of this project that it extends or implements.
fn lineage(class: Type<'_>) -> Vec<Type<'_>> {
    let mut found = vec![class];
    let mut read = 0;
    while let Some(&part) = found.get(read) {
        read += 1;
        for &base in &part.class().bases {
            let base = part.project.value(In { file: part.at.file, id: base });
            if let Definition::Class(base) = base.resolve() {
                let known = found.iter().any(|other| other.at == base);
                if !known && found.len() < DEPTH_MAX {
                    found.push(part.project.class(base));
                }
            }
        }
    }
    found
}
