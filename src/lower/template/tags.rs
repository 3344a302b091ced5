//! `<% code %>`, `<%= escaped %>` and `<%- raw %>`: a script with text between.

use super::{Builder, shown};
use crate::{
    facts::{ExpressionId, ExpressionKind, Facts, File, Language},
    lower::{blanks, depth, javascript},
};

/// Stand for the two kinds of output in the script: names that no program uses, as long as what they
/// replace.
const RAW_CALL: &str = "ƒ(";
const ESCAPED_CALL: &str = "ß(";

pub(super) fn lower(file: &File) -> Facts {
    let script = script(&file.text);
    if depth::too_deep(&script, Language::JavaScript).is_some() {
        return Facts::empty();
    }
    let mut facts = javascript::lower_template(file, &script);
    let outputs: Vec<_> =
        facts.expressions().filter_map(|(id, _)| Some((id, output(&facts, id)?))).collect();
    for (id, (value, is_raw)) in outputs {
        let span = facts[id].span;
        facts.expressions[id.0 as usize].kind = shown(value, span, is_raw);
    }
    Builder::resume(facts, file.text.len()).finish(Vec::new())
}

/// What is shown by a call that stands for an output, and whether as it is.
fn output(facts: &Facts, id: ExpressionId) -> Option<(ExpressionId, bool)> {
    let ExpressionKind::Call { callee, arguments, .. } = &facts[id].kind else { return None };
    let ExpressionKind::Name(name) = &facts[*callee].kind else { return None };
    let is_raw = RAW_CALL.starts_with(name.as_str());
    let is_output = is_raw || ESCAPED_CALL.starts_with(name.as_str());
    let value = arguments.first().filter(|_| is_output && name.chars().count() == 1)?.value;
    // What a layout wraps around was made by another template.
    let is_slot = matches!(&facts[value].kind, ExpressionKind::Name(name) if name == "body");
    Some((value, is_raw && !is_slot))
}

/// The code of the template in its places, all else blank.
fn script(source: &str) -> String {
    let mut script = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(found) = source[at..].find("<%") {
        let start = at + found;
        let Some(length) = source[start..].find("%>") else { break };
        let inside = &source[start + 2..start + length];
        script.push_str(&blanks(&source[at..start]));
        push_tag(&mut script, inside);
        at = start + length + 2;
    }
    script.push_str(&blanks(&source[at..]));
    script
}

fn push_tag(script: &mut String, inside: &str) {
    // `-%>` and `_%>` eat the line break that follows, and an output may end in a stray semicolon.
    let code = inside.trim_end_matches(['-', '_']);
    let output = code.trim_ascii_end().trim_end_matches(';');
    let (opening, code, closing) = match inside.as_bytes().first() {
        Some(b'#' | b'%') => ("", "", ""),
        Some(b'=') => (ESCAPED_CALL, &output[1..], ");"),
        Some(b'-') if output.len() > 1 => (RAW_CALL, &output[1..], ");"),
        Some(b'_') if code.len() > 1 => ("   ", &code[1..], "; "),
        _ => ("  ", code, "; "),
    };
    if closing.is_empty() {
        script.push_str(&blanks(inside));
        script.push_str("    ");
        return;
    }
    script.push_str(opening);
    script.push_str(code);
    script.push_str(&blanks(&inside[opening.len() + code.len() - 2..]));
    script.push_str(closing);
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn code_stays_in_its_place() {
        let source = "é <% if (a) { %>\n<b><%= a; %></b><%- b -%>\n<%# no %><% } _%>";
        let expected = "      if (a) { ; \n   ß( a  );    ƒ( b  );\n                  }  ; ";
        let script = script(source);
        assert_eq!(script.len(), source.len());
        assert_eq!(
            script.split_whitespace().collect::<Vec<_>>(),
            expected.split_whitespace().collect::<Vec<_>>()
        );
    }
}
