//! Format strings: the literal text and its placeholders.

/// A part of a format string.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// `{}`: the next value.
    Next,
    /// `{0}`.
    At(usize),
    /// `{name}`, whatever follows the colon.
    Named(String),
}

/// Splits at placeholders; `{{` and `}}` are text.
pub(super) fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
        let end = rest[at..].find('}').filter(|_| rest[at..].starts_with('{'));
        match end {
            _ if doubled => {
                text.push_str(&rest[at..=at]);
                rest = &rest[at + 2..];
            }
            Some(length) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(placeholder(&rest[at + 1..at + length]));
                rest = &rest[at + length + 1..];
            }
            // Not a format string after all: the brace stays.
            None => {
                text.push_str(&rest[at..=at]);
                rest = &rest[at + 1..];
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

fn placeholder(inside: &str) -> Piece {
    let name = inside.split(':').next().unwrap_or_default().trim();
    match name.parse() {
        _ if name.is_empty() => Piece::Next,
        Ok(position) => Piece::At(position),
        Err(_) => Piece::Named(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece::*, *};

    #[test]
    fn placeholders_split_the_text() {
        let expected = vec![
            Text("a {".to_owned()),
            Next,
            Text("} b ".to_owned()),
            Named("name".to_owned()),
            At(1),
            Text(" {".to_owned()),
        ];
        assert_eq!(pieces("a {{{}}} b {name:>5}{1:?} {"), expected);
        assert_eq!(pieces("}"), [Text("}".to_owned())]);
        assert!(pieces("").is_empty());
    }
}
