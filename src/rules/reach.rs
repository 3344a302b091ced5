//! What the rules about reaching an interpreter have in common.

use crate::{
    facts::{Runtime, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{
        Call, Project,
        flow::{Flow, Judgement, Kills, Origin, Use},
    },
    rules::{Draft, OfGap, Sites},
};

/// What a rule asks of every use of a value.
pub(super) struct Question<'q> {
    pub(super) meanings: &'q [Meaning],
    /// Treatments after which the value is safe here.
    pub(super) treated: Kills,
    /// What the message says of data that arrives: "becomes part of a query".
    pub(super) becomes: &'q str,
    /// What is said of a use that holds.
    pub(super) fine: &'q str,
}

/// What a use is to a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relevance {
    /// Not its question.
    None,
    /// Only counts if data of a request reaches it: it may be something else.
    IfReached,
    /// Holds if it is made of constants, unknown if it cannot be told.
    Full,
}

/// Answers for each use in shipped code on the server.
pub(super) fn ask(
    project: &Project,
    sites: &mut Sites,
    question: &Question<'_>,
    relevance: impl Fn(&Use) -> Relevance,
) {
    for found in project.flows().of(question.meanings) {
        let location = found.location(project);
        let file = project.file(location.file);
        if !file.is_shipped() || file.runtime == Runtime::Browser {
            continue;
        }
        let relevance = relevance(found);
        if relevance == Relevance::None {
            continue;
        }
        match found.judge(question.treated, &[Origin::Request]) {
            Judgement::Reached(flow) => {
                let others = found.reaching(question.treated, &[Origin::Request]).skip(1);
                let mut draft = report(project, sites, found, flow, question.becomes);
                // Right where a backslash means nothing between quotes; MySQL reads `\'` as a quote.
                let mut reaching = found.reaching(question.treated, &[Origin::Request]);
                let is_escaped = |flow: &Flow| flow.kills.all(Kills::DOUBLED | Kills::QUOTED);
                if question.treated.any(Kills::SQL) && reaching.all(is_escaped) {
                    draft = draft.severity(Severity::Medium);
                }
                for step in others.filter_map(|other| other.steps.last()) {
                    draft = draft.because(step.location, "comes from the request as well");
                }
            }
            Judgement::Clean(why) if relevance == Relevance::Full => {
                sites.holds(location, subject(project, found), format!("{}: {why}", question.fine));
            }
            Judgement::Unknown(_) if relevance == Relevance::Full && found.is_text => {
                let reason = "it is put together from values whose origin was not seen";
                sites.unknown(location, subject(project, found), reason);
            }
            Judgement::Clean(_) | Judgement::Unknown(_) => {}
        }
    }
}

/// A gap with the way that the value takes.
pub(super) fn report<'s>(
    project: &'s Project,
    sites: &'s mut Sites,
    found: &Use,
    flow: &Flow,
    becomes: &str,
) -> Draft<'s, OfGap> {
    let message = match source_of(project, flow) {
        Some(source) => format!("`{source}` from the request {becomes}"),
        None => format!("data of the request {becomes}"),
    };
    let mut draft = sites.gap(found.location(project), subject(project, found), message);
    if flow.kills.any(Kills::DOUBTFUL) {
        draft = draft.confidence(Confidence::Heuristic);
    }
    for step in &flow.steps {
        draft = draft.because(step.location, &step.note);
    }
    draft
}

/// How the program writes the source, if that is short.
pub(super) fn source_of<'p>(project: &'p Project, flow: &Flow) -> Option<&'p str> {
    const LENGTH_MAX: usize = 60;

    let first = flow.steps.first()?;
    let text = project.file(first.location.file).slice(first.location.span);
    let is_plain = text.len() <= LENGTH_MAX && !text.contains(['\n', '`']);
    is_plain.then_some(text)
}

/// What the use is called in a report.
pub(super) fn subject(project: &Project, found: &Use) -> String {
    match found.call(project) {
        Some(call) => callee(call),
        None => project.symbol_at(found.location(project)),
    }
}

fn callee(call: Call<'_>) -> String {
    let source = call.callee_value().source();
    if source.len() <= 60 && !source.contains('\n') {
        source.to_owned()
    } else {
        call.name().to_owned()
    }
}
