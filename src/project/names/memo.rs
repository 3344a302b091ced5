//! Each expression is resolved once: rules, guards and flows ask for the same names over and over.
//!
//! What is remembered is exactly what resolving again would give, whoever asked first: a result that
//! hung on the remaining steps is not kept, and one that is kept costs its steps again.

use std::{collections::HashMap, sync::OnceLock};

use rayon::prelude::*;

use super::{Definition, Origin, Resolver};
use crate::{
    facts::Text,
    project::{ExpressionRef, FileId, Project},
};

/// What resolving the names of one file gave.
#[derive(Debug, Default)]
pub(in crate::project) struct Memory {
    expressions: Vec<OnceLock<Box<Resolved>>>,
    /// The modules that its imports and exports name.
    modules: HashMap<Text, Option<FileId>>,
}

/// What resolving one expression gave, and what it left behind in the resolver.
#[derive(Debug)]
struct Resolved {
    definition: Definition,
    origin: Noted,
    bound: Option<ExpressionRef>,
    steps: u32,
}

/// What a resolution has noted of the origin of its value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Noted {
    /// Nothing: what was noted before stands.
    #[default]
    Nothing,
    /// This, or that it is none to be named.
    Origin(Option<Origin>),
}

impl Noted {
    pub(super) fn origin(self) -> Option<Origin> {
        match self {
            Self::Nothing => None,
            Self::Origin(origin) => origin,
        }
    }

    fn or(self, earlier: Self) -> Self {
        match self {
            Self::Nothing => earlier,
            Self::Origin(_) => self,
        }
    }
}

impl Project {
    /// Begins to remember: from here on nothing changes any more that names are resolved by.
    pub(in crate::project) fn remember_names(&mut self) {
        let modules = &self.modules;
        self.units.par_iter_mut().for_each(|unit| {
            let facts = &unit.facts;
            let imported = facts.imports.iter().map(|import| &import.module);
            let exported = facts.exports.iter().filter_map(|export| export.from.as_ref());
            for module in imported.chain(exported) {
                let found = || modules.resolve(&unit.file, module);
                unit.memory.modules.entry(module.clone()).or_insert_with(found);
            }
            unit.memory.expressions.resize_with(facts.expressions().count(), OnceLock::new);
        });
    }

    /// The file that `module` names, seen from `file`.
    pub(super) fn module_of(&self, file: FileId, module: &str) -> Option<FileId> {
        let unit = self.unit(file);
        let known = unit.memory.modules.get(module).copied();
        known.unwrap_or_else(|| self.modules.resolve(&unit.file, module))
    }

    fn remembered(&self, at: ExpressionRef) -> Option<&OnceLock<Box<Resolved>>> {
        self.unit(at.file).memory.expressions.get(at.id.0 as usize)
    }
}

impl Resolver<'_> {
    /// What an expression stands for.
    pub(super) fn expression(&mut self, at: ExpressionRef) -> Definition {
        let slot = self.project.remembered(at);
        if let Some(known) = slot.and_then(OnceLock::get)
            && self.steps > known.steps
        {
            self.steps -= known.steps;
            self.note(known.origin, known.bound);
            return known.definition.clone();
        }
        let earlier = (std::mem::take(&mut self.origin), self.bound.take(), self.steps);
        let definition = self.look_up(at);
        let (origin, bound) = (std::mem::take(&mut self.origin), self.bound.take());
        let steps = earlier.2 - self.steps;
        // A single step is cheaper to take again than to remember.
        if let Some(slot) = slot.filter(|_| self.steps > 0 && steps > 1) {
            let resolved = Resolved { definition: definition.clone(), origin, bound, steps };
            // Another thread may have been faster, with the same result.
            drop(slot.set(Box::new(resolved)));
        }
        (self.origin, self.bound) = (earlier.0, earlier.1);
        self.note(origin, bound);
        definition
    }

    fn note(&mut self, origin: Noted, bound: Option<ExpressionRef>) {
        self.origin = origin.or(self.origin);
        self.bound = self.bound.or(bound);
    }
}
