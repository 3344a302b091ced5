//! What answers behind an expression that is given as a handler, and what is wrapped around it.

use super::{
    super::{Candidate, Handler, Scope, What, grpc::connect},
    bound::{Bound, bound_values},
    frames::Frame,
    library,
    routers::{Key, Routers},
};
use crate::{
    facts::{ExpressionKind, Parameter, ParameterKind, Text},
    project::{Body, Call, ClassRef, Definition, ExpressionRef, Origin, Value, guards::Mode},
};

/// How many wrappers and functions deep a handler is followed.
const DEPTH_MAX: usize = 16;

/// More handlers than this behind one expression are cut.
const FOUND_MAX: usize = 16;

/// What stands at the end of a chain of wrappers.
#[derive(PartialEq, Eq)]
pub(super) enum Answer {
    Handler(Handler),
    Router(Key),
    /// The service of Connect that this call makes a handler of.
    Service(ExpressionRef),
}

/// One thing that may answer.
pub(super) struct Target {
    /// Outermost first.
    pub(super) chain: Vec<Candidate>,
    pub(super) answer: Answer,
    /// What is taken away of the path before it is asked.
    pub(super) strips: Text,
}

impl Target {
    fn handler(handler: Handler) -> Self {
        Self::of(Answer::Handler(handler), Vec::new())
    }

    fn of(answer: Answer, chain: Vec<Candidate>) -> Self {
        Self { chain, answer, strips: Text::default() }
    }

    /// The same behind `http.StripPrefix(prefix, …)`.
    fn below(self, prefix: &str) -> Self {
        let chain = self.chain.into_iter().map(|guard| guard.below(prefix)).collect();
        Self { chain, strips: Text::from(format!("{prefix}{}", self.strips)), ..self }
    }
}

impl<'p> Routers<'p> {
    /// What may answer behind `value`.
    pub(super) fn targets(&self, value: Value<'p>, frame: &Frame<'p>) -> Vec<Target> {
        let found = self.follow(value, frame, 0);
        if found.is_empty() {
            return vec![Target::handler(Handler::Expression(frame.value(value).at))];
        }
        found
    }

    fn follow(&self, value: Value<'p>, frame: &Frame<'p>, depth: usize) -> Vec<Target> {
        let value = frame.value(value).unwrapped();
        if depth > DEPTH_MAX {
            return Vec::new();
        }
        if self.library(value).is_some() {
            let keys = self.keys(value).into_iter();
            return keys.map(|key| Target::of(Answer::Router(key), Vec::new())).collect();
        }
        match value.kind() {
            ExpressionKind::Function(function) => {
                let at = crate::project::In { file: value.at.file, id: *function };
                vec![Target::handler(Handler::Function(at))]
            }
            ExpressionKind::Call { .. } => match value.as_call() {
                Some(call) => self.follow_call(call, frame, depth),
                None => Vec::new(),
            },
            ExpressionKind::Name(_) => {
                let mut found: Vec<Target> = Vec::new();
                for bound in bound_values(value) {
                    if let Bound::Value(bound) = bound {
                        found.extend(self.follow(bound, frame, depth + 1));
                    }
                }
                found.truncate(FOUND_MAX);
                if found.is_empty() { self.defined(value, depth) } else { found }
            }
            ExpressionKind::Member { object, name } => {
                // `router.ServeHTTP` of a router.
                if name == "ServeHTTP" {
                    let found = self.follow(value.sibling(*object), frame, depth + 1);
                    if !found.is_empty() {
                        return found;
                    }
                }
                let direct = self.defined(value, depth);
                if !direct.is_empty() {
                    return direct;
                }
                let Definition::Instance(class) = value.sibling(*object).resolve() else {
                    return Vec::new();
                };
                let values = self.field_values(class, name).iter();
                let mut found: Vec<Target> =
                    values.flat_map(|value| self.follow(*value, frame, depth + 1)).collect();
                found.truncate(FOUND_MAX);
                found
            }
            _ => self.defined(value, depth),
        }
    }

    /// A function, or a value whose type has a `ServeHTTP`.
    fn defined(&self, value: Value<'p>, depth: usize) -> Vec<Target> {
        match value.resolve() {
            Definition::Function(function) => vec![Target::handler(Handler::Function(function))],
            Definition::Instance(class) => {
                if let Some(method) = self.project.class(class).method("ServeHTTP") {
                    return vec![Target::handler(Handler::Function(method.at))];
                }
                self.embedded_handlers(class, depth)
            }
            _ => Vec::new(),
        }
    }

    /// What is put into the handler that a type embeds: `r.Handler = r.routes()`.
    fn embedded_handlers(&self, class: ClassRef, depth: usize) -> Vec<Target> {
        let embeds = self.project.class(class).base_paths().any(|base| base == "net/http.Handler");
        let values = self.field_values(class, "Handler").iter().filter(|_| embeds);
        let found = values.flat_map(|value| self.follow(*value, &Frame::default(), depth + 1));
        found.take(FOUND_MAX).collect()
    }

    fn follow_call(&self, call: Call<'p>, frame: &Frame<'p>, depth: usize) -> Vec<Target> {
        if connect::makes_handler(call) {
            return vec![Target::of(Answer::Service(call.at()), Vec::new())];
        }
        if let Some(chain) = gateway(call) {
            return vec![Target::of(Answer::Handler(Handler::Expression(call.at())), chain)];
        }
        if let Some(position) = handed_on_at(call) {
            let inner = call.argument(position);
            let strips = call.argument(0).filter(|_| call.name() == "StripPrefix");
            let mut found =
                inner.map(|inner| self.follow(inner, frame, depth + 1)).unwrap_or_default();
            if found.is_empty() {
                let inner = inner.map(|inner| Target::handler(Handler::Expression(inner.at)));
                found.extend(inner.filter(|_| strips.is_some()));
            }
            if let Some(prefix) = strips.map(|prefix| frame.path_text(prefix)) {
                found = found.into_iter().map(|target| target.below(&prefix)).collect();
            }
            if !found.is_empty() {
                return found;
            }
        }
        if let Some(wrapped) = self.wrapped(call) {
            let mut found = self.follow(wrapped, frame, depth + 1);
            if found.is_empty() {
                found.push(Target::handler(Handler::Expression(wrapped.at)));
            }
            let before = self.wrappers(call, depth);
            for target in &mut found {
                target.chain.splice(0..0, before.iter().cloned());
            }
            return found;
        }
        match call.callee() {
            Some(body) => {
                let returned = body.returned();
                let mut found: Vec<Target> =
                    returned.flat_map(|value| self.follow(value, frame, depth + 1)).collect();
                found.truncate(FOUND_MAX);
                found
            }
            None => self.defined(call.value(), depth),
        }
    }

    /// What a call wraps around its handler; where it only hands it to other wrappers, those.
    fn wrappers(&self, call: Call<'p>, depth: usize) -> Vec<Candidate> {
        let mut found = wrapper(call);
        let Some(body) = call.callee().filter(|_| depth < DEPTH_MAX) else { return found };
        found.extend(listed(call, body));
        for returned in body.returned() {
            let mut next = returned.unwrapped().as_call();
            while let Some(inner) = next {
                let Some(wrapped) = self.wrapped(inner) else { break };
                let is_own = match bound_values(wrapped).first() {
                    Some(Bound::Parameter(function, _)) => *function == body.at,
                    // `checked := func(w, r) { …; next(w, r) }`
                    Some(Bound::Value(value)) => is_within(*value, body),
                    None => is_within(wrapped, body),
                };
                let is_itself = inner.callee().is_some_and(|callee| callee.at == body.at);
                if is_own && !is_itself {
                    found.extend(self.wrappers(inner, depth + 1));
                }
                next = wrapped.as_call();
            }
        }
        found
    }

    /// The handler that a call wraps: an argument that is one, where the call makes another.
    fn wrapped(&self, call: Call<'p>) -> Option<Value<'p>> {
        let mut arguments = call.positional();
        if let Some(body) = call.callee() {
            let takes_handler = |position: usize| {
                body.function().plain_parameters().nth(position).is_some_and(|parameter| {
                    let annotation = parameter.annotation;
                    annotation.is_some_and(|id| is_handler_annotation(body, id))
                        || is_answered_by(body, parameter)
                })
            };
            return call
                .positional()
                .enumerate()
                .find(|(position, _)| takes_handler(*position))
                .map(|(_, argument)| argument);
        }
        // A library's wrapper, or a value of a function type.
        arguments.find(|argument| self.is_handler(*argument))
    }

    /// Is this, as far as it can be seen, something that answers requests?
    fn is_handler(&self, value: Value<'p>) -> bool {
        if self.library(value).is_some() {
            return true;
        }
        match value.resolve() {
            Definition::Function(function) => takes_request(self.project.body(function)),
            Definition::External(path) => {
                path.starts_with("net/http.") && library::is_handler_type(&path)
            }
            Definition::Instance(class) => self.project.class(class).method("ServeHTTP").is_some(),
            _ => value
                .as_call()
                .is_some_and(|call| call.name() != "New" && self.wrapped(call).is_some()),
        }
    }
}

/// What a call wraps around the handler that it is given, outermost first.
fn wrapper(call: Call<'_>) -> Vec<Candidate> {
    if let Some(asked) = asked_function(call) {
        return vec![super::candidate(asked, Mode::Dependency, Scope::Wrapper)];
    }
    // `alice.New(first, second).Then(handler)`.
    let is_list = matches!(call.name(), "Then" | "ThenFunc" | "Handler" | "HandlerFunc");
    let made = call.receiver().and_then(|receiver| {
        let path = receiver.path();
        let listed =
            path.contains("alice.New()") || path.contains("chi") && path.contains("Chain()");
        listed.then(|| receiver.constant()).filter(|_| is_list)
    });
    let list = made.and_then(|made| match made.as_call() {
        Some(list) => Some(list),
        None => match made.project.origin(made.at) {
            Origin::Created(at) => made.project.call(at),
            _ => None,
        },
    });
    if let Some(list) = list {
        list.positional()
            .map(|guard| super::candidate(guard, Mode::Wrapper, Scope::Wrapper))
            .collect()
    } else {
        let callee = call.callee_value();
        vec![Candidate {
            what: What::Expression(callee.at),
            ..super::candidate(callee, Mode::Wrapper, Scope::Wrapper)
        }]
    }
}

/// The guards that a function of this project is given to put before a handler: `chain(handler, first, second)`.
fn listed(call: Call<'_>, body: Body<'_>) -> Vec<Candidate> {
    let takes_guards = |parameter: &Parameter| {
        let annotation = parameter.annotation.filter(|_| parameter.kind == ParameterKind::Rest);
        annotation.is_some_and(|id| is_guard_annotation(body, id))
    };
    let position = body.function().plain_parameters().position(takes_guards);
    let given = position.map(|position| call.positional().skip(position));
    let guards = given.into_iter().flatten();
    guards.map(|guard| super::candidate(guard, Mode::Wrapper, Scope::Wrapper)).collect()
}

/// `func(http.Handler) http.Handler`, also under a name of the project's own.
fn is_guard_annotation(body: Body<'_>, id: crate::facts::ExpressionId) -> bool {
    let value = body.project.value(crate::project::In { file: body.at.file, id });
    let wraps = |written: &str| {
        written.starts_with("func(http.Handler) http.Handler")
            || written.starts_with("func(http.HandlerFunc) http.HandlerFunc")
            || written.starts_with("func(next http.Handler")
    };
    match value.resolve() {
        _ if wraps(value.source()) => true,
        Definition::Class(class) => {
            let class = body.project.class(class);
            let bases = class.class().bases.iter();
            let mut bases =
                bases.map(|&id| body.project.value(crate::project::In { file: class.at.file, id }));
            bases.any(|base| wraps(base.source()))
        }
        _ => false,
    }
}

/// What stands before the methods of gRPC that a gateway calls: its own middlewares, and what nobody sees here,
/// as the methods may ask who is calling.
fn gateway(call: Call<'_>) -> Option<Vec<Candidate>> {
    let is_made = call.path().starts_with("github.com/grpc-ecosystem/grpc-gateway")
        && call.name() == "NewServeMux";
    if !is_made {
        return None;
    }
    let options = call.positional().filter_map(Value::as_call);
    let middlewares = options.filter(|option| option.name() == "WithMiddlewares");
    let mut chain: Vec<Candidate> = middlewares
        .flat_map(Call::positional)
        .map(|guard| super::candidate(guard, Mode::Wrapper, Scope::Router))
        .collect();
    let inside = super::candidate(call.value(), Mode::Wrapper, Scope::Wrapper);
    let why = "the methods of gRPC behind the gateway may ask who is calling";
    chain.push(Candidate { what: What::Unreadable(why.to_owned()), ..inside });
    Some(chain)
}

/// `authn.NewMiddleware(authenticate).Wrap(handler)`: the function that a library's middleware asks.
fn asked_function(call: Call<'_>) -> Option<Value<'_>> {
    let made = call.receiver().filter(|_| call.name() == "Wrap")?;
    let made = match made.project.origin(made.at) {
        Origin::Created(at) => made.project.call(at)?,
        _ => return None,
    };
    made.argument(0).filter(|_| made.name() == "NewMiddleware" && made.callee().is_none())
}

/// Is this a function that is written in `body`?
fn is_within(value: Value<'_>, body: Body<'_>) -> bool {
    matches!(value.kind(), ExpressionKind::Function(_)) && value.function().at == body.at
}

/// `func adapt(h Handler) http.HandlerFunc { return func(w, r) { h(newContext(w, r)) } }`: what is handed in answers,
/// in a form of the project's own.
fn is_answered_by(body: Body<'_>, parameter: &Parameter) -> bool {
    let Some(name) = parameter.name().filter(|_| parameter.kind != ParameterKind::Rest) else {
        return false;
    };
    body.calls_within().any(|call| {
        let is_meant =
            matches!(call.callee_value().kind(), ExpressionKind::Name(called) if called == name);
        is_meant && call.function().at != body.at && takes_request(call.function())
    })
}

/// Does a function take a request, as handlers do?
fn takes_request(body: Body<'_>) -> bool {
    let mut parameters = body.function().plain_parameters();
    parameters.any(|parameter| {
        let written = parameter
            .annotation
            .map(|id| body.project.value(crate::project::In { file: body.at.file, id }).source());
        written.is_some_and(|written| {
            let written = written.trim_start_matches('*');
            matches!(
                written,
                "http.ResponseWriter"
                    | "http.Request"
                    | "gin.Context"
                    | "echo.Context"
                    | "fiber.Ctx"
            )
        })
    })
}

fn is_handler_annotation(body: Body<'_>, id: crate::facts::ExpressionId) -> bool {
    let value = body.project.value(crate::project::In { file: body.at.file, id });
    let written = value.source().trim_start_matches('*');
    if written.starts_with("func(") {
        let first = written.trim_start_matches("func(");
        return [
            "http.ResponseWriter",
            "*gin.Context",
            "echo.Context",
            "*fiber.Ctx",
            "*echo.Context",
        ]
        .iter()
        .any(|kind| first.contains(kind));
    }
    matches!(
        written,
        "http.Handler"
            | "http.HandlerFunc"
            | "gin.HandlerFunc"
            | "echo.HandlerFunc"
            | "fiber.Handler"
            | "httprouter.Handle"
            | "http.ServeMux"
    ) || {
        // A name of the project's own for such a function.
        match value.resolve() {
            Definition::Class(class) => {
                let class = body.project.class(class);
                class.base_paths().any(|base| base.starts_with("net/http.Handler"))
                    || class.class().bases.iter().any(|&base| {
                        let base = body
                            .project
                            .value(crate::project::In { file: class.at.file, id: base });
                        base.source().starts_with("func(")
                            && base.source().contains("http.ResponseWriter")
                    })
            }
            _ => false,
        }
    }
}

/// Does a library's call only hand on the handler that it is given: at which position?
fn handed_on_at(call: Call<'_>) -> Option<usize> {
    if call.callee().is_some() {
        return None;
    }
    library::hands_on(call.path()).filter(|position| call.argument(*position).is_some())
}
