//! Conditions on which request it is: decided for the route that a guard is judged for.
//!
//! `if (PUBLIC.includes(req.path)) return next()` lets some routes pass and says nothing of the others.

use std::collections::BTreeMap;

use regex::Regex;

mod any;
mod tables;

pub(super) use tables::GivenTo;

use crate::{
    facts::{Arm, Block, ExpressionKind, Operator, StatementKind, Text},
    project::{
        Body, Call, FunctionRef, In, Origin, Value,
        routes::{nest::note_key, next::matcher},
    },
};

/// The request that a guard is judged for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// What the framework calls the route, where that is more than its path: `event.route.id`.
    pub id: Option<String>,
    /// What decorators noted on the handler, by key, and whether it is true.
    notes: BTreeMap<String, bool>,
    /// Functions that a guard was made with and asks about the request, by what it calls them.
    pub(super) functions: Vec<(Text, FunctionRef)>,
    /// What the makers of a guard were given.
    pub(super) given: Vec<GivenTo>,
    /// How many functions deep a test is being followed.
    hops: u8,
}

/// Tests of a request are helpers of one line; what is deeper, or calls itself, is not decided.
const HOPS_MAX: u8 = 2;

/// The one verb of gRPC.
const PROCEDURE: &str = "CALL";

/// How a block of a function ends that looks at nothing but the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Answers(bool),
    Unclear,
    GoesOn,
}

/// The part of a request that a test looks at.
enum Part<'r> {
    Path(&'r str),
    /// The end of the path: where the application begins is not known.
    End(&'r str),
    Method,
    /// The method of a service of gRPC, with or without the name of its package.
    Procedure(&'r str),
    /// What Flask calls the route, which begins with the names of blueprints around its own.
    Endpoint(&'r str),
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        // `/notes?/create` is sent to the path `/notes`.
        let path = path.split("?/").next().unwrap_or(path);
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, ..Self::default() }
    }

    /// With what the framework calls its route.
    #[must_use]
    pub fn called(self, id: Option<String>) -> Self {
        Self { id, ..self }
    }

    /// The request as it is seen behind a router that takes `prefix` away.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let rest =
            self.path.strip_prefix(prefix).filter(|rest| matches!(rest.get(..1), None | Some("/")));
        let path = rest.map_or(self.path.as_str(), |rest| if rest.is_empty() { "/" } else { rest });
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// The same request to a handler with these notes.
    #[must_use]
    pub fn with_notes(self, notes: BTreeMap<String, bool>) -> Self {
        Self { notes, ..self }
    }

    /// How `test` comes out for this request, if it depends on the request's path or method alone.
    pub(super) fn decide(&self, test: Value<'_>) -> Option<bool> {
        match test.kind() {
            ExpressionKind::Operation { operator, operands } => {
                let operands: Vec<Value<'_>> =
                    operands.iter().map(|&operand| test.sibling(operand)).collect();
                match (operator, operands.as_slice()) {
                    (Operator::Not, [inner]) => self.decide(*inner).map(|truth| !truth),
                    (Operator::And, operands) => {
                        let all: Vec<Option<bool>> =
                            operands.iter().map(|operand| self.decide(*operand)).collect();
                        if all.contains(&Some(false)) {
                            return Some(false);
                        }
                        all.into_iter().try_fold(true, |and, one| Some(and && one?))
                    }
                    (Operator::Or, operands) => {
                        let all: Vec<Option<bool>> =
                            operands.iter().map(|operand| self.decide(*operand)).collect();
                        if all.contains(&Some(true)) {
                            return Some(true);
                        }
                        all.into_iter().try_fold(false, |or, one| Some(or || one?))
                    }
                    (Operator::Equal, [first, second]) => self.equals(*first, *second),
                    (Operator::NotEqual, [first, second]) => {
                        self.equals(*first, *second).map(|equal| !equal)
                    }
                    (Operator::In, [element, container]) => self.is_among(*element, *container),
                    (Operator::NotIn, [element, container]) => {
                        self.is_among(*element, *container).map(|among| !among)
                    }
                    _ => None,
                }
            }
            ExpressionKind::Call { .. } => self.note(test).or_else(|| self.call(test)),
            // `roles?.length` of a list that was noted.
            ExpressionKind::Member { object, name } if name == "length" => {
                self.note(test.sibling(*object))
            }
            // `const preflight = answerPreflight(request); if (preflight) return preflight`
            ExpressionKind::Name(_) => {
                self.note(test).or_else(|| self.was_found(test)).or_else(|| {
                    let bound = test.project.value(test.project.bound(test.at)?);
                    bound.as_call()?.callee().and_then(|_| self.call(bound))
                })
            }
            ExpressionKind::Index { object, index } => {
                self.entry(test.sibling(*object), test.sibling(*index))
            }
            _ => None,
        }
    }

    /// Is this request among those that a guard lets pass unseen: `guard.unless({ path: ["/login"] })`?
    pub(super) fn is_spared(&self, paths: Value<'_>) -> Option<bool> {
        let paths = paths.items().unwrap_or_else(|| vec![paths]);
        let is_meant = |path: Value<'_>| {
            let methods = path.entry("methods").given().and_then(Value::items);
            let is_other = methods.is_some_and(|methods| {
                !methods.iter().any(|method| method.text() == Some(&self.method))
            });
            if is_other {
                return Some(false);
            }
            let path = path.entry("url").given().unwrap_or(path);
            match path.text() {
                Some(text) => Some(same_path(&self.path, text)),
                None => pattern(path).map(|pattern| pattern.is_match(&self.path)),
            }
        };
        let meant: Option<Vec<bool>> = paths.into_iter().map(is_meant).collect();
        meant.map(|meant| meant.contains(&true))
    }

    /// Whether what a guard reads of the handler's notes is true: `reflector.get("public", handler)`.
    fn note(&self, value: Value<'_>) -> Option<bool> {
        let written = match value.kind() {
            ExpressionKind::Name(_) => value.project.value(value.project.bound(value.at)?),
            _ => value,
        };
        let call = written.as_call()?;
        let is_reflector = call.receiver()?.source().to_ascii_lowercase().ends_with("reflector");
        let reads = matches!(call.name(), "get" | "getAllAndOverride" | "getAllAndMerge");
        if !is_reflector || !reads {
            return None;
        }
        let key = note_key(call.argument(0)?)?;
        Some(self.notes.get(&key).copied().unwrap_or(false))
    }

    fn part(&self, value: Value<'_>) -> Option<Part<'_>> {
        let name = match value.unwrapped().kind() {
            ExpressionKind::Member { object, name } if name == "id" => {
                let is_route = value.sibling(*object).source().ends_with("route");
                return self.id.as_deref().filter(|_| is_route).map(Part::Path);
            }
            ExpressionKind::Member { name, .. } | ExpressionKind::Name(name) => name.as_str(),
            ExpressionKind::Call { .. } => value.as_call()?.name(),
            _ => return None,
        };
        let names_procedure = matches!(
            name,
            "FullMethod" | "Procedure" | "procedure" | "fullMethod" | "method" | "path"
        );
        if self.method == PROCEDURE && names_procedure {
            return Some(Part::Procedure(&self.path));
        }
        match name {
            // The namespace of socket.io.
            "name" if value.source().ends_with(".nsp.name") => Some(Part::Path(&self.path)),
            "endpoint" if value.source().ends_with("request.endpoint") => {
                self.id.as_deref().map(Part::Endpoint)
            }
            "path" | "pathname" | "originalUrl" | "url" | "baseUrl" | "path_info" | "endpoint"
            | "Path" | "FullPath" | "getRequestURI" | "getServletPath" | "RequestURI" => {
                Some(Part::Path(&self.path))
            }
            "getPath" => Some(Part::End(&self.path)),
            "method" | "Method" | "getMethod" => Some(Part::Method),
            _ => None,
        }
    }

    /// Is this the method that is called? A route for every method says nothing about that, but no browser waits
    /// for the answer to the question that it asks before.
    fn is_method(&self, text: &str) -> Option<bool> {
        match self.method.as_str() {
            "ANY" => text.eq_ignore_ascii_case("OPTIONS").then_some(false),
            method => Some(method.eq_ignore_ascii_case(text)),
        }
    }

    fn equals(&self, first: Value<'_>, second: Value<'_>) -> Option<bool> {
        [(first, second), (second, first)]
            .into_iter()
            .find_map(|(part, literal)| self.is_one(&self.part(part)?, self.spelled(literal)?))
    }

    /// Is a part of the request one of these?
    fn is_one<'t>(
        &self,
        part: &Part<'_>,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Option<bool> {
        texts.into_iter().try_fold(false, |found, text| Some(found | self.is_part(part, text)?))
    }

    fn is_part(&self, part: &Part<'_>, text: &str) -> Option<bool> {
        match part {
            Part::Path(path) => Some(same_path(path, text)),
            Part::End(path) => Some(path.ends_with(&rooted(text))),
            Part::Method => self.is_method(text),
            Part::Procedure(path) => Some(is_procedure(path, text)),
            Part::Endpoint(name) => Some(is_endpoint(name, text)),
        }
    }

    fn is_among(&self, element: Value<'_>, container: Value<'_>) -> Option<bool> {
        self.is_one(&self.part(element)?, self.texts(container)?)
    }

    fn call(&self, test: Value<'_>) -> Option<bool> {
        let call = test.as_call()?;
        if let Some(seen) = self.route_matcher(call) {
            return Some(seen);
        }
        let written = call.callee_value().source();
        let handed = self.functions.iter().find(|(name, _)| name == written);
        let handed = handed.map(|&(_, function)| call.project.body(function));
        if let Some(body) = call.callee().or(handed) {
            return self.answered(body);
        }
        if call.name() == "any" {
            return self.any_of(call.argument(0)?);
        }
        let (receiver, argument) = (call.receiver()?, call.argument(0)?);
        if let (Some(element), "slices") = (call.argument(1), receiver.source()) {
            return self.is_among(element, argument).filter(|_| call.name() == "Contains");
        }
        // `strings.HasPrefix(path, "/api")`.
        if let (Some(text), "strings") = (call.argument(1), receiver.source()) {
            let Part::Path(path) = self.part(argument)? else { return None };
            let fits: fn(&str, &str) -> bool = match call.name() {
                "HasPrefix" => |path, text| path.starts_with(text),
                "HasSuffix" => |path, text| path.ends_with(text),
                "Contains" => |path, text| path.contains(text),
                _ => return None,
            };
            let mut texts = self.spelled(text)?.into_iter();
            return Some(texts.any(|text| fits(path, text)));
        }
        match call.name() {
            "startsWith" | "startswith" | "starts_with" | "HasPrefix" => {
                let mut texts = self.prefixes(argument)?.into_iter();
                match self.part(receiver)? {
                    Part::Path(path) => Some(texts.any(|text| path.starts_with(text))),
                    Part::End(path) => Some(texts.any(|text| path.contains(&begun(text)))),
                    Part::Procedure(path) => Some(texts.any(|text| is_service(path, text))),
                    Part::Endpoint(name) => {
                        texts.any(|text| name.starts_with(text)).then_some(true)
                    }
                    Part::Method => None,
                }
            }
            "endsWith" | "endswith" | "ends_with" => {
                let (Part::Path(path) | Part::End(path)) = self.part(receiver)? else {
                    return None;
                };
                Some(self.prefixes(argument)?.into_iter().any(|text| path.ends_with(text)))
            }
            "includes" | "contains" | "has" | "indexOf" => {
                match (self.part(receiver), argument.text()) {
                    (Some(Part::Path(path) | Part::End(path)), Some(text)) => {
                        Some(path.contains(text))
                    }
                    _ => self.is_among(argument, receiver),
                }
            }
            "test" | "exec" => {
                let Part::Path(path) = self.part(argument)? else { return None };
                pattern(receiver)?.is_match(path).into()
            }
            "match" => {
                let Part::Path(path) = self.part(receiver)? else { return None };
                pattern(argument)?.is_match(path).into()
            }
            "some" => self.any_prefix(receiver, argument),
            "equals" => self.equals(receiver, argument),
            _ => None,
        }
    }

    /// What a function answers that looks at nothing but the request.
    pub fn answered(&self, body: Body<'_>) -> Option<bool> {
        if self.hops == HOPS_MAX {
            return None;
        }
        let inside = Self { hops: self.hops + 1, ..self.clone() };
        match inside.block(body, &body.function().body) {
            Ending::Answers(answer) => Some(answer),
            Ending::Unclear | Ending::GoesOn => None,
        }
    }

    /// What a function of this project returns that looks at nothing but the request.
    fn block(&self, body: Body<'_>, block: &Block) -> Ending {
        let project = body.project;
        let facts = project.facts(body.at.file);
        let value = |id| project.value(In { file: body.at.file, id });
        for &statement in block {
            let found = match &facts[statement].kind {
                StatementKind::Bind { .. } => Ending::GoesOn,
                StatementKind::Block(inner) => self.block(body, inner),
                StatementKind::If { test, then, otherwise, .. } => {
                    match self.decide(value(*test)) {
                        Some(true) => self.block(body, then),
                        Some(false) => self.block(body, otherwise),
                        None => Ending::Unclear,
                    }
                }
                StatementKind::Match { subject: Some(subject), arms } => {
                    let covers = |arm: &&Arm| {
                        let mut tests = arm.tests.iter();
                        tests.any(|&test| self.equals(value(*subject), value(test)) == Some(true))
                    };
                    {
                        let covered = arms.iter().find(covers);
                        covered.map_or(Ending::GoesOn, |arm| self.block(body, &arm.body))
                    }
                }
                StatementKind::Return(Some(returned)) => match value(*returned).kind() {
                    ExpressionKind::Bool(answer) => Ending::Answers(*answer),
                    ExpressionKind::Null => Ending::Answers(false),
                    _ => self.decide(value(*returned)).map_or(Ending::Unclear, Ending::Answers),
                },
                _ => Ending::Unclear,
            };
            if found != Ending::GoesOn {
                return found;
            }
        }
        Ending::GoesOn
    }

    /// A function made by Clerk's `createRouteMatcher([…])`, which takes the request.
    fn route_matcher(&self, call: Call<'_>) -> Option<bool> {
        const MADE_BY: &str = "createRouteMatcher";
        if !call.path().trim_end_matches("()").ends_with(MADE_BY) {
            return None;
        }
        let Origin::Created(made) = call.project.origin(call.callee_value().at) else {
            return None;
        };
        let patterns = call.project.call(made)?.argument(0)?.items()?;
        let covers = |pattern: Value<'_>| Some(matcher::covers(pattern.text()?, &self.path));
        let seen: Vec<bool> = patterns.into_iter().map(covers).collect::<Option<_>>()?;
        Some(seen.contains(&true))
    }
}

/// `/shop.v1.Orders/AddAll` of `/Orders/AddAll`, also where the language writes `add_all`.
fn is_procedure(path: &str, text: &str) -> bool {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let named = text.rsplit_once('/').zip(path.rsplit_once('/'));
    named.is_some_and(|((service, method), (own, name))| {
        plain(method) == plain(name) && is_service(own, service)
    })
}

/// Does `/shop.v1.Orders/` name the service of `/Orders/AddAll`?
fn is_service(path: &str, text: &str) -> bool {
    let own = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let named = text.trim_matches('/');
    named.rsplit('.').next() == Some(own) && !named.contains('/')
}

/// `admin.notes.add` of `notes.add`: a blueprint may hang on others.
fn is_endpoint(name: &str, text: &str) -> bool {
    let around = text.strip_suffix(name);
    around.is_some_and(|around| around.is_empty() || name.contains('.') && around.ends_with('.'))
}

/// `/notes` of `notes`: some servers write the first slash of a path and some do not.
fn rooted(text: &str) -> String {
    format!("/{}", text.trim_matches('/'))
}

/// `/notes/` of `notes/`, which says that something follows.
fn begun(text: &str) -> String {
    format!("/{}", text.trim_start_matches('/'))
}

fn same_path(path: &str, literal: &str) -> bool {
    path.trim_end_matches('/') == literal.trim_end_matches('/')
}

/// A literal pattern, if it is within what a linear-time engine reads.
fn pattern(value: Value<'_>) -> Option<Regex> {
    let (ExpressionKind::Regex(text) | ExpressionKind::Text(text)) = value.constant().kind() else {
        return None;
    };
    regex::RegexBuilder::new(text).size_limit(1 << 18).build().ok()
}
