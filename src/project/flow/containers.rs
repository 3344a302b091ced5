//! Calls that make, fill and read lists, maps and settings.

use super::{
    calls::{Given, everything},
    constants,
    held::{Held, Parts},
    kills::Kills,
    run::Run,
    texts::joined_text,
    trace::{Constant, Mark},
};
use crate::{
    facts::{ExpressionId, ParameterKind, Text},
    project::Call,
};

impl Run<'_> {
    /// Maps, lists and texts that are built step by step.
    pub(super) fn container(
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
            (name, _)
                if given.is_empty()
                    && self.is_java()
                    && property(name, "get").is_some()
                    && (is_data(receiver) || is_parameter(receiver)) =>
            {
                Some(receiver.field(&property(name, "get")?, location))
            }
            (name, _) if given.len() == 1 && self.is_java() && property(name, "set").is_some() => {
                // Whoever names the field decided that it may be written.
                let (field, stored) = (property(name, "set")?, value(0)?.killed(Kills::PROJECTED));
                self.update(place, &mut |held| held.set_field(&field, stored.clone()));
                Some(Held::clean())
            }
            ("get" | "pop" | "getOrDefault", None) if is_data(receiver) => {
                let mut found = receiver.field(&key_of(constant(0))?, location);
                if let Some(default) = value(1) {
                    found.absorb(&default);
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
}

pub(super) fn key_of(constant: Option<Constant>) -> Option<Text> {
    constant.map(|constant| constant.display())
}

/// Section and option of a configuration.
pub(super) fn joined_key(section: Option<Constant>, name: Option<Constant>) -> Option<Text> {
    Some(Text::from(format!("{}\n{}", section?.display(), name?.display())))
}

pub(super) fn argument_of<'g>(
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

pub(super) fn lookup_argument(
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
pub(super) fn made_container(call: Call<'_>, given: &[Given]) -> Option<Held> {
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

fn is_parameter(held: &Held) -> bool {
    !held.traces.is_empty()
        && held.traces.iter().all(|trace| matches!(trace.mark, Mark::Parameter(..)))
}

/// `name` of `getName` and `setName`.
fn property(method: &str, verb: &str) -> Option<Text> {
    let rest = method.strip_prefix(verb).filter(|rest| rest.starts_with(char::is_uppercase))?;
    let mut letters = rest.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    Some(first.chain(letters).collect::<String>().into())
}

/// Something of a request and nothing else: what has its methods is a mapping or a list.
fn is_data(held: &Held) -> bool {
    !held.traces.is_empty()
        && held.traces.iter().all(|trace| matches!(trace.mark, Mark::Source(..)))
}
