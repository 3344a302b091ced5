//! The order in which Python asks the classes of a view: a mixin behind the view never runs.

use crate::{
    facts::Text,
    project::{Definition, Type, Value, routes::python::bases},
};

/// How many bases deep classes are read: deeper hierarchies do not occur, and cycles must end.
const DEPTH_MAX: usize = 12;

/// One class that a view consists of.
#[derive(Clone)]
pub(super) enum Part<'p> {
    Own(Type<'p>),
    /// A class of a library, as it is written where something extends it, and its path.
    Library(Value<'p>, Text),
    /// What all views of libraries extend: it answers, and asks nobody behind it.
    View,
}

impl Part<'_> {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own(first), Self::Own(second)) => first.at == second.at,
            (Self::Library(_, first), Self::Library(_, second)) => first == second,
            (Self::View, Self::View) => true,
            _ => false,
        }
    }
}

/// A class and what it extends, in the order in which a method is looked up, as far as the view that answers.
pub(super) fn before_view(class: Type<'_>) -> Vec<Part<'_>> {
    let mut parts = linear(class, 0);
    if let Some(end) = parts.iter().position(|part| matches!(part, Part::View)) {
        parts.truncate(end);
    }
    parts
}

/// The whole order: each class before those that it extends, and these as they are written.
fn linear(class: Type<'_>, depth: usize) -> Vec<Part<'_>> {
    let mut written = Vec::new();
    let mut sequences = Vec::new();
    for base in bases(class) {
        let of_base = match base.resolve() {
            Definition::Class(at) if depth < DEPTH_MAX => {
                linear(class.project.class(at), depth + 1)
            }
            Definition::Class(_) => continue,
            definition => of_library(base, class.project.path_of(&definition)),
        };
        written.extend(of_base.first().cloned());
        sequences.push(of_base);
    }
    sequences.push(written);
    let mut order = vec![Part::Own(class)];
    order.extend(merged(sequences));
    order
}

fn of_library(base: Value<'_>, path: Text) -> Vec<Part<'_>> {
    let is_view = path.ends_with("View") || path.ends_with("ViewSet");
    let is_all = matches!(path.as_str(), "django.views.View" | "django.views.generic.View");
    match (is_view, is_all) {
        (_, true) => vec![Part::View],
        (true, _) => vec![Part::Library(base, path), Part::View],
        _ => vec![Part::Library(base, path)],
    }
}

/// Takes the first that is behind no other, again and again; what contradicts itself is taken as it comes.
fn merged(mut sequences: Vec<Vec<Part<'_>>>) -> Vec<Part<'_>> {
    let mut order = Vec::new();
    loop {
        sequences.retain(|sequence| !sequence.is_empty());
        let heads = sequences.iter().map(|sequence| &sequence[0]);
        let is_free = |head: &&Part<'_>| {
            !sequences.iter().any(|sequence| sequence[1..].iter().any(|part| part.is(head)))
        };
        let next = heads.clone().find(is_free).or_else(|| sequences.first().map(|first| &first[0]));
        let Some(next) = next.cloned() else { return order };
        for sequence in &mut sequences {
            sequence.retain(|part| !part.is(&next));
        }
        order.push(next);
    }
}
