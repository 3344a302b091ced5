use super::calls::{self, ModelCall};
use crate::{
    facts::{Runtime, vocabulary::Meaning},
    gap::Severity,
    project::{
        Project,
        deadlines::{self, Limit},
        reach::RequestPath,
        views::Setting,
    },
    rules::Sites,
};

/// Longer than this nobody waits, in seconds.
const LONGEST: f64 = 120.0;

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    let requests = RequestPath::of(project);
    for model_call in calls::of(project) {
        judge(project, &requests, &model_call, sites);
    }
}

fn judge(project: &Project, requests: &RequestPath, model_call: &ModelCall, sites: &mut Sites) {
    let call = model_call.call;
    let (at, subject) = (call.location(), format!("`{}`", call.path()));
    let limit = if model_call.is_request {
        deadlines::of(call, Meaning::HttpRequest, Meaning::HttpClient)
    } else {
        deadlines::of(call, Meaning::ModelCall, Meaning::ModelClient)
    };
    let is_capped = !model_call.is_text() || has_cap(model_call);
    let lacks_cap = if is_capped { "" } else { ", and no cap on what it may write" };
    let message = match limit {
        Limit::Set(place) => {
            let fact =
                if is_capped { "time and output are limited" } else { "its time is limited" };
            let credit = if is_capped { 1.0 } else { 0.67 };
            sites.holds(at, subject, fact).credit(credit).because(place, "set here");
            return;
        }
        Limit::Default(seconds) if seconds <= LONGEST => {
            let credit = if is_capped { 1.0 } else { 0.67 };
            let fact = format!("its library gives up after {seconds} s");
            sites.holds(at, subject, fact).credit(credit);
            return;
        }
        Limit::Unknown(why) => {
            sites.unknown(at, subject, why);
            return;
        }
        Limit::Default(seconds) => {
            format!("it may take {seconds} s, and that again with each retry{lacks_cap}")
        }
        Limit::None(_) => format!("no time limit{lacks_cap}"),
        Limit::Off(_) => format!("its time limit is switched off{lacks_cap}"),
    };
    // What nobody waits for may take its time.
    if matches!(call.source_file().runtime, Runtime::Cli | Runtime::Job) && is_capped {
        sites.holds(at, subject, "nobody waits for it, and its output is limited").credit(0.67);
        return;
    }
    let waits = requests.contains(project, call.function().at);
    let severity = if waits { Severity::High } else { Severity::Medium };
    let site = sites.gap(at, subject, message).severity(severity);
    if let Some(client) = model_call.client() {
        let place = client.location();
        let root = format!("{}:{}", project.file(place.file).path, place.span.start);
        site.root(root).because(place, "its client is built here");
    }
}

fn has_cap(model_call: &ModelCall) -> bool {
    const NAMES: [&str; 11] = [
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "maxTokens",
        "maxOutputTokens",
        "num_predict",
        "maxCompletionTokens",
        "MaxTokens",
        "max_new_tokens",
        "numPredict",
        "MaxCompletionTokens",
    ];
    let call = model_call.call;
    let names = NAMES.iter().copied().chain(
        call.detail(Meaning::ModelCall, "tokens").into_iter().flat_map(|names| names.split(',')),
    );
    let names: Vec<&str> = names.collect();
    let given = |setting: Setting| !setting.is_absent();
    let at_client =
        model_call.client().is_some_and(|client| given(client.any_option(names.iter().copied())));
    let in_chain = call
        .value()
        .descendants()
        .iter()
        .filter_map(|value| value.as_call())
        .any(|inner| names.contains(&inner.name()));
    // The options of a body stand deeper: `JSON.stringify({ max_tokens: 500 })`, `options: { num_predict: 9 }`.
    let written = call.arguments().iter().any(|argument| {
        let value = call.value().sibling(argument.value).constant();
        value.descendants().iter().any(|part| {
            let part = part.constant();
            names.iter().any(|name| {
                matches!(part.entry(name), Setting::Given(_)) || {
                    let inner = part.as_call();
                    inner.is_some_and(|inner| matches!(inner.option(name), Setting::Given(_)))
                }
            })
        })
    });
    at_client || in_chain || written || given(call.any_option(names.iter().copied()))
}
