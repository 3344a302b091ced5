//! Functions that no request starts: at times, or when something was put into a queue.
//!
//! Strangers do not reach them, whatever they do; they are listed because what they do is done for somebody
//! who is no longer there to ask.

use std::collections::BTreeSet;

use super::{Candidate, Draft, Handler, Mount, RouteKind, Scope, What};
use crate::{
    facts::{
        Text,
        vocabulary::{Meaning, Row},
    },
    project::{
        Body, Call, In, Location, Project, Type, Value,
        guards::{Assessment, Grade, Mode},
    },
};

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    let mut decorators = BTreeSet::new();
    for body in project.functions() {
        decorators.extend(body.decorators().map(|decorator| decorator.at));
        drafts.extend(body.decorators().find_map(|decorator| decorated(body, decorator)));
    }
    let calls = project.calls_with(Meaning::Schedule);
    drafts.extend(calls.filter(|call| !decorators.contains(&call.at())).filter_map(scheduled));
    for (file, unit) in project.units() {
        for (id, _) in unit.facts.classes() {
            drafts.extend(worker(project.class(In { file, id })));
        }
    }
}

/// `cron.schedule("0 3 * * *", cleanUp)`
fn scheduled(call: Call<'_>) -> Option<Draft> {
    let row = call.row(Meaning::Schedule).filter(|row| row.detail("framework").is_some())?;
    let named = row.detail("runs").and_then(|runs| given(call, runs).next());
    let handler =
        named.or_else(|| call.positional().find(|value| value.as_function().is_some()))?;
    let by_function = || handler.as_function().map(Body::name).unwrap_or_default();
    let name = name(call, row).unwrap_or_else(by_function);
    Some(draft(row, name, call.location(), Handler::Expression(handler.at)))
}

/// `@app.task`, `@shared_task(name="send")`
fn decorated(body: Body<'_>, decorator: Value<'_>) -> Option<Draft> {
    let row = row_of(decorator)?;
    let name = decorator.as_call().and_then(|call| name(call, row)).unwrap_or_else(|| body.name());
    Some(draft(row, name, body.location(), Handler::Function(body.at)))
}

/// `@Processor("mail") class MailWorker { process(job) { … } }`
fn worker(class: Type<'_>) -> Option<Draft> {
    let decorators = class.class().decorators.iter();
    let (decorator, row) = decorators
        .map(|&id| class.project.value(In { file: class.at.file, id }))
        .find_map(|decorator| Some((decorator, row_of(decorator)?)))?;
    let method = class.method(row.detail("method")?)?;
    let name =
        decorator.as_call().and_then(|call| name(call, row)).unwrap_or_else(|| class.name().into());
    Some(draft(row, name, method.location(), Handler::Function(method.at)))
}

fn row_of(decorator: Value<'_>) -> Option<&Row> {
    let path = decorator.as_call().map_or_else(|| decorator.path(), |call| call.path().into());
    let rows = decorator.project.vocabulary().rows_of(&path);
    let starts = |row: &&Row| row.means.contains(&Meaning::Schedule);
    rows.into_iter()
        .map(|(_, row)| row)
        .find(|row| starts(row) && row.detail("framework").is_some())
}

/// The text that a job is known by.
fn name(call: Call<'_>, row: &Row) -> Option<Text> {
    given(call, row.detail("name")?).find_map(Value::text).map(Text::from)
}

/// What is given at any of these positions or options, in their order.
fn given<'p>(call: Call<'p>, places: &str) -> impl Iterator<Item = Value<'p>> {
    places.split(',').filter_map(move |place| match place.parse() {
        Ok(position) => call.argument(position),
        Err(_) => call.option(place).given(),
    })
}

fn draft(row: &Row, name: Text, location: Location, handler: Handler) -> Draft {
    let framework = row.detail("framework").unwrap_or_default();
    Draft {
        kind: RouteKind::Job,
        method: Text::default(),
        path: name,
        framework: "jobs",
        location,
        handler,
        chain: vec![started_by(framework, location)],
        mount: Mount::Resolved,
        root: None,
    }
}

/// What stands before a job: whoever may write to the queue, or the clock.
pub(super) fn started_by(who: &str, location: Location) -> Candidate {
    let assessment = Assessment {
        grade: Some(Grade::G3),
        why: "no request starts it".to_owned(),
        decided_at: None,
        role: false,
        weakness: None,
    };
    Candidate {
        what: What::Assessed(assessment),
        name: who.into(),
        location,
        scope: Scope::Global,
        mode: Mode::Dependency,
    }
}
