//! Rows that were looked up before. What is done with a row that the request names is done with what the
//! caller chose; what is done with a row that is the caller's own is the caller's business.

use super::{Evidence, picking, tie};
use crate::{
    facts::ExpressionKind,
    project::{
        Call, Declaration, ExpressionRef, Location, Route, Value,
        operations::{Operation, OperationKind},
        provenance::Provenance,
    },
};

/// The lookups of one way in.
#[derive(Default)]
pub(super) struct Rows<'p> {
    /// By what the request names.
    chosen: Vec<Call<'p>>,
    /// By whose they are.
    own: Vec<Call<'p>>,
}

impl<'p> Rows<'p> {
    pub(super) fn of(
        operations: &[&Operation<'p>],
        route: &Route,
        provenance: &Provenance<'p>,
    ) -> Self {
        let mut rows = Self::default();
        for operation in operations {
            if !matches!(operation.kind, OperationKind::Read | OperationKind::List) {
                continue;
            }
            let key = picking(operation, route).and_then(|filter| filter.value);
            if matches!(tie(operation, provenance), Evidence::Owner(_)) {
                rows.own.push(operation.call);
            } else if key.is_some_and(|value| provenance.is_chosen_by_request(value)) {
                rows.chosen.push(operation.call);
            }
        }
        rows
    }

    /// Is `value` a row that the request names, or a column of it?
    pub(super) fn are_chosen(&self, value: Value<'p>) -> bool {
        comes_from(value, &self.chosen)
    }

    /// Where the row was looked up that an operation changes: there it could be asked whose it is.
    pub(super) fn lookup(&self, operation: &Operation<'p>, route: &Route) -> Option<Location> {
        let key = picking(operation, route)?.value?;
        let lookups = self.chosen.iter().filter(|lookup| lookup.file == key.at.file);
        lookups.copied().find(|lookup| comes_from(key, &[*lookup])).map(Call::location)
    }

    /// Is the operation about a row of the caller's own?
    pub(super) fn own(&self, operation: &Operation<'p>, route: &Route) -> Option<String> {
        let key = picking(operation, route)
            .filter(|key| key.value.is_some_and(|value| comes_from(value, &self.own)))?;
        Some(format!("`{}` is that of a row of the caller's own", key.field))
    }
}

/// Is `value`, or what a column of it is taken from, bound to something made of one of these lookups?
fn comes_from<'p>(value: Value<'p>, lookups: &[Call<'p>]) -> bool {
    let mut root = value.unwrapped();
    while let ExpressionKind::Member { object, .. } = root.kind() {
        root = root.sibling(*object).unwrapped();
    }
    let Some((scope, declarations)) = root.declarations() else { return contains(root, lookups) };
    let index = &root.project.unit(scope.file).index;
    declarations.iter().any(|declaration| match declaration {
        Declaration::Bound { value: Some(bound), .. }
        | Declaration::Element { value: bound, .. } => contains(root.sibling(*bound), lookups),
        // `rows.find(key).map(row -> …)`: a closure works on what it is called on.
        Declaration::Parameter(..) => {
            let literal = index.literal_of(scope.id);
            let parent = literal.and_then(|id| index.expression(id).parent);
            let call =
                parent.and_then(|id| root.project.call(ExpressionRef { file: scope.file, id }));
            call.and_then(Call::receiver).is_some_and(|rows| contains(rows, lookups))
        }
        _ => false,
    })
}

/// Does one of the lookups stand in `value`?
fn contains<'p>(value: Value<'p>, lookups: &[Call<'p>]) -> bool {
    let within = value.location();
    lookups
        .iter()
        .any(|lookup| lookup.file == value.at.file && within.span.contains(lookup.location().span))
}
