//! The gaps of the report for people.

use super::{Page, place, shown};
use crate::{
    gap::{Evidence, Severity, Status},
    report::{
        Frame, Gap, Report,
        escape::is_deceptive,
        style::{Ink, count, cut, cut_front, pad, width_of, wrap},
    },
};

/// Without `--verbose`: lines for gaps in full, and for gaps altogether.
const FULL_LINES_MAX: usize = 44;
const LINES_MAX: usize = 60;

/// Columns in front of a gap's message.
const LABEL: usize = 10;

pub(super) fn write(report: &Report, page: &mut Page) {
    let open: Vec<&Gap> = report.open_gaps().collect();
    if page.look.verbose {
        for gap in &open {
            full(gap, 0, page);
        }
    } else {
        most_important(&open, page);
    }
    let accepted = report.gaps.len() - open.len();
    if accepted > 0 {
        let suppressed =
            report.gaps.iter().filter(|gap| matches!(gap.status, Status::Suppressed(_)));
        let suppressed = suppressed.count();
        let baseline = accepted - suppressed;
        let text = match (suppressed, baseline) {
            (_, 0) => format!("{} suppressed", count(suppressed, "gap")),
            (0, _) => format!("{} in the baseline", count(baseline, "gap")),
            _ => format!("{suppressed} suppressed, {baseline} in the baseline"),
        };
        page.line(&page.look.paint(Ink::Faint, &text));
    }
    page.blank();
}

/// Critical and high ones in full, one for each rule, as long as they fit; the others in one line a rule.
fn most_important(open: &[&Gap], page: &mut Page) {
    let mut rules: Vec<(&str, Vec<&Gap>)> = Vec::new();
    for gap in open {
        match rules.iter_mut().find(|(id, _)| *id == &*gap.text.id) {
            Some((_, gaps)) => gaps.push(gap),
            None => rules.push((&gap.text.id, vec![gap])),
        }
    }
    let mut used = 0;
    let mut in_full = 0;
    for (_, gaps) in &rules {
        let mut block = Page { look: page.look, text: String::new() };
        full(gaps[0], gaps.len() - 1, &mut block);
        let lines = block.text.lines().count();
        if gaps[0].severity < Severity::High || (in_full > 0 && used + lines > FULL_LINES_MAX) {
            break;
        }
        page.text.push_str(&block.text);
        used += lines;
        in_full += 1;
    }
    let rest = &rules[in_full..];
    let fitting = (LINES_MAX.saturating_sub(used + 1)).min(rest.len());
    for (id, gaps) in &rest[..fitting] {
        one_line(id, gaps, page);
    }
    if rest.len() > fitting {
        page.line(&format!("and {} more with gaps", count(rest.len() - fitting, "rule")));
    }
    let is_shortened = !rest.is_empty() || rules.iter().any(|(_, gaps)| gaps.len() > 1);
    if is_shortened {
        page.line(&page.look.paint(Ink::Faint, "all of them with their places: gapcheck check -v"));
    }
}

fn one_line(id: &str, gaps: &[&Gap], page: &mut Page) {
    let severity = gaps[0].severity;
    let label =
        page.look.paint(Ink::Severity(severity), &pad(&severity.name().to_uppercase(), LABEL));
    let places: usize = gaps.iter().map(|gap| gap.places.len()).sum();
    let tail = format!("{:>4}  ", format!("{places}×"));
    let left = page.look.width.saturating_sub(LABEL + width_of(&tail));
    let id = pad(&cut(id, left * 3 / 5), left * 3 / 5);
    let first = place(&gaps[0].place.path, gaps[0].place.line);
    let first = cut_front(&first, left.saturating_sub(width_of(&id) + 1));
    let first = page.look.paint(Ink::Faint, &first);
    page.line(&format!("{label}{tail}{id} {first}"));
}

fn full(gap: &Gap, alike: usize, page: &mut Page) {
    heading(gap, page);
    place_line(gap, page);
    if let Some(frame) = &gap.frame {
        frame_lines(frame, note_at(gap), page);
    }
    for evidence in gap.evidence.iter().filter(|evidence| evidence.place != gap.place).take(3) {
        evidence_line(evidence, page);
    }
    if page.look.verbose {
        for other in gap.places.iter().skip(1) {
            let text = format!(
                "{}  {}",
                place(&other.place.path, other.place.line),
                shown(&other.subject)
            );
            page.line(&format!("  {}", cut(&text, page.look.width - 2)));
        }
    }
    let mut head = "  fix   ";
    for line in wrap(&gap.text.fix, page.look.width - 8) {
        page.line(&format!("{head}{line}"));
        head = "        ";
    }
    if alike > 0 {
        page.line(&format!(
            "  and {} of this rule",
            count(alike, "more gap").replace("more gaps", "more")
        ));
    }
    page.blank();
}

/// Severity, message, and the rule's name at the right edge where it fits.
fn heading(gap: &Gap, page: &mut Page) {
    let look = page.look;
    let message = if gap.places.len() > 1 { &gap.text.title } else { &gap.message };
    let mut lines = wrap(&capitalised(&shown(message)), look.width - LABEL);
    let id = cut(&gap.text.id, look.width - LABEL);
    let last = lines.last().map_or(0, |line| width_of(line));
    if lines.is_empty() || LABEL + last + 2 + width_of(&id) > look.width {
        lines.push(String::new());
    }
    let label =
        look.paint(Ink::Severity(gap.severity), &pad(&gap.severity.name().to_uppercase(), LABEL));
    let last = lines.len() - 1;
    for (index, line) in lines.iter().enumerate() {
        let head = if index == 0 { label.clone() } else { " ".repeat(LABEL) };
        let tail = if index == last {
            let id = pad_left(&id, look.width - LABEL - width_of(line));
            look.paint(Ink::Faint, &id)
        } else {
            String::new()
        };
        page.line(&format!("{head}{}{tail}", look.paint(Ink::Strong, line)));
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{:missing$}{text}", "", missing = width.saturating_sub(width_of(text)))
}

fn place_line(gap: &Gap, page: &mut Page) {
    let others = match gap.places.len() - 1 {
        0 => String::new(),
        others => format!("  and {others} more {}", if others == 1 { "place" } else { "places" }),
    };
    let first = place(&gap.place.path, gap.place.line);
    let first = cut_front(&first, page.look.width.saturating_sub(2 + width_of(&others)));
    page.line(&format!("  {first}{others}"));
}

/// What is to be seen at the gap's own place.
fn note_at(gap: &Gap) -> &str {
    gap.evidence.iter().find(|evidence| evidence.place == gap.place).map_or("", |it| &it.note)
}

fn evidence_line(evidence: &Evidence, page: &mut Page) {
    let place = place(&evidence.place.path, evidence.place.line);
    let place = cut_front(&place, page.look.width / 2);
    let left = page.look.width.saturating_sub(width_of(&place) + 4);
    page.line(&format!("  {place}  {}", cut(&shown(&evidence.note), left)));
}

/// The source line, and a mark below it.
fn frame_lines(frame: &Frame, note: &str, page: &mut Page) {
    const TAB: usize = 4;
    let number = format!("{:>5}", frame.line);
    let indent = frame.text.chars().take_while(|character| character.is_whitespace()).count();
    let indent = indent.min(frame.start);
    let cells: Vec<String> = frame
        .text
        .chars()
        .skip(indent)
        .map(|character| match character {
            '\t' => " ".repeat(TAB),
            _ if is_deceptive(character) => character.escape_unicode().to_string(),
            _ => character.to_string(),
        })
        .collect();
    let columns = |cells: &[String]| cells.iter().map(|cell| width_of(cell)).sum::<usize>();
    let width = page.look.width.saturating_sub(width_of(&number) + 3);
    let [mut start, end] = [frame.start - indent, frame.end - indent].map(|at| at.min(cells.len()));
    // A mark far to the right: show the line from a little before it.
    let mut first = 0;
    while columns(&cells[first..end.max(start)]) > width && first + 10 < start {
        first += 1;
    }
    let ellipsis = if first > 0 { "…" } else { "" };
    // Escaped once more as a whole: two characters may make a command that neither is alone.
    let text = shown(&format!("{ellipsis}{}", cells[first..].concat()));
    start = start.max(first);
    let offset = width_of(ellipsis) + columns(&cells[first..start]);
    let length =
        columns(&cells[start..end.max(start)]).clamp(1, width.saturating_sub(offset).max(1));
    let bar = page.look.paint(Ink::Faint, "│");
    page.line(&format!("{number} {bar} {}", cut(&text, width)));
    let mark = page.look.paint(Ink::Severity(Severity::High), &"^".repeat(length));
    let left = width.saturating_sub(offset + length + 1);
    let note = shown(note);
    let fits = width_of(&note) <= left;
    page.line(&format!("      {bar} {:offset$}{mark} {}", "", if fits { &note } else { "" }));
    for line in wrap(&note, width).iter().filter(|_| !fits) {
        page.line(&format!("      {bar} {line}"));
    }
}
