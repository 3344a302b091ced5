//! What a test demands, and whether it could have come out otherwise.

use std::collections::HashSet;

use crate::{
    facts::{ExpressionKind, Operator, StatementKind, Text, vocabulary::Meaning},
    project::{Call, Definition, FunctionRef, In, Location, Project, Value},
};

/// One demand of a test.
pub(super) struct Assertion<'p> {
    /// The whole expression: `expect(a).not.toBe(b)`.
    pub value: Value<'p>,
    /// What calls the assertion function; none for an `assert` statement.
    pub call: Option<Call<'p>>,
    pub is_constant: bool,
}

impl Assertion<'_> {
    pub(super) fn location(&self) -> Location {
        self.value.location()
    }
}

/// Names that are assigned more than once, or as part of an expression: their values are not known.
pub(super) type AssignedNames = HashSet<Text>;

/// The assertions directly in `function`, in source order.
pub(super) fn of<'p>(
    project: &'p Project,
    function: FunctionRef,
    assigned: &AssignedNames,
) -> Vec<Assertion<'p>> {
    let body = project.body(function);
    let facts = &body.unit().facts;
    let mut found = Vec::new();
    for &id in body.statements() {
        let value = |id| project.value(In { file: function.file, id });
        match facts[id].kind {
            StatementKind::Assert { test, .. } => {
                let value = value(test);
                let is_constant = is_constant(value, assigned);
                found.push(Assertion { value, call: None, is_constant });
            }
            // `expect(a).to.be.true` has no call at its end.
            StatementKind::Expression(id) => {
                let value = value(id).unwrapped();
                if matches!(value.kind(), ExpressionKind::Member { .. })
                    && let Some(call) = expectation_of(value)
                {
                    let subjects: Vec<_> = call.positional().collect();
                    let is_constant = are_constant(&subjects, assigned);
                    found.push(Assertion { value, call: Some(call), is_constant });
                }
            }
            _ => {}
        }
    }
    for call in body.calls() {
        if !call.means(Meaning::Assertion) && !call.means(Meaning::ExpectFailure) {
            continue;
        }
        let is_inner = call.enclosing_calls().any(|outer| {
            outer.means(Meaning::Assertion)
                && outer.location().span.start == call.location().span.start
        });
        if !is_inner {
            let is_constant = !stands_in_branch(call) && is_constant_call(call, assigned);
            found.push(Assertion { value: call.value(), call: Some(call), is_constant });
        }
    }
    found
}

/// The `expect(x)` at the root of `expect(x).to.be.true`.
fn expectation_of(value: Value<'_>) -> Option<Call<'_>> {
    let mut value = value;
    loop {
        match value.kind() {
            ExpressionKind::Member { object, .. } => value = value.sibling(*object),
            ExpressionKind::Call { .. } => {
                let call = value.as_call()?;
                if call.name() == "expect" {
                    return Some(call);
                }
                value = call.receiver()?;
            }
            _ => return None,
        }
    }
}

/// `t.Errorf("…")` and `fail("…")` say nothing themselves: what they stand in does.
fn stands_in_branch(call: Call<'_>) -> bool {
    let fails = ["Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow", "fail"];
    if !fails.contains(&call.name()) {
        return false;
    }
    let index = &call.function().unit().index;
    call.value().statement().is_some_and(|at| index.statement(at.id).parent.is_some())
}

fn is_constant_call(call: Call<'_>, assigned: &AssignedNames) -> bool {
    let subjects = subjects_of(call);
    !is_about_result(call) && !subjects.is_empty() && are_constant(&subjects, assigned)
}

/// `page.url().should("include", "x")`: what is demanded is demanded of another call's result.
fn is_about_result(call: Call<'_>) -> bool {
    if call.detail(Meaning::Assertion, "subject") == Some("receiver") {
        return true;
    }
    let mut next = call.receiver();
    while let Some(value) = next {
        next = match value.kind() {
            ExpressionKind::Call { .. } => {
                let Some(inner) = value.as_call() else { return false };
                if !matches!(inner.name(), "expect" | "assertThat" | "assert" | "should" | "Expect")
                {
                    return true;
                }
                inner.receiver()
            }
            ExpressionKind::Member { object, .. } => Some(value.sibling(*object)),
            _ => None,
        };
    }
    false
}

/// The arguments of all calls of a chain: `a` and `b` of `expect(a).not.toBe(b)`.
fn subjects_of(call: Call<'_>) -> Vec<Value<'_>> {
    let mut subjects = Vec::new();
    let mut next = Some(call.value());
    while let Some(value) = next {
        next = match value.kind() {
            ExpressionKind::Call { callee, arguments, .. } => {
                subjects.extend(arguments.iter().map(|argument| value.sibling(argument.value)));
                Some(value.sibling(*callee))
            }
            ExpressionKind::Member { object, .. }
            | ExpressionKind::Await(object)
            | ExpressionKind::Propagate(object) => Some(value.sibling(*object)),
            _ => None,
        };
    }
    subjects
}

fn are_constant(subjects: &[Value<'_>], assigned: &AssignedNames) -> bool {
    let is_name = |value: &Value<'_>| {
        matches!(value.kind(), ExpressionKind::Name(_) | ExpressionKind::Member { .. })
    };
    let is_itself = match subjects {
        [a, b] => is_name(a) && is_name(b) && a.source() == b.source(),
        _ => false,
    };
    is_itself || subjects.iter().all(|&subject| is_constant(subject, assigned))
}

/// Does it have the same value whatever the code under test does?
fn is_constant(value: Value<'_>, assigned: &AssignedNames) -> bool {
    let all = |ids: &[_]| ids.iter().all(|&id| is_constant(value.sibling(id), assigned));
    match value.kind() {
        ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Bool(_)
        | ExpressionKind::Null
        | ExpressionKind::Regex(_) => true,
        ExpressionKind::List(items) | ExpressionKind::Concat(items) => all(items),
        ExpressionKind::Object(entries) => {
            entries.iter().all(|entry| is_constant(value.sibling(entry.value), assigned))
        }
        ExpressionKind::Operation { operator, operands } => {
            let is_itself = matches!(operator, Operator::Equal | Operator::NotEqual)
                && operands.len() == 2
                && matches!(
                    value.sibling(operands[0]).kind(),
                    ExpressionKind::Name(_) | ExpressionKind::Member { .. }
                )
                && value.sibling(operands[0]).source() == value.sibling(operands[1]).source();
            is_itself || all(operands)
        }
        ExpressionKind::Cast { value: inner, .. } => is_constant(value.sibling(*inner), assigned),
        ExpressionKind::Name(name) => is_constant_name(value, name, assigned),
        _ => false,
    }
}

/// A name that this file binds once, to a literal.
fn is_constant_name(value: Value<'_>, name: &Text, assigned: &AssignedNames) -> bool {
    if assigned.contains(name) {
        return false;
    }
    match value.resolve() {
        Definition::Value(at) if at.file == value.at.file => matches!(
            value.project.value(at).kind(),
            ExpressionKind::Text(_)
                | ExpressionKind::Number(_)
                | ExpressionKind::Bool(_)
                | ExpressionKind::Null
        ),
        _ => false,
    }
}
