//! The markup of a component, as far as scripts and evaluated attributes need it.

use std::ops::Range;

/// What was found, in the order of the file.
#[derive(Default)]
pub(super) struct Markup {
    pub(super) scripts: Vec<Script>,
    /// Tags with at least one evaluated attribute, and evaluated text.
    pub(super) tags: Vec<Tag>,
    /// The insides of comments.
    pub(super) comments: Vec<Range<usize>>,
}

pub(super) struct Script {
    /// The attribute `lang`.
    pub(super) language: String,
    pub(super) body: Range<usize>,
}

pub(super) struct Tag {
    pub(super) name: Range<usize>,
    pub(super) attributes: Vec<Attribute>,
    /// The expression of evaluated text: `{{ value }}`, `{value}`, `{#if value}`.
    pub(super) text: Option<Range<usize>>,
    pub(super) span: Range<usize>,
}

pub(super) struct Attribute {
    /// Shortened alike for both frameworks: `@click` for an event, the plain name for a binding.
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) value: Range<usize>,
    pub(super) form: Form,
}

/// How the value of an attribute is to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Literal,
    Expression,
    /// What to do when an event comes.
    Handler,
}

pub(super) fn read(source: &str, is_svelte: bool) -> Markup {
    let mut reader = Reader { source, at: 0, start: 0, is_svelte, markup: Markup::default() };
    for _ in 0..RESUMPTIONS_MAX {
        while reader.step().is_some() {}
        let Some(next) = source.get(reader.start + 1..).and_then(|rest| rest.find("<script"))
        else {
            break;
        };
        reader.at = reader.start + 1 + next;
    }
    reader.markup
}

/// How often the reading goes on at the next script after a construct that does not close. Each time
/// may look through the whole rest of the file.
const RESUMPTIONS_MAX: usize = 8;

struct Reader<'s> {
    source: &'s str,
    at: usize,
    /// Where the construct starts that is being read.
    start: usize,
    is_svelte: bool,
    markup: Markup,
}

impl Reader<'_> {
    /// Reads up to the end of the next construct.
    fn step(&mut self) -> Option<()> {
        self.start = self.source.len();
        self.at += self.source.get(self.at..)?.find(['<', '{'])?;
        self.start = self.at;
        let rest = &self.source[self.at..];
        if rest.starts_with("<!--") {
            let start = self.at + 4;
            let end = start + self.source.get(start..)?.find("-->")?;
            self.markup.comments.push(start..end);
            self.at = end + 3;
        } else if rest.starts_with("{{") && !self.is_svelte {
            let start = self.at + 2;
            let end = start + rest.get(2..)?.find("}}")?;
            self.at = end + 2;
            self.text(start..end);
        } else if rest.starts_with('{') && self.is_svelte {
            self.braces()?;
        } else if rest[1..].starts_with(|first: char| first.is_ascii_alphabetic()) {
            self.tag()?;
        } else {
            self.at += 1;
        }
        Some(())
    }

    /// Svelte's `{@html value}`, shown as Vue's `v-html` of an element without a name; `{value}`; and
    /// blocks, whose expression follows a keyword.
    fn braces(&mut self) -> Option<()> {
        let inside = self.braced()?;
        let content = &self.source[inside.clone()];
        if let Some(value) = content.strip_prefix("@html") {
            let value = inside.end - value.len()..inside.end;
            let form = Form::Expression;
            let start = self.start;
            let attribute = Attribute { name: "v-html".to_owned(), start, value, form };
            let (name, span) = (start..start, start..self.at);
            self.markup.tags.push(Tag { name, attributes: vec![attribute], text: None, span });
        } else if content.starts_with(['#', ':', '@']) {
            let keyword = content.find(char::is_whitespace).unwrap_or(content.len());
            self.text(inside.start + keyword..inside.end);
        } else {
            self.text(inside);
        }
        Some(())
    }

    fn text(&mut self, value: Range<usize>) {
        let (name, span) = (self.start..self.start, self.start..self.at);
        self.markup.tags.push(Tag { name, attributes: Vec::new(), text: Some(value), span });
    }

    fn tag(&mut self) -> Option<()> {
        let start = self.at;
        self.at += 1;
        let name = self.word(&['>', '/']);
        let mut attributes = Vec::new();
        let mut language = String::new();
        loop {
            self.blanks();
            let rest = self.source.get(self.at..)?;
            match rest.bytes().next()? {
                b'>' => break,
                b'/' => self.at += 1,
                b'{' => {
                    let start = self.at;
                    let value = self.braced()?;
                    attributes.push(Attribute {
                        name: self.source[value.clone()].trim().to_owned(),
                        start,
                        value,
                        form: Form::Expression,
                    });
                }
                _ => {
                    let attribute = self.attribute()?;
                    if attribute.name == "lang" {
                        self.source[attribute.value.clone()].clone_into(&mut language);
                    }
                    attributes.push(attribute);
                }
            }
        }
        self.at += 1;
        let is_raw = |tag: &str| self.source[name.clone()].eq_ignore_ascii_case(tag);
        if is_raw("script") {
            let body = self.raw("</script")?;
            self.markup.scripts.push(Script { language, body });
        } else if is_raw("style") {
            self.raw("</style")?;
        } else if attributes.iter().any(|attribute| attribute.form != Form::Literal) {
            self.markup.tags.push(Tag { name, attributes, text: None, span: start..self.at });
        }
        Some(())
    }

    fn attribute(&mut self) -> Option<Attribute> {
        let start = self.at;
        let name = self.word(&['>', '=', '/']);
        if name.is_empty() {
            // A stray sign such as a lone `=`.
            self.at += self.source[self.at..].chars().next().map_or(0, char::len_utf8);
        }
        let name = &self.source[name];
        self.blanks();
        let mut braced = false;
        let mut value = self.at..self.at;
        if self.source[self.at..].starts_with('=') {
            self.at += 1;
            self.blanks();
            let rest = &self.source[self.at..];
            match rest.chars().next()? {
                quote @ ('"' | '\'') => {
                    let inside = self.at + 1;
                    value = inside..inside + self.source[inside..].find(quote)?;
                    self.at = value.end + 1;
                }
                '{' if self.is_svelte => {
                    braced = true;
                    value = self.braced()?;
                }
                _ => value = self.word(&['>']),
            }
        }
        let (name, form) = if self.is_svelte { svelte_name(name, braced) } else { vue_name(name) };
        Some(Attribute { name, start, value, form })
    }

    /// The inside of `{…}` at the current place; braces in strings do not count.
    fn braced(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let mut depth = 0_u32;
        let mut quote = None;
        let mut bytes = self.source.bytes().enumerate().skip(self.at);
        while let Some((index, byte)) = bytes.next() {
            match (quote, byte) {
                (Some(_), b'\\') => {
                    bytes.next();
                }
                (Some(open), _) if open == byte => quote = None,
                (None, b'"' | b'\'' | b'`') => quote = Some(byte),
                (None, b'{') => depth += 1,
                (None, b'}') => {
                    depth -= 1;
                    if depth == 0 {
                        self.at = index + 1;
                        return Some(start..index);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The text up to the closing tag of an element whose content is not markup.
    fn raw(&mut self, closing: &str) -> Option<Range<usize>> {
        let start = self.at;
        let bytes = &self.source.as_bytes()[start..];
        let length = bytes
            .windows(closing.len())
            .position(|window| window.eq_ignore_ascii_case(closing.as_bytes()))?;
        self.at = start + length;
        Some(start..self.at)
    }

    fn word(&mut self, ends: &[char]) -> Range<usize> {
        let start = self.at;
        let rest = &self.source[start..];
        let is_end = |sign: char| sign.is_ascii_whitespace() || ends.contains(&sign);
        self.at = start + rest.find(is_end).unwrap_or(rest.len());
        start..self.at
    }

    fn blanks(&mut self) {
        let rest = &self.source[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
    }
}

/// `v-for` and `v-slot` have a grammar of their own; they fail to parse or mean little.
fn vue_name(name: &str) -> (String, Form) {
    let without_modifiers = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    if let Some(event) = name.strip_prefix('@').or_else(|| name.strip_prefix("v-on:")) {
        return (format!("@{}", without_modifiers(event)), Form::Handler);
    }
    if let Some(bound) = name.strip_prefix(':').or_else(|| name.strip_prefix("v-bind:")) {
        return (without_modifiers(bound), Form::Expression);
    }
    if name.starts_with("v-") && !name.starts_with("v-for") && !name.starts_with("v-slot") {
        return (without_modifiers(name), Form::Expression);
    }
    (name.to_owned(), Form::Literal)
}

fn svelte_name(name: &str, braced: bool) -> (String, Form) {
    let form = if braced { Form::Expression } else { Form::Literal };
    let Some(event) = name.strip_prefix("on:") else { return (name.to_owned(), form) };
    (format!("@{}", event.split('|').next().unwrap_or_default()), form)
}
