//! Functions that are registered under a name, by a call, a decorator or that of their class, as rows of the
//! vocabulary say.

use std::collections::BTreeSet;

use super::Handler;
use crate::{
    facts::{
        Pattern, StatementKind, Text,
        vocabulary::{Meaning, Row},
    },
    project::{Body, Call, In, Location, Project, Type, Value},
};

/// One function, and what it is known by.
pub(super) struct Registered<'p> {
    pub row: &'p Row,
    pub name: Text,
    pub location: Location,
    pub handler: Handler,
    /// What registers it is called on.
    pub receiver: Option<Value<'p>>,
}

/// Everything that is registered by names of this meaning.
pub(super) fn all(project: &Project, meaning: Meaning) -> Vec<Registered<'_>> {
    let mut found = Vec::new();
    let mut decorators = BTreeSet::new();
    for body in project.functions() {
        decorators.extend(body.decorators().map(|decorator| decorator.at));
        found.extend(body.decorators().find_map(|decorator| decorated(body, decorator, meaning)));
    }
    let calls = project.calls_with(meaning).filter(|call| !decorators.contains(&call.at()));
    found.extend(calls.filter_map(|call| called(call, meaning)));
    for (file, unit) in project.units() {
        let classes = unit.facts.classes().map(|(id, _)| project.class(In { file, id }));
        found.extend(classes.filter_map(|class| class_decorated(class, meaning)));
    }
    found
}

/// `cron.schedule("0 3 * * *", cleanUp)`
fn called(call: Call<'_>, meaning: Meaning) -> Option<Registered<'_>> {
    let row = call.row(meaning).filter(|row| row.detail("framework").is_some())?;
    // One call registers handlers of several kinds, told apart by what comes first.
    let kind = || call.argument(0).and_then(|kind| kind.path().rsplit('.').next().map(Text::from));
    if row.detail("only").is_some_and(|only| kind().as_deref() != Some(only)) {
        return None;
    }
    let named = row.detail("runs").and_then(|runs| given(call, runs).next());
    let is_function = |value: &Value<'_>| value.as_function().is_some();
    // `add_tool(FunctionTool.from_function(add, name="add"))`.
    let made = call.positional().find_map(Value::as_call);
    let handler = named
        .or_else(|| call.positional().find(is_function))
        .or_else(|| made?.positional().find(is_function))?;
    let by_function = || own_name(handler);
    // `queues.mail.process(…)`
    let of_receiver = || {
        let receiver = call.receiver()?.at;
        call.project.facts(receiver.file).last_segment(receiver.id).map(Text::from)
    };
    let around = || call.function().name();
    Some(Registered {
        row,
        name: name(call, row)
            .or_else(|| name(made?, row))
            .or_else(by_function)
            .or_else(|| bound_to(call))
            .or_else(of_receiver)
            .unwrap_or_else(around),
        location: call.location(),
        handler: Handler::Expression(handler.at),
        receiver: call.receiver(),
    })
}

/// What a function is called where it is written.
fn own_name(function: Value<'_>) -> Option<Text> {
    let name = function.as_function()?.function().name.clone();
    (!name.is_empty()).then_some(name)
}

/// `export const resize = onTaskDispatched(…)`
fn bound_to(call: Call<'_>) -> Option<Text> {
    let statement = call.value().statement()?;
    let StatementKind::Bind { target: Pattern::Name(name), .. } =
        &call.project.facts(statement.file)[statement.id].kind
    else {
        return None;
    };
    Some(name.clone())
}

/// `@app.task`, `@shared_task(name="send")`
fn decorated<'p>(body: Body<'p>, decorator: Value<'p>, meaning: Meaning) -> Option<Registered<'p>> {
    let row = row_of(decorator, meaning)?;
    let call = decorator.as_call();
    let callee = call.map_or(decorator, Call::callee_value);
    Some(Registered {
        row,
        name: call.and_then(|call| name(call, row)).unwrap_or_else(|| body.name()),
        location: body.location(),
        handler: Handler::Function(body.at),
        receiver: callee.object(),
    })
}

/// `@Processor("mail") class MailWorker { process(job) { … } }`
fn class_decorated(class: Type<'_>, meaning: Meaning) -> Option<Registered<'_>> {
    let decorators = class.class().decorators.iter();
    let (decorator, row) = decorators
        .map(|&id| class.project.value(In { file: class.at.file, id }))
        .find_map(|decorator| Some((decorator, row_of(decorator, meaning)?)))?;
    let method = class.method(row.detail("method")?)?;
    let by_call = decorator.as_call().and_then(|call| name(call, row));
    Some(Registered {
        row,
        name: by_call.unwrap_or_else(|| class.name().into()),
        location: method.location(),
        handler: Handler::Function(method.at),
        receiver: None,
    })
}

fn row_of(decorator: Value<'_>, meaning: Meaning) -> Option<&Row> {
    let path = decorator.as_call().map_or_else(|| decorator.path(), |call| call.path().into());
    let rows = decorator.project.vocabulary().rows_of(&path);
    let mut rows = rows.into_iter().map(|(_, row)| row).filter(|row| row.means.contains(&meaning));
    rows.find(|row| row.detail("framework").is_some())
}

/// The text that it is known by.
fn name(call: Call<'_>, row: &Row) -> Option<Text> {
    if let Some(name) = row.detail("called") {
        return Some(name.into());
    }
    let text = |value: Value<'_>| {
        let inside = value.unwrapped().as_call().and_then(|call| call.argument(0));
        let text = value.constant().text().map(Text::from);
        text.or_else(|| inside?.constant().text().map(Text::from))
    };
    given(call, row.detail("name")?).find_map(text)
}

/// What is given at any of these positions or options, in their order.
fn given<'p>(call: Call<'p>, places: &str) -> impl Iterator<Item = Value<'p>> {
    places.split(',').filter_map(move |place| match place.parse() {
        Ok(position) => call.argument(position),
        Err(_) => call.option(place).given(),
    })
}
