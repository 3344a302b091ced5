//! Functions of Go that are kept: in fields of structures, in maps and lists, and called from there.

use super::Definition;
use crate::{
    facts::{CallStyle, ExpressionKind, Language, Pattern, Role, StatementKind, Text},
    project::{Body, Call, ClassRef, FileId, FunctionRef, In, Project, Unit, Value},
};

/// More functions than this under one name say nothing of what runs.
const KEPT_MAX: usize = 24;

impl Project {
    /// Finds the functions that are put into each field of a structure of Go.
    pub(crate) fn resolve_kept_functions(&mut self) {
        let mut found = Vec::new();
        for (file, unit) in self.units() {
            if unit.file.language == Language::Go && unit.file.role != Role::Test {
                self.in_literals(file, unit, &mut found);
                self.in_assignments(file, unit, &mut found);
            }
        }
        for (class, field, function) in found {
            let kept = self.kept_functions.entry((class, field)).or_default();
            if !kept.contains(&function) {
                kept.push(function);
            }
        }
    }

    /// `Tool{Name: "list", Run: list}`
    fn in_literals(
        &self,
        file: FileId,
        unit: &Unit,
        found: &mut Vec<(ClassRef, Text, FunctionRef)>,
    ) {
        for (_, expression) in unit.facts.expressions() {
            let ExpressionKind::Call { callee, arguments, style: CallStyle::Struct } =
                &expression.kind
            else {
                continue;
            };
            let Definition::Class(class) = self.resolve(In { file, id: *callee }) else { continue };
            let class = self.type_of(class);
            let fields = &self.class(class).class().fields;
            for (number, argument) in arguments.iter().enumerate() {
                let field = match &argument.name {
                    Some(name) => fields.iter().find(|field| field.name == *name),
                    None => fields.get(number),
                };
                let function = self.function_kept(In { file, id: argument.value });
                found.extend(
                    field.zip(function).map(|(field, kept)| (class, field.name.clone(), kept)),
                );
            }
        }
    }

    /// `tool.Run = list`
    fn in_assignments(
        &self,
        file: FileId,
        unit: &Unit,
        found: &mut Vec<(ClassRef, Text, FunctionRef)>,
    ) {
        for statement in &unit.facts.statements {
            let StatementKind::Bind { target: Pattern::Place(place), value: Some(value), .. } =
                &statement.kind
            else {
                continue;
            };
            let ExpressionKind::Member { object, name } = &unit.facts[*place].kind else {
                continue;
            };
            let Some(function) = self.function_kept(In { file, id: *value }) else { continue };
            if let Definition::Instance(class) = self.resolve(In { file, id: *object }) {
                found.push((self.type_of(class), name.clone(), function));
            }
        }
    }

    fn function_kept(&self, value: In<crate::facts::ExpressionId>) -> Option<FunctionRef> {
        let may_be = matches!(
            self.facts(value.file)[value.id].kind,
            ExpressionKind::Name(_) | ExpressionKind::Member { .. } | ExpressionKind::Function(_)
        );
        match may_be.then(|| self.resolve(value))? {
            Definition::Function(function) => Some(function),
            _ => None,
        }
    }
}

impl<'p> Call<'p> {
    /// The functions that a call of what is kept may run: `tool.Run(input)`, `commands[name](input)`.
    pub(super) fn kept(self) -> Vec<Body<'p>> {
        let project = self.project;
        let callee = self.callee_value();
        let found: Vec<FunctionRef> = match callee.kind() {
            ExpressionKind::Member { object, name } => {
                let Definition::Instance(class) = callee.sibling(*object).resolve() else {
                    return Vec::new();
                };
                let field = (project.type_of(class), name.clone());
                project.kept_functions.get(&field).cloned().unwrap_or_default()
            }
            ExpressionKind::Index { object, .. } => {
                let table = callee.sibling(*object).constant();
                let values: Vec<Value<'p>> = match table.kind() {
                    ExpressionKind::Object(entries) => {
                        entries.iter().map(|entry| table.sibling(entry.value)).collect()
                    }
                    ExpressionKind::List(items) => {
                        items.iter().map(|&item| table.sibling(item)).collect()
                    }
                    _ => Vec::new(),
                };
                values.into_iter().filter_map(|value| project.function_kept(value.at)).collect()
            }
            _ => Vec::new(),
        };
        let is_few = found.len() <= KEPT_MAX;
        found.into_iter().filter(|_| is_few).map(|function| project.body(function)).collect()
    }
}
