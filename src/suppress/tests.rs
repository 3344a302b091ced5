use super::*;
use crate::{
    facts::{Comment, Facts, File, Language, Lines, Role, Runtime, Span, vocabulary::Vocabulary},
    gap::{Confidence, Dimension, Place, Scored, Severity},
};

const RULE: &str = "input/ssrf";

fn file(text: &str) -> File {
    File {
        path: "a.py".into(),
        language: Language::Python,
        role: Role::Source,
        runtime: Runtime::Server,
        tracked: true,
        text: text.into(),
        lines: Lines::of(text),
    }
}

/// Every `#` starts a comment: enough for these texts.
fn facts(text: &str) -> Facts {
    let mut facts = Facts::empty();
    for (start, _) in text.match_indices('#') {
        let length = text[start..].find('\n').unwrap_or(text.len() - start);
        let offset = |at: usize| u32::try_from(at).expect("short");
        facts.comments.push(Comment {
            text: text[start + 1..start + length].trim().into(),
            span: Span::new(offset(start), offset(start + length)),
            documentation: false,
        });
    }
    facts
}

fn project(text: &str) -> Project {
    let names = vec!["a.py".to_owned()];
    Project::join(vec![file(text)], vec![facts(text)], names, Vocabulary::default())
}

fn verdict(line: u32) -> Verdict {
    Verdict {
        rule: RULE.into(),
        dimension: Dimension::Input,
        severity: Severity::High,
        scored: Scored::Sites,
        level: None,
        sites: vec![Site {
            subject: "get".to_owned(),
            place: Place { path: "a.py".into(), line, column: 1, end_line: line, end_column: 4 },
            answer: Answer::Gap {
                message: "open".to_owned(),
                severity: Severity::High,
                confidence: Confidence::Likely,
            },
            evidence: Vec::new(),
            root: None,
            fingerprint: "f".to_owned(),
            status: Status::Open,
        }],
        failed: false,
    }
}

/// What becomes of a gap on `line` of `text`, and the messages.
fn run(text: &str, line: u32) -> (Status, Vec<String>) {
    let mut verdicts = [verdict(line)];
    let today = Date::new(2026, 11, 23).expect("a day");
    let known = [RULE, "auth/csrf-missing"];
    let config = Config::default();
    let problems = apply(&mut verdicts, &project(text), &[], &known, &config, today);
    let [verdict] = verdicts;
    (verdict.sites[0].status.clone(), problems.into_iter().map(|it| it.message).collect())
}

#[test]
fn a_comment_speaks_for_its_own_line_or_the_next_code() {
    let behind =
        "get(u)  # gapcheck: ignore[input/ssrf] accepted-risk -- a list of hosts\nget(v)\n";
    let (status, problems) = run(behind, 1);
    assert_eq!(status, suppressed(SuppressionReason::AcceptedRisk, "a list of hosts"));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(run(behind, 2).0, Status::Open);

    let before =
        "# gapcheck: ignore[input/ssrf] false-positive -- x [until=2027-01-31]\n\n# why\nget(u)\n";
    let (status, problems) = run(before, 4);
    assert_eq!(status, suppressed(SuppressionReason::FalsePositive, "x"));
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn what_has_no_effect_is_reported() {
    let message_of = |text: &str| {
        let (status, problems) = run(text, 2);
        assert_eq!(status, Status::Open, "{text}");
        problems.join("; ")
    };
    let wrong = [
        ("# gapcheck: ignore[input/ssrf]\nget(u)\n", "gives no reason"),
        ("# gapcheck: ignore[input/ssrf] accepted-risk\nget(u)\n", "no reason in words"),
        ("# gapcheck: ignore[input/ssrf] because -- x\nget(u)\n", "unknown reason `because`"),
        ("# gapcheck: ignore accepted-risk -- x\nget(u)\n", "names no rule"),
        ("# gapcheck: ignore[input/srf] accepted-risk -- x\nget(u)\n", "did you mean `input/ssrf`"),
        ("# gapcheck: ignore[input/ssrf] accepted-risk -- x until=2026-01-01\nget(u)\n", "expired"),
        ("get() # gapcheck: ignore[input/ssrf] accepted-risk -- x\nget(u)\n", "unused"),
    ];
    for (text, expected) in wrong {
        let message = message_of(text);
        assert!(message.contains(expected), "{text}: {message}");
        assert!(message.starts_with("line 1: "), "{message}");
    }
}

#[test]
fn nothing_is_called_unused_if_it_could_not_be_seen() {
    let did_not_run = "x # gapcheck: ignore[auth/csrf-missing] accepted-risk -- x\nget(u)\n";
    assert_eq!(run(did_not_run, 2).1, Vec::<String>::new());
}

#[test]
fn a_string_suppresses_nothing() {
    let text = "'gapcheck: ignore[input/ssrf] accepted-risk -- x'; get(u)\n";
    assert_eq!(run(text, 1), (Status::Open, Vec::new()));
}

#[test]
fn configuration_suppresses_by_path() {
    let entry = |path: &str| PathSuppression {
        rule: RulePattern::new("input"),
        path: path.to_owned(),
        reason: SuppressionReason::NotApplicable,
        text: "a tool".to_owned(),
        until: None,
    };
    let today = Date::new(2026, 11, 23).expect("a day");
    let config = Config {
        prefix: "tools/".to_owned(),
        suppressions: vec![entry("tools/"), entry("elsewhere/")],
        ..Config::default()
    };
    let mut verdicts = [verdict(1)];
    let problems = apply(&mut verdicts, &project(""), &[], &[RULE], &config, today);
    assert_eq!(verdicts[0].sites[0].status, suppressed(SuppressionReason::NotApplicable, "a tool"));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("elsewhere/"));
}
