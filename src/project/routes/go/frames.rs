//! Registrations in loops over tables, and in functions that are given what to register: what names stand for
//! in each run.

use super::{
    super::express::join_paths,
    bound::{Bound, bound_values},
    routers::Routers,
};
use crate::{
    facts::{
        CallStyle, EntryKey, ExpressionId, ExpressionKind, LoopKind, ParameterKind, Pattern,
        StatementKind, Text,
    },
    project::{Body, Call, ClassRef, Declaration, Definition, FunctionRef, In, Location, Value},
};

/// How many lists, functions and callers are gone through on the way to the rows of a table.
const DEPTH_MAX: usize = 8;

/// More runs of one registration than this are cut.
const RUNS_MAX: usize = 300;

/// Stands for what is not known of a path.
pub(super) const UNKNOWN: &str = "{unknown}";

/// What the names of a run stand for.
#[derive(Clone, Default)]
pub(super) struct Frame<'p> {
    names: Vec<Named<'p>>,
    /// Where this run is written: the row of the table, the call of the helper.
    pub(super) at: Option<Location>,
}

#[derive(Clone)]
struct Named<'p> {
    scope: FunctionRef,
    name: Text,
    known: Known<'p>,
}

/// One thing that a name stands for.
#[derive(Clone)]
pub(super) enum Known<'p> {
    /// A value; for a literal without a type, that of its fields.
    Value(Value<'p>, Option<ClassRef>),
    /// The key of an entry.
    Key(Text),
}

/// A row of a table.
struct Row<'p> {
    key: Option<Text>,
    value: Value<'p>,
    class: Option<ClassRef>,
}

impl<'p> Frame<'p> {
    /// What a value stands for in this run.
    pub(super) fn known(&self, value: Value<'p>) -> Known<'p> {
        match value.kind() {
            ExpressionKind::Name(name) => {
                self.named(value, name).unwrap_or(Known::Value(value, None))
            }
            ExpressionKind::Member { object, name } => {
                let object = value.sibling(*object);
                let Known::Value(whole, class) = self.known(object) else {
                    return Known::Value(value, None);
                };
                let part = (whole.at != object.at).then(|| self.field(whole, class, name));
                part.flatten().unwrap_or(Known::Value(value, None))
            }
            _ => Known::Value(value, None),
        }
    }

    /// The value that a value stands for.
    pub(super) fn value(&self, value: Value<'p>) -> Value<'p> {
        match self.known(value) {
            Known::Value(known, _) => known,
            Known::Key(_) => value,
        }
    }

    /// Where a call registers something in this run: what the run is written at, if that says under which path.
    pub(super) fn place(&self, call: Call<'p>, path: &str) -> Location {
        self.at.filter(|_| !path.contains(UNKNOWN)).unwrap_or_else(|| call.location_of_name())
    }

    /// The path that a value spells; a part that is not known stands as a parameter.
    pub(super) fn path_text(&self, value: Value<'p>) -> Text {
        let known = match self.known(value) {
            Known::Key(key) => return key,
            Known::Value(known, _) => known,
        };
        let constant = known.constant();
        match constant.kind() {
            ExpressionKind::Text(text) => text.clone(),
            ExpressionKind::Concat(parts) | ExpressionKind::Operation { operands: parts, .. }
                if parts.len() > 1 =>
            {
                let spelled = parts.iter().map(|&part| self.path_text(constant.sibling(part)));
                spelled.map(|part| part.to_string()).collect::<String>().into()
            }
            // `path.Join(base, "/login")`
            ExpressionKind::Call { .. } => match constant.as_call() {
                Some(call) if matches!(call.path(), "path.Join" | "net/url.JoinPath") => {
                    let spelled = call.positional().map(|part| self.path_text(part));
                    spelled.reduce(|before, part| join_paths(&before, &part)).unwrap_or_default()
                }
                _ => UNKNOWN.into(),
            },
            _ => UNKNOWN.into(),
        }
    }

    /// `"GET"`, `http.MethodGet`.
    pub(super) fn method_text(&self, value: Value<'p>) -> Option<Text> {
        let value = match self.known(value) {
            Known::Key(key) => return Some(key),
            Known::Value(known, _) => known,
        };
        if let Some(text) = value.text() {
            return Some(text.to_ascii_uppercase().into());
        }
        let path = value.path();
        let name = path.rsplit('.').next()?.strip_prefix("Method")?;
        Some(name.to_ascii_uppercase().into())
    }

    /// One method, or a list of them.
    pub(super) fn methods(&self, value: Value<'p>) -> Vec<Text> {
        let items = self.value(value).items().unwrap_or_default().into_iter();
        let listed: Vec<Text> = items.filter_map(|item| self.method_text(item)).collect();
        if !listed.is_empty() {
            return listed;
        }
        vec![self.method_text(value).unwrap_or_else(|| "ANY".into())]
    }

    fn named(&self, value: Value<'p>, name: &str) -> Option<Known<'p>> {
        let (scope, declared) = value.declarations()?;
        let mut names = self.names.iter().rev();
        let found = names.find(|known| known.scope == scope && known.name == name)?;
        // `below = path.Join(base, below)`: what it was given is a part of what it stands for.
        let is_given = declared.iter().any(|one| matches!(one, Declaration::Parameter(..)));
        let bound = if is_given { bound_values(value) } else { Vec::new() };
        let rebound = bound.into_iter().find_map(|bound| match bound {
            Bound::Value(bound) => Some(bound).filter(|bound| bound.function().at == scope),
            Bound::Parameter(..) => None,
        });
        Some(rebound.map_or_else(|| found.known.clone(), |bound| self.known(bound)))
    }

    /// A field of what stands for a structure: of its literal, or of what a function of the project returns.
    fn field(&self, whole: Value<'p>, class: Option<ClassRef>, name: &str) -> Option<Known<'p>> {
        if let Some(literal) = whole.structure() {
            let class = match literal.callee_value().resolve() {
                Definition::Class(class) => Some(class),
                _ => None,
            };
            let named = literal.named(name);
            let value = named.or_else(|| literal.argument(position(whole, class?, name)?))?;
            return Some(self.known(value));
        }
        match whole.kind() {
            ExpressionKind::Object(_) => whole.entry(name).given().map(|value| self.known(value)),
            ExpressionKind::List(items) => {
                let item = items.get(position(whole, class?, name)?)?;
                Some(self.known(whole.sibling(*item)))
            }
            ExpressionKind::Call { .. } => {
                let call = whole.as_call()?;
                let callee = call.callee()?;
                let inner = self.of_call(call, callee);
                let class = anonymous_class(callee);
                callee.returned().find_map(|value| inner.field(value, class, name))
            }
            _ => None,
        }
    }

    /// With the parameters of a function as one call gives them.
    fn of_call(&self, call: Call<'p>, callee: Body<'p>) -> Self {
        let mut inner = self.clone();
        let mut given: Vec<Value<'p>> = call.positional().collect();
        // `pair(f())`: all that one call yields.
        if let [only] = given.as_slice() {
            given = vec![*only; callee.function().plain_parameters().count()];
        }
        for (parameter, given) in callee.function().plain_parameters().zip(given) {
            if let Some(name) = parameter.name() {
                let known = self.known(given);
                inner.names.push(Named { scope: callee.at, name: name.clone(), known });
            }
        }
        inner
    }
}

/// The number of a field in its structure.
fn position(value: Value<'_>, class: ClassRef, name: &str) -> Option<usize> {
    value.project.class(class).class().fields.iter().position(|field| field.name == name)
}

/// The structure without a name that a function says it returns.
fn anonymous_class(callee: Body<'_>) -> Option<ClassRef> {
    let returns = callee.function().returns?;
    match callee.unit().facts[returns].kind {
        ExpressionKind::Class(class) => Some(In { file: callee.at.file, id: class }),
        _ => None,
    }
}

impl<'p> Routers<'p> {
    /// The runs of a call: one for each row of the tables that the loops around it go through, and for each
    /// call of the function around it where that says what is registered. One run that knows nothing where
    /// they cannot be told.
    pub(super) fn frames(&self, call: Call<'p>) -> Vec<Frame<'p>> {
        self.frames_within(call, 0)
    }

    fn frames_within(&self, call: Call<'p>, depth: usize) -> Vec<Frame<'p>> {
        if depth > DEPTH_MAX {
            return vec![Frame::default()];
        }
        let mut frames = self.called(call, depth);
        for (target, source) in loops(call) {
            let mut next = Vec::new();
            for frame in frames {
                let rows = self.rows(source, &frame, 0);
                if rows.is_empty() {
                    next.push(frame);
                    continue;
                }
                next.extend(rows.into_iter().map(|row| frame.with_row(call, target, row)));
            }
            next.truncate(RUNS_MAX);
            frames = next;
        }
        frames
    }

    /// One frame for each call of the function that a call stands in, if it is that function's parameters
    /// that are registered.
    fn called(&self, call: Call<'p>, depth: usize) -> Vec<Frame<'p>> {
        let is_asked = |around: &Body<'p>| {
            call.positional().any(|value| asks(value, *around, is_registered))
                || loops(call).any(|(_, source)| asks(source, *around, |_| true))
        };
        // `router.Group(func(r chi.Router) { r.Mount(path, handler) })`: the function around the group is asked.
        let all = std::iter::successors(Some(call.function()), |inner| {
            let parent = inner.function().parent?;
            Some(self.project.body(In { file: inner.at.file, id: parent }))
        });
        let Some(around) = all.take(DEPTH_MAX).find(is_asked) else {
            return vec![Frame::default()];
        };
        let mut frames = Vec::new();
        for caller in self.project.callers_beside(around.at) {
            for outer in self.frames_within(caller, depth + 1) {
                let mut frame = outer.of_call(caller, around);
                frame.at = outer.at.or_else(|| Some(caller.location_of_name()));
                frames.push(frame);
            }
        }
        frames.truncate(RUNS_MAX);
        if frames.is_empty() { vec![Frame::default()] } else { frames }
    }

    /// The rows that a list or map may hold.
    fn rows(&self, list: Value<'p>, frame: &Frame<'p>, depth: usize) -> Vec<Row<'p>> {
        if depth > DEPTH_MAX {
            return Vec::new();
        }
        let list = frame.value(list).unwrapped();
        let written = list.constant();
        let row = |value| Row { key: None, value, class: None };
        match written.kind() {
            ExpressionKind::List(items) => {
                items.iter().map(|&item| row(written.sibling(item))).collect()
            }
            ExpressionKind::Object(entries) => {
                let entry = |entry: &crate::facts::Entry| {
                    let key = match &entry.key {
                        EntryKey::Name(name) => Some(name.clone()),
                        EntryKey::Computed(key) => written.sibling(*key).text().map(Text::from),
                        EntryKey::Spread => None,
                    };
                    Row { key, ..row(written.sibling(entry.value)) }
                };
                entries.iter().map(entry).collect()
            }
            ExpressionKind::Call { style: CallStyle::Struct, arguments, .. } => {
                let class = written.as_call().and_then(|call| element_class(call.callee_value()));
                let rows = arguments.iter().map(|argument| Row {
                    key: argument.name.clone(),
                    value: written.sibling(argument.value),
                    class,
                });
                rows.collect()
            }
            ExpressionKind::Call { .. } => {
                let Some(call) = written.as_call() else { return Vec::new() };
                match call.callee() {
                    Some(callee) => {
                        let inner = frame.of_call(call, callee);
                        let lists = callee.returned();
                        lists.flat_map(|list| self.rows(list, &inner, depth + 1)).collect()
                    }
                    None if call.name() == "append" => {
                        let mut given = call.positional();
                        let before = given.next().map(|list| self.rows(list, frame, depth + 1));
                        let spread = call.arguments().iter().filter(|argument| argument.spread);
                        let spread = spread.flat_map(|argument| {
                            self.rows(written.sibling(argument.value), frame, depth + 1)
                        });
                        before.into_iter().flatten().chain(given.map(row)).chain(spread).collect()
                    }
                    None => Vec::new(),
                }
            }
            ExpressionKind::Name(_) => {
                let bound = bound_values(written).into_iter().filter_map(|bound| match bound {
                    Bound::Value(value) => Some(value),
                    Bound::Parameter(..) => None,
                });
                let bound = bound.filter(|value| value.at != written.at);
                bound.flat_map(|list| self.rows(list, frame, depth + 1)).collect()
            }
            ExpressionKind::Member { object, name } => {
                let Definition::Instance(class) = written.sibling(*object).resolve() else {
                    return Vec::new();
                };
                let kept = self.field_values(class, name).iter();
                kept.flat_map(|list| self.rows(*list, frame, depth + 1)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl<'p> Frame<'p> {
    fn with_row(&self, call: Call<'p>, target: &Pattern, row: Row<'p>) -> Self {
        let mut frame = self.clone();
        let scope = call.function().at;
        let mut name = |pattern: &Pattern, known: Known<'p>| {
            if let Pattern::Name(name) = pattern {
                frame.names.push(Named { scope, name: name.clone(), known });
            }
        };
        let item = Known::Value(self.value(row.value), row.class);
        match (target, row.key) {
            (Pattern::Items(parts), key) => {
                if let (Some(pattern), Some(key)) = (parts.first(), key) {
                    name(pattern, Known::Key(key));
                }
                if let Some(pattern) = parts.get(1) {
                    name(pattern, item);
                }
            }
            (pattern, Some(key)) => name(pattern, Known::Key(key)),
            _ => {}
        }
        frame.at = Some(row.value.location());
        frame
    }
}

/// What the loops around a call go through and what they call it, outermost first.
fn loops(call: Call<'_>) -> impl Iterator<Item = (&Pattern, Value<'_>)> {
    let unit = call.project.unit(call.file);
    let statement = call.value().statement();
    let mut around: Vec<_> = statement
        .into_iter()
        .flat_map(|at| unit.index.enclosing(at.id))
        .map(|(id, _)| id)
        .collect();
    around.reverse();
    around.into_iter().filter_map(move |id| match &unit.facts[id].kind {
        StatementKind::Loop {
            kind: LoopKind::ForEach,
            target: Some(target),
            source: Some(source),
            ..
        } => Some((target, call.value().sibling(*source))),
        _ => None,
    })
}

/// Does a value hang on a parameter, of such a type, of the function around it?
fn asks(value: Value<'_>, around: Body<'_>, is_meant: impl Fn(&str) -> bool) -> bool {
    let parameters = &around.function().parameters;
    value.descendants().into_iter().any(|part| {
        let asked = matches!(part.kind(), ExpressionKind::Name(_)).then(|| part.as_parameter());
        let Some(Some((function, number))) = asked else { return false };
        let Some(parameter) = parameters.get(number).filter(|_| function == around.at) else {
            return false;
        };
        parameter.kind != ParameterKind::Receiver
            && parameter.annotation.is_some_and(|id| {
                let file = around.at.file;
                is_meant(value.project.value(In { file, id }).source())
            })
    })
}

/// Is a parameter of this type what is registered: a path, a handler?
fn is_registered(annotation: &str) -> bool {
    let last = annotation.rsplit('.').next().unwrap_or(annotation);
    annotation == "string" || annotation.starts_with("func(") || last.starts_with("Handle")
}

/// The structure that a list type of the project holds: `Route` of `type Routes []Route`.
fn element_class(list: Value<'_>) -> Option<ClassRef> {
    let Definition::Class(class) = list.resolve() else { return None };
    let project = list.project;
    let &base = project.class(class).class().bases.first()?;
    let base = project.value(In { file: class.file, id: base });
    let ExpressionKind::Index { index, .. } = base.kind() else { return None };
    let element = |id: ExpressionId| match base.sibling(id).resolve() {
        Definition::Class(class) => Some(class),
        _ => None,
    };
    match base.sibling(*index).kind() {
        ExpressionKind::List(parts) => parts.last().and_then(|&last| element(last)),
        _ => element(*index),
    }
}
