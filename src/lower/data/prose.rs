//! Markdown: what a document says and how it is built.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Reading, comment, span};
use crate::facts::{
    Document, Span,
    document::{Line, Prose},
};

const TEXT_BYTES_MAX: usize = 64 << 10;

pub(super) fn read(text: &str) -> Reading {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut reading = Reading::default();
    let mut prose = Prose { dates: dates(text), ..Prose::default() };
    let mut heading: Option<String> = None;
    let mut code: Option<String> = None;
    let mut in_metadata = false;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(level)) => {
                let words = heading.take().unwrap_or_default();
                push_text(&mut prose.text, &words, "\n");
                prose.headings.push((level as u8, line(words.trim(), &range)));
            }
            Event::Start(Tag::CodeBlock(_)) => code = Some(String::new()),
            Event::End(TagEnd::CodeBlock) => {
                prose.code.push(line(&code.take().unwrap_or_default(), &range));
            }
            Event::Start(Tag::MetadataBlock(_)) => in_metadata = true,
            Event::End(TagEnd::MetadataBlock(_)) => in_metadata = false,
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                prose.links.push(line(&dest_url, &range));
            }
            Event::Code(words) => {
                prose.code.push(line(&words, &range));
                match &mut heading {
                    Some(heading) => heading.push_str(&words),
                    None => push_text(&mut prose.text, &words, ""),
                }
            }
            Event::Text(words) => {
                if let Some(code) = &mut code {
                    code.push_str(&words);
                } else if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                } else if !in_metadata {
                    prose.words +=
                        u32::try_from(words.split_whitespace().count()).unwrap_or(u32::MAX);
                    push_text(&mut prose.text, &words, "");
                }
            }
            Event::Html(markup) | Event::InlineHtml(markup) => {
                if let Some(note) = markup.trim().strip_prefix("<!--") {
                    reading.comments.push(comment(
                        note.trim_end_matches("-->"),
                        range.start,
                        range.end,
                    ));
                }
            }
            Event::SoftBreak
            | Event::HardBreak
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::TableRow) => {
                match &mut heading {
                    Some(heading) => heading.push(' '),
                    None => push_text(&mut prose.text, "", "\n"),
                }
            }
            _ => {}
        }
    }
    reading.document = Some(Document::Prose(prose));
    reading
}

fn line(text: &str, range: &Range<usize>) -> Line {
    Line { text: text.into(), span: span(range.start, range.end) }
}

/// Appends up to the cap, never half a character.
fn push_text(text: &mut String, words: &str, ending: &str) {
    let left = TEXT_BYTES_MAX.saturating_sub(text.len() + ending.len());
    let end =
        (0..=left.min(words.len())).rev().find(|&end| words.is_char_boundary(end)).unwrap_or(0);
    text.push_str(&words[..end]);
    if text.len() + ending.len() <= TEXT_BYTES_MAX {
        text.push_str(ending);
    }
}

/// Dates written as `YYYY-MM-DD`, wherever they stand.
fn dates(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (start, window) in bytes.windows(10).enumerate() {
        let digits = |range: Range<usize>| window[range].iter().all(u8::is_ascii_digit);
        if window[4] != b'-'
            || window[7] != b'-'
            || !(digits(0..4) && digits(5..7) && digits(8..10))
        {
            continue;
        }
        let is_alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let is_month = matches!(&window[5..7], [b'0', b'1'..=b'9'] | [b'1', b'0'..=b'2']);
        let before = start.checked_sub(1).and_then(|index| bytes.get(index));
        if is_month
            && is_alone(before)
            && bytes.get(start + 10).is_none_or(|byte| !byte.is_ascii_digit())
        {
            let place: Span = span(start, start + 10);
            found.push(Line { text: text[start..start + 10].into(), span: place });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_words_links_dates_and_code() {
        let text = "---\ntitle: x\n---\n# The `api`\n\nSee [it](docs/a.md), decided 2026-01-31.\n\n\
                    <!-- why -->\n\n```sh\nmake\n```\n\nMore\n----\n- one two\n";
        let reading = read(text);
        let Some(Document::Prose(prose)) = reading.document else { panic!("prose") };
        let headings: Vec<_> =
            prose.headings.iter().map(|(level, line)| (*level, line.text.as_str())).collect();
        assert_eq!(headings, [(1, "The api"), (2, "More")]);
        assert_eq!(prose.words, 7);
        assert_eq!(prose.links[0].text, "docs/a.md");
        assert_eq!(prose.dates[0].text, "2026-01-31");
        assert_eq!(prose.code.len(), 2);
        assert_eq!(prose.code[1].text, "make\n");
        assert!(prose.text.contains("See it, decided 2026-01-31.\n"));
        assert_eq!(reading.comments[0].text, "why");
    }

    #[test]
    fn the_text_is_cut_between_characters() {
        let Some(Document::Prose(prose)) = read(&"é".repeat(100_000)).document else {
            panic!("prose")
        };
        assert!(prose.text.len() <= TEXT_BYTES_MAX);
        assert!(read(&"> ".repeat(20_000)).document.is_some());
        assert!(read(&"[".repeat(20_000)).document.is_some());
    }
}
