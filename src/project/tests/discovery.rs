//! Which functions are tests, by the conventions of each language's frameworks.

use super::{Skip, SkipKind};
use crate::{
    facts::{ExpressionKind, Language, Role, StatementKind, Text, vocabulary::Meaning},
    project::{
        Body, Call, ClassRef, Definition, FileId, FunctionRef, In, Location, Project, Value,
    },
};

/// A test as it was found.
pub(super) struct Found {
    pub body: FunctionRef,
    pub title: Text,
    pub location: Location,
    pub skip: Option<Skip>,
}

/// How many base classes are followed upwards.
const BASES_MAX: usize = 6;

pub(super) fn all(project: &Project) -> Vec<Found> {
    let mut found = Vec::new();
    for (file, unit) in project.units() {
        let is_test = unit.file.role == Role::Test;
        match unit.file.language {
            Language::Python if is_test => python(project, file, &mut found),
            language if language.is_script() && is_test => script(project, file, &mut found),
            // Rust keeps unit tests beside the code.
            Language::Rust => annotated(project, file, &mut found),
            Language::Java if is_test => annotated(project, file, &mut found),
            Language::Go if unit.file.name().ends_with("_test.go") => {
                go(project, file, &mut found);
            }
            _ => {}
        }
    }
    found
}

fn functions(project: &Project, file: FileId) -> impl Iterator<Item = Body<'_>> {
    let functions = project.facts(file).functions().skip(1);
    functions.map(move |(id, _)| project.body(In { file, id }))
}

fn of_function(body: Body<'_>, skip: Option<Skip>) -> Found {
    Found { body: body.at, title: body.name(), location: body.location(), skip }
}

/// Functions called `test…` in files that the runner collects, and methods of test classes.
fn python(project: &Project, file: FileId, found: &mut Vec<Found>) {
    let name = project.file(file).name();
    let is_collected = name.starts_with("test") || name.ends_with("_test.py");
    for body in functions(project, file) {
        let function = body.function();
        if !function.name.starts_with("test") || has_decorator(body, |name| name == "fixture") {
            continue;
        }
        let is_test = match body.class() {
            Some(class) => {
                is_collected && class.name().starts_with("Test")
                    || is_suite(project, class.at, BASES_MAX)
            }
            None => is_collected && function.parent == Some(crate::facts::Facts::TOP_LEVEL),
        };
        if is_test {
            let of_class = body.class().and_then(|class| {
                let decorators = class.class().decorators.iter();
                skipped_by(decorators.map(|&id| project.value(In { file, id })))
            });
            found.push(of_function(body, skipped_by(body.decorators()).or(of_class)));
        }
    }
}

fn is_suite(project: &Project, class: ClassRef, depth: usize) -> bool {
    let bases = &project.class(class).class().bases;
    bases.iter().any(|&base| match project.resolve(In { file: class.file, id: base }) {
        Definition::External(path) => project.vocabulary().has(&path, Meaning::TestSuite),
        Definition::Class(base) => depth > 0 && is_suite(project, base, depth - 1),
        _ => false,
    })
}

/// Functions with an attribute or annotation that makes them tests.
fn annotated(project: &Project, file: FileId, found: &mut Vec<Found>) {
    for body in functions(project, file) {
        let is_test = body.decorators().any(|decorator| {
            project.vocabulary().has(&decorator_path(decorator), Meaning::TestCase)
        });
        if is_test {
            let of_class = body.class().and_then(|class| {
                let decorators = class.class().decorators.iter();
                skipped_by(decorators.map(|&id| project.value(In { file, id })))
            });
            found.push(of_function(body, skipped_by(body.decorators()).or(of_class)));
        }
    }
}

/// `func TestName(t *testing.T)`; subtests belong to the test that they stand in.
fn go(project: &Project, file: FileId, found: &mut Vec<Found>) {
    for body in functions(project, file) {
        let function = body.function();
        let rest = function.name.strip_prefix("Test").or(function.name.strip_prefix("Fuzz"));
        let is_exported = rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_lowercase()));
        let takes_test = function.plain_parameters().count() == 1;
        if is_exported && takes_test && function.name != "TestMain" {
            found.push(of_function(body, skipped_first(body)));
        }
    }
}

/// `it("does", () => { … })` and its relatives.
fn script(project: &Project, file: FileId, found: &mut Vec<Found>) {
    for call in project.calls_in(file).filter(|call| call.means(Meaning::TestCase)) {
        let Some(title) = call.argument(0).and_then(title_of) else { continue };
        let values: Vec<Value<'_>> = call.positional().collect();
        let body = values.iter().rev().find_map(|value| value.as_function());
        let skip = skipped_call(call).or_else(|| {
            let mut outer = call.enclosing_suites().into_iter();
            outer.find_map(skipped_call)
        });
        match body {
            Some(body) => {
                found.push(Found { body: body.at, title, location: call.location(), skip });
            }
            None if skip.is_some_and(|skip| skip.kind == SkipKind::Planned) => {
                let body = call.function().at;
                found.push(Found { body, title, location: call.location(), skip });
            }
            None => {}
        }
    }
}

fn title_of(value: Value<'_>) -> Option<Text> {
    match value.kind() {
        ExpressionKind::Text(text) => Some(text.clone()),
        ExpressionKind::Concat(_) | ExpressionKind::Name(_) | ExpressionKind::Member { .. } => {
            Some(value.source().into())
        }
        _ => None,
    }
}

/// The names of a decorator: `pytest.mark.skip`, `ignore`, also when it is called.
pub(super) fn decorator_path(decorator: Value<'_>) -> Text {
    match decorator.as_call() {
        Some(call) => call.path().into(),
        None => decorator.path(),
    }
}

pub(super) fn has_decorator(body: Body<'_>, is_wanted: impl Fn(&str) -> bool) -> bool {
    body.decorators().any(|decorator| {
        let path = decorator_path(decorator);
        is_wanted(path.rsplit('.').next().unwrap_or_default())
    })
}

fn skipped_by<'p>(decorators: impl Iterator<Item = Value<'p>>) -> Option<Skip> {
    let mut decorators = decorators;
    decorators.find_map(|decorator| {
        let path = decorator_path(decorator);
        let last = path.rsplit('.').next().unwrap_or_default();
        let is_skip = matches!(last, "skip" | "ignore" | "Ignore" | "Disabled");
        let call = decorator.as_call();
        let has_reason = call.is_some_and(|call| !call.arguments().is_empty())
            || decorator.source().contains('=');
        let location = decorator.location();
        is_skip.then_some(Skip { kind: SkipKind::Always, location, has_reason })
    })
}

fn skipped_call(call: Call<'_>) -> Option<Skip> {
    let source = call.callee_value().source();
    let mut segments = source.split(['.', '(']).map(str::trim);
    let first = segments.next().unwrap_or_default();
    let kind = if matches!(first, "xit" | "xtest" | "xdescribe" | "xcontext") {
        SkipKind::Always
    } else if matches!(first, "fit" | "fdescribe") {
        SkipKind::Only
    } else {
        segments.find_map(|segment| match segment {
            "skip" | "fixme" => Some(SkipKind::Always),
            "todo" => Some(SkipKind::Planned),
            "only" => Some(SkipKind::Only),
            _ => None,
        })?
    };
    Some(Skip { kind, location: call.location(), has_reason: false })
}

/// `t.Skip()` as the first thing that a test does.
fn skipped_first(body: Body<'_>) -> Option<Skip> {
    let facts = &body.unit().facts;
    let &first = body.function().body.first()?;
    let StatementKind::Expression(id) = facts[first].kind else { return None };
    let call = body.project.call(In { file: body.at.file, id })?;
    let is_skip = matches!(call.name(), "Skip" | "SkipNow" | "Skipf");
    let has_reason = !call.arguments().is_empty();
    is_skip.then(|| Skip { kind: SkipKind::Always, location: call.location(), has_reason })
}

impl<'p> Call<'p> {
    /// The suites around a test, innermost first: calls whose function argument it stands in.
    fn enclosing_suites(self) -> Vec<Call<'p>> {
        let unit = self.project.unit(self.file);
        let mut suites = Vec::new();
        let mut function = unit.index.expression(self.id()).function;
        while function != crate::facts::Facts::TOP_LEVEL {
            if let Some(literal) = unit.index.literal_of(function) {
                let ancestors = unit.index.ancestors(literal);
                let calls =
                    ancestors.filter_map(|id| self.project.call(In { file: self.file, id }));
                suites.extend(calls.filter(|call| call.means(Meaning::TestSuite)));
            }
            match unit.facts[function].parent {
                Some(parent) => function = parent,
                None => break,
            }
        }
        suites
    }
}
