use super::common::{EFFECTS, has_word, is_server, reaches_any, subject};
use crate::{
    facts::{ExpressionKind, vocabulary::Meaning},
    gap::Severity,
    project::{
        Body, Call, FunctionRef, Project, Route, Value,
        routes::{Authentication, RouteKind},
    },
    rules::Sites,
};

pub(super) fn inspect(project: &Project, sites: &mut Sites) {
    for route in project.routes().iter().filter(|route| is_webhook(project, route)) {
        let Some(handler) = route.handler else { continue };
        let subject = subject(route);
        if let Some(fact) = verified(project, handler) {
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

/// A signature, a keyed digest or a shared secret.
fn verified(project: &Project, handler: FunctionRef) -> Option<&'static str> {
    // `export default verifySignature(handler)`.
    let is_wrapped = project.calls_with(Meaning::VerifySignature).any(|call| {
        let given = call.argument(0).and_then(Value::as_function);
        given.is_some_and(|given| given.at == handler)
    });
    if is_wrapped || reaches_any(project, handler, &[Meaning::VerifySignature]) {
        return Some("the signature is verified");
    }
    if reaches_any(project, handler, &[Meaning::ConstantTimeCompare]) {
        return Some("a secret is compared");
    }
    let body = project.body(handler);
    let mut bodies = vec![body];
    bodies.extend(body.calls_within().filter_map(Call::callee));
    let keyed = bodies.iter().any(|body| {
        body.calls_within().any(|call| {
            matches!(call.name(), "createHmac" | "constructEvent" | "constructEventAsync")
                || call.path().starts_with("hmac.")
                || has_word(call.name(), &["signature", "hmac"])
        })
    });
    if keyed {
        return Some("the signature is verified");
    }
    bodies.iter().any(|body| compares_secret(*body)).then_some("a shared secret is compared")
}

/// `authorization !== 'Bearer ' + process.env.CRON_SECRET`.
fn compares_secret(body: Body<'_>) -> bool {
    use crate::{facts::Operator, project::In};

    let span = body.function().span;
    body.unit().facts.expressions().any(|(id, expression)| {
        let is_comparison = matches!(
            &expression.kind,
            ExpressionKind::Operation { operator: Operator::Equal | Operator::NotEqual, .. }
        );
        if !is_comparison || !span.contains(expression.span) {
            return false;
        }
        let value = body.project.value(In { file: body.at.file, id });
        super::common::with_bindings(value).into_iter().any(|part: Value<'_>| {
            let name = super::common::last_name(part)
                .or_else(|| part.as_call().and_then(|call| call.argument(0)).and_then(Value::text));
            name.is_some_and(|name| has_word(name, &["secret", "token", "key", "signature"]))
        })
    })
}

/// Only the number of the event is used, to ask the provider for the rest.
fn asks_again(project: &Project, handler: FunctionRef) -> bool {
    project.body(handler).calls_within().any(|call| call.name() == "retrieve")
}

fn acts(project: &Project, handler: FunctionRef) -> bool {
    reaches_any(project, handler, &EFFECTS) || reaches_any(project, handler, &[Meaning::SqlQuery])
}
