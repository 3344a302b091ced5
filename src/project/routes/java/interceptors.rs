//! Interceptors of Spring MVC: before which paths a configuration puts them.

use super::{
    Application, Endpoint,
    filters::{texts, unplaced},
    package_folder,
    patterns::any_covers,
};
use crate::{
    facts::Text,
    project::{
        Body, Call, Definition, Location, Type,
        guards::Mode,
        routes::{Candidate, Scope, What},
    },
};

/// An interceptor and the paths that it stands before.
pub(super) struct Interceptor<'p> {
    class: Type<'p>,
    /// None: all.
    included: Vec<Text>,
    excluded: Vec<Text>,
    at: Location,
}

/// All that `addInterceptors` methods add.
pub(super) fn interceptors<'p>(classes: &[Type<'p>]) -> Vec<Interceptor<'p>> {
    let configuring = classes.iter().filter_map(|class| class.method("addInterceptors"));
    configuring.flat_map(Body::calls_within).filter_map(added).collect()
}

/// `registry.addInterceptor(new SignedIn()).addPathPatterns("/api/**").excludePathPatterns("/api/login")`
fn added(call: Call<'_>) -> Option<Interceptor<'_>> {
    let given = call.argument(0).filter(|_| call.name() == "addInterceptor")?;
    let class = match given.resolve() {
        Definition::Instance(class) | Definition::Class(class) => call.project.class(class),
        _ => return None,
    };
    let mut interceptor =
        Interceptor { class, included: Vec::new(), excluded: Vec::new(), at: given.location() };
    let mut inner = call;
    for link in call.enclosing_calls() {
        let continues = link.receiver().is_some_and(|before| before.at == inner.value().at);
        if !continues {
            break;
        }
        let patterns = link.positional().flat_map(texts);
        match link.name() {
            "addPathPatterns" => interceptor.included.extend(patterns),
            "excludePathPatterns" => interceptor.excluded.extend(patterns),
            _ => {}
        }
        inner = link;
    }
    Some(interceptor)
}

impl Interceptor<'_> {
    /// Does it stand before a path? Nothing where that is not known.
    fn covers(&self, path: &str) -> Option<bool> {
        let is_included =
            if self.included.is_empty() { Some(true) } else { any_covers(&self.included, path) };
        match (is_included, any_covers(&self.excluded, path)) {
            (Some(false), _) | (_, Some(true)) => Some(false),
            (Some(true), Some(false)) => Some(true),
            _ => None,
        }
    }
}

impl<'p> Application<'p> {
    /// What stands before an endpoint once it is known which method answers.
    pub(super) fn intercepting(&self, endpoint: &Endpoint<'p>) -> Vec<Candidate> {
        let is_controller = endpoint.framework == "spring";
        let ours = self.interceptors.iter().filter(|one| {
            is_controller && package_folder(self.project, one.class.at.file) == endpoint.home
        });
        ours.filter_map(|one| {
            let deciding = one.class.method("preHandle")?;
            match one.covers(&endpoint.seen_path) {
                Some(false) => None,
                None => Some(unplaced(one.class, one.at)),
                Some(true) => Some(Candidate {
                    what: What::Definition(Definition::Function(deciding.at)),
                    name: one.class.name().into(),
                    location: one.at,
                    scope: Scope::Global,
                    mode: Mode::Truth,
                }),
            }
        })
        .collect()
    }
}
