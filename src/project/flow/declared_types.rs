//! What a declared type tells of a value.

use crate::facts::{ExpressionKind, Facts, Language, Parameter};

/// A value of a declared type is of that type when the program runs.
pub(super) const fn checks_types(language: Language) -> bool {
    matches!(language, Language::Go | Language::Java | Language::Rust)
}

/// Types whose values cannot carry an attack.
pub(super) fn is_harmless_type(facts: &Facts, kind: &ExpressionKind) -> bool {
    match kind {
        ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => matches!(
            name.as_str(),
            "int"
                | "float"
                | "bool"
                | "UUID"
                | "Uuid"
                | "UUID4"
                | "datetime"
                | "date"
                | "Decimal"
                | "number"
                | "boolean"
                | "i8"
                | "i16"
                | "i32"
                | "i64"
                | "i128"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "u128"
                | "usize"
                | "isize"
                | "f32"
                | "f64"
                | "Integer"
                | "Long"
                | "Short"
                | "Double"
                | "Float"
                | "Boolean"
                | "BigDecimal"
                | "BigInteger"
                | "long"
                | "short"
                | "double"
                | "byte"
                | "boolean_"
                | "LocalDate"
                | "LocalDateTime"
                | "Instant"
                | "int32"
                | "int64"
                | "uint"
                | "uint32"
                | "uint64"
                | "float64"
                | "NaiveDate"
                | "PositiveInt"
                | "ObjectId"
                | "Literal"
        ),
        ExpressionKind::Index { object, index } => {
            let wrapper = facts.last_segment(*object).unwrap_or_default();
            wrapper == "Literal"
                || matches!(wrapper, "Option" | "Optional" | "Annotated" | "Path" | "Query")
                    && match &facts[*index].kind {
                        ExpressionKind::List(items) => items
                            .first()
                            .is_some_and(|&first| is_harmless_type(facts, &facts[first].kind)),
                        inner => is_harmless_type(facts, inner),
                    }
        }
        ExpressionKind::Operation { operands, .. } => operands.iter().all(|&operand| {
            let kind = &facts[operand].kind;
            matches!(kind, ExpressionKind::Null) || is_harmless_type(facts, kind)
        }),
        _ => false,
    }
}

/// A text is one value, and no object with fields; nor is a list of texts.
pub(super) fn is_text_type(facts: &Facts, parameter: &Parameter) -> bool {
    let is_text = |id| matches!(facts.last_segment(id), Some("string" | "str" | "String"));
    parameter.annotation.is_some_and(|id| match &facts[id].kind {
        ExpressionKind::Index { object, index } => {
            let wrapper = facts.last_segment(*object).unwrap_or_default();
            matches!(wrapper, "List" | "Set" | "Collection" | "list" | "set") && is_text(*index)
        }
        _ => is_text(id),
    })
}

/// What a file holds, and no name of one.
pub(super) fn is_content_type(name: &str) -> bool {
    matches!(name, "bytes" | "bytearray")
}
