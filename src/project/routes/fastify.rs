//! Fastify: plugins in plugins, each with hooks for its own routes and for those of the plugins below it.
//!
//! Hooks of a plugin apply to all of its own routes, whatever the order. A plugin below takes over the
//! hooks that are there when it is loaded: that is after the code that registers it has run, or where
//! that code waits for it. What `fastify-plugin` wraps belongs to whoever registers it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Candidate, Draft, Mount, express::join_paths, script::imports};
use crate::{
    facts::Text,
    project::{Call, ExpressionRef, FunctionRef, Origin, Project, Value},
};

mod autoload;
mod hooks;
mod order;
mod register;

use order::{Order, Timed};

/// The methods that register a handler.
const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "all"];

/// Methods that answer with the instance they are called on.
const LINKS: [&str; 18] = [
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "all",
    "route",
    "register",
    "addHook",
    "addSchema",
    "decorate",
    "decorateRequest",
    "decorateReply",
    "withTypeProvider",
    "setErrorHandler",
    "after",
];

/// How many plugins deep registrations are followed; deeper ones do not occur and cycles must end.
const DEPTH_MAX: usize = 8;

/// How many calls and names an instance is followed through.
const STEPS_MAX: usize = 64;

/// What is an instance in the code: the call that made the application, or a parameter of a plugin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Application(ExpressionRef),
    Plugin(FunctionRef, u32),
}

/// What happens on an instance.
enum Event<'p> {
    Guard(Candidate),
    Route(Call<'p>),
    Child(Child),
    /// Hangs here what it loads by a computed name.
    Load(Call<'p>),
    /// What was registered up to here is loaded before the code goes on.
    Wait,
}

/// A plugin with hooks of its own.
struct Child {
    owner: Owner,
    prefix: Text,
    /// What a loader adds before it.
    guards: Vec<Candidate>,
}

/// All instances of a project.
struct Instances<'p> {
    project: &'p Project,
    /// The calls made on each.
    calls: BTreeMap<Owner, Vec<Call<'p>>>,
    /// The functions of the project that each is handed to in a plain call.
    handed_to: BTreeMap<Owner, Vec<(Call<'p>, Owner)>>,
    /// What was added to instances under a name: `app.decorate("authenticate", …)`.
    decorations: BTreeMap<Text, Value<'p>>,
}

/// What is being read of one instance.
#[derive(Default)]
struct Reading<'p> {
    events: Vec<Timed<'p>>,
    /// The functions that the reading is in.
    stack: Vec<Owner>,
    /// All that were read.
    reached: BTreeSet<Owner>,
}

/// One way down to a plugin.
struct Way {
    prefix: Text,
    inherited: Vec<Candidate>,
    mount: Mount,
    stack: Vec<Owner>,
}

pub(super) fn routes(project: &Project, drafts: &mut Vec<Draft>) {
    if !imports(project, "fastify") {
        return;
    }
    let instances = Instances::of(project);
    let mut reached = BTreeSet::new();
    let mut loads = Vec::new();
    for owner in instances.calls.keys() {
        if let Owner::Application(_) = owner {
            let way = Way::to(Mount::Resolved);
            instances.visit(*owner, &way, &mut reached, &mut loads, drafts);
        }
    }
    for &owner in instances.calls.keys() {
        let Owner::Plugin(function, 0) = owner else { continue };
        if reached.contains(&owner) || !instances.is_plugin(function) {
            continue;
        }
        let load = loads.iter().find(|load: &&Call<'_>| load.file != function.file);
        let mount = load.map_or(Mount::Partial, |load| {
            let file = &load.source_file().path;
            let line = project.line(load.location());
            Mount::Dynamic(format!(
                "registered by {file}:{line}, which loads files by a computed name"
            ))
        });
        instances.visit(owner, &Way::to(mount), &mut reached, &mut Vec::new(), drafts);
    }
}

fn is_application(path: &str) -> bool {
    matches!(path, "fastify()" | "fastify.fastify()" | "fastify.default()" | "fastify.Fastify()")
}

impl Way {
    fn to(mount: Mount) -> Self {
        Self { prefix: Text::default(), inherited: Vec::new(), mount, stack: Vec::new() }
    }
}

impl<'p> Instances<'p> {
    fn of(project: &'p Project) -> Self {
        let mut found = Self {
            project,
            calls: BTreeMap::new(),
            handed_to: BTreeMap::new(),
            decorations: BTreeMap::new(),
        };
        for call in project.calls().filter(|call| call.source_file().language.is_script()) {
            let name = call.name();
            if !METHODS.contains(&name)
                && !matches!(
                    name,
                    "route" | "register" | "addHook" | "decorate" | "ready" | "after"
                )
            {
                continue;
            }
            let Some(owner) = call.receiver().and_then(|receiver| found.owner(receiver)) else {
                continue;
            };
            if name == "decorate"
                && let (Some(key), Some(value)) =
                    (call.argument(0).and_then(Value::text), call.argument(1))
            {
                found.decorations.insert(key.into(), value);
            }
            found.calls.entry(owner).or_default().push(call);
        }
        found.follow_plain_calls();
        found
    }

    /// `addRoutes(app)`: whoever hands an instance to a function runs what that one does with it.
    fn follow_plain_calls(&mut self) {
        let mut pending: Vec<Owner> = self.calls.keys().copied().collect();
        let mut seen: BTreeSet<Owner> = pending.iter().copied().collect();
        while let Some(owner) = pending.pop() {
            let Owner::Plugin(function, parameter) = owner else { continue };
            for caller in self.project.callers_beside(function) {
                let given = caller.argument(parameter as usize);
                let Some(from) = given.and_then(|given| self.owner(given)) else { continue };
                self.handed_to.entry(from).or_default().push((caller, owner));
                if seen.insert(from) {
                    self.calls.entry(from).or_default();
                    pending.push(from);
                }
            }
        }
    }

    /// The instance that a value is.
    fn owner(&self, value: Value<'p>) -> Option<Owner> {
        let mut value = value.unwrapped();
        for _ in 0..STEPS_MAX {
            let created = match self.project.origin(value.at) {
                Origin::Created(created) => self.project.value(created).unwrapped(),
                Origin::Parameter(function, number) => {
                    return Some(Owner::Plugin(function, number));
                }
                Origin::Unknown => return None,
            };
            if is_application(&created.path()) {
                return Some(Owner::Application(created.at));
            }
            let call = created.as_call().filter(|call| LINKS.contains(&call.name()))?;
            value = call.receiver()?.unwrapped();
        }
        None
    }

    /// A function that nobody was seen to register, but that can only be a plugin.
    fn is_plugin(&self, function: FunctionRef) -> bool {
        let body = self.project.body(function);
        let Some(parameter) = body.function().parameters.first() else { return false };
        let annotation = parameter
            .annotation
            .map(|id| self.project.value(crate::project::In { file: function.file, id }).path());
        annotation.is_some_and(|path| path.contains("fastify"))
            || parameter.name().is_some_and(|name| matches!(name.as_str(), "fastify" | "instance"))
    }

    fn visit(
        &self,
        owner: Owner,
        way: &Way,
        reached: &mut BTreeSet<Owner>,
        loads: &mut Vec<Call<'p>>,
        drafts: &mut Vec<Draft>,
    ) {
        if way.stack.contains(&owner) || way.stack.len() > DEPTH_MAX {
            return;
        }
        let mut stack = way.stack.clone();
        stack.push(owner);
        let mut reading = Reading::default();
        self.events(owner, &Order::default(), &mut reading);
        reached.append(&mut reading.reached);
        let mut events = reading.events;
        events.sort_by(|a, b| a.order.cmp(&b.order));
        let waits: Vec<&Order> = events
            .iter()
            .filter(|timed| matches!(timed.event, Event::Wait))
            .map(|timed| &timed.order)
            .collect();
        let hooks = || {
            events.iter().filter_map(|timed| match &timed.event {
                Event::Guard(guard) => Some((&timed.order, guard)),
                _ => None,
            })
        };
        for timed in &events {
            match &timed.event {
                Event::Guard(_) | Event::Wait => {}
                Event::Load(call) => loads.push(*call),
                Event::Route(call) => {
                    let own = hooks().map(|(_, guard)| guard);
                    let chain = way.inherited.iter().chain(own).cloned().collect();
                    self.draft(*call, owner, way, chain, drafts);
                }
                Event::Child(child) => {
                    let there = hooks().filter(|(at, _)| at.is_there_for(&timed.order, &waits));
                    let own = there.map(|(_, guard)| guard).chain(&child.guards);
                    let inherited = way.inherited.iter().chain(own).cloned().collect();
                    let below = Way {
                        prefix: join_paths(&way.prefix, &child.prefix),
                        inherited,
                        mount: way.mount.clone(),
                        stack: stack.clone(),
                    };
                    self.visit(child.owner, &below, reached, loads, drafts);
                }
            }
        }
    }

    /// What happens on an instance, plain calls and lifted plugins included.
    fn events(&self, owner: Owner, order: &Order, reading: &mut Reading<'p>) {
        if reading.stack.contains(&owner) || reading.stack.len() > DEPTH_MAX {
            return;
        }
        reading.reached.insert(owner);
        reading.stack.push(owner);
        for &call in self.calls.get(&owner).into_iter().flatten() {
            let at = order.then(call.location().span.end);
            match call.name() {
                "addHook" => {
                    let guards = self.added(call).into_iter();
                    reading.events.extend(
                        guards.map(|guard| Timed { order: at.clone(), event: Event::Guard(guard) }),
                    );
                }
                "register" => self.register(call, &at, reading),
                "decorate" | "after" | "ready" => {}
                _ => reading.events.push(Timed { order: at.clone(), event: Event::Route(call) }),
            }
            if call.is_awaited() {
                reading.events.push(Timed { order: at, event: Event::Wait });
            }
        }
        for (call, callee) in self.handed_to.get(&owner).into_iter().flatten() {
            let at = order.then(call.location().span.end);
            self.events(*callee, &at, reading);
        }
        reading.stack.pop();
    }
}
