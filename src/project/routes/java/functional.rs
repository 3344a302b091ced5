//! Router functions of Spring: beans that are built of predicates, handlers and other router functions.

use std::collections::BTreeSet;

use super::{
    Application, Endpoint,
    annotations::{annotations, path_text},
    is_read,
};
use crate::{
    facts::{ExpressionKind, Text},
    project::{
        Body, Call, Declaration, FunctionRef, In, Location, Value,
        guards::Mode,
        routes::{Candidate, Draft, Handler, Mount, Scope, What, express::join_paths},
    },
};

const VERBS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// How many functions and variables deep router functions are followed.
const HOPS_MAX: usize = 12;

/// One route on its way up through the router functions around it.
struct Entry<'p> {
    methods: Vec<Text>,
    path: Text,
    handler: Value<'p>,
    location: Location,
    /// Outermost first.
    chain: Vec<Candidate>,
}

/// Which requests a predicate lets through, as far as method and path tell.
#[derive(Default)]
struct Predicate {
    methods: Vec<Text>,
    path: Text,
}

#[derive(Default)]
struct Reader {
    /// The functions whose routers hang on others.
    reached: BTreeSet<FunctionRef>,
    hops: usize,
}

impl<'p> Application<'p> {
    /// Beans that are router functions, and router functions of which nobody sees where they hang.
    pub(super) fn functional(&self, drafts: &mut Vec<Draft>) {
        let project = self.project;
        let all: Vec<Body<'p>> = project
            .functions()
            .filter(|body| is_read(project, body.at.file) && returns_router(*body))
            .collect();
        let is_bean =
            |body: &Body<'p>| annotations(body.decorators()).any(|own| own.name == "Bean");
        let (beans, others): (Vec<Body<'p>>, Vec<Body<'p>>) = all.into_iter().partition(is_bean);
        let mut reader = Reader::default();
        for bean in beans {
            let entries = reader.returned(bean);
            self.push_entries(bean, entries, &Mount::Resolved, drafts);
        }
        let read: Vec<_> = others.into_iter().map(|body| (body, reader.returned(body))).collect();
        for (body, entries) in read {
            if !reader.reached.contains(&body.at) {
                let why =
                    format!("where the routes of `{}` hang is not known", body.display_name());
                self.push_entries(body, entries, &Mount::Dynamic(why), drafts);
            }
        }
    }

    fn push_entries(
        &self,
        router: Body<'p>,
        entries: Vec<Entry<'p>>,
        mount: &Mount,
        drafts: &mut Vec<Draft>,
    ) {
        let Some(configured) = router.class() else { return };
        for entry in entries {
            let handling = entry.handler.as_function();
            let class = handling.and_then(Body::class).unwrap_or(configured);
            let endpoint = Endpoint {
                location: entry.location,
                before: entry.chain,
                mount: mount.clone(),
                ..Endpoint::new("spring", class, handling.unwrap_or(router))
            };
            let endpoint = self.answering(endpoint, entry.methods, &entry.path);
            let handler = match handling {
                Some(body) => Handler::Function(body.at),
                None => Handler::Expression(entry.handler.at),
            };
            self.push_answered(&endpoint, &handler, drafts);
        }
    }
}

fn returns_router(body: Body<'_>) -> bool {
    body.function().returns.is_some_and(|returns| {
        let value = body.project.value(In { file: body.at.file, id: returns });
        value.source().starts_with("RouterFunction<")
    })
}

impl Reader {
    /// The routes of what a function returns.
    fn returned<'p>(&mut self, body: Body<'p>) -> Vec<Entry<'p>> {
        body.returned().flat_map(|value| self.router(value)).collect()
    }

    /// The routes of a router function, or of a builder of one.
    fn router<'p>(&mut self, value: Value<'p>) -> Vec<Entry<'p>> {
        if self.hops == HOPS_MAX {
            return Vec::new();
        }
        self.hops += 1;
        let value = value.unwrapped();
        let found = match (value.as_call(), value.project.binding(value.at)) {
            (Some(call), _) => self.link(call),
            (None, Some((scope, Declaration::Bound { value: Some(bound), .. }))) => {
                self.router(value.project.value(In { file: scope.file, id: *bound }))
            }
            _ => Vec::new(),
        };
        self.hops -= 1;
        found
    }

    /// One link of a chain, and all before it.
    fn link<'p>(&mut self, call: Call<'p>) -> Vec<Entry<'p>> {
        if let Some(body) = call.callee() {
            self.reached.insert(body.at);
            return self.returned(body);
        }
        // A chain is as long as it has routes, and is no nesting.
        let hops = std::mem::take(&mut self.hops);
        let mut found = call.receiver().map_or_else(Vec::new, |before| self.router(before));
        self.hops = hops;
        let given: Vec<Value<'p>> = call.positional().collect();
        match (call.name(), given.as_slice()) {
            (verb, _) if VERBS.contains(&verb) => {
                let path = given.first().filter(|first| !is_function(**first));
                let path = path.map(|first| path_text(*first)).unwrap_or_default();
                let predicate = Predicate { methods: vec![verb.into()], path };
                found.extend(answered(call, predicate));
            }
            ("route" | "andRoute", [first, _, ..]) => {
                found.extend(answered(call, predicate(*first)));
            }
            ("path", [first, inner, ..]) => {
                found.extend(self.nested(&path_text(*first), *inner));
            }
            ("nest" | "andNest", [first, inner, ..]) => {
                found.extend(self.nested(&predicate(*first).path, *inner));
            }
            ("add" | "and" | "andOther", [other, ..]) => found.extend(self.router(*other)),
            ("filter", [filter, ..]) => before(&mut found, *filter, Mode::Middleware),
            ("before", [filter, ..]) => before(&mut found, *filter, Mode::Dependency),
            _ => {}
        }
        found
    }

    /// What a router function, or the function that builds one, adds below a path.
    fn nested<'p>(&mut self, prefix: &str, inner: Value<'p>) -> Vec<Entry<'p>> {
        let found = match inner.as_function() {
            Some(body) => {
                self.reached.insert(body.at);
                let returned = self.returned(body);
                if returned.is_empty() { self.stated(body) } else { returned }
            }
            None => self.router(inner),
        };
        let below = |entry: Entry<'p>| Entry { path: join_paths(prefix, &entry.path), ..entry };
        found.into_iter().map(below).collect()
    }

    /// What the statements of a function add to the builder that it is given.
    fn stated<'p>(&mut self, body: Body<'p>) -> Vec<Entry<'p>> {
        let is_whole = |call: &Call<'p>| {
            let mut around = call.enclosing_calls();
            !around.any(|outer| body.location().span.contains(outer.location().span))
        };
        let calls: Vec<Call<'p>> = body.calls().filter(is_whole).collect();
        calls.into_iter().flat_map(|call| self.link(call)).collect()
    }
}

/// The route that a call with a handler adds.
fn answered(call: Call<'_>, predicate: Predicate) -> Option<Entry<'_>> {
    let handler = call.positional().find(|value| is_function(*value));
    let Predicate { mut methods, path } = predicate;
    if methods.is_empty() {
        methods.push("ANY".into());
    }
    Some(Entry {
        methods,
        path,
        handler: handler.or_else(|| call.positional().last())?,
        location: call.location_of_name(),
        chain: Vec::new(),
    })
}

/// A filter covers all routes of the router function that it is added to.
fn before(entries: &mut [Entry<'_>], filter: Value<'_>, mode: Mode) {
    let candidate = Candidate {
        what: What::Expression(filter.at),
        name: filter.source().lines().next().unwrap_or_default().into(),
        location: filter.location(),
        scope: Scope::Router,
        mode,
    };
    for entry in entries {
        entry.chain.insert(0, candidate.clone());
    }
}

/// A lambda, or a reference to a method.
fn is_function(value: Value<'_>) -> bool {
    matches!(value.kind(), ExpressionKind::Function(_))
        || value.as_function().is_some()
        || matches!(value.kind(), ExpressionKind::Member { .. }) && value.source().contains("::")
}

fn predicate(value: Value<'_>) -> Predicate {
    let Some(call) = value.unwrapped().as_call() else {
        return value.project.bound(value.at).map_or_else(Predicate::default, |bound| {
            if bound == value.at {
                Predicate::default()
            } else {
                predicate(value.project.value(bound))
            }
        });
    };
    let first = call.argument(0);
    let text = || first.map(path_text).unwrap_or_default();
    match call.name() {
        verb if VERBS.contains(&verb) => Predicate { methods: vec![verb.into()], path: text() },
        "path" | "pathPrefix" => Predicate { path: text(), ..Predicate::default() },
        "method" | "methods" => {
            let named = call
                .positional()
                .map(|method| Text::from(method.source().rsplit('.').next().unwrap_or_default()));
            Predicate { methods: named.collect(), ..Predicate::default() }
        }
        "and" => {
            let sides = [call.receiver(), first];
            let mut both = sides.into_iter().flatten().map(predicate);
            let one = both.next().unwrap_or_default();
            let other = both.next().unwrap_or_default();
            Predicate {
                methods: if one.methods.is_empty() { other.methods } else { one.methods },
                path: if one.path.is_empty() { other.path } else { one.path },
            }
        }
        _ => Predicate::default(),
    }
}
