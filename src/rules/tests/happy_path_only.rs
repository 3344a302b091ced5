use crate::{
    project::{Project, Test},
    rules::{Level, Sites, place},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let subject = "the project";
    let counting: Vec<&Test> = project.tests().iter().filter(|test| test.counts()).collect();
    let failing: Vec<&Test> =
        counting.iter().copied().filter(|test| test.expects_failure()).collect();
    let Some(first) = failing.first() else {
        let (level, message, at) = match counting.first() {
            None => (
                Level::Absent,
                "no test checks what happens when something goes wrong".to_owned(),
                place,
            ),
            Some(test) => {
                let of = match counting.len() {
                    1 => "the only test checks".to_owned(),
                    count => format!("all {count} tests check"),
                };
                (
                    Level::Named,
                    format!("{of} that things go well, none what happens otherwise"),
                    test.location,
                )
            }
        };
        sites.level(level, at, subject, message);
        return;
    };
    let dependency =
        failing.iter().flat_map(|test| &test.failures).find(|failure| failure.of_dependency);
    let is_common = failing.len() * 5 >= counting.len();
    let (level, at) = match dependency {
        Some(failure) if is_common => (Level::Exercised, failure.location),
        _ if is_common => (Level::Wired, first.location),
        _ => (Level::Substantive, first.location),
    };
    let fact = format!(
        "{} of {} tests demand that something fails as it should",
        failing.len(),
        counting.len()
    );
    sites.level(level, at, subject, fact);
}
