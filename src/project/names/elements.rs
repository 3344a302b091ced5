//! What a loop of Go goes through: the type of the elements, by what is declared of the list, map or channel.

use super::{Definition, Resolver};
use crate::{
    facts::{ExpressionKind, Language, ParameterKind, StatementKind},
    project::{Declaration, ExpressionRef, In, Step},
};

/// How many names and aliases are followed to where a list is declared.
const DEPTH_MAX: usize = 6;

/// How many items of a list are asked whether they are of one type.
const ITEMS_MAX: usize = 16;

impl Resolver<'_> {
    /// The variable of a loop over `list`: `one` of `for _, one := range list`.
    pub(super) fn element(&mut self, list: ExpressionRef, steps: &[Step]) -> Definition {
        let is_go = self.project.file(list.file).language == Language::Go;
        if !is_go || !matches!(steps, [] | [Step::Item(1)]) {
            return Definition::Unknown;
        }
        if let Definition::Value(literal) = self.expression(list)
            && let ExpressionKind::List(items) = &self.project.facts(literal.file)[literal.id].kind
            && let Some(&first) = items.first()
        {
            // What is written without a type has that of the list.
            let here = |id| In { file: literal.file, id };
            let found = self.expression(here(first));
            let is_one = matches!(found, Definition::Instance(_) | Definition::External(_))
                && items.iter().take(ITEMS_MAX).all(|&item| self.expression(here(item)) == found);
            if is_one {
                return found;
            }
        }
        if let Some(element) = self.of_rest(list) {
            return self.instance_of(element);
        }
        let declared = self.declared_type(list, 0);
        let element = declared.and_then(|declared| self.element_type(declared, 0));
        element.map_or(Definition::Unknown, |element| self.instance_of(element))
    }

    /// `modules ...Module`: what is declared of a parameter that takes the rest is the type of each.
    fn of_rest(&self, list: ExpressionRef) -> Option<ExpressionRef> {
        let (scope, declaration) = self.project.binding(list)?;
        let Declaration::Parameter(number, _) = declaration else { return None };
        let parameter = &self.project.facts(scope.file)[scope.id].parameters[*number];
        let annotation = parameter.annotation.filter(|_| parameter.kind == ParameterKind::Rest)?;
        Some(In { file: scope.file, id: annotation })
    }

    /// `T` of `[]T`, `map[K]T`, `chan T`, also behind a name for such a type.
    fn element_type(&mut self, declared: ExpressionRef, depth: usize) -> Option<ExpressionRef> {
        let facts = self.project.facts(declared.file);
        let here = |id| In { file: declared.file, id };
        if let ExpressionKind::Index { object, index } = &facts[declared.id].kind
            && let ExpressionKind::Name(container) = &facts[*object].kind
            && matches!(container.as_str(), "[]" | "map" | "chan")
        {
            return Some(match &facts[*index].kind {
                ExpressionKind::List(parts) if container == "map" => here(*parts.last()?),
                ExpressionKind::List(parts) => here(*parts.first()?),
                _ => here(*index),
            });
        }
        match self.expression(declared) {
            Definition::Class(class) if depth < DEPTH_MAX => {
                let &base = self.project.facts(class.file)[class.id].bases.first()?;
                self.element_type(In { file: class.file, id: base }, depth + 1)
            }
            _ => None,
        }
    }

    /// The type that a value is declared to have, as an expression.
    fn declared_type(&mut self, value: ExpressionRef, depth: usize) -> Option<ExpressionRef> {
        if depth > DEPTH_MAX || !self.spend() {
            return None;
        }
        let facts = self.project.facts(value.file);
        let here = |id| In { file: value.file, id };
        match &facts[value.id].kind {
            ExpressionKind::Name(_) => match self.project.binding(value) {
                Some((scope, Declaration::Parameter(number, steps))) if steps.is_empty() => {
                    facts[scope.id].parameters[*number].annotation.map(here)
                }
                Some((_, Declaration::Bound { statement, value, steps })) => {
                    if let StatementKind::Bind { annotation: Some(annotation), .. } =
                        facts[*statement].kind
                    {
                        return Some(here(annotation));
                    }
                    let bound =
                        value.filter(|_| matches!(steps.as_slice(), [] | [Step::Item(0)]))?;
                    self.declared_type(here(bound), depth + 1)
                }
                Some(_) => None,
                None => {
                    let bound = self.project.bound(value).filter(|bound| *bound != value)?;
                    self.declared_type(bound, depth + 1)
                }
            },
            ExpressionKind::Member { object, name } => {
                let Definition::Instance(class) = self.expression(here(*object)) else {
                    return None;
                };
                let class = self.project.type_of(class);
                let fields = &self.project.facts(class.file)[class.id].fields;
                let field = fields.iter().find(|field| field.name == *name)?;
                field.annotation.map(|id| In { file: class.file, id })
            }
            ExpressionKind::Call { callee, .. } => {
                let Definition::Function(function) = self.expression(here(*callee)) else {
                    return None;
                };
                let facts = self.project.facts(function.file);
                let returns = facts[function.id].returns?;
                let id = match &facts[returns].kind {
                    ExpressionKind::List(results) => *results.first()?,
                    _ => returns,
                };
                Some(In { file: function.file, id })
            }
            _ => None,
        }
    }
}
