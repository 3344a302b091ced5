//! Reads a body in order and keeps what each name holds.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    held::{Held, RECEIVER},
    kills::Kills,
    predicate::Proof,
    sinks::Sink,
    sources,
    summary::{Summaries, Summary, schema_parameter},
    trace::{Mark, Note},
};
use crate::{
    facts::{
        Block, ExpressionId, Facts, FunctionId, Language, ParameterKind, Pattern, Span,
        StatementId, StatementKind, Text,
    },
    project::{FileId, FunctionRef, In, Location, Project},
};

/// What each name holds.
pub(super) type Environment = BTreeMap<Text, Held>;

/// Work on one function is bounded; what is beyond is not known.
const EXPRESSIONS_MAX: u32 = 60_000;
/// Expressions nested deeper are not entered.
pub(super) const DEPTH_MAX: u32 = 160;
/// Functions entered in place, one in the other.
pub(super) const INLINED_MAX: usize = 5;

/// One reading of a function and of the functions inside it.
pub(super) struct Run<'p> {
    pub project: &'p Project,
    pub summaries: &'p Summaries,
    pub file: FileId,
    pub function: FunctionId,
    pub environment: Environment,
    /// Can the current point be reached?
    pub alive: bool,
    pub returned: Option<Held>,
    exits: Option<Environment>,
    /// What holds where each enclosing loop or switch is left early.
    pub(super) breaks: Vec<Option<Environment>>,
    /// Values of the branches of the enclosing `match` or `if` used as a value.
    pub(super) tails: Vec<Option<Held>>,
    pub observations: BTreeMap<Sink, Held>,
    /// Functions written inside that nothing has called yet.
    pending: Vec<FunctionId>,
    entered: BTreeSet<FunctionId>,
    pub inlined: Vec<FunctionId>,
    /// What is looked for, where the function is read for what it proves.
    pub(super) proof: Option<Proof>,
    /// The calls whose errors names hold.
    pub(super) outcomes: BTreeMap<Text, ExpressionId>,
    /// What was found out about predicates so far.
    pub(super) proved: BTreeMap<(FunctionRef, Text), Kills>,
    pub depth: u32,
    budget: u32,
}

/// What one reading found.
pub(super) struct Outcome {
    pub summary: Summary,
    pub observations: BTreeMap<Sink, Held>,
}

pub(super) fn read(project: &Project, summaries: &Summaries, function: FunctionRef) -> Outcome {
    Run::alone(project, summaries, function).whole(function)
}

impl<'p> Run<'p> {
    /// A reading that has not begun.
    pub(super) fn alone(
        project: &'p Project,
        summaries: &'p Summaries,
        function: FunctionRef,
    ) -> Self {
        Self {
            project,
            summaries,
            file: function.file,
            function: function.id,
            environment: Environment::new(),
            alive: true,
            returned: None,
            exits: None,
            breaks: Vec::new(),
            tails: Vec::new(),
            observations: BTreeMap::new(),
            pending: Vec::new(),
            entered: BTreeSet::new(),
            inlined: Vec::new(),
            proof: None,
            outcomes: BTreeMap::new(),
            proved: BTreeMap::new(),
            depth: 0,
            budget: EXPRESSIONS_MAX,
        }
    }

    pub(super) fn facts(&self) -> &'p Facts {
        self.project.facts(self.file)
    }

    pub(super) fn language(&self) -> Language {
        self.project.file(self.file).language
    }

    pub(super) fn is_java(&self) -> bool {
        self.language() == Language::Java
    }

    pub(super) fn location(&self, expression: ExpressionId) -> Location {
        self.place(self.facts()[expression].span)
    }

    pub(super) fn place(&self, span: Span) -> Location {
        Location { file: self.file, span }
    }

    /// May another expression be entered?
    pub(super) fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0 && self.depth < DEPTH_MAX
    }

    fn whole(&mut self, function: FunctionRef) -> Outcome {
        let facts = self.facts();
        let declared = &facts[function.id];
        self.environment.insert(
            receiver_name(self.language()),
            Held::of(Mark::Parameter(RECEIVER, Vec::new())),
        );
        for (number, parameter) in declared.parameters.iter().enumerate() {
            let held = sources::parameter(self.project, function, number);
            self.bind(&parameter.pattern, &held, self.place(parameter.span), false);
        }
        self.body(&declared.body);
        self.pending_functions();
        let end = self.exits.take().unwrap_or_default();
        let receiver = declared
            .parameters
            .iter()
            .find(|parameter| parameter.kind == ParameterKind::Receiver)
            .and_then(|parameter| parameter.name())
            .cloned()
            .unwrap_or_else(|| receiver_name(self.language()));
        let parameters = declared
            .parameters
            .iter()
            .map(|parameter| parameter.name().and_then(|name| end.get(name)).cloned());
        let observations = std::mem::take(&mut self.observations);
        let sinks = observations
            .iter()
            .filter(|(_, held)| {
                held.all_traces().iter().any(|trace| matches!(trace.mark, Mark::Parameter(..)))
            })
            .map(|(sink, held)| (sink.clone(), held.clone()));
        let summary = Summary {
            returns: self.returned.take().unwrap_or_default(),
            receiver: end.get(&receiver).cloned().unwrap_or_default(),
            parameters: parameters.collect(),
            sinks: sinks.collect(),
            schema: schema_parameter(self.project.body(function)),
            is_declaration: declared.body.is_empty(),
        };
        Outcome { summary, observations }
    }

    fn body(&mut self, block: &Block) {
        self.block(block, false);
        if self.alive {
            self.leave();
        }
    }

    /// Functions that were written but not called here run some time, with what names hold at the end.
    fn pending_functions(&mut self) {
        if self.function == Facts::TOP_LEVEL {
            return;
        }
        let end = self.exits.clone().unwrap_or_else(|| self.environment.clone());
        while let Some(function) = self.pending.pop() {
            if self.entered.contains(&function) {
                continue;
            }
            self.environment = end.clone();
            self.closure(function, &[]);
        }
    }

    pub(super) fn postpone(&mut self, function: FunctionId) {
        self.pending.push(function);
    }

    /// Enters a function written inside this one; parameters beyond `given` hold what they declare.
    pub(super) fn closure(&mut self, function: FunctionId, given: &[Held]) -> Held {
        if self.inlined.len() >= INLINED_MAX || self.inlined.contains(&function) {
            return given.iter().fold(Held::clean(), |mut all, held| {
                all.absorb(held);
                all
            });
        }
        self.entered.insert(function);
        self.inlined.push(function);
        let facts = self.facts();
        let declared = &facts[function];
        let outer_function = std::mem::replace(&mut self.function, function);
        let outer_returned = self.returned.take();
        let outer_exits = self.exits.take();
        let outer_breaks = std::mem::take(&mut self.breaks);
        let outer_tails = std::mem::take(&mut self.tails);
        let was_alive = std::mem::replace(&mut self.alive, true);
        let before = self.environment.clone();

        let mut given = given.iter();
        for (number, parameter) in declared.parameters.iter().enumerate() {
            let location = self.place(parameter.span);
            let at = In { file: self.file, id: function };
            let own = sources::parameter(self.project, at, number);
            let is_source =
                own.traces.iter().any(|trace| !matches!(trace.mark, Mark::Parameter(..)));
            let held = match given.next() {
                Some(held) if parameter.kind != ParameterKind::Receiver && !is_source => {
                    held.clone()
                }
                _ if is_source => own,
                _ => Held::unknown(location),
            };
            self.bind(&parameter.pattern, &held, location, false);
        }
        self.body(&declared.body);
        let after = self.exits.take();
        let result = self.returned.take().unwrap_or_default();

        self.function = outer_function;
        self.returned = outer_returned;
        self.exits = outer_exits;
        self.breaks = outer_breaks;
        self.tails = outer_tails;
        self.alive = was_alive;
        self.inlined.pop();
        // Names of the enclosing function that it may have written.
        self.environment = before;
        for (name, held) in after.into_iter().flatten() {
            let is_own = declared.parameters.iter().any(|parameter| {
                let mut binds = false;
                parameter.pattern.each_name(&mut |own| binds |= *own == name);
                binds
            });
            if let Some(outer) = self.environment.get_mut(&name).filter(|_| !is_own) {
                outer.join(&held);
            }
        }
        result
    }

    pub(super) fn block(&mut self, block: &Block, is_tail: bool) {
        for (number, &statement) in block.iter().enumerate() {
            if !self.alive {
                // Functions are declared wherever they stand.
                self.declare(statement);
                continue;
            }
            self.statement(statement, is_tail && number + 1 == block.len());
        }
    }

    fn declare(&mut self, statement: StatementId) {
        if let StatementKind::Function(function) = self.facts()[statement].kind {
            self.postpone(function);
        }
    }

    pub(super) fn statement(&mut self, id: StatementId, is_tail: bool) {
        let facts = self.facts();
        let span = facts[id].span;
        match &facts[id].kind {
            StatementKind::Expression(value) => {
                let held = self.evaluate(*value);
                self.went_on(*value);
                if is_tail && let Some(tail) = self.tails.last_mut() {
                    match tail {
                        Some(known) => known.join(&held),
                        None => *tail = Some(held),
                    }
                }
            }
            StatementKind::Defer(value) | StatementKind::Spawn(value) => {
                self.evaluate(*value);
            }
            StatementKind::Bind { target, value, .. } => {
                let held = match value {
                    Some(value) => self.evaluate(*value),
                    // `export let note` of a component is given by whoever shows it.
                    None if self.language() == Language::Svelte => Held::unknown(self.place(span)),
                    None => Held::clean(),
                };
                value.iter().for_each(|&value| self.went_on(value));
                self.bind(target, &held, self.place(span), true);
                self.remember_outcome(target, *value);
            }
            StatementKind::Return(value) => {
                let held = value.map_or_else(Held::clean, |value| self.evaluate(value));
                if let Some(value) = value {
                    self.observe_answer(*value, &held);
                    self.prove(*value, &held);
                }
                match &mut self.returned {
                    Some(known) => known.join(&held),
                    None => self.returned = Some(held),
                }
                self.leave();
            }
            StatementKind::Throw(value) => {
                if let Some(value) = value {
                    self.evaluate(*value);
                }
                self.alive = false;
            }
            StatementKind::If { test, binding, then, otherwise } => {
                self.conditional(*test, binding.as_ref(), then, otherwise, is_tail);
            }
            StatementKind::Loop { kind, target, source, body, otherwise } => {
                self.repeated(*kind, target.as_ref(), *source, body);
                if self.alive {
                    self.block(otherwise, false);
                }
            }
            StatementKind::Match { subject, arms } => self.choice(*subject, arms, is_tail),
            StatementKind::Try { body, handlers, otherwise, finally } => {
                self.attempt(body, handlers, otherwise, finally, is_tail);
            }
            StatementKind::With { items, body } => {
                for (value, target) in items {
                    let held = self.evaluate(*value);
                    if let Some(target) = target {
                        self.bind(target, &held, self.place(span), true);
                    }
                }
                self.block(body, is_tail);
            }
            StatementKind::Block(block) => self.block(block, is_tail),
            StatementKind::Break | StatementKind::Continue => {
                let environment = std::mem::take(&mut self.environment);
                if let Some(exit) = self.breaks.last_mut() {
                    join_into(exit, environment);
                }
                self.alive = false;
            }
            StatementKind::Assert { test, message } => {
                self.evaluate(*test);
                if let Some(message) = message {
                    self.evaluate(*message);
                }
                self.refine(*test, true);
            }
            StatementKind::Function(function) => self.postpone(*function),
            StatementKind::Class(class) => {
                for &method in &facts[*class].methods {
                    self.postpone(method);
                }
            }
        }
    }

    /// In Go an error is the last thing that a call yields.
    fn remember_outcome(&mut self, target: &Pattern, value: Option<ExpressionId>) {
        let last = match target {
            Pattern::Items(items) => items.last().and_then(Pattern::as_name),
            target => target.as_name(),
        };
        if let (Language::Go, Some(name), Some(value)) = (self.language(), last, value) {
            self.outcomes.insert(name.clone(), value);
        }
    }

    /// Leaves the function here.
    fn leave(&mut self) {
        let environment = std::mem::take(&mut self.environment);
        join_into(&mut self.exits, environment);
        self.alive = false;
    }

    /// Binds the names of a pattern to the parts of a value.
    pub(super) fn bind(&mut self, pattern: &Pattern, held: &Held, location: Location, tell: bool) {
        match pattern {
            Pattern::Name(name) => {
                let held = if tell {
                    held.stepped(location, &Note::Bound(name.clone()))
                } else {
                    held.clone()
                };
                self.environment.insert(name.clone(), held);
            }
            Pattern::Place(place) => {
                let name = self.facts().last_segment(*place).unwrap_or_default();
                self.assign(*place, &held.stepped(location, &Note::Bound(Text::from(name))));
            }
            Pattern::WithDefault(inner, default) => {
                let default = self.evaluate(*default);
                let mut either = held.clone();
                either.join(&default);
                either.constant = None;
                self.bind(inner, &either, location, tell);
            }
            Pattern::Fields { fields, rest } => {
                for (name, inner) in fields {
                    self.bind(inner, &held.field(name, location), location, tell);
                }
                if let Some(rest) = rest {
                    self.bind(&Pattern::Name(rest.clone()), &held.derived(), location, tell);
                }
            }
            Pattern::Items(items) => {
                for (number, inner) in items.iter().enumerate() {
                    // Go's `value, err`: the error is no data of the value.
                    let part = if self.language() == Language::Go && held.parts.is_none() {
                        if number == 0 { held.clone() } else { Held::unknown(location) }
                    } else {
                        held.item(Some(number))
                    };
                    self.bind(inner, &part, location, tell);
                }
            }
            Pattern::Variant { items, .. } => match items.as_slice() {
                [only] => self.bind(only, held, location, tell),
                items => {
                    for inner in items {
                        self.bind(inner, &held.derived(), location, tell);
                    }
                }
            },
            Pattern::Ignore => {}
        }
    }
}

/// How a method calls its receiver where the language names it.
pub(super) fn receiver_name(language: Language) -> Text {
    match language {
        Language::Python | Language::Notebook | Language::Rust => Text::from("self"),
        _ => Text::from("this"),
    }
}

/// Either what `known` holds or `other`; names of one side only keep what they hold.
pub(super) fn join_into(known: &mut Option<Environment>, other: Environment) {
    let Some(known) = known else {
        *known = Some(other);
        return;
    };
    for (name, held) in other {
        match known.get_mut(&name) {
            Some(mine) => mine.join(&held),
            None => {
                known.insert(name, held);
            }
        }
    }
}
