//! YAML: one tree a document, with aliases and merge keys resolved, within bounds.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle, Span as Range, StructureStyle};

use super::{DEPTH_MAX, Reading, comment, failure, span};
use crate::facts::{Comment, Document, Node, NodeKind, ProblemKind, Span, Text};

/// Aliases repeat what they name; nine levels of nine would be a thousand million nodes.
const REPEATED_NODES_MAX: usize = 20_000;

pub(super) fn read(text: &str) -> Reading {
    let mut builder = Builder::default();
    let options = granit_parser::options! {
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
        emit_unresolved_aliases: true,
    };
    let mut failed = None;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, range)) => {
                if let Err(message) = builder.take(event, &range) {
                    failed = Some(failure(
                        text,
                        start_of(&range),
                        ProblemKind::TooDeep,
                        message.to_owned(),
                    ));
                    break;
                }
            }
            Err(error) => {
                let start = error.marker().byte_offset().unwrap_or_default();
                let message = format!("{}, line {}", error.info(), error.marker().line());
                failed = Some(failure(text, start, ProblemKind::DidNotParse, message));
                break;
            }
        }
    }
    let document = (!builder.documents.is_empty()).then_some(Document::Tree(builder.documents));
    Reading { document, comments: builder.comments, failure: failed }
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    comments: Vec<Comment>,
    open: Vec<Open>,
    /// What each anchor names, by the parser's number, with its number of nodes.
    anchors: BTreeMap<usize, (Node, usize)>,
    repeated: usize,
}

/// A collection whose end has not come yet.
struct Open {
    start: usize,
    anchor: usize,
    is_flow: bool,
    nodes: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(Text, Span, Node)>, key: Option<(Text, Span)> },
}

impl Builder {
    fn take(&mut self, event: Event, range: &Range) -> Result<(), &'static str> {
        let start = start_of(range);
        let end = range.end.byte_offset().unwrap_or(start);
        match event {
            Event::Comment(text, _) => self.comments.push(comment(&text, start, end)),
            Event::Scalar(text, style, anchor, _) => {
                let node = Node { kind: scalar(&text, style), span: span(start, end) };
                if anchor != 0 {
                    self.anchors.insert(anchor, (node.clone(), 1));
                }
                self.add(node, 1);
            }
            Event::Alias(anchor) => {
                let (node, nodes) =
                    self.anchors.get(&anchor).cloned().unwrap_or((null(start, end), 1));
                self.repeated += nodes;
                if self.repeated > REPEATED_NODES_MAX {
                    return Err("its aliases repeat too much");
                }
                self.add(node, nodes);
            }
            Event::UnresolvedAlias(_) => self.add(null(start, end), 1),
            Event::SequenceStart(style, anchor, _) => {
                self.open(start, anchor, style, Content::List(Vec::new()))?;
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(start, anchor, style, Content::Map { entries: Vec::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(end),
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        start: usize,
        anchor: usize,
        style: StructureStyle,
        content: Content,
    ) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH_MAX {
            return Err("nested too deep");
        }
        self.open.push(Open {
            start,
            anchor,
            is_flow: style == StructureStyle::Flow,
            nodes: 1,
            content,
        });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let (kind, last) = match open.content {
            Content::List(items) => {
                let last = items.last().map(|item| item.span.end);
                (NodeKind::List(items), last)
            }
            Content::Map { entries, .. } => {
                let last = entries.last().map(|(_, key, node)| node.span.end.max(key.end));
                (NodeKind::Map(merged(entries)), last)
            }
        };
        // The end of a block is only seen at what follows it, lines later.
        let end = match last {
            Some(last) if !open.is_flow => last as usize,
            _ => end,
        };
        let node = Node { kind, span: span(open.start, end.max(open.start)) };
        if open.anchor != 0 {
            self.anchors.insert(open.anchor, (node.clone(), open.nodes));
        }
        self.add(node, open.nodes);
    }

    fn add(&mut self, node: Node, nodes: usize) {
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        open.nodes += nodes;
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => match key.take() {
                None => *key = Some((node.text().unwrap_or_default().into(), node.span)),
                Some((name, place)) => entries.push((name, place, node)),
            },
        }
    }
}

fn start_of(range: &Range) -> usize {
    range.start.byte_offset().unwrap_or_default()
}

fn null(start: usize, end: usize) -> Node {
    Node { kind: NodeKind::Null, span: span(start, end) }
}

/// `<<: *defaults` adds the entries that the map does not have itself.
fn merged(entries: Vec<(Text, Span, Node)>) -> Vec<(Text, Span, Node)> {
    if entries.iter().all(|(key, _, _)| key != "<<") {
        return entries;
    }
    let (sources, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(key, _, _)| key == "<<");
    for (_, _, source) in sources {
        let maps = match source.kind {
            NodeKind::List(items) => items,
            _ => vec![source],
        };
        for map in maps {
            let NodeKind::Map(inherited) = map.kind else { continue };
            for entry in inherited {
                if own.iter().all(|(key, _, _)| *key != entry.0) {
                    own.push(entry);
                }
            }
        }
    }
    own
}

/// YAML 1.2: `yes`, `on` and dates are text.
fn scalar(text: &str, style: ScalarStyle) -> NodeKind {
    if style != ScalarStyle::Plain {
        return NodeKind::Text(text.into());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        _ if is_number(text) => NodeKind::Number(text.into()),
        _ => NodeKind::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'))
        && (text.parse::<f64>().is_ok()
            || text
                .strip_prefix("0x")
                .is_some_and(|digits| u64::from_str_radix(digits, 16).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots(text: &str) -> Vec<Node> {
        match read(text).document {
            Some(Document::Tree(roots)) => roots,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn places_are_those_of_the_source() {
        let text = "on:\n  push: {branches: [main]}\n# why\njobs:\n  a:\n    steps:\n      - run: x\n\nz: 'é'\n";
        let root = roots(text).remove(0);
        let slice = |node: &Node| text[node.span.start as usize..node.span.end as usize].to_owned();
        assert_eq!(root.at(&["on", "push"]).map(slice).as_deref(), Some("{branches: [main]}"));
        assert_eq!(root.at(&["jobs", "a"]).map(slice).as_deref(), Some("steps:\n      - run: x"));
        assert_eq!(root.get("z").map(slice).as_deref(), Some("'é'"));
        assert_eq!(read(text).comments[0].text, "why");
    }

    #[test]
    fn aliases_and_merge_keys_are_resolved() {
        let root = roots("x: &d {a: 1, b: 2}\ny:\n  <<: *d\n  b: 3\nz: *d\n").remove(0);
        assert_eq!(root.at(&["y", "a"]).and_then(Node::text), Some("1"));
        assert_eq!(root.at(&["y", "b"]).and_then(Node::text), Some("3"));
        assert_eq!(root.at(&["z", "b"]).and_then(Node::text), Some("2"));
        assert_eq!(roots("a: 1\n---\nb: 2\n").len(), 2);
    }

    #[test]
    fn bombs_and_nesting_end_early() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb = format!("{bomb}a{level}: &a{level} [{items}]\n");
        }
        assert!(read(&bomb).failure.is_some());
        assert!(read(&"- ".repeat(20_000)).failure.is_some());
        assert!(read(&"[".repeat(20_000)).failure.is_some());
        assert!(read("{{ .Values.a }}: {{ b }}\n- x").failure.is_some());
    }
}
