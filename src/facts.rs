//! 3. The facts: what one file says, in a form that is the same for every language.
//!
//! A lowering (`lower/<language>`) turns a typed syntax tree into one [`Facts`] value. Statements and
//! expressions live in two arenas and refer to each other by number, so that a deep tree is dropped,
//! walked and serialised without recursion. Nothing here knows a parser, a file system or a rule.

use std::ops::Index;

use serde::{Deserialize, Serialize};

pub mod class;
pub mod document;
pub mod expression;
pub mod file;
pub mod function;
pub mod outline;
pub mod secret;
pub mod span;
pub mod statement;
pub mod vocabulary;

pub use class::{Class, ClassId, ClassKind, Field};
pub use document::{Document, Locked, Node, NodeKind};
pub use expression::{
    Argument, CallStyle, Entry, EntryKey, Expression, ExpressionId, ExpressionKind, Operator,
};
pub use file::{File, Language, Problem, ProblemKind, Role, Runtime};
pub use function::{Function, FunctionId, Parameter, ParameterKind};
pub use secret::{Credential, SecretClass, SecretHit, Strength};
pub use span::{Lines, Position, Span};
pub use statement::{
    Arm, Block, Handler, LoopKind, Pattern, Statement, StatementId, StatementKind,
};

/// A short string: names, literals and paths. Up to 24 bytes need no allocation.
pub type Text = compact_str::CompactString;

/// All that one file says.
///
/// `functions[0]` always exists and is the file's own top level: its body holds the statements outside
/// every function, and it is the parent of the outermost functions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub statements: Vec<Statement>,
    pub expressions: Vec<Expression>,
    pub comments: Vec<Comment>,
    /// Strings at the head of a file that change its meaning: `use client`, `use server`, `server-only`.
    pub directives: Vec<Text>,
    /// Regions that did not parse. Rules about an absence stay silent inside and next to them.
    pub broken: Vec<Span>,
    /// What a file that is not code says: a manifest, a workflow, a container definition, a document.
    pub document: Option<Document>,
    /// Credentials of known providers, by place. The texts in these facts never show what they hide.
    pub secrets: Vec<SecretHit>,
    /// Literals that their names call a secret, by place; hidden in the same way.
    pub credentials: Vec<Credential>,
}

/// One name that a file takes from elsewhere.
///
/// `import { Router as R } from "express"` gives `local` R, `module` express, `name` Router. A default
/// import and a namespace import have no `name`: both stand for the module itself. In Python, Rust and
/// Java the last segment of a path is `name` and the rest `module`; segments keep the language's own
/// separator in `module` (`a.b`, `crate::model`, `net/http`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Import {
    pub local: Text,
    pub module: Text,
    pub name: Option<Text>,
    pub span: Span,
    /// Only a type is imported: nothing of the module runs.
    pub type_only: bool,
    /// `from m import *`, `use m::*`, `import m.*`, Go's dot import: every name of the module.
    pub glob: bool,
    /// The import only runs the module (`import "./polyfill"`), or declares a child (`mod routes;`).
    pub effect_only: bool,
}

/// One name that a file offers to others.
///
/// Languages in which every top-level name is visible (Python, Rust, Go, Java) need no entries except
/// for re-exports (`pub use`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// `default` for a default export and for `module.exports = …`; `*` for all names of `from`.
    pub name: Text,
    /// What is exported, when it is an expression or a local name (then a `Name` expression).
    pub value: Option<ExpressionId>,
    /// The module it comes from, for `export { a } from "./b"`; `name_there` is its name in that module.
    pub from: Option<Text>,
    pub name_there: Option<Text>,
    pub span: Span,
}

/// A real comment, taken from the language's own tokens, never by searching lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// The text without its markers (`//`, `#`, `/* */`), trimmed.
    pub text: Text,
    pub span: Span,
    /// `///`, `/** */`, a docstring: documentation of what follows or encloses it.
    pub documentation: bool,
}

impl Facts {
    /// The file's own top level.
    pub const TOP_LEVEL: FunctionId = FunctionId(0);

    /// Facts of a file that has a top level and nothing else.
    pub fn empty() -> Self {
        Self { functions: vec![Function::top_level()], ..Self::default() }
    }

    /// Appends an expression and returns its number.
    pub fn add_expression(&mut self, kind: ExpressionKind, span: Span) -> ExpressionId {
        self.expressions.push(Expression { kind, span });
        ExpressionId(index_of_last(self.expressions.len()))
    }

    /// Appends a statement and returns its number. The caller puts it into a block.
    pub fn add_statement(&mut self, kind: StatementKind, span: Span) -> StatementId {
        self.statements.push(Statement { kind, span });
        StatementId(index_of_last(self.statements.len()))
    }

    /// Appends a function and returns its number; fill its body afterwards through [`Facts::function_mut`].
    pub fn add_function(&mut self, function: Function) -> FunctionId {
        self.functions.push(function);
        FunctionId(index_of_last(self.functions.len()))
    }

    /// Appends a class and returns its number.
    pub fn add_class(&mut self, class: Class) -> ClassId {
        self.classes.push(class);
        ClassId(index_of_last(self.classes.len()))
    }

    pub fn function_mut(&mut self, id: FunctionId) -> &mut Function {
        &mut self.functions[id.0 as usize]
    }

    pub fn class_mut(&mut self, id: ClassId) -> &mut Class {
        &mut self.classes[id.0 as usize]
    }

    /// The functions with their numbers, the top level included, in source order of their start.
    pub fn functions(&self) -> impl Iterator<Item = (FunctionId, &Function)> {
        (0_u32..).map(FunctionId).zip(&self.functions)
    }

    /// The classes with their numbers.
    pub fn classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        (0_u32..).map(ClassId).zip(&self.classes)
    }

    /// The expressions with their numbers. Children come before or after parents: no order is promised.
    pub fn expressions(&self) -> impl Iterator<Item = (ExpressionId, &Expression)> {
        (0_u32..).map(ExpressionId).zip(&self.expressions)
    }

    /// The last name of a dotted expression: `c` of `a.b.c`, of `c` itself, and of `a.c(…)`.
    pub fn last_segment(&self, id: ExpressionId) -> Option<&str> {
        match &self[id].kind {
            ExpressionKind::Name(name) | ExpressionKind::Member { name, .. } => Some(name),
            ExpressionKind::Call { callee, .. } => self.last_segment(*callee),
            ExpressionKind::Index { object, .. } => self.last_segment(*object),
            _ => None,
        }
    }

    /// Does `span` touch a region that did not parse, or the line next to one?
    pub fn is_broken_near(&self, span: Span) -> bool {
        self.broken.iter().any(|broken| broken.touches(span))
    }
}

fn index_of_last(length: usize) -> u32 {
    u32::try_from(length - 1).expect("files are capped far below four thousand million nodes")
}

impl Index<ExpressionId> for Facts {
    type Output = Expression;

    fn index(&self, id: ExpressionId) -> &Expression {
        &self.expressions[id.0 as usize]
    }
}

impl Index<StatementId> for Facts {
    type Output = Statement;

    fn index(&self, id: StatementId) -> &Statement {
        &self.statements[id.0 as usize]
    }
}

impl Index<FunctionId> for Facts {
    type Output = Function;

    fn index(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }
}

impl Index<ClassId> for Facts {
    type Output = Class;

    fn index(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }
}
