//! JAX-RS: resources and the resources inside them, and the filters that run before them.

use super::{
    Application, Endpoint,
    annotations::{Annotation, annotations, class_annotations},
    base_names, lineage,
    packages::Packages,
    security::package_folder,
};
use crate::{
    facts::{ClassKind, ExpressionKind, ParameterKind, Text},
    project::{
        Body, ClassRef, Definition, ExpressionRef, In, Type, Value,
        guards::{Assessment, Grade, Mode},
        routes::{Candidate, Draft, Mount, Scope, What, express::join_paths},
    },
};

/// Resources may hand out resources; deeper than this none do.
const LOCATORS_MAX: usize = 4;

/// What the resources of a project have in common.
pub(super) struct Resources<'p> {
    filters: Vec<Filter<'p>>,
    /// `@ApplicationPath`, by folder; `None` where there are several.
    prefixes: Vec<(Text, Option<Text>)>,
    /// The folders of packages that register the part of Jersey that looks at roles.
    roles: Vec<Text>,
    /// Methods that hand out resources of which nothing is known here.
    unclear: Vec<Body<'p>>,
}

/// A filter for requests or answers.
struct Filter<'p> {
    home: Text,
    name: Text,
    method: Body<'p>,
    mode: Mode,
    /// Only before what carries one of these annotations; empty for all.
    bound_by: Vec<Text>,
    /// It runs when the handler is done.
    is_late: bool,
    /// Something picks the methods that it runs before: where.
    picked_by: Option<Text>,
}

impl<'p> Resources<'p> {
    pub(super) fn read(classes: &[Type<'p>]) -> Self {
        let mut resources = Self {
            filters: Vec::new(),
            prefixes: Vec::new(),
            roles: Vec::new(),
            unclear: Vec::new(),
        };
        let Some(project) = classes.first().map(|class| class.project) else { return resources };
        let bindings = name_bindings(classes);
        let features: Vec<Feature<'p>> =
            classes.iter().filter_map(|class| Feature::read(*class)).collect();
        for &class in classes {
            let home = package_folder(project, class.at.file);
            let own = class_annotations(class);
            if let Some(path) = own.iter().find(|own| own.name == "ApplicationPath") {
                let path = path.paths().into_iter().next().unwrap_or_default();
                match resources.prefixes.iter_mut().find(|(folder, _)| *folder == home) {
                    Some((_, known)) => *known = known.take().filter(|known| *known == path),
                    None => resources.prefixes.push((home.clone(), Some(path))),
                }
            }
            let is_provider = own.iter().any(|own| own.name == "Provider");
            let picked = features.iter().find(|feature| feature.registers.contains(&class.at));
            if is_provider || picked.is_some() || is_registered(class) {
                let names = bound(&own, &bindings);
                resources.filters.extend(filters_of(class, &home, names, picked));
            }
            resources.filters.extend(filtering_methods(class, &home, &bindings));
            resources.unclear.extend(
                class
                    .methods()
                    .filter(|method| is_locator(*method) && handed_out(*method).is_empty()),
            );
        }
        for call in project.calls().filter(|call| matches!(call.name(), "register" | "add")) {
            if call.positional().any(|given| given.source().contains("RolesAllowedDynamicFeature"))
            {
                resources.roles.push(package_folder(project, call.at().file));
            }
        }
        resources
    }

    /// Does something in this package look at `@RolesAllowed`?
    pub(super) fn looks_at_roles(&self, home: &Text) -> bool {
        self.roles.contains(home)
    }

    /// The filters that requests for an endpoint pass.
    fn before(&self, packages: &Packages<'_>, endpoint: &Endpoint<'_>) -> Vec<Candidate> {
        let of_class = class_annotations(endpoint.class);
        let names: Vec<&str> = annotations(endpoint.decorators())
            .map(|own| own.name)
            .chain(of_class.iter().map(|own| own.name))
            .collect();
        let is_bound = |filter: &&Filter<'_>| {
            filter.bound_by.is_empty()
                || filter.bound_by.iter().any(|name| names.contains(&name.as_str()))
        };
        let ours =
            self.filters.iter().filter(|filter| packages.shares(&filter.home, &endpoint.home));
        ours.filter(is_bound).map(Filter::candidate).collect()
    }
}

impl Filter<'_> {
    fn candidate(&self) -> Candidate {
        let what = match &self.picked_by {
            Some(feature) if self.bound_by.is_empty() => What::Unreadable(format!(
                "`{feature}` picks the methods that `{}` stands before",
                self.name
            )),
            _ => What::Definition(Definition::Function(self.method.at)),
        };
        let scope = match (self.is_late, self.bound_by.is_empty()) {
            (true, _) => Scope::Behind,
            (false, true) => Scope::Global,
            (false, false) => Scope::Route,
        };
        let location = self.method.location();
        Candidate { what, name: self.name.clone(), location, scope, mode: self.mode.clone() }
    }
}

/// A class that registers filters for the methods that it picks.
struct Feature<'p> {
    name: &'p str,
    registers: Vec<ClassRef>,
    /// The annotations by which it picks.
    looks_at: Vec<Text>,
}

impl<'p> Feature<'p> {
    fn read(class: Type<'p>) -> Option<Self> {
        let is_feature = base_names(class).any(|name| name == "DynamicFeature");
        let configures = class.method("configure").filter(|_| is_feature)?;
        let mut feature = Self { name: class.name(), registers: Vec::new(), looks_at: Vec::new() };
        for call in configures.calls_within() {
            let named = call.positional().filter_map(class_named);
            match call.name() {
                "register" => {
                    let made = call.positional().filter_map(|given| match given.resolve() {
                        Definition::Instance(class) => Some(class),
                        _ => None,
                    });
                    feature.registers.extend(named.filter_map(class_meant).chain(made));
                }
                "isAnnotationPresent" | "getAnnotation" => {
                    feature.looks_at.extend(named.map(|class| Text::from(class.source())));
                }
                _ => {}
            }
        }
        Some(feature)
    }
}

/// The class `X` of `X.class`, as written.
fn class_named(value: Value<'_>) -> Option<Value<'_>> {
    match value.kind() {
        ExpressionKind::Member { object, name } if name == "class" => Some(value.sibling(*object)),
        _ => None,
    }
}

fn class_meant(value: Value<'_>) -> Option<ClassRef> {
    match value.resolve() {
        Definition::Class(class) => Some(class),
        _ => None,
    }
}

/// The annotations that bind a filter to what carries them too.
fn name_bindings(classes: &[Type<'_>]) -> Vec<Text> {
    let binds =
        |class: &&Type<'_>| class_annotations(**class).iter().any(|own| own.name == "NameBinding");
    classes.iter().filter(binds).map(|class| class.name().into()).collect()
}

fn bound(own: &[Annotation<'_>], bindings: &[Text]) -> Vec<Text> {
    let names = own.iter().map(|own| Text::from(own.name));
    names.filter(|name| bindings.contains(name)).collect()
}

/// Does something name a class to register it: `config.register(TokenFilter.class)`, `classes.add(…)`?
fn is_registered(class: Type<'_>) -> bool {
    let is_filter = base_names(class).any(|name| name == "ContainerRequestFilter");
    is_filter
        && class.project.calls().any(|call| {
            matches!(call.name(), "register" | "registerClasses" | "add" | "of" | "asList")
                && call.positional().any(|given| {
                    class_named(given).and_then(class_meant) == Some(class.at)
                        || matches!(given.resolve(), Definition::Instance(made) if made == class.at)
                })
        })
}

fn filters_of<'p>(
    class: Type<'p>,
    home: &Text,
    mut bound_by: Vec<Text>,
    picked: Option<&Feature<'_>>,
) -> Vec<Filter<'p>> {
    let names: Vec<&str> = base_names(class).collect();
    if let Some(feature) = picked {
        bound_by.extend(feature.looks_at.iter().cloned());
    }
    let filters = class.methods().filter(|method| method.function().name == "filter");
    filters
        .filter_map(|method| {
            let taken = method.function().plain_parameters().count();
            let is_late = match taken {
                1 if names.contains(&"ContainerRequestFilter") => false,
                2 if names.contains(&"ContainerResponseFilter") => true,
                _ => return None,
            };
            Some(Filter {
                home: home.clone(),
                name: class.name().into(),
                method,
                mode: Mode::Unanswered,
                bound_by: bound_by.clone(),
                is_late,
                picked_by: picked.map(|feature| feature.name.into()),
            })
        })
        .collect()
}

/// `RESTEasy`: `@ServerRequestFilter` on a method that answers, or returns nothing to let a request pass.
fn filtering_methods<'p>(class: Type<'p>, home: &Text, bindings: &[Text]) -> Vec<Filter<'p>> {
    let filters = class.methods().filter_map(|method| {
        let own: Vec<Annotation<'_>> = annotations(method.decorators()).collect();
        own.iter().find(|own| own.name == "ServerRequestFilter")?;
        let returns = method.function().returns;
        let returns_nothing =
            returns.is_none_or(|id| method.unit().facts.last_segment(id) == Some("void"));
        Some(Filter {
            home: home.clone(),
            name: method.name(),
            method,
            mode: if returns_nothing { Mode::Unanswered } else { Mode::Hook },
            bound_by: bound(&own, bindings),
            is_late: false,
            picked_by: None,
        })
    });
    filters.collect()
}

/// One method of a resource, with what carries its annotations.
struct Answer<'p> {
    handler: Body<'p>,
    declared: Body<'p>,
    verb: Option<Annotation<'p>>,
    path: Option<Text>,
}

/// The methods of a resource that answer or hand out resources, its own and inherited.
fn answers<'p>(lineage: &[Type<'p>]) -> Vec<Answer<'p>> {
    let mut found: Vec<Answer<'p>> = Vec::new();
    for part in lineage {
        for declared in part.methods() {
            let Some((verb, path)) = described(declared) else { continue };
            let is_same = |other: &Body<'_>| {
                let (one, other) = (declared.function(), other.function());
                one.name == other.name
                    && one.plain_parameters().count() == other.plain_parameters().count()
            };
            let handler = lineage.iter().flat_map(|part| part.methods()).find(is_same);
            let handler = handler.filter(|_| part.at != lineage[0].at).unwrap_or(declared);
            if !found.iter().any(|known| known.handler.at == handler.at) {
                found.push(Answer { handler, declared, verb, path });
            }
        }
    }
    found
}

/// The verb and the path that annotations give a method; nothing without both.
fn described(method: Body<'_>) -> Option<(Option<Annotation<'_>>, Option<Text>)> {
    let own: Vec<Annotation<'_>> = annotations(method.decorators()).collect();
    let path = own.iter().find(|own| own.name == "Path");
    let path = path.map(|path| path.paths().into_iter().next().unwrap_or_default());
    let verb = own.into_iter().find(|own| {
        matches!(own.name, "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS")
    });
    (verb.is_some() || path.is_some()).then_some((verb, path))
}

/// `@Path` without a verb: what it returns answers.
fn is_locator(method: Body<'_>) -> bool {
    described(method).is_some_and(|(verb, path)| verb.is_none() && path.is_some())
}

/// The classes of what a method hands out: by the type it returns, and those that implement it.
fn handed_out(method: Body<'_>) -> Vec<ClassRef> {
    let Some(returns) = method.function().returns else { return Vec::new() };
    let written = method.project.value(In { file: method.at.file, id: returns });
    let written = match written.kind() {
        // `Class<Loans>`, `Uni<Loans>`.
        ExpressionKind::Index { index, .. } => written.sibling(*index),
        _ => written,
    };
    let Some(class) = class_meant(written) else { return Vec::new() };
    let subtypes = method.project.subtypes.get(&class).into_iter().flatten();
    let all = std::iter::once(class).chain(subtypes.copied());
    all.filter(|class| method.project.class(*class).class().kind != ClassKind::Interface).collect()
}

/// Where a resource hangs.
#[derive(Clone)]
struct Place {
    path: Text,
    /// What stands before the methods that handed it out.
    before: Vec<Candidate>,
    mount: Mount,
}

impl<'p> Application<'p> {
    /// JAX-RS: `@Path` on the class and the method, `@GET` on the method.
    pub(super) fn resource(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let lineage = lineage(class);
        let Some(path) = rooted(&lineage) else { return };
        let home = package_folder(self.project, class.at.file);
        let path = join_paths(&self.resource_prefix(&home), &path);
        let place = Place { path, before: Vec::new(), mount: Mount::Resolved };
        self.answers_of(class, &place, 0, drafts);
    }

    /// Resources that only hang where a method hands out something that is not known here.
    pub(super) fn loose_resources(&self, classes: &[Type<'p>], drafts: &mut Vec<Draft>) {
        let all = classes.iter().flat_map(|class| class.methods());
        let mut placed: Vec<ClassRef> =
            all.filter(|one| is_locator(*one)).flat_map(handed_out).collect();
        // What a resource inherits answers where that does.
        for lineage in classes.iter().map(|class| lineage(*class)) {
            if rooted(&lineage).is_some() {
                placed.extend(lineage.iter().map(|part| part.at));
            }
        }
        for &class in classes {
            let lineage = lineage(class);
            let is_loose = class.class().kind != ClassKind::Interface
                && rooted(&lineage).is_none()
                && !placed.contains(&class.at)
                && class.methods().any(|one| described(one).is_some_and(|found| found.0.is_some()));
            if !is_loose {
                continue;
            }
            let home = package_folder(self.project, class.at.file);
            let is_near = |one: &&Body<'p>| package_folder(self.project, one.at.file) == home;
            let Some(locator) = self.resources.unclear.iter().find(is_near) else { continue };
            let why = format!("`{}` hands out what is not known here", locator.name());
            let path = join_paths(&self.resource_prefix(&home), "{unknown}");
            let place = Place { path, before: Vec::new(), mount: Mount::Dynamic(why) };
            self.answers_of(class, &place, 0, drafts);
        }
    }

    fn answers_of(&self, class: Type<'p>, place: &Place, depth: usize, drafts: &mut Vec<Draft>) {
        for answer in answers(&lineage(class)) {
            let path = join_paths(&place.path, &answer.path.unwrap_or_default());
            let mut endpoint = Endpoint {
                declared: answer.declared,
                mount: place.mount.clone(),
                ..Endpoint::new("jax-rs", class, answer.handler)
            };
            endpoint.before.clone_from(&place.before);
            let Some(verb) = answer.verb else {
                let mut before = endpoint.before.clone();
                before.extend(self.annotated(&endpoint));
                let inner = Place { path, before, mount: place.mount.clone() };
                for class in handed_out(answer.handler) {
                    if depth < LOCATORS_MAX {
                        self.answers_of(self.project.class(class), &inner, depth + 1, drafts);
                    }
                }
                continue;
            };
            endpoint.before.extend(self.resources.before(&self.packages, &endpoint));
            endpoint.before.extend(taken_callers(answer.handler));
            let endpoint = endpoint.answering(vec![verb.name.into()], path).at(verb.value);
            self.push(&endpoint, drafts);
        }
    }

    /// The path below which all resources of a package hang.
    fn resource_prefix(&self, home: &Text) -> Text {
        let declared = self.resources.prefixes.iter().find(|(folder, _)| folder == home);
        let declared = declared.map(|(_, path)| path.as_deref().unwrap_or("{unknown}"));
        let named =
            ["quarkus.rest.path", "quarkus.resteasy-reactive.path", "quarkus.resteasy.path"];
        let set = || named.into_iter().find_map(|name| self.settings.text(home, name));
        let path = declared.or_else(set).unwrap_or_default();
        join_paths(&self.root_path(home), path.trim_end_matches('*'))
    }
}

/// The path of a resource, if it is one and no client of somebody else's.
fn rooted(lineage: &[Type<'_>]) -> Option<Text> {
    let class = lineage.first()?;
    if class.class().kind == ClassKind::Interface || class.name().is_empty() {
        return None;
    }
    let all: Vec<Vec<Annotation<'_>>> =
        lineage.iter().map(|part| class_annotations(*part)).collect();
    let is_client = all.iter().flatten().any(|annotation| annotation.name == "RegisterRestClient");
    let path = all.iter().flatten().find(|annotation| annotation.name == "Path");
    let path = path.filter(|_| !is_client)?;
    Some(path.paths().into_iter().next().unwrap_or_default())
}

/// Dropwizard: a parameter `@Auth User user` refuses strangers, unless it may be empty.
fn taken_callers(handler: Body<'_>) -> Option<Candidate> {
    let project = handler.project;
    let here = |id| project.value(ExpressionRef { file: handler.at.file, id });
    let parameter = handler.function().parameters.iter().find(|parameter| {
        let marks = parameter.decorators.iter().map(|&id| here(id));
        parameter.kind == ParameterKind::Plain && annotations(marks).any(|own| own.name == "Auth")
    })?;
    let annotation = here(parameter.annotation?);
    let is_optional = annotation.source().starts_with("Optional");
    let (grade, why) = if is_optional {
        (Grade::G0, "`@Auth` lets strangers pass where it may be empty")
    } else {
        (Grade::G3, "`@Auth` refuses callers it does not know")
    };
    let location = annotation.location();
    Some(Candidate {
        what: What::Assessed(Assessment {
            grade: Some(grade),
            why: why.to_owned(),
            decided_at: Some(location),
            role: false,
            weakness: None,
        }),
        name: "@Auth".into(),
        location,
        scope: Scope::Extractor,
        mode: Mode::Dependency,
    })
}
