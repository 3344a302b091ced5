//! `@fastify/autoload`: every file below a folder is a plugin, its folder the prefix.

use super::{
    super::{Candidate, express::join_paths, script::made_by},
    Event, Instances, Owner, Reading,
    order::{Order, Timed},
    register::Plugin,
};
use crate::{
    facts::{Role, Text},
    project::{Call, Definition, FileId, In, Value},
};

/// The file of a folder that holds hooks for the others in it.
const HOOKS_FILE: &str = "autohooks";

/// A file that is loaded.
struct Loaded<'p> {
    id: FileId,
    /// Below the folder that is loaded, without the name of the file.
    folder: &'p str,
    /// The name without its ending.
    stem: &'p str,
}

impl<'p> Instances<'p> {
    pub(super) fn load_folder(&self, call: Call<'p>, at: &Order, reading: &mut Reading<'p>) {
        let Some(options) = call.argument(1) else { return };
        let dir = options.entry("dir").given();
        let Some(base) = dir.and_then(|dir| folder_named(dir, call.source_file().folder())) else {
            reading.events.push(Timed { order: at.clone(), event: Event::Load(call) });
            return;
        };
        let is_on = |name: &str| options.entry(name).given().and_then(Value::boolean) == Some(true);
        let given = options.entry("options").given();
        let prefix = given.and_then(|given| given.entry("prefix").given()).and_then(Value::text);
        let files = self.files_below(&base);
        let guards_of = |file: &Loaded<'p>, reading: &mut Reading<'p>| -> Vec<Candidate> {
            if !is_on("autoHooks") {
                return Vec::new();
            }
            let applies = |hooks: &&Loaded<'p>| {
                let is_above = is_on("cascadeHooks") && is_within(file.folder, hooks.folder);
                hooks.stem == HOOKS_FILE && (is_above || hooks.folder == file.folder)
            };
            let hooks = files.iter().filter(applies);
            hooks.flat_map(|hooks| self.hooks_in(hooks.id, reading)).collect()
        };
        for (number, file) in (0_u32..).zip(&files) {
            let has_index =
                files.iter().any(|other| other.folder == file.folder && other.stem == "index");
            if file.stem == HOOKS_FILE || has_index && file.stem != "index" {
                continue;
            }
            let Some(plugin) = self.exported(file.id) else { continue };
            let guards = guards_of(file, reading);
            let prefix = join_paths(prefix.unwrap_or_default(), &prefix_of(file.folder));
            let place = at.loaded().then(number);
            self.hang(plugin, prefix, guards, &place, reading);
        }
    }

    /// The script files below a folder, in path order.
    fn files_below(&self, base: &str) -> Vec<Loaded<'p>> {
        let files = self.project.units().filter_map(|(id, unit)| {
            let file = &unit.file;
            let below = file.path.strip_prefix(base)?.strip_prefix('/')?;
            let (folder, name) = below.rsplit_once('/').unwrap_or(("", below));
            let is_code =
                file.language.is_script() && file.role != Role::Test && !name.contains(".d.");
            is_code.then(|| Loaded { id, folder, stem: name.split('.').next().unwrap_or(name) })
        });
        files.collect()
    }

    /// The plugin that a file exports.
    fn exported(&self, file: FileId) -> Option<Plugin> {
        let exports = &self.project.facts(file).exports;
        let written = exports.iter().find(|export| export.name == "default")?.value;
        let value = written.map(|id| self.project.value(In { file, id }));
        if let Some(plugin) = value.and_then(Self::plugin) {
            return Some(plugin);
        }
        match self.project.resolve_export(file, "default") {
            Definition::Function(function) => {
                Some(Plugin { owner: Owner::Plugin(function, 0), is_lifted: false })
            }
            _ => None,
        }
    }

    fn hooks_in(&self, file: FileId, reading: &mut Reading<'p>) -> Vec<Candidate> {
        let Some(plugin) = self.exported(file) else { return Vec::new() };
        let mut hooks = Reading::default();
        self.events(plugin.owner, &Order::default(), &mut hooks);
        reading.reached.append(&mut hooks.reached);
        let guards = hooks.events.into_iter().filter_map(|timed| match timed.event {
            Event::Guard(guard) => Some(guard),
            _ => None,
        });
        guards.collect()
    }
}

fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty() || folder == outer || folder.starts_with(&format!("{outer}/"))
}

/// `users/_id` is the prefix `/users/:id`.
fn prefix_of(folder: &str) -> Text {
    let segments = folder.split('/').filter(|segment| !segment.is_empty());
    let named = segments.map(|segment| match segment.strip_prefix('_') {
        Some(parameter) => format!("/:{parameter}"),
        None => format!("/{segment}"),
    });
    named.collect::<String>().into()
}

/// `path.join(__dirname, "routes")`: a folder beside the file that names it.
fn folder_named(dir: Value<'_>, home: &str) -> Option<String> {
    let written = made_by(dir).map_or(dir, Call::value);
    let texts = written.descendants().into_iter().filter_map(|part| part.kind().as_text());
    let mut segments: Vec<&str> = home.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut is_named = false;
    for segment in texts.flat_map(|text| text.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => {
                is_named = true;
                segments.push(name);
            }
        }
    }
    is_named.then(|| segments.join("/"))
}
