//! Filters that a container runs, or a filter chain: for which paths, and which requests they are not asked about.

use super::{
    Application, Endpoint,
    annotations::{annotations, class_annotations, path_text},
    base_names, package_folder,
    patterns::any_covers,
    unreadable,
};
use crate::{
    facts::Text,
    project::{
        Body, Call, ClassRef, Definition, Location, Type, Value,
        guards::{Mode, Request},
        routes::{Candidate, Scope, What},
    },
};

/// A filter that a container runs.
pub(super) struct Filter<'p> {
    class: Type<'p>,
    /// None: for every path.
    patterns: Vec<Text>,
    at: Location,
}

/// What a configuration says of a filter.
struct Registration {
    class: ClassRef,
    patterns: Vec<Text>,
    is_off: bool,
    at: Location,
}

/// The filters of an application: components that are one, and those that are registered.
pub(super) fn filters<'p>(classes: &[Type<'p>]) -> Vec<Filter<'p>> {
    let methods = classes.iter().flat_map(|class| class.methods());
    let registered: Vec<Registration> = methods.filter_map(registration).collect();
    let mut found = Vec::new();
    for &class in classes.iter().filter(|class| is_filter(**class)) {
        let own = class_annotations(class);
        let is_component = own.iter().any(|own| matches!(own.name, "Component" | "Service"));
        let mapped = own.iter().find(|own| own.name == "WebFilter");
        let mut told = registered.iter().filter(|one| one.class == class.at).peekable();
        if told.peek().is_some() {
            found.extend(told.filter(|one| !one.is_off).map(|one| Filter {
                class,
                patterns: one.patterns.clone(),
                at: one.at,
            }));
        } else if let Some(mapped) = mapped {
            let is_named = mapped.call.is_some_and(|call| call.named("urlPatterns").is_some());
            let patterns = mapped.texts(if is_named { "urlPatterns" } else { "value" });
            let patterns = patterns.iter().map(|pattern| of_servlet(pattern)).collect();
            found.push(Filter { class, patterns, at: class.location() });
        } else if is_component {
            found.push(Filter { class, patterns: Vec::new(), at: class.location() });
        }
    }
    found
}

fn is_filter(class: Type<'_>) -> bool {
    base_names(class).any(|name| {
        matches!(
            name,
            "OncePerRequestFilter" | "GenericFilterBean" | "Filter" | "HttpFilter" | "WebFilter"
        )
    })
}

/// A bean that registers a filter: `new FilterRegistrationBean<>(filter)`, `registration.setFilter(filter)`.
fn registration(bean: Body<'_>) -> Option<Registration> {
    if !annotations(bean.decorators()).any(|own| own.name == "Bean") {
        return None;
    }
    let calls: Vec<Call<'_>> = bean.calls_within().collect();
    let registers = |call: &&Call<'_>| {
        let made = call.path().rsplit('.').next().unwrap_or_default();
        matches!(made, "FilterRegistrationBean" | "setFilter") || call.name() == "setFilter"
    };
    let mut filters = calls.iter().filter(registers).filter_map(|call| call.argument(0));
    let (class, filter) = filters.find_map(|filter| match filter.resolve() {
        Definition::Instance(class) => Some((class, filter)),
        _ => None,
    })?;
    let maps = |call: &&Call<'_>| matches!(call.name(), "addUrlPatterns" | "setUrlPatterns");
    let mapped = calls.iter().filter(maps).flat_map(|call| call.positional());
    let patterns = mapped.flat_map(texts).map(|pattern| of_servlet(&pattern));
    let is_off = calls.iter().any(|call| {
        call.name() == "setEnabled" && call.argument(0).and_then(Value::boolean) == Some(false)
    });
    Some(Registration { class, patterns: patterns.collect(), is_off, at: filter.location() })
}

/// One text, or those of `List.of("/a", "/b")`.
pub(super) fn texts(value: Value<'_>) -> Vec<Text> {
    let made = value.constant().as_call();
    let items = value.items().or_else(|| made.map(|call| call.positional().collect()));
    items.unwrap_or_else(|| vec![value]).into_iter().map(path_text).collect()
}

/// `/x/*` of a servlet stands for all below.
fn of_servlet(pattern: &str) -> Text {
    pattern.strip_suffix("/*").map_or_else(|| pattern.into(), |whole| format!("{whole}/**").into())
}

/// The method of a filter that decides.
fn filtering(class: Type<'_>) -> Option<Body<'_>> {
    let names = ["doFilterInternal", "doFilter", "filter"];
    names.into_iter().find_map(|name| class.method(name))
}

impl<'p> Application<'p> {
    /// The container's filters before an endpoint.
    pub(super) fn filtered(&self, endpoint: &Endpoint<'p>, method: &str) -> Vec<Candidate> {
        let ours = self
            .filters
            .iter()
            .filter(|filter| package_folder(self.project, filter.class.at.file) == endpoint.home);
        ours.filter_map(|filter| {
            let covers = match filter.patterns.as_slice() {
                [] => Some(true),
                patterns => any_covers(patterns, &endpoint.seen_path),
            };
            match covers {
                Some(false) => None,
                Some(true) => candidate(filter.class, filter.at, endpoint, method),
                None => Some(unplaced(filter.class, filter.at)),
            }
        })
        .collect()
    }
}

/// A guard of which nobody knows whether it stands before a path that is not known.
pub(super) fn unplaced(class: Type<'_>, at: Location) -> Candidate {
    let why = format!("whether `{}` stands before it hangs on where it is answered", class.name());
    unreadable(class.name(), why, at)
}

/// A filter before an endpoint, unless it says itself that it is not asked about such requests.
pub(super) fn candidate(
    class: Type<'_>,
    location: Location,
    endpoint: &Endpoint<'_>,
    method: &str,
) -> Option<Candidate> {
    let deciding = filtering(class)?;
    let candidate = Candidate {
        what: What::Definition(Definition::Function(deciding.at)),
        name: class.name().into(),
        location,
        scope: Scope::Global,
        mode: Mode::Middleware,
    };
    let taken = if sees_inside(class) { endpoint.context() } else { "" };
    let Some(sparing) = class.method("shouldNotFilter") else {
        return Some(candidate.below(taken));
    };
    let seen = Request::new(method, &endpoint.path).below(taken);
    match seen.answered(sparing) {
        Some(true) => None,
        Some(false) => Some(candidate.below(taken)),
        None => {
            let why = format!("whether `{}` is asked is decided at run time", class.name());
            Some(unreadable(class.name(), why, location))
        }
    }
}

/// Does a filter look at the path behind the one below which the application answers?
fn sees_inside(class: Type<'_>) -> bool {
    let mut calls = class.methods().flat_map(Body::calls_within);
    calls.any(|call| {
        matches!(call.name(), "getServletPath" | "getPathInfo" | "pathWithinApplication")
    })
}
