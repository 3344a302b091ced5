//! What a call yields, and what it does to its receiver and arguments.

use super::{
    constants,
    evaluate::joined_text,
    held::{Constant, Held, Mark, Note, Origin, Parts, RECEIVER},
    kills::Kills,
    run::{Run, Summary},
    sources,
};
use crate::{
    facts::{
        CallStyle, ExpressionId, ExpressionKind, FunctionId, Language, ParameterKind, Text,
        vocabulary::Meaning,
    },
    project::{Call, Definition, FunctionRef, In, Value},
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
const LOOKUPS: [Meaning; 12] = [
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
                Meaning::Coerce => Kills::COERCED,
                Meaning::EscapeHtml => Kills::HTML | Kills::TEXT,
                Meaning::SanitizeHtml => Kills::HTML,
                Meaning::EscapeShell => Kills::SHELL | Kills::TEXT,
                Meaning::ContainPath => Kills::PATH | Kills::TEXT,
                Meaning::ValidateSchema => Kills::VALIDATED | Kills::PROJECTED | Kills::TEXT,
                _ if LOOKUPS.contains(&meaning) => {
                    return Some(Held::unknown(location));
                }
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
                let summary = self.summaries.get(function)?.clone();
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
                let summary = self.summaries.get(&constructor.at)?.clone();
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
            _ => None,
        }
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
        let result = summary.returns.substituted(&lookup);
        let reached: Vec<_> = summary
            .sinks
            .iter()
            .map(|(sink, held)| (sink.clone(), held.substituted(&lookup)))
            .collect();
        for (sink, held) in reached {
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
            "then" | "map" | "forEach" | "filter" | "find" | "some" | "every" | "flatMap"
            | "for_each" | "and_then" | "map_err" | "filter_map" | "flat_map" | "findIndex"
            | "sort" | "each" | "any" | "all" | "reduce" | "ifPresent" | "computeIfAbsent"
            | "map_or" | "is_some_and" | "tap" | "pipe" | "let" => {
                receiver.map(|held| held.item(None))
            }
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

    /// Maps, lists and texts that are built step by step.
    fn container(
        &mut self,
        call: Call<'_>,
        place: ExpressionId,
        receiver: &Held,
        given: &[Given],
    ) -> Option<Held> {
        let location = self.location(call.id());
        let constant =
            |number: usize| given.get(number).and_then(|given| given.held.constant.clone());
        let value = |number: usize| given.get(number).map(|given| given.held.clone());
        match (call.name(), receiver.parts.as_deref()) {
            (
                "put" | "set" | "setdefault" | "insert" | "setProperty" | "setAttribute",
                Some(Parts::Fields(_)),
            ) => {
                let (key, stored) = match given.len() {
                    2 => (key_of(constant(0)), value(1)?),
                    3 => (joined_key(constant(0), constant(1)), value(2)?),
                    _ => return None,
                };
                self.update(place, &mut |held| match &key {
                    Some(key) => held.set_field(key, stored.clone()),
                    None => held.absorb(&stored),
                });
                Some(Held::clean())
            }
            ("get" | "getOrDefault" | "pop" | "remove" | "getProperty", Some(Parts::Fields(_))) => {
                let key = key_of(constant(0));
                let joined = joined_key(constant(0), constant(1));
                if let Some(Parts::Fields(fields)) = receiver.parts.as_deref() {
                    for key in joined.iter().chain(&key) {
                        if let Some(held) = fields.get(key) {
                            return Some(held.clone());
                        }
                    }
                }
                let mut found = match key {
                    Some(key) => receiver.field(&key, location),
                    None => receiver.derived(),
                };
                if given.len() > 1 {
                    found.absorb(&value(1)?);
                }
                Some(found)
            }
            ("add" | "append" | "push" | "addLast" | "add_all", Some(Parts::Items(_))) => {
                let (index, stored) = match (given.len(), constant(0)) {
                    (1, _) => (None, value(0)?),
                    (2, Some(Constant::Integer(number))) => {
                        (usize::try_from(number).ok(), value(1)?)
                    }
                    _ => return None,
                };
                self.update(place, &mut |held| match (held.items_mut(), index) {
                    (Some(items), None) => items.push(stored.clone()),
                    (Some(items), Some(index)) if index <= items.len() => {
                        items.insert(index, stored.clone());
                    }
                    _ => held.absorb(&stored),
                });
                Some(Held::clean())
            }
            ("insert", Some(Parts::Items(_))) => {
                let Some(Constant::Integer(number)) = constant(0) else { return None };
                let (index, stored) = (usize::try_from(number).ok()?, value(1)?);
                self.update(place, &mut |held| {
                    if let Some(items) = held.items_mut() {
                        items.insert(index.min(items.len()), stored.clone());
                    }
                });
                Some(Held::clean())
            }
            ("remove" | "pop" | "removeAt", Some(Parts::Items(items))) => {
                let index = match constant(0) {
                    Some(Constant::Integer(number)) => usize::try_from(number).ok()?,
                    None if given.is_empty() => items.len().checked_sub(1)?,
                    _ => return Some(receiver.item(None)),
                };
                let removed = items.get(index).cloned().unwrap_or_default();
                self.update(place, &mut |held| {
                    if let Some(items) = held.items_mut()
                        && index < items.len()
                    {
                        items.remove(index);
                    }
                });
                Some(removed)
            }
            ("get" | "at" | "elementAt", Some(Parts::Items(_))) => match constant(0) {
                Some(Constant::Integer(number)) => {
                    Some(receiver.item(usize::try_from(number).ok()))
                }
                _ => Some(receiver.item(None)),
            },
            ("values" | "items" | "entries" | "iter" | "iterator" | "stream" | "copy", Some(_)) => {
                Some(receiver.derived())
            }
            (
                "keys" | "size" | "length" | "len" | "isEmpty" | "is_empty" | "containsKey"
                | "contains" | "has" | "indexOf" | "keySet",
                Some(_),
            ) => Some(Held::clean()),
            (
                "append" | "push_str" | "push" | "insert" | "write" | "extend" | "unshift"
                | "concat" | "add" | "addAll" | "writeString" | "WriteString",
                _,
            ) if !receiver.traces.iter().any(|trace| matches!(trace.mark, Mark::Request(_))) => {
                let all = everything(Some(receiver), given);
                let mut text = all.clone();
                text.is_text = receiver.is_text;
                text.prefix = receiver.start();
                self.update(place, &mut |held| *held = text.clone());
                Some(text)
            }
            (name, _) => match &receiver.constant {
                Some(Constant::Text(text)) => {
                    let known: Vec<Option<&Constant>> =
                        given.iter().map(|given| given.held.constant.as_ref()).collect();
                    constants::method(text, name, &known).map(Held::constant)
                }
                _ => None,
            },
        }
    }

    /// What is left: judged by the callee's name and form.
    fn by_name(
        &mut self,
        call: Call<'_>,
        receiver: Option<&(ExpressionId, Held)>,
        given: &[Given],
    ) -> Held {
        let location = self.location(call.id());
        let name = call.name();
        let receiver_held = receiver.map(|(_, held)| held);
        if let Some(held) = made_container(call, given) {
            return held;
        }
        let all = everything(receiver_held, given);
        if let Some(held) = treatment(call, receiver_held, given, &all) {
            return held;
        }
        if is_question(name) || matches!(name, "min" | "clamp" | "Min") {
            return Held::clean();
        }
        let is_constructor = call.style() == CallStyle::New
            || call
                .path()
                .rsplit('.')
                .next()
                .is_some_and(|last| last.starts_with(char::is_uppercase))
                && self.language() != Language::Go;
        let path = call.path();
        let is_static = !path.starts_with('?') && !path.contains("()");
        let arguments = everything(None, given);
        if all.traces.is_empty() {
            let is_pure = is_constructor
                || is_static && !given.is_empty()
                || receiver_held.is_some_and(|held| held.is_text || held.constant.is_some());
            return if is_pure { Held::clean() } else { Held::unknown(location) };
        }
        if is_constructor {
            return arguments;
        }
        let is_passed_through = receiver_held
            .is_some_and(|held| !held.all_traces().is_empty() || held.is_text)
            && !arguments.traces.iter().any(|trace| !matches!(trace.mark, Mark::Unknown(_)));
        if is_passed_through {
            return all;
        }
        match receiver_held {
            None => arguments,
            Some(held) if held.is_text || held.constant.is_some() => all,
            Some(held) if held.all_traces().is_empty() && is_static => arguments,
            Some(held) if is_lookup(name) => {
                let is_followed =
                    held.all_traces().iter().any(|trace| !matches!(trace.mark, Mark::Unknown(_)));
                if is_followed { held.derived() } else { Held::unknown(location) }
            }
            Some(held) => {
                let mut result = held.derived();
                result.absorb(&arguments.killed(Kills::DOUBTFUL));
                result
            }
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
        self.assign(last.id, &held);
    }
}

/// Functions of languages and libraries that change what a text may hold.
fn treatment(call: Call<'_>, receiver: Option<&Held>, given: &[Given], all: &Held) -> Option<Held> {
    let kills = match call.name() {
        "encodeURIComponent" | "quote_plus" | "urlencode" | "QueryEscape" | "PathEscape"
        | "rawurlencode" | "escapeURIComponent" | "encodeForURL" | "UrlEncode" => {
            Kills::URL_ENCODED
        }
        "quote" if call.path().starts_with("urllib") => Kills::HTML | Kills::LINE | Kills::TEXT,
        "encode" if call.path().contains("URLEncoder") => Kills::URL_ENCODED,
        "stringify" | "dumps" => Kills::TEXT | Kills::LINE,
        "escapeRegExp" | "escapeStringRegexp" | "QuoteMeta" => Kills::PATTERN,
        name if call.path() == "re.escape"
            || name == "quote" && call.path().contains("Pattern") =>
        {
            Kills::PATTERN
        }
        "literal_eval" => Kills::LITERAL,
        "String" | "str" | "toString" | "to_string" | "String.valueOf" => {
            let whole = receiver
                .filter(|_| given.is_empty())
                .or_else(|| given.first().map(|given| &given.held));
            let mut text = whole?.flat().killed(Kills::TEXT);
            if let Some(constant) = &text.constant {
                return Some(Held::constant(Constant::Text(constant.display())));
            }
            text.is_text = true;
            return Some(text);
        }
        "resolve" | "realpath" | "normalize" | "normpath" | "abspath" | "canonicalize"
        | "getCanonicalPath" | "getCanonicalFile" | "toRealPath" | "Clean" | "Abs"
        | "EvalSymlinks" | "toAbsolutePath" => Kills::CANONICAL,
        "format" if receiver.is_some_and(|held| held.is_text) => {
            let mut parts = vec![receiver?.clone()];
            parts.extend(given.iter().map(|given| given.held.clone()));
            return Some(joined_text(&parts));
        }
        "join" if receiver.is_some_and(|held| held.is_text) => {
            let items = given.first()?.held.derived();
            return Some(joined_text(&[items]));
        }
        "replace" | "replaceAll" | "sub" | "replace_all" | "ReplaceAllString" => replaced(call),
        "isqrt" | "parseInt" | "parseFloat" | "Number" | "Atoi" | "ParseInt" | "ParseUint"
        | "ParseFloat" | "ParseBool" | "BigInt" | "Boolean" | "charCodeAt" | "hashCode"
        | "getTime" | "valueOf"
            if call.name() != "valueOf" || !call.path().contains("String") =>
        {
            Kills::COERCED
        }
        _ => return None,
    };
    let mut treated = all.killed(kills);
    if matches!(call.name(), "replace" | "replaceAll") {
        treated.prefix = receiver.and_then(|held| held.prefix.clone());
        treated.is_text = receiver.is_some_and(|held| held.is_text);
    }
    Some(treated)
}

fn structure(given: &[Given]) -> Held {
    let mut whole = Held::default();
    for given in given {
        match &given.name {
            Some(name) if !given.spread => whole.set_field(name, given.held.clone()),
            _ => whole.absorb(&given.held),
        }
    }
    whole
}

/// Origins of the receiver and of all arguments together.
pub(super) fn everything(receiver: Option<&Held>, given: &[Given]) -> Held {
    let mut all = Held::clean();
    for held in receiver.into_iter().chain(given.iter().map(|given| &given.held)) {
        all.absorb(held);
    }
    all
}

fn key_of(constant: Option<Constant>) -> Option<Text> {
    constant.map(|constant| constant.display())
}

/// Section and option of a configuration.
fn joined_key(section: Option<Constant>, name: Option<Constant>) -> Option<Text> {
    Some(Text::from(format!("{}\n{}", section?.display(), name?.display())))
}

fn argument_of<'g>(
    declared: &crate::facts::Function,
    given: &'g [Given],
    number: usize,
) -> Option<&'g Given> {
    let parameter = declared.parameters.get(number)?;
    if let Some(name) = parameter.name()
        && let Some(found) = given.iter().find(|given| given.name.as_ref() == Some(name))
    {
        return Some(found);
    }
    let receivers = declared.parameters[..number]
        .iter()
        .filter(|parameter| parameter.kind == ParameterKind::Receiver)
        .count();
    given
        .iter()
        .filter(|given| given.name.is_none())
        .take_while(|given| !given.spread)
        .nth(number - receivers)
}

fn lookup_argument(
    declared: &crate::facts::Function,
    given: &[Given],
    number: u32,
    path: &[Text],
    location: crate::project::Location,
) -> Held {
    let position = number as usize;
    let is_rest = declared.parameters.get(position).is_some_and(|parameter| {
        matches!(parameter.kind, ParameterKind::Rest | ParameterKind::Keywords)
    });
    let held = match argument_of(declared, given, position) {
        Some(_) if is_rest => everything(None, given),
        Some(found) => found.held.clone(),
        None => match given.iter().find(|given| given.spread) {
            Some(spread) => spread.held.derived(),
            None if is_rest => everything(None, given),
            None => Held::clean(),
        },
    };
    path.iter().fold(held, |held, name| held.field(name, location))
}

/// A map, list or text that is empty or a copy.
fn made_container(call: Call<'_>, given: &[Given]) -> Option<Held> {
    let name = call.name();
    let name = name.split('<').next().unwrap_or(name);
    match name {
        "HashMap" | "LinkedHashMap" | "TreeMap" | "Hashtable" | "ConcurrentHashMap" | "Map"
        | "dict" | "ConfigParser" | "RawConfigParser" | "OrderedDict" | "defaultdict"
        | "Properties"
            if given.is_empty() =>
        {
            Some(Held::fields(std::collections::BTreeMap::new()))
        }
        "ArrayList" | "LinkedList" | "Vector" | "list" | "Array" | "Stack" | "ArrayDeque"
            if given.is_empty() =>
        {
            Some(Held::items(Vec::new()))
        }
        "StringBuilder" | "StringBuffer" | "StringIO" | "StringWriter" => {
            let parts: Vec<Held> = given.iter().map(|given| given.held.clone()).collect();
            let mut text = joined_text(&parts);
            text.prefix = text.start();
            text.constant = None;
            Some(text)
        }
        _ => None,
    }
}

/// Names of methods that look something up: what they yield is not what they were asked by.
fn is_lookup(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "get", "find", "fetch", "load", "query", "read", "select", "search", "lookup", "first",
        "one", "list", "count", "request", "send", "create", "save", "update", "delete", "insert",
        "execute", "exec",
    ];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.starts_with(word))
}

/// Names of functions that answer yes or no, or how many.
fn is_question(name: &str) -> bool {
    let starts = |word: &str| {
        name.strip_prefix(word).is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_uppercase() || first == '_')
        })
    };
    ["is", "has", "can", "should", "Is", "Has"].into_iter().any(starts)
        || matches!(
            name,
            "includes"
                | "contains"
                | "startsWith"
                | "endsWith"
                | "startswith"
                | "endswith"
                | "starts_with"
                | "ends_with"
                | "test"
                | "equals"
                | "equalsIgnoreCase"
                | "indexOf"
                | "lastIndexOf"
                | "count"
                | "len"
                | "size"
                | "length"
                | "isdigit"
                | "isalnum"
                | "isalpha"
                | "isnumeric"
                | "HasPrefix"
                | "HasSuffix"
                | "Contains"
                | "matches"
                | "exists"
                | "isinstance"
                | "hasattr"
                | "bool"
                | "compareTo"
                | "search_count"
        )
}

/// What is sure after everything outside a class of characters was removed.
fn replaced(call: Call<'_>) -> Kills {
    let pattern = call.positional().find_map(|value| match value.constant().kind() {
        ExpressionKind::Regex(text) => Some(text.as_str()),
        ExpressionKind::Text(text) if text.starts_with('[') => Some(text.as_str()),
        _ => None,
    });
    let Some(pattern) = pattern else {
        let first = call.argument(0).and_then(Value::text);
        return match first {
            Some("\n" | "\r" | "\r\n") => Kills::LINE,
            _ => Kills::NONE,
        };
    };
    let inside = pattern.trim_end_matches(['+', '*']);
    let Some(class) = inside.strip_prefix("[^").and_then(|rest| rest.strip_suffix(']')) else {
        let removes_breaks = pattern.contains("\\n") || pattern.contains("\\r");
        return if removes_breaks { Kills::LINE } else { Kills::NONE };
    };
    let allows = |characters: &[char]| class.contains(characters);
    let mut kills = Kills::TEXT | Kills::LITERAL;
    if !allows(&['\'', '"', ';', '`', '$', '|', '&', ' '])
        && !class.contains("\\s")
        && !class.contains("\\W")
    {
        kills = kills | Kills::SQL | Kills::SHELL | Kills::LINE;
    }
    if !allows(&['<', '>', '&', '"', '\'']) {
        kills = kills | Kills::HTML;
    }
    if !allows(&['/', '\\'])
        || class.matches('\\').count()
            == class.matches("\\w").count()
                + class.matches("\\-").count()
                + class.matches("\\d").count()
            && !class.contains('/')
    {
        kills = kills | Kills::PATH | Kills::URL;
    }
    kills
}
