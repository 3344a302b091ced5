//! A router of h3 behind one file: `export default useBase("/api", router.handler)`.

use crate::{
    facts::Text,
    project::{
        Call, Origin, Value,
        routes::{Candidate, Handler, exported::innermost, express::join_paths},
    },
};

/// The methods that a router registers, by its own names for them.
const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("use", "ANY"),
];

/// One registration on a router.
pub(super) struct Registered<'p> {
    pub(super) call: Call<'p>,
    pub(super) method: Text,
    pub(super) path: Text,
    pub(super) handler: Handler,
    pub(super) chain: Vec<Candidate>,
}

/// What is registered on the router that a file hands its requests to.
pub(super) fn registered(exported: Value<'_>) -> Option<Vec<Registered<'_>>> {
    let project = exported.project;
    let based = exported.as_call().filter(|call| call.name() == "useBase");
    let base = based.and_then(|call| call.argument(0)?.text()).unwrap_or_default();
    let handed = based.map_or(Some(exported), |call| call.argument(1))?;
    let router = router(handed.object().unwrap_or(handed))?;
    let on_router = project.calls_in(exported.at.file).filter_map(|call| {
        let (_, method) = METHODS.into_iter().find(|(name, _)| *name == call.name())?;
        let own = call.receiver().and_then(self::router)?;
        let path = call.argument(0)?.text().filter(|_| own.at() == router.at())?;
        let (handler, chain) = innermost(project, call.argument(1)?);
        let (method, path) = (method.into(), join_paths(base, path));
        Some(Registered { call, method, path, handler, chain })
    });
    Some(on_router.collect())
}

/// The call that makes the router that a value is.
fn router(value: Value<'_>) -> Option<Call<'_>> {
    let Origin::Created(made) = value.project.origin(value.at) else { return None };
    let call = value.project.call(made)?;
    // `createRouter().get("/x", handler)` is the router again.
    match call.receiver().filter(|_| call.name() != "createRouter") {
        Some(receiver) => router(receiver),
        None => (call.name() == "createRouter").then_some(call),
    }
}
