//! An expression, and what it holds as far as it is written down.

use super::{Body, Call};
use crate::{
    facts::{CallStyle, EntryKey, ExpressionId, ExpressionKind, Facts, Language, Text},
    project::{
        Declaration, Definition, ExpressionRef, FunctionRef, In, Location, Project, StatementRef,
        Step,
    },
};

/// An expression.
#[derive(Clone, Copy)]
pub struct Value<'p> {
    pub project: &'p Project,
    pub at: ExpressionRef,
}

/// An option of a call: a named argument, or a key of an object among its arguments.
#[derive(Clone, Copy)]
pub enum Setting<'p> {
    Given(Value<'p>),
    Absent,
    /// A spread or a value that is not written here may carry it.
    Unknown,
}

impl<'p> Setting<'p> {
    pub fn given(self) -> Option<Value<'p>> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }

    pub const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// How many spreads inside each other are followed for an entry.
const SPREADS_MAX: usize = 8;

impl<'p> Value<'p> {
    pub(in crate::project) fn new(project: &'p Project, at: ExpressionRef) -> Self {
        Self { project, at }
    }

    fn facts(self) -> &'p Facts {
        self.project.facts(self.at.file)
    }

    pub fn kind(self) -> &'p ExpressionKind {
        &self.facts()[self.at.id].kind
    }

    /// Another expression of the same file.
    #[must_use]
    pub fn sibling(self, id: ExpressionId) -> Self {
        Self { project: self.project, at: In { file: self.at.file, id } }
    }

    /// What `b` is a member of in `a.b`.
    pub fn object(self) -> Option<Self> {
        match self.kind() {
            ExpressionKind::Member { object, .. } => Some(self.sibling(*object)),
            _ => None,
        }
    }

    pub fn location(self) -> Location {
        Location { file: self.at.file, span: self.facts()[self.at.id].span }
    }

    /// The source text.
    pub fn source(self) -> &'p str {
        self.project.file(self.at.file).slice(self.facts()[self.at.id].span)
    }

    pub fn resolve(self) -> Definition {
        self.project.resolve(self.at)
    }

    /// The canonical path of what it stands for.
    pub fn path(self) -> Text {
        self.project.path_of(&self.resolve())
    }

    /// The call that it is, through `await`, `?` and casts.
    pub fn as_call(self) -> Option<Call<'p>> {
        self.project.call(self.unwrapped().at)
    }

    /// Without `await`, `?` and casts around it.
    #[must_use]
    pub fn unwrapped(self) -> Self {
        let mut value = self;
        while let ExpressionKind::Await(inner)
        | ExpressionKind::Propagate(inner)
        | ExpressionKind::Cast { value: inner, .. } = value.kind()
        {
            value = value.sibling(*inner);
        }
        value
    }

    /// The value behind names: what a constant was bound to, if it is written in this project.
    #[must_use]
    pub fn constant(self) -> Self {
        match self.resolve() {
            Definition::Value(at) => Self { project: self.project, at },
            _ => self,
        }
    }

    /// The literal text, through constants.
    pub fn text(self) -> Option<&'p str> {
        self.constant().kind().as_text()
    }

    /// The literal boolean, through constants.
    pub fn boolean(self) -> Option<bool> {
        match self.constant().kind() {
            ExpressionKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The literal number, through constants.
    pub fn number(self) -> Option<f64> {
        match self.constant().kind() {
            ExpressionKind::Number(number) => number.replace('_', "").parse().ok(),
            _ => None,
        }
    }

    pub fn is_null(self) -> bool {
        matches!(self.constant().kind(), ExpressionKind::Null)
    }

    /// The items of a list literal, through constants.
    pub fn items(self) -> Option<Vec<Self>> {
        let constant = self.constant();
        match constant.kind() {
            ExpressionKind::List(items) => {
                Some(items.iter().map(|&item| constant.sibling(item)).collect())
            }
            _ => None,
        }
    }

    /// For the variable of a loop over a list written here: the items of the list.
    pub fn elements(self) -> Vec<Self> {
        let ExpressionKind::Name(name) = self.kind() else { return Vec::new() };
        let unit = self.project.unit(self.at.file);
        let function = unit.index.expression(self.at.id).function;
        // A loop of Go yields numbers beside the items.
        let is_go = unit.file.language == Language::Go;
        let is_whole = |steps: &[Step]| steps.is_empty() || is_go && *steps == [Step::Item(1)];
        let looped =
            unit.index.declarations(function, name).iter().find_map(|declared| match declared {
                Declaration::Element { value, steps } if is_whole(steps) => Some(*value),
                _ => None,
            });
        looped.and_then(|list| self.sibling(list).items()).unwrap_or_default()
    }

    /// The literal of a structure that it is, also through a name: `Config{Strict: true}`.
    pub fn structure(self) -> Option<Call<'p>> {
        let is_literal = |call: &Call<'p>| call.style() == CallStyle::Struct;
        self.as_call().filter(is_literal).or_else(|| {
            let bound = self.project.bound(self.at)?;
            self.project.call(bound).filter(is_literal)
        })
    }

    /// The entry of an object literal, through constants. Absent for what cannot be an object.
    pub fn entry(self, name: &str) -> Setting<'p> {
        self.entry_within(name, SPREADS_MAX)
    }

    /// `options = {**options, "limit": 5}` spreads what it is bound to: the depth ends that.
    fn entry_within(self, name: &str, depth: usize) -> Setting<'p> {
        if depth == 0 {
            return Setting::Unknown;
        }
        let constant = self.constant();
        if let Some(literal) = self.structure() {
            let is_partial = literal.arguments().iter().any(|argument| argument.spread);
            return match literal.named(name) {
                Some(value) => Setting::Given(value),
                None if is_partial => Setting::Unknown,
                None => Setting::Absent,
            };
        }
        let ExpressionKind::Object(entries) = constant.kind() else {
            return match constant.kind() {
                ExpressionKind::Name(_) | ExpressionKind::Spread(_) => Setting::Unknown,
                _ => Setting::Absent,
            };
        };
        let mut unknown = false;
        for entry in entries.iter().rev() {
            match &entry.key {
                EntryKey::Name(key) if key == name => {
                    return Setting::Given(constant.sibling(entry.value));
                }
                EntryKey::Name(_) => {}
                EntryKey::Spread => {
                    match constant.sibling(entry.value).entry_within(name, depth - 1) {
                        Setting::Given(value) => return Setting::Given(value),
                        Setting::Unknown => unknown = true,
                        Setting::Absent => {}
                    }
                }
                EntryKey::Computed(_) => unknown = true,
            }
        }
        if unknown { Setting::Unknown } else { Setting::Absent }
    }

    /// The function that the expression stands in.
    pub fn function(self) -> Body<'p> {
        let context = self.project.unit(self.at.file).index.expression(self.at.id);
        self.project.body(In { file: self.at.file, id: context.function })
    }

    /// The declarations of a name, and the function in whose scope they are.
    pub fn declarations(self) -> Option<(FunctionRef, &'p [Declaration])> {
        let ExpressionKind::Name(name) = self.kind() else { return None };
        let unit = self.project.unit(self.at.file);
        let mut next = Some(unit.index.expression(self.at.id).function);
        while let Some(function) = next {
            let declarations = unit.index.declarations(function, name);
            if !declarations.is_empty() {
                return Some((In { file: self.at.file, id: function }, declarations));
            }
            next = unit.facts[function].parent;
        }
        None
    }

    /// The parameter that a name stands for: its function, and its number among all of them.
    pub fn as_parameter(self) -> Option<(FunctionRef, usize)> {
        match self.unwrapped().declarations()? {
            (function, [Declaration::Parameter(number, steps)]) if steps.is_empty() => {
                Some((function, *number))
            }
            _ => None,
        }
    }

    /// The function of this project that it stands for: a name of one, a module whose default export is
    /// one, or a literal.
    pub fn as_function(self) -> Option<Body<'p>> {
        match self.project.resolve_value(self.at) {
            Definition::Function(function) => Some(self.project.body(function)),
            _ => None,
        }
    }

    /// The innermost statement; none in decorators, defaults and annotations.
    pub fn statement(self) -> Option<StatementRef> {
        let context = self.project.unit(self.at.file).index.expression(self.at.id);
        Some(In { file: self.at.file, id: context.statement? })
    }

    /// This expression and all below it, functions not entered, in pre-order.
    pub fn descendants(self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut pending = vec![self.at.id];
        while let Some(id) = pending.pop() {
            found.push(self.sibling(id));
            let first = pending.len();
            self.facts()[id].kind.each_child(|child| pending.push(child));
            pending[first..].reverse();
        }
        found
    }
}
