//! Databricks Apps, to which a workspace lets only its own users.
//!
//! <https://docs.databricks.com/aws/en/dev-tools/databricks-apps/auth>

use super::{Asks, Exposure, Layer, PARTIAL, Target, is_deployed};
use crate::{
    facts::{Document, Node},
    project::{Project, modules::join},
};

/// The applications that a bundle deploys, each with the folder of its code.
pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    for (file, unit) in project.units().filter(|(_, unit)| is_deployed(&unit.file)) {
        let Some(Document::Tree(roots)) = &unit.facts.document else { continue };
        let applications = roots.first().and_then(|root| root.at(&["resources", "apps"]));
        for (name, application) in applications.into_iter().flat_map(Node::entries) {
            let Some(folder) = application.text_at("source_code_path") else { continue };
            let name = format!("Databricks app `{name}`");
            let target = Target::Folder(join(unit.file.folder(), folder).into());
            let asks = Asks::Caller { by: "workspace".into(), credit: PARTIAL };
            let location = project.location(file, application.span);
            exposures.push(Exposure::new(
                name,
                location,
                target,
                Layer::Wall("databricks".into()),
                asks,
            ));
        }
    }
}
