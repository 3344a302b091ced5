//! What a call yields and what an annotation names.

use super::{Definition, Resolver, is_known, joined};
use crate::{
    facts::{CallStyle, ClassKind, ExpressionKind, Language, Operator},
    project::{ClassRef, ExpressionRef, FileId, FunctionRef, In, Project, Step, Value},
};

impl Project {
    /// Does an annotation name what an application of Rust shares among all requests: `State<Arc<Desk>>`?
    pub(in crate::project) fn is_shared(&self, annotation: ExpressionRef) -> bool {
        let facts = self.facts(annotation.file);
        let ExpressionKind::Index { object, .. } = facts[annotation.id].kind else { return false };
        self.file(annotation.file).language == Language::Rust
            && facts.last_segment(object).is_some_and(|name| SHARED_TYPES.contains(&name))
    }
}

impl Resolver<'_> {
    /// Is this, in Python, a library's class, going by the habit of naming them?
    pub(super) fn is_type(&self, file: FileId, definition: &Definition) -> bool {
        let is_python = self.project.file(file).language == Language::Python;
        let Definition::External(path) = definition else { return false };
        let last = path.rsplit('.').next().unwrap_or_default();
        is_python && last.starts_with(char::is_uppercase) && !last.ends_with(')')
    }

    /// What calling `callee` yields.
    pub(super) fn result(&mut self, callee: &Definition) -> Definition {
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
            let found = match &facts[returns].kind {
                // Go: the first of several is what a call stands for.
                ExpressionKind::List(results) if unit.file.language == Language::Go => results
                    .first()
                    .map_or(Definition::Unknown, |&first| self.instance_of(here(first))),
                _ => self.instance_of(here(returns)),
            };
            // Which function is returned says more than that it is one, or one of a library's kind: `Handle`.
            let is_any_function = matches!(&found, Definition::External(path)
                if path.ends_with("Callable()") || path.as_str() == "Function()"
                    || self.returns_literal(function));
            if is_known(&found) && !is_any_function {
                return self
                    .returned_handler(function, &found)
                    .or_else(|| self.returned_concrete(function, &found))
                    .unwrap_or(found);
            }
        }
        let is_constructor = unit.file.language.is_script()
            && facts[function.id].class.is_none()
            && self.assigned_to_this(function).next().is_some();
        // `if (!(this instanceof Store)) return new Store(db)`: the same thing, made the right way.
        let is_itself = |value: &Value<'_>| {
            let is_new = matches!(value.kind(), ExpressionKind::Call { style: CallStyle::New, .. });
            is_constructor && is_new
        };
        let body = self.project.body(function);
        if let Some(value) = body.returned().filter(|value| !is_itself(value)).last() {
            return self.expression(value.at);
        }
        if is_constructor { Definition::Constructed(function) } else { Definition::Unknown }
    }

    /// Does a script's function return a function that is written in it?
    fn returns_literal(&self, function: FunctionRef) -> bool {
        let body = self.project.body(function);
        let is_literal = |value: Value<'_>| matches!(value.kind(), ExpressionKind::Function(_));
        body.unit().file.language.is_script() && body.returned().last().is_some_and(is_literal)
    }

    /// What a part of a parameter is, by the annotation of the whole: `State((desk, _)): State<(Arc<Desk>, Sender)>`.
    /// With it the steps that are left.
    pub(super) fn taken_apart<'s>(
        &mut self,
        annotation: ExpressionRef,
        steps: &'s [Step],
    ) -> (Definition, &'s [Step]) {
        let facts = self.project.facts(annotation.file);
        let here = |id| In { file: annotation.file, id };
        match (&facts[annotation.id].kind, steps) {
            (ExpressionKind::Index { index, .. }, steps) if self.project.is_shared(annotation) => {
                let inside = if let [Step::Inside, rest @ ..] = steps { rest } else { steps };
                self.taken_apart(here(*index), inside)
            }
            (ExpressionKind::List(items), [Step::Item(number), rest @ ..]) => {
                match items.get(*number) {
                    Some(&item) => self.taken_apart(here(item), rest),
                    None => (Definition::Unknown, rest),
                }
            }
            (ExpressionKind::Name(_), [_, ..]) => match self.project.bound(annotation) {
                Some(alias) if alias != annotation && self.spend() => {
                    self.taken_apart(alias, steps)
                }
                _ => (self.instance_of(annotation), steps),
            },
            _ => (self.instance_of(annotation), steps),
        }
    }

    /// A value of the type that an annotation names. Wrappers that hand on what they hold are seen
    /// through: `Option<T>`, `Annotated[T, …]`, `Promise<T>`, `&T`.
    pub(super) fn instance_of(&mut self, annotation: ExpressionRef) -> Definition {
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
            _ => self.named_type(annotation),
        }
    }

    /// A value of the type that a name stands for. An alias that is bound at the top level stands for
    /// what it hands on: `CurrentUser = Annotated[User, Depends(f)]`.
    fn named_type(&mut self, name: ExpressionRef) -> Definition {
        let earlier = self.bound.take();
        let found = self.expression(name);
        let bound = std::mem::replace(&mut self.bound, earlier);
        if let Some(alias) = bound.filter(|bound| self.is_alias(*bound)) {
            return self.instance_of(alias);
        }
        match found {
            Definition::Class(class) => match self.alias_target(class) {
                Some(target) => self.instance_of(target),
                None => Definition::Instance(class),
            },
            Definition::External(path) if is_plain_type(&path) => Definition::Unknown,
            Definition::External(path) => Definition::External(joined(&path, "()")),
            other => other,
        }
    }

    fn is_alias(&self, bound: ExpressionRef) -> bool {
        let facts = self.project.facts(bound.file);
        match &facts[bound.id].kind {
            ExpressionKind::Index { object, .. } => {
                facts.last_segment(*object).is_some_and(|name| TRANSPARENT_TYPES.contains(&name))
            }
            _ => false,
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

/// Extractors of Rust around what all requests share.
const SHARED_TYPES: [&str; 3] = ["State", "Data", "Extension"];

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
