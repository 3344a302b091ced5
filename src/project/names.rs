//! What a name stands for: a definition of this project, or the canonical path of something outside.

mod bindings;
mod go;

use super::{
    ClassRef, Declaration, ExpressionRef, FileId, FunctionRef, In, Project, Step,
    index::enclosing_class, modules::folder_of,
};
use crate::facts::{
    Argument, ClassKind, ExpressionId, ExpressionKind, Facts, Import, Language, Operator,
    ParameterKind, Pattern, StatementKind, Text,
};

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
        match (found, resolver.origin) {
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
    origin: Option<Origin>,
    /// What the first name on the way was bound to.
    bound: Option<ExpressionRef>,
}

impl<'p> Resolver<'p> {
    fn new(project: &'p Project) -> Self {
        Self { project, steps: STEPS_MAX, origin: None, bound: None }
    }

    /// What a module's default export stands for; anything else is itself.
    fn default_of(&mut self, definition: Definition) -> Definition {
        let Definition::Module(file) = definition else { return definition };
        match default_export(self.project.facts(file)) {
            Some(value) if self.spend() => {
                let found = self.expression(In { file, id: value });
                if matches!(found, Definition::Module(_)) { definition } else { found }
            }
            _ => definition,
        }
    }

    fn spend(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    fn expression(&mut self, at: ExpressionRef) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let facts = self.project.facts(at.file);
        let here = |id| In { file: at.file, id };
        match &facts[at.id].kind {
            ExpressionKind::Name(name) => self.name(at, name),
            ExpressionKind::Member { object, name } => {
                let found = self.expression(here(*object));
                let module = self.project.rust_module(here(*object), &found);
                self.member(&module.unwrap_or(found), name)
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
                    self.origin = Some(Origin::Created(at));
                }
                result
            }
            ExpressionKind::Await(inner)
            | ExpressionKind::Propagate(inner)
            | ExpressionKind::Spread(inner) => self.expression(here(*inner)),
            ExpressionKind::Cast { value, to } => match self.expression(here(*value)) {
                Definition::Unknown | Definition::Parameter(..) => self.instance_of(here(*to)),
                known => known,
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

    /// Is this, in Python, a library's class, going by the habit of naming them?
    fn is_type(&self, file: FileId, definition: &Definition) -> bool {
        let is_python = self.project.file(file).language == Language::Python;
        let Definition::External(path) = definition else { return false };
        let last = path.rsplit('.').next().unwrap_or_default();
        is_python && last.starts_with(char::is_uppercase) && !last.ends_with(')')
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
        if name == "this" || name == "self" || name == "Self" || name == "cls" {
            if let Some((class, _)) =
                enclosing_class(&unit.facts, unit.index.expression(at.id).function)
            {
                let class = In { file: at.file, id: class };
                return if name == "Self" || name == "cls" {
                    Definition::Class(class)
                } else {
                    Definition::Instance(class)
                };
            }
        }
        // What a CommonJS module adds to itself.
        if name == "exports" && unit.file.language.is_script() {
            return Definition::Module(at.file);
        }
        self.beyond_file(at.file, name)
    }

    /// What a name stands for that the file itself does not declare: the package's or the language's own.
    fn beyond_file(&mut self, file: FileId, name: &str) -> Definition {
        let unit = self.project.unit(file);
        for import in unit.facts.imports.iter().filter(|import| import.glob) {
            if let Some(module) = self.project.modules.resolve(&unit.file, &import.module) {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        match unit.file.language {
            Language::Go | Language::Java => {
                let folder = unit.file.folder().to_owned();
                self.package_member(&folder, name)
                    .unwrap_or_else(|| Definition::External(name.into()))
            }
            _ => Definition::External(name.into()),
        }
    }

    fn package_member(&mut self, folder: &str, name: &str) -> Option<Definition> {
        let files: Vec<FileId> = self.project.modules.files_in(folder).collect();
        files.into_iter().find_map(|file| {
            let top = FunctionRef { file, id: Facts::TOP_LEVEL };
            let declared = self.project.unit(file).index.declarations(top.id, name);
            let is_import = matches!(declared.first(), Some(Declaration::Import(_)));
            if is_import { None } else { self.declared(top, name, u32::MAX) }
        })
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
                if parameter.kind == ParameterKind::Receiver {
                    if let Some(class) = unit.facts[scope.id].class {
                        return Definition::Instance(In { file: scope.file, id: class });
                    }
                }
                let position = u32::try_from(*number).unwrap_or(u32::MAX);
                self.origin = steps.is_empty().then_some(Origin::Parameter(scope, position));
                let whole = parameter
                    .annotation
                    .map(|annotation| self.instance_of(here(annotation)))
                    .filter(is_known)
                    .unwrap_or(Definition::Parameter(scope, position));
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
                let resolved = value.map(|value| self.expression(here(value))).filter(is_known);
                let whole = resolved
                    .or_else(|| annotation.map(|annotation| self.instance_of(here(annotation))))
                    .unwrap_or(Definition::Unknown);
                self.follow(whole, steps)
            }
            Declaration::Element { .. } | Declaration::Caught(_) => Definition::Unknown,
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

    fn import(&mut self, file: FileId, import: &Import) -> Definition {
        let from = self.project.file(file);
        if from.language == Language::Go {
            return match self.project.modules.go_folder(&import.module) {
                Some(folder) => Definition::Package(folder.into()),
                None => Definition::External(import.module.clone()),
            };
        }
        if from.language == Language::Java {
            return self.java_import(file, import);
        }
        let Some(module) = self.project.modules.resolve(from, &import.module) else {
            // `from package import module`: the name itself may be a file.
            return self.submodule(file, import).unwrap_or_else(|| {
                let name = import.name.as_deref().filter(|name| *name != "default");
                let module = outside_module(&import.module.replace("::", "."));
                Definition::External(match name {
                    Some(name) => joined(&module, &format!(".{name}")),
                    None => module,
                })
            });
        };
        match &import.name {
            None => Definition::Module(module),
            Some(name) => {
                let found = self.export(module, name);
                if is_known(&found) { found } else { self.submodule(file, import).unwrap_or(found) }
            }
        }
    }

    /// `require("./x")` and `import("./x")` in the middle of an expression.
    fn required(&mut self, file: FileId, module: &str) -> Definition {
        match self.project.modules.resolve(self.project.file(file), module) {
            Some(file) => Definition::Module(file),
            None => Definition::External(outside_module(module)),
        }
    }

    fn submodule(&mut self, file: FileId, import: &Import) -> Option<Definition> {
        let from = self.project.file(file);
        let name = import.name.as_deref()?;
        let module = match from.language {
            Language::Python | Language::Notebook if import.module.ends_with('.') => {
                format!("{}{name}", import.module)
            }
            Language::Python | Language::Notebook => format!("{}.{name}", import.module),
            Language::Rust => format!("{}::{name}", import.module),
            _ => return None,
        };
        self.project.modules.resolve(from, &module).map(Definition::Module)
    }

    fn java_import(&mut self, file: FileId, import: &Import) -> Definition {
        let from = self.project.file(file);
        let name = import.name.as_deref().unwrap_or_default();
        let whole = format!("{}.{name}", import.module);
        if let Some(module) = self.project.modules.resolve(from, &whole) {
            let found = self.export(module, name);
            if is_known(&found) {
                return found;
            }
        }
        // A static import: the module is the class.
        if let Some(module) = self.project.modules.resolve(from, &import.module) {
            let class_name = import.module.rsplit('.').next().unwrap_or_default();
            let class = self.export(module, class_name);
            let found = self.member(&class, name);
            if is_known(&found) {
                return found;
            }
        }
        Definition::External(whole.into())
    }

    /// What a module offers under `name`.
    fn export(&mut self, file: FileId, name: &str) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let unit = self.project.unit(file);
        let exports = &unit.facts.exports;
        if let Some(export) = exports.iter().find(|export| export.name == name) {
            if let Some(value) = export.value {
                return self.expression(In { file, id: value });
            }
            if let Some(from) = &export.from {
                let there = export.name_there.as_deref();
                return self.re_export(file, from, there);
            }
        }
        let top = FunctionRef { file, id: Facts::TOP_LEVEL };
        let is_script = unit.file.language.is_script();
        let is_default_object = name != "default" && is_script;
        if is_default_object {
            if let Some(value) = default_export(&unit.facts) {
                let whole = self.expression(In { file, id: value });
                let found = self.member_of_export(&whole, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        if !is_script {
            if let Some(found) = self.declared(top, name, u32::MAX) {
                return found;
            }
        }
        for export in exports.iter().filter(|export| export.name == "*") {
            if let Some(from) = &export.from {
                if let Some(module) = self.project.modules.resolve(&unit.file, from) {
                    let found = self.export(module, name);
                    if is_known(&found) {
                        return found;
                    }
                }
            }
        }
        for import in unit.facts.imports.iter().filter(|import| import.glob && !is_script) {
            if let Some(module) = self.project.modules.resolve(&unit.file, &import.module) {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
            }
        }
        Definition::Unknown
    }

    fn member_of_export(&mut self, whole: &Definition, name: &str) -> Definition {
        match whole {
            Definition::Value(_) | Definition::Instance(_) | Definition::Class(_) => {
                self.member(whole, name)
            }
            _ => Definition::Unknown,
        }
    }

    fn re_export(&mut self, file: FileId, from: &str, there: Option<&str>) -> Definition {
        let importer = self.project.file(file);
        match (self.project.modules.resolve(importer, from), there) {
            (Some(module), Some(name)) => {
                let found = self.export(module, name);
                if is_known(&found) {
                    return found;
                }
                let nested = format!("{from}::{name}");
                match self.project.modules.resolve(importer, &nested) {
                    Some(module) if importer.language == Language::Rust => {
                        Definition::Module(module)
                    }
                    _ => found,
                }
            }
            (Some(module), None) => Definition::Module(module),
            (None, there) => {
                let from = from.replace("::", ".");
                match there.filter(|name| *name != "default") {
                    Some(name) => Definition::External(joined(&from, &format!(".{name}"))),
                    None => Definition::External(from.into()),
                }
            }
        }
    }

    fn member(&mut self, object: &Definition, name: &str) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        match object {
            Definition::External(path) if name == "default" => Definition::External(path.clone()),
            Definition::External(path) => Definition::External(joined(path, &format!(".{name}"))),
            Definition::Module(file) => {
                let found = self.export(*file, name);
                if is_known(&found) { found } else { self.child_module(*file, name) }
            }
            Definition::Package(folder) => {
                let folder = folder.to_string();
                self.package_member(&folder, name).unwrap_or(Definition::Unknown)
            }
            Definition::Class(class) | Definition::Instance(class) => {
                self.class_member(*class, name)
            }
            Definition::Value(value) => self.entry(*value, name),
            Definition::Constructed(function) => self.constructed_member(*function, name),
            Definition::Function(_) => Definition::External(joined("?", &format!(".{name}"))),
            Definition::Parameter(..) | Definition::Unknown => {
                Definition::External(joined("?", &format!(".{name}")))
            }
        }
    }

    /// What a constructor function assigns to `this.name`.
    fn constructed_member(&mut self, function: FunctionRef, name: &str) -> Definition {
        let assigned = self.assigned_to_this(function).find(|(known, _)| *known == name);
        match assigned {
            Some((_, value)) => self.expression(value),
            None => Definition::External(joined("?", &format!(".{name}"))),
        }
    }

    /// The names that a function gives values on `this`.
    fn assigned_to_this(
        &self,
        function: FunctionRef,
    ) -> impl Iterator<Item = (&'p str, ExpressionRef)> + use<'p> {
        let unit = self.project.unit(function.file);
        unit.index.statements_of(function.id).iter().filter_map(move |&statement| {
            let StatementKind::Bind { target: Pattern::Place(place), value: Some(value), .. } =
                &unit.facts[statement].kind
            else {
                return None;
            };
            let ExpressionKind::Member { object, name } = &unit.facts[*place].kind else {
                return None;
            };
            let is_this =
                matches!(&unit.facts[*object].kind, ExpressionKind::Name(this) if this == "this");
            is_this.then_some((name.as_str(), In { file: function.file, id: *value }))
        })
    }

    /// `package.module` where the package does not import it (Python), `module::child` (Rust).
    fn child_module(&mut self, file: FileId, name: &str) -> Definition {
        let file = self.project.file(file);
        let child = match file.language {
            Language::Rust if name == "super" => name.to_owned(),
            Language::Rust => format!("self::{name}"),
            Language::Python if file.name() == "__init__.py" => format!(".{name}"),
            _ => return Definition::Unknown,
        };
        match self.project.modules.resolve(file, &child) {
            Some(module) => Definition::Module(module),
            None => Definition::Unknown,
        }
    }

    fn entry(&mut self, value: ExpressionRef, name: &str) -> Definition {
        use crate::facts::EntryKey;

        let facts = self.project.facts(value.file);
        let ExpressionKind::Object(entries) = &facts[value.id].kind else {
            return Definition::External(joined("?", &format!(".{name}")));
        };
        let found =
            entries.iter().find(|entry| matches!(&entry.key, EntryKey::Name(key) if key == name));
        if let Some(entry) = found {
            return self.expression(In { file: value.file, id: entry.value });
        }
        let spreads = entries.iter().filter(|entry| entry.key == EntryKey::Spread);
        for spread in spreads {
            let whole = self.expression(In { file: value.file, id: spread.value });
            let found = self.member_of_export(&whole, name);
            if is_known(&found) {
                return found;
            }
        }
        Definition::External(joined("?", &format!(".{name}")))
    }

    fn class_member(&mut self, class: ClassRef, name: &str) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        if let Some(found) = self.own_member(class, name) {
            return found;
        }
        for part in self.parts_of(class) {
            if let Some(found) = self.own_member(part, name) {
                return found;
            }
        }
        let facts = self.project.facts(class.file);
        for &base in &facts[class.id].bases {
            match self.expression(In { file: class.file, id: base }) {
                Definition::Class(base) if base != class => {
                    let found = self.class_member(base, name);
                    if is_known(&found) {
                        return found;
                    }
                }
                Definition::External(path) => {
                    return Definition::External(joined(&path, &format!("().{name}")));
                }
                _ => {}
            }
        }
        Definition::External(joined("?", &format!(".{name}")))
    }

    fn own_member(&mut self, class: ClassRef, name: &str) -> Option<Definition> {
        let unit = self.project.unit(class.file);
        let here = |id| In { file: class.file, id };
        let facts = &unit.facts;
        let method = facts[class.id].methods.iter().find(|&&method| facts[method].name == name);
        if let Some(&method) = method {
            return Some(Definition::Function(FunctionRef { file: class.file, id: method }));
        }
        let field = facts[class.id].fields.iter().find(|field| field.name == name);
        let value = field.and_then(|field| field.value);
        let annotation = field.and_then(|field| field.annotation);
        let assigned = unit.index.field_values(class.id, name).iter().copied();
        for value in value.into_iter().chain(assigned) {
            let found = self.expression(here(value));
            if is_known(&found) && !matches!(found, Definition::Parameter(..)) {
                return Some(found);
            }
        }
        let annotated = annotation.map(|annotation| self.instance_of(here(annotation)));
        annotated.or_else(|| field.map(|_| Definition::Unknown))
    }

    /// The other parts of a type: `impl` blocks in Rust, the other files' methods in Go.
    fn parts_of(&self, class: ClassRef) -> Vec<ClassRef> {
        let unit = self.project.unit(class.file);
        let name = &unit.facts[class.id].name;
        match unit.file.language {
            Language::Rust => {
                let owner = self.project.type_of(class);
                let blocks = self.project.implementations(class).iter().copied();
                std::iter::once(owner).chain(blocks).filter(|&part| part != class).collect()
            }
            Language::Go => {
                let files = self.project.modules.files_in(folder_of(&unit.file.path));
                let classes = files.flat_map(|file| {
                    self.project
                        .facts(file)
                        .classes()
                        .map(move |(id, other)| (In { file, id }, other))
                });
                classes
                    .filter(|(at, other)| other.name == *name && *at != class)
                    .map(|(at, _)| at)
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// What calling `callee` yields.
    fn result(&mut self, callee: &Definition) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        match callee {
            Definition::External(path) => Definition::External(joined(path, "()")),
            Definition::Class(class) | Definition::Instance(class) => Definition::Instance(*class),
            Definition::Function(function) => self.returned(*function),
            Definition::Module(_) => match self.default_of(callee.clone()) {
                Definition::Module(_) => Definition::Unknown,
                whole => self.result(&whole),
            },
            _ => Definition::Unknown,
        }
    }

    fn returned(&mut self, function: FunctionRef) -> Definition {
        let unit = self.project.unit(function.file);
        let facts = &unit.facts;
        let here = |id| In { file: function.file, id };
        // `fn new() -> Self`.
        if let Some(returns) = facts[function.id].returns {
            let found = self.instance_of(here(returns));
            // Which function is returned says more than that it is one.
            let is_any_function = matches!(&found, Definition::External(path)
                if path.ends_with("Callable()") || path.as_str() == "Function()");
            if is_known(&found) && !is_any_function {
                return match self.returned_handler(function, &found) {
                    Some(handler) => handler,
                    None => found,
                };
            }
        }
        if let Some(value) = self.project.body(function).returned().last() {
            return self.expression(value.at);
        }
        let is_constructor = unit.file.language.is_script()
            && facts[function.id].class.is_none()
            && self.assigned_to_this(function).next().is_some();
        if is_constructor { Definition::Constructed(function) } else { Definition::Unknown }
    }

    /// A value of the type that an annotation names. Wrappers that hand on what they hold are seen
    /// through: `Option<T>`, `Annotated[T, …]`, `Promise<T>`, `&T`.
    fn instance_of(&mut self, annotation: ExpressionRef) -> Definition {
        if !self.spend() {
            return Definition::Unknown;
        }
        let facts = self.project.facts(annotation.file);
        let here = |id| In { file: annotation.file, id };
        match &facts[annotation.id].kind {
            ExpressionKind::Index { object, index } => {
                let wrapper = facts.last_segment(*object).unwrap_or_default();
                if wrapper == "ReturnType" {
                    let function = self.instance_of(here(*index));
                    return self.result(&function);
                }
                if TRANSPARENT_TYPES.contains(&wrapper) {
                    let inner = match &facts[*index].kind {
                        ExpressionKind::List(items) => items.first().copied(),
                        _ => Some(*index),
                    };
                    return inner
                        .map_or(Definition::Unknown, |inner| self.instance_of(here(inner)));
                }
                self.instance_of(here(*object))
            }
            ExpressionKind::Operation { operator: Operator::TypeOf, operands } => {
                operands.first().map_or(Definition::Unknown, |&value| self.expression(here(value)))
            }
            // `T | None`, `T & U`: the first that is known.
            ExpressionKind::Operation { operands, .. } => operands
                .iter()
                .map(|&operand| self.instance_of(here(operand)))
                .find(is_known)
                .unwrap_or(Definition::Unknown),
            ExpressionKind::List(_) => Definition::Unknown,
            ExpressionKind::Text(_) | ExpressionKind::Null | ExpressionKind::Object(_) => {
                Definition::Unknown
            }
            _ => match self.expression(annotation) {
                Definition::Class(class) => match self.alias_target(class) {
                    Some(target) => self.instance_of(target),
                    None => Definition::Instance(class),
                },
                Definition::External(path) if is_plain_type(&path) => Definition::Unknown,
                Definition::External(path) => Definition::External(joined(&path, "()")),
                // A type alias bound at the top level: `CurrentUser = Annotated[User, Depends(f)]`.
                other => other,
            },
        }
    }

    /// A type alias is a class of kind interface with one base and nothing else.
    fn alias_target(&self, class: ClassRef) -> Option<ExpressionRef> {
        let class_facts = &self.project.facts(class.file)[class.id];
        let is_alias = class_facts.kind == ClassKind::Interface
            && class_facts.fields.is_empty()
            && class_facts.methods.is_empty();
        let only =
            class_facts.bases.first().filter(|_| is_alias && class_facts.bases.len() == 1)?;
        Some(In { file: class.file, id: *only })
    }
}

/// Generic types that stand for what they hold.
const TRANSPARENT_TYPES: [&str; 19] = [
    "Option",
    "Optional",
    "Annotated",
    "Promise",
    "Awaitable",
    "Arc",
    "Rc",
    "Box",
    "Result",
    "Readonly",
    "Required",
    "Partial",
    "NonNullable",
    "Awaited",
    "Mutex",
    "RwLock",
    "Union",
    "Type",
    "ClassVar",
];

/// Built-in types carry no behaviour that a rule asks for.
fn is_plain_type(path: &str) -> bool {
    matches!(
        path,
        "str"
            | "int"
            | "float"
            | "bool"
            | "bytes"
            | "dict"
            | "list"
            | "any"
            | "string"
            | "number"
            | "boolean"
            | "unknown"
            | "object"
            | "void"
            | "error"
            | "typing.Any"
            | "String"
            | "i32"
            | "i64"
            | "u32"
            | "u64"
            | "usize"
            | "f64"
            | "Object"
            | "None"
    )
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

/// The name of a package, however it is asked for: `node:fs` is `fs`, `npm:zod@3` and
/// `https://esm.sh/zod@3.22.4?target=deno` are `zod`, `https://deno.land/std@0.200.0/http/server.ts` is
/// `@std/http`.
fn outside_module(module: &str) -> Text {
    if let Some(built_in) = module.strip_prefix("node:") {
        return built_in.into();
    }
    let package = ["npm:", "jsr:"].into_iter().find_map(|scheme| module.strip_prefix(scheme));
    let address = module.strip_prefix("https://").or_else(|| module.strip_prefix("http://"));
    let Some(rest) = package.or(address) else { return module.into() };
    let rest = rest.split('?').next().unwrap_or(rest).trim_start_matches('/');
    let mut segments: Vec<&str> = rest.split('/').collect();
    if package.is_none() {
        segments.remove(0);
        // `esm.sh/v135/zod`, `cdn.jsdelivr.net/npm/zod`, `deno.land/x/oak@v12/mod.ts`.
        let is_shelf = |segment: &&str| {
            matches!(*segment, "npm" | "x" | "gh" | "stable")
                || segment.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok())
        };
        if segments.len() > 1 && segments.first().is_some_and(is_shelf) {
            segments.remove(0);
        }
    }
    let unversioned = |segment: &str| {
        let end = segment.char_indices().skip(1).find(|&(_, character)| character == '@');
        end.map_or(segment, |(end, _)| &segment[..end]).to_owned()
    };
    let mut names: Vec<String> = segments.into_iter().map(unversioned).collect();
    if names.last().is_some_and(|last| last.ends_with(".ts") || last.ends_with(".js")) {
        names.pop();
    }
    if names.first().is_some_and(|first| first == "std") {
        names[0].insert(0, '@');
    }
    names.join("/").into()
}

fn required_module<'f>(
    facts: &'f Facts,
    callee: ExpressionId,
    arguments: &[Argument],
) -> Option<&'f str> {
    let ExpressionKind::Name(name) = &facts[callee].kind else { return None };
    let is_import = name == "require" || name == "import";
    facts[arguments.first().filter(|_| is_import)?.value].kind.as_text()
}

fn default_export(facts: &Facts) -> Option<ExpressionId> {
    facts.exports.iter().find(|export| export.name == "default").and_then(|export| export.value)
}
