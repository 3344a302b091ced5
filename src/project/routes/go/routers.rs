//! Which router an expression is, and how routers hang on each other.

use std::collections::BTreeMap;

use super::{
    super::{Candidate, Mount, Scope, express::join_paths},
    bound::{Bound, bound_values},
    frames::Frame,
    library::Library,
};
use crate::{
    facts::{ExpressionKind, FunctionId, Language, Pattern, Role, StatementKind, Text},
    project::{
        Call, ClassRef, Definition, ExpressionRef, FileId, FunctionRef, In, Location, Origin,
        Project, Value,
    },
};

/// How many steps are taken from an expression to the router that it is.
const DEPTH_MAX: usize = 12;

/// More ways to one router than this are cut: only generated projects have them.
const WAYS_MAX: usize = 24;

/// The identity of a router.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// What this call made.
    Created(ExpressionRef),
    /// What a function is given.
    Parameter(FunctionRef, usize),
    /// What a type keeps in a field; without a name, what it embeds.
    Field(ClassRef, Text),
    /// The standard library's own.
    Default,
    /// Everything that is handed to a server.
    Server,
    /// A router that could not be followed, by how it is written in this file.
    Written(FileId, Text),
}

/// A place in the order of registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) file: FileId,
    pub(super) function: FunctionId,
    pub(super) start: u32,
}

impl Position {
    pub(super) fn of(value: Value<'_>) -> Self {
        let function = value.function().at;
        let start = value.location().span.end;
        Self { file: function.file, function: function.id, start }
    }

    /// Does this run before `other`? What cannot be compared is taken to.
    fn is_before(self, other: Self, project: &Project) -> bool {
        let encloses = |outer: Self, inner: Self| {
            let facts = project.facts(inner.file);
            let mut next = Some(inner.function);
            while let Some(function) = next {
                if function == outer.function {
                    return true;
                }
                next = facts[function].parent;
            }
            false
        };
        let comparable =
            self.file == other.file && (encloses(self, other) || encloses(other, self));
        !comparable || self.start < other.start
    }
}

/// A middleware on a router.
pub(super) struct Use {
    pub(super) guard: Candidate,
    pub(super) at: Position,
    pub(super) ordered: bool,
    /// Only below this path.
    pub(super) prefix: Text,
}

/// One router on another.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) parent: Key,
    pub(super) prefix: Text,
    pub(super) guards: Vec<Candidate>,
    /// What is taken away of the path before the router is asked.
    pub(super) strips: Text,
    pub(super) at: Position,
    /// Both are the same router under two names.
    pub(super) is_alias: bool,
}

/// One way from the outside down to a router.
pub(super) struct Way {
    pub(super) path: Text,
    pub(super) chain: Vec<Candidate>,
    /// What is taken away of the path on the way.
    pub(super) strips: Text,
    pub(super) top: Key,
    /// It leads through a mount, and not only to another name of the same router.
    is_mounted: bool,
}

/// All routers of the project.
pub(super) struct Routers<'p> {
    pub(super) project: &'p Project,
    uses: BTreeMap<Key, Vec<Use>>,
    mounts: BTreeMap<Key, Vec<Link>>,
    fields: BTreeMap<(ClassRef, Text), Vec<Value<'p>>>,
}

/// Is this Go that may serve?
pub(super) fn is_read(project: &Project, file: FileId) -> bool {
    let file = project.file(file);
    file.language == Language::Go
        && !matches!(file.role, Role::Test | Role::Vendored | Role::Generated)
}

impl<'p> Routers<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        let mut routers = Self {
            project,
            uses: BTreeMap::new(),
            mounts: BTreeMap::new(),
            fields: BTreeMap::new(),
        };
        routers.collect_fields();
        routers
    }

    /// What is put into the fields of types: `&Server{router: r}` and `s.router = r`.
    fn collect_fields(&mut self) {
        let project = self.project;
        for call in project.calls() {
            let named = call.arguments().iter().any(|argument| argument.name.is_some());
            if !named || !is_read(project, call.file) {
                continue;
            }
            let Definition::Class(class) = call.callee_value().resolve() else { continue };
            let class = project.type_of(class);
            for argument in call.arguments() {
                let Some(name) = &argument.name else { continue };
                let value = call.value().sibling(argument.value);
                self.fields.entry((class, name.clone())).or_default().push(value);
            }
        }
        for (file, unit) in project.units().filter(|(file, _)| is_read(project, *file)) {
            for statement in &unit.facts.statements {
                let StatementKind::Bind {
                    target: Pattern::Place(place), value: Some(value), ..
                } = &statement.kind
                else {
                    continue;
                };
                let ExpressionKind::Member { object, name } = &unit.facts[*place].kind else {
                    continue;
                };
                let object = project.value(In { file, id: *object }).resolve();
                if let Definition::Instance(class) = object {
                    let value = project.value(In { file, id: *value });
                    let class = project.type_of(class);
                    self.fields.entry((class, name.clone())).or_default().push(value);
                }
            }
        }
    }

    /// What is put into a field of a type.
    pub(super) fn field_values(&self, class: ClassRef, name: &str) -> &[Value<'p>] {
        self.fields.get(&(self.project.type_of(class), Text::from(name))).map_or(&[], Vec::as_slice)
    }

    /// The library of the router that a value is.
    pub(super) fn library(&self, value: Value<'p>) -> Option<Library> {
        let found = self.project.resolve(value.at);
        match &found {
            Definition::External(path) => Library::of(path),
            Definition::Instance(class) | Definition::Class(class) => self.embedded(*class),
            _ => None,
        }
    }

    /// The library of the router that a type embeds.
    fn embedded(&self, class: ClassRef) -> Option<Library> {
        let class = self.project.class(self.project.type_of(class));
        class.base_paths().find_map(|base| Library::of(&format!("{base}()")))
    }

    /// The routers that an expression may be.
    pub(super) fn keys(&self, value: Value<'p>) -> Vec<Key> {
        let mut found = Vec::new();
        self.add_keys(value, 0, &mut found);
        found.dedup();
        found
    }

    fn add_keys(&self, value: Value<'p>, depth: usize, found: &mut Vec<Key>) {
        let value = value.unwrapped();
        if depth > DEPTH_MAX || found.len() > WAYS_MAX {
            return;
        }
        let library = self.library(value);
        match value.kind() {
            ExpressionKind::Call { .. } => {
                let Some(call) = value.as_call() else { return };
                match call.callee() {
                    Some(body) => {
                        let before = found.len();
                        for returned in body.returned() {
                            self.add_keys(returned, depth + 1, found);
                        }
                        if found.len() == before && library.is_some() {
                            found.push(Key::Created(value.at));
                        }
                    }
                    // `router.Use(a)` and its like return what they were called on.
                    None if matches!(call.name(), "Use" | "StrictSlash" | "Name" | "NewRoute")
                        && library.is_some() =>
                    {
                        if let Some(receiver) = call.receiver() {
                            self.add_keys(receiver, depth + 1, found);
                        }
                    }
                    None if library.is_some() => found.push(Key::Created(value.at)),
                    None => {}
                }
            }
            ExpressionKind::Name(_) => {
                for bound in bound_values(value) {
                    match bound {
                        Bound::Value(bound) => self.add_keys(bound, depth + 1, found),
                        Bound::Parameter(function, number) if library.is_some() => {
                            found.push(Key::Parameter(function, number));
                        }
                        Bound::Parameter(..) => {}
                    }
                }
                if found.is_empty() && library.is_some() {
                    found.push(self.unbound(value));
                }
            }
            ExpressionKind::Member { object, name } => {
                let object = value.sibling(*object);
                match object.resolve() {
                    Definition::Instance(class) if library.is_some() => {
                        found.push(Key::Field(self.project.type_of(class), name.clone()));
                    }
                    _ if value.path() == "net/http.DefaultServeMux" => found.push(Key::Default),
                    _ if library.is_some() => found.push(self.unbound(value)),
                    _ => {}
                }
            }
            _ => {}
        }
        // A type that embeds a router is one.
        if found.is_empty()
            && library.is_some()
            && let Definition::Instance(class) = value.resolve()
        {
            found.push(Key::Field(self.project.type_of(class), Text::default()));
        }
    }

    fn unbound(&self, value: Value<'p>) -> Key {
        match self.project.origin(value.at) {
            Origin::Created(at) => Key::Created(at),
            Origin::Parameter(function, number) => Key::Parameter(function, number as usize),
            Origin::Unknown => Key::Written(value.at.file, value.source().into()),
        }
    }

    /// Puts a middleware on a router, and on what the router is known as elsewhere.
    pub(super) fn add_use(&mut self, key: Key, added: Use, depth: usize) {
        if depth < DEPTH_MAX {
            for link in self.links(&key).into_iter().filter(|link| link.is_alias) {
                let at = match added.at {
                    at if at.file == link.at.file && at.function == link.at.function => at,
                    _ => link.at,
                };
                let copy =
                    Use { guard: added.guard.clone(), prefix: added.prefix.clone(), at, ..added };
                self.add_use(link.parent, copy, depth + 1);
            }
        }
        self.uses.entry(key).or_default().push(added);
    }

    /// Hangs a router on another.
    pub(super) fn add_mount(&mut self, child: Key, link: Link) {
        if child != link.parent {
            self.mounts.entry(child).or_default().push(link);
        }
    }

    /// What a router hangs on.
    fn links(&self, key: &Key) -> Vec<Link> {
        let mut links = self.mounts.get(key).cloned().unwrap_or_default();
        match key {
            Key::Created(at) => {
                if let Some(call) = self.project.call(*at) {
                    links.extend(self.derived(call));
                }
            }
            Key::Parameter(function, number) => {
                let body = self.project.body(*function);
                let receivers =
                    body.function().parameters.len() - body.function().plain_parameters().count();
                let position = number.saturating_sub(receivers);
                for call in self.project.callers_beside(*function) {
                    let argument = call.argument(position);
                    links.extend(
                        argument
                            .into_iter()
                            .flat_map(|argument| self.aliases(argument, call.value())),
                    );
                }
            }
            Key::Field(class, name) => {
                for &value in self.field_values(*class, name) {
                    links.extend(self.aliases(value, value));
                }
            }
            Key::Default | Key::Server | Key::Written(..) => {}
        }
        links.retain(|link| link.parent != *key);
        links
    }

    fn aliases(&self, value: Value<'p>, at: Value<'p>) -> Vec<Link> {
        let keys = self.keys(value).into_iter();
        keys.map(|parent| Link {
            parent,
            prefix: Text::default(),
            guards: Vec::new(),
            strips: Text::default(),
            at: Position::of(at),
            is_alias: true,
        })
        .collect()
    }

    /// `router.Group("/x", guard)`, `router.With(guard)`, `router.PathPrefix("/x").Subrouter()`.
    fn derived(&self, call: Call<'p>) -> Vec<Link> {
        let Some(receiver) = call.receiver() else { return Vec::new() };
        let Some(library) = self.library(receiver) else { return Vec::new() };
        let path =
            || call.argument(0).map(|path| Frame::default().path_text(path)).unwrap_or_default();
        let (parent, prefix, guards) = match (library, call.name()) {
            (Library::Gin | Library::Echo | Library::Fiber, "Group") => {
                (receiver, path(), super::guards(library, call.positional().skip(1).collect()))
            }
            (Library::Chi, "With") => {
                (receiver, Text::default(), super::guards(library, call.positional().collect()))
            }
            (Library::Chi | Library::Fiber, "Route") => (receiver, path(), Vec::new()),
            (Library::Chi, "Group") => (receiver, Text::default(), Vec::new()),
            (Library::Gorilla, "Subrouter") => {
                let chain = super::gorilla::Chain::of(receiver, self, &Frame::default());
                (chain.router, chain.path, Vec::new())
            }
            _ => return Vec::new(),
        };
        let keys = self.keys(parent).into_iter();
        keys.map(|parent| Link {
            parent,
            prefix: prefix.clone(),
            guards: guards.clone(),
            strips: Text::default(),
            at: Position::of(call.value()),
            is_alias: false,
        })
        .collect()
    }

    /// Every way down to what is registered on a router at this place, below this path.
    pub(super) fn ways(&self, key: &Key, at: Position, path: &str) -> Vec<Way> {
        self.climb(key, at, path, &mut Vec::new())
    }

    fn climb(&self, key: &Key, at: Position, path: &str, visited: &mut Vec<Key>) -> Vec<Way> {
        if visited.len() > DEPTH_MAX {
            return Vec::new();
        }
        let uses = self.uses.get(key).map_or(&[][..], Vec::as_slice).iter();
        let own: Vec<Candidate> = uses
            .filter(|used| {
                let prefix = used.prefix.trim_end_matches('/');
                prefix.is_empty() || path == prefix || path.starts_with(&format!("{prefix}/"))
            })
            .map(|used| {
                let is_passed = !used.ordered || used.at.is_before(at, self.project);
                let scope = if is_passed { used.guard.scope } else { Scope::Behind };
                Candidate { scope, ..used.guard.clone() }
            })
            .collect();
        visited.push(key.clone());
        let mut ways = Vec::new();
        for link in self.links(key) {
            if visited.contains(&link.parent) || visited.len() > DEPTH_MAX || ways.len() > WAYS_MAX
            {
                continue;
            }
            let path = if link.prefix.is_empty() {
                Text::from(path)
            } else {
                join_paths(&link.prefix, path)
            };
            for above in self.climb(&link.parent, link.at, &path, visited) {
                let mut chain = above.chain;
                let strips = Text::from(format!("{}{}", above.strips, link.strips));
                let before = link.guards.iter().cloned();
                chain.extend(before.map(|guard| guard.below(&above.strips)));
                chain.extend(own.iter().cloned().map(|guard| guard.below(&strips)));
                let is_mounted = above.is_mounted || !link.is_alias;
                ways.push(Way { chain, strips, is_mounted, ..above });
            }
        }
        visited.pop();
        // What is mounted somewhere is not also listed as if it were not.
        if ways.iter().any(|way| way.is_mounted) {
            ways.retain(|way| way.is_mounted);
        }
        if ways.is_empty() {
            let path = join_paths("", path);
            let strips = Text::default();
            ways.push(Way { path, chain: own, strips, top: key.clone(), is_mounted: false });
        }
        ways
    }

    /// Whether it is known what stands before everything on a router that hangs on no other.
    pub(super) fn mount(&self, top: &Key) -> Mount {
        match top {
            Key::Parameter(function, _) => {
                let name = self.project.body(*function).display_name();
                Mount::Dynamic(format!("which router `{name}` is given cannot be followed"))
            }
            _ => Mount::Resolved,
        }
    }

    /// Where a router was made.
    pub(super) fn location(&self, key: &Key, otherwise: Location) -> Location {
        match key {
            Key::Created(at) => self.project.value(*at).location(),
            Key::Parameter(function, _) => self.project.body(*function).location(),
            Key::Field(class, _) => self.project.class(*class).location(),
            Key::Default | Key::Server | Key::Written(..) => otherwise,
        }
    }
}
