//! Templates that a server fills: what they print as it is, and what they print escaped.
//!
//! A template is a function of what it is rendered with: its free names. Each output becomes an element
//! as in the templates of Vue: `v-html` shows a value as markup, `v-text` as text.

use crate::facts::{
    Block, Entry, EntryKey, ExpressionId, ExpressionKind, Facts, File, Function, FunctionId,
    Language, Problem, Span, StatementKind, Text,
};

mod attributes;
mod braces;
mod expression;
mod mustache;
mod pug;
mod tags;

/// How a template marks what is evaluated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// `<%= value %>`: EJS, Eta and their relatives.
    Tags,
    /// `{{ value }}` and `{% tag %}`: Jinja, Django, Nunjucks, Swig, Twig, Liquid, Tera, Askama.
    Braces,
    /// `{{ value }}` and `{{#block}}`: Handlebars and Mustache.
    Mustache,
    /// Indented elements: Pug.
    Pug,
    /// Attributes of elements: Thymeleaf, and Vue or Alpine without a build.
    Attributes,
}

/// The attribute that shows a value as markup, and the one that shows it as text.
const RAW: &str = "v-html";
const ESCAPED: &str = "v-text";

pub(super) fn lower(file: &File) -> (Facts, Vec<Problem>) {
    let facts = match dialect(file) {
        _ if !is_markup(file) => Facts::empty(),
        Some(Dialect::Tags) => tags::lower(file),
        Some(Dialect::Braces) => braces::lower(&file.text),
        Some(Dialect::Mustache) => mustache::lower(&file.text),
        Some(Dialect::Pug) => pug::lower(file),
        Some(Dialect::Attributes) => attributes::lower(file),
        None => Facts::empty(),
    };
    (facts, Vec::new())
}

fn dialect(file: &File) -> Option<Dialect> {
    let ending = file.name().rsplit_once('.').map_or("", |(_, ending)| ending);
    let has = |sign: &str| file.text.contains(sign);
    let is_filled_by_server = || {
        let mut folders = file.folder().split('/');
        folders.any(|folder| matches!(folder, "templates" | "views" | "_includes" | "_layouts"))
    };
    match (file.language, ending) {
        (Language::Template, "ejs" | "eta") => Some(Dialect::Tags),
        (Language::Template, "hbs" | "handlebars" | "mustache") => Some(Dialect::Mustache),
        (Language::Template, "pug" | "jade") => Some(Dialect::Pug),
        (Language::Template, _) => Some(Dialect::Braces),
        _ if has("th:utext") || has("v-html") || has("x-html") => Some(Dialect::Attributes),
        _ if has("<%=") || has("<%-") => Some(Dialect::Tags),
        _ if has("{%") || has("{{") && is_filled_by_server() => Some(Dialect::Braces),
        _ => None,
    }
}

/// Does it make a page, or a part of one? Many templates make plain texts: subjects, messages, settings.
fn is_markup(file: &File) -> bool {
    const TAGS: [&str; 21] = [
        "<html",
        "<head",
        "<body",
        "<div",
        "<p>",
        "<p ",
        "<span",
        "<table",
        "<td",
        "<tr",
        "<a ",
        "<h1",
        "<h2",
        "<h3",
        "<h4",
        "<li",
        "<form",
        "<input",
        "<script",
        "<section",
        "<template",
    ];
    file.name().ends_with(".pug")
        || file.name().ends_with(".jade")
        || TAGS.iter().any(|tag| file.text.contains(tag))
}

/// The facts of a template while it is read.
struct Builder {
    facts: Facts,
    /// The function that the template is.
    template: FunctionId,
}

impl Builder {
    fn new(length: usize) -> Self {
        Self::resume(Facts::empty(), length)
    }

    /// Goes on with the facts of a script: all of it becomes part of the template.
    fn resume(mut facts: Facts, length: usize) -> Self {
        let span = span(0, length);
        let template = FunctionId(u32::try_from(facts.functions.len()).unwrap_or(u32::MAX));
        for function in facts.functions.iter_mut().skip(1) {
            if function.parent == Some(Facts::TOP_LEVEL) {
                function.parent = Some(template);
            }
        }
        let declaration = facts.add_statement(StatementKind::Function(template), span);
        let top_level = facts.function_mut(Facts::TOP_LEVEL);
        let body = std::mem::replace(&mut top_level.body, vec![declaration]);
        (top_level.span, top_level.name_span) = (span, span);
        facts.add_function(Function {
            name: Text::const_new("template"),
            parent: Some(Facts::TOP_LEVEL),
            body,
            span,
            name_span: span,
            ..Function::default()
        });
        Self { facts, template }
    }

    fn add(&mut self, kind: ExpressionKind, span: Span) -> ExpressionId {
        self.facts.add_expression(kind, span)
    }

    /// The element that shows `value`.
    fn element(&mut self, value: ExpressionId, span: Span, is_raw: bool) -> ExpressionId {
        let kind = shown(value, span, is_raw);
        self.add(kind, span)
    }

    fn output(&mut self, block: &mut Block, value: ExpressionId, span: Span, is_raw: bool) {
        let element = self.element(value, span, is_raw);
        block.push(self.facts.add_statement(StatementKind::Expression(element), span));
    }

    fn finish(mut self, body: Block) -> Facts {
        self.facts.function_mut(self.template).body.extend(body);
        self.facts
    }
}

fn shown(value: ExpressionId, span: Span, is_raw: bool) -> ExpressionKind {
    let key = EntryKey::Name(Text::const_new(if is_raw { RAW } else { ESCAPED }));
    let attributes = vec![Entry { key, value, span }];
    ExpressionKind::Element { name: Text::default(), attributes, children: Vec::new() }
}

fn span(start: usize, end: usize) -> Span {
    let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}
