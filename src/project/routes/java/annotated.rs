//! Annotations that say who may call: which are looked at, and what they demand.

use super::{
    Application, Endpoint,
    annotations::{Annotation, annotations, class_annotations},
};
use crate::{
    facts::Text,
    project::{
        guards::{Assessment, Grade, Mode, Weakness},
        routes::{Candidate, Scope, What},
    },
};

/// What an annotation demands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Nothing,
    Known,
    Role,
    /// Nobody may call.
    Never,
}

impl<'p> Application<'p> {
    /// `@RolesAllowed` and its like, on the method or else on its class.
    pub(super) fn annotated(&self, endpoint: &Endpoint<'p>) -> Vec<Candidate> {
        let of_method: Vec<Candidate> = annotations(endpoint.decorators())
            .filter_map(|annotation| self.assessed(&annotation, endpoint, Scope::Route))
            .collect();
        if !of_method.is_empty() {
            return of_method;
        }
        class_annotations(endpoint.class)
            .iter()
            .filter_map(|annotation| self.assessed(annotation, endpoint, Scope::Class))
            .collect()
    }

    fn assessed(
        &self,
        annotation: &Annotation<'_>,
        endpoint: &Endpoint<'p>,
        scope: Scope,
    ) -> Option<Candidate> {
        let demand = demand(annotation)?;
        let enabled = demand == Demand::Nothing || self.is_looked_at(annotation.name, endpoint);
        let name = annotation.name;
        let (grade, why) = match (demand, enabled) {
            (Demand::Nothing, _) => (Grade::G0, format!("`@{name}` lets everybody pass")),
            (Demand::Never, true) => (Grade::G3, format!("`@{name}` refuses everybody")),
            (_, true) => (Grade::G3, format!("`@{name}` refuses callers who may not")),
            (_, false) => {
                let why = format!("`@{name}` is not looked at: method security is not enabled");
                (Grade::G0, why)
            }
        };
        let location = annotation.value.location();
        let assessment = Assessment {
            grade: Some(grade),
            why,
            decided_at: Some(location),
            role: demand == Demand::Role && enabled,
            weakness: (!enabled).then_some(Weakness::Disabled),
        };
        Some(Candidate {
            what: What::Assessed(assessment),
            name: Text::from(format!("@{name}")),
            location,
            scope,
            mode: Mode::Dependency,
        })
    }

    /// Does whoever calls the method look at this annotation?
    fn is_looked_at(&self, annotation: &str, endpoint: &Endpoint<'p>) -> bool {
        let home = &endpoint.home;
        let switches = &self.security.methods;
        let by_spring = match annotation {
            "PreAuthorize" => switches.expressions,
            "Secured" => switches.secured,
            _ => switches.standard,
        };
        let by_server = match endpoint.framework {
            "micronaut" => self.packages.depend(home, is_micronaut_security),
            "spring" | "spring-graphql" => {
                // Quarkus looks at Spring's annotations by an extension.
                self.packages.depend(home, |name| name == "quarkus-spring-security")
            }
            // A library that serves by itself has to be told.
            "jax-rs" if matches!(annotation, "RolesAllowed" | "DenyAll") => {
                !self.packages.depend(home, is_jersey) || self.resources.looks_at_roles(home)
            }
            _ => true,
        };
        by_spring || by_server
    }
}

/// Micronaut's part that decides who may call.
pub(super) fn is_micronaut_security(artifact: &str) -> bool {
    artifact == "micronaut-security" || artifact.starts_with("micronaut-security-")
}

/// Jersey on its own, or inside a server that is made of it.
fn is_jersey(artifact: &str) -> bool {
    artifact.starts_with("jersey-container-")
        || matches!(artifact, "jersey-server" | "spring-boot-starter-jersey" | "dropwizard-core")
}

fn demand(annotation: &Annotation<'_>) -> Option<Demand> {
    let written = annotation.call.map(|call| call.value().source()).unwrap_or_default();
    let mentions = |words: &[&str]| words.iter().any(|word| written.contains(word));
    let opens = mentions(&["permitAll", "isAnonymous", "IS_ANONYMOUS", "ANONYMOUSLY"]);
    Some(match annotation.name {
        "PermitAll" => Demand::Nothing,
        "DenyAll" => Demand::Never,
        "PreAuthorize" | "Secured" if opens => Demand::Nothing,
        "Secured" if mentions(&["denyAll", "DENY_ALL"]) => Demand::Never,
        "Secured" if mentions(&["isAuthenticated", "IS_AUTHENTICATED"]) => Demand::Known,
        "PreAuthorize" if !written.contains("has") => Demand::Known,
        "Authenticated" => Demand::Known,
        "PreAuthorize" | "Secured" | "RolesAllowed" | "PermissionsAllowed" => Demand::Role,
        _ => return None,
    })
}
