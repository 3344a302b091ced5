//! What a name stands for: a definition of this project, or the canonical path of something outside.

mod bindings;
mod elements;
mod go;
mod interfaces;
mod kept;
mod members;
mod memo;
mod modules;
mod types;

pub(super) use memo::Memory;
use memo::Noted;
use modules::required_module;

use super::{
    ClassRef, Declaration, ExpressionRef, FileId, FunctionRef, In, Project, Step,
    index::enclosing_class, modules::folder_of,
};
use crate::facts::{ClassId, ClassKind, ExpressionKind, Facts, ParameterKind, StatementKind, Text};

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// Something outside this project, by its canonical path: `express.Router().get`.
    External(Text),
    Function(FunctionRef),
    Class(ClassRef),
    /// A value of a class of this project.
    Instance(ClassRef),
    /// What a constructor function makes: `new Handler()` of `function Handler() { this.show = … }`.
    Constructed(FunctionRef),
    /// A file, as a module; calling it calls its default export.
    Module(FileId),
    /// A folder that is a package (Go), by its path.
    Package(Text),
    /// A value written in this project: an object, a list, a literal.
    Value(ExpressionRef),
    /// A parameter of a function, by position.
    Parameter(FunctionRef, u32),
    Unknown,
}

/// How many steps one resolution may take. Real chains need fewer than thirty; cycles must end.
const STEPS_MAX: u32 = 96;

/// Paths with more segments are cut: only generated call chains have them.
const PATH_BYTES_MAX: usize = 400;

impl Project {
    /// What an expression stands for.
    pub fn resolve(&self, expression: ExpressionRef) -> Definition {
        Resolver::new(self).expression(expression)
    }

    /// Where the value of an expression was made.
    pub fn origin(&self, expression: ExpressionRef) -> Origin {
        let mut resolver = Resolver::new(self);
        let found = resolver.expression(expression);
        let found = resolver.default_of(found);
        match (found, resolver.origin.origin()) {
            (Definition::Parameter(function, position), _) => Origin::Parameter(function, position),
            (_, Some(Origin::Parameter(function, position))) => {
                Origin::Parameter(function, position)
            }
            (Definition::External(_) | Definition::Instance(_), Some(origin)) => origin,
            (Definition::Value(at), _) => Origin::Created(at),
            _ => Origin::Unknown,
        }
    }

    /// What an expression stands for where a value is used: a module stands for its default export.
    pub fn resolve_value(&self, expression: ExpressionRef) -> Definition {
        let mut resolver = Resolver::new(self);
        let found = resolver.expression(expression);
        resolver.default_of(found)
    }

    /// The expression that a name was bound to, in this file or in the one it is imported from:
    /// `Annotated[User, Depends(f)]` behind an alias.
    pub fn bound(&self, expression: ExpressionRef) -> Option<ExpressionRef> {
        let mut resolver = Resolver::new(self);
        resolver.expression(expression);
        resolver.bound
    }

    /// What `name` stands for at the top level of `file`, as others see it.
    pub fn resolve_export(&self, file: FileId, name: &str) -> Definition {
        Resolver::new(self).export(file, name)
    }

    /// What `name` stands for in the package of a Go or Java file: a type rather than one of the blocks
    /// of methods that other files add to it.
    fn resolve_in_package(&self, file: FileId, name: &str) -> Definition {
        let folder = folder_of(&self.file(file).path);
        let declares = |file: FileId| {
            let classes = self.facts(file).classes();
            let mut types = classes.filter(|(_, class)| class.kind != ClassKind::Implementation);
            types.find(|(_, class)| class.name == name).map(|(id, _)| In { file, id })
        };
        let found = self.modules.files_in(folder).find_map(declares);
        found.map_or(Definition::Unknown, Definition::Class)
    }

    /// What the annotation of a type stands for, as a value of that type.
    pub fn instance_of(&self, annotation: ExpressionRef) -> Definition {
        Resolver::new(self).instance_of(annotation)
    }

    /// The canonical path of a definition: that of the vocabulary for what lies outside,
    /// `./file#name` for what is defined here, `?` for what is not known.
    pub fn path_of(&self, definition: &Definition) -> Text {
        match definition {
            Definition::External(path) => path.clone(),
            Definition::Function(function) => {
                self.local_path(function.file, &self.body(*function).name())
            }
            Definition::Class(class) => self.local_path(class.file, self.class(*class).name()),
            Definition::Instance(class) => {
                let path = self.local_path(class.file, self.class(*class).name());
                joined(&path, "()")
            }
            Definition::Module(file) => self.local_path(*file, ""),
            Definition::Package(folder) => joined("./", folder),
            Definition::Value(_)
            | Definition::Constructed(_)
            | Definition::Parameter(..)
            | Definition::Unknown => "?".into(),
        }
    }

    fn local_path(&self, file: FileId, name: &str) -> Text {
        let path = &self.file(file).path;
        Text::from(format!("./{path}#{name}"))
    }
}

/// Where a value was made: the identity of an application, router or client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// By this call or literal.
    Created(ExpressionRef),
    /// By whoever calls this function, as the argument at this position.
    Parameter(FunctionRef, u32),
    Unknown,
}

struct Resolver<'p> {
    project: &'p Project,
    steps: u32,
    origin: Noted,
    /// What the first name on the way was bound to.
    bound: Option<ExpressionRef>,
}

impl<'p> Resolver<'p> {
    fn new(project: &'p Project) -> Self {
        Self { project, steps: STEPS_MAX, origin: Noted::Nothing, bound: None }
    }

    fn spend(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    fn look_up(&mut self, at: ExpressionRef) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let facts = self.project.facts(at.file);
        let here = |id| In { file: at.file, id };
        match &facts[at.id].kind {
            ExpressionKind::Name(name) => self.name(at, name),
            ExpressionKind::Member { object, name } => {
                if let Some(module) = self.spelled_module(at) {
                    return module;
                }
                let found = self.expression(here(*object));
                let module = self.project.rust_module(here(*object), &found);
                let inside = self.module_inside(at.file, &found, name);
                inside.unwrap_or_else(|| self.member(&module.unwrap_or(found), name))
            }
            ExpressionKind::Call { callee, arguments, .. } => {
                if let Some(module) = required_module(facts, *callee, arguments) {
                    return self.required(at.file, module);
                }
                let callee = self.expression(here(*callee));
                if let Some(converted) = self.converted(at.file, &callee, arguments) {
                    return converted;
                }
                let result = self.result(&callee);
                if !matches!(callee, Definition::Function(_)) {
                    self.origin = Noted::Origin(Some(Origin::Created(at)));
                }
                result
            }
            ExpressionKind::Await(inner)
            | ExpressionKind::Propagate(inner)
            | ExpressionKind::Spread(inner) => self.expression(here(*inner)),
            ExpressionKind::Cast { value, to } => match self.expression(here(*value)) {
                known if is_known(&known) && !matches!(known, Definition::Parameter(..)) => known,
                _ => self.instance_of(here(*to)),
            },
            ExpressionKind::Function(function) => {
                Definition::Function(In { file: at.file, id: *function })
            }
            ExpressionKind::Class(class) => Definition::Class(In { file: at.file, id: *class }),
            ExpressionKind::Index { object, index } => {
                let object = self.expression(here(*object));
                match &facts[*index].kind {
                    // `Manager["Project"]`: a generic type of one that is defined further down.
                    ExpressionKind::Text(_) if self.is_type(at.file, &object) => object,
                    ExpressionKind::Text(key) => self.member(&object, key),
                    _ => match object {
                        // `globalThis[KEY]`: what the program put there.
                        Definition::External(path)
                            if matches!(path.as_str(), "globalThis" | "global" | "window") =>
                        {
                            Definition::Unknown
                        }
                        // A generic type: `Router<State>` is `Router`.
                        Definition::External(_)
                        | Definition::Class(_)
                        | Definition::Function(_) => object,
                        _ => Definition::Unknown,
                    },
                }
            }
            ExpressionKind::Operation { operands, .. } => {
                // `a || b`, `a ?? b`: whichever is known.
                operands
                    .iter()
                    .map(|&operand| self.expression(here(operand)))
                    .find(is_known)
                    .unwrap_or(Definition::Unknown)
            }
            ExpressionKind::Conditional { then, otherwise, .. } => {
                match self.expression(here(*then)) {
                    known if is_known(&known) => known,
                    _ => self.expression(here(*otherwise)),
                }
            }
            ExpressionKind::Assign { value, operator: None, .. } => self.expression(here(*value)),
            ExpressionKind::Object(_)
            | ExpressionKind::List(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Concat(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::Null
            | ExpressionKind::Regex(_) => Definition::Value(at),
            _ => Definition::Unknown,
        }
    }

    fn name(&mut self, at: ExpressionRef, name: &str) -> Definition {
        let unit = self.project.unit(at.file);
        let use_start = unit.facts[at.id].span.start;
        let mut next = Some(unit.index.expression(at.id).function);
        while let Some(function) = next {
            let scope = FunctionRef { file: at.file, id: function };
            if let Some(found) = self.declared(scope, name, use_start) {
                return found;
            }
            next = unit.facts[function].parent;
        }
        if (name == "this" || name == "self" || name == "Self" || name == "cls")
            && let Some(class) = enclosing_class(&unit.facts, unit.index.expression(at.id).function)
                .map(|(class, _)| class)
                .or_else(|| (name == "Self").then(|| class_around(&unit.facts, use_start))?)
        {
            let class = In { file: at.file, id: class };
            return if name == "Self" || name == "cls" {
                Definition::Class(class)
            } else {
                Definition::Instance(class)
            };
        }
        if let Some(found) = self.member_without_receiver(at, name) {
            return found;
        }
        // What a CommonJS module adds to itself.
        if name == "exports" && unit.file.language.is_script() {
            return Definition::Module(at.file);
        }
        self.beyond_file(at.file, name)
    }

    /// What `name` is declared as in one function, for a use at `use_start`.
    fn declared(&mut self, scope: FunctionRef, name: &str, use_start: u32) -> Option<Definition> {
        let chosen = self.project.declaration_for(scope, name, use_start)?;
        Some(self.declaration(scope, chosen))
    }

    fn declaration(&mut self, scope: FunctionRef, declaration: &Declaration) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let unit = self.project.unit(scope.file);
        let here = |id| In { file: scope.file, id };
        match declaration {
            Declaration::Import(number) => self.import(scope.file, &unit.facts.imports[*number]),
            Declaration::Function(function) => {
                Definition::Function(In { file: scope.file, id: *function })
            }
            Declaration::Class(class) => Definition::Class(In { file: scope.file, id: *class }),
            Declaration::Parameter(number, steps) => {
                let parameter = &unit.facts[scope.id].parameters[*number];
                if parameter.kind == ParameterKind::Receiver
                    && let Some(class) = unit.facts[scope.id].class
                {
                    return Definition::Instance(In { file: scope.file, id: class });
                }
                let position = u32::try_from(*number).unwrap_or(u32::MAX);
                let origin = steps.is_empty().then_some(Origin::Parameter(scope, position));
                self.origin = Noted::Origin(origin);
                let (whole, steps) = parameter
                    .annotation
                    .map(|annotation| self.taken_apart(here(annotation), steps))
                    .filter(|(whole, _)| is_known(whole))
                    .unwrap_or((Definition::Parameter(scope, position), steps));
                self.follow(whole, steps)
            }
            Declaration::Bound { statement, value, steps } => {
                let annotation = match &unit.facts[*statement].kind {
                    StatementKind::Bind { annotation, .. } => *annotation,
                    _ => None,
                };
                if let (Some(value), [], None) = (value, steps.as_slice(), self.bound) {
                    self.bound = Some(here(*value));
                }
                let resolved = value.map(|value| self.expression(here(value)));
                let whole = match (resolved, annotation) {
                    (Some(known), _) if is_known(&known) => known,
                    (_, Some(annotation)) => self.instance_of(here(annotation)),
                    // What an unknown thing yields keeps the names on the way: `?.collection()`.
                    (Some(partly @ Definition::External(_)), None) => partly,
                    _ => Definition::Unknown,
                };
                self.follow(whole, steps)
            }
            Declaration::Element { value, steps } => self.element(here(*value), steps),
            Declaration::Caught(_) => Definition::Unknown,
        }
    }

    fn follow(&mut self, whole: Definition, steps: &[Step]) -> Definition {
        steps.iter().fold(whole, |value, step| match step {
            Step::Field(name) => self.member(&value, name),
            // `x, err := f()` and Rust's `Ok(x)`: the first part is what the call yields.
            Step::Item(0) | Step::Inside => match value {
                Definition::Value(list) => self.item(list, 0),
                other => other,
            },
            Step::Item(number) => match value {
                Definition::Value(list) => self.item(list, *number),
                _ => Definition::Unknown,
            },
            Step::Rest => Definition::Unknown,
        })
    }

    fn item(&mut self, list: ExpressionRef, number: usize) -> Definition {
        match &self.project.facts(list.file)[list.id].kind {
            ExpressionKind::List(items) => match items.get(number) {
                Some(&item) => self.expression(In { file: list.file, id: item }),
                None => Definition::Unknown,
            },
            _ => Definition::Unknown,
        }
    }
}

/// Is anything known beyond "some member of something"?
fn is_known(definition: &Definition) -> bool {
    match definition {
        Definition::Unknown => false,
        Definition::External(path) => !path.starts_with('?'),
        _ => true,
    }
}

fn joined(path: &str, rest: &str) -> Text {
    if path.len() + rest.len() > PATH_BYTES_MAX {
        return path.into();
    }
    let mut text = Text::with_capacity(path.len() + rest.len());
    text.push_str(path);
    text.push_str(rest);
    text
}

/// The innermost class around a place: what a method says that it takes and yields stands outside of the method.
fn class_around(facts: &Facts, place: u32) -> Option<ClassId> {
    let around =
        facts.classes().filter(|(_, class)| class.span.start <= place && place < class.span.end);
    around.max_by_key(|(_, class)| class.span.start).map(|(id, _)| id)
}
