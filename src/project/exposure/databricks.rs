//! Databricks Apps, to which a workspace lets only its own users.
//!
//! <https://docs.databricks.com/aws/en/dev-tools/databricks-apps/auth>

use super::{Asks, Exposure, Layer, PARTIAL, Target, is_deployed};
use crate::{
    facts::{Document, File, Node},
    project::{Location, Project, modules::join},
};

pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    for (file, unit) in project.units().filter(|(_, unit)| is_deployed(&unit.file)) {
        let Some(Document::Tree(roots)) = &unit.facts.document else { continue };
        let Some(root) = roots.first() else { continue };
        if is_command(project, &unit.file, root) {
            let location = project.location(file, root.span);
            exposures.push(exposure("app.yaml", unit.file.folder().into(), location));
        }
        // The applications that a bundle deploys, each with the folder of its code.
        for (name, application) in
            root.at(&["resources", "apps"]).into_iter().flat_map(Node::entries)
        {
            let Some(folder) = application.text_at("source_code_path") else { continue };
            let location = project.location(file, application.span);
            exposures.push(exposure(name, join(unit.file.folder(), folder), location));
        }
    }
}

/// An `app.yaml` says how the application beside it is started. Google's App Engine has files of that name, with a
/// runtime.
fn is_command(project: &Project, file: &File, root: &Node) -> bool {
    let is_start = matches!(file.name(), "app.yaml" | "app.yml")
        && root.get("command").is_some_and(|command| command.items().len() > 1)
        && root.get("runtime").is_none();
    let mut packages = project.manifests().packages.iter();
    is_start
        && packages.any(|package| {
            let mut names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
            package.folder == file.folder() && names.any(|name| name.contains("databricks"))
        })
}

fn exposure(name: &str, folder: String, location: Location) -> Exposure {
    let asks = Asks::Caller { by: "workspace".into(), credit: PARTIAL };
    let (name, target) = (format!("Databricks app `{name}`"), Target::Folder(folder.into()));
    Exposure::new(name, location, target, Layer::Wall("databricks".into()), asks)
}
