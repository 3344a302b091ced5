//! The formula by example, and its properties on ledgers that nobody wrote.

use std::{collections::BTreeSet, sync::Arc};

use proptest::prelude::*;

use super::{Input, Profile, Scale, Score, compute};
use crate::gap::{
    Answer, Confidence, Dimension, Place, Scored, Severity, Site, Status, Suppression,
    SuppressionReason, Verdict,
};

fn holds() -> Answer {
    Answer::Holds { fact: "seen".to_owned(), credit: 1.0 }
}

fn gap(severity: Severity, confidence: Confidence) -> Answer {
    Answer::Gap { message: "is missing".to_owned(), severity, confidence }
}

fn unknown() -> Answer {
    Answer::Unknown { reason: "out of sight".to_owned(), counts_as_gap: false }
}

fn medium_gap() -> Answer {
    gap(Severity::Medium, Confidence::Certain)
}

fn site(line: u32, answer: Answer) -> Site {
    Site {
        subject: format!("site {line}"),
        place: Place { path: Arc::from("a.py"), line, column: 1, end_line: line, end_column: 2 },
        answer,
        evidence: Vec::new(),
        root: None,
        fingerprint: line.to_string(),
        status: Status::Open,
    }
}

fn verdict(dimension: Dimension, name: &str, severity: Severity, answers: Vec<Answer>) -> Verdict {
    Verdict {
        rule: Arc::from(format!("{dimension}/{name}")),
        dimension,
        severity,
        scored: Scored::Sites,
        level: None,
        sites: (1..).zip(answers).map(|(line, answer)| site(line, answer)).collect(),
        failed: false,
    }
}

fn score_with(verdicts: &[Verdict], lowered: f64, not_shipped: &[&str]) -> Score {
    let not_shipped: BTreeSet<String> = not_shipped.iter().map(|path| (*path).to_owned()).collect();
    let scale = Scale::embedded().expect("the scale of this version");
    let profile = Profile::default();
    compute(&Input { verdicts, not_shipped: &not_shipped, lowered, profile }, &scale)
}

fn score(verdicts: &[Verdict]) -> Score {
    score_with(verdicts, 1.0, &[])
}

#[test]
fn a_dimension_weighs_its_rules_against_the_prior() {
    let score = score(&[
        verdict(Dimension::Errors, "a", Severity::High, vec![holds()]),
        verdict(
            Dimension::Errors,
            "b",
            Severity::Medium,
            vec![medium_gap(), holds(), holds(), holds()],
        ),
    ]);
    // 1 - sqrt(.95 / 3.95) = .50957…; 100 (6 + 3 · .50957) / (9 + 3) = 62.739…
    assert_eq!(score.rules[1].score, Some(0.5));
    let errors = &score.dimensions[4];
    assert_eq!((errors.score, errors.weight), (Some(62.73), 9.0));
    let shown = (score.value, score.grade, score.assurance);
    assert_eq!(shown, (Some(62.73), Some('D'), 1.0));
    assert_eq!((score.low, score.high, score.strict), (score.value, score.value, score.value));
}

#[test]
fn little_evidence_is_not_enough_to_score() {
    let score = score(&[verdict(Dimension::Errors, "a", Severity::Medium, vec![holds()])]);
    assert_eq!((score.value, score.low, score.grade), (None, None, None));
}

#[test]
fn the_weakest_core_dimension_counts_again() {
    let of = |weak: Dimension| {
        let bad = vec![gap(Severity::Low, Confidence::Certain)];
        score(&[
            verdict(Dimension::Errors, "a", Severity::High, vec![holds()]),
            verdict(weak, "b", Severity::High, bad),
        ])
        .value
    };
    let d = 600.0 / 9.0;
    // Weights: errors 2, tests 2, delivery 1.5; sqrt(1) leaves the weak one at 0.
    assert_eq!(of(Dimension::Tests), Some(26.66), "mean {} · .8, weakest 0", d / 2.0);
    assert_eq!(of(Dimension::Delivery), Some(43.8), "mean 38.09… · .8, weakest 66.6… · .2");
}

#[test]
fn caps_name_their_site_and_hold_low_and_high_alike() {
    let good = || vec![holds(); 40];
    let mut verdicts: Vec<Verdict> = Dimension::ALL
        .into_iter()
        .flat_map(|dimension| {
            (0..4).map(move |number| {
                verdict(dimension, &format!("r{number}"), Severity::Critical, good())
            })
        })
        .collect();
    assert_eq!(score(&verdicts).caps, []);

    verdicts[0].sites[3].answer = gap(Severity::High, Confidence::Likely);
    let capped = score(&verdicts);
    assert_eq!((capped.value, capped.high), (Some(89.0), Some(89.0)));

    verdicts[1].sites[5].answer = gap(Severity::Critical, Confidence::Likely);
    let capped = score(&verdicts);
    assert_eq!((capped.value, capped.low, capped.grade), (Some(49.0), Some(49.0), Some('E')));
    assert_eq!((&*capped.caps[0].rule, capped.caps[0].line), ("auth/r1", 6));
    assert!(score_with(&verdicts, 1.0, &["a.py"]).caps.is_empty(), "not in shipped code");

    verdicts[1].sites[5].answer = gap(Severity::Critical, Confidence::Heuristic);
    assert_eq!(score(&verdicts).value, Some(89.0), "a guess does not cap");

    verdicts[24].rule = Arc::from("tests/none");
    verdicts[24].sites[0].answer = gap(Severity::Critical, Confidence::Certain);
    assert_eq!(score(&verdicts).value, Some(59.0));

    verdicts[24].sites[0].status = suppressed(SuppressionReason::AcceptedRisk);
    let accepted = score(&verdicts);
    assert_eq!((accepted.value, accepted.strict), (Some(89.0), Some(59.0)));
}

fn suppressed(reason: SuppressionReason) -> Status {
    Status::Suppressed(Suppression { reason, text: "known".to_owned() })
}

#[test]
fn a_level_is_the_score_and_its_declared_part_is_not_strict() {
    let mut level = verdict(Dimension::Delivery, "a", Severity::High, vec![holds()]);
    level.scored = Scored::Level;
    level.level = Some(0.8);
    let seen = score(std::slice::from_ref(&level));
    assert_eq!((seen.rules[0].score, seen.value), (Some(0.8), Some(53.33)));

    level.sites[0].answer = Answer::Holds { fact: "declared".to_owned(), credit: 0.7 };
    let declared = score(&[level]);
    assert_eq!((declared.low, declared.strict, declared.assurance), (Some(0.0), Some(0.0), 0.0));
    assert_eq!(declared.high, Some(66.66));
}

#[test]
fn a_rule_that_failed_is_unknown_and_lines_that_were_not_read_lower_low() {
    let mut failed = verdict(Dimension::Errors, "b", Severity::High, Vec::new());
    failed.failed = true;
    let verdicts = [verdict(Dimension::Errors, "a", Severity::High, vec![holds()]), failed];
    let whole = score(&verdicts);
    let shown = (whole.value, whole.low, whole.high, whole.assurance);
    assert_eq!(shown, (Some(66.66), Some(40.0), Some(80.0), 0.5));
    let part = score_with(&verdicts, 0.5, &[]);
    assert_eq!((part.value, part.low, part.assurance), (Some(66.66), Some(20.0), 0.25));
}

/// A synthetic ledger: rules of every kind over several dimensions. The severities of gaps stay below
/// what brings a cap in half of the cases, so that caps do not hide the formula.
fn ledgers() -> impl Strategy<Value = Vec<Verdict>> {
    let severity = prop_oneof![
        Just(Severity::Low),
        Just(Severity::Medium),
        Just(Severity::High),
        Just(Severity::Critical)
    ];
    let rule = (0..Dimension::ALL.len(), severity, prop::collection::vec(answers(), 0..6));
    prop::collection::vec(rule, 1..24).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(number, (dimension, severity, answers))| {
                verdict(Dimension::ALL[dimension], &format!("r{number}"), severity, answers)
            })
            .collect()
    })
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => Just(holds()),
        1 => Just(Answer::Holds { fact: "platform".to_owned(), credit: 0.8 }),
        1 => Just(Answer::Holds { fact: "declared".to_owned(), credit: 0.4 }),
        3 => Just(medium_gap()),
        1 => Just(gap(Severity::Critical, Confidence::Likely)),
        1 => Just(gap(Severity::High, Confidence::Heuristic)),
        1 => Just(unknown()),
        1 => Just(Answer::Unknown { reason: "hangs on it".to_owned(), counts_as_gap: true }),
    ]
}

/// The dimensions that are scored: the properties hold as long as they are the same.
fn scored(score: &Score) -> Vec<Dimension> {
    let scored = score.dimensions.iter().filter(|dimension| dimension.score.is_some());
    scored.map(|dimension| dimension.dimension).collect()
}

fn check_not_above(changed: &Score, before: &Score) -> Result<(), TestCaseError> {
    if scored(changed) == scored(before) {
        prop_assert!(changed.value <= before.value, "{:?} > {:?}", changed.value, before.value);
        for (changed, before) in changed.dimensions.iter().zip(&before.dimensions) {
            prop_assert!(changed.score <= before.score);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_interval_holds_the_value(ledger in ledgers(), lowered in 0.0..=1.0_f64) {
        let score = score_with(&ledger, lowered, &[]);
        prop_assert!(score.low <= score.value && score.value <= score.high, "{score:?}");
        prop_assert!((0.0..=1.0).contains(&score.assurance));
        if let (Some(low), Some(high)) = (score.low, score.high) {
            prop_assert!(0.0 <= low && high <= 100.0);
        }
    }

    #[test]
    fn another_gap_never_raises(ledger in ledgers(), rule: prop::sample::Index, answer in gaps()) {
        let before = score(&ledger);
        let mut changed = ledger;
        let rule = rule.index(changed.len());
        changed[rule].sites.push(site(99, answer));
        check_not_above(&score(&changed), &before)?;
    }

    #[test]
    fn another_site_that_holds_never_lowers(ledger in ledgers(), rule: prop::sample::Index) {
        let before = score(&ledger);
        let mut changed = ledger;
        let rule = rule.index(changed.len());
        changed[rule].sites.push(site(99, holds()));
        check_not_above(&before, &score(&changed))?;
    }

    #[test]
    fn fixing_or_deleting_a_gap_never_lowers(ledger in ledgers(), rule: prop::sample::Index, fix: bool) {
        let before = score(&ledger);
        let mut changed = ledger;
        let rule = rule.index(changed.len());
        let is_gap = |site: &Site| matches!(site.answer, Answer::Gap { .. });
        if let Some(place) = changed[rule].sites.iter().position(is_gap) {
            if fix {
                changed[rule].sites[place].answer = holds();
            } else {
                changed[rule].sites.remove(place);
            }
            check_not_above(&before, &score(&changed))?;
        }
    }

    #[test]
    fn twice_the_tree_is_the_same_score(ledger in ledgers()) {
        let before = score(&ledger);
        let mut changed = ledger;
        for verdict in &mut changed {
            verdict.sites.extend(verdict.sites.clone());
        }
        let after = score(&changed);
        let (before, after) = (before.value.unwrap_or(0.0), after.value.unwrap_or(0.0));
        prop_assert!((before - after).abs() < 0.02, "{before} and {after}");
    }

    #[test]
    fn order_and_names_of_files_do_not_matter(ledger in ledgers()) {
        let before = score(&ledger);
        let mut changed = ledger;
        changed.reverse();
        for site in changed.iter_mut().flat_map(|verdict| &mut verdict.sites) {
            site.place.path = Arc::from("renamed.py");
        }
        let after = score(&changed);
        let (before, after) = (before.value.unwrap_or(0.0), after.value.unwrap_or(0.0));
        prop_assert!((before - after).abs() < 0.02, "{before} and {after}");
    }

    #[test]
    fn no_suppression_raises_strict(ledger in ledgers(), rule: prop::sample::Index, reason in reasons()) {
        let before = score(&ledger);
        let mut changed = ledger;
        let rule = rule.index(changed.len());
        for site in &mut changed[rule].sites {
            site.status = suppressed(reason);
        }
        prop_assert_eq!(score(&changed).strict, before.strict);
    }

    #[test]
    fn what_became_unknown_never_raises_low(ledger in ledgers(), rule: prop::sample::Index) {
        let before = score(&ledger);
        let mut changed = ledger;
        let rule = rule.index(changed.len());
        changed[rule].sites.push(site(99, unknown()));
        let after = score(&changed);
        if scored(&after) == scored(&before) && after.value.is_some() {
            let low = |score: &Score| score.dimensions.iter().map(|own| own.low).collect::<Vec<_>>();
            for (after, before) in low(&after).into_iter().zip(low(&before)) {
                prop_assert!(after <= before);
            }
        }
    }
}

fn gaps() -> impl Strategy<Value = Answer> {
    let severity = prop_oneof![Just(Severity::Low), Just(Severity::High), Just(Severity::Critical)];
    let confidence = prop_oneof![
        Just(Confidence::Heuristic),
        Just(Confidence::Likely),
        Just(Confidence::Certain)
    ];
    (severity, confidence).prop_map(|(severity, confidence)| gap(severity, confidence))
}

fn reasons() -> impl Strategy<Value = SuppressionReason> {
    prop_oneof![
        Just(SuppressionReason::FalsePositive),
        Just(SuppressionReason::NotApplicable),
        Just(SuppressionReason::AcceptedRisk),
        Just(SuppressionReason::ProvidedElsewhere),
    ]
}
