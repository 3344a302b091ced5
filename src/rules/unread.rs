//! Code that ships and that no rule could look at: it must not count as clean.

use std::cmp::Reverse;

use super::sites::Sites;
use crate::{
    facts::{File, Language, Span},
    project::{Location, Project},
};

/// The shipped code that was not read, wholly or in part.
pub(super) struct Unread {
    /// Most lines first, then by path.
    files: Vec<UnreadFile>,
    /// Lines of shipped code that were read.
    read_lines: usize,
}

struct UnreadFile {
    location: Location,
    path: String,
    reason: &'static str,
    lines: usize,
}

impl Unread {
    pub(super) fn of(project: &Project) -> Self {
        let mut unread = Self { files: Vec::new(), read_lines: 0 };
        for (id, unit) in project.units() {
            let file = &unit.file;
            let is_unsupported = file.language == Language::Unsupported;
            if !file.is_shipped() || !(file.language.is_code() || is_unsupported) {
                continue;
            }
            let all = file.lines.count(&file.text);
            let (span, reason, lines) = match unit.facts.broken.first() {
                None if is_unsupported => (Span::default(), "this language is not read", all),
                None => {
                    unread.read_lines += all;
                    continue;
                }
                Some(&first) => {
                    let lines = lines_of(file, &unit.facts.broken).min(all);
                    unread.read_lines += all - lines;
                    (first, "this part of the file did not parse", lines)
                }
            };
            let location = project.location(id, span);
            unread.files.push(UnreadFile { location, path: file.path.to_string(), reason, lines });
        }
        unread.files.sort_by(|a, b| (Reverse(a.lines), &a.path).cmp(&(Reverse(b.lines), &b.path)));
        unread
    }

    /// Adds the sites that the unread code may hold: as many for its lines as were found in the lines
    /// that were read, one at least, and not more than one a file. One for each file would let forty
    /// stray fragments outweigh the thirty routes of a rule that were all seen.
    pub(super) fn add_to(&self, sites: &mut Sites) {
        let unread_lines: usize = self.files.iter().map(|file| file.lines).sum();
        let expected = if self.read_lines == 0 {
            self.files.len()
        } else {
            (sites.len() * unread_lines).div_ceil(self.read_lines).max(1)
        };
        for file in self.files.iter().take(expected) {
            sites.unknown(file.location, &*file.path, file.reason);
        }
    }
}

/// How many lines the regions touch, each region for itself.
fn lines_of(file: &File, regions: &[Span]) -> usize {
    regions.iter().map(|&region| file.slice(region).matches('\n').count() + 1).sum()
}

#[cfg(test)]
mod tests {
    use crate::{
        gap::{Answer, Verdict},
        rules::{Matching, Rule, Sites, examples::project, run},
    };

    const BROKEN: &str = "const open = {\n";

    /// A verdict of a rule that finds ten holding sites in a file of a hundred lines.
    fn verdict(broken: &[(&str, &str)]) -> Verdict {
        let mut rules = crate::rules::all().expect("this version's own rules");
        let at = rules.iter().position(|rule| &**rule.id() == "errors/outbound-call-no-timeout");
        let mut rule: Rule = rules.swap_remove(at.expect("it is a rule of this version"));
        rule.matching = Matching::Detector(|project, sites: &mut Sites| {
            let (id, _) = project.units().find(|(_, unit)| &*unit.file.path == "a.js").expect("it");
            for subject in 0..10 {
                let place = project.location(id, crate::facts::Span::default());
                sites.holds(place, subject.to_string(), "seen");
            }
        });
        let whole = "go();\n".repeat(100);
        let files = [&[("a.js", whole.as_str())], broken].concat();
        run(&[rule], &project(&files, "schema = 1\n")).remove(0)
    }

    fn unknown(verdict: &Verdict) -> Vec<&str> {
        let is_unknown = |answer: &Answer| matches!(answer, Answer::Unknown { .. });
        let sites = verdict.sites.iter().filter(|site| is_unknown(&site.answer));
        sites.map(|site| &*site.subject).collect()
    }

    #[test]
    fn unread_code_adds_as_many_unknown_sites_as_its_lines_may_hold() {
        assert!(unknown(&verdict(&[])).is_empty());
        let small = [("b.js", BROKEN), ("c.js", BROKEN), ("d.js", BROKEN)];
        assert_eq!(unknown(&verdict(&small)), ["b.js"], "few lines still leave one");
        let long = BROKEN.repeat(20);
        let large = [("b.js", BROKEN), ("c.js", BROKEN), ("d.js", &long)];
        assert_eq!(unknown(&verdict(&large)), ["b.js", "c.js", "d.js"]);
        let one = [("b.js", long.as_str())];
        assert_eq!(unknown(&verdict(&one)), ["b.js"], "not more than one a file");
    }
}
