use crate::{
    project::{Project, checks},
    rules::{Level, Sites, place},
};

/// From so many tests on, a suite is more than a beginning.
const SUITE_MIN: usize = 5;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let tests = project.tests();
    let counting: Vec<_> = tests.iter().filter(|test| test.counts()).collect();
    let subject = "the project";
    let Some(first) = counting.first() else {
        let level = if tests.is_empty() { Level::Absent } else { Level::Named };
        let mut site = sites.level(level, place, subject, message(project));
        for test in tests.iter().take(3) {
            site = site.because(test.location, why_not(test));
        }
        return;
    };
    let are_run = checks::of(project)
        .iter()
        .any(|check| check.kind == checks::CheckKind::Test && check.is_effective());
    let level = match counting.len() {
        ..SUITE_MIN => Level::Substantive,
        _ if are_run => Level::Exercised,
        _ => Level::Wired,
    };
    let fact = match counting.len() {
        1 => "1 test asserts something about this project's code".to_owned(),
        count => format!("{count} tests assert something about this project's code"),
    };
    sites.level(level, first.location, subject, fact);
}

fn message(project: &Project) -> String {
    match project.tests().len() {
        0 => "no test looks at this project's code".to_owned(),
        1 => "there is 1 test, and it would not notice if the code broke".to_owned(),
        count => format!("there are {count} tests, and none would notice if the code broke"),
    }
}

fn why_not(test: &crate::project::Test) -> &'static str {
    if !test.runs() {
        "it does not run"
    } else if !test.constant.is_empty() && test.assertions.is_empty() {
        "what it asserts is always true"
    } else if test.assertions.is_empty() {
        "it asserts nothing"
    } else {
        "it uses nothing of this project's code"
    }
}
