//! XML as a tree. Entities of a document type are never expanded.

use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};

use super::{DEPTH_MAX, Reading, comment, failure, span, text_node};
use crate::facts::{Document, Node, NodeKind, ProblemKind, Span, Text};

/// An element whose end has not come yet.
struct Open {
    name: Text,
    start: usize,
    name_span: Span,
    entries: Vec<(Text, Span, Node)>,
    text: String,
    text_start: usize,
}

pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut reader = Reader::from_str(text);
    let mut open = vec![element("", 0)];
    loop {
        let start = position(&reader);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let start = usize::try_from(reader.error_position()).unwrap_or_default();
                reading.failure =
                    Some(failure(text, start, ProblemKind::DidNotParse, error.to_string()));
                return reading;
            }
        };
        let end = position(&reader);
        match event {
            Event::Eof => break,
            Event::Start(tag) => {
                if open.len() > DEPTH_MAX {
                    let message = "nested too deep".to_owned();
                    reading.failure = Some(failure(text, start, ProblemKind::TooDeep, message));
                    return reading;
                }
                open.push(with_attributes(&tag, start, end));
            }
            Event::Empty(tag) => close(&mut open, with_attributes(&tag, start, end), end),
            Event::End(_) => {
                if open.len() > 1
                    && let Some(element) = open.pop()
                {
                    close(&mut open, element, end);
                }
            }
            Event::Text(content) => add_text(&mut open, &content.into_inner(), start),
            Event::CData(content) => add_text(&mut open, &content.into_inner(), start),
            Event::GeneralRef(reference) => {
                let raw = format!("&{};", reference.into_inner());
                let resolved = unescape(&raw).map(std::borrow::Cow::into_owned).unwrap_or_default();
                add_text(&mut open, &resolved, start);
            }
            Event::Comment(content) => {
                reading.comments.push(comment(&content.into_inner(), start, end))
            }
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if open.len() > 1 {
        let message = format!("`{}` is never closed", open[open.len() - 1].name);
        let start = open[open.len() - 1].start;
        reading.failure = Some(failure(text, start, ProblemKind::DidNotParse, message));
        return reading;
    }
    let root = open.pop().map_or(NodeKind::Null, |document| NodeKind::Map(document.entries));
    reading.document = Some(Document::Markup(Node { kind: root, span: span(0, text.len()) }));
    reading
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or_default()
}

fn element(name: &str, start: usize) -> Open {
    Open {
        name: name.into(),
        start,
        name_span: span(start + 1, start + 1 + name.len()),
        entries: Vec::new(),
        text: String::new(),
        text_start: start,
    }
}

/// Prefixes of namespaces are dropped.
fn with_attributes(tag: &BytesStart, start: usize, end: usize) -> Open {
    let name = tag.local_name();
    let mut element = element(name.as_ref(), start);
    for attribute in tag.attributes().flatten() {
        let key = format!("@{}", attribute.key.local_name().as_ref());
        let value = unescape(&attribute.value).unwrap_or_default();
        element.entries.push((key.into(), span(start, end), text_node(&value, start, end)));
    }
    element
}

fn add_text(open: &mut [Open], text: &str, start: usize) {
    if let Some(element) = open.last_mut() {
        if element.text.is_empty() {
            element.text_start = start + (text.len() - text.trim_start().len());
            element.text.push_str(text.trim_start());
        } else {
            element.text.push_str(text);
        }
    }
}

/// An element with nothing but text is that text.
fn close(open: &mut [Open], element: Open, end: usize) {
    let Open { name, start, name_span, mut entries, text, text_start } = element;
    let text = text.trim_end();
    let place = span(start, end);
    let node = if entries.is_empty() && text.is_empty() {
        Node { kind: NodeKind::Null, span: place }
    } else if entries.is_empty() {
        Node { kind: NodeKind::Text(text.into()), span: place }
    } else {
        if !text.is_empty() {
            let node = text_node(text, text_start, text_start + text.len());
            entries.push(("#text".into(), node.span, node));
        }
        Node { kind: NodeKind::Map(entries), span: place }
    };
    if let Some(parent) = open.last_mut() {
        parent.entries.push((name, name_span, node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text_are_read() {
        let text = "<?xml version=\"1.0\"?><!DOCTYPE p [<!ENTITY x \"boom\">]>\n<!-- why -->\n\
                    <p xmlns='u'><d a=\"1 &lt; 2\"/><d><g>org.x</g><v>${v} &amp; &x;</v></d></p>";
        let reading = read(text);
        let Some(Document::Markup(root)) = reading.document else { panic!("a tree") };
        let project = root.get("p").expect("it is there");
        let children: Vec<_> = project.entries().filter(|(key, _)| *key == "d").collect();
        assert_eq!(children.len(), 2);
        assert_eq!(children[0].1.text_at("@a"), Some("1 < 2"));
        assert_eq!(children[1].1.text_at("g"), Some("org.x"));
        assert_eq!(children[1].1.text_at("v"), Some("${v} &"));
        assert_eq!(reading.comments[0].text, "why");
    }

    #[test]
    fn broken_and_deep_markup_is_refused() {
        assert!(read("<a><b></a>").failure.is_some());
        assert!(read("<a><b>").failure.is_some());
        assert!(read(&"<a>".repeat(100_000)).failure.is_some());
    }
}
