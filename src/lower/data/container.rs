//! Dockerfile: instructions in order.

use super::{Reading, comment, lines_with_offsets, span};
use crate::facts::{Document, document::Instruction};

pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut instructions = Vec::new();
    let mut escape = '\\';
    let mut lines = lines_with_offsets(text).peekable();
    while let Some((start, line)) = lines.next() {
        let trimmed = line.trim();
        if let Some(note) = trimmed.strip_prefix('#') {
            if let Some(directive) = note.trim().strip_prefix("escape=")
                && instructions.is_empty()
            {
                escape = directive.chars().next().unwrap_or('\\');
            }
            let indentation = line.len() - line.trim_start().len();
            reading.comments.push(comment(
                note,
                start + indentation,
                start + line.trim_end().len(),
            ));
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        let mut end = start + line.len();
        let mut logical = trimmed.to_owned();
        while logical.ends_with(escape) {
            logical.pop();
            logical.truncate(logical.trim_end().len());
            let Some((next_start, next)) = lines.next() else { break };
            end = next_start + next.len();
            // Comments and blank lines may stand between continued lines.
            let next_trimmed = next.trim();
            if let Some(note) = next_trimmed.strip_prefix('#') {
                let indentation = next.len() - next.trim_start().len();
                reading.comments.push(comment(note, next_start + indentation, end));
                logical.push(escape);
            } else if next_trimmed.is_empty() {
                logical.push(escape);
            } else {
                logical.push(' ');
                logical.push_str(next_trimmed);
            }
        }
        let (keyword, arguments) =
            logical.split_once(char::is_whitespace).unwrap_or((&logical, ""));
        let keyword = keyword.to_ascii_uppercase();
        let mut arguments = arguments.trim().to_owned();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (word, strip_tabs) in heredocs(&arguments) {
                for (next_start, next) in lines.by_ref() {
                    end = next_start + next.len();
                    let candidate = if strip_tabs { next.trim_start_matches('\t') } else { next };
                    if candidate == word {
                        break;
                    }
                    arguments.push('\n');
                    arguments.push_str(next);
                }
            }
        }
        instructions.push(Instruction {
            keyword: keyword.into(),
            arguments: arguments.into(),
            span: span(start, end),
        });
    }
    reading.document = Some(Document::Container(instructions));
    reading
}

/// The end words of the heredocs that `arguments` opens, in order, and whether tabs before them count.
fn heredocs(arguments: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = arguments;
    while let Some(start) = rest.find("<<") {
        let before = rest[..start].chars().next_back();
        rest = &rest[start + 2..];
        let strip_tabs = rest.starts_with('-');
        let word = rest.strip_prefix('-').unwrap_or(rest);
        let word: String = word
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|character| character.is_alphanumeric() || *character == '_')
            .collect();
        // `$((1<<3))` shifts, `<<<` passes a string.
        let opens = before.is_none_or(char::is_whitespace)
            || before.is_some_and(|character| character.is_ascii_digit());
        if opens && word.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            found.push((word, strip_tabs));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instructions(text: &str) -> Vec<(String, String)> {
        match read(text).document {
            Some(Document::Container(list)) => list
                .into_iter()
                .map(|one| (one.keyword.to_string(), one.arguments.to_string()))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn continuations_comments_and_heredocs() {
        let text = "# base\nfrom node:20 AS build\nRUN a && \\\n    # why\n\n    b\nRUN <<EOF\napt install\nEOF\nUSER node\n";
        let expected = [
            ("FROM", "node:20 AS build"),
            ("RUN", "a && b"),
            ("RUN", "<<EOF\napt install"),
            ("USER", "node"),
        ];
        let found = instructions(text);
        let found: Vec<_> = found.iter().map(|(k, a)| (k.as_str(), a.as_str())).collect();
        assert_eq!(found, expected);
        assert_eq!(read(text).comments.len(), 2);
    }

    #[test]
    fn what_only_looks_like_a_heredoc_is_none() {
        let found = instructions("RUN echo $((1<<3)) && cat <<<x\nCMD [\"a\"]\nRUN cat <<EOF");
        assert_eq!(found.len(), 3);
        assert_eq!(instructions("# escape=`\nRUN a `\n b\n")[0].1, "a b");
    }
}
