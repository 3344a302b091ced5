//! Where a value comes from: the request, who is calling, storage, the environment, the code itself.
//!
//! A light reading for questions about single values, such as "is this filter made of who is calling?".
//! Names are followed back over all their declarations, parameters to what callers pass. The answer is a
//! set: a value that may be either of two things has both.

use std::{collections::BTreeMap, ops::BitOr};

use super::{
    Call, Declaration, Definition, ExpressionRef, FunctionRef, In, Project, Step, Value,
    routes::RouteKind,
};
use crate::facts::{EntryKey, ExpressionId, ExpressionKind, Text, vocabulary::Meaning};

mod parameter;
mod request;

pub(super) use parameter::{is_argument_of_field, is_filled, is_sent};
pub use request::{is_identity_name, sounds_like_caller};

/// A set of places that a value may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sources(u8);

impl Sources {
    pub const NONE: Self = Self(0);
    /// Data that whoever sends the request chooses.
    pub const REQUEST: Self = Self(1);
    /// The request as a whole, or the context object that carries it.
    pub const REQUEST_OBJECT: Self = Self(1 << 1);
    /// Who is calling, as the server knows it: a session, verified claims, a user that a guard loaded.
    pub const PRINCIPAL: Self = Self(1 << 2);
    pub const ENVIRONMENT: Self = Self(1 << 3);
    /// Read from a database.
    pub const STORED: Self = Self(1 << 4);
    pub const CONSTANT: Self = Self(1 << 5);
    pub const RANDOM: Self = Self(1 << 6);
    /// Something that was not followed.
    pub const UNKNOWN: Self = Self(1 << 7);

    /// Is any of `others` in the set?
    pub const fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Is the whole set within `others`?
    pub const fn only(self, others: Self) -> bool {
        self.0 != 0 && self.0 & !others.0 == 0
    }
}

impl BitOr for Sources {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Self> for Sources {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        parts.into_iter().fold(Self::NONE, BitOr::bitor)
    }
}

/// Answers where values come from.
pub struct Provenance<'p> {
    project: &'p Project,
    /// The functions that answer requests.
    handlers: BTreeMap<FunctionRef, RouteKind>,
}

/// How many steps one answer may take; more are needed only in cycles.
const STEPS_MAX: u32 = 400;

/// How many calls and names deep a value is followed.
const DEPTH_MAX: u32 = 14;

/// One walk back.
struct Trail<'w, 'p> {
    provenance: &'w Provenance<'p>,
    steps: u32,
    pending: Vec<(FunctionRef, Text)>,
}

impl<'p> Provenance<'p> {
    pub fn new(project: &'p Project) -> Self {
        let routes = project.routes().iter();
        let handlers = routes.filter_map(|route| Some((route.handler?, route.kind))).collect();
        Self { project, handlers }
    }

    /// Where `value` comes from.
    pub fn of(&self, value: Value<'p>) -> Sources {
        let mut trail = Trail { provenance: self, steps: STEPS_MAX, pending: Vec::new() };
        trail.value(value, DEPTH_MAX)
    }

    /// Does the value come from who is calling?
    pub fn is_principal(&self, value: Value<'p>) -> bool {
        self.of(value).any(Sources::PRINCIPAL)
    }

    /// Is the value, or a part of it, chosen by whoever sends the request, and not by who is calling?
    pub fn is_chosen_by_request(&self, value: Value<'p>) -> bool {
        let sources = self.of(value);
        sources.any(Sources::REQUEST) && !sources.any(Sources::PRINCIPAL)
    }

    pub fn is_handler(&self, function: FunctionRef) -> bool {
        self.handlers.contains_key(&function)
    }
}

impl<'p> Trail<'_, 'p> {
    fn value(&mut self, value: Value<'p>, depth: u32) -> Sources {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 || depth == 0 {
            return Sources::UNKNOWN;
        }
        let depth = depth - 1;
        match value.kind() {
            ExpressionKind::Text(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::Null
            | ExpressionKind::Regex(_) => Sources::CONSTANT,
            ExpressionKind::Await(inner)
            | ExpressionKind::Propagate(inner)
            | ExpressionKind::Spread(inner)
            | ExpressionKind::Cast { value: inner, .. }
            | ExpressionKind::Assign { value: inner, .. } => {
                self.value(value.sibling(*inner), depth)
            }
            ExpressionKind::Name(_)
            | ExpressionKind::Member { .. }
            | ExpressionKind::Index { .. } => self.path(value, &[], depth),
            ExpressionKind::Call { .. } => match value.as_call() {
                Some(call) => self.call(call, depth),
                None => Sources::UNKNOWN,
            },
            ExpressionKind::Conditional { then, otherwise, .. } => {
                self.value(value.sibling(*then), depth)
                    | self.value(value.sibling(*otherwise), depth)
            }
            ExpressionKind::Object(entries) => entries
                .iter()
                .map(|entry| match entry.key {
                    EntryKey::Computed(key) => {
                        self.value(value.sibling(key), depth)
                            | self.value(value.sibling(entry.value), depth)
                    }
                    _ => self.value(value.sibling(entry.value), depth),
                })
                .collect(),
            ExpressionKind::Concat(parts)
            | ExpressionKind::List(parts)
            | ExpressionKind::Other(parts)
            | ExpressionKind::Operation { operands: parts, .. } => {
                parts.iter().map(|&part| self.value(value.sibling(part), depth)).collect()
            }
            ExpressionKind::Comprehension { element, source, .. } => {
                self.value(value.sibling(*element), depth)
                    | self.value(value.sibling(*source), depth)
            }
            _ => Sources::UNKNOWN,
        }
    }

    /// What `value.rest` comes from: a name or a member, with what is taken out of it afterwards.
    fn path(&mut self, value: Value<'p>, rest: &[Text], depth: u32) -> Sources {
        if depth == 0 {
            return Sources::UNKNOWN;
        }
        let (root, names) = request::chain(value);
        let names: Vec<Text> = names.into_iter().chain(rest.iter().cloned()).collect();
        if let Some(known) = self.known(value) {
            return known;
        }
        if let Some(known) = request::member(root, &names) {
            return known;
        }
        match root.kind() {
            ExpressionKind::Name(name) => self.name(root, name, &names, depth - 1),
            _ => self.value(root, depth - 1),
        }
    }

    /// What the vocabulary says of a path: `flask_login.current_user`, `process.env.KEY`.
    fn known(&self, value: Value<'p>) -> Option<Sources> {
        let path = value.path();
        if path.starts_with("process.env")
            || path.starts_with("os.environ")
            || path.starts_with("import.meta.env")
        {
            return Some(Sources::ENVIRONMENT);
        }
        let vocabulary = self.provenance.project.vocabulary();
        let reads = |path: &str| vocabulary.has(path, Meaning::ReadIdentity);
        let mut prefix: &str = &path;
        if prefix.starts_with(['?', '.']) {
            return None;
        }
        loop {
            if reads(prefix) {
                return Some(Sources::PRINCIPAL);
            }
            prefix = &prefix[..prefix.rfind('.')?];
        }
    }

    fn name(&mut self, at: Value<'p>, name: &Text, rest: &[Text], depth: u32) -> Sources {
        if let Some((scope, declarations)) = at.declarations() {
            let key = (scope, name.clone());
            if self.pending.contains(&key) {
                return Sources::NONE;
            }
            self.pending.push(key);
            let sources = declarations
                .iter()
                .map(|declaration| self.declaration(scope, declaration, at, rest, depth))
                .collect();
            self.pending.pop();
            return sources;
        }
        if is_identity_name(name) { Sources::PRINCIPAL } else { Sources::UNKNOWN }
    }

    fn declaration(
        &mut self,
        scope: FunctionRef,
        declaration: &Declaration,
        at: Value<'p>,
        rest: &[Text],
        depth: u32,
    ) -> Sources {
        let project = self.provenance.project;
        let here = |id: ExpressionId| project.value(In { file: scope.file, id });
        match declaration {
            Declaration::Bound { value: Some(value), steps, .. } => {
                self.stepped(here(*value), steps, rest, depth)
            }
            Declaration::Element { value, .. } => self.value(here(*value), depth),
            Declaration::Parameter(number, steps) => {
                let mut names = fields_of(steps);
                names.extend_from_slice(rest);
                self.parameter(scope, *number, &names, depth)
            }
            Declaration::Import(_) => match at.resolve() {
                Definition::Value(found) if found != at.at => {
                    self.value(project.value(found), depth)
                }
                _ => Sources::UNKNOWN,
            },
            Declaration::Bound { value: None, .. } => Sources::NONE,
            Declaration::Caught(_) | Declaration::Function(_) | Declaration::Class(_) => {
                Sources::UNKNOWN
            }
        }
    }

    /// What is bound by `const { a } = value`, read as `value.a`.
    fn stepped(&mut self, value: Value<'p>, steps: &[Step], rest: &[Text], depth: u32) -> Sources {
        let mut names = fields_of(steps);
        names.extend_from_slice(rest);
        let value = value.unwrapped();
        match value.kind() {
            ExpressionKind::Name(_)
            | ExpressionKind::Member { .. }
            | ExpressionKind::Index { .. } => self.path(value, &names, depth),
            // A part of an object that is written here comes from that part alone.
            ExpressionKind::Object(_) if !names.is_empty() => {
                match value.entry(&names[0]).given() {
                    Some(part) => self.stepped(part, &[], &names[1..], depth.saturating_sub(1)),
                    None => self.value(value, depth),
                }
            }
            _ => self.value(value, depth),
        }
    }

    fn call(&mut self, call: Call<'p>, depth: u32) -> Sources {
        for meaning in call.meanings() {
            match meaning {
                Meaning::ReadIdentity | Meaning::VerifyCredential | Meaning::DecodeCredential => {
                    return Sources::PRINCIPAL;
                }
                Meaning::ReadEnvironment => return Sources::ENVIRONMENT,
                Meaning::SecureRandom | Meaning::InsecureRandom => return Sources::RANDOM,
                Meaning::DatabaseRead
                | Meaning::DatabaseWrite
                | Meaning::SqlQuery
                | Meaning::DocumentQuery => {
                    // A row that was looked up by who is calling tells of who is calling.
                    let inner = self.arguments(call, depth);
                    return if inner.any(Sources::PRINCIPAL) && !inner.any(Sources::REQUEST) {
                        Sources::STORED | Sources::PRINCIPAL
                    } else {
                        Sources::STORED
                    };
                }
                _ => {}
            }
        }
        if let Some(known) = request::method(call) {
            return known;
        }
        let arguments = self.arguments(call, depth);
        if sounds_like_caller(call.name()) && !arguments.any(Sources::REQUEST) {
            return Sources::PRINCIPAL;
        }
        let receiver = match call.receiver() {
            Some(receiver) => self.value(receiver, depth),
            None => Sources::NONE,
        };
        if let Some(callee) = call.callee() {
            let returned: Sources =
                callee.returned().map(|value| self.value(value, depth)).collect();
            if returned.any(Sources::PRINCIPAL | Sources::STORED | Sources::ENVIRONMENT) {
                return returned;
            }
            return returned | arguments | receiver;
        }
        let whole = arguments | receiver;
        if whole.any(Sources::REQUEST_OBJECT) {
            whole | Sources::REQUEST
        } else {
            whole | Sources::UNKNOWN
        }
    }

    fn arguments(&mut self, call: Call<'p>, depth: u32) -> Sources {
        let arguments = call.arguments().iter();
        arguments.map(|argument| self.value(call.value().sibling(argument.value), depth)).collect()
    }

    fn parameter(
        &mut self,
        function: FunctionRef,
        number: usize,
        rest: &[Text],
        depth: u32,
    ) -> Sources {
        let project = self.provenance.project;
        let kind = self.provenance.handlers.get(&function).copied();
        let body = project.body(function);
        if let Some(known) = parameter::declared(body, number, kind, rest) {
            return known;
        }
        if depth == 0 {
            return Sources::UNKNOWN;
        }
        let name = body.function().parameters[number].name();
        let mut sources = Sources::NONE;
        let mut is_called = false;
        for call in project.callers(function).take(CALLERS_MAX) {
            is_called = true;
            if let Some(passed) = call.passed(body, number) {
                sources = sources | self.stepped(passed, &[], rest, depth - 1);
            }
        }
        if is_called {
            return sources;
        }
        // A closure that a call is given works on what the call is about: `rows.map(row => …)`.
        if let Some(literal) = project.unit(function.file).index.literal_of(function.id) {
            let parent = project.unit(function.file).index.expression(literal).parent;
            let call =
                parent.and_then(|id| project.call(ExpressionRef { file: function.file, id }));
            if let Some(receiver) = call.and_then(Call::receiver) {
                return self.value(receiver, depth - 1);
            }
        }
        let sounds = name.is_some_and(|name| is_identity_name(name))
            || rest.first().is_some_and(|name| is_identity_name(name));
        if sounds { Sources::PRINCIPAL } else { Sources::UNKNOWN }
    }
}

/// How many callers of one function are looked at.
const CALLERS_MAX: usize = 12;

fn fields_of(steps: &[Step]) -> Vec<Text> {
    let fields = steps.iter().filter_map(|step| match step {
        Step::Field(name) => Some(name.clone()),
        Step::Item(_) | Step::Inside | Step::Rest => None,
    });
    fields.collect()
}
