//! Micronaut: controllers, its filters, and the table of its settings that says who may call.

use super::{
    Application, Endpoint,
    annotated::is_micronaut_security,
    annotations::{Annotation, annotations, class_annotations, path_text},
    base_names,
    filters::unplaced,
    lineage, matched,
    patterns::{any_covers, covers},
    security::package_folder,
};
use crate::{
    facts::{ClassKind, Text},
    project::{
        Body, Definition, Type, Value,
        guards::{Assessment, Grade, Mode},
        routes::{Candidate, Draft, Scope, What, express::join_paths, nest::verb},
    },
};

/// How many rows of the table of paths are read.
const ROWS_MAX: usize = 200;

const TABLE: &str = "micronaut.security.intercept-url-map";

impl<'p> Application<'p> {
    /// `@Controller("/x")` with `@Get("/y")` on its methods, which may stand in what it implements.
    pub(super) fn micronaut(&self, class: Type<'p>, drafts: &mut Vec<Draft>) {
        let own = class_annotations(class);
        let Some(controller) = own.iter().find(|own| own.name == "Controller") else { return };
        if class.class().kind == ClassKind::Interface {
            return;
        }
        let home = package_folder(self.project, class.at.file);
        let context = self.context_path(&home);
        let prefix = controller.paths().into_iter().next().unwrap_or_default();
        let prefix = join_paths(&join_paths("", context), &self.settings.filled(&home, &prefix));
        let lineage = lineage(class);
        for part in &lineage {
            for declared in part.methods() {
                let name = &declared.function().name;
                let written_anew = class.method(name).filter(|_| part.at != class.at);
                for annotation in annotations(declared.decorators()) {
                    let Some(verb) = verb(annotation.name) else { continue };
                    for path in uris(&annotation) {
                        let path = self.settings.filled(&home, &path);
                        let path = join_paths(&prefix, without_query(&path));
                        let handler = written_anew.unwrap_or(declared);
                        let endpoint = Endpoint {
                            declared,
                            ..Endpoint::new("micronaut", class, handler)
                                .answering(vec![verb.into()], path)
                                .at(annotation.value)
                        };
                        let before = self.filters_before(&endpoint, verb);
                        self.push(&Endpoint { before, ..endpoint }, drafts);
                    }
                }
            }
        }
    }

    fn context_path(&self, home: &str) -> &str {
        self.settings.text(home, "micronaut.server.context-path").unwrap_or_default()
    }

    /// What the table of the settings says of an endpoint; what it does not name is refused.
    pub(super) fn intercepted(&self, endpoint: &Endpoint<'p>, method: &str) -> Option<Candidate> {
        let home = &endpoint.home;
        let is_off = self.settings.text(home, "micronaut.security.enabled") == Some("false");
        if is_off || !self.packages.depend(home, is_micronaut_security) {
            return None;
        }
        for number in 0..ROWS_MAX {
            let row =
                |option: &str| self.settings.get(home, &format!("{TABLE}[{number}].{option}"));
            let Some(pattern) = row("pattern") else { break };
            let asked = row("http-method").or_else(|| row("httpMethod"));
            let is_for = asked.is_none_or(|asked| asked.value == method);
            let pattern_path = below(self.context_path(home), &pattern.value);
            if !is_for || !covers(&pattern_path, &endpoint.seen_path) {
                continue;
            }
            let access = row("access").map(|access| access.value.as_str()).unwrap_or_default();
            if access.contains("isAnonymous()") {
                return None;
            }
            let assessment = Assessment {
                grade: Some(Grade::G3),
                why: "the table of paths lets no strangers pass here".to_owned(),
                decided_at: Some(pattern.at),
                role: !access.contains("isAuthenticated()"),
                weakness: None,
            };
            return Some(matched("intercept-url-map", endpoint, assessment));
        }
        let assessment = Assessment {
            grade: Some(Grade::G3),
            why: "Micronaut Security refuses what nothing opens".to_owned(),
            decided_at: None,
            role: false,
            weakness: None,
        };
        Some(matched("micronaut-security", endpoint, assessment))
    }

    /// `@Filter("/api/**")` with `doFilter`, `@ServerFilter("/api/**")` with `@RequestFilter` methods.
    fn filters_before(&self, endpoint: &Endpoint<'p>, method: &str) -> Vec<Candidate> {
        let context = self.context_path(&endpoint.home);
        let classes = super::classes(self.project);
        let ours = classes.filter(|class| {
            let home = package_folder(self.project, class.at.file);
            self.packages.shares(&home, &endpoint.home)
        });
        ours.flat_map(|class| filters_of(class, context, (method, &endpoint.seen_path))).collect()
    }
}

fn uris(annotation: &Annotation<'_>) -> Vec<Text> {
    let is_given = |name: &str| annotation.call.is_some_and(|call| call.named(name).is_some());
    let texts = match () {
        () if is_given("uris") => annotation.texts("uris"),
        () if is_given("uri") => annotation.texts("uri"),
        () => annotation.texts("value"),
    };
    if texts.is_empty() { vec![Text::default()] } else { texts }
}

/// `/books` of `/books{?page,size}`: what a query adds is no part of a path.
fn without_query(uri: &str) -> &str {
    uri.find("{?").or_else(|| uri.find("{&")).map_or(uri, |start| &uri[..start])
}

/// A pattern below the path that the server answers below, which some write into it and some do not.
fn below(context: &str, pattern: &str) -> Text {
    let context = join_paths("", context);
    if pattern.starts_with(context.as_str()) {
        pattern.into()
    } else {
        join_paths(&context, pattern)
    }
}

/// The patterns of a filter; none where it is for every path.
fn patterns_of(filter: &Annotation<'_>, context: &str) -> Vec<Text> {
    let given = filter.call.and_then(|call| call.named("patterns"));
    let given = given.or_else(|| filter.first("value"));
    let given = given.map(|given| given.items().unwrap_or_else(|| vec![given]));
    let is_all = |pattern: &Value<'_>| pattern.source().ends_with("MATCH_ALL_PATTERN");
    let given = given.into_iter().flatten();
    given
        .map(|one| if is_all(&one) { "/**".into() } else { below(context, &path_text(one)) })
        .collect()
}

fn filters_of<'p>(class: Type<'p>, context: &str, (method, path): (&str, &str)) -> Vec<Candidate> {
    let own = class_annotations(class);
    let filter = own.iter().find(|own| matches!(own.name, "Filter" | "ServerFilter"));
    let Some(filter) = filter else { return Vec::new() };
    let methods = filter.call.and_then(|call| call.named("methods"));
    let methods = methods.map(|given| given.items().unwrap_or_else(|| vec![given]));
    let is_meant = |one: &Value<'_>| one.source().rsplit('.').next() == Some(method);
    if methods.is_some_and(|methods| !methods.iter().any(is_meant)) {
        return Vec::new();
    }
    let patterns = patterns_of(filter, context);
    match if patterns.is_empty() { Some(true) } else { any_covers(&patterns, path) } {
        Some(true) => {}
        Some(false) => return Vec::new(),
        None => return vec![unplaced(class, class.location())],
    }
    let candidate = |method: Body<'p>, mode: Mode, scope: Scope| Candidate {
        what: What::Definition(Definition::Function(method.at)),
        name: class.name().into(),
        location: method.location(),
        scope,
        mode,
    };
    let marked = |wanted: &'static str| {
        class.methods().filter(move |method| {
            annotations(method.decorators()).any(|annotation| annotation.name == wanted)
        })
    };
    let serves = base_names(class).any(|name| name.contains("ServerFilter"));
    let whole = class.method("doFilter").or_else(|| class.method("doFilterOnce"));
    let whole = whole.filter(|_| serves);
    let whole = whole.map(|method| candidate(method, Mode::Middleware, Scope::Global));
    let before = marked("RequestFilter").map(|method| candidate(method, Mode::Hook, Scope::Global));
    let after = marked("ResponseFilter").map(|method| candidate(method, Mode::Hook, Scope::Behind));
    whole.into_iter().chain(before).chain(after).collect()
}
