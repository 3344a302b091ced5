use crate::{
    facts::{Language, Role},
    project::{Project, manifests::Container},
    rules::Sites,
};

/// Parts of the names of images that start as an ordinary user by themselves.
const ORDINARY: [&str; 4] = ["nonroot", "unprivileged", "chainguard", "rootless"];

/// Programs that give up the rights of root before they start another one.
const DROPPERS: [&str; 4] = ["gosu", "su-exec", "setpriv", "runuser"];

/// Folders of what runs where programs are tried or put together.
const TRIED: [&str; 8] = ["test", "tests", "e2e", "smoke", "ci", ".ci", "packaging", "benchmarks"];

/// Words of commands that make packages: nobody sends requests to them.
const BUILDERS: [&str; 6] = ["build", "rpmbuild", "debuild", "dpkg", "make", "package"];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for container in &project.manifests().containers {
        let file = project.file(container.file);
        let name = file.name().to_ascii_lowercase();
        let is_for_people =
            ["dev", "test", "local", "devcontainer"].iter().any(|word| name.contains(word));
        let is_tried = file.folder().split('/').any(|folder| TRIED.contains(&folder));
        if is_for_people
            || is_tried
            || builds(container)
            || file.path.contains(".devcontainer")
            || matches!(file.role, Role::Test | Role::Example | Role::Docs | Role::Vendored)
        {
            continue;
        }
        judge(project, container, sites);
    }
}

fn judge(project: &Project, container: &Container, sites: &mut Sites) {
    let (Some(last), Some(base)) = (container.stages.last(), container.base()) else { return };
    let file = project.file(container.file);
    let subject = &*file.path;
    if let Some(user) = container.user() {
        let place = project.location(container.file, user.span);
        let name = user.arguments.split(':').next().unwrap_or_default().trim();
        if !matches!(name, "root" | "0") {
            sites.holds(place, subject, format!("it runs as `{name}`"));
        } else if drops_rights(project, container) {
            sites.unknown(place, subject, "a script that it starts gives up the rights of root");
        } else {
            sites.gap(place, subject, "the program in the image runs as root");
        }
        return;
    }
    let base_name = base.from.to_ascii_lowercase();
    if ORDINARY.iter().any(|word| base_name.contains(word)) {
        sites.holds(last.location, subject, format!("`{}` starts as an ordinary user", base.from));
    } else if drops_rights(project, container) {
        sites.unknown(
            last.location,
            subject,
            "a script that it starts gives up the rights of root",
        );
    } else {
        sites
            .gap(last.location, subject, "the program in the image runs as root")
            .identity(subject);
    }
}

/// Does it start a program that builds something, and listen to nothing?
fn builds(container: &Container) -> bool {
    let is_builder =
        |text: &str| text.split(['"', ' ', '/', '.']).any(|word| BUILDERS.contains(&word));
    let start = ["ENTRYPOINT", "CMD"].iter().find_map(|keyword| container.last(keyword));
    container.last("EXPOSE").is_none()
        && start.is_some_and(|instruction| is_builder(&instruction.arguments))
}

fn drops_rights(project: &Project, container: &Container) -> bool {
    let drops = |text: &str| {
        text.split(|character: char| !character.is_alphanumeric() && character != '-')
            .any(|word| DROPPERS.contains(&word))
    };
    let starts = ["CMD", "ENTRYPOINT"].iter().filter_map(|keyword| container.last(keyword));
    let mut starts = starts.map(|instruction| instruction.arguments.as_str());
    starts.any(|arguments| {
        let scripts = project.units().filter(|(_, unit)| unit.file.language == Language::Shell);
        let mut named = scripts.filter(|(_, unit)| arguments.contains(unit.file.name()));
        drops(arguments) || named.any(|(_, unit)| drops(&unit.file.text))
    })
}
