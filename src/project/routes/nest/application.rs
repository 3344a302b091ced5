//! What holds for a whole application: prefix, versions, guards, pipes, and which module has what.

use std::collections::BTreeMap;

use super::{
    super::{Candidate, Scope, express::join_paths, script::path_of},
    classes, decorator, guards,
    middleware::Applied,
};
use crate::{
    facts::Text,
    project::{Call, ClassRef, Definition, Location, Project, Value},
};

pub(super) struct Application<'p> {
    pub(super) project: &'p Project,
    prefix: Text,
    /// Paths that go without the prefix.
    unprefixed: Vec<Text>,
    versions: Option<Versions>,
    pub(super) global_guards: Vec<Candidate>,
    /// Bodies are checked against the class they are declared as.
    pub(super) validates: bool,
    /// The controllers that a module has, with the path of the module.
    pub(super) modules: BTreeMap<ClassRef, Text>,
    /// A module that computes its controllers.
    pub(super) computed: Option<Location>,
    pub(super) applied: Vec<Applied<'p>>,
}

/// Versions in the path: `/v1/users`.
struct Versions {
    mark: Text,
    default: Option<Text>,
}

impl<'p> Application<'p> {
    pub(super) fn read(project: &'p Project) -> Self {
        let mut application = Self {
            project,
            prefix: Text::default(),
            unprefixed: Vec::new(),
            versions: None,
            global_guards: Vec::new(),
            validates: false,
            modules: BTreeMap::new(),
            computed: None,
            applied: Vec::new(),
        };
        for call in project.calls().filter(|call| call.source_file().is_shipped()) {
            application.setting(call);
        }
        application.read_modules();
        application
    }

    fn setting(&mut self, call: Call<'p>) {
        match call.name() {
            "setGlobalPrefix" => {
                let given = call.argument(0).and_then(Value::text);
                self.prefix = given.map_or(":?".into(), Text::from);
                let excluded = call.option("exclude").given().and_then(Value::items);
                let paths = excluded
                    .into_iter()
                    .flatten()
                    .filter_map(|path| path_of(path.entry("path").given().unwrap_or(path)));
                self.unprefixed = paths.map(|path| join_paths("", &path)).collect();
            }
            "enableVersioning" => {
                let kind = call.option("type").given();
                let is_in_path = kind.is_none_or(|kind| kind.source().ends_with("URI"));
                let mark = call.option("prefix").given();
                let mark = mark.map_or("v", |mark| mark.text().unwrap_or_default());
                let default = call.option("defaultVersion").given().and_then(Value::text);
                self.versions = is_in_path
                    .then(|| Versions { mark: mark.into(), default: default.map(Text::from) });
            }
            "useGlobalGuards" if !comes_too_late(call) => {
                let added = call.positional().map(|guard| guards::candidate(guard, Scope::Global));
                self.global_guards.extend(added);
            }
            "useGlobalPipes" => self.validates |= call.positional().any(decorator::is_pipe),
            "forRoutes" => self.applied.extend(Applied::read(call)),
            _ => {}
        }
    }

    fn read_modules(&mut self) {
        let project = self.project;
        let mut paths = BTreeMap::new();
        for call in
            project.calls().filter(|call| call.path() == "@nestjs/core.RouterModule.register")
        {
            if let Some(rows) = call.argument(0).and_then(Value::items) {
                module_paths(&rows, "", &mut paths, 0);
            }
        }
        for class in classes(project).filter(|class| project.file(class.at.file).is_shipped()) {
            let decorators = decorator::of_class(class);
            let module = decorators.iter().find(|decorator| decorator.name() == "Module");
            let Some(options) = module.and_then(|module| module.call?.argument(0)) else {
                continue;
            };
            let path = paths.get(&class.at).cloned().unwrap_or_default();
            if let Some(listed) = options.entry("controllers").given() {
                let controllers = listed.items();
                let is_whole = controllers.as_ref().is_some_and(|controllers| {
                    controllers.iter().all(|controller| class_of(*controller).is_some())
                });
                if !is_whole {
                    self.computed = self.computed.or(Some(listed.location()));
                }
                for controller in controllers.into_iter().flatten().filter_map(class_of) {
                    self.modules.insert(controller, path.clone());
                }
            }
            let providers = options.entry("providers").given().and_then(Value::items);
            for provider in providers.into_iter().flatten() {
                self.provider(provider);
            }
        }
    }

    /// `{ provide: APP_GUARD, useClass: SignedInGuard }`.
    fn provider(&mut self, provider: Value<'p>) {
        let provided = provider.entry("provide").given().map(Value::path);
        let given = ["useClass", "useExisting", "useValue", "useFactory"]
            .into_iter()
            .find_map(|key| provider.entry(key).given());
        let Some(given) = given else { return };
        let made = given.as_function().and_then(|maker| maker.returned().last());
        let given = made.unwrap_or(given);
        match provided.as_deref() {
            Some("@nestjs/core.APP_GUARD") => {
                self.global_guards.push(guards::candidate(given, Scope::Global));
            }
            Some("@nestjs/core.APP_PIPE") => self.validates |= decorator::is_pipe(given),
            _ => {}
        }
    }

    /// Where a path of a controller is found.
    pub(super) fn full_path(
        &self,
        controller: ClassRef,
        local: &str,
        version: Option<Text>,
    ) -> Text {
        let module = self.modules.get(&controller).map_or("", Text::as_str);
        let local = join_paths(module, local);
        let local = match &self.versions {
            Some(versions) => {
                let version = version.or_else(|| versions.default.clone());
                let segment = version.map(|version| format!("{}{version}", versions.mark));
                join_paths(&segment.unwrap_or_default(), &local)
            }
            None => local,
        };
        let local = join_paths("", &local);
        if self.unprefixed.contains(&local) {
            return local;
        }
        join_paths(&join_paths("", &self.prefix), &local)
    }
}

/// Guards that are added when the application listens already.
fn comes_too_late(call: Call<'_>) -> bool {
    let position = call.location().span.start;
    let mut earlier =
        call.function().calls().take_while(|other| other.location().span.start < position);
    earlier.any(|other| other.name() == "listen" && other.is_awaited())
}

pub(super) fn class_of(value: Value<'_>) -> Option<ClassRef> {
    match value.resolve() {
        Definition::Class(class) => Some(class),
        _ => None,
    }
}

/// `RouterModule.register([{ path: "admin", module: AdminModule, children: […] }])`.
fn module_paths(
    rows: &[Value<'_>],
    above: &str,
    found: &mut BTreeMap<ClassRef, Text>,
    depth: usize,
) {
    const DEPTH_MAX: usize = 6;
    for row in rows.iter().filter(|_| depth < DEPTH_MAX) {
        let path = row.entry("path").given().and_then(Value::text).unwrap_or_default();
        let path = join_paths(above, path);
        if let Some(module) = row.entry("module").given().and_then(class_of) {
            found.insert(module, path.clone());
        }
        if let Some(children) = row.entry("children").given().and_then(Value::items) {
            module_paths(&children, &path, found, depth + 1);
        }
    }
}
