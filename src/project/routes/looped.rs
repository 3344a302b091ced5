//! Registrations in a loop over a table: `rows.forEach(({ path, router }) => app.use(path, router))`.

use crate::{
    facts::{ExpressionKind, Text},
    project::{Call, Declaration, In, Step, Value, views::Setting},
};

/// What an argument takes from each row of a table.
struct Column<'p> {
    rows: Vec<Value<'p>>,
    /// The field of the row; none for the row itself.
    field: Option<Text>,
}

/// The argument lists that a call is run with: one for each row of the table that it stands in a loop
/// over, else its own.
pub(super) fn argument_lists(call: Call<'_>) -> Vec<Vec<Value<'_>>> {
    let written: Vec<Value<'_>> = call.positional().collect();
    let columns: Vec<Option<Column<'_>>> =
        written.iter().map(|&argument| column(argument)).collect();
    let Some(number_of_rows) = columns.iter().flatten().map(|column| column.rows.len()).max()
    else {
        return vec![written];
    };
    let of_row = |row: usize| {
        let arguments = written.iter().zip(&columns);
        arguments
            .map(|(&argument, column)| {
                column.as_ref().and_then(|column| column.at(row)).unwrap_or(argument)
            })
            .collect()
    };
    (0..number_of_rows).map(of_row).collect()
}

impl<'p> Column<'p> {
    fn at(&self, row: usize) -> Option<Value<'p>> {
        let row = self.rows.get(row)?;
        let Some(field) = &self.field else { return Some(*row) };
        match row.entry(field) {
            Setting::Given(value) => Some(value),
            Setting::Absent | Setting::Unknown => None,
        }
    }
}

/// `row.path`, and `path` of `({ path })`, where a table with rows is gone through.
fn column(argument: Value<'_>) -> Option<Column<'_>> {
    let (variable, member) = match argument.kind() {
        ExpressionKind::Member { object, name } => (argument.sibling(*object), Some(name.clone())),
        _ => (argument, None),
    };
    let ExpressionKind::Name(name) = variable.kind() else { return None };
    let index = &variable.project.unit(variable.at.file).index;
    let function = variable.function().at.id;
    let (list, steps) = match index.declarations(function, name).first()? {
        Declaration::Element { value, steps } => (variable.sibling(*value), steps),
        Declaration::Parameter(0, steps) => {
            let literal = index.literal_of(function)?;
            let call = index.expression(literal).parent?;
            let call = variable.project.call(In { file: variable.at.file, id: call })?;
            let goes_through = matches!(call.name(), "forEach" | "map");
            (call.receiver().filter(|_| goes_through)?, steps)
        }
        _ => return None,
    };
    let field = match (steps.as_slice(), member) {
        ([], member) => member,
        ([Step::Field(field)], None) => Some(field.clone()),
        _ => return None,
    };
    Some(Column { rows: list.items().filter(|rows| !rows.is_empty())?, field })
}
