//! What a call yields, and what it does to its receiver and arguments.

use super::{
    containers::{argument_of, lookup_argument},
    declared_types,
    held::{Held, Parts, RECEIVER},
    kills::Kills,
    records,
    run::Run,
    sources,
    summary::Summary,
    trace::{Mark, Note, Origin},
    treatment::structure,
};
use crate::{
    facts::{
        CallStyle, ExpressionId, ExpressionKind, FunctionId, Language, Text, vocabulary::Meaning,
    },
    project::{Call, Definition, FunctionRef, In},
};

/// An argument and what it holds.
pub(super) struct Given {
    pub name: Option<Text>,
    pub id: ExpressionId,
    pub held: Held,
    pub spread: bool,
    pub function: Option<FunctionId>,
}

/// Meanings whose result is data of its own: what was looked up is not what it was looked up by.
const LOOKUPS: [Meaning; 14] = [
    Meaning::DatabaseRead,
    Meaning::DatabaseWrite,
    Meaning::SqlQuery,
    Meaning::DocumentQuery,
    Meaning::HttpRequest,
    Meaning::FileRead,
    Meaning::ShellCommand,
    Meaning::ProcessSpawn,
    Meaning::QueuePublish,
    Meaning::Payment,
    Meaning::SendMail,
    Meaning::EvaluateCode,
    Meaning::LdapQuery,
    Meaning::XpathQuery,
];

/// Meanings whose result carries nothing of what went in.
const NEUTRAL: [Meaning; 18] = [
    Meaning::Respond,
    Meaning::Reject,
    Meaning::Redirect,
    Meaning::RenderTemplate,
    Meaning::HealthCheck,
    Meaning::HashPassword,
    Meaning::ComparePassword,
    Meaning::FastDigest,
    Meaning::ConstantTimeCompare,
    Meaning::VerifySignature,
    Meaning::SecureRandom,
    Meaning::InsecureRandom,
    Meaning::Encrypt,
    Meaning::IssueToken,
    Meaning::Log,
    Meaning::Print,
    Meaning::Assertion,
    Meaning::Metric,
];

impl Run<'_> {
    pub(super) fn call(&mut self, id: ExpressionId) -> Held {
        let at = In { file: self.file, id };
        let Some(call) = self.project.call(at) else { return Held::clean() };
        let callee = call.callee_value();
        let receiver = match callee.kind() {
            ExpressionKind::Member { object, .. } => Some((*object, self.evaluate(*object))),
            ExpressionKind::Name(_) | ExpressionKind::Function(_) => None,
            _ => {
                self.evaluate(callee.at.id);
                None
            }
        };
        let given = self.arguments(call);
        self.observe_call(call, receiver.as_ref().map(|(_, held)| held), &given);
        let held = self.result(call, receiver.as_ref(), &given);
        self.out_arguments(call, receiver.as_ref().map(|(_, held)| held), &given);
        held
    }

    fn arguments(&mut self, call: Call<'_>) -> Vec<Given> {
        let facts = self.facts();
        let mut given = Vec::new();
        for argument in call.arguments() {
            let function = match facts[argument.value].kind {
                ExpressionKind::Function(function) => Some(function),
                _ => None,
            };
            let held = self.evaluate(argument.value);
            given.push(Given {
                name: argument.name.clone(),
                id: argument.value,
                held,
                spread: argument.spread,
                function,
            });
        }
        given
    }

    fn result(
        &mut self,
        call: Call<'_>,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Held {
        let location = self.location(call.id());
        let receiver_held = receiver.map(|(_, held)| held);
        if let Some(held) = receiver_held {
            for trace in &held.traces {
                if matches!(trace.mark, Mark::Request(_)) {
                    self.callbacks(call, receiver_held, given);
                    return sources::method(call.name(), location)
                        .unwrap_or_else(|| Held::unknown(location));
                }
            }
        }
        if let ExpressionKind::Function(function) = call.callee_value().unwrapped().kind() {
            let arguments: Vec<Held> = given.iter().map(|given| given.held.clone()).collect();
            return self.closure(*function, &arguments);
        }
        if let Some(held) = self.by_meaning(call, receiver_held, given) {
            self.callbacks(call, receiver_held, given);
            return held;
        }
        if call.style() == CallStyle::Struct {
            return structure(given);
        }
        if let Some(held) = self.own_function(call, receiver, given) {
            self.callbacks(call, receiver_held, given);
            return held;
        }
        if let Some((place, held)) = receiver
            && let Some(result) = self.container(call, *place, held, given)
        {
            return result;
        }
        if let Some(result) = self.callbacks(call, receiver_held, given) {
            return result;
        }
        self.by_name(call, receiver, given)
    }

    fn by_meaning(
        &mut self,
        call: Call<'_>,
        receiver: Option<&Held>,
        given: &[Given],
    ) -> Option<Held> {
        let location = self.location(call.id());
        for meaning in call.meanings() {
            let kills = match meaning {
                Meaning::RequestData => return Some(Held::source(Origin::Request, location)),
                Meaning::RequestObject => return Some(Held::of(Mark::Request(location))),
                Meaning::ModelCall => return Some(Held::source(Origin::ModelOutput, location)),
                Meaning::ReadEnvironment => {
                    return Some(Held::source(Origin::Environment, location));
                }
                Meaning::VerifyCredential | Meaning::ReadIdentity => {
                    return Some(Held::source(Origin::Principal, location));
                }
                Meaning::Coerce if matches!(call.name(), "min" | "Min" | "clamp") => {
                    Kills::COERCED | Kills::CAPPED
                }
                Meaning::Coerce => Kills::COERCED,
                Meaning::ParseText if call.detail(meaning, "form").is_some() => Kills::SHAPED,
                Meaning::EscapeHtml => Kills::HTML | Kills::TEXT,
                Meaning::SanitizeHtml => Kills::HTML,
                Meaning::EscapeShell => Kills::SHELL | Kills::TEXT,
                Meaning::ContainPath => Kills::PATH | Kills::TEXT,
                Meaning::ValidateSchema => Kills::VALIDATED | Kills::PROJECTED | Kills::TEXT,
                _ if LOOKUPS.contains(&meaning) => {
                    return Some(Held::unknown(location));
                }
                // Nothing is answered with nothing: `answer.json()` reads one.
                Meaning::Respond if given.is_empty() => continue,
                _ if NEUTRAL.contains(&meaning) => return Some(Held::clean()),
                _ => continue,
            };
            let mut all = everything(receiver, given);
            if meaning == Meaning::ValidateSchema && all.traces.is_empty() {
                all = Held::unknown(location);
            }
            return Some(all.killed(kills));
        }
        None
    }

    /// A call of a function of this project.
    fn own_function(
        &mut self,
        call: Call<'_>,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Option<Held> {
        let facts = self.facts();
        match call.target() {
            Definition::Function(function) => {
                let is_inner = function.file == self.file
                    && facts[function.id].parent.is_some_and(|parent| parent.0 != 0)
                    && facts[function.id].class.is_none();
                if is_inner {
                    let held: Vec<Held> = given.iter().map(|given| given.held.clone()).collect();
                    return Some(self.closure(function.id, &held));
                }
                let summary = self.summaries.get(*function)?.clone();
                if summary.is_declaration {
                    return None;
                }
                let result = self.apply(call, *function, &summary, receiver, given);
                Some(result)
            }
            Definition::Class(class) => {
                let constructor = self.project.class(*class).methods().find(|method| {
                    let name = &method.function().name;
                    name == "constructor"
                        || name == "__init__"
                        || *name == *self.project.class(*class).name()
                });
                let Some(constructor) = constructor else {
                    return Some(structure(given));
                };
                let summary = self.summaries.get(constructor.at)?.clone();
                self.apply(call, constructor.at, &summary, None, given);
                let lookup = |number: u32, path: &[Text]| {
                    if number == RECEIVER {
                        return Held::clean();
                    }
                    lookup_argument(
                        self.project.body(constructor.at).function(),
                        given,
                        number,
                        path,
                        self.location(call.id()),
                    )
                };
                Some(summary.receiver.substituted(&lookup))
            }
            _ => self.one_of(call, receiver, given),
        }
    }

    /// A call of one of several functions: of an interface of Go, of what is kept in a field or a map.
    fn one_of(
        &mut self,
        call: Call<'_>,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Option<Held> {
        let mut result: Option<Held> = None;
        for callee in call.callees() {
            let Some(summary) = self.summaries.get(callee.at).cloned() else { continue };
            if summary.is_declaration {
                continue;
            }
            let held = self.apply(call, callee.at, &summary, receiver, given);
            match &mut result {
                Some(known) => known.join(&held),
                None => result = Some(held),
            }
        }
        result
    }

    fn apply(
        &mut self,
        call: Call<'_>,
        function: FunctionRef,
        summary: &Summary,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Held {
        let location = self.location(call.id());
        let declared = self.project.body(function).function();
        let name = Text::from(call.name());
        let clean = Held::clean();
        let receiver_held = receiver.map_or(&clean, |(_, held)| held);
        let lookup = |number: u32, path: &[Text]| {
            if number == RECEIVER {
                path.iter().fold(receiver_held.clone(), |held, name| held.field(name, location))
            } else {
                lookup_argument(declared, given, number, path, location)
                    .stepped(location, &Note::Passed(name.clone()))
            }
        };
        let mut result = summary.returns.read_at(location).substituted(&lookup);
        if self.yields_number(function) {
            result = result.killed(Kills::COERCED);
        }
        let schema = summary.schema.and_then(|number| argument_of(declared, given, number));
        if schema.is_some() {
            result = result.killed(Kills::VALIDATED | Kills::PROJECTED);
        }
        let reached: Vec<_> = summary
            .sinks
            .iter()
            .map(|(sink, held)| (sink.clone(), held.substituted(&lookup)))
            .collect();
        for (sink, held) in reached {
            let held = records::seen_by(&sink, held);
            self.observe(sink, held);
        }
        // What the function made sure of before it came back.
        for (number, end) in summary.parameters.iter().enumerate() {
            let Some(end) = end else { continue };
            let [trace] = end.traces.as_slice() else { continue };
            let is_itself = matches!(&trace.mark, Mark::Parameter(own, path)
                if *own as usize == number && path.is_empty());
            if let Some(argument) = argument_of(declared, given, number)
                && is_itself
                && trace.kills != Kills::NONE
            {
                self.kill(argument.id, trace.kills);
            }
        }
        if let (Some((place, _)), Some(Parts::Fields(_))) =
            (receiver, summary.receiver.parts.as_deref())
        {
            let after = summary.receiver.substituted(&lookup);
            if let Some(Parts::Fields(fields)) = after.parts.as_deref() {
                self.update(*place, &mut |held| {
                    for (name, field) in fields {
                        held.set_field(name, field.clone());
                    }
                });
            }
        }
        result
    }

    /// Does the function declare that it yields a number, a date or the like?
    fn yields_number(&self, function: FunctionRef) -> bool {
        let facts = self.project.facts(function.file);
        let declared = facts[function.id].returns;
        declared_types::checks_types(self.language())
            && declared.is_some_and(|id| declared_types::is_harmless_type(facts, &facts[id].kind))
    }

    /// Runs function literals among the arguments; `Some` for methods that go through a collection.
    fn callbacks(
        &mut self,
        call: Call<'_>,
        receiver: Option<&Held>,
        given: &[Given],
    ) -> Option<Held> {
        if self.function.0 == 0 || given.iter().all(|given| given.function.is_none()) {
            return None;
        }
        let name = call.name();
        let element = match name {
            // What was promised is handed on whole.
            "then" => receiver.cloned(),
            "map" | "forEach" | "filter" | "find" | "some" | "every" | "flatMap" | "for_each"
            | "and_then" | "map_err" | "filter_map" | "flat_map" | "findIndex" | "sort"
            | "each" | "any" | "all" | "reduce" | "ifPresent" | "computeIfAbsent" | "map_or"
            | "is_some_and" | "tap" | "pipe" | "let" => receiver.map(|held| held.item(None)),
            _ => None,
        };
        let mut result: Option<Held> = None;
        for argument in given {
            let Some(function) = argument.function else { continue };
            let held = match &element {
                Some(element) if name == "reduce" => {
                    self.closure(function, &[element.clone(), element.clone()])
                }
                Some(element) => self.closure(function, std::slice::from_ref(element)),
                None => self.closure(function, &[]),
            };
            match &mut result {
                Some(result) => result.join(&held),
                None => result = Some(held),
            }
        }
        match name {
            "then" | "and_then" | "map" | "flatMap" | "filter_map" | "flat_map" | "map_or"
            | "reduce" | "let"
                if element.is_some() =>
            {
                result.map(|held| {
                    let mut all = held.derived();
                    if name == "then" {
                        all = held;
                    }
                    all
                })
            }
            "filter" | "find" | "sort" => element,
            "forEach" | "for_each" | "each" | "some" | "every" | "any" | "all" | "findIndex" => {
                Some(Held::clean())
            }
            _ => None,
        }
    }

    /// Functions that fill what they are given: `Decode(&body)`, `ShouldBindJSON(&body)`.
    fn out_arguments(&mut self, call: Call<'_>, receiver: Option<&Held>, given: &[Given]) {
        if self.language() != Language::Go {
            return;
        }
        let name = call.name();
        let fills = matches!(
            name,
            "Decode" | "Unmarshal" | "BodyParser" | "QueryParser" | "ParamsParser" | "Scan"
        ) || name.starts_with("Bind")
            || name.starts_with("ShouldBind");
        let Some(last) = given.last().filter(|_| fills) else { return };
        let location = self.location(call.id());
        let is_request = receiver.is_some_and(|held| {
            held.traces.iter().any(|trace| matches!(trace.mark, Mark::Request(_)))
        });
        let held = if is_request {
            Held::source(Origin::Request, location)
        } else {
            everything(receiver, &given[..given.len() - 1])
        };
        let kills = if self.is_shaped(last.id) { Kills::SHAPED } else { Kills::NONE };
        self.assign(last.id, &held.killed(kills));
    }

    /// Is `&order` of a type that is written in this project, and no map of anything?
    fn is_shaped(&self, place: ExpressionId) -> bool {
        let value = self.project.value(In { file: self.file, id: place });
        let inner = match value.kind() {
            ExpressionKind::Operation { operands, .. } => {
                operands.first().map_or(value, |&operand| value.sibling(operand))
            }
            _ => value,
        };
        matches!(inner.resolve(), Definition::Instance(_))
    }
}

/// Origins of the receiver and of all arguments together.
pub(super) fn everything(receiver: Option<&Held>, given: &[Given]) -> Held {
    let mut all = Held::clean();
    for held in receiver.into_iter().chain(given.iter().map(|given| &given.held)) {
        all.absorb(held);
    }
    all
}
