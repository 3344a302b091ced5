//! Blocks and attributes of Terraform files, as far as rules ask. Expressions stay text.

use crate::facts::Span;

/// Deeper nesting is no description of infrastructure.
const DEPTH_MAX: usize = 16;

/// `resource "type" "name" { … }`.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Self>,
    pub(crate) span: Span,
}

/// `name = value`, the value as written.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) span: Span,
}

impl Block {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The value under `name` as written, empty where there is none.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.attribute(name).map_or("", |attribute| &attribute.value)
    }

    pub(crate) fn label(&self, position: usize) -> &str {
        self.labels.get(position).map_or("", String::as_str)
    }

    /// The blocks called `kind` directly inside.
    pub(crate) fn inner<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Self> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

/// The outermost blocks of a file.
pub(crate) fn read(text: &str) -> Vec<Block> {
    let mut stack: Vec<Block> = vec![Block::default()];
    let mut open: Option<(Attribute, Option<String>)> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = span(start, start + line.trim_end().len());
        start += line.len();
        if let Some((attribute, ending)) = &mut open {
            let part = if ending.is_some() { line } else { without_comment(line) };
            attribute.value.push('\n');
            attribute.value.push_str(part.trim());
            let is_closed = match ending {
                Some(ending) => line.trim() == ending,
                None => balance(&attribute.value) <= 0,
            };
            if is_closed && let Some((attribute, _)) = open.take() {
                push(&mut stack, attribute);
            }
            continue;
        }
        let line = without_comment(line).trim();
        if line == "}" {
            close(&mut stack);
        } else if let Some((name, value)) = assignment(line) {
            let attribute = Attribute { name: name.to_owned(), value: value.to_owned(), span };
            let ending = value.strip_prefix("<<").map(|word| word.trim_start_matches('-'));
            if ending.is_some() || balance(value) > 0 {
                open = Some((attribute, ending.map(|word| word.trim().to_owned())));
            } else {
                push(&mut stack, attribute);
            }
        } else if let Some((header, inner)) = line.split_once('{')
            && stack.len() < DEPTH_MAX
            && !header.trim().is_empty()
        {
            let mut words = header.split_whitespace().map(|word| word.trim_matches('"').to_owned());
            let kind = words.next().unwrap_or_default();
            stack.push(Block { kind, labels: words.collect(), span, ..Block::default() });
            if let Some(inner) = inner.trim().strip_suffix('}') {
                if let Some((name, value)) = assignment(inner.trim()) {
                    push(&mut stack, Attribute { name: name.into(), value: value.into(), span });
                }
                close(&mut stack);
            }
        }
    }
    while stack.len() > 1 {
        close(&mut stack);
    }
    stack.pop().map(|root| root.blocks).unwrap_or_default()
}

fn push(stack: &mut [Block], attribute: Attribute) {
    if let Some(block) = stack.last_mut() {
        block.attributes.push(attribute);
    }
}

fn close(stack: &mut Vec<Block>) {
    if stack.len() > 1
        && let Some(block) = stack.pop()
        && let Some(parent) = stack.last_mut()
    {
        parent.blocks.push(block);
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-".contains(character));
    (is_name && !value.starts_with('=')).then(|| (name, value.trim()))
}

/// How many brackets are open at the end.
fn balance(value: &str) -> i32 {
    let mut in_text = false;
    value.chars().fold(0, |open, character| match character {
        '"' => {
            in_text = !in_text;
            open
        }
        '{' | '[' | '(' if !in_text => open + 1,
        '}' | ']' | ')' if !in_text => open - 1,
        _ => open,
    })
}

fn without_comment(line: &str) -> &str {
    let mut in_text = false;
    for (at, character) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        match character {
            '"' => in_text = !in_text,
            '#' if !in_text => return line.get(..at).unwrap_or_default(),
            '/' if !in_text && rest.starts_with("//") => return line.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    line
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_nest_and_values_span_lines() {
        let text = "resource \"a_b\" \"c\" { # why\n  list = [\n    \"x\", # {\n  ]\n  inner {\n    \
                    port = 22\n  }\n  policy = <<EOF\n{ \"a\": 1\nEOF\n}\nlocals { a = 1 }\n}\n";
        let blocks = read(text);
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].labels, ["a_b", "c"]);
        assert_eq!(blocks[0].inner("inner").next().map(|inner| inner.value("port")), Some("22"));
        assert!(blocks[0].value("policy").contains("\"a\": 1"));
        assert_eq!(blocks[1].value("a"), "1");
    }

    #[test]
    fn broken_files_give_what_can_be_read() {
        assert_eq!(read("resource \"a\" {").len(), 1);
        assert_eq!(read("}}}}\n{\n\"").len(), 0);
    }
}
