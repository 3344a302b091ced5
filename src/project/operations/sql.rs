//! SQL as text: the table, and the columns that its condition names.

use std::sync::LazyLock;

use regex::Regex;

use super::{Filter, Operation, OperationKind, chained, is_key};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Value},
};

/// What a statement does, and to which table. A write may stand in a `WITH` before a query.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*(?:with\s+\w+\s+as\s*\(\s*)?(?:(select)\b.*?\bfrom|(insert)\s+into|(update)|(delete)\s+from)\s+["`\[]?(?:\w+["`\]]?\.["`\[]?)?(\w+)"#)
        .expect("the pattern is well formed")
});

/// `column = ?`, `t.column = $1`, `column IN (…)`; the mark `\0` stands for a value put into the text.
static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)["`\[]?(\w+)["`\]]?\s*(?:=|\bin\b|\bis\b)\s*(\?|\$\d+|%s|:\w+|%\(\w+\)s|@\w+|'?\x00|\(|'[^']*'|\w+)"#)
        .expect("the pattern is well formed")
});

/// The columns that an `INSERT` fills.
static FILLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^\s*insert\s+into\s+\S+\s*\(([^()]*)\)").expect("the pattern is well formed")
});

/// The operation of a literal SQL text.
pub(super) fn read(call: Call<'_>) -> Option<Operation<'_>> {
    let position = call.positional().position(|value| {
        let (text, _) = text_of(value);
        HEAD.is_match(&text)
    })?;
    let (text, inserted) = text_of(call.argument(position)?);
    let text = statement(&text);
    let head = HEAD.captures(text)?;
    let entity = Text::from(head.get(5)?.as_str());
    let kind = match (head.get(1), head.get(2), head.get(3)) {
        (Some(_), _, _) => OperationKind::List,
        (_, Some(_), _) => OperationKind::Create,
        (_, _, Some(_)) => OperationKind::Update,
        _ => OperationKind::Delete,
    };
    let given = handed_in(call, position);
    let condition_start = condition_start(text);
    let mut filters = Vec::new();
    for (column, mark) in compared(&text[condition_start..]) {
        let place = condition_start + mark.start();
        let value = value_of(mark.as_str(), &text[..place], &given, &inserted);
        filters.push(Filter { field: column.into(), value });
    }
    let is_one = takes_one(call) || filters.iter().any(|filter| is_key(&filter.field));
    let kind = if kind == OperationKind::List && is_one { OperationKind::Read } else { kind };
    let is_opaque = is_added_to(call.argument(position)?);
    Some(Operation { call, entity, kind, filters, is_opaque, data: None })
}

/// Is a single row taken: `db.QueryRow(…)`, `query(…).fetch_one(&pool)`, `cursor.execute(…).fetchone()`?
fn takes_one(call: Call<'_>) -> bool {
    let is_one = |name: &str| {
        name.contains("Row") && !name.contains("Rows")
            || matches!(name, "get" | "fetch_one" | "fetch_optional" | "fetchone" | "fetchrow")
    };
    is_one(call.name()) || chained(call).iter().any(|next| is_one(next.name()))
}

/// `query += " WHERE …"`: more stands in the text than it was made with.
fn is_added_to(text: Value<'_>) -> bool {
    let ExpressionKind::Name(name) = text.kind() else { return false };
    let Some((scope, _)) = text.declarations() else { return false };
    let body = text.project.body(scope);
    let within = body.function().span;
    body.unit().facts.expressions().any(|(_, expression)| match expression.kind {
        ExpressionKind::Assign { target, .. } if within.contains(expression.span) => {
            matches!(text.sibling(target).kind(), ExpressionKind::Name(changed) if changed == name)
        }
        _ => false,
    })
}

/// The columns of a condition with what each is compared with.
pub(super) fn compared(condition: &str) -> impl Iterator<Item = (&str, regex::Match<'_>)> {
    COMPARED
        .captures_iter(condition)
        .filter_map(|found| Some((found.get(1)?.as_str(), found.get(2)?)))
}

/// The table of a literal SQL text, and the columns of it that the text names for sure.
pub fn columns_named(call: Call<'_>) -> Option<(Text, Vec<Text>)> {
    call.positional().find_map(|value| {
        let (text, _) = text_of(value);
        let table = HEAD.captures(&text)?.get(5)?.as_str();
        if let Some(filled) = FILLED.captures(&text) {
            let names =
                filled[1].split(',').map(|name| name.trim().trim_matches(['"', '`', '[', ']']));
            return Some((table.into(), names.map(Text::from).collect()));
        }
        // With a second table it is not said whose the columns are.
        let lower = text.to_ascii_lowercase();
        if lower.contains(" join ") || lower.matches("from").count() > 1 {
            return None;
        }
        let columns = compared(&text[condition_start(&text)..]).map(|(column, _)| column.into());
        Some((table.into(), columns.collect()))
    })
}

/// The statement inside a `WITH`, where that is what a text begins with; otherwise the whole.
fn statement(text: &str) -> &str {
    let is_with = text.trim_start().get(..4).is_some_and(|word| word.eq_ignore_ascii_case("with"));
    let Some(open) = text.find('(').filter(|_| is_with) else { return text };
    let mut depth = 0_u32;
    for (place, character) in text[open..].char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..open + place];
        }
    }
    text
}

fn condition_start(text: &str) -> usize {
    static WHERE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)\swhere\s").expect("the pattern is well formed"));
    WHERE.find(text).map_or(text.len(), |found| found.start())
}

/// The text with `\0` where something is put in, and what that is.
fn text_of(value: Value<'_>) -> (String, Vec<Value<'_>>) {
    let whole = value.constant();
    match whole.kind() {
        ExpressionKind::Text(text) => (text.to_string(), Vec::new()),
        ExpressionKind::Concat(parts) => {
            let mut text = String::new();
            let mut inserted = Vec::new();
            for &part in parts {
                let part = whole.sibling(part);
                if let ExpressionKind::Text(literal) = part.kind() {
                    text.push_str(literal)
                } else {
                    text.push('\0');
                    inserted.push(part);
                }
            }
            (text, inserted)
        }
        ExpressionKind::Call { arguments, .. } => {
            // `text("SELECT …")` marks a literal.
            match arguments.first() {
                Some(first) if arguments.len() == 1 => {
                    let first = whole.sibling(first.value);
                    match first.kind() {
                        ExpressionKind::Text(text) => (text.to_string(), Vec::new()),
                        _ => (String::new(), Vec::new()),
                    }
                }
                _ => (String::new(), Vec::new()),
            }
        }
        _ => (String::new(), Vec::new()),
    }
}

/// The values after the text: a list, or one by one.
fn handed_in(call: Call<'_>, position: usize) -> Vec<Value<'_>> {
    let after: Vec<Value<'_>> = call.positional().skip(position + 1).collect();
    match after.first().and_then(|first| first.items()) {
        Some(items) => items,
        None => after,
    }
}

fn value_of<'p>(
    mark: &str,
    before: &str,
    given: &[Value<'p>],
    inserted: &[Value<'p>],
) -> Option<Value<'p>> {
    if mark.ends_with('\0') {
        let number = before.matches('\0').count();
        return inserted.get(number).copied();
    }
    if let Some(number) = mark.strip_prefix('$') {
        return given.get(number.parse::<usize>().ok()?.checked_sub(1)?).copied();
    }
    if mark == "?" {
        return given.get(before.matches('?').count()).copied();
    }
    if mark == "%s" {
        return given.get(before.matches("%s").count()).copied();
    }
    let name = mark.strip_prefix(':').or_else(|| mark.strip_prefix('@'));
    let name = name.or_else(|| mark.strip_prefix("%(").and_then(|rest| rest.strip_suffix(")s")));
    given.iter().find_map(|value| value.entry(name?).given())
}
