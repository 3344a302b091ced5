use crate::{
    facts::vocabulary::Meaning,
    gap::{Confidence, Severity},
    project::{Body, Project},
    rules::{Sites, stubs},
};

/// Words in a name that promise an effect, each with whether a fake of it is dangerous.
const PROMISES: [(&str, bool); 22] = [
    ("charge", true),
    ("pay", true),
    ("payment", true),
    ("checkout", true),
    ("refund", true),
    ("send", false),
    ("notify", false),
    ("upload", false),
    ("verify", true),
    ("encrypt", true),
    ("decrypt", true),
    ("hash", true),
    ("login", true),
    ("register", true),
    ("authenticate", true),
    ("authorize", true),
    ("validate", false),
    ("save", false),
    ("publish", false),
    ("sync", false),
    ("process", false),
    ("delete", false),
];

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for body in project.functions().filter(|body| is_asked(*body)) {
        judge(body, sites);
    }
}

fn is_asked(body: Body<'_>) -> bool {
    !body.is_top_level() && body.unit().file.is_shipped() && !body.function().name.is_empty()
}

fn judge(body: Body<'_>, sites: &mut Sites) {
    let name = body.name();
    let words = stubs::words(&body.function().name);
    let promise = PROMISES.iter().find(|(promise, _)| words.iter().any(|word| word == promise));
    let missing = body.calls().find(|call| call.means(Meaning::NotImplemented));
    if let Some(call) = missing.filter(|_| !is_abstract(body)) {
        sites
            .gap(call.location(), &*name, format!("`{name}` is not written yet"))
            .severity(severity(promise));
        return;
    }
    let Some(admitted) = stubs::admission(body) else {
        if promise.is_some() && stubs::does_anything(body) {
            sites.holds(body.location(), &*name, "it does something");
        }
        return;
    };
    let fixed = stubs::fixed_answer(body).map(|value| value.location());
    let second = fixed
        .or_else(|| stubs::assumed_success(body, admitted))
        .or_else(|| stubs::waits(body).then(|| body.location()));
    let message = format!("`{name}` only pretends to do its work, by its own words");
    match (second, promise) {
        (Some(second), _) => {
            sites
                .gap(admitted, &*name, message)
                .severity(severity(promise))
                .because(second, "the answer does not depend on the work");
        }
        (None, Some((_, true))) => {
            sites.gap(admitted, &*name, message).confidence(Confidence::Heuristic);
        }
        (None, _) => {}
    }
}

fn severity(promise: Option<&(&str, bool)>) -> Severity {
    match promise {
        Some((_, true)) => Severity::High,
        _ => Severity::Medium,
    }
}

/// A method that subclasses fill in.
fn is_abstract(body: Body<'_>) -> bool {
    let by_decorator = body.decorators().any(|decorator| decorator.source().contains("abstract"));
    let by_class = body.class().is_some_and(|class| {
        let name = class.name();
        let is_base = ["Base", "Abstract", "Interface", "Mixin", "Protocol"];
        is_base.iter().any(|word| name.contains(word))
            || class.class().bases.iter().any(|&base| {
                let facts = body.project.facts(class.at.file);
                matches!(facts.last_segment(base), Some("ABC" | "Protocol"))
            })
    });
    // All that a method of a class does is refuse: others override it.
    let only_refuses = body.class().is_some() && body.function().body.len() <= 2;
    by_decorator || by_class || only_refuses
}
