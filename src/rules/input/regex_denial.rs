use super::reach::{Question, Relevance, ask};
use crate::{
    facts::{Language, vocabulary::Meaning},
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::CompileRegex],
        treated: Kills::PATTERN,
        becomes: "becomes a pattern, whose matching may never end",
        fine: "the pattern",
    };
    // The engines of Go and Rust take linear time.
    ask(project, sites, &question, |found| match project.file(found.at.file).language {
        Language::Go | Language::Rust => Relevance::None,
        _ if found.flows.is_empty() => Relevance::None,
        _ => Relevance::Full,
    });
}
