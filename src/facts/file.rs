//! A file of the repository: what it is for and where its code runs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Lines, Span};

/// A file that was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Relative to the scanned root, with `/`.
    pub path: Arc<str>,
    pub language: Language,
    pub role: Role,
    pub runtime: Runtime,
    /// Tracked by git; without a git index: not ignored.
    pub tracked: bool,
    pub text: Arc<str>,
    pub lines: Lines,
}

impl File {
    /// The last segment of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The folder of the file, without a trailing `/`; empty for the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The source text at `span`.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Does code in this file ship to users? Tests, examples, scripts, migrations, vendored and
    /// generated files do not count.
    pub fn is_shipped(&self) -> bool {
        self.role == Role::Source && self.runtime != Runtime::Notebook
    }

    /// Does this migration only run on the way back?
    pub fn undoes_migration(&self) -> bool {
        self.path.ends_with(".down.sql") || self.path.ends_with("/down.sql")
    }
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    JavaScript,
    TypeScript,
    Vue,
    Svelte,
    Python,
    Notebook,
    Rust,
    Go,
    Java,
    Sql,
    Json,
    Yaml,
    Toml,
    Xml,
    Dockerfile,
    Env,
    Markdown,
    /// Lists of lines: `.gitignore`, requirements.txt, CODEOWNERS, go.mod.
    Lines,
    Html,
    /// A page that a server fills: EJS, Jinja, Handlebars, Pug.
    Template,
    Shell,
    /// Prisma schema, Firebase rules, GraphQL schema and other text read by a detector of its own.
    Text,
    /// A programming language that is not lowered yet; its lines lower assurance.
    Unsupported,
}

impl Language {
    /// A page that may be a template.
    pub fn is_template(self) -> bool {
        matches!(self, Self::Html | Self::Template)
    }

    /// JavaScript and its relatives, which share a module system.
    pub const fn is_script(self) -> bool {
        matches!(self, Self::JavaScript | Self::TypeScript | Self::Vue | Self::Svelte)
    }

    /// A programming language that is lowered to statements and expressions.
    pub const fn is_code(self) -> bool {
        self.is_script()
            || matches!(self, Self::Python | Self::Notebook | Self::Rust | Self::Go | Self::Java)
    }
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Source,
    Test,
    Example,
    Migration,
    Script,
    Generated,
    Vendored,
    Config,
    Docs,
}

/// Where code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    Server,
    Browser,
    Edge,
    Cli,
    Job,
    Notebook,
    Library,
    Unknown,
}

/// Something that could not be read, parsed or resolved. Nothing fails because of it; it is reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    pub path: String,
    pub kind: ProblemKind,
    pub message: String,
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// It exists, was selected, and could not be read: the run is incomplete.
    Unreadable,
    /// Parts or all of it did not parse.
    DidNotParse,
    TooDeep,
    TooLarge,
    /// A rule failed inside: the run is incomplete.
    Internal,
    /// Configuration or suppression that has no effect as written.
    Configuration,
}
