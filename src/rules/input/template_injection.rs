use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::TemplateFromText],
        treated: Kills::NONE,
        becomes: "becomes part of a template that is evaluated",
        fine: "the template",
    };
    ask(project, sites, &question, |_| Relevance::Full);
}
