//! Where a question about the whole project is shown.

use crate::{
    facts::Span,
    project::{Location, Project},
};

/// Where a reader starts: a package manifest, else the first file of shipped code. None where nothing
/// ships: then there is nothing to ask.
pub(super) fn of_project(project: &Project) -> Option<Location> {
    let mut shipped =
        project.units().filter(|(_, unit)| unit.file.language.is_code() && unit.file.is_shipped());
    let (first, _) = shipped.next()?;
    let package = project.manifests().packages.first().map(|package| package.file);
    Some(project.location(package.unwrap_or(first), Span::default()))
}
