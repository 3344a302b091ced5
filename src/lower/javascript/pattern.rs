//! What values are bound to: declarations, parameters and targets of assignments.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::{Label, Lowering};
use crate::facts::{Entry, EntryKey, ExpressionId, ExpressionKind, Pattern, Text};

impl Lowering<'_> {
    pub(super) fn pattern(&mut self, node: &ast::BindingPattern<'_>) -> Pattern {
        match node {
            ast::BindingPattern::BindingIdentifier(name) => {
                Pattern::Name(name.name.as_str().into())
            }
            ast::BindingPattern::ObjectPattern(object) => {
                let fields = object.properties.iter().map(|property| {
                    let key = self.key_label(&property.key).text;
                    (key, self.pattern(&property.value))
                });
                let fields = fields.collect();
                let rest = object.rest.as_ref().map(|rest| self.slice(rest.argument.span()).into());
                Pattern::Fields { fields, rest }
            }
            ast::BindingPattern::ArrayPattern(array) => {
                let mut items: Vec<_> = array
                    .elements
                    .iter()
                    .map(|item| item.as_ref().map_or(Pattern::Ignore, |item| self.pattern(item)))
                    .collect();
                items.extend(array.rest.as_ref().map(|rest| self.pattern(&rest.argument)));
                Pattern::Items(items)
            }
            ast::BindingPattern::AssignmentPattern(pattern) => {
                let inner = self.pattern(&pattern.left);
                let label = binding_label(self, &pattern.left);
                let default = self.labelled(&pattern.right, label);
                Pattern::WithDefault(Box::new(inner), default)
            }
        }
    }

    /// The target of an assignment that stands as a statement.
    pub(super) fn target(&mut self, node: &ast::AssignmentTarget<'_>) -> Pattern {
        match node {
            ast::AssignmentTarget::AssignmentTargetIdentifier(name) => {
                Pattern::Name(name.name.as_str().into())
            }
            ast::AssignmentTarget::ArrayAssignmentTarget(array) => {
                let mut items: Vec<_> = array
                    .elements
                    .iter()
                    .map(|item| {
                        item.as_ref().map_or(Pattern::Ignore, |item| self.target_item(item))
                    })
                    .collect();
                items.extend(array.rest.as_ref().map(|rest| self.target(&rest.target)));
                Pattern::Items(items)
            }
            ast::AssignmentTarget::ObjectAssignmentTarget(object) => {
                let fields =
                    object.properties.iter().map(|property| self.target_property(property));
                let fields = fields.collect();
                let rest = object.rest.as_ref().map(|rest| self.slice(rest.target.span()).into());
                Pattern::Fields { fields, rest }
            }
            _ => Pattern::Place(self.target_expression(node)),
        }
    }

    fn target_property(&mut self, node: &ast::AssignmentTargetProperty<'_>) -> (Text, Pattern) {
        match node {
            ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                let name: Text = property.binding.name.as_str().into();
                let pattern = Pattern::Name(name.clone());
                let pattern = match &property.init {
                    Some(default) => {
                        Pattern::WithDefault(Box::new(pattern), self.expression(default))
                    }
                    None => pattern,
                };
                (name, pattern)
            }
            ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                let key = self.key_label(&property.name).text;
                (key, self.target_item(&property.binding))
            }
        }
    }

    fn target_item(&mut self, node: &ast::AssignmentTargetMaybeDefault<'_>) -> Pattern {
        match node {
            ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(item) => {
                let inner = self.target(&item.binding);
                Pattern::WithDefault(Box::new(inner), self.expression(&item.init))
            }
            _ => self.target(node.to_assignment_target()),
        }
    }

    /// The target of an assignment that is part of an expression; what is taken apart is shown as the
    /// object or list that it looks like.
    pub(super) fn target_expression(&mut self, node: &ast::AssignmentTarget<'_>) -> ExpressionId {
        if let Some(simple) = node.as_simple_assignment_target() {
            return self.simple_target(simple);
        }
        let span = self.span(node.span());
        let pattern = self.target(node);
        self.pattern_expression(&pattern, span)
    }

    pub(super) fn simple_target(&mut self, node: &ast::SimpleAssignmentTarget<'_>) -> ExpressionId {
        if let Some(member) = node.as_member_expression() {
            return self.member(member);
        }
        if let Some(inner) = node.get_expression() {
            return self.expression(inner);
        }
        let name = ExpressionKind::Name(self.slice(node.span()).into());
        self.facts.add_expression(name, self.span(node.span()))
    }

    fn pattern_expression(&mut self, pattern: &Pattern, span: crate::facts::Span) -> ExpressionId {
        let kind = match pattern {
            Pattern::Name(name) => ExpressionKind::Name(name.clone()),
            Pattern::Place(place) => return *place,
            Pattern::Fields { fields, rest } => {
                let mut entries: Vec<_> = fields
                    .iter()
                    .map(|(key, pattern)| Entry {
                        key: EntryKey::Name(key.clone()),
                        value: self.pattern_expression(pattern, span),
                        span,
                    })
                    .collect();
                if let Some(rest) = rest {
                    let name = ExpressionKind::Name(rest.clone());
                    let value = self.facts.add_expression(name, span);
                    entries.push(Entry { key: EntryKey::Spread, value, span });
                }
                ExpressionKind::Object(entries)
            }
            Pattern::Items(items) | Pattern::Variant { items, .. } => {
                let items = items.iter().map(|item| self.pattern_expression(item, span));
                ExpressionKind::List(items.collect())
            }
            Pattern::WithDefault(pattern, default) => {
                let target = self.pattern_expression(pattern, span);
                ExpressionKind::Assign { target, operator: None, value: *default }
            }
            Pattern::Ignore => ExpressionKind::Null,
        };
        self.facts.add_expression(kind, span)
    }
}

/// The name that a function takes when it is bound to this pattern.
pub(super) fn binding_label(
    lowering: &Lowering<'_>,
    node: &ast::BindingPattern<'_>,
) -> Option<Label> {
    let ast::BindingPattern::BindingIdentifier(name) = node else { return None };
    Some(Label { text: name.name.as_str().into(), span: lowering.span(name.span) })
}

/// The name that a function takes when it is assigned to this target.
pub(super) fn target_label(
    lowering: &Lowering<'_>,
    node: &ast::AssignmentTarget<'_>,
) -> Option<Label> {
    let (name, span) = match node {
        ast::AssignmentTarget::AssignmentTargetIdentifier(name) => (name.name.as_str(), name.span),
        ast::AssignmentTarget::StaticMemberExpression(member)
            if !is_module_exports(&member.object, member.property.name.as_str()) =>
        {
            (member.property.name.as_str(), member.property.span)
        }
        ast::AssignmentTarget::StaticMemberExpression(member) => ("default", member.property.span),
        ast::AssignmentTarget::PrivateFieldExpression(member) => {
            (lowering.slice(member.field.span), member.field.span)
        }
        _ => return None,
    };
    Some(Label { text: name.into(), span: lowering.span(span) })
}

/// `module.exports`.
pub(super) fn is_module_exports(object: &ast::Expression<'_>, property: &str) -> bool {
    property == "exports"
        && matches!(object, ast::Expression::Identifier(name) if name.name.as_str() == "module")
}
