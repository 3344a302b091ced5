use super::reach::{Question, Relevance, ask};
use crate::{
    facts::{CallStyle, ExpressionKind, vocabulary::Meaning},
    project::{
        Call, Project, Value,
        flow::{Kills, Role, Use},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let question = Question {
        meanings: &[Meaning::SqlQuery, Meaning::SqlRaw],
        treated: Kills::SQL,
        becomes: "becomes part of the text of a query",
        fine: "the text of the query",
    };
    ask(project, sites, &question, |found| relevance(project, found));
}

/// A method that is only called like one of a database is one if what it gets reads like SQL.
fn relevance(project: &Project, found: &Use) -> Relevance {
    if found.role != Role::Subject {
        return Relevance::None;
    }
    let Some(call) = found.call(project) else { return Relevance::None };
    // `execute(text(query))` is one place, and the outer call is what runs it.
    let is_query = |call: &Call<'_>| call.means(Meaning::SqlQuery);
    if found.meaning == Meaning::SqlRaw && call.enclosing_calls().any(|outer| is_query(&outer)) {
        return Relevance::None;
    }
    if found.meaning == Meaning::SqlQuery && is_made_of_raw(project, call) {
        return Relevance::None;
    }
    // An object of conditions is bound field by field.
    if !found.is_text && (!found.fields.is_empty() || holds_conditions(call)) {
        return Relevance::None;
    }
    let is_known = call.row(found.meaning).is_some_and(|row| !row.is_by_name_only())
        && !call.path().starts_with('?');
    let text = found.constant.as_ref().or(found.prefix.as_ref());
    let reads_like_sql = text.is_some_and(|text| is_sql(text));
    if reads_like_sql || (is_known && found.is_text) {
        Relevance::Full
    } else if is_known {
        Relevance::IfReached
    } else {
        Relevance::None
    }
}

/// `query = select(note).where(text(words))` was reported where the text was made.
fn is_made_of_raw(project: &Project, call: Call<'_>) -> bool {
    let query = call.argument(0).filter(|query| matches!(query.kind(), ExpressionKind::Name(_)));
    let made = query.and_then(|query| project.bound(query.at)).map(|at| project.value(at));
    made.is_some_and(|made| {
        let mut calls = made.descendants().into_iter().filter_map(Value::as_call);
        calls.any(|call| call.means(Meaning::SqlRaw) && !call.means(Meaning::SqlQuery))
    })
}

/// `db.Where(Note{Title: title})`, and a parameter that is no text: `conditions map[string]any`.
fn holds_conditions(call: Call<'_>) -> bool {
    let Some(first) = call.argument(0).map(Value::unwrapped) else { return false };
    match first.kind() {
        ExpressionKind::Object(_) => true,
        ExpressionKind::Call { style, .. } => *style == CallStyle::Struct,
        ExpressionKind::Name(name) => {
            let function = first.function().function();
            let declared = function.parameters.iter().find(|own| own.name() == Some(name));
            declared.and_then(|own| own.annotation).is_some_and(|annotation| {
                let text = first.sibling(annotation).source();
                ["interface{}", "map[", "any"].iter().any(|kind| text.starts_with(kind))
            })
        }
        _ => false,
    }
}

fn is_sql(text: &str) -> bool {
    const WORDS: [&str; 18] = [
        "select", "insert", "update", "delete", "with", "create", "drop", "alter", "truncate",
        "call", "exec", "merge", "replace", "pragma", "from", "grant", "begin", "explain",
    ];
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '{'));
    let word: String =
        start.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    WORDS.contains(&word.as_str())
}
