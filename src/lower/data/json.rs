//! JSON, with comments and trailing commas where people write them.

use std::collections::HashMap;

use jsonc_parser::{
    CollectOptions, CommentCollectionStrategy, ParseOptions,
    ast::{self, Value},
    common::Ranged as _,
    errors::{ParseError, ParseErrorKind},
    parse_to_ast,
};

use super::{Reading, comment, failure, span};
use crate::facts::{Comment, Document, Node, NodeKind, ProblemKind};

pub(super) fn read(text: &str) -> Reading {
    let (value, comments) = match parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let kind = match error.kind() {
                ParseErrorKind::NestingDepthExceeded => ProblemKind::TooDeep,
                _ => ProblemKind::DidNotParse,
            };
            let message = format!("{}, line {}", error.kind(), error.line_display());
            let failure = failure(text, error.range().start, kind, message);
            return Reading { failure: Some(failure), ..Reading::default() };
        }
    };
    let document = value.map(|value| Document::Tree(vec![node(&value)]));
    Reading { document, comments, failure: None }
}

/// The root of `text` and its comments; no root when the text is empty.
fn parse(text: &str) -> Result<(Option<Value<'_>>, Vec<Comment>), ParseError> {
    let collect = CollectOptions {
        comments: CommentCollectionStrategy::Separate,
        ..CollectOptions::default()
    };
    let parsed = parse_to_ast(text, &collect, &ParseOptions::default())?;
    // Each comment is listed under the token before and the one after it.
    let mut comments: Vec<Comment> = parsed
        .comments
        .into_iter()
        .flat_map(HashMap::into_values)
        .flat_map(|group| group.iter().map(of_note).collect::<Vec<_>>())
        .collect();
    comments.sort_by_key(|comment| comment.span);
    comments.dedup_by_key(|comment| comment.span);
    Ok((parsed.value, comments))
}

fn of_note(note: &ast::Comment) -> Comment {
    let range = note.range();
    comment(note.text().trim_start_matches('*'), range.start, range.end)
}

/// The object at the root of `text`, without its comments.
pub(super) fn root(text: &str) -> Option<ast::Object<'_>> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    match parsed.ok()?.value? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The parser refuses nesting deeper than 512.
fn node(value: &Value) -> Node {
    let range = value.range();
    let kind = match value {
        Value::StringLit(literal) => NodeKind::Text(literal.value.as_ref().into()),
        Value::NumberLit(literal) => NodeKind::Number(literal.value.into()),
        Value::BooleanLit(literal) => NodeKind::Bool(literal.value),
        Value::NullKeyword(_) => NodeKind::Null,
        Value::Array(array) => NodeKind::List(array.elements.iter().map(node).collect()),
        Value::Object(object) => NodeKind::Map(object.properties.iter().map(entry).collect()),
    };
    Node { kind, span: span(range.start, range.end) }
}

fn entry(property: &ast::ObjectProp) -> (crate::facts::Text, crate::facts::Span, Node) {
    let range = property.name.range();
    (property.name.as_str().into(), span(range.start, range.end), node(&property.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_read() {
        let text = "{ // why\n \"a\": [1, true, null,], /* b */ \"c\": {\"d\": \"\\u0041\"}}";
        let reading = read(text);
        let Some(Document::Tree(roots)) = reading.document else { panic!("a tree") };
        assert_eq!(roots[0].at(&["c", "d"]).and_then(Node::text), Some("A"));
        assert_eq!(roots[0].get("a").map(|list| list.items().len()), Some(3));
        let comments: Vec<_> =
            reading.comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(comments, ["why", "b"]);
        let place = roots[0].at(&["c", "d"]).map(|node| node.span).expect("it is there");
        assert_eq!(&text[place.start as usize..place.end as usize], "\"\\u0041\"");
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let reading = read(&"[".repeat(100_000));
        assert!(reading.document.is_none());
        assert!(reading.failure.is_some());
    }
}
