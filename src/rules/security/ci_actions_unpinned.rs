use crate::{
    gap::Severity,
    project::{Location, Project, manifests::Provider},
    rules::Sites,
};

/// Digits of a commit's name.
const COMMIT_DIGITS: usize = 40;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let workflows = project.manifests().workflows.iter();
    for workflow in workflows.filter(|workflow| workflow.provider == Provider::GitHub) {
        for job in &workflow.jobs {
            if let Some(used) = &job.uses {
                judge(used, job.location, sites);
            }
        }
        for step in workflow.steps() {
            if let Some(used) = &step.uses {
                judge(used, step.location, sites);
            }
        }
    }
}

fn judge(used: &str, place: Location, sites: &mut Sites) {
    // What stands in the repository itself changes with it.
    if used.starts_with("./") || used.contains("${{") {
        return;
    }
    let (action, reference) = used.split_once('@').unwrap_or((used, ""));
    let is_commit =
        reference.len() == COMMIT_DIGITS && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit || reference.starts_with("sha256:") {
        sites.holds(place, action, "pinned to a commit or a digest");
        return;
    }
    let is_branch = !reference.bytes().any(|byte| byte.is_ascii_digit());
    let is_first_party = action.starts_with("actions/") || action.starts_with("github/");
    let severity = if is_first_party && !is_branch { Severity::Low } else { Severity::Medium };
    let what = if is_branch {
        "whatever its owner pushed last"
    } else {
        "whatever its owner puts behind this tag"
    };
    sites.gap(place, action, format!("`{used}` runs {what}")).severity(severity).root(action);
}
