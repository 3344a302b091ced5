use super::{
    common::{EFFECTS, has_word, is_server, last_name, reaches_any, subject},
    senders::proves_sender,
};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    gap::Severity,
    project::{
        Body, FunctionRef, Project, Route,
        routes::{Authentication, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_webhook(project, route)) {
        let Some(handler) = route.handler else { continue };
        let subject = subject(route);
        if let Some(fact) = proves_sender(project, handler) {
            sites.holds(route.location, subject, fact);
        } else if matches!(route.authentication, Authentication::Proven | Authentication::Library) {
            sites.holds(route.location, subject, &route.reason);
        } else if asks_again(project, handler) {
            sites
                .holds(route.location, subject, "the event is fetched again from whoever sent it")
                .credit(0.8);
        } else if acts(project, handler) {
            let message = format!("`{subject}` acts on events that anybody can send");
            let grave = [
                "payment",
                "order",
                "subscription",
                "credit",
                "credits",
                "plan",
                "checkout",
                "stripe",
            ];
            let source = project.file(handler.file).slice(project.body(handler).function().span);
            let severity =
                if has_word(source, &grave) { Severity::Critical } else { Severity::High };
            sites
                .gap(route.location, subject, message)
                .severity(severity)
                .because(project.body(handler).location(), "no signature or secret is checked");
        }
    }
}

fn is_webhook(project: &Project, route: &Route) -> bool {
    let is_entry = matches!(route.kind, RouteKind::Http | RouteKind::Webhook | RouteKind::Edge);
    let by_purpose =
        matches!(route.public, Some("webhook" | "cron")) || route.kind == RouteKind::Webhook;
    let by_event = route.is_written_to()
        && route.handler.is_some_and(|handler| reads_event(project.body(handler)));
    let takes_events = route.is_written_to() || route.public == Some("cron");
    is_entry && takes_events && (by_purpose || by_event) && is_server(project, route.location.file)
}

/// Types of events that providers send.
fn reads_event(body: Body<'_>) -> bool {
    let span = body.function().span;
    body.unit().facts.expressions().any(|(_, expression)| {
        span.contains(expression.span)
            && matches!(&expression.kind, ExpressionKind::Text(text) if matches!(text.as_str(), "checkout.session.completed" | "invoice.paid" | "invoice.payment_succeeded" | "customer.subscription.deleted" | "customer.subscription.updated" | "payment_intent.succeeded" | "user.created" | "url_verification" | "x-github-event" | "X-GitHub-Event"))
    })
}

/// Only the number of the event is used, to ask the provider for the rest: `stripe.events.retrieve(event.id)`. What
/// is asked for beside the event leaves the event itself what anybody sent.
fn asks_again(project: &Project, handler: FunctionRef) -> bool {
    const EVENTS: [&str; 6] = ["event", "events", "body", "payload", "notification", "data"];
    project.body(handler).calls_within().any(|call| {
        let of_events =
            call.receiver().and_then(last_name).is_some_and(|name| EVENTS.contains(&name));
        let by_event = call.argument(0).is_some_and(|value| {
            let parent = value.object().and_then(last_name);
            last_name(value) == Some("id") && parent.is_some_and(|name| EVENTS.contains(&name))
        });
        call.name() == "retrieve" && (of_events || by_event)
    })
}

fn acts(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &EFFECTS) || reaches_any(project, handler, &[Meaning::SqlQuery])
}
