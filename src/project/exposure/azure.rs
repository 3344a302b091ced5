//! Azure: sign-in before web and function applications, and the roles of static web apps.
//!
//! <https://learn.microsoft.com/azure/app-service/overview-authentication-authorization>,
//! <https://learn.microsoft.com/azure/static-web-apps/configuration>

use super::{
    Asks, ENFORCED, Exposure, Layer, Target, is_deployed,
    pattern::Pattern,
    terraform::{Resource, Resources, text, texts},
};
use crate::{
    facts::{Document, Node, Text},
    project::{Location, Project},
};

const APPLICATIONS: [&str; 4] = [
    "azurerm_linux_function_app",
    "azurerm_linux_web_app",
    "azurerm_windows_function_app",
    "azurerm_windows_web_app",
];

pub(super) fn read(resources: &Resources, exposures: &mut Vec<Exposure>) {
    for application in resources.of_kinds(&APPLICATIONS) {
        exposures.extend(signed_in(application));
    }
}

/// `auth_settings_v2 { require_authentication = true }`
fn signed_in(application: &Resource) -> Vec<Exposure> {
    let Some(settings) = application.block.inner("auth_settings_v2").next() else {
        return Vec::new();
    };
    let is_on = text(settings, "auth_enabled") == "true"
        && text(settings, "require_authentication") == "true";
    let lets_pass = text(settings, "unauthenticated_action") == "AllowAnonymous";
    let asks = match (is_on, lets_pass) {
        (true, false) => Asks::Caller { by: "auth_settings_v2".into(), credit: ENFORCED },
        (_, true) => Asks::Everybody,
        (false, false) => return Vec::new(),
    };
    let names = [application.text("name"), application.label()].map(Text::from);
    let layer = Layer::Wall("azure".into());
    let location = Location { span: settings.span, ..application.location() };
    let target = Target::Named(names.to_vec());
    let exposure = Exposure::new(application.title(), location, target, layer, asks);
    let open = Exposure { asks: Asks::Nobody, ..exposure.clone() };
    let left_out = texts(settings, "excluded_paths")
        .map(|path| open.clone().below(Pattern::written(path).unwrap_or_else(Pattern::all)));
    std::iter::once(exposure).chain(left_out).collect()
}

/// `staticwebapp.config.json`: the first of its rules that matches decides, and without one everybody may come in.
pub(super) fn static_web_apps(project: &Project, exposures: &mut Vec<Exposure>) {
    for (file, unit) in project.units() {
        if unit.file.name() != "staticwebapp.config.json" || !is_deployed(&unit.file) {
            continue;
        }
        let Some(Document::Tree(roots)) = &unit.facts.document else { continue };
        let rules = roots.first().and_then(|root| root.get("routes"));
        let layer = Layer::Door(unit.file.path.as_ref().into());
        let mut seen: Vec<Pattern> = Vec::new();
        for rule in rules.map(Node::items).unwrap_or_default() {
            let Some(pattern) = rule.text_at("route").and_then(Pattern::written) else { continue };
            let roles = rule.get("allowedRoles").map(Node::items).unwrap_or_default();
            let is_for_all =
                roles.is_empty() || roles.iter().any(|role| role.text() == Some("anonymous"));
            let asks = if is_for_all {
                Asks::Nobody
            } else {
                Asks::Caller { by: "allowedRoles".into(), credit: ENFORCED }
            };
            let exposure = Exposure::new(
                "static web app".into(),
                project.location(file, rule.span),
                // Its pages and its functions lie in folders of their own.
                Target::named("static-web-app"),
                layer.clone(),
                asks,
            );
            let methods: Vec<&str> = rule
                .get("methods")
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(Node::text)
                .collect();
            let methods = if methods.is_empty() { vec!["*"] } else { methods };
            for method in methods {
                let pattern = pattern.clone().by(method);
                // An earlier rule for the same requests has decided already.
                if !seen.iter().any(|earlier| earlier.is_all() || *earlier == pattern) {
                    exposures.push(exposure.clone().below(pattern.clone()));
                    seen.push(pattern);
                }
            }
        }
    }
}
