//! What a member of something stands for: of a module, an object, a class, an instance.

use super::{Definition, Resolver, is_known, joined};
use crate::{
    facts::{Class, EntryKey, ExpressionId, ExpressionKind, Language, Pattern, StatementKind},
    project::{ClassRef, ExpressionRef, FunctionRef, In},
};

impl<'p> Resolver<'p> {
    pub(super) fn member(&mut self, object: &Definition, name: &str) -> Definition {
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

    /// What Java names without `this`: a member of the class that the use stands in, or of an outer one.
    pub(super) fn member_without_receiver(
        &mut self,
        at: ExpressionRef,
        name: &str,
    ) -> Option<Definition> {
        let unit = self.project.unit(at.file);
        if unit.file.language != Language::Java {
            return None;
        }
        let place = unit.facts[at.id].span;
        // What a class extends is looked up outside of it.
        let is_base =
            |class: &Class| class.bases.iter().any(|&base| unit.facts[base].span.contains(place));
        let mut classes: Vec<(u32, ClassRef)> = unit
            .facts
            .classes()
            .filter(|(_, class)| class.span.contains(place) && !is_base(class))
            .map(|(id, class)| (class.span.start, In { file: at.file, id }))
            .collect();
        classes.sort_unstable_by_key(|&(start, _)| std::cmp::Reverse(start));
        classes.into_iter().find_map(|(_, class)| self.declared_member(class, name))
    }

    /// A member that this class or one of its bases in the project declares.
    fn declared_member(&mut self, class: ClassRef, name: &str) -> Option<Definition> {
        if !self.spend() {
            return None;
        }
        if let Some(found) = self.own_member(class, name).filter(is_known) {
            return Some(found);
        }
        let bases = &self.project.facts(class.file)[class.id].bases;
        bases.iter().find_map(|&base| match self.expression(In { file: class.file, id: base }) {
            Definition::Class(base) if base != class => self.declared_member(base, name),
            _ => None,
        })
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
    pub(super) fn assigned_to_this(
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

    fn entry(&mut self, value: ExpressionRef, name: &str) -> Definition {
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
            return self.implemented(class, name).unwrap_or(found);
        }
        let parts = self.parts_of(class);
        for &part in &parts {
            if let Some(found) = self.own_member(part, name) {
                return found;
            }
        }
        if let Some(found) =
            parts.iter().chain([&class]).find_map(|part| self.embedded(*part, name))
        {
            return found;
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

    /// What is embedded in a type of Go goes by the name of its own: `s.Service.Create()`.
    fn embedded(&mut self, class: ClassRef, name: &str) -> Option<Definition> {
        let facts = self.project.facts(class.file);
        let is_go = self.project.file(class.file).language == Language::Go;
        let mut bases = facts[class.id].bases.iter().filter(|_| is_go);
        let base = bases.find(|&&base| facts.last_segment(base) == Some(name))?;
        Some(self.instance_of(In { file: class.file, id: *base })).filter(is_known)
    }

    /// The method that runs for one that is only declared: that of the one class which implements it.
    fn implemented(&mut self, class: ClassRef, name: &str) -> Option<Definition> {
        let facts = self.project.facts(class.file);
        let [only] = self.project.subtypes.get(&class)?.as_slice() else { return None };
        if self.project.file(class.file).language == Language::Go {
            let is_asked = facts[class.id].fields.iter().any(|field| field.name == name);
            return is_asked.then(|| self.class_member(*only, name)).filter(is_function);
        }
        let declared =
            facts[class.id].methods.iter().find(|&&method| facts[method].name == name)?;
        facts[*declared].body.is_empty().then_some(())?;
        self.own_member(*only, name).filter(is_function)
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
        // `this.server = null` until it is made says nothing of what it is.
        let is_nothing = |value: &ExpressionId| matches!(facts[*value].kind, ExpressionKind::Null);
        for value in value.into_iter().chain(assigned).filter(|value| !is_nothing(value)) {
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
                let parts = self.project.packages.parts(unit.file.folder(), name).iter();
                parts.copied().filter(|&part| part != class).collect()
            }
            _ => Vec::new(),
        }
    }
}

const fn is_function(definition: &Definition) -> bool {
    matches!(definition, Definition::Function(_))
}
