//! Words that make an expression or statement go on, over all languages that are scanned.

/// Stands between two operands, so that no statement ends before it.
pub(super) fn is_infix(word: &[u8]) -> bool {
    matches!(
        word,
        b"else"
            | b"and"
            | b"or"
            | b"in"
            | b"is"
            | b"instanceof"
            | b"as"
            | b"satisfies"
            | b"extends"
            | b"of"
    )
}

/// Needs something after it, so that no statement ends there.
pub(super) fn is_prefix(word: &[u8]) -> bool {
    matches!(
        word,
        b"do"
            | b"return"
            | b"typeof"
            | b"void"
            | b"delete"
            | b"await"
            | b"new"
            | b"yield"
            | b"not"
            | b"lambda"
            | b"throw"
            | b"case"
            | b"break"
            | b"keyof"
            | b"readonly"
            | b"infer"
            | b"unique"
            | b"asserts"
            | b"async"
            | b"move"
            | b"dyn"
            | b"impl"
            | b"const"
            | b"mut"
            | b"ref"
            | b"default"
    )
}

/// Takes a condition in parentheses and then a statement.
pub(super) fn is_control(word: &[u8]) -> bool {
    matches!(word, b"if" | b"while" | b"for" | b"with" | b"switch" | b"catch" | b"foreach")
}
