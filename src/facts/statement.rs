//! What a body does, in order.

use serde::{Deserialize, Serialize};

use super::{ClassId, ExpressionId, FunctionId, Span, Text};

/// The number of a statement in its file's arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementId(pub u32);

/// Statements in the order in which they run.
pub type Block = Vec<StatementId>;

/// A statement and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StatementKind {
    Expression(ExpressionId),
    /// A declaration or a plain assignment; an augmented one is an `Assign` expression.
    Bind {
        target: Pattern,
        annotation: Option<ExpressionId>,
        value: Option<ExpressionId>,
    },
    Return(Option<ExpressionId>),
    /// `throw`, `raise`; without a value it rethrows what is being handled. Rust's `return Err(…)`
    /// stays a `Return`, `panic!` a macro call.
    Throw(Option<ExpressionId>),
    /// `if`, and Rust's `if let` (its test is an `Operation` of `Equal` over the value and the pattern
    /// as an expression; the names it binds are in `binding`).
    If {
        test: ExpressionId,
        binding: Option<(Pattern, ExpressionId)>,
        then: Block,
        otherwise: Block,
    },
    Loop {
        kind: LoopKind,
        /// What each round binds, for `ForEach`.
        target: Option<Pattern>,
        /// What is iterated (`ForEach`) or tested (`While`, `Count`).
        source: Option<ExpressionId>,
        body: Block,
        /// Python's `else` of a loop.
        otherwise: Block,
    },
    /// `switch`, `match`, `select`. A fall-through arm is followed by `Continue` into the next: lowered
    /// by joining both bodies' arms where the first is empty.
    Match {
        subject: Option<ExpressionId>,
        arms: Vec<Arm>,
    },
    Try {
        body: Block,
        handlers: Vec<Handler>,
        otherwise: Block,
        finally: Block,
    },
    /// `with x as y:`, `try (var y = x)`, `using`: resources released at the end of `body`.
    With {
        items: Vec<(ExpressionId, Option<Pattern>)>,
        body: Block,
    },
    /// Go's `defer`.
    Defer(ExpressionId),
    /// Go's `go`.
    Spawn(ExpressionId),
    /// A nested block: `{ … }`, `unsafe`, a labelled block, `synchronized`.
    Block(Block),
    Break,
    Continue,
    Assert {
        test: ExpressionId,
        message: Option<ExpressionId>,
    },
    /// A function declared here; its name is bound in the enclosing scope.
    Function(FunctionId),
    /// A class declared here.
    Class(ClassId),
}

/// The kind of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoopKind {
    /// `for (init; test; step)`: the init stands before the loop, the step at the end of the body.
    Count,
    ForEach,
    /// `while`, `do while`.
    While,
    /// `loop`, `for {}`, `while True`, `for (;;)`.
    Endless,
}

/// One arm of a `Match`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// What it matches, as expressions; empty for `default` and `_`.
    pub tests: Vec<ExpressionId>,
    /// Names it binds, for languages with patterns.
    pub binding: Option<Pattern>,
    pub guard: Option<ExpressionId>,
    pub body: Block,
    pub span: Span,
}

/// One `catch` or `except`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// The types it takes; empty: everything.
    pub types: Vec<ExpressionId>,
    pub binding: Option<Pattern>,
    pub body: Block,
    pub span: Span,
}

/// What a value is taken apart into.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    Name(Text),
    /// An assignment to `a.b` or `a[i]`.
    Place(ExpressionId),
    /// `{ key: pattern, ...rest }`; a default stands beside its pattern.
    Fields {
        fields: Vec<(Text, Pattern)>,
        rest: Option<Text>,
    },
    /// `[a, b]`, `a, b`; Go's `x, err`.
    Items(Vec<Pattern>),
    /// Rust's `Ok(x)`, `Some(x)`, `Enum::Variant { .. }`, Python's and Java's class patterns.
    Variant {
        path: Text,
        items: Vec<Pattern>,
    },
    /// `pattern = default`.
    WithDefault(Box<Pattern>, ExpressionId),
    /// `_`, and what binds nothing (literals).
    Ignore,
}

impl Pattern {
    /// Calls `visit` with every name that this pattern binds, left to right.
    pub fn each_name<'p>(&'p self, visit: &mut dyn FnMut(&'p Text)) {
        match self {
            Self::Name(name) => visit(name),
            Self::Place(_) | Self::Ignore => {}
            Self::Fields { fields, rest } => {
                fields.iter().for_each(|(_, pattern)| pattern.each_name(visit));
                rest.iter().for_each(visit);
            }
            Self::Items(items) | Self::Variant { items, .. } => {
                items.iter().for_each(|pattern| pattern.each_name(visit));
            }
            Self::WithDefault(pattern, _) => pattern.each_name(visit),
        }
    }

    /// The one name this pattern is, if it is nothing else.
    pub fn as_name(&self) -> Option<&Text> {
        match self {
            Self::Name(name) => Some(name),
            Self::WithDefault(pattern, _) => pattern.as_name(),
            _ => None,
        }
    }
}
