use super::reach::{Question, Relevance, ask};
use crate::{
    facts::vocabulary::Meaning,
    project::{
        Project,
        flow::{Kills, Role},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let command = Question {
        meanings: &[Meaning::ShellCommand],
        treated: Kills::SHELL,
        becomes: "becomes part of a shell command",
        fine: "the command line",
    };
    ask(project, sites, &command, |_| Relevance::Full);
    let program = Question {
        meanings: &[Meaning::ProcessSpawn],
        treated: Kills::NONE,
        becomes: "chooses the program that is run",
        fine: "the program",
    };
    ask(project, sites, &program, |found| match found.role {
        Role::Program if found.constant.is_some() => Relevance::Full,
        Role::Program => Relevance::IfReached,
        _ => Relevance::None,
    });
}
