//! What is written to a record: fields that the program names, and objects that it hands on as they are.

use super::{
    calls::Given,
    held::{Held, Parts},
    sinks::{Role, Sink},
    trace::add_traces,
};
use crate::{facts::vocabulary::Meaning, project::entities::is_role};

/// Where an object of options keeps the record.
const DATA: [&str; 8] = ["data", "create", "update", "values", "defaults", "set", "$set", "doc"];

/// The objects among the arguments that are written with whatever fields they have.
pub(super) fn whole(receiver: Option<&Held>, given: &[Given]) -> Option<Held> {
    let mut all = Held::default();
    if given.is_empty() {
        all.traces.clone_from(&receiver?.traces);
    }
    // What is handed over under a name is one field.
    for given in given.iter().filter(|given| given.name.is_none() || given.spread) {
        absorb_whole(&mut all, &given.held);
    }
    Some(all)
}

/// What a write sees of what a caller hands to the function around it: an object as it came, and not the fields
/// that the caller has set in it.
pub(super) fn seen_by(sink: &Sink, held: Held) -> Held {
    if sink.meaning != Meaning::DatabaseWrite || sink.role != Role::Subject {
        return held;
    }
    let mut all = Held::default();
    absorb_whole(&mut all, &held);
    all
}

pub(super) fn absorb_whole(all: &mut Held, held: &Held) {
    match held.parts.as_deref() {
        Some(Parts::Items(items)) => items.iter().for_each(|item| absorb_whole(all, item)),
        Some(Parts::Fields(fields)) => {
            let data = DATA.iter().filter_map(|&name| fields.get(name));
            data.for_each(|held| absorb_whole(all, held));
        }
        None => {}
    }
    add_traces(&mut all.traces, &held.traces);
}

/// The fields among the arguments, or of the record that writes itself, that decide what somebody may do.
pub(super) fn privileges(receiver: Option<&Held>, given: &[Given]) -> Option<Held> {
    let mut all = Held::default();
    let own = receiver.filter(|_| given.is_empty());
    for held in own.into_iter().chain(given.iter().map(|given| &given.held)) {
        absorb_privileges(&mut all, held);
    }
    for given in given.iter().filter(|given| given.name.as_deref().is_some_and(is_role)) {
        add_traces(&mut all.traces, &given.held.all_traces());
    }
    (!all.traces.is_empty()).then_some(all)
}

fn absorb_privileges(all: &mut Held, held: &Held) {
    match held.parts.as_deref() {
        Some(Parts::Items(items)) => items.iter().for_each(|item| absorb_privileges(all, item)),
        Some(Parts::Fields(fields)) => {
            for (name, field) in fields {
                if is_role(name) {
                    add_traces(&mut all.traces, &field.all_traces());
                } else if DATA.contains(&name.as_str()) {
                    absorb_privileges(all, field);
                }
            }
        }
        None => {}
    }
}
