//! Every span of a file's facts.

use crate::facts::{Entry, ExpressionKind, Facts, Function, Span, StatementKind};

/// Calls `change` once for every span in `facts`.
pub(super) fn each_span(facts: &mut Facts, mut change: impl FnMut(&mut Span)) {
    facts.imports.iter_mut().for_each(|import| change(&mut import.span));
    facts.exports.iter_mut().for_each(|export| change(&mut export.span));
    facts.comments.iter_mut().for_each(|comment| change(&mut comment.span));
    facts.broken.iter_mut().for_each(&mut change);
    for Function { span, name_span, parameters, .. } in &mut facts.functions {
        change(span);
        change(name_span);
        parameters.iter_mut().for_each(|parameter| change(&mut parameter.span));
    }
    for class in &mut facts.classes {
        change(&mut class.span);
        change(&mut class.name_span);
        class.fields.iter_mut().for_each(|field| change(&mut field.span));
    }
    for statement in &mut facts.statements {
        change(&mut statement.span);
        match &mut statement.kind {
            StatementKind::Match { arms, .. } => {
                arms.iter_mut().for_each(|arm| change(&mut arm.span));
            }
            StatementKind::Try { handlers, .. } => {
                handlers.iter_mut().for_each(|handler| change(&mut handler.span));
            }
            _ => {}
        }
    }
    for expression in &mut facts.expressions {
        change(&mut expression.span);
        match &mut expression.kind {
            ExpressionKind::Object(entries)
            | ExpressionKind::Element { attributes: entries, .. } => {
                entries.iter_mut().for_each(|Entry { span, .. }| change(span));
            }
            _ => {}
        }
    }
}
