use super::{
    common::{is_privileged, is_server, subject},
    senders::proves_sender,
};
use crate::{
    facts::vocabulary::Meaning,
    gap::Severity,
    project::{
        Call, FunctionRef, Project, Route,
        routes::{Authentication, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_asked(project, route)) {
        let Some(handler) = route.handler else { continue };
        let Some(call) = privileged_use(project, handler) else { continue };
        let subject = subject(route);
        if route.authentication.holds() {
            sites.holds(route.location, subject, &route.reason);
        } else if matches!(route.authentication, Authentication::Unknown | Authentication::Named) {
            sites.unknown(route.location, subject, &route.reason);
        } else if let Some(fact) = proves_sender(project, handler) {
            sites.holds(route.location, subject, fact);
        } else {
            let writes = project.reaches(handler, |meaning| meaning == Meaning::DatabaseWrite);
            let message = format!(
                "`{subject}` uses the key that goes round every rule of the database, for anybody who calls it"
            );
            let severity = if writes { Severity::Critical } else { Severity::High };
            sites
                .gap(route.location, subject, message)
                .severity(severity)
                .because(call.location(), "row level security does not apply here");
        }
    }
}

/// Functions that are deployed on their own have a rule of their own, and who signs up is not known yet.
fn is_asked(project: &Project, route: &Route) -> bool {
    let is_entry = matches!(
        route.kind,
        RouteKind::Http | RouteKind::Action | RouteKind::Rpc | RouteKind::Webhook
    );
    is_entry && route.public.is_none() && is_server(project, route.location.file)
}

/// The first call on such a client that the handler reaches.
pub(super) fn privileged_use(project: &Project, handler: FunctionRef) -> Option<Call<'_>> {
    let body = project.body(handler);
    let own = body.calls_within().find(|call| is_data(*call) && is_privileged(*call));
    own.or_else(|| {
        body.calls_within()
            .filter_map(Call::callee)
            .flat_map(|callee| callee.calls_within().collect::<Vec<_>>())
            .find(|call| is_data(*call) && is_privileged(*call))
    })
}

fn is_data(call: Call<'_>) -> bool {
    call.name() == "from"
        || call.name() == "rpc"
        || call.means(Meaning::DatabaseRead)
        || call.means(Meaning::DatabaseWrite)
}
