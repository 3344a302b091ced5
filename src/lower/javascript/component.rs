//! Components of Vue and Svelte: their scripts, and what their templates evaluate.

use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::{Label, Lowering, lower_script, offset, parse_options, text};
use crate::facts::{
    Comment, Entry, EntryKey, ExpressionId, ExpressionKind, Facts, File, Language, Problem, Span,
    StatementKind,
};
use crate::lower::blanks;

mod markup;

use markup::{Form, Markup, Tag};

/// Lowers the scripts of a component as one file, then adds every element of the template that
/// evaluates something to the end of the top level.
pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let markup = markup::read(&file.text, file.language == Language::Svelte);
    let scripts = only(&file.text, markup.scripts.iter().map(|script| script.body.clone()));
    let (mut facts, problems) = lower_script(file, &scripts, &source_types(&markup));
    for comment in &markup.comments {
        facts.comments.push(Comment {
            text: text(file.text[comment.clone()].trim()),
            span: span_of(comment),
            documentation: false,
        });
    }
    for tag in &markup.tags {
        facts = with_element(facts, file, tag);
    }
    (facts, problems)
}

/// Every byte outside `ranges` becomes a blank, so that offsets and lines stay those of the file.
fn only(source: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let mut result = String::with_capacity(source.len());
    for range in ranges {
        result.push_str(&blanks(&source[result.len()..range.start]));
        result.push_str(&source[range]);
    }
    result.push_str(&blanks(&source[result.len()..]));
    result
}

fn source_types(markup: &Markup) -> Vec<SourceType> {
    let language = |name: &str| markup.scripts.iter().any(|script| script.language == name);
    if language("tsx") || (language("jsx") && language("ts")) {
        vec![SourceType::tsx()]
    } else if language("ts") || language("typescript") {
        vec![SourceType::ts()]
    } else {
        vec![SourceType::jsx(), SourceType::tsx(), SourceType::jsx().with_script(true)]
    }
}

/// Adds the element of `tag`, if anything in it parses.
fn with_element(mut facts: Facts, file: &File, tag: &Tag) -> Facts {
    let mut entries = Vec::new();
    for attribute in &tag.attributes {
        let source = &file.text[attribute.value.clone()];
        let span = Span::new(offset(attribute.start), offset(attribute.value.end));
        let value = if attribute.form == Form::Literal {
            let kind = ExpressionKind::Text(text(source));
            Some(facts.add_expression(kind, span_of(&attribute.value)))
        } else {
            let mut lowering = Lowering::resume(facts, source, offset(attribute.value.start));
            let label = Label { text: attribute.name.as_str().into(), span };
            let value = if attribute.form == Form::Handler {
                lowering.template_handler(label)
            } else {
                lowering.template_value(Some(label))
            };
            facts = lowering.facts;
            value
        };
        let key = EntryKey::Name(attribute.name.as_str().into());
        entries.extend(value.map(|value| Entry { key, value, span }));
    }
    let mut children = Vec::new();
    if let Some(value) = &tag.text {
        let source = &file.text[value.clone()];
        let mut lowering = Lowering::resume(facts, source, offset(value.start));
        children.extend(lowering.template_value(None));
        facts = lowering.facts;
    }
    if entries.is_empty() && children.is_empty() {
        return facts;
    }
    let name = file.text[tag.name.clone()].into();
    let element = ExpressionKind::Element { name, attributes: entries, children };
    let span = span_of(&tag.span);
    let element = facts.add_expression(element, span);
    let statement = facts.add_statement(StatementKind::Expression(element), span);
    facts.function_mut(Facts::TOP_LEVEL).body.push(statement);
    facts
}

fn span_of(range: &Range<usize>) -> Span {
    Span::new(offset(range.start), offset(range.end))
}

impl Lowering<'_> {
    /// The expression that the whole source is; none if it is not plain JavaScript, like Svelte's
    /// `{#each items as item, index}`.
    pub(super) fn template_value(&mut self, label: Option<Label>) -> Option<ExpressionId> {
        let allocator = Allocator::default();
        let expression = self.template_parser(&allocator).parse_expression().ok()?;
        Some(self.labelled(&expression, label))
    }

    /// A handler names a function, is one, or is what its body does when the event comes.
    fn template_handler(&mut self, label: Label) -> Option<ExpressionId> {
        let allocator = Allocator::default();
        if let Ok(expression) = self.template_parser(&allocator).parse_expression()
            && (expression.is_function() || !has_effect(self.source))
        {
            return Some(self.labelled(&expression, Some(label)));
        }
        let parsed = self.template_parser(&allocator).parse();
        if parsed.panicked {
            return None;
        }
        let span = label.span;
        let function = self.open(Some(label), span);
        self.function = function;
        let body = self.statements(&parsed.program.body);
        self.function = Facts::TOP_LEVEL;
        self.facts.function_mut(function).body = body;
        Some(self.facts.add_expression(ExpressionKind::Function(function), span))
    }

    fn template_parser<'a>(&self, allocator: &'a Allocator) -> Parser<'a>
    where
        Self: 'a,
    {
        Parser::new(allocator, self.source, SourceType::ts()).with_options(parse_options())
    }
}

/// May it do more than name something?
fn has_effect(source: &str) -> bool {
    source.contains(['(', '=', ';', '`']) || source.contains("++") || source.contains("--")
}
