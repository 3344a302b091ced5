//! What is known of a function once it was read.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{held::Held, sinks::Sink};
use crate::{
    facts::{Text, vocabulary::Meaning},
    project::{Body, FunctionRef},
};

/// What callers need to know of a function, in terms of its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    pub returns: Held,
    /// What the receiver and the parameters hold when it ends, where that says something.
    pub receiver: Held,
    pub parameters: Vec<Option<Held>>,
    /// Sinks that something of the parameters reaches.
    pub sinks: Vec<(Sink, Held)>,
    /// The parameter that is a schema, against which it checks what it yields.
    pub schema: Option<usize>,
    /// Has no body that could be read.
    pub is_declaration: bool,
}

/// The summaries of the round before.
#[derive(Debug, Default)]
pub(super) struct Summaries {
    pub of_functions: BTreeMap<FunctionRef, Arc<Summary>>,
    /// Fields that hold numbers, dates and the like wherever the project declares one of that name.
    pub number_fields: BTreeSet<Text>,
}

impl Summaries {
    pub(super) fn get(&self, function: FunctionRef) -> Option<&Arc<Summary>> {
        self.of_functions.get(&function)
    }

    pub(super) fn insert(&mut self, function: FunctionRef, summary: Arc<Summary>) {
        self.of_functions.insert(function, summary);
    }
}

/// The parameter of a function that is a schema: `schema.safeParse(body)`, where `schema` is handed in.
pub fn schema_parameter(function: Body<'_>) -> Option<usize> {
    let mut checks = function.calls().filter(|call| call.means(Meaning::ValidateSchema));
    checks.find_map(|call| {
        let (owner, number) = call.receiver()?.as_parameter()?;
        (owner == function.at).then_some(number)
    })
}
