//! Values: what an expression is made of.

use serde::{Deserialize, Serialize};

use super::{ClassId, FunctionId, Span, Text};

/// The number of an expression in its file's arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExpressionId(pub u32);

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expression {
    pub kind: ExpressionKind,
    pub span: Span,
}

/// What an expression is. Types are lowered to the same kinds: `Json<User>` is an [`Index`] of `Json`
/// by `User`, `a.B` a [`Member`], so annotations and values are read by one set of functions.
///
/// [`Index`]: ExpressionKind::Index
/// [`Member`]: ExpressionKind::Member
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExpressionKind {
    /// A string without interpolation, unescaped. Longer than 4 KiB: cut there.
    Text(Text),
    /// A number as written.
    Number(Text),
    Bool(bool),
    /// `null`, `undefined`, `None`, `nil`, `()`.
    Null,
    /// A regular expression literal, without its slashes.
    Regex(Text),
    /// A name as written; `this` and `self` are names. Rust's `a::b` is a `Member` of `a`.
    Name(Text),
    /// `object.name`, `object?.name`, `object::name`.
    Member {
        object: ExpressionId,
        name: Text,
    },
    /// `object[index]`, and generic types. Several indexes make one `List`.
    Index {
        object: ExpressionId,
        index: ExpressionId,
    },
    /// A call. Decorators and annotations without arguments are plain `Name`s or `Member`s.
    Call {
        callee: ExpressionId,
        arguments: Vec<Argument>,
        style: CallStyle,
    },
    /// A string built of parts: template literal, f-string, `format!`, `Sprintf` with a literal
    /// format, and `+` with at least one string among its operands. Literal parts are `Text`.
    Concat(Vec<ExpressionId>),
    /// An operator over one or more operands, left to right.
    Operation {
        operator: Operator,
        operands: Vec<ExpressionId>,
    },
    /// `await x`, `x.await`, and `<-channel`.
    Await(ExpressionId),
    /// Rust's `x?`: leaves the function with the error.
    Propagate(ExpressionId),
    Conditional {
        test: ExpressionId,
        then: ExpressionId,
        otherwise: ExpressionId,
    },
    /// An object, dictionary, map or struct literal. A struct literal with a type name is a `Call` of
    /// style `Struct` with named arguments instead.
    Object(Vec<Entry>),
    /// An array, list, tuple or set.
    List(Vec<ExpressionId>),
    Function(FunctionId),
    Class(ClassId),
    /// `...x`, `*x`, `**x` outside arguments and objects.
    Spread(ExpressionId),
    /// `x as T`, `T(x)` where `T` is a built-in type of Go, `(T) x`; what a type assertion yields.
    Cast {
        value: ExpressionId,
        to: ExpressionId,
    },
    /// An assignment used as an expression, and augmented assignment (`operator` set).
    Assign {
        target: ExpressionId,
        operator: Option<Operator>,
        value: ExpressionId,
    },
    /// A JSX element, a Vue or Svelte template element.
    Element {
        name: Text,
        attributes: Vec<Entry>,
        children: Vec<ExpressionId>,
    },
    /// `yield x`.
    Yield(Option<ExpressionId>),
    /// A `match`, `switch` or `if` used as a value (Rust, Java): the statement that yields it. The last
    /// expression statement of each branch is its value.
    Branches(super::StatementId),
    /// Comprehension or generator: `element` for each binding of `source`, if `conditions`.
    Comprehension {
        element: ExpressionId,
        target: super::Pattern,
        source: ExpressionId,
        conditions: Vec<ExpressionId>,
    },
    /// Anything else; its children are kept so that calls inside are still seen.
    Other(Vec<ExpressionId>),
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// Set for `name=value` (Python), struct literals and annotation members (Java).
    pub name: Option<Text>,
    pub value: ExpressionId,
    /// `*args`, `**kwargs`, `...rest`, `..base`: how many and which names is not known.
    pub spread: bool,
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CallStyle {
    Plain,
    /// `new X()`.
    New,
    /// `name!(…)`; the callee's last segment has no `!`.
    Macro,
    /// `` tag`text ${x}` ``: the arguments are the interpolated values, after one `Concat` of the text.
    Tagged,
    /// `Type { field: value }`.
    Struct,
}

/// One entry of an object literal or one attribute of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub key: EntryKey,
    pub value: ExpressionId,
    pub span: Span,
}

/// The key of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EntryKey {
    Name(Text),
    Computed(ExpressionId),
    /// `...value`, `**value`.
    Spread,
}

/// An operator. Spellings that mean the same share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    Not,
    And,
    /// `||`, `or`.
    Or,
    /// `??`.
    Default,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `in`, `x instanceof`-free membership; operands are the element and the container.
    In,
    NotIn,
    /// `instanceof`, `is` with a type.
    InstanceOf,
    /// `typeof x`.
    TypeOf,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Negate,
    BitAnd,
    BitOr,
    BitXor,
    Shift,
    Increment,
    Decrement,
    /// `delete x`, `del x`.
    Delete,
    /// `void x`: the value is dropped on purpose.
    Void,
    /// `&x`, `&mut x`, `*x`, `..`: no change of value that matters here.
    Reference,
    Range,
}

impl ExpressionKind {
    /// The literal text, if this is a string without interpolation.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Calls `visit` for every direct child expression. Functions, classes and statements are not
    /// entered: they have bodies of their own.
    pub fn each_child(&self, mut visit: impl FnMut(ExpressionId)) {
        match self {
            Self::Text(_)
            | Self::Number(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Regex(_)
            | Self::Name(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Branches(_)
            | Self::Yield(None) => {}
            Self::Member { object, .. } => visit(*object),
            Self::Index { object, index } => [*object, *index].into_iter().for_each(visit),
            Self::Call { callee, arguments, .. } => {
                visit(*callee);
                arguments.iter().for_each(|argument| visit(argument.value));
            }
            Self::Await(value)
            | Self::Propagate(value)
            | Self::Spread(value)
            | Self::Yield(Some(value)) => visit(*value),
            Self::Concat(parts)
            | Self::Operation { operands: parts, .. }
            | Self::List(parts)
            | Self::Other(parts) => parts.iter().copied().for_each(visit),
            Self::Conditional { test, then, otherwise } => {
                [*test, *then, *otherwise].into_iter().for_each(visit);
            }
            Self::Object(entries) => each_entry(entries, &mut visit),
            Self::Cast { value, to } => [*value, *to].into_iter().for_each(visit),
            Self::Assign { target, value, .. } => [*target, *value].into_iter().for_each(visit),
            Self::Element { attributes, children, .. } => {
                each_entry(attributes, &mut visit);
                children.iter().copied().for_each(visit);
            }
            Self::Comprehension { element, source, conditions, .. } => {
                visit(*source);
                visit(*element);
                conditions.iter().copied().for_each(visit);
            }
        }
    }
}

fn each_entry(entries: &[Entry], visit: &mut impl FnMut(ExpressionId)) {
    for entry in entries {
        if let EntryKey::Computed(key) = entry.key {
            visit(key);
        }
        visit(entry.value);
    }
}
