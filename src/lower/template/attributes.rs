//! Attributes that show a value as markup: Thymeleaf's `th:utext`, and those of Vue and Alpine in pages
//! that no build step reads.

use super::{Builder, expression, pug, span};
use crate::facts::{Block, ExpressionKind, Facts, File};

const NAMES: [&str; 3] = ["th:utext", "v-html", "x-html"];

pub(super) fn lower(file: &File) -> Facts {
    let source = &*file.text;
    let mut builder = Builder::new(source.len());
    let mut block = Block::new();
    for name in NAMES {
        let mut at = 0;
        while let Some(found) = source[at..].find(name) {
            let start = at + found;
            at = start + name.len();
            let Some((first, last)) = quoted(source, at) else { continue };
            at = last;
            let value = if name == "th:utext" {
                thymeleaf(&mut builder, source, first, last)
            } else {
                pug::script(&mut builder, source, first, last)
            };
            if let Some(value) = value {
                builder.output(&mut block, value, span(start, last + 1), true);
            }
        }
    }
    builder.finish(block)
}

/// The inside of `="…"` at `at`.
fn quoted(source: &str, at: usize) -> Option<(usize, usize)> {
    let quote =
        source[at..].strip_prefix('=')?.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let first = at + 2;
    Some((first, first + source[first..].find(quote)?))
}

/// The values in `${…}` and `*{…}`; texts of `#{…}` come from the project's own files.
fn thymeleaf(
    builder: &mut Builder,
    source: &str,
    first: usize,
    last: usize,
) -> Option<crate::facts::ExpressionId> {
    let mut values = Vec::new();
    let mut at = first;
    while let Some(found) = source[at..last].find(['$', '*']) {
        let open = at + found + 1;
        at = open;
        if !source[open..last].starts_with('{') {
            continue;
        }
        let Some(length) = source[open..last].find('}') else { break };
        values.extend(expression::parse(builder, source, open + 1, open + length));
        at = open + length;
    }
    match values.as_slice() {
        [] => None,
        [only] => Some(*only),
        _ => Some(builder.add(ExpressionKind::Concat(values), span(first, last))),
    }
}
