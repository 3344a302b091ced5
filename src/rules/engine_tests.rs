//! The engine over rules that exist only here.

use super::{Level, Matching, Rule, Sites, examples::project, run};
use crate::{
    facts::Span,
    gap::{Answer, Confidence, RuleAnswer, Severity, Verdict},
    project::Project,
};

const WORDS: &str = r#"
schema = 1
[[name]]
path = "got.get"
means = "http-request"
[[name]]
path = "got.limit"
means = "deadline"
"#;

const HEAD: &str = r#"
schema = 1
title = "A request may wait for ever"
severity = "high"
confidence = "likely"
phase = "staging"
needs = "file"
scored = "sites"
effort_minutes = 10
since = "0.1.0"
why = "It does."
counts = "A request without a limit."
does_not_count = "A request with one."
fix = "Pass one."
[remedy]
failure_modes = ["the peer is slow"]
tests_first = ["a slow peer ends in an error"]
done_when = "all have one"
"#;

fn rule(clauses: &str) -> Rule {
    Rule::parse("errors/x.toml", &format!("{HEAD}{clauses}"), None).expect("a rule of this test")
}

fn detector(inspect: super::Inspect) -> Rule {
    let mut rule = rule("[each]\ncall_means = \"http-request\"\n");
    rule.matching = Matching::Detector(inspect);
    rule
}

fn verdict(rule: Rule, project: &Project) -> Verdict {
    run(&[rule], project).remove(0)
}

fn answers(clauses: &str, text: &str) -> Vec<&'static str> {
    let project = project(&[("a.js", &format!("import got from 'got';\n{text}"))], WORDS);
    let verdict = verdict(rule(clauses), &project);
    let name = |answer: &Answer| match answer {
        Answer::Holds { .. } => "holds",
        Answer::Gap { .. } => "gap",
        Answer::Unknown { .. } => "unknown",
    };
    verdict.sites.iter().map(|site| name(&site.answer)).collect()
}

#[test]
fn a_required_option_is_looked_for_by_name_and_in_objects() {
    let clauses =
        "[each]\ncall_means = \"http-request\"\n[require]\noption = [\"timeout\", \"signal\"]\n";
    let text = "got.get(u);\ngot.get(u, { timeout: 5 });\nconst o = { signal: s };\ngot.get(u, o);\n\
                got.get(u, { ...more });\n";
    assert_eq!(answers(clauses, text), ["gap", "holds", "holds", "unknown"]);
}

#[test]
fn a_forbidden_value_is_a_gap_and_an_unseen_one_unknown() {
    let clauses = "[each]\ncall_means = \"http-request\"\n[forbid.option_value]\nstrict = false\n";
    let text = "got.get(u, { strict: false });\ngot.get(u, { strict: true });\ngot.get(u);\n\
                got.get(u, { strict: read() });\n";
    assert_eq!(answers(clauses, text), ["gap", "holds", "holds", "unknown"]);
}

#[test]
fn clauses_pass_over_roles_and_hold_inside_a_meaning() {
    let clauses = "[each]\ncall_means = \"http-request\"\nlanguage = \"java-script\"\n\
                   [unless]\nin_meaning = \"deadline\"\n";
    assert_eq!(answers(clauses, "got.get(u);\ngot.limit(got.get(u));\n"), ["gap", "holds"]);
    let clauses = "[each]\ncall_means = \"http-request\"\n[unless]\nfile_role = \"source\"\n";
    assert_eq!(answers(clauses, "got.get(u);\n"), <[&str; 0]>::default());
}

#[test]
fn each_clause_can_be_dropped_alone() {
    let rule = rule(
        "[each]\ncall_means = \"http-request\"\nlanguage = \"python\"\n[require]\noption = \"timeout\"\n",
    );
    let Matching::Clauses(clauses) = rule.matching else { panic!("it has clauses") };
    let names: Vec<_> = clauses.each_clause_dropped().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["each.language", "require.option"]);
}

#[test]
fn a_wrong_rule_file_names_file_line_and_key() {
    let error = |text: &str| {
        let parsed = Rule::parse("errors/x.toml", text, None);
        parsed.expect_err("it is wrong").to_string()
    };
    let unknown = error(&HEAD.replace("since =", "sinse ="));
    assert!(unknown.starts_with("errors/x.toml:10: `sinse`: unknown field"), "{unknown}");
    let wrong = error(&HEAD.replace("\"high\"", "\"hgh\""));
    assert!(wrong.starts_with("errors/x.toml:4: `severity`: unknown variant `hgh`"), "{wrong}");
    let empty = error(&HEAD.replace("\"Pass one.\"", "\" \""));
    assert_eq!(empty, "errors/x.toml:14: `fix`: must say something");
    let headless = error(HEAD);
    assert!(headless.contains("neither clauses"), "{headless}");
    let clauses = error(&format!("{HEAD}[require]\noption = \"timeout\"\n"));
    assert_eq!(clauses, "errors/x.toml:19: `require`: says nothing without `[each]`");
    let dimension = Rule::parse("speed/x.toml", HEAD, None).expect_err("no such dimension");
    assert!(dimension.message.starts_with("`speed` is not a dimension"));
}

#[test]
fn a_panic_fails_one_rule_only() {
    let project = project(&[("a.js", "f();")], WORDS);
    let rules = [detector(|_, _| panic!("on purpose")), detector(|_, _| {})];
    let verdicts = run(&rules, &project);
    assert!(verdicts[0].failed && !verdicts[1].failed);
    assert_eq!(verdicts[0].answer(), RuleAnswer::Unknown);
    assert_eq!(verdicts[1].answer(), RuleAnswer::NotApplicable);
}

fn two_gaps(project: &Project, sites: &mut Sites) {
    let (file, _) = project.units().next().expect("the test has a file");
    let at = |start, end| project.location(file, Span::new(start, end));
    sites
        .gap(at(5, 8), "second", "is missing")
        .severity(Severity::Critical)
        .confidence(Confidence::Certain)
        .because(at(0, 3), "built here")
        .root("f");
    sites.holds(at(0, 3), "first", "seen");
    sites.gap(at(0, 3), "first", "is missing");
    sites.holds(at(10, 13), "third", "by the platform").credit(0.7);
}

#[test]
fn sites_are_sorted_judged_once_and_numbered_among_equals() {
    let project = project(&[("a.js", "f(); f(); f();")], WORDS);
    let verdict = verdict(detector(two_gaps), &project);
    let subjects: Vec<_> = verdict.sites.iter().map(|site| site.subject.as_str()).collect();
    assert_eq!(subjects, ["first", "second", "third"]);
    assert!(matches!(
        verdict.sites[0].answer,
        Answer::Gap { severity: Severity::High, confidence: Confidence::Likely, .. }
    ));
    assert_eq!(verdict.sites[1].evidence[0].note, "built here");
    let prints: Vec<_> = verdict.sites.iter().map(|site| &site.fingerprint).collect();
    assert!(prints[0] != prints[1] && prints[1] != prints[2]);

    let moved = project_of_text("\n\n// moved\nf(); f(); f();");
    let location = |sites: &mut Sites, project: &Project, number: u32| {
        let (file, unit) = project.units().next().expect("the test has a file");
        let start = u32::try_from(unit.file.text.find("f()").expect("it is there")).expect("short");
        let start = start + 5 * number;
        sites.gap(project.location(file, Span::new(start, start + 3)), "f", "is missing");
    };
    let text = rule_text();
    let mut sites = Sites::new(&text, &moved);
    (0..3).for_each(|number| location(&mut sites, &moved, number));
    let after: Vec<_> =
        sites.into_verdict().sites.into_iter().map(|site| site.fingerprint).collect();
    assert_eq!(prints.into_iter().cloned().collect::<Vec<_>>(), after);
}

fn project_of_text(text: &str) -> Project {
    project(&[("a.js", text)], WORDS)
}

#[test]
fn the_highest_level_stands_and_below_substantive_is_a_gap() {
    fn levels(project: &Project, sites: &mut Sites) {
        let (file, _) = project.units().next().expect("the test has a file");
        let place = project.location(file, Span::default());
        sites.level(Level::Named, place, "the project", "an empty file");
        sites.level(Level::Wired, place, "the project", "run on every change");
    }
    let project = project_of_text("f();");
    let mut rule = detector(levels);
    rule.text.scored = crate::gap::Scored::Level;
    let verdict = verdict(rule, &project);
    assert_eq!(verdict.level, Some(0.8));
    assert_eq!((verdict.sites.len(), verdict.answer()), (1, RuleAnswer::Holds));
}

#[test]
fn code_that_did_not_parse_is_unknown_for_a_rule_that_applies() {
    let text = "import got from 'got';\ngot.get(u);\n";
    let project = project(&[("a.js", text), ("b.js", "function ( {{{")], WORDS);
    let found = verdict(rule("[each]\ncall_means = \"http-request\"\n"), &project);
    let unknown = found.sites.iter().filter(|site| matches!(site.answer, Answer::Unknown { .. }));
    assert_eq!(unknown.map(|site| site.subject.as_str()).collect::<Vec<_>>(), ["b.js"]);
}

fn rule_text() -> crate::gap::RuleText {
    rule("[each]\ncall_means = \"http-request\"\n").text
}
