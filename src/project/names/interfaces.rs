//! Which types of Go satisfy which interfaces of the project: those that have all its methods, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::Definition;
use crate::{
    facts::{ClassKind, Language, Role, Text},
    project::{Body, Call, ClassRef, In, Project, Value, guards::split_words},
};

/// How many types deep embedded methods are looked for.
const EMBEDDED_MAX: usize = 4;

impl Project {
    /// Finds the types that satisfy each interface of Go.
    pub(crate) fn resolve_interfaces(&mut self) {
        let mut having: BTreeMap<Text, BTreeSet<ClassRef>> = BTreeMap::new();
        let mut interfaces = Vec::new();
        for (file, unit) in self.units() {
            let is_read = unit.file.language == Language::Go && unit.file.role != Role::Test;
            for (id, class) in unit.facts.classes().filter(|_| is_read) {
                let at = In { file, id };
                match class.kind {
                    ClassKind::Interface => interfaces.push(at),
                    ClassKind::Structure if !stands_in(&class.name) => {
                        for name in self.methods_had(at, 0) {
                            having.entry(name).or_default().insert(at);
                        }
                    }
                    _ => {}
                }
            }
        }
        for interface in interfaces {
            let mut wanted = self.methods_wanted(interface, 0).into_iter();
            let Some(first) = wanted.next() else { continue };
            let mut found = having.get(&first).cloned().unwrap_or_default();
            for name in wanted {
                let having = having.get(&name);
                found.retain(|class| having.is_some_and(|having| having.contains(class)));
            }
            if !found.is_empty() {
                self.subtypes.entry(interface).or_default().extend(found);
            }
        }
    }

    fn methods_had(&self, class: ClassRef, depth: usize) -> BTreeSet<Text> {
        let parts = self.implementations(class).iter().copied().chain([self.type_of(class)]);
        let methods = parts.flat_map(|part| self.class(part).methods());
        let mut found: BTreeSet<Text> =
            methods.map(|method| method.function().name.clone()).collect();
        if depth < EMBEDDED_MAX {
            for base in self.embedded(class) {
                found.extend(self.methods_had(base, depth + 1));
            }
        }
        found
    }

    fn methods_wanted(&self, interface: ClassRef, depth: usize) -> BTreeSet<Text> {
        let class = self.class(interface).class();
        let mut found: BTreeSet<Text> =
            class.fields.iter().map(|field| field.name.clone()).collect();
        if depth < EMBEDDED_MAX {
            for base in self.embedded(interface) {
                found.extend(self.methods_wanted(base, depth + 1));
            }
        }
        found
    }

    fn embedded(&self, class: ClassRef) -> impl Iterator<Item = ClassRef> {
        let bases = self.class(class).class().bases.iter();
        bases.filter_map(move |&base| match self.resolve(In { file: class.file, id: base }) {
            Definition::Class(base) if base != class => Some(base),
            _ => None,
        })
    }

    /// The method of this name of a type of Go, its own or of what it embeds.
    fn method_had(&self, class: ClassRef, name: &str, depth: usize) -> Option<Body<'_>> {
        if let Some(own) = self.class(class).method(name) {
            return Some(own);
        }
        let mut embedded = self.embedded(class).filter(|_| depth < EMBEDDED_MAX);
        embedded.find_map(|base| self.method_had(base, name, depth + 1))
    }

    /// The interface that asks for a method: this one, or one that it embeds.
    fn asking(&self, interface: ClassRef, name: &str, depth: usize) -> Option<ClassRef> {
        let class = self.class(interface).class();
        if class.kind != ClassKind::Interface {
            return None;
        }
        if class.fields.iter().any(|field| field.name == name) {
            return Some(interface);
        }
        let mut embedded = self.embedded(interface).filter(|_| depth < EMBEDDED_MAX);
        embedded.find_map(|base| self.asking(base, name, depth + 1))
    }
}

impl Project {
    /// Notes who calls functions that are one of several which a call of Go may run.
    pub(crate) fn add_callers_of_many(&mut self) {
        let mut found = Vec::new();
        for (file, unit) in self.units().filter(|(_, unit)| unit.file.language == Language::Go) {
            for number in 0..unit.calls.len() {
                let call = Call::new(self, file, number);
                let callees = call.callees().into_iter().filter(|_| call.callee().is_none());
                found.extend(callees.map(|callee| (callee.at, file, number)));
            }
        }
        for (callee, file, number) in found {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            self.callers.entry(callee).or_default().push((file, number));
        }
    }
}

impl<'p> Call<'p> {
    /// The functions of this project that may run: the one that is called, in Go also the methods of all types
    /// that satisfy the interface it is called by, and those that are kept where it is called from.
    pub fn callees(self) -> Vec<Body<'p>> {
        if let Some(callee) = self.callee() {
            return vec![callee];
        }
        if self.source_file().language != Language::Go {
            return Vec::new();
        }
        let kept = self.kept();
        let listed = || Some(self.listed()).filter(|listed| !listed.is_empty());
        if kept.is_empty() { listed().unwrap_or_else(|| self.satisfying()) } else { kept }
    }

    /// The methods of what is listed right there: `for _, part := range []Part{Beds{}, &Visits{}} { part.Mount(r) }`.
    fn listed(self) -> Vec<Body<'p>> {
        let items = self.receiver().map(Value::elements).unwrap_or_default().into_iter();
        let classes = items.filter_map(|item| match item.resolve() {
            Definition::Instance(class) => Some(class),
            _ => None,
        });
        classes.filter_map(|class| self.project.method_had(class, self.name(), 0)).collect()
    }

    fn satisfying(self) -> Vec<Body<'p>> {
        let Some(receiver) = self.receiver() else { return Vec::new() };
        let Definition::Instance(class) = receiver.resolve() else { return Vec::new() };
        let project = self.project;
        let Some(interface) = project.asking(class, self.name(), 0) else { return Vec::new() };
        let satisfying = project.subtypes.get(&interface).into_iter().flatten();
        satisfying.filter_map(|&class| project.method_had(class, self.name(), 0)).collect()
    }
}

/// Does a type stand in for the real one in tests, going by its name?
fn stands_in(name: &str) -> bool {
    let words = split_words(name);
    words.iter().any(|word| matches!(word.as_str(), "mock" | "mocked" | "fake" | "stub" | "dummy"))
}
