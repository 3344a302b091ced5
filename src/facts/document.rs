//! Files that are not code: manifests, workflows, container definitions, prose.

use serde::{Deserialize, Serialize};

use super::{Span, Text};

/// What a file that is not code says. Typed readings (a package manifest, a workflow) are made from it
/// by `project::manifests` and its neighbours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Document {
    /// JSON, YAML (one tree a document) and TOML.
    Tree(Vec<Node>),
    /// Dockerfile: instructions in order, heredocs and continuations joined.
    Container(Vec<Instruction>),
    /// `.env` and `.properties` files.
    Settings(Vec<Setting>),
    /// `.gitignore`, `.dockerignore`, requirements.txt, CODEOWNERS, go.mod: lines that are neither
    /// blank nor a comment.
    Lines(Vec<Line>),
    /// Markdown and other prose.
    Prose(Prose),
    /// SQL: statements in order, each as its text; read by `project::schema`.
    Sql(Vec<Line>),
    /// A lock file: what was resolved, in file order. The tree around it is never needed and large.
    Lock(Vec<Locked>),
    /// XML such as pom.xml, as a tree: an element's children are a map from tag to node, attributes
    /// have keys that start with `@`, text content the key `#text`.
    Markup(Node),
}

/// A value in a tree of data, with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NodeKind {
    Null,
    Bool(bool),
    Number(Text),
    Text(Text),
    List(Vec<Node>),
    /// Keys in file order, each with the place of the key; a key may occur twice (XML).
    Map(Vec<(Text, Span, Node)>),
}

impl Node {
    /// The child under `key`, of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// The node at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = match &self.kind {
            NodeKind::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        entries.iter().map(|(key, _, node)| (key.as_str(), node))
    }

    /// The items of a list; for a single value, that value, as many formats allow either.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            NodeKind::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text of a scalar; numbers and booleans as written.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) | NodeKind::Number(text) => Some(text),
            NodeKind::Bool(true) => Some("true"),
            NodeKind::Bool(false) => Some("false"),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// The text of the scalar under `key`.
    pub fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }
}

/// One package that a lock file pins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Locked {
    /// As the registry calls it: `@scope/name`, `group:artifact`, `github.com/owner/module`.
    pub name: Text,
    pub version: Text,
    pub span: Span,
}

/// One instruction of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instruction {
    /// Upper case: `FROM`, `RUN`, `USER`.
    pub keyword: Text,
    /// The rest, continuations joined by a blank; the text of heredocs follows, each line after a
    /// line break.
    pub arguments: Text,
    pub span: Span,
}

/// One `NAME=value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    pub name: Text,
    /// Unquoted; secrets are redacted.
    pub value: Text,
    /// The whole assignment.
    pub span: Span,
}

/// One line, or one statement, and its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub text: Text,
    pub span: Span,
}

/// A document meant for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prose {
    /// Headings with their level (1 to 6).
    pub headings: Vec<(u8, Line)>,
    /// Words outside headings, code blocks and front matter.
    pub words: u32,
    /// Targets of links.
    pub links: Vec<Line>,
    /// Dates written as `YYYY-MM-DD`.
    pub dates: Vec<Line>,
    /// Code spans and blocks, each as its text.
    pub code: Vec<Line>,
    /// The whole text without markup, cut at 64 KiB.
    pub text: String,
}
