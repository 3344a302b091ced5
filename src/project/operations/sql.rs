//! SQL as text: the table, and the columns that its condition names.

use std::sync::LazyLock;

use regex::Regex;

use super::{Filter, Operation, OperationKind, is_key};
use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Value},
};

static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*(?:(select)\b.*?\bfrom|(insert)\s+into|(update)|(delete)\s+from)\s+["`\[]?(?:\w+["`\]]?\.["`\[]?)?(\w+)"#)
        .expect("the pattern is well formed")
});

/// `column = ?`, `t.column = $1`, `column IN (…)`; the mark `\0` stands for a value put into the text.
static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)["`\[]?(\w+)["`\]]?\s*(?:=|\bin\b|\bis\b)\s*(\?|\$\d+|%s|:\w+|%\(\w+\)s|@\w+|'?\x00|\(|'[^']*'|\w+)"#)
        .expect("the pattern is well formed")
});

/// The operation of a literal SQL text.
pub(super) fn read(call: Call<'_>) -> Option<Operation<'_>> {
    let position = call.positional().position(|value| {
        let (text, _) = text_of(value);
        HEAD.is_match(&text)
    })?;
    let (text, inserted) = text_of(call.argument(position)?);
    let head = HEAD.captures(&text)?;
    let entity = Text::from(head.get(5)?.as_str());
    let kind = match (head.get(1), head.get(2), head.get(3)) {
        (Some(_), _, _) => OperationKind::List,
        (_, Some(_), _) => OperationKind::Create,
        (_, _, Some(_)) => OperationKind::Update,
        _ => OperationKind::Delete,
    };
    let given = handed_in(call, position);
    let lower = text.to_ascii_lowercase();
    let condition_start =
        lower.find(" where ").or_else(|| lower.find("\nwhere ")).unwrap_or(text.len());
    let mut filters = Vec::new();
    for found in COMPARED.captures_iter(&text[condition_start..]) {
        let (Some(column), Some(mark)) = (found.get(1), found.get(2)) else { continue };
        let value =
            value_of(mark.as_str(), &text[..condition_start + mark.start()], &given, &inserted);
        filters.push(Filter { field: column.as_str().into(), value });
    }
    let by_key = filters.iter().any(|filter| is_key(&filter.field));
    let kind = if kind == OperationKind::List && by_key { OperationKind::Read } else { kind };
    Some(Operation { call, entity, kind, filters, is_opaque: false, data: None })
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
                match part.kind() {
                    ExpressionKind::Text(literal) => text.push_str(literal),
                    _ => {
                        text.push('\0');
                        inserted.push(part);
                    }
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
