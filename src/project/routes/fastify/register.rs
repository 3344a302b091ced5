//! Plugins that are registered, and the routes in them.

use super::{
    super::{
        Candidate, Draft, Handler, Mount, Root, RouteKind, Scope, What,
        express::join_paths,
        script::{is_loaded, made_by, path_of},
    },
    Child, Event, Instances, Owner, Reading, Way,
    hooks::HOOKS,
    order::{Order, Timed},
};
use crate::{
    facts::Text,
    project::{Call, Value, guards::Mode},
};

/// What wraps a plugin that shares the instance of whoever registers it.
const LIFTS: &str = "fastify-plugin";

/// A plugin of the project.
#[derive(Clone, Copy)]
pub(super) struct Plugin {
    pub(super) owner: Owner,
    /// It has no instance of its own.
    pub(super) is_lifted: bool,
}

impl<'p> Instances<'p> {
    /// `app.register(plugin, { prefix: "/v1" })`.
    pub(super) fn register(&self, call: Call<'p>, at: &Order, reading: &mut Reading<'p>) {
        let Some(value) = call.argument(0) else { return };
        if matches!(&*value.path(), "@fastify/autoload" | "fastify-autoload") {
            return self.load_folder(call, at, reading);
        }
        if let Some(plugin) = Self::plugin(value) {
            let prefix = match call.argument(1).map(|options| options.entry("prefix").given()) {
                Some(Some(prefix)) => prefix.text().map_or("/:?".into(), Text::from),
                _ => Text::default(),
            };
            return self.hang(plugin, prefix, Vec::new(), at, reading);
        }
        if is_loaded(value) {
            reading.events.push(Timed { order: at.clone(), event: Event::Load(call) });
        } else if let Some(guard) = self.library(call) {
            reading.events.push(Timed { order: at.loaded(), event: Event::Guard(guard) });
        }
    }

    /// Runs a lifted plugin on this instance, or hangs another below it.
    pub(super) fn hang(
        &self,
        plugin: Plugin,
        prefix: Text,
        guards: Vec<Candidate>,
        at: &Order,
        reading: &mut Reading<'p>,
    ) {
        if plugin.is_lifted {
            return self.events(plugin.owner, &at.loaded(), reading);
        }
        let child = Child { owner: plugin.owner, prefix, guards };
        reading.events.push(Timed { order: at.clone(), event: Event::Child(child) });
    }

    /// The function of the project that a registered value is.
    pub(super) fn plugin(value: Value<'p>) -> Option<Plugin> {
        if let Some(body) = value.as_function() {
            return Some(Plugin { owner: Owner::Plugin(body.at, 0), is_lifted: false });
        }
        let lifted = made_by(value).filter(|made| made.path().starts_with(LIFTS))?;
        let body = lifted.argument(0)?.as_function()?;
        Some(Plugin { owner: Owner::Plugin(body.at, 0), is_lifted: true })
    }

    /// The routes that one call adds.
    pub(super) fn draft(
        &self,
        call: Call<'p>,
        owner: Owner,
        way: &Way,
        chain: Vec<Candidate>,
        drafts: &mut Vec<Draft>,
    ) {
        let Some(route) = read(call) else { return };
        let mut chain = chain;
        if let Some(options) = route.options {
            for hook in HOOKS {
                if let Some(given) = options.entry(hook).given() {
                    chain.extend(self.guards(given, Scope::Route));
                }
            }
            let schema = options.entry("schema").given();
            if let Some(body) = schema.and_then(|schema| schema.entry("body").given()) {
                chain.push(Candidate {
                    what: What::Schema,
                    name: "schema".into(),
                    location: body.location(),
                    scope: Scope::Route,
                    mode: Mode::Unanswered,
                });
            }
        }
        let is_socket = route.options.is_some_and(|options| {
            options.entry("websocket").given().and_then(Value::boolean) == Some(true)
        });
        let mount = if route.path.is_none() && way.mount == Mount::Resolved {
            Mount::Partial
        } else {
            way.mount.clone()
        };
        let local = route.path.unwrap_or_else(|| "/:?".into());
        for method in route.methods {
            drafts.push(Draft {
                kind: if is_socket { RouteKind::WebSocket } else { RouteKind::Http },
                method,
                path: join_paths(&way.prefix, &local),
                framework: "fastify",
                location: call.location_of_name(),
                handler: Handler::Expression(route.handler.at),
                chain: chain.clone(),
                mount: mount.clone(),
                root: Some(Root::Router(self.place(owner))),
            });
        }
    }

    fn place(&self, owner: Owner) -> crate::project::Location {
        match owner {
            Owner::Application(created) => self.project.value(created).location(),
            Owner::Plugin(function, _) => self.project.body(function).location(),
        }
    }
}

/// A route as it is written.
struct Written<'p> {
    methods: Vec<Text>,
    path: Option<Text>,
    options: Option<Value<'p>>,
    handler: Value<'p>,
}

/// `app.get(path, options, handler)`, `app.route({ method, url, handler })`.
fn read(call: Call<'_>) -> Option<Written<'_>> {
    if call.name() == "route" {
        let options = call.argument(0)?;
        let method = options.entry("method").given()?;
        let methods = method.items().unwrap_or_else(|| vec![method]);
        let path = options.entry("url").given().or_else(|| options.entry("path").given())?;
        return Some(Written {
            methods: methods.into_iter().filter_map(Value::text).map(upper).collect(),
            path: path_of(path),
            options: Some(options),
            handler: options.entry("handler").given()?,
        });
    }
    let path = path_of(call.argument(0)?);
    let second = call.argument(1)?;
    let (options, handler) = match (call.argument(2), second.entry("handler").given()) {
        (Some(handler), _) | (None, Some(handler)) => (Some(second), handler),
        (None, None) => (None, second),
    };
    let method = if call.name() == "all" { "ANY" } else { call.name() };
    Some(Written { methods: vec![upper(method)], path, options, handler })
}

fn upper(method: &str) -> Text {
    method.to_ascii_uppercase().into()
}
