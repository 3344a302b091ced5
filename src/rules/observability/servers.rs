//! Is there a server, and who starts it?

use crate::{
    facts::{Runtime, vocabulary::Meaning},
    project::{Call, Location, Project, Route, routes::RouteKind},
};

/// A process that waits for requests: where it is built, or the first thing that answers in it.
pub(super) fn server(project: &Project) -> Option<Location> {
    let is_ours = |location: Location| {
        let file = project.file(location.file);
        file.is_shipped()
            && !matches!(file.runtime, Runtime::Browser | Runtime::Edge | Runtime::Cli)
    };
    let built = project
        .calls_with(Meaning::WebApplication)
        .filter(|call| !call.name().contains("outer") && !call.name().contains("lueprint"))
        .map(Call::location)
        .find(|&at| is_ours(at));
    built.or_else(|| {
        let answers = |kind: RouteKind| {
            matches!(kind, RouteKind::Http | RouteKind::Rpc | RouteKind::GraphQl | RouteKind::Grpc)
        };
        let routes = project.routes().iter().filter(|route| answers(route.kind));
        // What a document declares is answered where its handler stands.
        let answers_at = |route: &Route| match route.handler {
            Some(handler) if !project.file(route.location.file).language.is_code() => {
                project.body(handler).location()
            }
            _ => route.location,
        };
        routes.map(answers_at).find(|&at| is_ours(at))
    })
}

/// A platform starts the code for each request and watches it: nothing stays up to be asked how it is.
pub(super) fn is_serverless(project: &Project) -> bool {
    const FILES: [&str; 8] = [
        "vercel.json",
        "netlify.toml",
        "serverless.yml",
        "serverless.yaml",
        "wrangler.toml",
        "wrangler.jsonc",
        "template.yaml",
        "firebase.json",
    ];
    let names = project.names();
    let has = |wanted: &str| names.iter().any(|name| name.rsplit('/').next() == Some(wanted));
    FILES.iter().any(|file| has(file)) && project.manifests().containers.is_empty()
}
