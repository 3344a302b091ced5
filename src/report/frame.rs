//! The source line that shows a gap.

use crate::gap::Place;

/// Longer lines are cut: minified code has lines of megabytes.
const FRAME_CHARACTERS_MAX: usize = 200;

/// Characters kept in front of the marked part of a line that is cut.
const FRAME_CHARACTERS_BEFORE: usize = 60;

/// One source line with a marked part. The text holds no secret: whoever reads it redacts first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub line: u32,
    pub text: String,
    /// The marked part, in code points of `text`: the first one, and the one after the last.
    pub start: usize,
    pub end: usize,
}

impl Frame {
    /// The first line of `place`, whose whole text is `line_text`.
    pub fn new(place: &Place, line_text: &str) -> Option<Self> {
        if line_text.trim().is_empty() {
            return None;
        }
        let length = line_text.chars().count();
        let start = (place.column.max(1) as usize - 1).min(length);
        let end = if place.end_line == place.line { place.end_column as usize } else { length + 1 };
        let end = end.saturating_sub(1).clamp(start, length);
        let skipped = if length > FRAME_CHARACTERS_MAX {
            start.saturating_sub(FRAME_CHARACTERS_BEFORE)
        } else {
            0
        };
        let text: String = line_text.chars().skip(skipped).take(FRAME_CHARACTERS_MAX).collect();
        let end = (end - skipped).min(text.chars().count());
        Some(Self { line: place.line, text, start: start - skipped, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(column: u32, end_column: u32) -> Place {
        Place { path: "a.js".into(), line: 7, column, end_line: 7, end_column }
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let line = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let frame = Frame::new(&place(5001, 5002), &line).expect("the line has text");
        assert_eq!(frame.text.chars().count(), FRAME_CHARACTERS_MAX);
        assert_eq!(frame.text.chars().nth(frame.start), Some('X'));
        assert_eq!(frame.end, frame.start + 1);
    }

    #[test]
    fn a_place_beyond_its_line_marks_nothing() {
        let frame = Frame::new(&place(90, 95), "short").expect("the line has text");
        assert_eq!((frame.start, frame.end), (5, 5));
    }
}
