//! TOML, as far as it parses: what stands before and after an error is kept.

use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Reading, comment, failure, span};
use crate::facts::{Comment, Document, Node, NodeKind, ProblemKind, Span};

pub(super) fn read(text: &str) -> Reading {
    let (table, errors) = DeTable::parse_recoverable(text);
    let failure = errors.first().map(|error| {
        let start = error.span().map_or(0, |range| range.start);
        let mut failure =
            failure(text, start, ProblemKind::DidNotParse, error.message().to_owned());
        // The parser goes on behind the error, so only its line is lost.
        failure.span.end = failure.span.end.min(failure.span.start.saturating_add(1));
        failure
    });
    let root = map(table.get_ref(), span(0, text.len()));
    let comments = comments(text, &root);
    Reading { document: Some(Document::Tree(vec![root])), comments, failure }
}

/// The parser refuses nesting deeper than 80.
fn node(value: &Spanned<DeValue>) -> Node {
    let range = value.span();
    let place = span(range.start, range.end);
    let kind = match value.get_ref() {
        DeValue::String(text) => NodeKind::Text(text.as_ref().into()),
        DeValue::Integer(number) => NodeKind::Number(number.as_str().into()),
        DeValue::Float(number) => NodeKind::Number(number.as_str().into()),
        DeValue::Boolean(value) => NodeKind::Bool(*value),
        DeValue::Datetime(time) => NodeKind::Text(time.to_string().into()),
        DeValue::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        DeValue::Table(table) => return map(table, place),
    };
    Node { kind, span: place }
}

fn map(table: &DeTable, place: Span) -> Node {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| {
            let range = key.span();
            (key.get_ref().as_ref().into(), span(range.start, range.end), node(value))
        })
        .collect();
    // The parser sorts by name.
    entries.sort_by_key(|(_, key, _)| *key);
    Node { kind: NodeKind::Map(entries), span: place }
}

/// A `#` outside every key and value starts a comment.
fn comments(text: &str, root: &Node) -> Vec<Comment> {
    let mut taken = Vec::new();
    collect_leaves(root, &mut taken);
    taken.sort_unstable();
    let mut next_taken = taken.into_iter().peekable();
    let mut found = Vec::new();
    let mut position = 0;
    while let Some(offset) = text[position..].find('#') {
        let start = position + offset;
        while next_taken.next_if(|leaf| leaf.end as usize <= start).is_some() {}
        if let Some(leaf) = next_taken.peek()
            && (leaf.start as usize) < start
        {
            position = leaf.end as usize;
            continue;
        }
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        found.push(comment(text[start..end].trim_start_matches('#'), start, end));
        position = end;
    }
    found
}

fn collect_leaves(node: &Node, taken: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (_, key, value) in entries {
                taken.push(*key);
                collect_leaves(value, taken);
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| collect_leaves(item, taken)),
        NodeKind::Text(_) => taken.push(node.span),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_places_and_comments_are_those_of_the_source() {
        let text =
            "# top\n[z]\nb = \"# no\" # yes\na.c = [1, '''\n# no''']\n[[list]]\nd = 1979-05-27\n";
        let reading = read(text);
        let Some(Document::Tree(roots)) = &reading.document else { panic!("a tree") };
        let keys: Vec<_> = roots[0].entries().map(|(key, _)| key).collect();
        assert_eq!(keys, ["z", "list"]);
        assert_eq!(roots[0].at(&["z", "b"]).and_then(Node::text), Some("# no"));
        let comments: Vec<_> =
            reading.comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(comments, ["top", "yes"]);
        assert!(reading.failure.is_none());
    }

    #[test]
    fn what_surrounds_an_error_is_kept() {
        let reading = read("a = 1\nb = = 2\nc = 3\n");
        let Some(Document::Tree(roots)) = &reading.document else { panic!("a tree") };
        assert_eq!(roots[0].get("c").and_then(Node::text), Some("3"));
        assert!(reading.failure.is_some());
        assert!(read(&format!("a = {}", "[".repeat(50_000))).failure.is_some());
    }
}
