use crate::{
    project::{Project, Test},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    // What uses nothing of the project counts for nothing anyway, and takes nothing away either.
    let judged = |test: &&Test| test.runs() && (test.touches || test.file_touches);
    for test in project.tests().iter().filter(judged) {
        let subject = test.title.as_str();
        if let Some(&first) = test.assertions.first() {
            sites.holds(test.location, subject, "it asserts a result").because(first, "here");
        } else if let Some(failure) = test.failures.first() {
            sites
                .holds(test.location, subject, "it demands a failure")
                .because(failure.location, "here");
        } else if let Some(&constant) = test.constant.first() {
            sites
                .gap(test.location, subject, "this test asserts only what is always true")
                .because(constant, "true whatever the code does");
        } else if promises_little(&test.title) {
            sites.holds(test.location, subject, "it checks that the code runs at all").credit(0.5);
        } else {
            sites.gap(test.location, subject, "this test passes whatever the code returns");
        }
    }
}

/// A test that says it only looks whether the code runs.
fn promises_little(title: &str) -> bool {
    let lower = title.to_ascii_lowercase();
    let words =
        ["smoke", "does_not_crash", "without crashing", "compiles", "contextloads", "no_panic"];
    words.iter().any(|word| lower.contains(word))
}
