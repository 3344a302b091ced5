//! What a caller may reach because it was looked up together with who they are: the team that has them
//! as a member, the document of that team, the page of that document.

use std::collections::BTreeSet;

use super::super::common::last_name;
use crate::{
    facts::{ExpressionKind, Pattern, StatementKind, Text},
    project::{
        Body, Call, FunctionRef, Value, entities,
        operations::{Operation, OperationKind, is_key},
        provenance::Provenance,
    },
};

/// The request's values that a checked lookup tied to who is calling, by their names.
#[derive(Default)]
pub(super) struct Scope {
    names: BTreeSet<Named>,
}

/// A value's name. `id` is the name of too many things to mean the same one in another function.
type Named = (Text, Option<FunctionRef>);

impl Scope {
    /// Reads the lookups of one way in. Each one that is tied ties its other values: a team found with
    /// its member ties the documents that are found with that team.
    pub(super) fn of<'p>(operations: &[&Operation<'p>], provenance: &Provenance<'p>) -> Self {
        let lookups: Vec<&Operation<'p>> = operations
            .iter()
            .copied()
            .filter(|operation| operation.kind == OperationKind::Read && is_checked(operation.call))
            .collect();
        let mut scope = Self::default();
        loop {
            let before = scope.names.len();
            for lookup in &lookups {
                let values = || lookup.filters.iter().filter_map(|filter| filter.value);
                if scope.holds(lookup) || values().any(|value| provenance.is_principal(value)) {
                    let chosen = values().filter(|&value| provenance.is_chosen_by_request(value));
                    scope.names.extend(chosen.filter_map(named));
                }
            }
            if scope.names.len() == before {
                return scope;
            }
        }
    }

    /// Is one of the operation's filters a value that was tied before?
    pub(super) fn holds(&self, operation: &Operation<'_>) -> bool {
        self.tie(operation).is_some()
    }

    /// The column that holds the operation to what was tied.
    pub(super) fn tie<'o>(&self, operation: &'o Operation<'_>) -> Option<&'o Text> {
        let tied = operation.filters.iter().find(|filter| {
            let value = filter.value.and_then(named);
            let names_row = is_key(&filter.field) || entities::is_owner(&filter.field);
            names_row && value.is_some_and(|value| self.names.contains(&value))
        });
        tied.map(|filter| &filter.field)
    }
}

fn named(value: Value<'_>) -> Option<Named> {
    let name = last_name(value)?;
    let is_common = matches!(name, "id" | "pk" | "_id" | "uuid" | "slug" | "key");
    Some((Text::from(name), is_common.then(|| value.function().at)))
}

/// Does the function go another way when nothing was found? A row that is only asked for proves nothing.
fn is_checked(call: Call<'_>) -> bool {
    let raises = call.name().ends_with("OrThrow")
        || call.name().ends_with("OrFail")
        || call.name().ends_with("or_404")
        || call.source_file().language == crate::facts::Language::Python && call.name() == "get";
    if raises {
        return true;
    }
    let Some(statement) = call.value().statement() else { return false };
    match &call.project.facts(call.file)[statement.id].kind {
        StatementKind::Bind { target, .. } => {
            bound_names(target).iter().any(|name| is_tested(call.function(), name))
        }
        // The caller gets it, and with it the question.
        StatementKind::Return(_) | StatementKind::If { .. } => true,
        _ => false,
    }
}

fn bound_names(target: &Pattern) -> Vec<&Text> {
    let mut names = Vec::new();
    target.each_name(&mut |name| names.push(name));
    names
}

/// Is there a condition about `name` in this function?
fn is_tested(body: Body<'_>, name: &str) -> bool {
    let facts = &body.unit().facts;
    let within = body.function().span;
    let tests = facts.statements.iter().filter_map(|statement| match statement.kind {
        StatementKind::If { test, .. } if within.contains(statement.span) => Some(test),
        _ => None,
    });
    tests.into_iter().any(|test| {
        let test = body.project.value(crate::project::In { file: body.at.file, id: test });
        test.descendants().into_iter().any(
            |part| matches!(part.kind(), ExpressionKind::Name(tested) if tested.as_str() == name),
        )
    })
}
