//! Amazon's load balancers and gateways, as Terraform describes them.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html>

use super::{
    Asks, Exposure, Layer, PARTIAL, Target,
    pattern::Pattern,
    terraform::{Resource, Resources, text, texts},
};
use crate::project::terraform::Block;

pub(super) fn read(resources: &Resources, exposures: &mut Vec<Exposure>) {
    for listener in resources.of_kinds(&["aws_lb_listener", "aws_alb_listener"]) {
        exposures.extend(forwarded(
            listener,
            "default_action",
            listener.label(),
            vec![Pattern::all()],
        ));
    }
    for rule in resources.of_kinds(&["aws_lb_listener_rule", "aws_alb_listener_rule"]) {
        let listener = rule.text("listener_arn").split('.').nth(1).unwrap_or_default();
        let paths =
            rule.block.inner("condition").flat_map(|condition| condition.inner("path_pattern"));
        let patterns: Vec<Pattern> = paths
            .flat_map(|paths| texts(paths, "values"))
            .map(|path| Pattern::written(path).unwrap_or_else(Pattern::all))
            .collect();
        let patterns = if patterns.is_empty() { vec![Pattern::all()] } else { patterns };
        exposures.extend(forwarded(rule, "action", listener, patterns));
    }
    for route in resources.of_kinds(&["aws_apigatewayv2_route"]) {
        exposures.extend(gateway_route(route));
    }
}

/// The actions of one listener or rule, if it forwards: to ask is an action of its own before.
fn forwarded(
    resource: &Resource,
    action: &str,
    host: &str,
    patterns: Vec<Pattern>,
) -> Vec<Exposure> {
    let actions: Vec<&Block> = resource.block.inner(action).collect();
    let Some(forward) = actions.iter().find(|action| text(action, "type") == "forward") else {
        return Vec::new();
    };
    let asks = actions.iter().find_map(|action| {
        let kind = text(action, "type");
        let inner = kind.replace('-', "_");
        let lets_pass = action
            .inner(&inner)
            .any(|settings| text(settings, "on_unauthenticated_request") == "allow");
        (kind.starts_with("authenticate-") && !lets_pass)
            .then(|| Asks::Caller { by: kind.into(), credit: PARTIAL })
    });
    let group = forward.value("target_group_arn").split('.').nth(1).unwrap_or("target");
    let layer = Layer::Door(format!("listener {host}").into());
    let exposure = Exposure::new(
        resource.title(),
        resource.location(),
        Target::named(group),
        layer,
        asks.unwrap_or(Asks::Nobody),
    );
    patterns.into_iter().map(|pattern| exposure.clone().below(pattern)).collect()
}

/// `route_key = "GET /orders"` with the authorizer that the gateway asks.
fn gateway_route(route: &Resource) -> Option<Exposure> {
    let key = route.text("route_key");
    let pattern = match key.split_once(' ') {
        Some((method, path)) => Pattern::written(path)?.by(method),
        None => Pattern::all(),
    };
    let asks = match route.text("authorization_type") {
        "" | "NONE" => Asks::Nobody,
        kind => Asks::Caller { by: kind.into(), credit: PARTIAL },
    };
    let gateway = route.text("api_id").split('.').nth(1).unwrap_or("gateway");
    let layer = Layer::Door(format!("gateway {gateway}").into());
    let (title, location) = (route.title(), route.location());
    Some(Exposure::new(title, location, Target::named(gateway), layer, asks).below(pattern))
}
