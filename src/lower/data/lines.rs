//! Lists of lines: ignore files, requirements, CODEOWNERS, go.mod, Gradle scripts.

use super::{Reading, comment, lines_with_offsets, span};
use crate::facts::{Document, document::Line};

pub(super) fn read(name: &str, text: &str) -> Reading {
    let markers: &[&str] = match name {
        "go.mod"
        | "go.work"
        | "build.gradle"
        | "build.gradle.kts"
        | "settings.gradle"
        | "settings.gradle.kts" => &["//"],
        "setup.cfg" => &["#", ";"],
        _ => &["#"],
    };
    let has_blocks = name.contains(".gradle");
    let mut reading = Reading::default();
    let mut found = Vec::new();
    let mut in_block = false;
    for (offset, line) in lines_with_offsets(text) {
        let trimmed = line.trim();
        let start = offset + (line.len() - line.trim_start().len());
        let end = start + trimmed.len();
        if trimmed.is_empty() {
            continue;
        }
        if in_block || has_blocks && trimmed.starts_with("/*") {
            in_block = !trimmed.contains("*/");
            reading.comments.push(comment(trimmed.trim_matches(['/', '*']), start, end));
            continue;
        }
        if let Some(note) = markers.iter().find_map(|marker| trimmed.strip_prefix(marker)) {
            reading.comments.push(comment(note, start, end));
            continue;
        }
        // A marker behind a blank starts a comment too, except in patterns and in quoted text.
        let behind = markers.iter().filter_map(|marker| {
            let place = trimmed.find(&format!(" {marker}"))?;
            (!name.ends_with("ignore") && !trimmed[place..].contains(['"', '\'']))
                .then_some((place, marker.len()))
        });
        if let Some((place, length)) = behind.min() {
            reading.comments.push(comment(&trimmed[place + 1 + length..], start + place + 1, end));
        }
        found.push(Line { text: trimmed.into(), span: span(start, end) });
    }
    reading.document = Some(Document::Lines(found));
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str, text: &str) -> Vec<String> {
        match read(name, text).document {
            Some(Document::Lines(list)) => list.iter().map(|line| line.text.to_string()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn comments_are_told_from_lines() {
        assert_eq!(lines(".gitignore", "# a\n\n *.log \n!keep#1\n"), ["*.log", "!keep#1"]);
        assert_eq!(lines("go.mod", "module a\n// b\nrequire c v1 // indirect\n").len(), 2);
        assert_eq!(lines("build.gradle", "/* a\n b */\nid 'x' // c\n"), ["id 'x' // c"]);
        assert_eq!(read("requirements.txt", "a==1 # why\n").comments[0].text, "why");
    }
}
