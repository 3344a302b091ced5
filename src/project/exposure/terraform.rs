//! What Terraform describes, one reader a vendor.

use super::{Exposure, access, aws, azure, cloud_run, is_deployed};
use crate::project::{
    FileId, Location, Project,
    terraform::{self, Block},
};

/// The resources of all files, in the order of their places, and what they look up.
pub(super) struct Resources {
    all: Vec<Resource>,
    data: Vec<Resource>,
}

pub(super) struct Resource {
    file: FileId,
    pub(super) block: Block,
}

pub(super) fn read(project: &Project, exposures: &mut Vec<Exposure>) {
    let resources = Resources::of(project);
    access::read(project, &resources, exposures);
    aws::read(&resources, exposures);
    azure::read(&resources, exposures);
    cloud_run::of_resources(&resources, exposures);
}

impl Resources {
    fn of(project: &Project) -> Self {
        let files = project
            .units()
            .filter(|(_, unit)| unit.file.name().ends_with(".tf") && is_deployed(&unit.file));
        let resources = files.flat_map(|(file, unit)| {
            let blocks = terraform::read(&unit.file.text).into_iter();
            blocks.map(move |block| Resource { file, block })
        });
        let (all, others): (Vec<Resource>, Vec<Resource>) =
            resources.partition(|resource| resource.block.kind == "resource");
        let data = others.into_iter().filter(|other| other.block.kind == "data").collect();
        Self { all, data }
    }

    /// The resources whose type is one of `kinds`.
    pub(super) fn of_kinds<'r>(&'r self, kinds: &'r [&str]) -> impl Iterator<Item = &'r Resource> {
        self.all.iter().filter(|resource| kinds.contains(&resource.kind()))
    }
}

impl Resources {
    /// What a value looks up: `data.google_iam_policy.open.policy_data`.
    pub(super) fn looked_up(&self, value: &str) -> Option<&Resource> {
        let mut parts = value.strip_prefix("data.")?.split('.');
        let (kind, label) = (parts.next()?, parts.next()?);
        self.data.iter().find(|data| data.kind() == kind && data.label() == label)
    }
}

impl Resource {
    pub(super) fn kind(&self) -> &str {
        self.block.label(0)
    }

    /// The name that other resources refer to.
    pub(super) fn label(&self) -> &str {
        self.block.label(1)
    }

    pub(super) fn title(&self) -> String {
        format!("`{}.{}`", self.kind(), self.label())
    }

    pub(super) const fn location(&self) -> Location {
        Location { file: self.file, span: self.block.span }
    }

    /// The text under a name, without quotes.
    pub(super) fn text(&self, name: &str) -> &str {
        text(&self.block, name)
    }

    /// Does the value under a name refer to another resource?
    pub(super) fn refers_to(&self, name: &str, other: &Self) -> bool {
        let reference = format!("{}.{}", other.kind(), other.label());
        let mut found = self.block.value(name).match_indices(&reference);
        found.any(|(start, _)| {
            let rest = &self.block.value(name)[start + reference.len()..];
            !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '-')
        })
    }
}

/// The text under a name of a block, without quotes.
pub(super) fn text<'b>(block: &'b Block, name: &str) -> &'b str {
    block.value(name).trim_matches('"')
}

/// The texts of a list.
pub(super) fn texts<'b>(block: &'b Block, name: &str) -> impl Iterator<Item = &'b str> {
    block.value(name).split('"').skip(1).step_by(2)
}
