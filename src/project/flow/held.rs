//! What is known about one value while a body is read: where it may come from, and what it is.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    kills::Kills,
    sources,
    trace::{Constant, Mark, Note, Origin, Trace, add_traces, chained, joined_traces, with_step},
};
use crate::{facts::Text, project::Location};

/// The number of a method's receiver among its parameters.
pub(super) const RECEIVER: u32 = u32::MAX;

/// Lists longer than this are one heap, and objects with more fields too.
const PARTS_MAX: usize = 24;
/// Objects in objects deeper than this are not told apart.
const DEPTH_MAX: usize = 4;
/// Values that are one of more constants are not told apart.
const ALTERNATIVES_MAX: usize = 4;
/// Fields of fields of a parameter that are followed into callers.
const PATH_MAX: usize = 3;

/// The parts of a value that are known one by one.
#[derive(Clone, Debug)]
pub(super) enum Parts {
    Fields(BTreeMap<Text, Held>),
    Items(Vec<Held>),
}

/// What is known about one value. Without traces it is made of constants only.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Of the value itself, or of those of its parts that are not in `parts`.
    pub traces: Vec<Trace>,
    pub constant: Option<Constant>,
    /// The texts that it may be, where it is one of a few.
    pub alternatives: Vec<Text>,
    /// How a text starts that is not constant as a whole.
    pub prefix: Option<Text>,
    /// Certainly a text: it was put together here.
    pub is_text: bool,
    pub parts: Option<Arc<Parts>>,
}

impl Held {
    /// Constant, but which is not known.
    pub(super) fn clean() -> Self {
        Self::default()
    }

    pub(super) fn constant(constant: Constant) -> Self {
        let is_text = matches!(constant, Constant::Text(_));
        Self { constant: Some(constant), is_text, ..Self::default() }
    }

    pub(super) fn of(mark: Mark) -> Self {
        Self::traced(Trace { mark, kills: Kills::NONE, steps: None })
    }

    pub(super) fn unknown(location: Location) -> Self {
        Self::of(Mark::Unknown(location))
    }

    pub(super) fn source(origin: Origin, location: Location) -> Self {
        let steps = with_step(&None, location, Note::Read(origin));
        Self::traced(Trace {
            mark: Mark::Source(origin, location, Text::default()),
            kills: Kills::NONE,
            steps,
        })
    }

    fn traced(trace: Trace) -> Self {
        Self { traces: vec![trace], ..Self::default() }
    }

    pub(super) fn items(items: Vec<Self>) -> Self {
        if items.len() > PARTS_MAX {
            return Self { traces: joined_traces(items.iter()), ..Self::default() };
        }
        Self { parts: Some(Arc::new(Parts::Items(items))), ..Self::default() }
    }

    pub(super) fn fields(fields: BTreeMap<Text, Self>) -> Self {
        if fields.len() > PARTS_MAX {
            return Self { traces: joined_traces(fields.values()), ..Self::default() };
        }
        Self { parts: Some(Arc::new(Parts::Fields(fields))), ..Self::default() }
    }

    /// All origins, those of its parts included.
    pub(super) fn all_traces(&self) -> Vec<Trace> {
        let mut traces = self.traces.clone();
        self.each_part(&mut |part| add_traces(&mut traces, &part.all_traces()));
        traces
    }

    fn each_part(&self, visit: &mut dyn FnMut(&Self)) {
        match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => fields.values().for_each(visit),
            Some(Parts::Items(items)) => items.iter().for_each(visit),
            None => {}
        }
    }

    /// The value with all its parts in one heap.
    pub(super) fn flat(&self) -> Self {
        Self {
            traces: self.all_traces(),
            constant: self.constant.clone(),
            alternatives: self.alternatives.clone(),
            prefix: self.prefix.clone(),
            is_text: self.is_text,
            parts: None,
        }
    }

    /// A value made from this one by something that keeps its danger but not its form.
    pub(super) fn derived(&self) -> Self {
        Self { traces: self.all_traces(), ..Self::default() }
    }

    /// The same value after a treatment.
    pub(super) fn killed(&self, kills: Kills) -> Self {
        self.map_traces(&|trace| Trace { kills: trace.kills | kills, ..trace.clone() })
    }

    pub(super) fn stepped(&self, location: Location, note: &Note) -> Self {
        self.map_traces(&|trace| {
            let steps = match trace.mark {
                Mark::Unknown(_) => None,
                _ => with_step(&trace.steps, location, note.clone()),
            };
            Trace { steps, ..trace.clone() }
        })
    }

    pub(super) fn map_traces(&self, change: &dyn Fn(&Trace) -> Trace) -> Self {
        let parts = self.parts.as_deref().map(|parts| {
            Arc::new(match parts {
                Parts::Fields(fields) => Parts::Fields(
                    fields
                        .iter()
                        .map(|(name, held)| (name.clone(), held.map_traces(change)))
                        .collect(),
                ),
                Parts::Items(items) => {
                    Parts::Items(items.iter().map(|held| held.map_traces(change)).collect())
                }
            })
        });
        Self {
            traces: self.traces.iter().map(change).collect(),
            constant: self.constant.clone(),
            alternatives: self.alternatives.clone(),
            prefix: self.prefix.clone(),
            is_text: self.is_text,
            parts,
        }
    }

    /// What a function reads for each of its callers: what two calls yield is not the same value. Where
    /// it yields several things, they stay apart.
    pub(super) fn read_at(&self, location: Location) -> Self {
        let traces = self.all_traces();
        let mut sources = traces.iter().filter(|trace| matches!(trace.mark, Mark::Source(..)));
        if sources.next().is_none() || sources.next().is_some() {
            return self.clone();
        }
        self.map_traces(&|trace| match &trace.mark {
            Mark::Source(origin, _, name) => {
                Trace { mark: Mark::Source(*origin, location, name.clone()), ..trace.clone() }
            }
            _ => trace.clone(),
        })
    }

    /// The field `name`, where it was seen to be set.
    pub(super) fn known_field(&self, name: &str) -> Option<&Self> {
        match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => fields.get(name),
            _ => None,
        }
    }

    /// The field `name`, read at `location`.
    pub(super) fn field(&self, name: &str, location: Location) -> Self {
        if let Some(held) = self.known_field(name) {
            return held.clone();
        }
        let mut found = Self::default();
        if let Some(Parts::Items(_)) = self.parts.as_deref() {
            found.traces = self.all_traces();
            return found;
        }
        for trace in &self.traces {
            match &trace.mark {
                Mark::Request(_) => found.join(&sources::member(name, location, trace)),
                Mark::Parameter(number, path) if path.len() < PATH_MAX => {
                    let mut path = path.clone();
                    path.push(Text::from(name));
                    let mark = Mark::Parameter(*number, path);
                    add_traces(&mut found.traces, &[Trace { mark, ..trace.clone() }]);
                }
                Mark::Source(origin, _, whole) => {
                    let mark = Mark::Source(*origin, location, Text::from(name));
                    // The fields of a form that Django read are texts.
                    let kind = if whole == "POST" { Kills::TEXT } else { Kills::NONE };
                    let kills = trace.kills | Kills::PROJECTED | kind;
                    let steps = with_step(&trace.steps, location, Note::Part(Text::from(name)));
                    add_traces(&mut found.traces, &[Trace { mark, kills, steps }]);
                }
                _ => {
                    let kills = trace.kills | Kills::PROJECTED;
                    add_traces(&mut found.traces, &[Trace { kills, ..trace.clone() }]);
                }
            }
        }
        found
    }

    /// The item at `index`, or any item.
    pub(super) fn item(&self, index: Option<usize>) -> Self {
        match (self.parts.as_deref(), index) {
            (Some(Parts::Items(items)), Some(index)) => {
                items.get(index).cloned().unwrap_or_default()
            }
            (Some(Parts::Items(items)), None) => {
                let mut all = Self { traces: self.traces.clone(), ..Self::default() };
                items.iter().for_each(|item| all.join_as_alternative(item));
                all
            }
            _ => self.derived(),
        }
    }

    pub(super) fn set_field(&mut self, name: &str, value: Self) {
        let value = if value.depth() >= DEPTH_MAX { value.flat() } else { value };
        let mut fields = match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => fields.clone(),
            Some(Parts::Items(_)) => {
                add_traces(&mut self.traces, &value.all_traces());
                return;
            }
            None => BTreeMap::new(),
        };
        self.constant = None;
        if fields.len() >= PARTS_MAX && !fields.contains_key(name) {
            add_traces(&mut self.traces, &value.all_traces());
            return;
        }
        fields.insert(Text::from(name), value);
        self.parts = Some(Arc::new(Parts::Fields(fields)));
    }

    /// Something is put into it, at a place that is not known.
    pub(super) fn absorb(&mut self, value: &Self) {
        add_traces(&mut self.traces, &value.all_traces());
        self.constant = None;
    }

    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match Arc::make_mut(self.parts.as_mut()?) {
            Parts::Items(items) if items.len() < PARTS_MAX => Some(items),
            _ => None,
        }
    }

    fn depth(&self) -> usize {
        let mut deepest = 0;
        self.each_part(&mut |part| deepest = deepest.max(part.depth() + 1));
        deepest
    }

    /// Either this or `other`.
    pub(super) fn join(&mut self, other: &Self) {
        if self.constant != other.constant {
            self.alternatives = match (self.texts(), other.texts()) {
                (Some(mut mine), Some(theirs)) => {
                    mine.extend(theirs);
                    mine.sort_unstable();
                    mine.dedup();
                    mine.truncate(ALTERNATIVES_MAX);
                    mine
                }
                _ => Vec::new(),
            };
            self.constant = None;
        }
        self.merge(other);
    }

    /// As [`Held::join`], starting from nothing.
    pub(super) fn join_as_alternative(&mut self, other: &Self) {
        if self.traces.is_empty() && self.parts.is_none() && self.constant.is_none() {
            *self = other.clone();
        } else {
            self.join(other);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.prefix = match (self.start(), other.start()) {
            (Some(a), Some(b)) if a == b => Some(a),
            _ => None,
        };
        self.is_text &= other.is_text;
        match (self.parts.take(), &other.parts) {
            (None, None) => {}
            (Some(a), Some(b)) if Arc::ptr_eq(&a, b) => self.parts = Some(a),
            (Some(a), Some(b)) => match (&*a, &**b) {
                (Parts::Fields(a), Parts::Fields(b)) => {
                    let mine = self.traces.clone();
                    let (own_part, other_part) = (part_of(&mine), part_of(&other.traces));
                    let mut fields = a.clone();
                    for (name, held) in b {
                        if let Some(known) = fields.get_mut(name) {
                            known.join(held);
                        } else {
                            let mut held = held.clone();
                            held.join(&own_part);
                            fields.insert(name.clone(), held);
                        }
                    }
                    for (name, held) in &mut fields {
                        if !b.contains_key(name) {
                            held.join(&other_part);
                        }
                    }
                    *self = Self { traces: mine, parts: None, ..self.clone() };
                    if fields.len() > PARTS_MAX {
                        for held in fields.values() {
                            add_traces(&mut self.traces, &held.all_traces());
                        }
                    } else {
                        self.parts = Some(Arc::new(Parts::Fields(fields)));
                    }
                }
                (Parts::Items(a), Parts::Items(b)) if a.len() == b.len() => {
                    let pairs = a.iter().zip(b);
                    let items = pairs.map(|(a, b)| {
                        let mut item = a.clone();
                        item.join(b);
                        item
                    });
                    self.parts = Some(Arc::new(Parts::Items(items.collect())));
                }
                _ => {
                    let whole = Self { parts: Some(a), ..Self::default() };
                    add_traces(&mut self.traces, &whole.all_traces());
                    add_traces(&mut self.traces, &other.all_traces());
                }
            },
            (Some(parts), None) => self.parts = Some(parts),
            (None, Some(parts)) => self.parts = Some(parts.clone()),
        }
        add_traces(&mut self.traces, &other.traces);
    }

    /// The texts that it may be, if they are few and known.
    pub(super) fn texts(&self) -> Option<Vec<Text>> {
        match &self.constant {
            Some(Constant::Text(text)) => Some(vec![text.clone()]),
            None if !self.alternatives.is_empty() => Some(self.alternatives.clone()),
            _ => None,
        }
    }

    /// How the text starts, constants included.
    pub(super) fn start(&self) -> Option<Text> {
        match &self.constant {
            Some(Constant::Text(text)) => Some(text.clone()),
            _ => self.prefix.clone(),
        }
    }

    /// The value that a caller sees: parameters replaced by what it passes.
    pub(super) fn substituted(&self, lookup: &dyn Fn(u32, &[Text]) -> Held) -> Self {
        let mut result = Self {
            traces: Vec::new(),
            constant: self.constant.clone(),
            alternatives: self.alternatives.clone(),
            prefix: self.prefix.clone(),
            is_text: self.is_text,
            parts: None,
        };
        let passes_whole = self.traces.len() == 1 && self.constant.is_none();
        let fields = match self.parts.as_deref() {
            Some(Parts::Fields(fields)) => Some(fields),
            _ => None,
        };
        for trace in &self.traces {
            match &trace.mark {
                Mark::Parameter(number, path) => {
                    let given = lookup(*number, path);
                    let moved = given.map_traces(&|inner| Trace {
                        mark: inner.mark.clone(),
                        kills: inner.kills | trace.kills,
                        steps: match inner.mark {
                            Mark::Unknown(_) => None,
                            _ => chained(&inner.steps, &trace.steps),
                        },
                    });
                    if passes_whole && !self.is_text && self.parts.is_none() {
                        return moved;
                    }
                    // An object that came in, of which some fields were set.
                    if passes_whole && let Some(fields) = fields {
                        let mut whole = moved;
                        for (name, held) in fields {
                            whole.set_field(name, held.substituted(lookup));
                        }
                        return whole;
                    }
                    add_traces(&mut result.traces, &moved.all_traces());
                }
                _ => add_traces(&mut result.traces, std::slice::from_ref(trace)),
            }
        }
        result.parts = self.parts.as_deref().map(|parts| {
            Arc::new(match parts {
                Parts::Fields(fields) => Parts::Fields(
                    fields
                        .iter()
                        .map(|(name, held)| (name.clone(), held.substituted(lookup)))
                        .collect(),
                ),
                Parts::Items(items) => {
                    Parts::Items(items.iter().map(|held| held.substituted(lookup)).collect())
                }
            })
        });
        result
    }
}

/// What a field of a value holds that was not set: a part, and not the whole.
fn part_of(traces: &[Trace]) -> Held {
    let part = |trace: &Trace| match trace.mark {
        Mark::Source(..) => Trace { kills: trace.kills | Kills::PROJECTED, ..trace.clone() },
        _ => trace.clone(),
    };
    Held { traces: traces.iter().map(part).collect(), ..Held::default() }
}
