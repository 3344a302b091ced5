//! Functions, methods and closures.

use serde::{Deserialize, Serialize};

use super::{Block, ClassId, ExpressionId, Pattern, Span, Text};

/// The number of a function in its file's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FunctionId(pub u32);

/// A function, method, closure, or a file's top level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its own name; for an anonymous function the name of the variable, property or field it is bound
    /// to directly (`const f = () => …`, `{ f() {} }`), else empty.
    pub name: Text,
    /// The function it stands in. Only the top level has none.
    pub parent: Option<FunctionId>,
    /// The class it is a method of (for Rust, the `impl`; for Go, the receiver's type).
    pub class: Option<ClassId>,
    pub parameters: Vec<Parameter>,
    pub returns: Option<ExpressionId>,
    /// Decorators (outermost first), annotations (Java), attributes (Rust: `#[get("/")]` is a call).
    pub decorators: Vec<ExpressionId>,
    pub is_async: bool,
    pub is_generator: bool,
    /// Exported, `pub`, `public`, or a capital initial in Go.
    pub is_public: bool,
    pub is_static: bool,
    pub body: Block,
    /// Strings at the head of the body that change its meaning (`use server`).
    pub directives: Vec<Text>,
    pub span: Span,
    /// The name alone; equals `span` where there is none.
    pub name_span: Span,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub pattern: Pattern,
    pub annotation: Option<ExpressionId>,
    pub default: Option<ExpressionId>,
    /// `@Body()`, `@PathVariable`.
    pub decorators: Vec<ExpressionId>,
    pub kind: ParameterKind,
    pub span: Span,
}

/// How a parameter is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParameterKind {
    Plain,
    /// `self`, `&self`, `this`, Go's receiver.
    Receiver,
    /// `...args`, `*args`.
    Rest,
    /// `**kwargs`.
    Keywords,
}

impl Function {
    /// The outermost function of a file that has no statements yet.
    pub fn top_level() -> Self {
        Self::default()
    }

    /// The parameters without the receiver.
    pub fn plain_parameters(&self) -> impl Iterator<Item = &Parameter> + Clone {
        self.parameters.iter().filter(|parameter| parameter.kind != ParameterKind::Receiver)
    }
}

impl Parameter {
    /// The name it binds, if it binds exactly one.
    pub fn name(&self) -> Option<&Text> {
        self.pattern.as_name()
    }
}
