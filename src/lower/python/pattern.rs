//! What assignments and `case` take values apart into.

use ruff_python_ast::{Expr, Pattern as MatchPattern, PatternMatchMapping, Singleton};
use ruff_text_size::Ranged;

use super::{Lowering, span_of};
use crate::facts::{Entry, EntryKey, ExpressionId, ExpressionKind, Pattern, Text};

impl Lowering<'_> {
    /// The target of an assignment, loop, `with` or comprehension.
    pub(super) fn target(&mut self, target: &Expr) -> Pattern {
        match target {
            // The parser puts a name without letters where a target is missing.
            Expr::Name(name) if name.id.is_empty() => Pattern::Ignore,
            Expr::Name(name) => Pattern::Name(name.id.as_str().into()),
            Expr::Tuple(items) => {
                Pattern::Items(items.elts.iter().map(|item| self.target(item)).collect())
            }
            Expr::List(items) => {
                Pattern::Items(items.elts.iter().map(|item| self.target(item)).collect())
            }
            Expr::Starred(starred) => self.target(&starred.value),
            place => Pattern::Place(self.expression(place)),
        }
    }

    /// What a `case` asks for; empty if it takes everything.
    pub(super) fn match_tests(&mut self, pattern: &MatchPattern) -> Vec<ExpressionId> {
        match pattern {
            MatchPattern::MatchOr(choices) => {
                let tests: Vec<_> =
                    choices.patterns.iter().map(|choice| self.match_tests(choice)).collect();
                // One alternative that takes everything makes the others irrelevant.
                if tests.iter().any(Vec::is_empty) { Vec::new() } else { tests.concat() }
            }
            MatchPattern::MatchAs(named) => match &named.pattern {
                Some(inner) => self.match_tests(inner),
                None => Vec::new(),
            },
            other => vec![self.match_test(other)],
        }
    }

    /// A pattern as the expression it looks like; parts that take everything are names.
    fn match_test(&mut self, pattern: &MatchPattern) -> ExpressionId {
        let kind = match pattern {
            MatchPattern::MatchValue(value) => return self.expression(&value.value),
            MatchPattern::MatchSingleton(singleton) => match singleton.value {
                Singleton::None => ExpressionKind::Null,
                Singleton::True => ExpressionKind::Bool(true),
                Singleton::False => ExpressionKind::Bool(false),
            },
            MatchPattern::MatchSequence(sequence) => ExpressionKind::List(
                sequence.patterns.iter().map(|item| self.match_test(item)).collect(),
            ),
            MatchPattern::MatchMapping(mapping) => self.mapping_test(mapping),
            // The class decides; what its parts must equal is seen in the binding only by name.
            MatchPattern::MatchClass(class) => return self.expression(&class.cls),
            MatchPattern::MatchStar(star) => {
                ExpressionKind::Name(name_or_blank(star.name.as_ref()))
            }
            MatchPattern::MatchAs(named) => match &named.pattern {
                Some(inner) => return self.match_test(inner),
                None => ExpressionKind::Name(name_or_blank(named.name.as_ref())),
            },
            MatchPattern::MatchOr(choices) => ExpressionKind::Other(
                choices.patterns.iter().map(|choice| self.match_test(choice)).collect(),
            ),
        };
        self.add(kind, pattern.range())
    }

    fn mapping_test(&mut self, mapping: &PatternMatchMapping) -> ExpressionKind {
        let entries = mapping.keys.iter().zip(&mapping.patterns);
        let entries = entries
            .map(|(key, pattern)| Entry {
                key: self.entry_key(key),
                value: self.match_test(pattern),
                span: span_of(key.range().cover(pattern.range())),
            })
            .collect();
        ExpressionKind::Object(entries)
    }

    /// The names that a `case` binds.
    pub(super) fn match_binding(&self, pattern: &MatchPattern) -> Pattern {
        match pattern {
            MatchPattern::MatchValue(_) | MatchPattern::MatchSingleton(_) => Pattern::Ignore,
            MatchPattern::MatchSequence(sequence) => self.items(&sequence.patterns),
            MatchPattern::MatchMapping(mapping) => Pattern::Fields {
                fields: mapping
                    .keys
                    .iter()
                    .zip(&mapping.patterns)
                    .map(|(key, pattern)| (key_text(key), self.match_binding(pattern)))
                    .collect(),
                rest: mapping.rest.as_ref().map(|rest| rest.as_str().into()),
            },
            MatchPattern::MatchClass(class) => Pattern::Variant {
                path: self.source_of(class.cls.range()).into(),
                items: class
                    .arguments
                    .patterns
                    .iter()
                    .chain(class.arguments.keywords.iter().map(|keyword| &keyword.pattern))
                    .map(|item| self.match_binding(item))
                    .collect(),
            },
            MatchPattern::MatchStar(star) => bound(star.name.as_ref()),
            MatchPattern::MatchAs(named) => match (&named.name, &named.pattern) {
                (None, Some(inner)) => self.match_binding(inner),
                (Some(_), Some(inner)) => {
                    let whole = bound(named.name.as_ref());
                    let parts = self.match_binding(inner);
                    if binds_names(&parts) { Pattern::Items(vec![whole, parts]) } else { whole }
                }
                (name, None) => bound(name.as_ref()),
            },
            // All alternatives bind the same names.
            MatchPattern::MatchOr(choices) => {
                choices.patterns.first().map_or(Pattern::Ignore, |first| self.match_binding(first))
            }
        }
    }

    fn items(&self, patterns: &[MatchPattern]) -> Pattern {
        Pattern::Items(patterns.iter().map(|item| self.match_binding(item)).collect())
    }

    pub(super) fn entry_key(&mut self, key: &Expr) -> EntryKey {
        match key {
            Expr::StringLiteral(string) => EntryKey::Name(string.value.to_str().into()),
            key => EntryKey::Computed(self.expression(key)),
        }
    }
}

fn binds_names(pattern: &Pattern) -> bool {
    let mut binds = false;
    pattern.each_name(&mut |_| binds = true);
    binds
}

fn bound(name: Option<&ruff_python_ast::Identifier>) -> Pattern {
    name.map_or(Pattern::Ignore, |name| Pattern::Name(name.as_str().into()))
}

fn name_or_blank(name: Option<&ruff_python_ast::Identifier>) -> Text {
    name.map_or("_".into(), |name| name.as_str().into())
}

fn key_text(key: &Expr) -> Text {
    match key {
        Expr::StringLiteral(string) => string.value.to_str().into(),
        _ => Text::default(),
    }
}
