//! The packages of Java: the folder of each, and what it depends on.

use crate::{
    facts::Text,
    project::{Project, manifests::Package, modules::is_below},
};

/// The packages of a project.
pub(super) struct Packages<'p> {
    project: &'p Project,
}

impl<'p> Packages<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self { project }
    }

    /// Does the package in `folder`, or one around it, depend on an artifact that is `wanted`?
    pub(super) fn depend(&self, folder: &str, wanted: impl Fn(&str) -> bool) -> bool {
        let is_wanted = |name: &Text| wanted(artifact(name));
        let around = self.around(folder);
        around.into_iter().any(|package| {
            package.dependencies.iter().any(|dependency| is_wanted(&dependency.name))
        })
    }

    /// Does what stands in the package `folder` also stand in the way of requests for `home`? A package
    /// shares what it has with those that depend on it.
    pub(super) fn shares(&self, folder: &Text, home: &Text) -> bool {
        if folder == home {
            return true;
        }
        let own = self.project.manifests().packages.iter().find(|one| one.folder == *folder);
        let name = own.and_then(|package| package.name.as_deref()).map(artifact);
        name.is_some_and(|name| self.depend(home, |other| other == name))
    }

    fn around(&self, folder: &str) -> Vec<&'p Package> {
        let path = if folder.is_empty() { "x".to_owned() } else { format!("{folder}/x") };
        let all = self.project.manifests().packages.iter();
        all.filter(|package| is_below(&path, &package.folder)).collect()
    }
}

/// `artifact` of `group:artifact`.
fn artifact(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
