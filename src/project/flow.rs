//! Which values reach which effects: the flow of data through the project.
//!
//! Each function is read in the order of its statements, with what every name may hold at each point
//! (`run`, `evaluate`, `calls`, `refine`). What a function does with its parameters is its [`Summary`];
//! callers put in what they pass. This is done in rounds, so that the result does not depend on order:
//! each round sees one call further. What reaches a sink is judged afterwards, over all callers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{Body, Call, Definition, ExpressionRef, FunctionRef, Location, Project};
use crate::facts::{Facts, Role as FileRole, Text, vocabulary::Meaning};

mod assign;
mod branches;
mod calls;
mod constants;
mod containers;
mod declared_types;
mod evaluate;
mod held;
mod hosts;
mod kills;
mod path_parameters;
mod patterns;
mod predicate;
mod records;
mod refine;
mod run;
mod sinks;
mod sources;
mod summary;
mod templates;
mod texts;
mod trace;
mod treatment;

pub use kills::Kills;
pub use sinks::Role;
pub use summary::schema_parameter;
pub use trace::Origin;

use held::Held;
use sinks::Sink;
use summary::Summaries;
use trace::{Mark, Steps, Trace};

/// How many calls deep values are followed.
const ROUNDS: usize = 4;

/// All uses of values that something can go wrong with, sorted by place.
#[derive(Debug, Default)]
pub struct Flows {
    uses: Vec<Use>,
}

/// One use of a value: a query, a path, a page.
#[derive(Clone, Debug)]
pub struct Use {
    /// The call, assignment or returned value.
    pub at: ExpressionRef,
    pub meaning: Meaning,
    pub role: Role,
    /// The function that it stands in.
    pub function: FunctionRef,
    /// The places where what is used comes from, the most dangerous first. Empty: constants only.
    pub flows: Vec<Flow>,
    /// How the text starts, if that is known in every case.
    pub prefix: Option<Text>,
    /// The value as a whole, if it is one constant.
    pub constant: Option<Text>,
    /// Put together as a text in this project.
    pub is_text: bool,
    /// Fields that are known one by one: an object literal is no whole request.
    pub fields: Vec<Text>,
}

/// One way of a value to its use.
#[derive(Clone, Debug)]
pub struct Flow {
    pub from: From,
    /// What was done on the way.
    pub kills: Kills,
    pub steps: Vec<Step>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum From {
    Source(Origin, Location),
    /// The whole request object.
    RequestObject(Location),
    /// A parameter of a function that nothing in the project calls.
    Parameter(u32),
    /// The result of something that is not followed.
    Unknown(Location),
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub location: Location,
    pub note: String,
}

/// How a use is to be judged.
#[derive(Clone, Debug)]
pub enum Judgement<'f> {
    /// Nothing but constants, or treated on every way; in a few words.
    Clean(&'static str),
    /// Reached by data of others.
    Reached(&'f Flow),
    /// Comes from somewhere that was not followed, untreated.
    Unknown(&'f Flow),
}

impl Use {
    /// Judges the use: `treated` says which treatments make it safe here, `origins` what is dangerous.
    pub fn judge(&self, treated: Kills, origins: &[Origin]) -> Judgement<'_> {
        if self.flows.is_empty() {
            return Judgement::Clean("made of constants only");
        }
        if let Some(flow) = self.reaching(treated, origins).next() {
            return Judgement::Reached(flow);
        }
        let unknown = self
            .untreated(treated)
            .find(|flow| matches!(flow.from, From::Parameter(_) | From::Unknown(_)));
        match unknown {
            Some(flow) => Judgement::Unknown(flow),
            None if self.untreated(treated).next().is_none() => {
                Judgement::Clean("checked or converted before")
            }
            None => Judgement::Clean("not chosen by whoever sends a request"),
        }
    }

    /// All that reaches the use, as [`Use::judge`] sees it.
    pub fn reaching<'f, 'o>(
        &'f self,
        treated: Kills,
        origins: &'o [Origin],
    ) -> impl Iterator<Item = &'f Flow> + use<'f, 'o> {
        self.untreated(treated).filter(|flow| match flow.from {
            From::Source(origin, _) => origins.contains(&origin),
            From::RequestObject(_) => origins.contains(&Origin::Request),
            _ => false,
        })
    }

    fn untreated(&self, treated: Kills) -> impl Iterator<Item = &Flow> {
        let is_open =
            move |flow: &&Flow| !flow.kills.any(treated) && !flow.kills.all(Kills::ALLOWED);
        self.flows.iter().filter(is_open)
    }

    /// The call that it is, unless it is an assignment or an answer.
    pub fn call<'p>(&self, project: &'p Project) -> Option<Call<'p>> {
        project.call(self.at)
    }

    pub fn location(&self, project: &Project) -> Location {
        project.value(self.at).location()
    }
}

impl Flows {
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter()
    }

    /// The uses with one of these meanings.
    pub fn of<'f>(&'f self, meanings: &'f [Meaning]) -> impl Iterator<Item = &'f Use> {
        self.uses.iter().filter(|found| meanings.contains(&found.meaning))
    }
}

/// Follows the values of the whole project.
pub fn collect(project: &Project) -> Flows {
    let units: Vec<FunctionRef> = project
        .functions()
        .filter(|body| {
            let role = project.file(body.at.file).role;
            !matches!(
                role,
                FileRole::Test | FileRole::Vendored | FileRole::Generated | FileRole::Docs
            )
        })
        .filter(|&body| {
            let parent = body.function().parent;
            let is_on_top = parent.is_none_or(|parent| parent == Facts::TOP_LEVEL);
            is_on_top || is_called_from_outside(project, body)
        })
        .map(|body| body.at)
        .collect();
    let callees: BTreeMap<FunctionRef, BTreeSet<FunctionRef>> =
        units.par_iter().map(|&unit| (unit, callees(project, unit))).collect();
    let mut renewed: BTreeSet<FunctionRef> = units.iter().copied().collect();
    let mut summaries = Summaries { number_fields: number_fields(project), ..Summaries::default() };
    let mut observed: BTreeMap<FunctionRef, BTreeMap<Sink, Held>> = BTreeMap::new();
    for round in 0..ROUNDS {
        // What calls nothing that was read again reads the same again.
        if round > 0 {
            let calls_renewed = |unit: &FunctionRef| !callees[unit].is_disjoint(&renewed);
            renewed = units.iter().copied().filter(calls_renewed).collect();
        }
        let outcomes: Vec<_> =
            renewed.par_iter().map(|&unit| (unit, run::read(project, &summaries, unit))).collect();
        for (unit, outcome) in outcomes {
            summaries.insert(unit, Arc::new(outcome.summary));
            observed.insert(unit, outcome.observations);
        }
    }
    judge_all(project, observed)
}

/// The fields of languages that check types which are numbers in every type that has them.
fn number_fields(project: &Project) -> BTreeSet<Text> {
    let mut always: BTreeMap<&Text, bool> = BTreeMap::new();
    for (_, unit) in
        project.units().filter(|(_, unit)| declared_types::checks_types(unit.file.language))
    {
        let fields = unit.facts.classes().flat_map(|(_, class)| &class.fields);
        for field in fields.filter(|field| !field.is_static) {
            let is_number = field.annotation.is_some_and(|annotation| {
                declared_types::is_harmless_type(&unit.facts, &unit.facts[annotation].kind)
            });
            *always.entry(&field.name).or_insert(true) &= is_number;
        }
    }
    always.into_iter().filter(|(_, is_number)| *is_number).map(|(name, _)| name.clone()).collect()
}

/// Functions written inside another run where that one runs, but for those that it hands out:
/// `this.find = (id) => …` of a constructor, the members of an object that a factory returns.
fn is_called_from_outside(project: &Project, body: Body<'_>) -> bool {
    let facts = project.facts(body.at.file);
    let Some(parent) = body.function().parent else { return false };
    let inside = facts[parent].span;
    project.callers(body.at).any(|call| {
        let place = call.location();
        place.file != body.at.file || !inside.contains(place.span)
    })
}

/// The functions of the project that a function calls, constructors included.
fn callees(project: &Project, unit: FunctionRef) -> BTreeSet<FunctionRef> {
    let body = project.body(unit);
    let mut found = BTreeSet::new();
    if body.is_top_level() {
        found.extend(body.calls().filter_map(Call::callee).map(|callee| callee.at));
        found.extend(body.calls().filter_map(|call| project.rendered(call)));
        return found;
    }
    for call in body.calls_within() {
        found.extend(project.rendered(call));
        match call.target() {
            Definition::Function(function) => {
                found.insert(*function);
            }
            Definition::Class(class) => {
                found.extend(project.class(*class).methods().map(|method| method.at));
            }
            _ => found.extend(call.callees().into_iter().map(|callee| callee.at)),
        }
    }
    found
}

/// Joins what each reading saw of a use.
fn judge_all(project: &Project, observed: BTreeMap<FunctionRef, BTreeMap<Sink, Held>>) -> Flows {
    let mut by_sink: BTreeMap<Sink, Vec<Held>> = BTreeMap::new();
    for observations in observed.into_values() {
        for (sink, held) in observations {
            by_sink.entry(sink).or_default().push(held);
        }
    }
    let uses = by_sink.into_iter().map(|(sink, held)| joined_use(project, &sink, &held)).collect();
    Flows { uses }
}

fn joined_use(project: &Project, sink: &Sink, held: &[Held]) -> Use {
    let mut whole = held.first().cloned().unwrap_or_default();
    for other in held.iter().skip(1) {
        whole.is_text |= other.is_text;
        whole.join(other);
    }
    let mut traces = whole.all_traces();
    // Parameters stand for what callers pass; those were seen where they call.
    let has_others = held.len() > 1;
    if has_others {
        traces.retain(|trace| !matches!(trace.mark, Mark::Parameter(..)));
    }
    let mut flows: Vec<Flow> = traces.iter().map(flow).collect();
    flows.sort_by_key(|flow| (flow.from, flow.kills));
    let fields = match whole.parts.as_deref() {
        Some(held::Parts::Fields(fields)) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    };
    Use {
        at: sink.at,
        meaning: sink.meaning,
        role: sink.role,
        function: project.value(sink.at).function().at,
        flows,
        prefix: whole.start(),
        constant: whole.constant.as_ref().map(trace::Constant::display),
        is_text: held.iter().any(|held| held.is_text),
        fields,
    }
}

fn flow(trace: &Trace) -> Flow {
    let from = match &trace.mark {
        Mark::Source(origin, location, _) => From::Source(*origin, *location),
        Mark::Request(location) => From::RequestObject(*location),
        Mark::Parameter(number, _) => From::Parameter(*number),
        Mark::Unknown(location) => From::Unknown(*location),
    };
    Flow { from, kills: trace.kills, steps: steps(&trace.steps) }
}

/// The steps from source to sink, those in one place once.
fn steps(last: &Steps) -> Vec<Step> {
    let mut found = Vec::new();
    let mut next = last.as_ref();
    while let Some(node) = next {
        found.push(Step { location: node.location, note: node.note.text() });
        next = node.before.as_ref();
    }
    found.reverse();
    found.dedup_by(|later, earlier| later.location == earlier.location);
    found
}
