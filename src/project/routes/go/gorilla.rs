//! Routes of gorilla/mux, which are written as chains in any order:
//! `r.Path("/x").Methods("GET").HandlerFunc(f)`.

use super::{super::express::join_paths, frames::Frame, routers::Routers};
use crate::{
    facts::Text,
    project::{Call, Value},
};

/// The links of one chain.
pub(super) struct Chain<'p> {
    /// What the chain starts at.
    pub(super) router: Value<'p>,
    pub(super) path: Text,
    pub(super) methods: Vec<Text>,
    pub(super) handler: Option<Value<'p>>,
    /// The link that names the path or the handler, whichever comes first.
    pub(super) at: Option<Call<'p>>,
}

impl<'p> Chain<'p> {
    /// Reads a chain from its end to its start.
    pub(super) fn of(end: Value<'p>, routers: &Routers<'p>, frame: &Frame<'p>) -> Self {
        let mut chain = Self {
            router: end,
            path: Text::default(),
            methods: Vec::new(),
            handler: None,
            at: None,
        };
        while let Some(call) = chain.router.as_call() {
            let Some(receiver) =
                call.receiver().filter(|receiver| routers.library(*receiver).is_some())
            else {
                break;
            };
            match call.name() {
                "HandleFunc" | "Handle" => {
                    chain.prepend(call, frame);
                    chain.handler = call.argument(1);
                }
                "HandlerFunc" | "Handler" => chain.handler = call.argument(0),
                "Path" | "PathPrefix" => chain.prepend(call, frame),
                "Methods" => {
                    chain
                        .methods
                        .extend(call.positional().filter_map(|method| frame.method_text(method)));
                }
                "Name" | "Queries" | "Headers" | "HeadersRegexp" | "Host" | "Schemes"
                | "MatcherFunc" | "NewRoute" | "StrictSlash" | "SkipClean" | "UseEncodedPath" => {}
                _ => break,
            }
            chain.at = Some(call);
            chain.router = receiver;
        }
        chain
    }

    fn prepend(&mut self, call: Call<'p>, frame: &Frame<'p>) {
        let before = call.argument(0).map(|path| frame.path_text(path)).unwrap_or_default();
        self.path = if self.path.is_empty() { before } else { join_paths(&before, &self.path) };
    }
}
