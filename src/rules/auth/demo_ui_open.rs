use super::common::has_word;
use crate::{
    facts::vocabulary::{Meaning, Row},
    gap::Severity,
    project::{Call, FileId, Project, Unit, Value, views::Setting},
    rules::Sites,
};

/// What in a file of the pages asks who is looking.
const SIGN_INS: [&str; 9] = [
    "st.user",
    "st.experimental_user",
    "authenticator",
    "check_password",
    "login(",
    "sign_in",
    "authenticate",
    "auth_code",
    "is_logged_in",
];

/// Files that say where a program is deployed.
const DEPLOYMENTS: [&str; 11] = [
    "Dockerfile",
    "Procfile",
    "app.yaml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "compose.yaml",
    "compose.yml",
    "fly.toml",
    "railway.json",
    "render.yaml",
    "railway.toml",
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for (file, unit) in project.units().filter(|(_, unit)| unit.file.is_shipped()) {
        let Some(page) = demo_page(project, unit) else { continue };
        let Some(serves) = page.detail("serves") else { continue };
        for call in project.calls_in(file).filter(|call| call.name() == serves) {
            launch(project, call, page, sites);
        }
    }
    pages(project, sites);
    notebooks(project, sites);
}

/// The library with which a file builds pages for demonstrations.
fn demo_page<'p>(project: &'p Project, unit: &Unit) -> Option<&'p Row> {
    let modules = unit.facts.imports.iter().filter_map(|import| import.module.split('.').next());
    let mut rows = modules.flat_map(|module| project.vocabulary().rows_of(module));
    rows.find_map(|(_, row)| row.means.contains(&Meaning::DemoPage).then_some(row))
}

/// `demo.launch(share=True)`
fn launch(project: &Project, call: Call<'_>, page: &Row, sites: &mut Sites) {
    let option = |detail| page.detail(detail).map_or(Setting::Absent, |name| call.option(name));
    let asks = !matches!(option("password"), Setting::Absent);
    let is_shared = option("shared").given().and_then(Value::boolean) == Some(true);
    let address = option("address").given().and_then(Value::text);
    let subject = "the page";
    if asks {
        sites.holds(call.location(), subject, "it asks for a name and a password");
    } else if is_shared || address == Some("0.0.0.0") {
        let how = if is_shared { "a public address" } else { "every address of the machine" };
        sites
            .gap(call.location(), subject, format!("the page is served on {how} without a sign-in"))
            .severity(severity(project, call.file));
    } else {
        sites.holds(call.location(), subject, "only this machine reaches it");
    }
}

/// Pages that a server of demonstrations shows to everybody who finds it.
fn pages(project: &Project, sites: &mut Sites) {
    let pages: Vec<(FileId, &Unit)> = project
        .units()
        .filter(|(_, unit)| unit.file.is_shipped() && serves_itself(project, unit))
        .collect();
    let Some(&(first, unit)) = pages.iter().find(|(_, unit)| is_entry(&unit.file.path)) else {
        return;
    };
    let command = demo_page(project, unit).and_then(|page| page.detail("command"));
    let asking =
        pages.iter().find(|(_, unit)| SIGN_INS.iter().any(|sign| unit.file.text.contains(sign)));
    let place = project.location(first, crate::facts::Span::default());
    let subject = &*unit.file.path;
    let mut served = project.routes().iter().filter(|route| route.location.file == first);
    if let Some(edge) = served.find_map(|route| route.edge.as_ref()) {
        let fact = format!("{} asks who is looking", edge.name);
        sites.holds(place, subject, fact).credit(edge.credit);
    } else if asking.is_some() {
        sites.holds(place, subject, "it asks who is looking");
    } else if let Some((file, _)) = project.units().find(|(_, unit)| {
        let is_deployment = DEPLOYMENTS.contains(&unit.file.name());
        is_deployment && command.is_some_and(|command| unit.file.text.contains(command))
    }) {
        let deployed = project.location(file, crate::facts::Span::default());
        sites
            .gap(place, subject, "the page is deployed and asks nobody who they are")
            .severity(severity(project, first))
            .because(deployed, "deployed by this file");
    }
}

/// Pages that a command serves, and no call of their own.
fn serves_itself(project: &Project, unit: &Unit) -> bool {
    demo_page(project, unit).is_some_and(|page| page.detail("serves").is_none())
}

fn is_entry(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    has_word(stem, &["app", "main", "streamlit", "home", "frontend", "ui", "client", "index"])
}

/// A page that spends money or touches the machine is worse than one that shows something.
fn severity(project: &Project, file: FileId) -> Severity {
    let acts = |meaning: Meaning| {
        matches!(
            meaning,
            Meaning::ModelCall
                | Meaning::ShellCommand
                | Meaning::EvaluateCode
                | Meaning::DatabaseWrite
                | Meaning::SqlQuery
                | Meaning::FileDelete
        )
    };
    let is_grave = project.calls_in(file).any(|call| call.meanings().any(acts));
    if is_grave { Severity::High } else { Severity::Medium }
}

/// A notebook server that was told to ask for no token.
fn notebooks(project: &Project, sites: &mut Sites) {
    for container in &project.manifests().containers {
        let Some(command) = container.command() else { continue };
        let written = command.arguments.as_str();
        if !written.contains("jupyter") && !written.contains("notebook") {
            continue;
        }
        let place = project.location(container.file, command.span);
        let open = ["token=''", "token=\"\"", "token=\\\"\\\"", "password=''", "--no-auth"];
        let is_open = open.iter().any(|option| written.contains(option))
            || written.contains("token=\"") && written.contains("token=\",");
        if is_open {
            let message = "the notebook server runs whatever anybody sends it";
            sites.gap(place, "jupyter", message).severity(Severity::High);
        } else {
            sites.holds(place, "jupyter", "it asks for its token");
        }
    }
}
