//! Middleware that a module applies: `consumer.apply(SignedIn).exclude("health").forRoutes("*")`.

use super::{
    super::{Candidate, Scope, What, express::join_paths, hono::covers, script::first_line},
    Application,
    application::class_of,
};
use crate::{
    facts::Text,
    project::{Call, ClassRef, Value, guards::Mode},
};

/// Middleware with the routes that it is for.
pub(super) struct Applied<'p> {
    guards: Vec<Value<'p>>,
    included: Vec<Target>,
    excluded: Vec<Target>,
}

/// Which routes are meant.
enum Target {
    Path { method: Option<Text>, path: Text },
    Controller(ClassRef),
}

impl<'p> Applied<'p> {
    pub(super) fn read(call: Call<'p>) -> Option<Self> {
        let mut applied =
            Self { guards: Vec::new(), included: targets(call), excluded: Vec::new() };
        let mut link = call.receiver()?.as_call()?;
        while link.name() == "exclude" {
            applied.excluded.extend(targets(link));
            link = link.receiver()?.as_call()?;
        }
        applied.guards = link.positional().collect();
        (link.name() == "apply").then_some(applied)
    }
}

impl Application<'_> {
    /// The middleware that runs for a path of a controller.
    pub(super) fn middleware(
        &self,
        controller: ClassRef,
        method: &str,
        path: &str,
    ) -> Vec<Candidate> {
        let path = join_paths("", path);
        let means = |target: &Target| match target {
            Target::Controller(class) => *class == controller,
            Target::Path { method: wanted, path: pattern } => {
                wanted.as_deref().is_none_or(|wanted| wanted == method || method == "ANY")
                    && covers(pattern, &path)
            }
        };
        self.applied
            .iter()
            .filter(|applied| applied.included.iter().any(means))
            .filter(|applied| !applied.excluded.iter().any(means))
            .flat_map(|applied| &applied.guards)
            .map(|guard| Candidate {
                what: What::Expression(guard.at),
                name: first_line(guard.source()).into(),
                location: guard.location(),
                scope: Scope::Global,
                mode: Mode::Middleware,
            })
            .collect()
    }
}

fn targets(call: Call<'_>) -> Vec<Target> {
    call.positional().filter_map(target).collect()
}

fn target(value: Value<'_>) -> Option<Target> {
    if let Some(class) = class_of(value) {
        return Some(Target::Controller(class));
    }
    let method = value.entry("method").given().map(|method| {
        let name = method.source().rsplit('.').next().unwrap_or_default();
        Text::from(name)
    });
    let path = value.entry("path").given().unwrap_or(value).text()?;
    // `(.*)` and `{*rest}` stand for all that follows.
    let path = path.replace("(.*)", "*");
    let path = match path.find("{*") {
        Some(at) => format!("{}*", &path[..at]),
        None => path,
    };
    let method = method.filter(|method| method != "ALL");
    Some(Target::Path { method, path: join_paths("", &path) })
}
