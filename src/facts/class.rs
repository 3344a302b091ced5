//! Classes, structures, interfaces, enumerations.

use serde::{Deserialize, Serialize};

use super::{ExpressionId, FunctionId, Span, Text};

/// The number of a class in its file's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClassId(pub u32);

/// A named type with fields or methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Class {
    pub name: Text,
    pub kind: ClassKind,
    /// Base classes, implemented interfaces; for a Rust `impl Trait for Type`, the trait.
    pub bases: Vec<ExpressionId>,
    /// Keyword arguments of a Python class (`metaclass=`, `table=True`).
    pub options: Vec<(Text, ExpressionId)>,
    pub decorators: Vec<ExpressionId>,
    pub fields: Vec<Field>,
    pub methods: Vec<FunctionId>,
    pub is_public: bool,
    pub span: Span,
    pub name_span: Span,
}

/// The kind of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClassKind {
    Class,
    Structure,
    /// An interface, trait, or a TypeScript type alias of an object type.
    Interface,
    Enumeration,
    /// A Rust `impl` block; `name` is the type it is for.
    Implementation,
}

/// A field, an enum variant, or a statement-level attribute of a Python class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: Text,
    pub annotation: Option<ExpressionId>,
    pub value: Option<ExpressionId>,
    /// Decorators, annotations (Java), attributes (Rust), and Go's struct tag as one `Text`.
    pub decorators: Vec<ExpressionId>,
    pub is_static: bool,
    pub span: Span,
}
