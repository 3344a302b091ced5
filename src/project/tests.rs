//! The tests of the project: what each one asserts, what of the project it reaches, whether it runs.
//!
//! A test counts when it can fail and when what it looks at is code of this project. Names of files and
//! folders prove nothing, nor does `assert True`.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{FileId, FunctionRef, Location, Project};
use crate::facts::Text;

mod assertions;
mod discovery;
mod failures;
mod reach;
mod requests;

pub use failures::Failure;
pub use requests::Request;

/// One test function.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What runs.
    pub body: FunctionRef,
    /// Its name, or the sentence that describes it.
    pub title: Text,
    pub location: Location,
    /// It never runs, or keeps others from running.
    pub skip: Option<Skip>,
    /// Assertions about something that could have come out otherwise.
    pub assertions: Vec<Location>,
    /// Assertions that hold whatever the code does.
    pub constant: Vec<Location>,
    /// What it demands to go wrong.
    pub failures: Vec<Failure>,
    /// The functions of shipped code that it calls or hands on, itself or one helper away.
    pub reached: Vec<FunctionRef>,
    /// Does it use anything of the shipped code: a function, a class, the application?
    pub touches: bool,
    /// Does its file take anything from shipped code?
    pub file_touches: bool,
    /// What it asks the application for.
    pub requests: Vec<Request>,
}

/// Why a test does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    pub kind: SkipKind,
    pub location: Location,
    /// Is a reason given?
    pub has_reason: bool,
}

/// How a test is kept from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipKind {
    /// Always passed over.
    Always,
    /// Nothing is written yet.
    Planned,
    /// Marked as the only one to run: all others of its file are passed over.
    Only,
}

impl Test {
    /// Would it notice if code of this project broke?
    pub fn counts(&self) -> bool {
        self.runs() && self.touches && !(self.assertions.is_empty() && self.failures.is_empty())
    }

    pub fn runs(&self) -> bool {
        self.skip.is_none_or(|skip| skip.kind == SkipKind::Only)
    }

    /// Does it demand that something goes wrong in the right way?
    pub fn expects_failure(&self) -> bool {
        !self.failures.is_empty()
    }
}

/// All tests, in the order of their places.
pub fn collect(project: &Project) -> Vec<Test> {
    let mut by_file: BTreeMap<FileId, Vec<discovery::Found>> = BTreeMap::new();
    for found in discovery::all(project) {
        by_file.entry(found.body.file).or_default().push(found);
    }
    let files = by_file.into_par_iter();
    let mut tests: Vec<Test> = files
        .flat_map_iter(|(_, found)| {
            let mut reader = reach::Reader::new(project);
            found.into_iter().map(move |found| read(project, &mut reader, found))
        })
        .collect();
    tests.sort_by_key(|test| test.location);
    tests
}

fn read(project: &Project, reader: &mut reach::Reader<'_>, found: discovery::Found) -> Test {
    let reach = reader.read(found.body);
    let mut test = Test {
        body: found.body,
        title: found.title,
        location: found.location,
        skip: found.skip,
        assertions: Vec::new(),
        constant: Vec::new(),
        failures: failures::declared(project, found.body),
        file_touches: reach.touches || reader.file_touches(found.body.file),
        reached: reach.functions,
        touches: reach.touches,
        requests: Vec::new(),
    };
    for &function in &reach.scope {
        let names = reader.assigned_names(function.file);
        for assertion in assertions::of(project, function, names) {
            if assertion.is_constant {
                test.constant.push(assertion.location());
                continue;
            }
            test.assertions.push(assertion.location());
            test.failures.extend(failures::demanded(&assertion));
        }
        test.failures.extend(failures::provoked(project, function));
        test.requests.extend(requests::of(project, function));
    }
    if test.failures.is_empty() && !test.assertions.is_empty() && failures::is_named(&test.title) {
        test.failures.push(Failure::named(test.location, &test.title));
    }
    test
}
