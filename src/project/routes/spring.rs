//! Java: Spring's controllers, servlets, JAX-RS resources and GraphQL data fetchers.

use std::collections::BTreeSet;

use super::{Candidate, Draft, Handler, Mount, RouteKind, Scope, What, express::join_paths};
use crate::{
    facts::{Language, Role, Text},
    project::{
        Body, Call, Definition, FileId, In, Project, Type, Value,
        guards::{Assessment, Grade, Mode, Weakness},
    },
};

mod patterns;
mod security;

use security::Security;

/// How many classes deep annotations are inherited.
const DEPTH_MAX: usize = 6;

/// An annotation by its last name.
pub(super) struct Annotation<'p> {
    pub(super) name: &'p str,
    pub(super) call: Option<Call<'p>>,
    pub(super) value: Value<'p>,
}

impl<'p> Annotation<'p> {
    /// The first of its unnamed value and this option.
    pub(super) fn first(&self, option: &str) -> Option<Value<'p>> {
        let call = self.call?;
        call.named(option).or_else(|| call.argument(0))
    }

    /// The texts of its unnamed value or this option: one, or a list of them.
    pub(super) fn texts(&self, option: &str) -> Vec<Text> {
        let Some(value) = self.first(option) else { return Vec::new() };
        match value.items() {
            Some(items) => items.into_iter().map(path_text).collect(),
            None => vec![path_text(value)],
        }
    }

    fn paths(&self) -> Vec<Text> {
        let paths = match self.call.and_then(|call| call.named("path")) {
            Some(_) => self.texts("path"),
            None => self.texts("value"),
        };
        if paths.is_empty() { vec![Text::default()] } else { paths }
    }
}

/// Annotations among decorators.
pub(super) fn annotations<'p>(
    decorators: impl Iterator<Item = Value<'p>>,
) -> impl Iterator<Item = Annotation<'p>> {
    decorators.map(|value| {
        let call = value.as_call();
        let name = match call {
            Some(call) => call.name(),
            None => value.source().rsplit('.').next().unwrap_or_default(),
        };
        Annotation { name: name.trim_start_matches('@'), call, value }
    })
}

/// The annotations of a class.
fn class_annotations(class: Type<'_>) -> Vec<Annotation<'_>> {
    let decorators = class.class().decorators.iter();
    let project = class.project;
    annotations(decorators.map(|&id| project.value(In { file: class.at.file, id }))).collect()
}

/// Is this Java that may serve?
fn is_read(project: &Project, file: FileId) -> bool {
    let file = project.file(file);
    file.language == Language::Java
        && !matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let classes: Vec<Type<'_>> = classes(project).collect();
    if classes.is_empty() {
        return;
    }
    let application =
        Application { project, security: Security::read(project), filters: filters(&classes) };
    for class in classes {
        application.controller(class, drafts);
        application.servlet(class, drafts);
        application.resource(class, drafts);
        application.fetchers(class, drafts);
    }
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
        .filter(|class| is_controller(*class))
        .map(|class| security::package_folder(project, class.at.file))
        .collect()
}

fn is_controller(class: Type<'_>) -> bool {
    class_annotations(class)
        .iter()
        .any(|annotation| matches!(annotation.name, "RestController" | "Controller"))
}

/// Filters that a container runs for every request: components that are one.
fn filters<'p>(classes: &[Type<'p>]) -> Vec<Type<'p>> {
    let is_filter = |class: &&Type<'p>| {
        let bases = class.class().bases.iter();
        let facts = class.project.facts(class.at.file);
        let mut names = bases.map(|&base| facts.last_segment(base).unwrap_or_default());
        let extends = names.any(|name| {
            matches!(name, "OncePerRequestFilter" | "GenericFilterBean" | "Filter" | "HttpFilter")
        });
        extends
            && class_annotations(**class)
                .iter()
                .any(|annotation| matches!(annotation.name, "Component" | "WebFilter" | "Service"))
    };
    classes.iter().filter(is_filter).copied().collect()
}

/// The method of a filter that decides.
fn filtering(class: Type<'_>) -> Option<Body<'_>> {
    class.method("doFilterInternal").or_else(|| class.method("doFilter"))
}

struct Application<'p> {
    project: &'p Project,
    security: Security,
    filters: Vec<Type<'p>>,
}

/// One method that answers.
struct Endpoint<'p> {
    framework: &'static str,
    kind: RouteKind,
    methods: Vec<Text>,
    path: Text,
    /// The path that filters see.
    seen_path: Text,
    at: Value<'p>,
    handler: Body<'p>,
    class: Type<'p>,
}

impl<'p> Application<'p> {
    fn controller(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        if !is_controller(class) {
            return;
        }
        let lineage = lineage(class);
        let prefixes = lineage
            .iter()
            .find_map(|part| {
                let own = class_annotations(*part);
                own.iter().find(|own| own.name == "RequestMapping").map(Annotation::paths)
            })
            .unwrap_or_else(|| vec![Text::default()]);
        let mut seen: Vec<Text> = Vec::new();
        for part in lineage {
            for method in part.methods() {
                let name = &method.function().name;
                let handler = class.method(name).unwrap_or(method);
                for annotation in annotations(method.decorators()) {
                    let Some(verbs) = mapped_verbs(&annotation) else { continue };
                    let mark = Text::from(format!("{name}{}", annotation.value.source()));
                    if seen.contains(&mark) {
                        continue;
                    }
                    seen.push(mark);
                    for (prefix, path) in prefixes.iter().flat_map(|prefix| {
                        annotation.paths().into_iter().map(move |path| (prefix.clone(), path))
                    }) {
                        let path = join_paths(&prefix, &path);
                        let endpoint = Endpoint {
                            framework: "spring",
                            kind: RouteKind::Http,
                            methods: verbs.clone(),
                            seen_path: path.clone(),
                            path,
                            at: annotation.value,
                            handler,
                            class,
                        };
                        self.push(&endpoint, drafts);
                    }
                }
            }
        }
    }

    /// `@WebServlet("/orders")` with `doGet`, `doPost`.
    fn servlet(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let Some(annotation) = own.iter().find(|own| own.name == "WebServlet") else { return };
        let mut paths = annotation.texts("value");
        if annotation.call.is_some_and(|call| call.named("urlPatterns").is_some()) {
            paths = annotation.texts("urlPatterns");
        }
        for method in class.methods() {
            let verb = match method.function().name.as_str() {
                "doGet" => "GET",
                "doPost" => "POST",
                "doPut" => "PUT",
                "doDelete" => "DELETE",
                "service" => "ANY",
                _ => continue,
            };
            for path in &paths {
                let path = join_paths("", path);
                let endpoint = Endpoint {
                    framework: "servlet",
                    kind: RouteKind::Http,
                    methods: vec![verb.into()],
                    seen_path: path.clone(),
                    path,
                    at: annotation.value,
                    handler: method,
                    class,
                };
                self.push_at(&endpoint, method.location(), drafts);
            }
        }
    }

    /// JAX-RS: `@Path` on the class and the method, `@GET` on the method.
    fn resource(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let Some(prefix) = own.iter().find(|own| own.name == "Path") else { return };
        let prefix = prefix.paths().into_iter().next().unwrap_or_default();
        for method in class.methods() {
            let all: Vec<Annotation<'_>> = annotations(method.decorators()).collect();
            let verb = all.iter().find(|own| {
                matches!(own.name, "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS")
            });
            let Some(verb) = verb else { continue };
            let path = all.iter().find(|own| own.name == "Path").map(Annotation::paths);
            let path = path.and_then(|paths| paths.into_iter().next()).unwrap_or_default();
            let path = join_paths(&prefix, &path);
            let endpoint = Endpoint {
                framework: "jax-rs",
                kind: RouteKind::Http,
                methods: vec![verb.name.into()],
                seen_path: path.clone(),
                path,
                at: verb.value,
                handler: method,
                class,
            };
            self.push(&endpoint, drafts);
        }
    }

    /// GraphQL: `@MutationMapping`, `@DgsMutation`.
    fn fetchers(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        for method in class.methods() {
            for annotation in annotations(method.decorators()) {
                let option = |name: &str| annotation.call.and_then(|call| call.named(name));
                let parent = option("parentType").or_else(|| option("typeName"));
                let parent = parent.map(Value::source).unwrap_or_default();
                let verb = match annotation.name {
                    "MutationMapping" | "DgsMutation" => "MUTATION",
                    "QueryMapping" | "DgsQuery" => "QUERY",
                    "DgsData" | "SchemaMapping"
                        if parent.to_ascii_lowercase().contains("mutation") =>
                    {
                        "MUTATION"
                    }
                    _ => continue,
                };
                let given = option("field").or_else(|| option("name")).and_then(Value::text);
                let name = given.unwrap_or(&method.function().name);
                let endpoint = Endpoint {
                    framework: "spring-graphql",
                    kind: RouteKind::GraphQl,
                    methods: vec![verb.into()],
                    path: Text::from(format!("graphql {name}")),
                    seen_path: "/graphql".into(),
                    at: annotation.value,
                    handler: method,
                    class,
                };
                self.push(&endpoint, drafts);
            }
        }
    }

    fn push(&self, endpoint: &Endpoint<'p>, drafts: &mut Vec<Draft>) {
        self.push_at(endpoint, endpoint.at.location(), drafts);
    }

    fn push_at(
        &self,
        endpoint: &Endpoint<'p>,
        location: crate::project::Location,
        drafts: &mut Vec<Draft>,
    ) {
        for method in &endpoint.methods {
            drafts.push(Draft {
                kind: endpoint.kind,
                method: method.clone(),
                path: endpoint.path.clone(),
                framework: endpoint.framework,
                location,
                handler: Handler::Function(endpoint.handler.at),
                chain: self.chain(endpoint, method),
                mount: Mount::Resolved,
                root: Some(endpoint.class.location()),
            });
        }
    }

    /// What stands before an endpoint: the container's filters, the filter chain, the annotations.
    fn chain(&self, endpoint: &Endpoint<'p>, method: &str) -> Vec<Candidate> {
        let project = self.project;
        let asked = if endpoint.kind == RouteKind::GraphQl { "POST" } else { method };
        let file = endpoint.class.at.file;
        let home = security::package_folder(project, file);
        let mut chain: Vec<Candidate> = self
            .filters
            .iter()
            .filter(|filter| security::package_folder(project, filter.at.file) == home)
            .filter_map(|filter| filter_candidate(*filter, filter.location(), Scope::Global))
            .collect();
        let (filters, assessment) = self.security.judge(project, file, asked, &endpoint.seen_path);
        for &filter in filters.map_or(&[][..], |chain| &chain.filters) {
            let value = project.value(filter);
            if let Definition::Instance(class) = value.resolve() {
                let class = project.class(class);
                chain.extend(filter_candidate(class, value.location(), Scope::Global));
            }
        }
        if let Some(assessment) = assessment {
            let location = assessment.decided_at.unwrap_or_else(|| endpoint.class.location());
            chain.push(Candidate {
                what: What::Assessed(assessment),
                name: "SecurityFilterChain".into(),
                location,
                scope: Scope::Matcher,
                mode: Mode::Middleware,
            });
        }
        chain.extend(self.annotated(endpoint));
        chain
    }

    /// `@PreAuthorize` and its like, on the method or else on its class.
    fn annotated(&self, endpoint: &Endpoint<'p>) -> Vec<Candidate> {
        let of_method: Vec<Candidate> = annotations(endpoint.handler.decorators())
            .filter_map(|annotation| self.assessed(&annotation, endpoint.framework, Scope::Route))
            .collect();
        if !of_method.is_empty() {
            return of_method;
        }
        class_annotations(endpoint.class)
            .iter()
            .filter_map(|annotation| self.assessed(annotation, endpoint.framework, Scope::Class))
            .collect()
    }

    fn assessed(
        &self,
        annotation: &Annotation<'_>,
        framework: &str,
        scope: Scope,
    ) -> Option<Candidate> {
        let switches = &self.security.methods;
        let written = annotation.call.map(|call| call.value().source()).unwrap_or_default();
        let by_container = framework == "jax-rs" || framework == "servlet";
        let (enabled, role) = match annotation.name {
            "PreAuthorize" => (switches.expressions, written.contains("has")),
            "Secured" => (switches.secured, true),
            "RolesAllowed" => (switches.standard || by_container, true),
            "Authenticated" => (by_container, false),
            "PermitAll" => (true, false),
            _ => return None,
        };
        let opens = annotation.name == "PermitAll"
            || written.contains("permitAll")
            || written.contains("isAnonymous");
        let name = annotation.name;
        let (grade, why) = if opens {
            (Grade::G0, format!("`@{name}` lets everybody pass"))
        } else if enabled {
            (Grade::G3, format!("`@{name}` refuses callers who may not"))
        } else {
            (Grade::G0, format!("`@{name}` is not looked at: method security is not enabled"))
        };
        let location = annotation.value.location();
        let assessment = Assessment {
            grade: Some(grade),
            why,
            decided_at: Some(location),
            role: role && enabled,
            weakness: (!enabled).then_some(Weakness::Disabled),
        };
        Some(Candidate {
            what: What::Assessed(assessment),
            name: Text::from(format!("@{name}")),
            location,
            scope,
            mode: Mode::Dependency,
        })
    }
}

fn filter_candidate(
    class: Type<'_>,
    location: crate::project::Location,
    scope: Scope,
) -> Option<Candidate> {
    let method = filtering(class)?;
    Some(Candidate {
        what: What::Definition(Definition::Function(method.at)),
        name: class.name().into(),
        location,
        scope,
        mode: Mode::Middleware,
    })
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

/// The methods that an annotation maps; none for other annotations.
fn mapped_verbs(annotation: &Annotation<'_>) -> Option<Vec<Text>> {
    let verb = match annotation.name {
        "GetMapping" => "GET",
        "PostMapping" => "POST",
        "PutMapping" => "PUT",
        "PatchMapping" => "PATCH",
        "DeleteMapping" => "DELETE",
        "RequestMapping" => {
            let given = annotation.call.and_then(|call| call.named("method"));
            let Some(given) = given else { return Some(vec!["ANY".into()]) };
            let items = given.items().unwrap_or_else(|| vec![given]);
            let named = items
                .into_iter()
                .map(|item| Text::from(item.source().rsplit('.').next().unwrap_or_default()));
            return Some(named.collect());
        }
        _ => return None,
    };
    Some(vec![verb.into()])
}

/// The path that a value spells; a part that is not known here stands as a parameter.
fn path_text(value: Value<'_>) -> Text {
    use crate::facts::ExpressionKind;

    let constant = value.constant();
    match constant.kind() {
        ExpressionKind::Text(text) => text.clone(),
        ExpressionKind::Concat(parts) | ExpressionKind::Operation { operands: parts, .. } => {
            let spelled = parts.iter().map(|&part| path_text(constant.sibling(part)).to_string());
            spelled.collect::<String>().into()
        }
        _ => "{unknown}".into(),
    }
}
