//! Format strings with `%`.

/// Which rules the placeholders follow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::lower) enum Placeholders {
    /// `%[1]s`, `%*d`.
    Go,
    /// `%1$s`, `%n`.
    Java,
}

/// A piece of the built text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::lower) enum Part {
    Text(String),
    /// The argument of this number, from 0.
    Argument(usize),
}

/// The pieces that `format` builds from `arguments` many arguments. Arguments that no placeholder
/// takes come last, so that none is lost.
pub(in crate::lower) fn split_format(
    format: &str,
    placeholders: Placeholders,
    arguments: usize,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut used = vec![false; arguments];
    let mut next = 0;
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let flags = after.find(|c: char| !"+-# 0123456789.*[]$,(<".contains(c));
        let Some(flags) = flags else {
            text.push_str(&rest[at..]);
            rest = "";
            break;
        };
        let verb = after[flags..].chars().next().unwrap_or('%');
        rest = &after[flags + verb.len_utf8()..];
        match verb {
            '%' => text.push('%'),
            'n' if placeholders == Placeholders::Java => text.push('\n'),
            _ => {
                let flags = &after[..flags];
                next = explicit_index(flags, placeholders).unwrap_or(next);
                let stars =
                    if placeholders == Placeholders::Go { flags.matches('*').count() } else { 0 };
                for (index, used) in used.iter_mut().enumerate().skip(next).take(stars + 1) {
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Argument(index));
                    *used = true;
                }
                next += stars + 1;
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts.extend((0..arguments).filter(|&index| !used[index]).map(Part::Argument));
    parts
}

/// The number of the argument that the flags name, from 0.
fn explicit_index(flags: &str, placeholders: Placeholders) -> Option<usize> {
    let number = match placeholders {
        Placeholders::Go => flags.split_once('[')?.1.split_once(']')?.0,
        Placeholders::Java => flags.split_once('$')?.0,
    };
    number.parse::<usize>().ok().filter(|&number| number < 1_000)?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(format: &str, placeholders: Placeholders, arguments: usize) -> String {
        let show = |part| match part {
            Part::Text(text) => text,
            Part::Argument(index) => format!("<{index}>"),
        };
        split_format(format, placeholders, arguments).into_iter().map(show).collect()
    }

    #[test]
    fn placeholders_become_arguments() {
        assert_eq!(shown("a %s b %05.2f%%", Placeholders::Go, 2), "a <0> b <1>%");
        assert_eq!(shown("%[2]d-%[1]d", Placeholders::Go, 2), "<1>-<0>");
        assert_eq!(shown("%*d", Placeholders::Go, 2), "<0><1>");
        assert_eq!(shown("%2$s%n%1$s", Placeholders::Java, 2), "<1>\n<0>");
    }

    #[test]
    fn nothing_is_lost_when_counts_differ() {
        assert_eq!(shown("%s%s", Placeholders::Go, 1), "<0>");
        assert_eq!(shown("100%", Placeholders::Go, 1), "100%<0>");
        assert_eq!(shown("%[99999999999999999999]s é%é", Placeholders::Go, 1), "<0> é");
    }
}
