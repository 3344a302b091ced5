use crate::{
    project::{Project, checks},
    rules::{Level, Sites, place},
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let Some(place) = place::of_project(project) else { return };
    let subject = "the project";
    let checks = checks::of(project);
    let tests: Vec<_> =
        checks.iter().filter(|check| check.kind == checks::CheckKind::Test).collect();
    if let Some(check) = tests.iter().find(|check| check.is_effective()) {
        let counted = project.tests().iter().any(crate::project::tests::Test::counts);
        let level = if counted { Level::Exercised } else { Level::Substantive };
        sites.level(level, check.location, subject, "every change runs the tests");
    } else if let Some(check) = tests.first() {
        let message = match check.neutralised {
            Some(_) => "the pipeline runs the tests and ignores what they say",
            None => "the tests do not run when something changes",
        };
        let site = sites.level(Level::Named, check.location, subject, message);
        if let Some(why) = check.neutralised {
            site.because(check.location, why);
        }
    } else if let Some(name) = checks::unread(project) {
        sites.unknown(place, subject, format!("`{name}` is not read"));
    } else {
        let at = project.manifests().workflows.first();
        let at = at.map_or(place, |workflow| {
            project.location(workflow.file, crate::facts::Span::default())
        });
        let message = if project.manifests().workflows.is_empty() {
            "no pipeline runs the tests"
        } else {
            "no step of the pipeline runs the tests"
        };
        sites.level(Level::Absent, at, subject, message);
    }
}
