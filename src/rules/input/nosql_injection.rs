use super::reach::{Question, Relevance, ask};
use crate::{
    facts::{Language, vocabulary::Meaning},
    project::{
        Project,
        flow::{Kills, Role, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::DocumentQuery],
        treated: Kills::TEXT | Kills::VALIDATED,
        becomes: "may be an object with operators of the query",
        fine: "the filter",
    };
    ask(project, sites, &question, |found| relevance(project, found));
    let code = Question {
        meanings: &[Meaning::DocumentQuery],
        treated: Kills::LITERAL,
        becomes: "becomes part of a condition that the database runs as code",
        fine: "the condition",
    };
    ask(project, sites, &code, |found| match found.role {
        Role::Code => Relevance::Full,
        _ => Relevance::None,
    });
}

/// Only stores that take operators inside a filter, in languages where a body has any shape.
fn relevance(project: &Project, found: &Use) -> Relevance {
    const TYPED: [&str; 8] =
        ["risma", "sequelize", "typeorm", "knex", "drizzle", "kysely", "supabase", "firebase"];

    let Some(call) = found.call(project) else { return Relevance::None };
    let language = project.file(found.at.file).language;
    let is_untyped =
        language.is_script() || matches!(language, Language::Python | Language::Notebook);
    let is_other = TYPED.iter().any(|name| call.path().contains(name))
        || call.name().starts_with("findUnique")
        || call.name().ends_with("Many") && matches!(call.name(), "findMany" | "createMany")
        || matches!(call.name(), "findAll" | "findByPk" | "findFirst" | "findById");
    if found.role != Role::Subject || !is_untyped || is_other || found.flows.is_empty() {
        Relevance::None
    } else {
        Relevance::Full
    }
}
