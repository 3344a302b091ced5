//! Every format over one canned report, with hostile text wherever the scanned repository has a say.

use std::{collections::BTreeMap, sync::Arc};

use gapcheck::{
    gap::{
        self, Answer, Confidence, Dimension, Evidence, Needs, Place, Remedy, RuleId, RuleText,
        Scored, Severity, Site, Status, Suppression, SuppressionReason, Verdict,
    },
    report::{
        Coverage, Extent, Gate, Look, Parts, Phase, Problem, Report, RouteRow, Threshold, Trust,
        Trusted,
        escape::is_deceptive,
        explain, json,
        routes::{self, RouteGuard},
        terminal,
    },
    score::{Cap, DimensionScore, RuleScore, Score},
};

/// Moves a cursor, reverses text, starts commands of servers, markup and formulas.
const HOSTILE: &str =
    "=x\n::error file=x::pwned\r\u{1b}[2J\u{202e}\u{200b}\u{2028}\u{9b}##[error]`|<img src=x>@org";

fn place(path: &str, line: u32, column: u32, end_column: u32) -> Place {
    Place { path: path.into(), line, column, end_line: line, end_column }
}

fn text(
    id: &str,
    dimension: Dimension,
    severity: Severity,
    title: &str,
    fix: &str,
) -> Arc<RuleText> {
    Arc::new(RuleText {
        id: id.into(),
        title: title.to_owned(),
        dimension,
        severity,
        confidence: Confidence::Likely,
        needs: Needs::Project,
        scored: Scored::Sites,
        phase: gap::Phase::Staging,
        effort_minutes: 45,
        since: "0.1.0".to_owned(),
        why: "Whoever finds the address may call it.".to_owned(),
        counts: "A way in without a guard that rejects before the handler runs.".to_owned(),
        does_not_count: "Login, health checks, and what a platform guards.".to_owned(),
        fix: fix.to_owned(),
        remedy: Remedy {
            failure_modes: vec!["the guard stands behind the handler".to_owned()],
            tests_first: vec!["a call without a session gets 401".to_owned()],
            log_events: vec!["auth.denied".to_owned()],
            done_when: "each way in is guarded or listed as public".to_owned(),
        },
        standards: vec!["CWE-306".to_owned(), "OWASP API2:2023".to_owned()],
    })
}

fn gap(place: Place, message: &str, severity: Severity) -> Site {
    Site {
        subject: format!("POST /{}", place.line),
        fingerprint: format!("print-{}-{}", place.path.escape_default(), place.line),
        place,
        answer: Answer::Gap {
            message: message.to_owned(),
            severity,
            confidence: Confidence::Certain,
        },
        evidence: Vec::new(),
        root: None,
        status: Status::Open,
    }
}

fn trusted(hostile: &str, trust: Trust) -> Trusted {
    Trusted {
        capability: "authn.edge".to_owned(),
        provider: format!("proxy{hostile}"),
        scope: vec!["/**".to_owned()],
        evidence: Some(format!("docs/{hostile}.md")),
        owner: None,
        review_by: "2027-05-01".to_owned(),
        trust,
        routes: 3,
    }
}

fn holds(place: Place, fact: &str) -> Site {
    let answer = Answer::Holds { fact: fact.to_owned(), credit: 1.0 };
    Site { answer, ..gap(place, "", Severity::Low) }
}

fn verdict(text: &RuleText, sites: Vec<Site>) -> Verdict {
    Verdict {
        rule: text.id.clone(),
        dimension: text.dimension,
        severity: text.severity,
        scored: text.scored,
        level: None,
        sites,
        failed: false,
    }
}

/// One report with something in each of its parts.
fn report(hostile: &str) -> Report {
    let token = text(
        "secrets/provider-token",
        Dimension::Secrets,
        Severity::Critical,
        "A live provider key stands in the source",
        "Load it from the environment, and revoke this one: it is in the history.",
    );
    let open = text(
        "auth/route-without-authentication",
        Dimension::Auth,
        Severity::High,
        "Routes of one router have no authentication",
        "Put the project's guard on the router and mark public routes explicitly.",
    );
    let log = text(
        "observability/sensitive-data-in-logs",
        Dimension::Observability,
        Severity::Medium,
        "Personal data is written to logs",
        "Log the identifier only.",
    );
    let query = text(
        "input/sql-injection",
        Dimension::Input,
        Severity::Critical,
        "A query is built from input",
        "Use parameters.",
    );

    let mut key = gap(
        place("src/lib/stripe.ts", 7, 27, 36),
        "A live payment key stands in the source",
        Severity::Critical,
    );
    key.evidence.push(Evidence {
        place: key.place.clone(),
        note: format!("readable by everyone with the repository {hostile}"),
    });
    let mut routes: Vec<Site> = (12..23)
        .map(|line| gap(place("src/routes/orders.ts", line, 1, 20), "no guard", Severity::High))
        .collect();
    for route in &mut routes {
        route.root = Some("mount src/app.ts:31".to_owned());
        route.evidence.push(Evidence {
            place: place("src/app.ts", 31, 1, 5),
            note: "mounted here, no guard before it".to_owned(),
        });
    }
    let mut accepted = gap(place("src/routes/status.ts", 3, 1, 9), "no guard", Severity::High);
    accepted.status = Status::Suppressed(Suppression {
        reason: SuppressionReason::AcceptedRisk,
        text: hostile.to_owned(),
    });
    routes.push(accepted);
    let mut dynamic = holds(place("src/plugins.ts", 8, 1, 5), "");
    dynamic.answer =
        Answer::Unknown { reason: format!("mounted at run time {hostile}"), counts_as_gap: false };
    routes.push(dynamic);
    let hostile_path = format!("src/{hostile}.py");
    let logs = vec![gap(place(&hostile_path, 4, 2, 7), hostile, Severity::Medium)];
    let queries = (1..=18)
        .map(|line| holds(place("src/db.ts", line, 1, 9), "the query takes parameters"))
        .collect();

    let rule_score = RuleScore {
        rule: open.id.clone(),
        score: Some(0.123_4),
        low: 0.123_4,
        high: 0.123_4,
        weight: 6.0,
    };
    let mut report = Report::new(
        Parts {
            target: format!("shop{hostile}"),
            verdicts: vec![
                verdict(&token, vec![key]),
                verdict(&open, routes),
                verdict(&log, logs),
                verdict(&query, queries),
            ],
            texts: [token, open, log, query].into_iter().map(|it| (it.id.clone(), it)).collect(),
            score: Score {
                value: Some(41.239),
                low: Some(38.0),
                high: Some(49.0),
                strict: Some(39.5),
                assurance: 0.869,
                grade: Some('E'),
                caps: vec![Cap {
                    at: 49.0,
                    rule: "secrets/provider-token".into(),
                    path: "src/lib/stripe.ts".into(),
                    line: 7,
                }],
                dimensions: Dimension::ALL
                    .into_iter()
                    .zip(dimension_scores())
                    .map(dimension)
                    .collect(),
                rules: vec![rule_score],
            },
            phases: vec![Phase {
                id: "staging".to_owned(),
                met: false,
                unmet: vec![RuleId::from("auth/route-without-authentication")],
                unknown: Vec::new(),
            }],
            routes: rows(hostile),
            trusted: vec![trusted(hostile, Trust::Counts), trusted(hostile, Trust::Contradicted)],
            coverage: Coverage {
                walked: 230,
                lowered: 210,
                partial: 3,
                failed: 1,
                skipped: BTreeMap::from([("too-large".to_owned(), 2)]),
                languages: BTreeMap::from([
                    ("Python".to_owned(), Extent { files: 14, lines: 1_402, is_code: true }),
                    ("TypeScript".to_owned(), Extent { files: 200, lines: 17_000, is_code: true }),
                ]),
                not_assessed: BTreeMap::from([(
                    "Elixir".to_owned(),
                    Extent { files: 3, lines: 90, is_code: true },
                )]),
            },
            problems: vec![Problem {
                path: hostile_path,
                kind: "did-not-parse".to_owned(),
                message: format!("line 3 {hostile}"),
                makes_incomplete: false,
            }],
            min_confidence: None,
        },
        &|place| match place.line {
            7 => Some("const stripe = new Stripe(\"sk_l…3f\")".to_owned()),
            4 => Some(format!("\tlog({hostile}{})", "a".repeat(9_000))),
            _ => None,
        },
    );
    report.judge(&Gate {
        threshold: Threshold::Critical,
        min_score: Some(60.0),
        is_partial: false,
    });
    report
}

fn dimension_scores() -> [Option<f64>; 10] {
    let numbers = [31.2, 84.0, 12.0, 66.0, 58.0, 45.5, 99.9, 0.0, 0.0, 50.0];
    numbers.map(|number| (number > 0.0).then_some(number))
}

fn dimension((dimension, score): (Dimension, Option<f64>)) -> DimensionScore {
    DimensionScore { dimension, score, low: score, high: score, weight: 12.0 }
}

fn rows(hostile: &str) -> Vec<RouteRow> {
    let row = |method: &str, path: &str, authentication: &str| RouteRow {
        kind: "http".to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        file: "src/routes/orders.ts".to_owned(),
        line: 12,
        handler: "createOrder".to_owned(),
        mutates: method == "POST",
        authentication: authentication.to_owned(),
        reason: "nothing stands in front of it".to_owned(),
        ..RouteRow::default()
    };
    let guard = RouteGuard {
        name: "requireUser".to_owned(),
        file: "src/auth.ts".to_owned(),
        line: 4,
        grade: "G4".to_owned(),
    };
    vec![
        row("POST", "/orders", "none"),
        RouteRow { guards: vec![guard], ..row("GET", "/orders/:id", "proven") },
        RouteRow { public: Some("login".to_owned()), ..row("POST", "/login", "none") },
        RouteRow { handler: hostile.to_owned(), ..row("GET", &format!("/{hostile}"), "unknown") },
    ]
}

fn wide(colour: bool, verbose: bool) -> Look {
    Look { colour, verbose, ..Look::default() }
}

#[test]
fn terminal() {
    insta::assert_snapshot!(terminal::render(&report(""), Look::default()));
}

#[test]
fn terminal_with_everything() {
    insta::assert_snapshot!(terminal::render(&report(""), wide(false, true)));
}

#[test]
fn json_version_1() {
    insta::assert_snapshot!(json::render(&report("")));
}

#[test]
fn routes_as_table() {
    insta::assert_snapshot!(routes::terminal(&rows("x"), wide(false, true)));
}

#[test]
fn routes_as_markdown() {
    insta::assert_snapshot!(routes::markdown(&rows(HOSTILE)));
}

#[test]
fn routes_as_csv() {
    insta::assert_snapshot!(routes::csv(&rows(HOSTILE)));
}

#[test]
fn explanation_of_a_rule() {
    let report = report("");
    insta::assert_snapshot!(explain::terminal(&report.rules[0].text, Look::default()));
}

#[test]
fn nothing_of_the_repository_acts_on_whoever_reads() {
    let report = report(HOSTILE);
    let formats = [
        ("terminal", terminal::render(&report, Look::default())),
        ("terminal, everything", terminal::render(&report, wide(false, true))),
        ("json", json::render(&report)),
        ("routes", routes::terminal(&report.routes, wide(false, true))),
        ("routes json", routes::json(&report.routes)),
        ("routes markdown", routes::markdown(&report.routes)),
        ("routes csv", routes::csv(&report.routes).replace("\r\n", "\n")),
    ];
    for (format, text) in formats {
        let acting = text.chars().find(|&character| character != '\n' && is_deceptive(character));
        assert_eq!(acting, None, "{format}");
        for line in text.lines() {
            assert!(!line.trim_start().starts_with("::"), "{format}: {line}");
            assert!(!line.contains("##["), "{format}: {line}");
        }
    }
}

#[test]
fn hostile_text_survives_in_json() {
    let value: serde_json::Value =
        serde_json::from_str(&json::render(&report(HOSTILE))).expect("it is JSON");
    let paths = value["problems"][0]["path"].as_str().expect("a path");
    assert_eq!(paths, format!("src/{HOSTILE}.py"));
}

#[test]
fn lines_fit_their_width() {
    for width in [76, 80, 100] {
        for verbose in [false, true] {
            let look = Look { width, verbose, colour: false };
            for line in terminal::render(&report(HOSTILE), look).lines() {
                let taken = unicode_width::UnicodeWidthStr::width(line);
                assert!(taken <= width, "{taken} > {width}: {line}");
            }
            for line in routes::terminal(&rows(HOSTILE), look).lines() {
                let taken = unicode_width::UnicodeWidthStr::width(line);
                assert!(taken <= width, "{taken} > {width}: {line}");
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = terminal::render(&report(HOSTILE), wide(false, false));
    let mut stripped = String::new();
    let coloured = terminal::render(&report(HOSTILE), wide(true, false));
    assert!(coloured.contains("\u{1b}["), "there is colour");
    for (index, part) in coloured.split("\u{1b}[").enumerate() {
        let text = if index == 0 { part } else { part.split_once('m').expect("a colour code").1 };
        stripped.push_str(text);
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&stripped));
}

#[test]
fn a_project_full_of_gaps_stays_readable() {
    let rule = |index: usize| {
        let severity = if index.is_multiple_of(3) { Severity::Critical } else { Severity::Medium };
        text(
            &format!("errors/rule-{index:03}"),
            Dimension::Errors,
            severity,
            "Something",
            "Fix it.",
        )
    };
    let texts: Vec<_> = (0..120).map(rule).collect();
    let verdicts = texts.iter().map(|text| {
        let line = |line| gap(place("src/a.ts", line, 1, 4), "something is missing", text.severity);
        verdict(text, (1..40).map(line).collect())
    });
    let verdicts = verdicts.collect();
    let texts = texts.iter().map(|it| (it.id.clone(), Arc::clone(it))).collect();
    let parts = Parts { verdicts, texts, ..Parts::default() };
    let report = Report::new(parts, &|_| Some("let x = 1".to_owned()));
    let short = terminal::render(&report, Look::default());
    assert!(short.lines().count() <= 75, "{short}");
    assert!(terminal::render(&report, wide(false, true)).lines().count() > 120 * 39);
}

#[test]
fn the_verdict_starts_as_incomplete() {
    let unjudged = Report::new(Parts::default(), &|_| None);
    assert_eq!(unjudged.verdict.exit_code(), 2);
    let mut empty = Report::new(Parts::default(), &|_| None);
    empty.judge(&Gate::default());
    assert_eq!(empty.verdict.exit_code(), 2);
    assert_eq!(empty.verdict.reasons(), ["nothing to assess"]);
    let mut failed = report("");
    assert_eq!(failed.verdict.exit_code(), 1);
    failed.judge(&Gate { threshold: Threshold::None, min_score: None, is_partial: false });
    assert_eq!(failed.verdict.exit_code(), 0);
    failed.problems[0].makes_incomplete = true;
    failed.judge(&Gate { threshold: Threshold::Critical, min_score: None, is_partial: false });
    assert_eq!(failed.verdict.exit_code(), 2);
}
