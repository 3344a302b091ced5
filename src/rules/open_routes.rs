//! Ways in that should know who is calling.

use std::collections::BTreeSet;

use super::{Sites, common::operations_of};
use crate::{
    facts::{Text, vocabulary::Meaning},
    gap::{Confidence, Severity},
    project::{
        FunctionRef, Project, Route,
        guards::{Weakness, condition::changes_something, is_guard_word, split_words},
        routes::{Authentication, GuardUse, Mount, RouteKind, Scope},
    },
};

/// It should know who is calling, and does not. Whatever else it should do with that hangs on this.
pub(super) fn is_open(project: &Project, route: &Route) -> bool {
    route.asks_nobody() && needs_authentication(project, route)
}

/// Notes that a way in asks who is calling, or that nobody can say whether it does. What is left for the rule
/// to report is the way in before which nothing was found.
pub(super) fn is_answered(sites: &mut Sites, route: &Route, subject: &str) -> bool {
    let (place, reason) = (route.location, &route.reason);
    if let Some(edge) = &route.edge {
        let site = sites.holds(place, subject, reason).credit(edge.credit);
        if let Some(location) = edge.location {
            site.because(location, "asked here");
        }
        return true;
    }
    match route.authentication {
        Authentication::Proven | Authentication::Library => {
            sites.holds(place, subject, reason);
        }
        Authentication::Checked => {
            sites.holds(place, subject, reason).credit(Confidence::Likely.mass());
        }
        Authentication::Named => {
            let ask = format!("{reason}; declare it under [[guard]] in gapcheck.toml");
            sites.unknown(place, subject, ask);
        }
        Authentication::Unknown => {
            sites.unknown(place, subject, reason);
        }
        Authentication::None => return false,
    }
    true
}

/// The guard before an open route that is there to refuse strangers and does not, and why. What is wrong
/// then is the guard, and not each route.
pub(super) fn failing_guard<'r>(
    project: &Project,
    route: &'r Route,
) -> Option<(&'r GuardUse, Weakness)> {
    if route.kind != RouteKind::Http || !is_open(project, route) {
        return None;
    }
    let weak = route.guards.iter().filter_map(|guard| Some((guard, guard.assessment.weakness?)));
    // A filter of Spring's fills in who is calling; what refuses is the chain.
    let may_refuse = |weakness| route.framework != "spring" || weakness == Weakness::Disabled;
    let meant = weak
        .filter(|(guard, weakness)| may_refuse(*weakness) && is_meant_to_refuse(guard, *weakness));
    meant.min_by_key(|(_, weakness)| match weakness {
        Weakness::FailsOpen => 0,
        Weakness::PresenceOnly => 1,
        Weakness::Disabled => 2,
        Weakness::Greets => 3,
    })
}

/// What only fills in who is calling does what it is for. Whether more was meant, the name says: the body
/// was read already.
fn is_meant_to_refuse(guard: &GuardUse, weakness: Weakness) -> bool {
    /// What begins or ends with these cannot have been meant to let anybody pass.
    const DEMANDING: [&str; 9] = [
        "require",
        "required",
        "requires",
        "ensure",
        "protect",
        "guard",
        "authenticate",
        "authorize",
        "restrict",
    ];
    const WELCOMING: [&str; 26] = [
        "optional",
        "optionally",
        "maybe",
        "try",
        "soft",
        "anonymous",
        "guest",
        "public",
        "load",
        "populate",
        "attach",
        "initialize",
        "limit",
        "limiter",
        "csrf",
        "log",
        "update",
        "set",
        "add",
        "record",
        "refresh",
        "store",
        "parse",
        "extract",
        "context",
        "session",
    ];
    let called = guard.name.split('(').next().unwrap_or_default();
    let words = split_words(called.rsplit(['.', ':']).next().unwrap_or(called));
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let refuses = words.iter().any(|word| is_guard_word(word))
        || has(&["required", "requires", "verify", "validate", "check"]);
    if has(&WELCOMING) {
        return false;
    }
    let by_library = guard.function.is_none();
    match weakness {
        Weakness::Disabled => true,
        Weakness::PresenceOnly if by_library => true,
        Weakness::FailsOpen if guard.scope == Scope::Extractor => {
            refuses || has(&["current", "user"])
        }
        Weakness::FailsOpen | Weakness::PresenceOnly => refuses,
        Weakness::Greets => {
            let demands = |word: &String| DEMANDING.contains(&word.as_str());
            words.first().is_some_and(demands) || words.last().is_some_and(demands)
        }
    }
}

/// Words in a path behind which money, people or the whole system stand.
const PRIVILEGED: [&str; 9] =
    ["admin", "internal", "users", "user", "payments", "payment", "billing", "delete", "export"];

/// How bad it is that anybody may call this.
pub(super) fn severity(route: &Route) -> Severity {
    let path = route.path.to_ascii_lowercase();
    let privileged = path.split(['/', '-', '_']).any(|word| PRIVILEGED.contains(&word));
    match (route.changes_for_strangers(), privileged) {
        (true, true) => Severity::Critical,
        (true, false) | (false, true) => Severity::High,
        (false, false) => Severity::Medium,
    }
}

/// How sure, by whether it was seen that the route is served.
pub(super) fn confidence(route: &Route) -> Confidence {
    match route.mount {
        Mount::Resolved => Confidence::Likely,
        Mount::Partial | Mount::Dynamic(_) => Confidence::Heuristic,
    }
}

/// Server actions and functions that are deployed on their own have rules of their own; so has what is public by its
/// purpose.
pub(super) fn needs_authentication(project: &Project, route: &Route) -> bool {
    let is_request = matches!(
        route.kind,
        RouteKind::Http | RouteKind::Rpc | RouteKind::GraphQl | RouteKind::Grpc | RouteKind::Tool
    );
    is_request
        && route.ships(project)
        && route.public.is_none()
        && (route.changes_for_strangers() || is_private(project, route))
}

/// A read is private when its handler touches files, a model or money, or stored data that is somebody's.
fn is_private(project: &Project, route: &Route) -> bool {
    let Some(handler) = route.handler else { return false };
    if greets_strangers(route) {
        return false;
    }
    let touches = |meaning: Meaning| {
        matches!(
            meaning,
            Meaning::DatabaseWrite
                | Meaning::FileRead
                | Meaning::FileWrite
                | Meaning::FileDelete
                | Meaning::ModelCall
                | Meaning::Payment
                | Meaning::SendMail
        )
    };
    let reads = |meaning: Meaning| {
        matches!(meaning, Meaning::DatabaseRead | Meaning::SqlQuery | Meaning::DocumentQuery)
    };
    // What it does for those it knows, no stranger gets.
    let is_open = |meaning| !(route.changes_for_known && changes_something(meaning));
    project.reaches(handler, |meaning| touches(meaning) && is_open(meaning))
        || project.reaches(handler, reads)
            && !reads_catalogue(project, route)
            && !reads_what_is_shown(project, handler)
}

/// Is all that a handler reads shown to strangers on purpose elsewhere?
fn reads_what_is_shown(project: &Project, handler: FunctionRef) -> bool {
    let read = entities_read(project, handler);
    let greeting = project.routes().iter().filter(|route| greets_strangers(route));
    let shown: BTreeSet<Text> = greeting
        .filter(|route| !route.mutates)
        .filter_map(|route| route.handler)
        .flat_map(|handler| entities_read(project, handler))
        .collect();
    !read.is_empty() && read.is_subset(&shown)
}

fn entities_read(project: &Project, handler: FunctionRef) -> BTreeSet<Text> {
    operations_of(project, handler).map(|operation| operation.entity).collect()
}

/// A read that asks who is calling and answers everybody was meant to be open: the caller's name only
/// adds to the answer.
fn greets_strangers(route: &Route) -> bool {
    let asks = |guard: &GuardUse| {
        let goes_on =
            matches!(guard.assessment.weakness, Some(Weakness::Greets | Weakness::FailsOpen));
        let says_so = || {
            let words = split_words(&guard.name);
            words.iter().any(|word| matches!(word.as_str(), "optional" | "maybe"))
        };
        guard.scope == Scope::Extractor && goes_on || guard.scope == Scope::Route && says_so()
    };
    route.guards.iter().any(asks)
}

/// Does the path name something that is stored, belongs to nobody and has no sensitive column?
fn reads_catalogue(project: &Project, route: &Route) -> bool {
    let named = route
        .path
        .split(['/', '.', ' '])
        .filter(|segment| !segment.starts_with([':', '{', '<', '[']));
    let mut entities = named.filter_map(|segment| {
        let singular = segment.strip_suffix('s').unwrap_or(segment);
        project.entities().get(segment).or_else(|| project.entities().get(singular))
    });
    entities.next_back().is_some_and(|entity| {
        !entity.is_owned() && !entity.is_person() && entity.sensitive_columns().next().is_none()
    })
}
