//! `p!= raw`, `p= escaped` and `!{raw}`: Pug, line by line.

use super::{Builder, span};
use crate::{
    facts::{Block, ExpressionId, Facts, File, Language},
    lower::{depth, javascript},
};

pub(super) fn lower(file: &File) -> Facts {
    let source = &*file.text;
    let mut builder = Builder::new(source.len());
    let mut block = Block::new();
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        for (first, last, is_raw) in outputs(line.trim_end()) {
            let (first, last) = (start + first, start + last);
            if let Some(value) = script(&mut builder, source, first, last) {
                builder.output(&mut block, value, span(first, last), is_raw);
            }
        }
        start += line.len();
    }
    builder.finish(block)
}

/// Lowers `source[first..last]` as an expression of JavaScript.
pub(super) fn script(
    builder: &mut Builder,
    source: &str,
    first: usize,
    last: usize,
) -> Option<ExpressionId> {
    let code = source.get(first..last)?;
    if depth::too_deep(code, Language::JavaScript).is_some() {
        return None;
    }
    let facts = std::mem::take(&mut builder.facts);
    let (facts, value) =
        javascript::lower_expression(facts, builder.template, code, u32::try_from(first).ok()?);
    builder.facts = facts;
    value
}

/// The outputs of a line: from where, to where, and whether as they are.
fn outputs(line: &str) -> Vec<(usize, usize, bool)> {
    let mut found = Vec::new();
    if let Some(sign) = end_of_head(line) {
        if line[sign..].starts_with("!=") {
            found.push((sign + 2, line.len(), true));
        } else if line[sign..].starts_with('=') {
            found.push((sign + 1, line.len(), false));
        }
    }
    let mut at = 0;
    while let Some(next) = line[at..].find("!{") {
        let first = at + next + 2;
        let Some(length) = line[first..].find('}') else { break };
        found.push((first, first + length, true));
        at = first + length;
    }
    found
}

/// Where the element of a line ends: `p.name#id(attribute="value")`.
fn end_of_head(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start().len();
    if line[start..].starts_with(['|', '/', '-', '<']) {
        return None;
    }
    let is_name =
        |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '#' | '-' | '_' | ':');
    let rest = &line[start..];
    let mut end = start + rest.find(|sign: char| !is_name(sign))?;
    if line[end..].starts_with('(') {
        end += line[end..].rfind(')')? + 1;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::outputs;

    #[test]
    fn outputs_follow_an_element_or_stand_in_text() {
        assert_eq!(outputs("  p.lead!= text"), [(10, 15, true)]);
        assert_eq!(outputs("p(a=\"b\")= text"), [(9, 14, false)]);
        assert_eq!(outputs("p some !{text} here"), [(9, 13, true)]);
        assert_eq!(outputs("if a != b"), []);
        assert_eq!(outputs("| a!= b"), []);
    }
}
