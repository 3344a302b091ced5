//! What of the shipped code a test uses: itself, through a helper, a fixture or its set-up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::assertions::AssignedNames;
use super::discovery::{decorator_path, has_decorator};
use crate::{
    facts::{
        ClassId, ExpressionId, ExpressionKind, Facts, FunctionId, Language, Pattern, Role, Runtime,
        StatementKind, Text, vocabulary::Meaning,
    },
    project::{Call, Definition, FileId, FunctionRef, In, Origin, Project, Value},
};

/// How far helpers are followed: a helper may call another.
const HELPERS_MAX: usize = 2;

/// Functions that run before each test, by their names.
const SET_UP: [&str; 16] = [
    "setUp",
    "setup",
    "set_up",
    "setUpClass",
    "setup_method",
    "setup_class",
    "setup_module",
    "setUpTestData",
    "asyncSetUp",
    "beforeEach",
    "beforeAll",
    "before",
    "BeforeEach",
    "BeforeAll",
    "Before",
    "BeforeClass",
];

/// What one test reaches.
pub(super) struct Reach {
    /// The functions in which its own assertions stand: itself, what is written in it, its helpers.
    pub scope: Vec<FunctionRef>,
    /// Functions of shipped code.
    pub functions: Vec<FunctionRef>,
    pub touches: bool,
}

/// Reads tests one after the other and remembers what many of them share.
pub(super) struct Reader<'p> {
    project: &'p Project,
    files: HashMap<FileId, FileNotes>,
    /// What each function uses directly.
    used: HashMap<FunctionRef, Used>,
    /// What names stand for that are not declared where they are used, by the function that declares
    /// them; none for those of another file.
    names: HashMap<(FileId, Option<FunctionId>, Text), Definition>,
    is_served: bool,
}

/// What is asked of one file more than once.
struct FileNotes {
    expressions: Vec<Vec<ExpressionId>>,
    children: Vec<Vec<FunctionId>>,
    assigned: AssignedNames,
    touches: bool,
}

/// What one function uses directly.
#[derive(Clone, Default)]
struct Used {
    functions: Vec<FunctionRef>,
    helpers: Vec<FunctionRef>,
    touches: bool,
}

impl Used {
    fn touches(&self) -> bool {
        self.touches || !self.functions.is_empty()
    }
}

impl<'p> Reader<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        let is_served = project.units().any(|(_, unit)| {
            let runtimes = [Runtime::Server, Runtime::Browser, Runtime::Edge];
            unit.file.is_shipped() && runtimes.contains(&unit.file.runtime)
        });
        Self {
            project,
            files: HashMap::new(),
            used: HashMap::new(),
            names: HashMap::new(),
            is_served,
        }
    }

    pub(super) fn assigned_names(&mut self, file: FileId) -> &AssignedNames {
        &self.notes(file).assigned
    }

    /// Does the file import anything that ships?
    pub(super) fn file_touches(&mut self, file: FileId) -> bool {
        self.notes(file).touches
    }

    pub(super) fn read(&mut self, test: FunctionRef) -> Reach {
        let mut scope = self.with_nested(test);
        let mut functions = BTreeSet::new();
        let mut touches = false;
        let mut first = 0;
        for depth in 0..=HELPERS_MAX {
            let end = scope.len();
            for at in first..end {
                let used = self.used(scope[at]);
                touches |= used.touches;
                functions.extend(used.functions);
                for helper in used.helpers {
                    if depth < HELPERS_MAX && !scope.contains(&helper) {
                        let all = self.with_nested(helper);
                        scope.extend(all);
                    }
                }
            }
            first = end;
        }
        for context in self.context(test) {
            for function in self.with_nested(context) {
                let used = self.used(function);
                touches |= used.touches();
                for helper in used.helpers {
                    touches |= self.used(helper).touches();
                }
            }
        }
        let functions: Vec<FunctionRef> = functions.into_iter().collect();
        touches |= !functions.is_empty();
        Reach { scope, functions, touches }
    }

    fn notes(&mut self, file: FileId) -> &FileNotes {
        let project = self.project;
        self.files.entry(file).or_insert_with(|| FileNotes::of(project, file))
    }

    /// A function and all that are written inside it.
    fn with_nested(&mut self, function: FunctionRef) -> Vec<FunctionRef> {
        let children = &self.notes(function.file).children;
        let mut all = vec![function.id];
        let mut next = 0;
        while let Some(id) = all.get(next) {
            all.extend(&children[id.0 as usize]);
            next += 1;
        }
        all.into_iter().map(|id| In { file: function.file, id }).collect()
    }

    /// What runs before a test: set-up in its class and around it, and fixtures that it asks for.
    fn context(&mut self, test: FunctionRef) -> Vec<FunctionRef> {
        let project = self.project;
        let facts = project.facts(test.file);
        let mut found: Vec<FunctionRef> = Vec::new();
        let body = project.body(test);
        if let Some(class) = body.class() {
            found.extend(set_up_methods(project, class.at, 4));
        }
        let mut outer = facts[test.id].parent;
        while let Some(function) = outer {
            let around = project.body(In { file: test.file, id: function });
            for call in around.calls().filter(|call| SET_UP.contains(&call.name())) {
                found.extend(call.positional().filter_map(|value| Some(value.as_function()?.at)));
            }
            outer = facts[function].parent;
        }
        if project.file(test.file).language == Language::Python {
            let mut next = 0;
            let mut asking = vec![test];
            while let Some(&function) = asking.get(next) {
                next += 1;
                for fixture in fixtures_of(project, function, test.file) {
                    if !asking.contains(&fixture) && asking.len() < 16 {
                        asking.push(fixture);
                    }
                }
            }
            found.extend(asking.into_iter().skip(1));
        }
        found
    }

    fn used(&mut self, function: FunctionRef) -> Used {
        if let Some(known) = self.used.get(&function) {
            return known.clone();
        }
        let project = self.project;
        let ids = self.notes(function.file).expressions[function.id.0 as usize].clone();
        let mut used = Used::default();
        for id in ids {
            self.use_of(project.value(In { file: function.file, id }), &mut used);
        }
        let is_served = self.is_served;
        let asks = |call: Call<'_>| {
            call.means(Meaning::TestClient) && super::requests::is_asking(call.name())
        };
        used.touches |= is_served && project.body(function).calls().any(asks);
        self.used.insert(function, used.clone());
        used
    }

    /// What a name stands for that the function itself does not declare: what it declares is made of
    /// expressions that are looked at anyway.
    fn outer_name(&mut self, value: Value<'p>, name: &Text) -> Option<Definition> {
        let unit = value.project.unit(value.at.file);
        let own = unit.index.expression(value.at.id).function;
        let mut next = Some(own);
        while let Some(function) = next {
            if !unit.index.declarations(function, name).is_empty() {
                break;
            }
            next = unit.facts[function].parent;
        }
        if next == Some(own) && own != Facts::TOP_LEVEL {
            return None;
        }
        let key = (value.at.file, next, name.clone());
        let resolve = || value.project.resolve_value(value.at);
        Some(self.names.entry(key).or_insert_with(resolve).clone())
    }

    /// Notes what an expression stands for, if that is code of this project.
    fn use_of(&mut self, value: Value<'p>, used: &mut Used) {
        let project = self.project;
        let definition = match value.kind() {
            ExpressionKind::Call { .. } => match project.call(value.at) {
                Some(call) => call.target().clone(),
                None => return,
            },
            ExpressionKind::Name(name) => match field_type(value, name) {
                Some(of_field) => of_field,
                None => match self.outer_name(value, name) {
                    Some(definition) => definition,
                    None => return,
                },
            },
            ExpressionKind::Element { name, .. } => {
                used.touches |= imports_shipped(project, value.at.file, name);
                return;
            }
            _ => return,
        };
        match definition {
            Definition::Function(function) if is_production(project, function) => {
                used.functions.push(function);
            }
            Definition::Function(function) => {
                let is_call = matches!(value.kind(), ExpressionKind::Call { .. });
                if is_call && project.file(function.file).role == Role::Test {
                    used.helpers.push(function);
                } else if is_call {
                    used.helpers.extend((function.file == value.at.file).then_some(function));
                }
            }
            Definition::Class(class) | Definition::Instance(class) => {
                used.touches |=
                    class.file != value.at.file && project.file(class.file).is_shipped();
            }
            Definition::Module(file) => used.touches |= project.file(file).is_shipped(),
            Definition::Value(at) => {
                used.touches |= at.file != value.at.file && project.file(at.file).is_shipped();
            }
            Definition::External(path) => {
                used.touches |= is_of_package(project, value.at.file, &path);
                if let Origin::Created(at) = project.origin(value.at) {
                    used.touches |= at.file != value.at.file && project.file(at.file).is_shipped();
                }
            }
            _ => {}
        }
    }
}

impl FileNotes {
    fn of(project: &Project, file: FileId) -> Self {
        let unit = project.unit(file);
        let facts = &unit.facts;
        let mut expressions = vec![Vec::new(); facts.functions.len()];
        for (id, _) in facts.expressions() {
            expressions[unit.index.expression(id).function.0 as usize].push(id);
        }
        let mut children = vec![Vec::new(); facts.functions.len()];
        for (id, function) in facts.functions().skip(1) {
            if let Some(parent) = function.parent.filter(|parent| *parent != Facts::TOP_LEVEL) {
                children[parent.0 as usize].push(id);
            }
        }
        let touches = facts.imports.iter().filter(|import| !import.type_only).any(|import| {
            let module = project.modules().resolve(&unit.file, &import.module);
            module.is_some_and(|module| project.file(module).is_shipped())
        });
        Self { expressions, children, assigned: assigned(facts), touches }
    }
}

fn assigned(facts: &Facts) -> AssignedNames {
    let mut seen: BTreeMap<Text, u32> = BTreeMap::new();
    for statement in &facts.statements {
        if let StatementKind::Bind { target: Pattern::Name(name), .. } = &statement.kind {
            *seen.entry(name.clone()).or_default() += 1;
        }
    }
    for (_, expression) in facts.expressions() {
        if let ExpressionKind::Assign { target, .. } = &expression.kind
            && let ExpressionKind::Name(name) = &facts[*target].kind
        {
            *seen.entry(name.clone()).or_default() += 2;
        }
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

/// Shipped code, and not a test that stands beside it.
fn is_production(project: &Project, function: FunctionRef) -> bool {
    project.file(function.file).is_shipped() && !is_test_only(project, function)
}

/// Rust: compiled for tests only.
fn is_test_only(project: &Project, function: FunctionRef) -> bool {
    let facts = project.facts(function.file);
    let mut next = Some(function.id);
    while let Some(id) = next {
        let body = project.body(In { file: function.file, id });
        let is_conditional = body.decorators().any(|decorator| {
            let path = decorator_path(decorator);
            let source = decorator.source();
            &*path == "cfg" && source.contains("test") && !source.contains("not(test")
                || project.vocabulary().has(&path, Meaning::TestCase)
        });
        if is_conditional {
            return true;
        }
        next = facts[id].parent;
    }
    false
}

fn imports_shipped(project: &Project, file: FileId, name: &str) -> bool {
    let local = name.split('.').next().unwrap_or_default();
    let unit = project.unit(file);
    let import = unit.facts.imports.iter().find(|import| import.local == local);
    let module = import.and_then(|import| project.modules().resolve(&unit.file, &import.module));
    module.is_some_and(|module| project.file(module).is_shipped())
}

/// The type of a field of the enclosing class that is named without `this` (Java).
fn field_type(value: Value<'_>, name: &str) -> Option<Definition> {
    let project = value.project;
    if project.file(value.at.file).language != Language::Java {
        return None;
    }
    let class = value.function().class()?;
    let field = class.class().fields.iter().find(|field| field.name == name)?;
    Some(project.instance_of(In { file: value.at.file, id: field.annotation? }))
}

/// Java: is there a shipped class of this name in the same package, below another source folder?
fn is_of_package(project: &Project, test: FileId, path: &str) -> bool {
    let file = project.file(test);
    if file.language != Language::Java {
        return false;
    }
    let name = path.split(['.', '(']).next().unwrap_or_default();
    let package = file.folder().split_once("/java/").map_or("", |(_, package)| package);
    let shipped = file.folder().split_once("src/test/java").map(|(root, _)| root);
    let beside = format!("{}src/main/java/{package}/{name}.java", shipped.unwrap_or_default());
    project.file_at(&beside).is_some()
}

fn set_up_methods(project: &Project, class: In<ClassId>, depth: usize) -> Vec<FunctionRef> {
    let of_class = project.class(class);
    let mut found: Vec<FunctionRef> = of_class
        .methods()
        .filter(|body| {
            SET_UP.contains(&body.function().name.as_str())
                || has_decorator(*body, |name| SET_UP.contains(&name))
                || has_decorator(*body, |name| name == "fixture")
        })
        .map(|body| body.at)
        .collect();
    for &base in of_class.class().bases.iter().filter(|_| depth > 0) {
        if let Definition::Class(base) = project.resolve(In { file: class.file, id: base }) {
            found.extend(set_up_methods(project, base, depth - 1));
        }
    }
    found
}

/// The fixtures that a function of pytest asks for by the names of its parameters: of its file, of the
/// `conftest.py` beside it or above it; nearest first.
fn fixtures_of(project: &Project, function: FunctionRef, test: FileId) -> Vec<FunctionRef> {
    let parameters = project.body(function).function().plain_parameters();
    let names: Vec<&Text> = parameters.filter_map(|parameter| parameter.name()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let mut files = vec![test];
    let mut folder = project.file(test).folder();
    loop {
        let path = if folder.is_empty() {
            "conftest.py".to_owned()
        } else {
            format!("{folder}/conftest.py")
        };
        files.extend(project.file_at(&path));
        match folder.rsplit_once('/') {
            Some((parent, _)) => folder = parent,
            None if folder.is_empty() => break,
            None => folder = "",
        }
    }
    let is_fixture =
        |function: &FunctionRef| has_decorator(project.body(*function), |name| name == "fixture");
    let named = |name: &str| {
        files.iter().find_map(|&file| {
            let facts = project.facts(file);
            let found = facts.functions().find(|(_, function)| function.name == name);
            found.map(|(id, _)| In { file, id }).filter(is_fixture)
        })
    };
    names.into_iter().filter_map(|name| named(name)).collect()
}
