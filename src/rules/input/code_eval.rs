use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{Project, flow::Kills},
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::EvaluateCode],
        treated: Kills::LITERAL,
        becomes: "is run as code",
        fine: "the code",
    };
    ask(project, sites, &question, |_| Relevance::Full);
}
