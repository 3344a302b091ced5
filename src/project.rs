//! 4. The project: the facts of all files, joined.
//!
//! [`Project::join`] resolves modules, names and callees once; everything later asks the views in
//! [`views`]. A rule sees a `&Project` and nothing else.

use std::{borrow::Cow, collections::BTreeMap};

use rayon::prelude::*;

use crate::facts::{
    CallStyle, ClassId, ExpressionId, ExpressionKind, Facts, File, FunctionId, Language, Runtime,
    Span, StatementId, Text,
    secret::masked,
    vocabulary::{Meaning, Vocabulary},
};

pub mod checks;
pub mod client;
pub mod deadlines;
pub mod declared;
pub mod entities;
pub mod exposure;
pub mod flow;
mod folders;
pub mod guards;
pub mod handlers;
pub mod index;
pub mod manifests;
pub mod modules;
pub mod names;
pub mod operations;
pub mod packages;
pub mod provenance;
pub mod reach;
pub mod routes;
pub mod schema;
pub mod templates;
pub mod terraform;
pub mod tests;
pub mod views;

pub use client::Client;
pub use declared::Declarations;
pub use exposure::{Edge, Exposure, Exposures};
pub use index::{Declaration, Index, Slot, Step};
pub use manifests::Manifests;
pub use modules::Modules;
pub use names::{Definition, Origin};
pub use routes::Route;
pub use tests::Test;
pub use views::{Body, Call, Type, Value};

/// The number of a file in the project, in path order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// An item of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct In<T> {
    pub file: FileId,
    pub id: T,
}

pub type FunctionRef = In<FunctionId>;
pub type ExpressionRef = In<ExpressionId>;
pub type StatementRef = In<StatementId>;
pub type ClassRef = In<ClassId>;

/// A place in the project. `symbol` names what encloses it, for fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    pub file: FileId,
    pub span: Span,
}

/// One file with its facts.
#[derive(Debug)]
pub struct Unit {
    pub file: File,
    pub facts: Facts,
    pub index: Index,
    memory: names::Memory,
    calls: Vec<ResolvedCall>,
    /// The calls directly in each function, by number, in source order.
    calls_of: Vec<Vec<u32>>,
    /// All calls with their numbers, in source order.
    calls_in_order: Vec<(Span, u32)>,
}

/// A call whose callee was looked up.
#[derive(Clone, Debug)]
struct ResolvedCall {
    id: ExpressionId,
    path: Text,
    target: Definition,
    /// What the vocabulary says of the path, most specific row first: the row's number and meaning.
    means: Vec<(Meaning, u32)>,
}

/// The facts of all files, joined.
#[derive(Debug)]
pub struct Project {
    units: Vec<Unit>,
    vocabulary: Vocabulary,
    modules: Modules,
    packages: packages::Packages,
    templates: templates::Templates,
    /// The names of all files that exist, read or not, sorted.
    names: Vec<String>,
    /// Who calls each function of the project, by file and number of the call.
    callers: BTreeMap<FunctionRef, Vec<(FileId, u32)>>,
    flows: flow::Flows,
    manifests: Manifests,
    client: Client,
    routes: Vec<Route>,
    exposures: Exposures,
    jobs: Vec<Route>,
    /// The routes of each handler, by number.
    routes_by_handler: BTreeMap<FunctionRef, Vec<usize>>,
    /// The `impl` blocks of each Rust type, and the type of each block.
    implementations: BTreeMap<ClassRef, Vec<ClassRef>>,
    types_of_implementations: BTreeMap<ClassRef, ClassRef>,
    /// The classes that extend or implement each class or interface of Java and `TypeScript`, and the types that
    /// satisfy each interface of Go.
    subtypes: BTreeMap<ClassRef, Vec<ClassRef>>,
    /// The functions that are put into each field of a structure of Go.
    kept_functions: BTreeMap<(ClassRef, Text), Vec<FunctionRef>>,
    schema: schema::Schema,
    entities: entities::Entities,
    declarations: Declarations,
    /// Rust macros of this project that may leave the function they are used in, by name.
    macros: BTreeMap<Text, FunctionRef>,
    tests: Vec<Test>,
}

impl Project {
    /// Joins the facts of all files; `files` and `facts` run in parallel, in path order.
    pub fn join(
        files: Vec<File>,
        facts: Vec<Facts>,
        names: Vec<String>,
        vocabulary: Vocabulary,
    ) -> Self {
        Self::join_declared(files, facts, names, vocabulary, Declarations::default())
    }

    /// Joins the facts of all files, with what users declared about them.
    pub fn join_declared(
        files: Vec<File>,
        facts: Vec<Facts>,
        names: Vec<String>,
        mut vocabulary: Vocabulary,
        declarations: Declarations,
    ) -> Self {
        let manifests = Manifests::read(&files, &facts, &names);
        let mut modules = Modules::of(files.iter());
        for alias in &manifests.aliases {
            modules.add_alias(alias.clone());
        }
        for package in &manifests.packages {
            modules.add_declared(package);
        }
        let units: Vec<Unit> = files
            .into_par_iter()
            .zip(facts)
            .map(|(mut file, facts)| {
                // What a report shows of the source comes from here.
                if let Cow::Owned(text) = masked(&file.text, &facts.secrets, &facts.credentials) {
                    file.text = text.into();
                }
                let index = Index::of(&facts);
                Unit {
                    file,
                    facts,
                    index,
                    memory: names::Memory::default(),
                    calls: Vec::new(),
                    calls_of: Vec::new(),
                    calls_in_order: Vec::new(),
                }
            })
            .collect();
        let packages = packages::Packages::of(&units);
        let templates = templates::Templates::of(&units);
        vocabulary.keep_used(|library| is_used(library, &units, &manifests));
        let mut project = Self {
            units,
            vocabulary,
            modules,
            packages,
            templates,
            names,
            callers: BTreeMap::new(),
            flows: flow::Flows::default(),
            manifests,
            client: Client::default(),
            declarations,
            routes: Vec::new(),
            exposures: Exposures::default(),
            jobs: Vec::new(),
            routes_by_handler: BTreeMap::new(),
            implementations: BTreeMap::new(),
            types_of_implementations: BTreeMap::new(),
            subtypes: BTreeMap::new(),
            kept_functions: BTreeMap::new(),
            schema: schema::Schema::default(),
            entities: entities::Entities::default(),
            macros: BTreeMap::new(),
            tests: Vec::new(),
        };
        project.client = Client::of(&project);
        project.move_components_to_browser();
        project.resolve_implementations();
        project.resolve_macros();
        project.remember_names();
        project.resolve_subtypes();
        project.resolve_interfaces();
        project.resolve_kept_functions();
        project.resolve_calls();
        (project.jobs, project.routes) =
            routes::collect(&project).into_iter().partition(Route::is_job);
        for (number, route) in project.routes.iter().enumerate() {
            if let Some(handler) = route.handler {
                project.routes_by_handler.entry(handler).or_default().push(number);
            }
        }
        exposure::resolve(&mut project);
        project.schema = schema::Schema::of(&project);
        project.entities = entities::Entities::of(&project, &project.schema);
        project.flows = flow::collect(&project);
        project.tests = tests::collect(&project);
        project
    }

    /// A component that a browser's bundle brings along runs there, wherever its folder says it belongs.
    fn move_components_to_browser(&mut self) {
        for (file, unit) in (0_u32..).map(FileId).zip(&mut self.units) {
            let is_component = unit.file.path.ends_with(".tsx") || unit.file.path.ends_with(".jsx");
            if is_component && self.client.has(file) {
                unit.file.runtime = Runtime::Browser;
            }
        }
    }

    fn resolve_calls(&mut self) {
        let resolved: Vec<Vec<ResolvedCall>> = (0..self.units.len())
            .into_par_iter()
            .map(|number| {
                let file = FileId(u32::try_from(number).unwrap_or(u32::MAX));
                let calls =
                    self.units[number].facts.expressions().filter_map(|(id, expression)| {
                        let ExpressionKind::Call { callee, style, .. } = expression.kind else {
                            return None;
                        };
                        let mut target = self.resolve_value(In { file, id: callee });
                        // Macros have names of their own: `routes![…]` is not the function `routes`.
                        if let (
                            CallStyle::Macro,
                            ExpressionKind::Name(name),
                            Definition::Function(_),
                        ) = (style, &self.units[number].facts[callee].kind, &target)
                        {
                            target = Definition::External(name.clone());
                        }
                        let path = self.path_of(&target);
                        let means = self.meanings_of(&path, self.units[number].file.language);
                        Some(ResolvedCall { id, path, target, means })
                    });
                calls.collect()
            })
            .collect();
        for (unit, calls) in self.units.iter_mut().zip(resolved) {
            unit.calls_in_order = in_order(unit, &calls);
            unit.calls_of = calls_by_function(unit, &calls);
            unit.calls = calls;
        }
        for (file, unit) in (0_u32..).map(FileId).zip(&self.units) {
            for (number, call) in (0_u32..).zip(&unit.calls) {
                if let Definition::Function(function) = call.target {
                    self.callers.entry(function).or_default().push((file, number));
                }
            }
        }
        self.add_callers_of_many();
    }

    /// The calls of a function of this project, in file order.
    pub fn callers(&self, function: FunctionRef) -> impl Iterator<Item = Call<'_>> {
        let callers = self.callers.get(&function).into_iter().flatten();
        callers.map(|&(file, number)| Call::new(self, file, number as usize))
    }

    /// Those that run where the function runs: a test may build an application of its own around what ships.
    pub fn callers_beside(&self, function: FunctionRef) -> impl Iterator<Item = Call<'_>> {
        let ships = self.file(function.file).is_shipped();
        self.callers(function).filter(move |call| !ships || call.source_file().is_shipped())
    }

    /// Which values reach which effects.
    pub fn flows(&self) -> &flow::Flows {
        &self.flows
    }

    fn meanings_of(&self, path: &str, language: Language) -> Vec<(Meaning, u32)> {
        let rows = self.vocabulary.rows_of(path);
        rows.iter()
            .filter(|(_, row)| row.is_for(language))
            .flat_map(|(number, row)| row.means.iter().map(|&meaning| (meaning, *number)))
            .collect()
    }

    /// All files with their numbers, in path order.
    pub fn units(&self) -> impl Iterator<Item = (FileId, &Unit)> {
        (0_u32..).map(FileId).zip(&self.units)
    }

    pub fn unit(&self, file: FileId) -> &Unit {
        &self.units[file.0 as usize]
    }

    pub fn file(&self, file: FileId) -> &File {
        &self.unit(file).file
    }

    pub fn facts(&self, file: FileId) -> &Facts {
        &self.unit(file).facts
    }

    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What manifests, lock files, workflows and containers declare.
    pub fn manifests(&self) -> &Manifests {
        &self.manifests
    }

    /// The files that ship to a browser.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What users declared about guards and routes.
    pub fn declarations(&self) -> &Declarations {
        &self.declarations
    }

    /// Every way in that a request takes, sorted by place.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// How the applications are reached from outside, as their deployment shows it.
    pub fn exposures(&self) -> &Exposures {
        &self.exposures
    }

    /// Every way in that no request takes, sorted by place: what runs at times, or takes work from a queue.
    pub fn jobs(&self) -> &[Route] {
        &self.jobs
    }

    /// The ways in that a function answers.
    pub fn routes_of(&self, handler: FunctionRef) -> impl Iterator<Item = &Route> {
        let numbers = self.routes_by_handler.get(&handler).into_iter().flatten();
        numbers.map(|&number| &self.routes[number])
    }

    /// The database as its migrations leave it.
    pub fn schema(&self) -> &schema::Schema {
        &self.schema
    }

    /// The things that are stored.
    pub fn entities(&self) -> &entities::Entities {
        &self.entities
    }

    /// Every test, sorted by place.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// The file at `path`, relative to the root.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        self.modules.file(path)
    }

    /// The paths of all files that exist, whether they were read or not.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All calls of the project, in file order.
    pub fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        self.units().flat_map(|(file, _)| self.calls_in(file))
    }

    /// The calls of one file, in the order of its expressions.
    pub fn calls_in(&self, file: FileId) -> impl Iterator<Item = Call<'_>> {
        (0..self.unit(file).calls.len()).map(move |number| Call::new(self, file, number))
    }

    /// All calls with a meaning.
    pub fn calls_with(&self, meaning: Meaning) -> impl Iterator<Item = Call<'_>> {
        self.calls().filter(move |call| call.means(meaning))
    }

    /// The call that `expression` is, if it is one.
    pub fn call(&self, expression: ExpressionRef) -> Option<Call<'_>> {
        let calls = &self.unit(expression.file).calls;
        let number = calls.binary_search_by_key(&expression.id, |call| call.id).ok()?;
        Some(Call::new(self, expression.file, number))
    }

    /// All functions of the project, top levels included.
    pub fn functions(&self) -> impl Iterator<Item = Body<'_>> {
        self.units().flat_map(move |(file, unit)| {
            unit.facts.functions().map(move |(id, _)| self.body(In { file, id }))
        })
    }

    pub fn body(&self, function: FunctionRef) -> Body<'_> {
        Body::new(self, function)
    }

    pub fn value(&self, expression: ExpressionRef) -> Value<'_> {
        Value::new(self, expression)
    }

    pub fn class(&self, class: ClassRef) -> Type<'_> {
        Type::new(self, class)
    }

    /// The place of a span.
    pub fn location(&self, file: FileId, span: Span) -> Location {
        Location { file, span }
    }

    /// The line, from 1, at which a location starts.
    pub fn line(&self, location: Location) -> u32 {
        self.file(location.file).lines.line_of(location.span.start)
    }

    /// The qualified name of the function or class that encloses a location; empty at the top level.
    pub fn symbol_at(&self, location: Location) -> String {
        let facts = self.facts(location.file);
        let mut enclosing: Vec<_> = facts
            .functions()
            .skip(1)
            .filter(|(_, function)| function.span.contains(location.span))
            .filter(|(_, function)| !function.name.is_empty())
            .collect();
        enclosing.sort_by_key(|(_, function)| function.span.start);
        let mut names: Vec<&str> = Vec::new();
        for (_, function) in enclosing {
            if let Some(class) = function.class.filter(|_| names.is_empty()) {
                names.push(&facts[class].name);
            }
            names.push(&function.name);
        }
        names.join(".")
    }
}

/// Does any file import this library, or any manifest declare it?
fn is_used(library: &str, units: &[Unit], manifests: &Manifests) -> bool {
    let mut imports = units.iter().flat_map(|unit| &unit.facts.imports);
    let is_imported = imports.any(|import| {
        let rest = import.module.strip_prefix(library);
        rest.is_some_and(|rest| !rest.starts_with(|first: char| first.is_alphanumeric()))
    });
    is_imported || manifests.dependencies_called(library).next().is_some()
}

fn in_order(unit: &Unit, calls: &[ResolvedCall]) -> Vec<(Span, u32)> {
    let mut in_order: Vec<(Span, u32)> =
        (0_u32..).zip(calls).map(|(number, call)| (unit.facts[call.id].span, number)).collect();
    in_order.sort_unstable();
    in_order
}

fn calls_by_function(unit: &Unit, calls: &[ResolvedCall]) -> Vec<Vec<u32>> {
    let mut by_function = vec![Vec::new(); unit.facts.functions.len()];
    for &(_, number) in &unit.calls_in_order {
        let function = unit.index.expression(calls[number as usize].id).function;
        by_function[function.0 as usize].push(number);
    }
    by_function
}
